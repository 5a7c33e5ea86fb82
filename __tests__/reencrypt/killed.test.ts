import { GetObjectCommand, GetObjectTaggingCommand, PutObjectTaggingCommand } from "@aws-sdk/client-s3";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import type { ConvertContext } from "../../src/reencrypt/convert";
import type { ObjectOutcome } from "../../src/reencrypt/outcome";
import { Tally } from "../../src/reencrypt/tally";
import { instantClock, type LegacyBucket, type LegacyBucketProps, legacyBucket } from "../support/legacy-bucket";

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
async function resume(bucket: LegacyBucket, whatever: Partial<ConvertContext> = {}): Promise<ObjectOutcome> {
  const tally = new Tally();
  for (const line of bucket.lines) tally.add(line);
  const convert = await bucket.convert(target, { begun: (key) => tally.begun(key), ...whatever });
  return convert({ key: "a" });
}

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
