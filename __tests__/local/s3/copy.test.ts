import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  DeleteObjectCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  type ServerSideEncryptionRule,
} from "@aws-sdk/client-s3";
import { canonicalUserId } from "../../../local/s3/arns";
import { account, createWorld, customerKey, encryptionOf, md5, otherAccount, refusal, text, type World } from "./world";

let world: World;
beforeEach(async () => {
  world = createWorld();
  await world.bucket("data");
});

const put = (input: Partial<PutObjectCommandInput> = {}) =>
  world.s3.send(new PutObjectCommand({ Bucket: "data", Key: "key", Body: "hello", ...input }));
const copy = (input: Partial<CopyObjectCommandInput> = {}) =>
  world.s3.send(new CopyObjectCommand({ Bucket: "data", Key: "key", CopySource: "data/key", ...input }));
const head = (Key = "key", Bucket = "data") =>
  world.s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
const read = async (Key = "key") => text(await world.s3.send(new GetObjectCommand({ Bucket: "data", Key })));
const setDefault = (rule: ServerSideEncryptionRule) =>
  world.s3.send(
    new PutBucketEncryptionCommand({ Bucket: "data", ServerSideEncryptionConfiguration: { Rules: [rule] } }),
  );
const aes: ServerSideEncryptionRule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } };
const allowSseC: ServerSideEncryptionRule = { BlockedEncryptionTypes: { EncryptionType: ["NONE"] } };

const illegal = {
  code: "InvalidRequest",
  status: 400,
  message:
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
};

describe("a copy onto itself has to name a change, as AWS answered in 2026", () => {
  test.each<[string, Partial<CopyObjectCommandInput>, "copied" | "illegal"]>([
    ["nothing", {}, "illegal"],
    ["an ACL", { ACL: "bucket-owner-full-control" }, "illegal"],
    ["tags", { TaggingDirective: "REPLACE", Tagging: "a=b" }, "illegal"],
    ["a checksum", { ChecksumAlgorithm: "SHA256" }, "illegal"],
    ["the directive to copy metadata", { MetadataDirective: "COPY" }, "illegal"],
    ["the directive to replace metadata", { MetadataDirective: "REPLACE" }, "copied"],
    ["the storage class that it has", { StorageClass: "STANDARD" }, "copied"],
    ["a redirect", { WebsiteRedirectLocation: "/x" }, "copied"],
    ["the encryption that it has", { ServerSideEncryption: "AES256" }, "copied"],
  ])("it names %s", async (_, input, expected) => {
    await put();
    if (expected === "copied") expect((await copy(input)).CopyObjectResult?.ETag).toBe(md5("hello"));
    else expect(await refusal(copy(input))).toMatchObject(illegal);
  });

  test("a default that somebody has put is enough", async () => {
    await put();
    await setDefault(aes);
    expect((await copy()).ServerSideEncryption).toBe("AES256");
  });

  test("from SSE-KMS it silently becomes SSE-S3", async () => {
    await put({ ServerSideEncryption: "aws:kms" });
    expect(encryptionOf(await copy())).toEqual({ ServerSideEncryption: "AES256" });
    expect((await head()).ETag).toBe(md5("hello"));
  });

  test("an old version can be made the current one", async () => {
    await world.bucket("versioned", { versioning: "Enabled" });
    const at = { Bucket: "versioned", CopySource: "versioned/key" };
    const { VersionId } = await put({ Bucket: "versioned", Body: "first" });
    await put({ Bucket: "versioned", Body: "second" });
    expect(await refusal(copy(at))).toMatchObject(illegal);
    const restored = await copy({ ...at, CopySource: `versioned/key?versionId=${VersionId}` });
    expect(restored).toMatchObject({
      CopySourceVersionId: VersionId,
      VersionId: expect.not.stringMatching(`^${VersionId}$`),
    });
    expect((await head("key", "versioned")).ETag).toBe(md5("first"));
  });
});

describe("what a copy keeps and what it loses (API Reference, CopyObject; User Guide, copy-object)", () => {
  const attributes = {
    ContentType: "text/x",
    CacheControl: "no-store",
    ContentLanguage: "cs",
    Metadata: { a: "b" },
    Tagging: "t=1",
    StorageClass: "STANDARD_IA",
    WebsiteRedirectLocation: "/x",
    ChecksumAlgorithm: "SHA256",
  } as const;
  const tags = async (): Promise<unknown> =>
    (await world.s3.send(new GetObjectTaggingCommand({ Bucket: "data", Key: "key" }))).TagSet;

  test("metadata, headers, tags and the checksum's algorithm stay; class and redirect do not; the date is new", async () => {
    await put(attributes);
    const before = await head();
    world.pass(60);
    await copy({ ServerSideEncryption: "AES256" });
    const after = await head();
    expect(after).toMatchObject({
      ContentType: "text/x",
      CacheControl: "no-store",
      ContentLanguage: "cs",
      Metadata: { a: "b" },
    });
    expect(after.ChecksumSHA256).toBe(before.ChecksumSHA256);
    expect([after.StorageClass, after.WebsiteRedirectLocation]).toEqual([undefined, undefined]);
    expect(after.LastModified?.getTime()).toBe((before.LastModified?.getTime() ?? 0) + 60_000);
    expect(await tags()).toEqual([{ Key: "t", Value: "1" }]);
  });

  test("with REPLACE all metadata comes from the request, and what is not in it is gone", async () => {
    await put(attributes);
    await copy({ MetadataDirective: "REPLACE", Metadata: { c: "d" }, TaggingDirective: "REPLACE" });
    const after = await head();
    expect(after).toMatchObject({ ContentType: "binary/octet-stream", Metadata: { c: "d" } });
    expect(after.CacheControl).toBeUndefined();
    expect(await tags()).toEqual([]);
  });

  test("metadata and tags that are sent along with COPY are ignored", async () => {
    await put(attributes);
    await copy({ StorageClass: "STANDARD_IA", MetadataDirective: "COPY", Metadata: { c: "d" }, Tagging: "u=2" });
    expect(await head()).toMatchObject({ Metadata: { a: "b" }, StorageClass: "STANDARD_IA" });
    expect(await tags()).toEqual([{ Key: "t", Value: "1" }]);
  });

  test("retention and legal hold are not copied; the bucket's default is applied", async () => {
    await world.bucket("locked", { create: { ObjectLockEnabledForBucket: true } });
    const ObjectLockRetainUntilDate = new Date(world.now() + 86_400_000);
    await put({
      Bucket: "locked",
      ObjectLockMode: "GOVERNANCE",
      ObjectLockRetainUntilDate,
      ObjectLockLegalHoldStatus: "ON",
    });
    await copy({ Bucket: "locked", CopySource: "locked/key", ServerSideEncryption: "AES256" });
    const after = await head("key", "locked");
    expect([after.ObjectLockMode, after.ObjectLockLegalHoldStatus]).toEqual([undefined, undefined]);
  });

  test("an ACL is lost unless it is sent again", async () => {
    await world.bucket("acls", { create: { ObjectOwnership: "ObjectWriter" } });
    const GrantRead = `id="${canonicalUserId(otherAccount)}"`;
    const grants = async () =>
      (await world.s3.send(new GetObjectAclCommand({ Bucket: "acls", Key: "key" }))).Grants?.map((g) => g.Permission);
    const at = { Bucket: "acls", CopySource: "acls/key", StorageClass: "STANDARD" } as const;
    const GrantFullControl = `id="${canonicalUserId(account)}"`;
    await put({ Bucket: "acls", GrantRead, GrantFullControl });
    await copy({ ...at, GrantRead, GrantFullControl });
    expect(await grants()).toEqual(["FULL_CONTROL", "READ"]);
    await copy(at);
    expect(await grants()).toEqual(["FULL_CONTROL"]);
  });
});

test("an upload's composite checksum and ETag become those of the whole", async () => {
  world.aws.seedObject({ bucket: "data", key: "key", body: "hello world", partSizes: [5, 6], encryption: "AES256" });
  expect((await head()).ETag).toMatch(/-2"$/);
  await copy({ ServerSideEncryption: "AES256" });
  expect(await head()).toMatchObject({ ETag: md5("hello world"), ChecksumCRC64NVME: "jSnVw/bqjr4=" });
});

test("an object without a checksum gains CRC64NVME", async () => {
  world.aws.seedObject({ bucket: "data", key: "key", body: "hello world", checksum: false });
  expect((await head()).ChecksumType).toBeUndefined();
  expect((await copy({ ServerSideEncryption: "AES256" })).CopyObjectResult?.ChecksumCRC64NVME).toBe("jSnVw/bqjr4=");
});

describe("encryption is the request's or the bucket's, never the source's", () => {
  test("unspecified, it is the destination bucket's default", async () => {
    const keyArn = await world.createKey();
    await put({ ServerSideEncryption: "aws:kms" });
    await setDefault({
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: keyArn },
      BucketKeyEnabled: true,
    });
    const expected = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn, BucketKeyEnabled: true };
    expect(encryptionOf(await copy())).toEqual(expected);
    expect(encryptionOf(await head())).toEqual(expected);
    expect(await read()).toBe("hello");
  });

  test("an SSE-C source needs its key, on both sides where both have one", async () => {
    await setDefault(allowSseC);
    const source = customerKey("source");
    await put(source);
    const missing = {
      code: "InvalidRequest",
      status: 400,
      message:
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
    };
    expect(await refusal(copy({ ServerSideEncryption: "AES256" }))).toMatchObject(missing);
    const trio = {
      CopySourceSSECustomerAlgorithm: source.SSECustomerAlgorithm,
      CopySourceSSECustomerKey: source.SSECustomerKey,
    };
    const kept = await copy({ Key: "kept", ...trio, ...customerKey("target") });
    expect(encryptionOf(kept)).toEqual({ SSECustomerAlgorithm: "AES256" });
    expect(encryptionOf(await copy({ Key: "opened", ...trio }))).toEqual({ ServerSideEncryption: "AES256" });
    expect(await read("opened")).toBe("hello");
    const wrong = { ...trio, CopySourceSSECustomerKey: customerKey("wrong").SSECustomerKey };
    expect(await refusal(copy({ Key: "x", ...wrong }))).toMatchObject({ code: "AccessDenied", status: 403 });
  });
});

describe("sources that cannot be copied", () => {
  test("larger than 5 GiB", async () => {
    world.aws.seedObject({ bucket: "data", key: "largest", size: 5_368_709_120 });
    world.aws.seedObject({ bucket: "data", key: "larger", size: 5_368_709_121 });
    await copy({ CopySource: "data/largest" });
    expect(await refusal(copy({ CopySource: "data/larger" }))).toMatchObject({
      code: "InvalidRequest",
      message: "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
    });
  });

  test.each(["GLACIER", "DEEP_ARCHIVE"] as const)("in %s", async (StorageClass) => {
    await put({ StorageClass });
    expect(await refusal(copy({ StorageClass }))).toMatchObject({ code: "ObjectNotInActiveTierError", status: 403 });
  });

  test("missing, deleted, a delete marker by its id, or not named at all: as AWS answered in 2026", async () => {
    await world.bucket("versioned", { versioning: "Enabled" });
    await put({ Bucket: "versioned" });
    const { VersionId } = await world.s3.send(new DeleteObjectCommand({ Bucket: "versioned", Key: "key" }));
    const from = (CopySource: string) => refusal(copy({ CopySource }));
    expect(await from("none/key")).toMatchObject({ code: "NoSuchBucket", status: 404, BucketName: "none" });
    expect(await from("data/none")).toMatchObject({ code: "NoSuchKey", status: 404, Key: "none" });
    expect(await from("versioned/key")).toMatchObject({ code: "NoSuchKey", status: 404, Key: "key" });
    expect(await from(`versioned/key?versionId=${VersionId}`)).toMatchObject({
      code: "InvalidRequest",
      status: 400,
      message: "The source of a copy request may not specifically refer to a delete marker by version id.",
    });
    expect(await from("wrongformat")).toMatchObject({
      code: "InvalidArgument",
      message: "Invalid copy source object key",
      ArgumentName: "x-amz-copy-source",
    });
  });
});

test.each([
  ["a b+c", "a%20b%2Bc"],
  ["a b", "a+b"],
  ["ž?versionId=x", "%C5%BE%3FversionId%3Dx"],
  ["100%", "100%25"],
  ["//", "%2F%2F"],
])("the source %j is named %s", async (Key, encoded) => {
  await put({ Key, Body: Key });
  await copy({ CopySource: `/data/${encoded}` });
  expect(await read()).toBe(Key);
});

describe("conditions on the source, as AWS answered in 2026", () => {
  const at = (seconds: number) => new Date(Date.parse("2026-03-01T12:00:00Z") + seconds * 1000);
  const etag = md5("hello");
  const other = md5("other");
  test.each<[string, Partial<CopyObjectCommandInput>, string | "copied"]>([
    ["if-match of its ETag", { CopySourceIfMatch: etag }, "copied"],
    ["if-match of another", { CopySourceIfMatch: other }, "If-Match"],
    ["if-none-match of its ETag", { CopySourceIfNoneMatch: etag }, "If-None-Match"],
    ["if-none-match without quotes", { CopySourceIfNoneMatch: etag.replaceAll('"', "") }, "If-None-Match"],
    ["if-none-match of another", { CopySourceIfNoneMatch: other }, "copied"],
    ["modified since before", { CopySourceIfModifiedSince: at(-5) }, "copied"],
    ["modified since its date", { CopySourceIfModifiedSince: at(0) }, "If-Modified-Since"],
    ["modified since the future", { CopySourceIfModifiedSince: at(600) }, "copied"],
    ["unmodified since its date", { CopySourceIfUnmodifiedSince: at(0) }, "copied"],
    ["unmodified since before", { CopySourceIfUnmodifiedSince: at(-5) }, "If-Unmodified-Since"],
    ["if-match, though modified since", { CopySourceIfMatch: etag, CopySourceIfUnmodifiedSince: at(-5) }, "copied"],
    [
      "none-match of another, and modified since",
      { CopySourceIfNoneMatch: other, CopySourceIfUnmodifiedSince: at(-5) },
      "If-Unmodified-Since",
    ],
  ])("%s", async (_, input, expected) => {
    await put();
    world.pass(60);
    const work = copy({ Key: "copy", ...input });
    if (expected === "copied") expect((await work).CopyObjectResult?.ETag).toBe(etag);
    else {
      expect(await refusal(work)).toMatchObject({
        code: "PreconditionFailed",
        status: 412,
        Condition: `x-amz-copy-source-${expected}`,
      });
    }
  });
});

describe("conditions on the destination are looked at when the copy commits", () => {
  const sse = { ServerSideEncryption: "AES256" } as const;
  const newer = () => put({ Body: "newer", Metadata: { by: "an application" } });

  test("without one a copy undoes what was written in between", async () => {
    await put();
    world.meanwhile(newer);
    await copy(sse);
    expect(await read()).toBe("hello");
  });

  test("If-Match keeps what was written in between", async () => {
    await put();
    world.meanwhile(newer);
    expect(await refusal(copy({ ...sse, IfMatch: md5("hello"), CopySourceIfMatch: md5("hello") }))).toMatchObject({
      code: "PreconditionFailed",
      status: 412,
      Condition: "If-Match",
    });
    expect(await read()).toBe("newer");
  });

  test("If-Match never brings back what was deleted in between", async () => {
    await put();
    world.meanwhile(() => world.s3.send(new DeleteObjectCommand({ Bucket: "data", Key: "key" })));
    const refused = await refusal(copy({ ...sse, IfMatch: md5("hello") }));
    expect(refused).toMatchObject({ code: "NoSuchKey", status: 404, Key: "key" });
  });

  test("If-Match does not see the same bytes with other metadata", async () => {
    await put();
    world.meanwhile(() => put({ Metadata: { by: "an application" } }));
    await copy({ ...sse, IfMatch: md5("hello") });
    expect((await head()).Metadata).toEqual({});
  });

  test("tags that change in between are not in the copy, which was read before", async () => {
    await put({ Tagging: "a=1" });
    const Tagging = { TagSet: [{ Key: "a", Value: "2" }] };
    world.meanwhile(() => world.s3.send(new PutObjectTaggingCommand({ Bucket: "data", Key: "key", Tagging })));
    await copy({ ...sse, IfMatch: md5("hello") });
    const { TagSet } = await world.s3.send(new GetObjectTaggingCommand({ Bucket: "data", Key: "key" }));
    expect(TagSet).toEqual([{ Key: "a", Value: "1" }]);
  });

  test.each<[Partial<CopyObjectCommandInput>, string]>([
    [{ IfMatch: "*" }, "If-Match"],
    [{ IfNoneMatch: md5("hello") }, "If-None-Match"],
    [{ IfMatch: md5("hello"), IfNoneMatch: "*" }, "If-Match,If-None-Match"],
  ])("%j is not implemented", async (input, Header) => {
    await put();
    expect(await refusal(copy({ ...sse, ...input }))).toMatchObject({ code: "NotImplemented", status: 501, Header });
  });
});

test("with versioning a copy adds a version and the old one keeps its encryption; suspended it replaces `null`", async () => {
  await world.bucket("versioned", { versioning: "Enabled" });
  const at = { Bucket: "versioned", CopySource: "versioned/key", ServerSideEncryption: "aws:kms" } as const;
  const first = await put({ Bucket: "versioned" });
  const second = await copy(at);
  expect(second).toMatchObject({ CopySourceVersionId: first.VersionId });
  const old = await world.s3.send(
    new HeadObjectCommand({ Bucket: "versioned", Key: "key", VersionId: first.VersionId }),
  );
  expect(encryptionOf(old)).toEqual({ ServerSideEncryption: "AES256" });
  await world.s3.send(
    new PutBucketVersioningCommand({ Bucket: "versioned", VersioningConfiguration: { Status: "Suspended" } }),
  );
  expect(await copy(at)).toMatchObject({ CopySourceVersionId: second.VersionId, VersionId: "null" });
  const again = await copy(at);
  expect([again.VersionId, again.CopySourceVersionId]).toEqual(["null", undefined]);
  const versions = world.aws.state.s3.buckets.get("versioned")?.keys.get("key");
  expect(versions?.map((version) => version.versionId)).toEqual(["null", second.VersionId, first.VersionId]);
});
