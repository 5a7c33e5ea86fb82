import { DisableKeyCommand } from "@aws-sdk/client-kms";
import {
  DeleteBucketEncryptionCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type ServerSideEncryptionRule,
} from "@aws-sdk/client-s3";
import { createWorld, customerKey, encryptionOf, md5, refusal, sendHeader, text, type World } from "./world";

let world: World;
beforeEach(async () => {
  world = createWorld();
  await world.bucket("data");
});

const put = (input: Partial<PutObjectCommandInput> = {}) =>
  world.s3.send(new PutObjectCommand({ Bucket: "data", Key: "key", Body: "hello", ...input }));
const head = (key = "key") => world.s3.send(new HeadObjectCommand({ Bucket: "data", Key: key }));
const setDefault = (rule: ServerSideEncryptionRule) =>
  world.s3.send(
    new PutBucketEncryptionCommand({ Bucket: "data", ServerSideEncryptionConfiguration: { Rules: [rule] } }),
  );
const allowSseC = () => setDefault({ BlockedEncryptionTypes: { EncryptionType: ["NONE"] } });

test("what was put can be read, with its headers, its date and the MD5 of its bytes", async () => {
  const headers = {
    ContentType: "text/x",
    CacheControl: "no-store",
    ContentDisposition: 'attachment; filename="ž"'.replace("ž", "z"),
    ContentLanguage: "cs",
    ContentEncoding: "identity",
    Metadata: { colour: "žlutá", "x-y": "1" },
    WebsiteRedirectLocation: "/elsewhere",
  };
  const answer = await put({ Key: "a/ž b+c", ...headers, Tagging: "a=1&b=%2B", StorageClass: "STANDARD_IA" });
  expect(answer).toMatchObject({ ETag: md5("hello"), ServerSideEncryption: "AES256", ChecksumType: "FULL_OBJECT" });
  const got = await world.s3.send(new GetObjectCommand({ Bucket: "data", Key: "a/ž b+c" }));
  expect(await text(got)).toBe("hello");
  expect(got).toMatchObject({
    ...headers,
    // Beyond ASCII metadata comes back as RFC 2047 has it: User Guide, "Working with object metadata".
    Metadata: { "x-y": "1", colour: expect.stringMatching(/^=\?UTF-8\?/) },
    TagCount: 2,
    StorageClass: "STANDARD_IA",
  });
  expect(got.LastModified?.toISOString()).toBe("2026-03-01T12:00:00.000Z");
});

test("an Expires that is no date is kept as it was sent", async () => {
  const s3 = sendHeader(world.client({}), "expires", "one fine day");
  await s3.send(new PutObjectCommand({ Bucket: "data", Key: "key", Body: "hello" }));
  expect((await head()).ExpiresString).toBe("one fine day");
});

describe("encryption: the header, else the bucket's default (API Reference, PutObject)", () => {
  interface Case {
    readonly rule?: (keyArn: string) => ServerSideEncryptionRule;
    readonly sent?: (keyArn: string) => Partial<PutObjectCommandInput>;
    readonly stored: (keyArn: string) => object;
  }
  const underKey = (KMSMasterKeyID: string, BucketKeyEnabled = true): ServerSideEncryptionRule => ({
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID },
    BucketKeyEnabled,
  });
  const managed = expect.stringMatching(/^arn:aws:kms:eu-west-1:111122223333:key\//);
  const cases: Record<string, Case> = {
    "nothing said, nothing set: SSE-S3": { stored: () => ({ ServerSideEncryption: "AES256" }) },
    "nothing said: the bucket's key and bucket key": {
      rule: (key) => underKey(key),
      stored: (key) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: key, BucketKeyEnabled: true }),
    },
    "AES256 beats a default of KMS": {
      rule: (key) => underKey(key),
      sent: () => ({ ServerSideEncryption: "AES256" }),
      stored: () => ({ ServerSideEncryption: "AES256" }),
    },
    "a key beats a default of SSE-S3": {
      sent: (key) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: key }),
      stored: (key) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: key }),
    },
    "a key's bare id becomes its ARN": {
      sent: (key) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: key.split("/")[1] }),
      stored: (key) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: key }),
    },
    "aws:kms without a key is the managed key, not the bucket's; the bucket key is the bucket's": {
      rule: (key) => underKey(key),
      sent: () => ({ ServerSideEncryption: "aws:kms" }),
      stored: (key) => ({
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: expect.not.stringContaining(key),
        BucketKeyEnabled: true,
      }),
    },
    "a default of aws:kms without a key is the managed key": {
      rule: () => ({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } }),
      stored: () => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: managed }),
    },
    "bucket key refused by the request": {
      rule: (key) => underKey(key),
      sent: (key) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: key, BucketKeyEnabled: false }),
      stored: (key) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: key }),
    },
    "DSSE has no bucket key": {
      rule: (key) => underKey(key),
      sent: (key) => ({ ServerSideEncryption: "aws:kms:dsse", SSEKMSKeyId: key }),
      stored: (key) => ({ ServerSideEncryption: "aws:kms:dsse", SSEKMSKeyId: key }),
    },
  };
  test.each(Object.entries(cases))("%s", async (_, { rule, sent, stored }) => {
    const keyArn = await world.createKey();
    if (rule) await setDefault(rule(keyArn));
    const answer = await put(sent?.(keyArn));
    expect(encryptionOf(answer)).toEqual(stored(keyArn));
    expect(encryptionOf(await head())).toEqual(stored(keyArn));
    expect(await text(await world.s3.send(new GetObjectCommand({ Bucket: "data", Key: "key" })))).toBe("hello");
  });

  test("before 2023-01-05 a put without a header was stored as it came, unless the bucket had a default", async () => {
    world.aws.state.s3.defaultEncryption = "none";
    await put({ Key: "plain" });
    await setDefault({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } });
    await put({ Key: "sse" });
    await world.s3.send(new DeleteBucketEncryptionCommand({ Bucket: "data" }));
    await put({ Key: "plain again" });
    world.aws.state.s3.defaultEncryption = "AES256";
    await put({ Key: "today" });
    const seen = await Promise.all(["plain", "sse", "plain again", "today"].map(head));
    expect(seen.map((object) => object.ServerSideEncryption)).toEqual([undefined, "AES256", undefined, "AES256"]);
  });
});

test.each([
  ["SSE-S3", {}, true],
  ["SSE-KMS", { ServerSideEncryption: "aws:kms" }, false],
  ["SSE-C", customerKey("k"), false],
] as const)("the ETag under %s is the MD5 and stays, or is new on every write", async (_, headers, isMd5) => {
  await allowSseC();
  const first = await put(headers);
  const second = await put(headers);
  expect(first.ETag === md5("hello")).toBe(isMd5);
  expect(first.ETag === second.ETag).toBe(isMd5);
});

describe("refused encryption headers, as AWS answered in 2026", () => {
  const sse = "x-amz-server-side-encryption";
  const valid = customerKey("k");
  const cases: Record<string, [Partial<PutObjectCommandInput>, object]> = {
    "SSE-C and SSE-S3": [
      { ...valid, ServerSideEncryption: "AES256" },
      {
        code: "InvalidArgument",
        status: 400,
        message:
          "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
        ArgumentName: sse,
        ArgumentValue: "AES256",
      },
    ],
    "SSE-C with another algorithm": [
      { ...valid, SSECustomerAlgorithm: "KMS" },
      {
        code: "InvalidEncryptionAlgorithmError",
        message: "The Encryption request you specified is not valid. Supported value: AES256.",
        ArgumentValue: "KMS",
      },
    ],
    "SSE-C without algorithm": [
      { SSECustomerKey: valid.SSECustomerKey },
      {
        code: "InvalidArgument",
        message:
          "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.",
      },
    ],
    "SSE-C without key": [
      { SSECustomerAlgorithm: "AES256" },
      {
        code: "InvalidArgument",
        message:
          "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.",
      },
    ],
    "SSE-C with a short key": [
      { SSECustomerAlgorithm: "AES256", SSECustomerKey: Buffer.from("short").toString("base64") },
      { code: "InvalidArgument", message: "The secret key was invalid for the specified algorithm." },
    ],
    "a key id that is none": [
      { ServerSideEncryption: "aws:kms", SSEKMSKeyId: "fake-key-id" },
      { code: "KMS.NotFoundException", status: 400, message: "Invalid keyId 'fake-key-id'" },
    ],
    "a key with AES256": [
      { ServerSideEncryption: "AES256", SSEKMSKeyId: "fake-key-id" },
      { code: "InvalidArgument", ArgumentName: sse },
    ],
  };
  test.each(Object.entries(cases))("%s", async (_, [headers, expected]) => {
    await allowSseC();
    expect(await refusal(put(headers))).toMatchObject(expected);
    expect(await refusal(head())).toMatchObject({ status: 404 });
  });

  test("SSE-C where the bucket blocks it, as new buckets do since April 2026", async () => {
    expect(await refusal(put(valid))).toMatchObject({ code: "AccessDenied", status: 403 });
  });

  test("a KMS key over plain HTTP", async () => {
    const s3 = world.client({}, "http");
    const work = s3.send(new PutObjectCommand({ Bucket: "data", Key: "key", ServerSideEncryption: "aws:kms" }));
    expect(await refusal(work)).toMatchObject({ code: "InvalidArgument", status: 400 });
  });

  test("a disabled key", async () => {
    const SSEKMSKeyId = await world.createKey();
    await world.kms.send(new DisableKeyCommand({ KeyId: SSEKMSKeyId }));
    expect(await refusal(put({ ServerSideEncryption: "aws:kms", SSEKMSKeyId }))).toMatchObject({
      code: "KMS.DisabledException",
      status: 400,
      message: `${SSEKMSKeyId} is disabled.`,
    });
  });
});

describe("conditions, as AWS answered in 2026", () => {
  const preconditionFailed = {
    code: "PreconditionFailed",
    status: 412,
    message: "At least one of the pre-conditions you specified did not hold",
  };
  const notImplemented = {
    code: "NotImplemented",
    status: 501,
    message: "A header you provided implies functionality that is not implemented",
  };
  const other = md5("other");
  const cases: [string, string, Partial<PutObjectCommandInput>, object | "put"][] = [
    ["missing", "If-None-Match: *", { IfNoneMatch: "*" }, "put"],
    ["there", "If-None-Match: *", { IfNoneMatch: "*" }, { ...preconditionFailed, Condition: "If-None-Match" }],
    ["deleted", "If-None-Match: *", { IfNoneMatch: "*" }, "put"],
    ["there", "If-Match of its ETag", { IfMatch: md5("before") }, "put"],
    ["there", "If-Match without quotes", { IfMatch: md5("before").replaceAll('"', "") }, "put"],
    ["there", "If-Match of another", { IfMatch: other }, { ...preconditionFailed, Condition: "If-Match" }],
    ["missing", "If-Match", { IfMatch: other }, { code: "NoSuchKey", status: 404, Key: "key" }],
    ["deleted", "If-Match", { IfMatch: md5("before") }, { code: "NoSuchKey", status: 404, Key: "key" }],
    ["there", "If-Match: *", { IfMatch: "*" }, { ...notImplemented, Header: "If-Match" }],
    ["there", "If-None-Match: etag", { IfNoneMatch: other }, { ...notImplemented, Header: "If-None-Match" }],
    ["there", "both", { IfMatch: other, IfNoneMatch: "*" }, { ...notImplemented, Header: "If-Match,If-None-Match" }],
  ];
  test.each(cases)("object %s, %s", async (state, _, conditions, expected) => {
    await world.bucket("versioned", { versioning: "Enabled" });
    const at = { Bucket: "versioned", Key: "key" };
    if (state !== "missing") await put({ ...at, Body: "before" });
    if (state === "deleted") await world.s3.send(new DeleteObjectCommand(at));
    const work = put({ ...at, Body: "after", ...conditions });
    if (expected === "put") expect((await work).ETag).toBe(md5("after"));
    else expect(await refusal(work)).toMatchObject(expected);
  });
});

test.each([
  ["a class that is none", { StorageClass: "OUTPOSTS" }, { code: "InvalidStorageClass" }],
  ["a tag twice", { Tagging: "a=1&a=2" }, { code: "InvalidArgument", ArgumentName: "x-amz-tagging" }],
  ["tags with commas", { Tagging: "key1=val1,key2=val2" }, { code: "InvalidArgument" }],
  ["a lock in a bucket without locks", { ObjectLockLegalHoldStatus: "ON" }, { code: "InvalidRequest" }],
  ["a long key", { Key: "k".repeat(1025) }, { code: "KeyTooLongError", MaxSizeAllowed: "1024" }],
  ["much metadata", { Metadata: { a: "b".repeat(2048) } }, { code: "MetadataTooLarge" }],
] as const)("%s is refused", async (_, input, expected) => {
  expect(await refusal(put(input))).toMatchObject({ status: 400, ...expected });
});

test.each([
  ["the one that was sent", { ChecksumAlgorithm: "SHA256" }, "ChecksumSHA256"],
  ["CRC32 by the SDK", {}, "ChecksumCRC32"],
] as const)("the checksum kept is %s, and shown to who asks", async (_, input, field) => {
  const answer = await put(input);
  const seen = await world.s3.send(new HeadObjectCommand({ Bucket: "data", Key: "key", ChecksumMode: "ENABLED" }));
  expect(answer[field]).toMatch(/=$/);
  expect(seen).toMatchObject({ [field]: answer[field], ChecksumType: "FULL_OBJECT" });
  expect((await head())[field]).toBeUndefined();
});

test("who sends no checksum gets CRC64NVME", async () => {
  const s3 = world.client({ requestChecksumCalculation: "WHEN_REQUIRED" });
  const answer = await s3.send(new PutObjectCommand({ Bucket: "data", Key: "key", Body: "hello world" }));
  expect(answer).toMatchObject({ ChecksumCRC64NVME: "jSnVw/bqjr4=", ChecksumType: "FULL_OBJECT" });
});
