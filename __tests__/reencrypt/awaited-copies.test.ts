import { DeleteObjectCommand, DeleteObjectTaggingCommand } from "@aws-sdk/client-s3";
import type { ObjectOutcome } from "../../src/reencrypt/outcome";
import { Tally } from "../../src/reencrypt/tally";
import {
  bucketWithA,
  hold,
  killedAtCopy,
  killedBeforeCopy,
  lockedMeanwhile,
  lost,
  putSameBytes,
  resume,
  type SendCopy,
  shown,
  tag,
  target,
  versionsOfA,
  visit,
  withCopies,
  withLock,
} from "../support/killed-process";
import { type LegacyBucket, type LegacyBucketProps, legacyBucket } from "../support/legacy-bucket";
import { nextProcess, processLine } from "../support/next-process";

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

test("nor is a copy whose answer was lost, once a change of somebody was put back on top of it", async () => {
  const bucket = await bucketWithA();
  const deaf = await withCopies(bucket, (copy, send) => {
    if (copy === 1) bucket.between = async () => void (await putSameBytes(bucket));
    return send().then((answer) => (copy === 1 ? lost : answer));
  });
  const convert = await bucket.convert(target, deaf);
  expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" }); // and nothing else to be learnt
  expect(await shown(bucket)).toMatchObject({ metadata: "1", tags: "1", versions: 4 });
});

test.each([
  ["two copies of one process", false],
  ["a copy of a killed process and one of the next", true],
])("of %s that were sent alike one is found, and the other still looked for", async (_, isFirstOfAnother) => {
  const bucket = await bucketWithA(withLock);
  const sent: SendCopy[] = isFirstOfAnother ? [await killedBeforeCopy(bucket)] : [];
  const deaf = await withCopies(bucket, async (_copy, send) => {
    sent.push(send);
    if (sent.length === 2) await sent.shift()?.();
    return lost;
  });
  const process = await nextProcess(bucket, target, deaf);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "copied" }]);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "alreadyRight" }]);
  await hold(bucket);
  await sent.shift()?.();
  expect(await process.sweep()).toEqual([lockedMeanwhile]);
  expect(await shown(bucket)).toMatchObject({ versions: 3 });
});

test("a copy that was answered does not end the search for one that was not", async () => {
  const bucket = await bucketWithA(withLock);
  const sent: SendCopy[] = [];
  const deaf = await withCopies(bucket, async (copy, send) => {
    if (copy > 1) return send();
    sent.push(send);
    return lost;
  });
  const process = await nextProcess(bucket, target, deaf);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "copied" }]);
  await hold(bucket);
  await sent.shift()?.();
  expect(await process.sweep()).toEqual([lockedMeanwhile]);
});

test("nor does one whose answer comes when the other is on top already", async () => {
  const bucket = await bucketWithA(withLock);
  const sent: SendCopy[] = [];
  const deaf = await withCopies(bucket, async (copy, send) => {
    if (copy === 1) {
      sent.push(send);
      return lost;
    }
    const answer = await send();
    await hold(bucket);
    await sent.shift()?.();
    return answer;
  });
  const convert = await bucket.convert(target, deaf);
  expect(await visit(convert)).toEqual(lockedMeanwhile);
});

test("a copy that was answered is none of those that were not, though it looks like them by now", async () => {
  const bucket = await bucketWithA();
  const sent: SendCopy[] = [];
  const deaf = await withCopies(bucket, async (copy, send) => {
    if (copy === 3) return send();
    sent.push(send);
    if (copy === 2) await tag(bucket, "1");
    return lost;
  });
  const process = await nextProcess(bucket, target, deaf);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "copied" }]);
  await tag(bucket, "0"); // with which the lost ones were sent
  await sent.shift()?.();
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "copied" }]);
  expect(await shown(bucket)).toMatchObject({ tags: "0", versions: 3 });
});

const likeTheCopy = { Metadata: { revision: "0" }, Tagging: "revision=0" };

const putLikeTheCopy = (bucket: LegacyBucket) => bucket.put("a", "content", likeTheCopy);

/** What somebody does who writes the same bytes again, on top of what a killed process was to copy. */
const writtenAgain: [string, (bucket: LegacyBucket) => Promise<unknown>][] = [
  ["in another class", (bucket) => bucket.put("a", "content", { ...likeTheCopy, StorageClass: "STANDARD_IA" })],
  [
    "after other bytes, with the metadata of those",
    async (bucket) => {
      await bucket.put("a", "other", { Metadata: { revision: "1" } });
      await bucket.put("a", "content", { ...likeTheCopy, Metadata: { revision: "1" } });
    },
  ],
];

test.each(writtenAgain)("what is written again %s is no copy", async (_, write) => {
  const bucket = await bucketWithA();
  await killedBeforeCopy(bucket);
  await tag(bucket, "1");
  await write(bucket);
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
  expect(await shown(bucket)).toMatchObject({ tags: "0" });
});

const writtenBetween: [string, (bucket: LegacyBucket) => Promise<unknown>][] = [
  ["a delete", ({ client, name }) => client.send(new DeleteObjectCommand({ Bucket: name, Key: "a" }))],
  ["other bytes", (bucket) => bucket.put("a", "other", { Metadata: { revision: "1" }, Tagging: "revision=1" })],
];

test.each(writtenBetween)("what is written again after %s keeps its own tags, copy or not", async (_, between) => {
  const bucket = await bucketWithA();
  await killedBeforeCopy(bucket);
  await tag(bucket, "1");
  await between(bucket);
  await putLikeTheCopy(bucket);
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  expect(await shown(bucket)).toMatchObject({ metadata: "0", tags: "0", versions: 3 });
});

test("of two copies, both of them found, neither is looked for in what is written alike", async () => {
  const bucket = await bucketWithA();
  const sent: SendCopy[] = [];
  const deaf = await withCopies(bucket, async (copy, send) => {
    sent.push(send);
    if (copy === 2) for (const makeIt of sent) await makeIt();
    return lost;
  });
  const process = await nextProcess(bucket, target, deaf);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "copied" }]);
  await putLikeTheCopy(bucket);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "alreadyRight" }]);
});

test("a version since then that cannot be looked at leaves it open what is a copy", async () => {
  const bucket = await bucketWithA();
  await killedBeforeCopy(bucket);
  await bucket.put("a", "other");
  const [{ versionId } = {}] = versionsOfA(bucket);
  await putLikeTheCopy(bucket);
  bucket.fault = ({ method, url }) =>
    method === "HEAD" && new URL(url).searchParams.get("versionId") === versionId && isSecond()
      ? { status: 403, headers: {}, body: new Uint8Array() }
      : undefined;
  let looks = 0;
  const isSecond = () => ++looks > 1; // the first one is at what is below
  expect(await resume(bucket)).toEqual({
    key: "a",
    outcome: "notAsBefore",
    message: expect.stringMatching(/^its versions could not be looked at: .*403/),
  });
});

test("what somebody wrote with less than a lost copy was sent with is theirs, where no version is kept", async () => {
  const bucket = await bucketWithA({});
  const deaf = await withCopies(bucket, async () => {
    await bucket.put("a", "content", { Metadata: { revision: "0" } });
    return lost;
  });
  const convert = await bucket.convert(target, deaf);
  expect(await visit(convert)).toEqual({ key: "a", outcome: "changedMeanwhile" });
});

test("a change that could not be put back on a found copy is put back by a later sweep", async () => {
  const bucket = await bucketWithA();
  const makeIt = await killedBeforeCopy(bucket);
  await tag(bucket, "1");
  await makeIt();
  const overtaken = await withCopies(bucket, async (copy, send) => {
    if (copy > 1) return send();
    await bucket.put("a", "other");
    const [{ versionId } = {}] = versionsOfA(bucket);
    const answer = await send();
    await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: "a", VersionId: versionId }));
    return answer;
  });
  const process = await nextProcess(bucket, target, overtaken);
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "alreadyRight" }]); // what has come on top
  expect(await process.sweep()).toEqual([{ key: "a", outcome: "copied" }]);
  expect(await shown(bucket)).toMatchObject({ tags: "1", versions: 3 });
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
  const [current] = versionsOfA(bucket);
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
  const [{ versionId } = {}] = versionsOfA(bucket);
  const other: ObjectOutcome[] = [];
  bucket.fault = async (request) => {
    if (!bucket.log.some(({ operation }) => operation === "CopyObject") || request.method !== "HEAD") return undefined;
    bucket.fault = undefined;
    other.push(await convert({ key: "a", versionId }));
    return undefined;
  };
  const { awaited } = await convert({ key: "a" });
  const [{ versionId: copy } = {}] = versionsOfA(bucket);
  expect(awaited).toEqual({ answered: [copy] });
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
