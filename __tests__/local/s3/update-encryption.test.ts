import { createHash } from "node:crypto";
import { DisableKeyCommand, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type ObjectEncryption,
  PutObjectCommand,
  type PutObjectCommandInput,
  UpdateObjectEncryptionCommand,
  type UpdateObjectEncryptionCommandInput,
} from "@aws-sdk/client-s3";
import { createWorld, encryptionOf, otherAccount, refusal, region, text, type World } from "./world";

let world: World;
let keyArn: string;
beforeEach(async () => {
  world = createWorld();
  await world.bucket("data");
  keyArn = await world.createKey();
});

const put = (input: Partial<PutObjectCommandInput> = {}) =>
  world.s3.send(new PutObjectCommand({ Bucket: "data", Key: "key", Body: "hello", ...input }));
const toKms = (KMSKeyArn = keyArn, BucketKeyEnabled?: boolean): ObjectEncryption => ({
  SSEKMS: { KMSKeyArn, BucketKeyEnabled },
});
const update = (input: Partial<UpdateObjectEncryptionCommandInput> = {}) =>
  world.s3.send(new UpdateObjectEncryptionCommand({ Bucket: "data", Key: "key", ObjectEncryption: toKms(), ...input }));
const head = (at: object = {}) =>
  world.s3.send(new HeadObjectCommand({ Bucket: "data", Key: "key", ChecksumMode: "ENABLED", ...at }));
const read = async () => text(await world.s3.send(new GetObjectCommand({ Bucket: "data", Key: "key" })));

test.each<[string, Partial<PutObjectCommandInput>]>([
  ["SSE-S3", {}],
  ["the managed key", { ServerSideEncryption: "aws:kms" }],
  ["a key of its own, with bucket key", { ServerSideEncryption: "aws:kms", BucketKeyEnabled: true }],
])("from %s only the encryption changes, and the object is read through the new key", async (_, sent) => {
  const source = sent.BucketKeyEnabled ? { ...sent, SSEKMSKeyId: await world.createKey() } : sent;
  await put({ ...source, Metadata: { a: "b" }, StorageClass: "STANDARD_IA", Tagging: "t=1" });
  const {
    $metadata: _before,
    ServerSideEncryption: _sse,
    SSEKMSKeyId: _key,
    BucketKeyEnabled: _bucketKey,
    ...before
  } = await head();
  world.pass(60);
  await update({ ObjectEncryption: toKms(keyArn, true) });
  const after = await head();
  expect(after).toMatchObject(before);
  const expected = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn, BucketKeyEnabled: true };
  expect(encryptionOf(after)).toEqual(expected);
  if (source.SSEKMSKeyId) await world.kms.send(new DisableKeyCommand({ KeyId: source.SSEKMSKeyId }));
  expect(await read()).toBe("hello");
  await world.kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyArn }));
  expect(await refusal(read())).toMatchObject({
    code: "KMS.KMSInvalidStateException",
    status: 400,
    message: `${keyArn} is pending deletion.`,
  });
});

test("bucket keys are off unless asked for, whatever the object had", async () => {
  await put({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn, BucketKeyEnabled: true });
  await update();
  expect(encryptionOf(await head())).toEqual({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn });
});

test("archived objects of any size need no restoring", async () => {
  const seeded = { bucket: "data", key: "key", size: 6 * 1024 ** 3, encryption: "AES256" } as const;
  world.aws.seedObject({ ...seeded, storageClass: "DEEP_ARCHIVE" });
  await update();
  expect(await head()).toMatchObject({
    SSEKMSKeyId: keyArn,
    StorageClass: "DEEP_ARCHIVE",
    ContentLength: 6 * 1024 ** 3,
  });
});

test("a version is named or it is the current one; a deleted key has none", async () => {
  await world.bucket("versioned", { versioning: "Enabled" });
  const at = { Bucket: "versioned", Key: "key" };
  const { VersionId } = await put(at);
  await put(at);
  await update({ ...at, VersionId });
  expect(encryptionOf(await head({ ...at, VersionId }))).toMatchObject({ SSEKMSKeyId: keyArn });
  expect(encryptionOf(await head(at))).toEqual({ ServerSideEncryption: "AES256" });
  const marker = await world.s3.send(new DeleteObjectCommand(at));
  expect(await refusal(update(at))).toMatchObject({ code: "NoSuchKey", status: 404 });
  expect(await refusal(update({ ...at, VersionId: marker.VersionId }))).toMatchObject({ code: "MethodNotAllowed" });
  expect(await refusal(update({ Key: "none" }))).toMatchObject({ code: "NoSuchKey", status: 404 });
});

describe("refused, in the words of API Reference, UpdateObjectEncryption", () => {
  const supported = "Only source objects encrypted with SSE-S3 or SSE-KMS are supported.";
  const customer = createHash("sha256").digest();
  const md5 = createHash("md5").update(customer).digest("base64");

  test("an unencrypted source", async () => {
    world.aws.seedObject({ bucket: "data", key: "key", body: "hello", encryption: "none" });
    expect(await refusal(update())).toMatchObject({
      code: "InvalidRequest",
      status: 400,
      message: `The UpdateObjectEncryption operation doesn't supported unencrypted source objects. ${supported}`,
    });
  });

  test.each([
    ["DSSE-KMS", { is: "aws:kms:dsse", bucketKey: false, context: {} }],
    ["SSE-C", { is: "customer", customerKey: { key: customer, md5 } }],
  ] as const)("a source under %s", async (_, encryption) => {
    world.aws.seedObject({ bucket: "data", key: "key", body: "hello", encryption });
    expect(await refusal(update())).toMatchObject({
      code: "InvalidRequest",
      status: 400,
      message: `The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or SSE-C. ${supported}`,
    });
  });

  test.each([
    ["an alias", "arn:aws:kms:eu-west-1:111122223333:alias/a", "a valid AWS KMS key Amazon Resource Name"],
    ["a bare id", "12345678-1234-1234-1234-123456789012", "a valid AWS KMS key Amazon Resource Name"],
    ["no key", "", "an AWS KMS key Amazon Resource Name"],
  ])("%s as target", async (_, KMSKeyArn, words) => {
    await put();
    expect(await refusal(update({ ObjectEncryption: toKms(KMSKeyArn) }))).toMatchObject({
      code: "InvalidRequest",
      message: expect.stringContaining(`Requests that modify an object's encryption type to SSE-KMS require ${words}`),
    });
  });

  test("a key of another account", async () => {
    await put();
    const foreign = `arn:aws:kms:${region}:${otherAccount}:key/12345678-1234-1234-1234-123456789012`;
    expect(await refusal(update({ ObjectEncryption: toKms(foreign) }))).toMatchObject({
      code: "AccessDenied",
      status: 403,
      message: expect.stringContaining("must be owned by the same account as the bucket"),
    });
  });

  test.each([
    ["retention", { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: new Date("2026-03-02") }],
    ["a legal hold", { ObjectLockLegalHoldStatus: "ON" }],
  ] as const)("an object under %s", async (_, lock) => {
    await world.bucket("locked", { create: { ObjectLockEnabledForBucket: true } });
    await put({ Bucket: "locked", ...lock });
    expect(await refusal(update({ Bucket: "locked" }))).toMatchObject({
      code: "AccessDenied",
      status: 403,
      message: expect.stringContaining("protected by S3 Object Lock"),
    });
  });

  test("an old key that cannot decrypt", async () => {
    const SSEKMSKeyId = await world.createKey();
    await put({ ServerSideEncryption: "aws:kms", SSEKMSKeyId });
    await world.kms.send(new DisableKeyCommand({ KeyId: SSEKMSKeyId }));
    expect(await refusal(update())).toMatchObject({ code: "KMS.DisabledException", status: 400 });
    expect(encryptionOf(await head())).toMatchObject({ SSEKMSKeyId });
  });
});
