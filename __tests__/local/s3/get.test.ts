import { createHash } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  RestoreObjectCommand,
} from "@aws-sdk/client-s3";
import { createWorld, customerKey, md5, refusal, text, type World } from "./world";

let world: World;
beforeEach(async () => {
  world = createWorld();
  await world.bucket("data");
});

const put = (input: Partial<PutObjectCommandInput> = {}) =>
  world.s3.send(new PutObjectCommand({ Bucket: "data", Key: "key", Body: "0123456789", ...input }));
const get = (input: Partial<GetObjectCommandInput> = {}) =>
  world.s3.send(new GetObjectCommand({ Bucket: "data", Key: "key", ...input }));
const head = (input: Partial<GetObjectCommandInput> = {}) =>
  world.s3.send(new HeadObjectCommand({ Bucket: "data", Key: "key", ...input }));

describe("ranges of 0123456789, as AWS answered in 2026", () => {
  test.each([
    ["bytes=0-8", "012345678", "bytes 0-8/10"],
    ["bytes=1-1", "1", "bytes 1-1/10"],
    ["bytes=1-", "123456789", "bytes 1-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=-15", "0123456789", "bytes 0-9/10"],
    ["bytes=0-100", "0123456789", "bytes 0-9/10"],
    ["bytes=1-0", "0123456789", undefined],
    ["bytes=-1-", "0123456789", undefined],
    ["bytes=0--1", "0123456789", undefined],
    ["bytes=0-1,3-4", "0123456789", undefined],
    ["0-8", "0123456789", undefined],
    ["bytes=-", "0123456789", undefined],
  ])("%s", async (Range, body, ContentRange) => {
    await put();
    const got = await get({ Range });
    expect([await text(got), got.ContentRange, got.ContentLength]).toEqual([body, ContentRange, body.length]);
    expect(got.$metadata.httpStatusCode).toBe(ContentRange ? 206 : 200);
    // Only all of it has the object's checksum.
    expect(got.ChecksumCRC32 !== undefined).toBe(body.length === 10);
  });

  test.each(["bytes=100-200", "bytes=-0"])("%s is not there", async (Range) => {
    await put();
    expect(await refusal(get({ Range }))).toMatchObject({
      code: "InvalidRange",
      status: 416,
      message: "The requested range is not satisfiable",
      RangeRequested: Range,
      ActualObjectSize: "10",
    });
  });
});

describe("conditions, as AWS answered in 2026", () => {
  const etag = md5("0123456789");
  const at = (seconds: number) => new Date(Date.parse("2026-03-01T12:00:00Z") + seconds * 1000);
  test.each<[string, Partial<GetObjectCommandInput>, 200 | 304 | 412]>([
    ["If-Match", { IfMatch: etag }, 200],
    ["If-Match of another", { IfMatch: md5("other") }, 412],
    ["If-None-Match", { IfNoneMatch: etag }, 304],
    ["If-None-Match without quotes", { IfNoneMatch: etag.replaceAll('"', "") }, 304],
    ["If-Modified-Since its date", { IfModifiedSince: at(0) }, 304],
    ["If-Modified-Since before", { IfModifiedSince: at(-1) }, 200],
    ["If-Modified-Since the future", { IfModifiedSince: at(600) }, 200],
    ["If-Unmodified-Since its date", { IfUnmodifiedSince: at(0) }, 200],
    ["If-Unmodified-Since before", { IfUnmodifiedSince: at(-1) }, 412],
    ["If-Match, and modified since", { IfMatch: etag, IfUnmodifiedSince: at(-1) }, 200],
  ])("%s", async (_, input, status) => {
    await put();
    world.pass(60);
    if (status === 200) {
      expect((await get(input)).ETag).toBe(etag);
      expect((await head(input)).ETag).toBe(etag);
    } else {
      expect(await refusal(get(input))).toMatchObject({ status });
      expect(await refusal(head(input))).toMatchObject({ status });
    }
  });
});

test("response headers can be asked for", async () => {
  await put({ ContentType: "text/x" });
  expect(await get({ ResponseContentType: "text/y", ResponseCacheControl: "no-store" })).toMatchObject({
    ContentType: "text/y",
    CacheControl: "no-store",
  });
});

test("what is there under which version, as AWS answered in 2026", async () => {
  await world.bucket("versioned", { versioning: "Enabled" });
  const at = { Bucket: "versioned" };
  const { VersionId } = await put(at);
  const marker = await world.s3.send(new DeleteObjectCommand({ Bucket: "versioned", Key: "key" }));
  expect(await text(await get({ ...at, VersionId }))).toBe("0123456789");
  expect(await refusal(get(at))).toMatchObject({ code: "NoSuchKey", status: 404, Key: "key" });
  expect(await refusal(get({ ...at, VersionId: marker.VersionId }))).toMatchObject({
    code: "MethodNotAllowed",
    status: 405,
    Method: "GET",
    ResourceType: "DeleteMarker",
  });
  const unknown = "a".repeat(32);
  expect(await refusal(get({ ...at, VersionId: unknown }))).toMatchObject({
    code: "NoSuchVersion",
    VersionId: unknown,
  });
  const invalid = { code: "InvalidArgument", message: "Invalid version id specified", ArgumentName: "versionId" };
  expect(await refusal(get({ ...at, VersionId: "short" }))).toMatchObject(invalid);
  await put();
  expect(await refusal(get({ VersionId: unknown }))).toMatchObject(invalid);
  expect((await get({ VersionId: "null" })).VersionId).toBeUndefined();
});

describe("SSE-C", () => {
  const key = customerKey("k");
  beforeEach(() => {
    const customer = Buffer.from(key.SSECustomerKey, "base64");
    const customerMd5 = createHash("md5").update(customer).digest("base64");
    const encryption = { is: "customer", customerKey: { key: customer, md5: customerMd5 } } as const;
    world.aws.seedObject({ bucket: "data", key: "key", body: "secret", encryption });
  });

  test("is read with its key, even where new objects under it are blocked", async () => {
    expect(await text(await get(key))).toBe("secret");
    expect(await head(key)).toMatchObject({ SSECustomerAlgorithm: "AES256" });
  });

  test("is recognised by the error without a key, for one byte as for all", async () => {
    const expected = {
      code: "InvalidRequest",
      status: 400,
      message:
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
    };
    expect(await refusal(get())).toMatchObject(expected);
    expect(await refusal(get({ Range: "bytes=0-0" }))).toMatchObject(expected);
    expect(await refusal(head())).toMatchObject({ status: 400 });
  });

  test("another key is refused", async () => {
    expect(await refusal(get(customerKey("other")))).toMatchObject({
      code: "AccessDenied",
      status: 403,
      message:
        "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.",
    });
    expect(await refusal(head(customerKey("other")))).toMatchObject({ status: 403 });
  });
});

test("an object is read through its own data key only", async () => {
  // With a bucket key both have the same encryption context, so that KMS unwraps either.
  const sse = { ServerSideEncryption: "aws:kms", BucketKeyEnabled: true } as const;
  await put(sse);
  await put({ ...sse, Key: "other" });
  const keys = world.aws.state.s3.buckets.get("data")?.keys;
  const [object, other] = [keys?.get("key")?.[0], keys?.get("other")?.[0]];
  if (object?.is !== "object" || other?.is !== "object") throw new Error("were not put");
  const [mine, foreign] = [object.encryption, other.encryption];
  if (mine.is !== "aws:kms" || foreign.is !== "aws:kms") throw new Error("are not under SSE-KMS");
  object.encryption = { ...mine, dataKey: { ...mine.dataKey, ciphertext: foreign.dataKey.ciphertext } };
  const faults = jest.spyOn(console, "error").mockImplementation(() => {});
  expect(await refusal(get())).toMatchObject({ code: "InternalError", status: 500 });
  expect(faults).toHaveBeenCalledTimes(1);
  faults.mockRestore();
});

test("archives are not read until they are restored, and then for the days asked for", async () => {
  await put({ StorageClass: "DEEP_ARCHIVE" });
  expect(await refusal(get())).toMatchObject({
    code: "InvalidObjectState",
    status: 403,
    message: "The operation is not valid for the object's storage class",
    StorageClass: "DEEP_ARCHIVE",
  });
  expect(await head()).toMatchObject({ StorageClass: "DEEP_ARCHIVE", ContentLength: 10 });
  await world.s3.send(new RestoreObjectCommand({ Bucket: "data", Key: "key", RestoreRequest: { Days: 1 } }));
  expect(await text(await get())).toBe("0123456789");
  expect((await head()).Restore).toBe('ongoing-request="false", expiry-date="Tue, 03 Mar 2026 00:00:00 GMT"');
  world.pass(2 * 24 * 60 * 60);
  expect(await refusal(get())).toMatchObject({ code: "InvalidObjectState" });
});

test("6 GiB are described, read in ranges, and refused in one piece", async () => {
  world.aws.seedObject({ bucket: "data", key: "key", size: 6 * 1024 ** 3 });
  expect((await head()).ContentLength).toBe(6 * 1024 ** 3);
  const got = await get({ Range: `bytes=${6 * 1024 ** 3 - 5}-` });
  expect(got.ContentRange).toBe("bytes 6442450939-6442450943/6442450944");
  expect((await got.Body?.transformToByteArray())?.length).toBe(5);
  expect(await refusal(get())).toMatchObject({ code: "NotImplemented", status: 501 });
});

test("metadata that no header can carry is only counted", async () => {
  world.aws.seedObject({ bucket: "data", key: "key", body: "x", metadata: { fine: "yes", "odd name": "a" } });
  expect(await head()).toMatchObject({ Metadata: { fine: "yes" }, MissingMeta: 1 });
});

test("attributes are those named, the ETag without quotes", async () => {
  await put({ ChecksumAlgorithm: "SHA256", StorageClass: "STANDARD_IA" });
  const attributes = await world.s3.send(
    new GetObjectAttributesCommand({
      Bucket: "data",
      Key: "key",
      ObjectAttributes: ["ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"],
    }),
  );
  expect(attributes).toMatchObject({
    ETag: md5("0123456789").replaceAll('"', ""),
    Checksum: { ChecksumSHA256: expect.any(String), ChecksumType: "FULL_OBJECT" },
    ObjectSize: 10,
    StorageClass: "STANDARD_IA",
  });
  const only = await world.s3.send(
    new GetObjectAttributesCommand({ Bucket: "data", Key: "key", ObjectAttributes: ["ObjectSize"] }),
  );
  expect([only.ETag, only.ObjectSize]).toEqual([undefined, 10]);
});

test("a client of the older kind asks for no checksum and gets none", async () => {
  await put();
  const s3 = world.client({ responseChecksumValidation: "WHEN_REQUIRED" });
  expect((await s3.send(new GetObjectCommand({ Bucket: "data", Key: "key" }))).ChecksumCRC32).toBeUndefined();
});
