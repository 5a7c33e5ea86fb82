import {
  DeleteObjectTaggingCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectAclCommand,
  PutObjectLegalHoldCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import type { ConvertContext } from "../../src/reencrypt/convert";
import type { ObjectOutcome } from "../../src/reencrypt/outcome";
import type { Visit } from "../../src/reencrypt/sweep";
import { Tally } from "../../src/reencrypt/tally";
import type { Answer, Copied } from "../../src/s3/object-store";
import { instantClock, type LegacyBucket, type LegacyBucketProps, legacyBucket } from "../support/legacy-bucket";
import { nextProcess, processLine } from "../support/next-process";

const target: EncryptionTarget = { algorithm: "AES256" };

/** Object "a", of which S3 has nothing encrypted yet. */
async function bucketWithA(props: LegacyBucketProps = { versioning: "Enabled" }): Promise<LegacyBucket> {
  const bucket = await legacyBucket(props);
  await bucket.putUnencrypted("a", "content", { Metadata: { revision: "0" }, Tagging: "revision=0" });
  return bucket;
}

const putSameBytes = (bucket: LegacyBucket) =>
  bucket.putUnencrypted("a", "content", { Metadata: { revision: "1" }, Tagging: "revision=1" });

const tag = ({ client, name }: LegacyBucket, revision: string) =>
  client.send(
    new PutObjectTaggingCommand({
      Bucket: name,
      Key: "a",
      Tagging: { TagSet: [{ Key: "revision", Value: revision }] },
    }),
  );

/** Converts "a" in a process that is gone once S3 has made the copy with this number, before its answer is read. */
async function killedAtCopy(bucket: LegacyBucket, number = 1, whatever: Partial<ConvertContext> = {}): Promise<void> {
  const convert = await bucket.convert(target, whatever);
  let copies = 0;
  await new Promise<void>((killed) => {
    bucket.fault = async (request) => {
      if (request.headers["x-amz-copy-source"] === undefined || ++copies < number) return undefined;
      await bucket.aws.handle(request);
      killed();
      return new Promise(() => undefined);
    };
    void convert({ key: "a" });
  });
  bucket.fault = undefined;
}

/** Converts "a" in the process that goes on, with what the journal has. */
async function resume(bucket: LegacyBucket, to: EncryptionTarget = target): Promise<ObjectOutcome | undefined> {
  const process = await nextProcess(bucket, to);
  const [found] = await process.sweep();
  return found;
}

/** How the visit of "a" ends, without what it has learnt for later ones. */
const visit = async (convert: Visit): Promise<ObjectOutcome> => ({
  ...(await convert({ key: "a" })),
  awaited: undefined,
});

async function shown({ client, name, aws }: LegacyBucket) {
  const got = await client.send(new GetObjectCommand({ Bucket: name, Key: "a" }));
  const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket: name, Key: "a" }));
  const versions = aws.state.s3.buckets.get(name)?.keys.get("a")?.length;
  const body = await got.Body?.transformToString();
  return {
    body,
    metadata: got.Metadata?.["revision"],
    tags: TagSet?.map(({ Value }) => Value).join(),
    sse: got.ServerSideEncryption,
    versions,
  };
}

test.each(["Enabled", "Suspended"] as const)(
  "the same bytes that somebody put again under a copy are put on top by the process that goes on (versioning %s)",
  async (versioning) => {
    const bucket = await bucketWithA();
    bucket.between = async () => void (await putSameBytes(bucket));
    await killedAtCopy(bucket);
    expect(await shown(bucket)).toMatchObject({ metadata: "0", tags: "0", versions: 3 });
    if (versioning === "Suspended")
      Object.assign(bucket.aws.state.s3.buckets.get(bucket.name)?.settings ?? {}, { versioning });
    expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
    expect(await shown(bucket)).toEqual({ body: "content", metadata: "1", tags: "1", sse: "AES256", versions: 4 });
  },
);

test("tags that somebody changed under a copy are put on top by the process that goes on", async () => {
  const bucket = await bucketWithA();
  bucket.between = async () => void (await tag(bucket, "1"));
  await killedAtCopy(bucket);
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ metadata: "0", tags: "1" });
});

test("tags that somebody has changed on top of the copy since are left as they are", async () => {
  const bucket = await bucketWithA();
  await killedAtCopy(bucket);
  await tag(bucket, "2");
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ metadata: "0", tags: "2", versions: 2 });
});

test("so is an ACL that somebody changed under a copy, with the redirect that the object has", async () => {
  const bucket = await legacyBucket({ versioning: "Enabled", acls: true });
  await bucket.putUnencrypted("a", "content", { ACL: "public-read", WebsiteRedirectLocation: "/elsewhere" });
  const change = (ACL: "private" | "authenticated-read") =>
    bucket.client.send(new PutObjectAclCommand({ Bucket: bucket.name, Key: "a", ACL }));
  bucket.between = async () => {
    await change("private");
    // The second copy is the repair.
    bucket.between = async () => void (await change("authenticated-read"));
  };
  await killedAtCopy(bucket, 2);
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  const { Grants } = await bucket.client.send(new GetObjectAclCommand({ Bucket: bucket.name, Key: "a" }));
  expect(Grants?.map(({ Grantee, Permission }) => `${Permission} ${Grantee?.URI?.split("/").at(-1)}`)).toContain(
    "READ AuthenticatedUsers",
  );
  expect(await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: "a" }))).toMatchObject({
    ...{ WebsiteRedirectLocation: "/elsewhere", ServerSideEncryption: "AES256" },
  });
  expect(bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("a")).toHaveLength(4);
});

test("a process that is gone in the middle of such a repair is followed by one that finishes it", async () => {
  const bucket = await bucketWithA();
  bucket.between = async () => {
    await putSameBytes(bucket);
    // The second copy is the repair.
    bucket.between = async () => void (await tag(bucket, "2"));
  };
  await killedAtCopy(bucket, 2);
  expect(await shown(bucket)).toMatchObject({ metadata: "1", tags: "1", versions: 4 });
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toEqual({ body: "content", metadata: "1", tags: "2", sse: "AES256", versions: 5 });
});

test("what was written while the first copy was made is no second one, which S3 never heard of", async () => {
  const bucket = await bucketWithA();
  const put = () => bucket.put("a", "content", { Metadata: { revision: "1" }, Tagging: "revision=1" });
  bucket.between = async () => void (await put()); // encrypted as the target says
  await killedBeforeCopy(bucket, 2);
  expect(await shown(bucket)).toMatchObject({ metadata: "0", versions: 3 });
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toEqual({ body: "content", metadata: "1", tags: "1", sse: "AES256", versions: 4 });
});

test("what an application wrote since is nobody's copy, and stays", async () => {
  const bucket = await bucketWithA();
  const convert = await bucket.convert(target);
  await new Promise<void>((killed) => {
    bucket.fault = (request) => {
      if (request.headers["x-amz-copy-source"] === undefined) return undefined;
      killed(); // before S3 heard of the copy
      return new Promise(() => undefined);
    };
    void convert({ key: "a" });
  });
  bucket.fault = undefined;
  await putSameBytes(bucket);
  await bucket.put("a", "content", { Metadata: { revision: "2" }, Tagging: "revision=2" });
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
  expect(await shown(bucket)).toEqual({ body: "content", metadata: "2", tags: "2", sse: "AES256", versions: 3 });
});

test("what was written days after the intent is nobody's copy, whatever it looks like", async () => {
  const bucket = await bucketWithA();
  bucket.between = async () => void (await putSameBytes(bucket));
  await killedAtCopy(bucket, 1, { clock: { ...instantClock, now: () => Date.now() - 2 * 24 * 3_600_000 } });
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
  expect(await shown(bucket)).toMatchObject({ metadata: "0", tags: "0", versions: 3 });
});

type SendCopy = () => Promise<Answer<Copied>>;

/** The store of a process in which something happens around its copies, which are counted from 1. */
async function withCopies(
  bucket: LegacyBucket,
  around: (copy: number, send: SendCopy) => Promise<Answer<Copied>>,
): Promise<Partial<ConvertContext>> {
  const { store } = await bucket.context(target);
  let copies = 0;
  return { store: { ...store, copy: (request) => around(++copies, () => store.copy(request)) } };
}

/** The same bytes are put twice: S3 copies what the first one wrote, and the second one comes before the copy. */
const putTwiceAround = (bucket: LegacyBucket) => (copy: number, send: SendCopy) => {
  if (copy > 1) return send();
  const put = (revision: string) =>
    bucket.putUnencrypted("a", "content", { Metadata: { revision }, Tagging: `revision=${revision}` });
  bucket.between = async () => void (await put("2"));
  return put("1").then(send);
};

const lost = { is: "unknown", cause: "the connection was reset" } as const;

/** Converts "a" in a process that is gone when it has sent the copy with this number. Once the result is called S3 makes it. */
async function killedBeforeCopy(bucket: LegacyBucket, number = 1, to: EncryptionTarget = target): Promise<SendCopy> {
  return new Promise((killed) => {
    const around = async (copy: number, send: SendCopy): Promise<Answer<Copied>> => {
      if (copy < number) return send();
      killed(send);
      return new Promise(() => undefined);
    };
    void withCopies(bucket, around)
      .then((context) => bucket.convert(to, context))
      .then((convert) => convert({ key: "a" }));
  });
}

const hold = async ({ client, name }: LegacyBucket) =>
  client.send(new PutObjectLegalHoldCommand({ Bucket: name, Key: "a", LegalHold: { Status: "ON" } }));

const locking = (bucket: LegacyBucket) => async () => {
  await hold(bucket);
  await tag(bucket, "1");
};

const withLock = { versioning: "Enabled", objectLock: true } as const;
const lockedMeanwhile = {
  key: "a",
  outcome: "notAsBefore",
  message: expect.stringMatching(/^somebody locked version .* while it was being copied$/),
};

test("a version that was locked under the first copy is told of by the process that finds the second one", async () => {
  const bucket = await bucketWithA(withLock);
  bucket.between = locking(bucket);
  await killedAtCopy(bucket, 2);
  expect(await shown(bucket)).toMatchObject({ tags: "1", versions: 3 });
  expect(await resume(bucket)).toEqual(lockedMeanwhile);
});

test("so it is where only the answer to the second copy is lost", async () => {
  const bucket = await bucketWithA(withLock);
  bucket.between = locking(bucket);
  const deaf = await withCopies(bucket, (copy, send) => send().then((answer) => (copy === 2 ? lost : answer)));
  const convert = await bucket.convert(target, deaf);
  expect(await visit(convert)).toEqual(lockedMeanwhile);
  expect(await shown(bucket)).toMatchObject({ tags: "1", versions: 3 });
});

test("so it is where S3 makes the second copy while it is looked for", async () => {
  const bucket = await bucketWithA(withLock);
  bucket.between = locking(bucket);
  let looks = 0;
  const late = await withCopies(bucket, async (copy, send) => {
    if (copy === 1) return send();
    bucket.fault = async ({ method, url }) => {
      // The first look is for the second copy, and the next one for the first.
      if (method !== "HEAD" || url.includes("versionId=") || ++looks < 2) return undefined;
      bucket.fault = undefined;
      await send();
      return undefined;
    };
    return lost;
  });
  const convert = await bucket.convert(target, late);
  expect(await visit(convert)).toEqual(lockedMeanwhile);
  expect(await shown(bucket)).toMatchObject({ tags: "1", versions: 3 });
});

test.each([2, 3])("so it is under the last of %d copies that were sent alike, each made late", async (number) => {
  const bucket = await bucketWithA(withLock);
  const sent: SendCopy[] = [];
  await new Promise<void>((killed) => {
    const late = withCopies(bucket, async (copy, send) => {
      sent.push(send);
      if (copy < number) return lost;
      const last = sent.pop();
      for (const makeIt of sent) await makeIt();
      await hold(bucket);
      await last?.();
      killed();
      return new Promise(() => undefined);
    });
    void late.then((context) => bucket.convert(target, context)).then((convert) => convert({ key: "a" }));
  });
  expect(await shown(bucket)).toMatchObject({ tags: "0", versions: number + 1 });
  expect(await resume(bucket)).toEqual(lockedMeanwhile);
});

test("a second copy that S3 never heard of is sent once more", async () => {
  const bucket = await bucketWithA();
  bucket.between = async () => void (await tag(bucket, "1"));
  const mute = await withCopies(bucket, async (copy, send) => (copy === 2 ? lost : send()));
  const convert = await bucket.convert(target, mute);
  expect(await visit(convert)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ metadata: "0", tags: "1", versions: 3 });
});

test("a copy of what was put and put once more meanwhile is known as ours where its answer was lost", async () => {
  const bucket = await bucketWithA();
  const around = putTwiceAround(bucket);
  const deaf = await withCopies(bucket, (copy, send) =>
    around(copy, send).then((answer) => (copy === 1 ? lost : answer)),
  );
  const convert = await bucket.convert(target, deaf);
  expect(await visit(convert)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toEqual({ body: "content", metadata: "2", tags: "2", sse: "AES256", versions: 5 });
});

test("so it is where its process was killed", async () => {
  const bucket = await bucketWithA();
  await killedAtCopy(bucket, 1, await withCopies(bucket, putTwiceAround(bucket)));
  expect(await shown(bucket)).toMatchObject({ metadata: "1", tags: "0", versions: 4 });
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toEqual({ body: "content", metadata: "2", tags: "2", sse: "AES256", versions: 5 });
});

test("a second copy is known by the class that it was sent with", async () => {
  const bucket = await legacyBucket({ versioning: "Enabled" });
  await bucket.putUnencrypted("a", "content", { StorageClass: "STANDARD_IA", Tagging: "revision=0" });
  const meddled = await withCopies(bucket, async (copy, send) => {
    if (copy === 1) await bucket.putUnencrypted("a", "content", { Tagging: "revision=1" });
    else await tag(bucket, "2");
    return send();
  });
  await killedAtCopy(bucket, 2, meddled);
  expect(await shown(bucket)).toMatchObject({ tags: "1", versions: 4 });
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ tags: "2", versions: 5 });
});

test("a second copy that S3 makes while the next process looks is looked at as well", async () => {
  const bucket = await bucketWithA();
  bucket.between = async () => void (await putSameBytes(bucket));
  const makeIt = await killedBeforeCopy(bucket, 2);
  await tag(bucket, "2"); // of the first copy
  bucket.fault = async (request) => {
    if (!request.url.includes("versionId=")) return undefined; // by now it has been seen that the first copy is there
    bucket.fault = undefined;
    await makeIt();
    return undefined;
  };
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ metadata: "1", tags: "2" });
});

const locked = { key: "a", outcome: "cannot", because: "locked" };

/** A process was killed, what it was to copy was locked, and S3 has not made the copy yet. */
async function copyOfLockedAwaited() {
  const bucket = await bucketWithA(withLock);
  const makeIt = await killedBeforeCopy(bucket);
  await putSameBytes(bucket);
  await hold(bucket);
  return { bucket, makeIt };
}

test("a copy that S3 makes when the next process has passed is found by its next sweep, once", async () => {
  const { bucket, makeIt } = await copyOfLockedAwaited();
  const process = await nextProcess(bucket, target);
  expect(await process.sweep()).toEqual([locked]);
  await makeIt();
  expect(await process.sweep()).toEqual([lockedMeanwhile]);
  expect(await shown(bucket)).toMatchObject({ metadata: "1", tags: "1" });
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "alreadyRight" }]);
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
});

test("so is one that S3 makes when the process that lost its answer has passed, be it by that process or the next", async () => {
  for (const isKilled of [false, true]) {
    const bucket = await bucketWithA(withLock);
    let makeIt: SendCopy | undefined;
    const late = await withCopies(bucket, async (_, send) => {
      makeIt = send;
      await hold(bucket);
      return lost;
    });
    const first = await nextProcess(bucket, target, late);
    expect(await first.sweep()).toEqual([locked]);
    await makeIt?.();
    const next = isKilled ? await nextProcess(bucket, target) : first;
    expect(await next.sweep()).toEqual([lockedMeanwhile]);
    expect(await next.sweep()).toEqual([{ key: "a", outcome: "alreadyRight" }]);
  }
});

test("so it is by the sweep of the process after that one", async () => {
  const { bucket, makeIt } = await copyOfLockedAwaited();
  expect(await resume(bucket)).toEqual(locked);
  await makeIt();
  expect(await resume(bucket)).toEqual(lockedMeanwhile);
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
});

test("so it is where the process that has passed is gone before its sweep was over", async () => {
  const { bucket, makeIt } = await copyOfLockedAwaited();
  expect(await (await nextProcess(bucket, target)).visit()).toEqual([locked]);
  await makeIt();
  const process = await nextProcess(bucket, target);
  expect(await process.sweep()).toEqual([]); // the journal has it all
  expect(await process.sweep()).toEqual([lockedMeanwhile]);
});

test("a copy that was found counts once, so that the run comes to its end", async () => {
  const bucket = await bucketWithA();
  await killedAtCopy(bucket);
  const process = await nextProcess(bucket, target);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "copied" }]);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "alreadyRight" }]);
});

test("nor is one looked for any more that was found by the visit that lost its answer", async () => {
  const bucket = await bucketWithA();
  const deaf = await withCopies(bucket, (copy, send) => send().then((answer) => (copy === 1 ? lost : answer)));
  const process = await nextProcess(bucket, target, deaf);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "copied" }]);
  await tag(bucket, "1");
  await bucket.put("a", "content", { Metadata: { revision: "0" } }); // without tags, like the copy but for those
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
  expect(await shown(bucket)).toMatchObject({ tags: "", versions: 3 });
});

test("nor is a second copy, which put a change back, once it was found", async () => {
  const bucket = await bucketWithA();
  const deaf = await withCopies(bucket, (copy, send) => {
    if (copy === 1) bucket.between = async () => void (await putSameBytes(bucket));
    return send().then((answer) => (copy === 2 ? lost : answer));
  });
  const process = await nextProcess(bucket, target, deaf);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "copied" }]);
  await tag(bucket, "2");
  await bucket.put("a", "content", { Metadata: { revision: "1" }, Tagging: "revision=1" }); // like the second copy
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
  expect(await shown(bucket)).toMatchObject({ tags: "1", versions: 5 });
});

test("a copy that was found by a process that is gone before its page is written is found again", async () => {
  const { bucket, makeIt } = await copyOfLockedAwaited();
  await makeIt();
  expect(await resume(bucket)).toEqual(lockedMeanwhile);
  const intents = bucket.lines.filter(({ t }) => t === "process" || t === "intent");
  bucket.lines.splice(0, Number.POSITIVE_INFINITY, ...intents);
  expect(await resume(bucket)).toEqual(lockedMeanwhile);
});

test("a version that was re-encrypted by somebody is no copy of ours", async () => {
  const bucket = await bucketWithA();
  await killedBeforeCopy(bucket);
  const [current] = bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("a") ?? [];
  Object.assign(current ?? {}, { encryption: { is: "AES256" } }); // as an update would
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
});

test("a copy that S3 refused was not made, so a tag that was taken away afterwards stays away", async () => {
  const bucket = await bucketWithA();
  await bucket.putUnencrypted("a", "content");
  const overtaken = await withCopies(bucket, async (copy, send) => {
    if (copy === 1) await bucket.putUnencrypted("a", "other content", { Tagging: "revision=1" });
    const answer = await send();
    if (copy === 1) await bucket.putUnencrypted("a", "content", { Tagging: "revision=2" });
    return answer;
  });
  await killedAtCopy(bucket, 2, overtaken);
  expect(await shown(bucket)).toMatchObject({ tags: "2" });
  await bucket.client.send(new DeleteObjectTaggingCommand({ Bucket: bucket.name, Key: "a" }));
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ tags: "" });
});

test("of two copies one of which was made it is the one that the object is exactly like", async () => {
  const bucket = await bucketWithA();
  const makeIt = await killedBeforeCopy(bucket); // with the tag 0
  await tag(bucket, "1");
  await killedBeforeCopy(bucket); // with the tag 1
  await makeIt();
  expect(await shown(bucket)).toMatchObject({ tags: "0" });
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ tags: "1" });
});

test("of two copies it is the one that was sent with what the object has, whatever S3 read", async () => {
  const bucket = await bucketWithA();
  const makeIt = await killedBeforeCopy(bucket); // with the tag 0
  await putSameBytes(bucket); // with the tag 1, and other metadata, which S3 reads
  await killedBeforeCopy(bucket); // with the tag 1
  await makeIt();
  expect(await shown(bucket)).toMatchObject({ metadata: "1", tags: "0" });
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ metadata: "1", tags: "1" });
});

test("what somebody wrote on top of the copy stays, though it is what was there before", async () => {
  const bucket = await bucketWithA();
  await killedAtCopy(bucket, 1, await withCopies(bucket, (_, send) => putSameBytes(bucket).then(send)));
  await bucket.put("a", "content", { Metadata: { revision: "0" }, Tagging: "revision=0" });
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
  expect(await shown(bucket)).toEqual({ body: "content", metadata: "0", tags: "0", sse: "AES256", versions: 4 });
});

/** What happens between the two looks at an object and the copy by which its killed process's is overtaken. */
const beforeTheirCopy: [string, (bucket: LegacyBucket) => Promise<unknown>, Record<string, unknown>, unknown][] = [
  ["nothing", async () => undefined, { tags: "1" }, { key: "a", outcome: "copied" }],
  ["a tag of the version that both copy", (bucket) => tag(bucket, "2"), { tags: "2" }, { key: "a", outcome: "copied" }],
  ["a lock of it", hold, { tags: "1" }, lockedMeanwhile],
  [
    "the same bytes put on it",
    (bucket) => bucket.put("a", "content", { Metadata: { revision: "3" }, Tagging: "revision=3" }),
    { metadata: "3", tags: "3" },
    { key: "a", outcome: "copied" },
  ],
];

test.each(beforeTheirCopy)(
  "a copy that S3 makes under the next process's own one is nobody else's change, after %s",
  async (_, change, after, outcome) => {
    const bucket = await bucketWithA(withLock);
    const makeIt = await killedBeforeCopy(bucket); // with the tag 0
    await tag(bucket, "1");
    bucket.fault = async (request) => {
      if (request.headers["x-amz-copy-source"] === undefined) return undefined;
      bucket.fault = undefined;
      await change(bucket);
      await makeIt();
      return undefined;
    };
    expect(await resume(bucket)).toEqual(outcome);
    expect(await shown(bucket)).toMatchObject({ metadata: "0", ...after });
  },
);

test("nor is it for the process after that one, which finds both copies", async () => {
  const bucket = await bucketWithA();
  const makeIt = await killedBeforeCopy(bucket); // with the tag 0
  await tag(bucket, "1");
  await killedAtCopy(bucket, 2, await withCopies(bucket, (_, send) => makeIt().then(send)));
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ tags: "1", versions: 3 });
});

test("nor is a copy that S3 makes after its answer was lost, under the one that the same process sends once more", async () => {
  const bucket = await bucketWithA();
  let makeIt: SendCopy | undefined;
  const late = await withCopies(bucket, async (copy, send) => {
    if (copy === 1) {
      makeIt = send;
      await tag(bucket, "1");
      return lost;
    }
    await makeIt?.();
    return send();
  });
  const convert = await bucket.convert(target, late);
  expect(await visit(convert)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ tags: "1" });
});

test("a copy that S3 makes while the next process updates what it is of is found", async () => {
  const bucket = await bucketWithA();
  const makeIt = await killedBeforeCopy(bucket, 1, bucket.kmsTarget);
  await bucket.put("a", "content", { Metadata: { revision: "1" }, Tagging: "revision=1" });
  bucket.fault = async (request) => {
    if (!request.url.includes("encryption")) return undefined;
    bucket.fault = undefined;
    await makeIt();
    return undefined;
  };
  expect(await resume(bucket, bucket.kmsTarget)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ metadata: "1", tags: "1", sse: "aws:kms" });
});

/** Like the copy of a process that is gone, put on top of what that was to copy, and updated by the next process. */
async function updatedLikeACopy(props?: LegacyBucketProps) {
  const bucket = await bucketWithA(props);
  const makeIt = await killedBeforeCopy(bucket, 1, bucket.kmsTarget);
  await tag(bucket, "1");
  await bucket.put("a", "content", { Metadata: { revision: "0" }, Tagging: "revision=0" });
  const process = await nextProcess(bucket, bucket.kmsTarget);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "updated" }]);
  return { bucket, makeIt, process };
}

test("what has been updated is no copy under a KMS key, which would have an ETag of its own", async () => {
  const { bucket, process } = await updatedLikeACopy();
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "alreadyRight" }]);
  expect(await resume(bucket, bucket.kmsTarget)).toEqual({ key: "a", outcome: "alreadyRight" });
  expect(await shown(bucket)).toMatchObject({ tags: "0", versions: 2 });
});

test("a copy that S3 makes on top of it is found, so that a lock below it is reported", async () => {
  const { bucket, makeIt } = await updatedLikeACopy(withLock);
  await hold(bucket);
  await makeIt();
  expect(await resume(bucket, bucket.kmsTarget)).toEqual(lockedMeanwhile);
  expect(await shown(bucket)).toMatchObject({ versions: 3 });
});

test("what a process copied itself is learnt by the visit of that object, and by none of its other versions", async () => {
  const bucket = await bucketWithA();
  await killedBeforeCopy(bucket); // never made
  const tally = new Tally();
  for (const line of [...bucket.lines, processLine]) tally.add(line);
  const convert = await bucket.convert(target, { awaited: (key) => tally.awaited(key) });
  const [{ versionId } = {}] = bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("a") ?? [];
  const other: ObjectOutcome[] = [];
  bucket.fault = async (request) => {
    if (!bucket.log.some(({ operation }) => operation === "CopyObject") || request.method !== "HEAD") return undefined;
    bucket.fault = undefined;
    other.push(await convert({ key: "a", versionId }));
    return undefined;
  };
  const { awaited } = await convert({ key: "a" });
  const [{ versionId: ours } = {}] = bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("a") ?? [];
  expect(awaited).toEqual({ ours });
  expect(other).toMatchObject([{ key: "a", versionId }]);
  expect(other[0]).not.toHaveProperty("awaited");
});

test("what the next process copied itself is none of a killed one's copies, whatever later sweeps find of it", async () => {
  const bucket = await bucketWithA();
  await killedBeforeCopy(bucket); // never made
  await tag(bucket, "1");
  const process = await nextProcess(bucket, target);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "copied" }]);
  await tag(bucket, "0"); // of the copy, and what the object had when the killed process saw it
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "alreadyRight" }]);
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
  expect(await shown(bucket)).toMatchObject({ tags: "0", versions: 2 });
});

test("nor does it come back where nobody knows whether an earlier copy was made", async () => {
  const bucket = await legacyBucket({ versioning: "Enabled" });
  await bucket.putUnencrypted("a", "content");
  const unheard = await withCopies(bucket, async (copy, send) => {
    if (copy > 1) return send();
    await putSameBytes(bucket);
    return lost;
  });
  await killedAtCopy(bucket, 1, unheard);
  expect(await shown(bucket)).toMatchObject({ metadata: "1", tags: "1", versions: 3 });
  await bucket.client.send(new DeleteObjectTaggingCommand({ Bucket: bucket.name, Key: "a" }));
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ metadata: "1", tags: "" });
});
