import { CreateMultipartUploadCommand, HeadObjectCommand, RestoreObjectCommand } from "@aws-sdk/client-s3";
import type { HttpRequest, HttpResponse } from "../../local/service";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import type { ConvertContext } from "../../src/reencrypt/convert";
import { uploadsInProgress } from "../../src/reencrypt/uploads";
import { type CustomerKey, customerKey } from "../../src/s3/customer-keys";
import type { StoreKind } from "../s3/stores";
import { storeKinds, storeOf } from "../s3/stores";
import { type LegacyBucket, legacyBucket } from "../support/legacy-bucket";

const GIBIBYTE = 1024 ** 3;
const keys = [customerKey(Buffer.alloc(32, 1)), customerKey(Buffer.alloc(32, 2))];
const [firstKey, secondKey] = keys;
const under = (key: CustomerKey | undefined) => ({ SSECustomerAlgorithm: "AES256", SSECustomerKey: key?.key });

const targets = (bucket: LegacyBucket): Record<string, EncryptionTarget> => ({
  "SSE-S3": { algorithm: "AES256" },
  "SSE-KMS": bucket.kmsTarget,
  "DSSE-KMS": { algorithm: "aws:kms:dsse", keyArn: bucket.kmsTarget.keyArn },
});

const convertWith = async (
  kind: StoreKind,
  bucket: LegacyBucket,
  target: EncryptionTarget,
  { customerKeys, ...more }: Partial<ConvertContext> & { customerKeys?: readonly CustomerKey[] } = {},
) => bucket.convert(target, { store: await storeOf(kind, bucket, undefined, customerKeys), ...more });

const head = (bucket: LegacyBucket, Key: string) =>
  bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key }));

/** What S3 answers, with a header that the local AWS has no reason to send. */
const adding =
  (bucket: LegacyBucket, name: string, value: string) =>
  async (request: HttpRequest): Promise<HttpResponse | undefined> => {
    if (request.method !== "HEAD") return undefined;
    const response = await bucket.aws.handle(request);
    return { ...response, headers: { ...response.headers, [name]: value } };
  };

describe.each(storeKinds)("through the %s client", (kind) => {
  test.each(["SSE-S3", "SSE-KMS", "DSSE-KMS"])(
    "SSE-C goes to %s with its key, whichever of the given ones it is",
    async (name) => {
      const bucket = await legacyBucket({ versioning: "Enabled" });
      const target = targets(bucket)[name] ?? { algorithm: "AES256" };
      await bucket.put("one", "1", { ...under(firstKey), Metadata: { a: "b" }, Tagging: "c=d" });
      await bucket.put("two", "2", under(secondKey));
      const convert = await convertWith(kind, bucket, target, { customerKeys: keys });
      for (const key of ["one", "two"]) {
        expect(await convert({ key })).toEqual({ key, outcome: "copied" });
        expect(await head(bucket, key)).toMatchObject({ ServerSideEncryption: target.algorithm });
      }
      expect(await head(bucket, "one")).toMatchObject({ Metadata: { a: "b" }, TagCount: 1 });
    },
  );

  test("SSE-C above 5 GiB goes in parts, each read with the key", async () => {
    const bucket = await legacyBucket();
    await bucket.put("big", "content", under(firstKey));
    const stored = bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("big")?.[0];
    bucket.aws.seedObject({ bucket: bucket.name, key: "size", size: 6 * GIBIBYTE });
    const large = bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("size")?.[0];
    if (stored?.is !== "object" || large?.is !== "object") throw new Error("the objects are not there");
    Object.assign(stored, { body: large.body, checksum: large.checksum });
    const convert = await convertWith(kind, bucket, bucket.kmsTarget, {
      customerKeys: [secondKey, firstKey].flatMap((key) => key ?? []),
    });
    expect(await convert({ key: "big" })).toEqual({ key: "big", outcome: "copiedInParts" });
    expect(await head(bucket, "big")).toMatchObject({ ContentLength: 6 * GIBIBYTE, ServerSideEncryption: "aws:kms" });
  });

  test("SSE-C is refused without a key, and with another one", async () => {
    const bucket = await legacyBucket();
    await bucket.put("a", "1", under(firstKey));
    for (const customerKeys of [[], [secondKey].flatMap((key) => key ?? [])]) {
      const convert = await convertWith(kind, bucket, bucket.kmsTarget, { customerKeys });
      expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "customerKey" });
    }
    expect(JSON.stringify(bucket.lines)).not.toContain(firstKey?.key);
  });

  test("nothing journaled has a customer key", async () => {
    const bucket = await legacyBucket();
    await bucket.put("a", "1", under(firstKey));
    const convert = await convertWith(kind, bucket, bucket.kmsTarget, { customerKeys: keys });
    expect(JSON.stringify(await convert({ key: "a" }))).not.toContain(firstKey?.key);
    expect(bucket.lines).toHaveLength(1);
    expect(JSON.stringify(bucket.lines)).not.toContain(firstKey?.key);
  });

  test.each(["SSE-S3", "SSE-KMS", "DSSE-KMS"])("an object of no bytes goes to %s", async (name) => {
    const bucket = await legacyBucket();
    const target = targets(bucket)[name] ?? { algorithm: "AES256" };
    await bucket.putUnencrypted("empty", "");
    const convert = await convertWith(kind, bucket, target);
    expect(await convert({ key: "empty" })).toEqual({ key: "empty", outcome: "copied" });
    expect(await head(bucket, "empty")).toMatchObject({ ContentLength: 0, ServerSideEncryption: target.algorithm });
  });

  test("DSSE-KMS goes to SSE-KMS by a copy", async () => {
    const bucket = await legacyBucket();
    await bucket.put("a", "1", { ServerSideEncryption: "aws:kms:dsse", SSEKMSKeyId: bucket.otherKeyArn });
    const convert = await convertWith(kind, bucket, bucket.kmsTarget);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
  });

  test("what is under the key that AWS manages is updated", async () => {
    const bucket = await legacyBucket();
    await bucket.put("a", "1", { ServerSideEncryption: "aws:kms" });
    const convert = await convertWith(kind, bucket, bucket.kmsTarget);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "updated" });
  });

  test("an archived object with a restored copy is copied, and stays in its class", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "old", { StorageClass: "GLACIER" });
    const RestoreRequest = { Days: 1 };
    await bucket.client.send(new RestoreObjectCommand({ Bucket: bucket.name, Key: "a", RestoreRequest }));
    const convert = await convertWith(kind, bucket, bucket.kmsTarget);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
    expect(await head(bucket, "a")).toMatchObject({ StorageClass: "GLACIER" });
  });

  test("in an archive tier of Intelligent-Tiering an update is made, and a copy is not", async () => {
    const bucket = await legacyBucket();
    await bucket.put("a", "1", { StorageClass: "INTELLIGENT_TIERING" });
    await bucket.putUnencrypted("b", "1", { StorageClass: "INTELLIGENT_TIERING" });
    bucket.fault = adding(bucket, "x-amz-archive-status", "DEEP_ARCHIVE_ACCESS");
    const convert = await convertWith(kind, bucket, bucket.kmsTarget);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "updated" });
    expect(await convert({ key: "b" })).toEqual({ key: "b", outcome: "cannot", because: "archived" });
  });

  test("a large object with metadata that S3 cannot show is refused, a small one is copied by S3 itself", async () => {
    const bucket = await legacyBucket();
    bucket.aws.seedObject({ bucket: bucket.name, key: "large", size: 6 * GIBIBYTE, encryption: "none" });
    await bucket.putUnencrypted("small", "1");
    bucket.fault = adding(bucket, "x-amz-missing-meta", "1");
    const convert = await convertWith(kind, bucket, bucket.kmsTarget);
    expect(await convert({ key: "large" })).toEqual({
      key: "large",
      outcome: "cannot",
      because: "metadataCannotBeResent",
    });
    expect(await convert({ key: "small" })).toEqual({ key: "small", outcome: "copied" });
  });

  test("a bucket whose requesters pay is converted by its owner as any other", async () => {
    const bucket = await legacyBucket();
    const settings = bucket.aws.state.s3.buckets.get(bucket.name)?.settings;
    if (!settings) throw new Error("there is no bucket");
    settings.requestPayment = { Payer: "Requester" };
    await bucket.put("a", "1");
    const convert = await convertWith(kind, bucket, bucket.kmsTarget);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "updated" });
  });

  test.each([
    [
      "with annotations is refused",
      200,
      "<AnnotationCount>1</AnnotationCount>",
      { outcome: "cannot", because: "annotationsCannotBeResent" },
    ],
    ["without annotations is copied", 200, "<AnnotationCount>0</AnnotationCount>", { outcome: "copiedInParts" }],
    ["is copied where the service has none", 501, "", { outcome: "copiedInParts" }],
    ["is copied where the answer is a byte of the object", 206, undefined, { outcome: "copiedInParts" }],
    ["is not touched where nobody may look for annotations", 403, "<Code>AccessDenied</Code>", { outcome: "failed" }],
  ])("a large object %s", async (_, status, inside, expected) => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    bucket.aws.seedObject({ bucket: bucket.name, key: "large", size: 6 * GIBIBYTE, encryption: "none" });
    const { VersionId } = await head(bucket, "large");
    const asked: unknown[] = [];
    bucket.fault = ({ method, url, headers }) => {
      const { searchParams } = new URL(url);
      if (method !== "GET" || !searchParams.has("annotation")) return undefined;
      asked.push([headers["range"], searchParams.get("versionId")]);
      const root = status === 200 ? "ListObjectAnnotationsOutput" : "Error";
      const body = inside === undefined ? "x" : `<${root}>${inside}</${root}>`;
      return { status, headers: { "content-type": "application/xml" }, body: Buffer.from(body) };
    };
    const convert = await convertWith(kind, bucket, bucket.kmsTarget);
    expect(await convert({ key: "large" })).toMatchObject(expected);
    expect(asked[0]).toEqual(["bytes=0-0", VersionId]);
  });

  test("an upload that cannot be aborted is told of", async () => {
    const bucket = await legacyBucket();
    bucket.aws.seedObject({ bucket: bucket.name, key: "large", size: 6 * GIBIBYTE, encryption: "none" });
    const denied = Buffer.from("<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
    bucket.fault = ({ method, headers }) =>
      method === "DELETE" || headers["x-amz-copy-source-range"] !== undefined
        ? { status: 403, headers: {}, body: denied }
        : undefined;
    const notices: string[] = [];
    const notice = (message: string) => void notices.push(message);
    const convert = await convertWith(kind, bucket, bucket.kmsTarget, { notice });
    expect(await convert({ key: "large" })).toMatchObject({ outcome: "failed" });
    expect(notices).toEqual([
      expect.stringMatching(/^large: upload \S+ is still open and could not be aborted: .*AccessDenied/),
    ]);
  });

  test("uploads in progress are listed page by page, with when they began", async () => {
    const bucket = await legacyBucket();
    const begun = ["a b", "a b", "ü", "\u0001"];
    for (const Key of begun) await bucket.client.send(new CreateMultipartUploadCommand({ Bucket: bucket.name, Key }));
    const store = await storeOf(kind, bucket);
    const paged = {
      ...store,
      listUploads: (request: Parameters<typeof store.listUploads>[0]) => store.listUploads({ ...request, limit: 1 }),
    };
    const seen = await uploadsInProgress(paged);
    if (seen.is !== "done") throw new Error("they could not be listed");
    expect(seen.value.map(({ key }) => key)).toEqual(["\u0001", "a b", "a b", "ü"]);
    expect(new Set(seen.value.map(({ uploadId }) => uploadId)).size).toBe(4);
    for (const { initiated } of seen.value) expect(Math.abs(Date.now() - initiated)).toBeLessThan(600_000);
  });
});
