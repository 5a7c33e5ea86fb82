import { DeleteObjectCommand, GetObjectAclCommand, HeadObjectCommand, PutObjectAclCommand } from "@aws-sdk/client-s3";
import {
  bucketWithA,
  hold,
  killedAtCopy,
  killedBeforeCopy,
  lockedMeanwhile,
  locking,
  lost,
  putSameBytes,
  putTwiceAround,
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
import { instantClock, legacyBucket } from "../support/legacy-bucket";

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

test("so is a content type that somebody changed, and nothing else", async () => {
  const bucket = await bucketWithA();
  const same = { Metadata: { revision: "0" }, Tagging: "revision=0", ContentType: "text/plain" };
  bucket.between = async () => void (await bucket.putUnencrypted("a", "content", same));
  await killedAtCopy(bucket);
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
  const { ContentType } = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: "a" }));
  expect(ContentType).toBe("text/plain");
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

test.each([
  ["what the copy replaced", 1, 1],
  ["what a second copy was made of", 2, 3],
])("where %s is gone for good nothing can be compared, and nothing is done", async (_, copy, left) => {
  const bucket = await bucketWithA();
  if (copy === 2) bucket.between = async () => void (await putSameBytes(bucket));
  await killedAtCopy(bucket, copy);
  const versions = versionsOfA(bucket);
  const { versionId } = versions[copy] ?? {};
  await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: "a", VersionId: versionId }));
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "alreadyRight" });
  expect(await shown(bucket)).toMatchObject({ versions: left });
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

test("a version that was locked under the first copy is told of by the process that finds the second one", async () => {
  const bucket = await bucketWithA(withLock);
  bucket.between = locking(bucket);
  await killedAtCopy(bucket, 2);
  expect(await shown(bucket)).toMatchObject({ tags: "1", versions: 3 });
  expect(await resume(bucket)).toEqual(lockedMeanwhile);
});

test("nothing is to be told where somebody locked the copy as well", async () => {
  const bucket = await bucketWithA(withLock);
  bucket.between = locking(bucket);
  await killedAtCopy(bucket, 2);
  await hold(bucket);
  expect(await resume(bucket)).toEqual({ key: "a", outcome: "copied" });
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
