import type { CopyObjectCommandInput, PutObjectCommandInput } from "@aws-sdk/client-s3";
import { type Area, behaviour, type Case, recordedBy, s3Api, s3Guide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { customerKey, type World } from "../world";
import { textOf } from "./objects";

const inPlace = recordedBy(
  "test_s3_copy_object_in_place",
  "test_s3_copy_object_in_place_metadata_directive",
  "test_s3_copy_object_in_place_storage_class",
  "test_s3_copy_object_storage_class",
  "test_s3_copy_object_in_place_website_redirect_location",
  "test_s3_copy_metadata_directive_copy",
  "test_s3_copy_metadata_replace",
  "test_s3_copy_content_type_and_metadata",
);
const illegal =
  "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";

type Put = Omit<PutObjectCommandInput, "Bucket" | "Key">;
type Copy = Omit<CopyObjectCommandInput, "Bucket" | "Key" | "CopySource">;

/** What an object and a copy onto itself are made of, where that depends on the world's keys. */
const copied = async (world: World, put: Put, copy: Copy, options: Parameters<World["bucket"]>[0] = {}) => {
  const id = { Bucket: await world.bucket(options), Key: "key" };
  await world.s3.putObject({ ...id, Body: "body", ...put });
  const copyAgain = () => world.s3.copyObject({ ...id, CopySource: `${id.Bucket}/${id.Key}`, ...copy });
  return { ...id, copy: copyAgain };
};

interface Legality {
  readonly naming: string;
  readonly copy: Copy;
  readonly put?: Put;
  readonly moto?: string;
}

const notEnough: readonly Legality[] = [
  { naming: "nothing", copy: {} },
  { naming: "MetadataDirective COPY", copy: { MetadataDirective: "COPY" } },
  { naming: "metadata without REPLACE", copy: { Metadata: { a: "b" } } },
  {
    naming: "an ACL",
    copy: { ACL: "bucket-owner-full-control" },
    moto: "AWS is right: recorded. moto takes an ACL as a change.",
  },
  { naming: "tags with REPLACE", copy: { Tagging: "a=b", TaggingDirective: "REPLACE" } },
  { naming: "a checksum algorithm", copy: { ChecksumAlgorithm: "SHA256" } },
];

const enough: readonly Legality[] = [
  { naming: "MetadataDirective REPLACE, even with the same metadata", copy: { MetadataDirective: "REPLACE" } },
  { naming: "the storage class that it has", copy: { StorageClass: "STANDARD" } },
  { naming: "a website redirect", copy: { WebsiteRedirectLocation: "/elsewhere" } },
  { naming: "the encryption that it has", copy: { ServerSideEncryption: "AES256" } },
];

const legality: Case[] = [
  ...notEnough.map(({ naming, copy, moto }) =>
    behaviour(
      `a copy onto itself that names ${naming} is illegal`,
      "CopyObject",
      recordedBy(
        "test_s3_copy_object_in_place",
        "test_s3_copy_object_in_place_metadata_directive",
        "test_s3_copy_object_storage_class",
      ),
      async (world) => {
        const made = await copied(world, {}, copy);
        await refuses(made.copy(), 400, "InvalidRequest", illegal);
      },
      moto ? { moto } : {},
    ),
  ),
  ...enough.map(({ naming, copy }) =>
    behaviour(`a copy onto itself that names ${naming} is legal`, "CopyObject", inPlace, async (world) => {
      await answers((await copied(world, {}, copy)).copy(), { CopyObjectResult: { ETag: /^"/ } });
    }),
  ),
  behaviour(
    "a copy onto itself that names nothing is legal in a bucket whose default encryption was put",
    "CopyObject PutBucketEncryption",
    recordedBy("test_copy_in_place_with_bucket_encryption"),
    async (world) => {
      const made = await copied(world, {}, {});
      await world.s3.putBucketEncryption({
        Bucket: made.Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }],
        },
      });
      await answers(made.copy(), { ServerSideEncryption: "AES256" });
    },
  ),
  behaviour(
    "a copy onto itself that names nothing makes SSE-S3 of an object under SSE-KMS, where that is the default",
    "CopyObject",
    recordedBy("test_s3_copy_object_in_place_with_encryption", "test_copy_object_kms"),
    async (world) => {
      const made = await copied(world, { ServerSideEncryption: "aws:kms", SSEKMSKeyId: await world.key() }, {});
      await answers(made.copy(), { ServerSideEncryption: "AES256" });
    },
    { needs: ["tls"] },
  ),
  behaviour(
    "a versioned object cannot be copied onto itself without a change either",
    "CopyObject",
    recordedBy("test_s3_copy_object_in_place_versioned"),
    async (world) => {
      await refuses((await copied(world, {}, {}, { versioned: true })).copy(), 400, "InvalidRequest", illegal);
    },
  ),
  behaviour(
    "an older version can be copied onto the key without a change",
    "CopyObject",
    s3Guide("Restoring previous versions"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket({ versioned: true }), Key: "key" };
      const { VersionId } = await s3.putObject({ ...id, Body: "older" });
      await s3.putObject({ ...id, Body: "newer" });
      await answers(s3.copyObject({ ...id, CopySource: `${id.Bucket}/key?versionId=${VersionId}` }), {
        CopySourceVersionId: VersionId,
      });
      expectThat(await textOf(await s3.getObject(id)), "older");
    },
  ),
];

interface Kept {
  readonly name: string;
  readonly put: Put;
  readonly copy: Copy;
  readonly head: object;
  readonly options?: Parameters<World["bucket"]>[0];
  readonly source?: string;
  readonly moto?: string;
}

const headers = {
  ContentType: "text/css",
  CacheControl: "no-store",
  ContentDisposition: "inline",
  ContentEncoding: "x-own",
  ContentLanguage: "de",
};

const kept: readonly Kept[] = [
  {
    name: "keeps user metadata",
    put: { Metadata: { one: "1" } },
    copy: { StorageClass: "STANDARD" },
    head: { Metadata: { one: "1" } },
  },
  { name: "keeps the system headers", put: headers, copy: { StorageClass: "STANDARD" }, head: headers },
  {
    name: "keeps Expires",
    put: { Expires: new Date(1_900_000_000_000) },
    copy: { StorageClass: "STANDARD" },
    head: { ExpiresString: "Sun, 17 Mar 2030 17:46:40 GMT" },
  },
  {
    name: "drops user metadata that REPLACE does not name",
    put: { Metadata: { one: "1" } },
    copy: { MetadataDirective: "REPLACE" },
    head: { Metadata: {} },
  },
  {
    name: "drops the system headers that REPLACE does not name",
    put: headers,
    copy: { MetadataDirective: "REPLACE" },
    head: { ContentType: "binary/octet-stream", CacheControl: undefined, ContentLanguage: undefined },
  },
  {
    name: "takes metadata with REPLACE",
    put: {},
    copy: { MetadataDirective: "REPLACE", Metadata: { two: "2" }, ContentType: "image/png" },
    head: { Metadata: { two: "2" }, ContentType: "image/png" },
  },
  {
    name: "ignores metadata with COPY",
    put: { Metadata: { one: "1" } },
    copy: { MetadataDirective: "COPY", Metadata: { two: "2" }, StorageClass: "STANDARD" },
    head: { Metadata: { one: "1" } },
  },
  {
    name: "loses the storage class",
    put: { StorageClass: "STANDARD_IA" },
    copy: { MetadataDirective: "REPLACE" },
    head: { StorageClass: undefined },
  },
  {
    name: "takes the storage class that it is told",
    put: {},
    copy: { StorageClass: "STANDARD_IA" },
    head: { StorageClass: "STANDARD_IA" },
  },
  {
    name: "loses the website redirect",
    put: { WebsiteRedirectLocation: "/a" },
    copy: { StorageClass: "STANDARD" },
    head: { WebsiteRedirectLocation: undefined },
    moto: "AWS is right: documented. moto carries the redirect over.",
  },
  { name: "keeps the tags", put: { Tagging: "a=1&b=2" }, copy: { StorageClass: "STANDARD" }, head: { TagCount: 2 } },
  {
    name: "keeps the tags where tags are given without REPLACE",
    put: { Tagging: "a=1" },
    copy: { StorageClass: "STANDARD", Tagging: "b=2&c=3" },
    head: { TagCount: 1 },
  },
  {
    name: "drops the tags with REPLACE",
    put: { Tagging: "a=1" },
    copy: { StorageClass: "STANDARD", TaggingDirective: "REPLACE" },
    head: { TagCount: undefined },
  },
  {
    name: "loses the legal hold",
    put: { ObjectLockLegalHoldStatus: "ON" },
    copy: { StorageClass: "STANDARD" },
    head: { ObjectLockLegalHoldStatus: undefined },
    options: { locked: true },
    source: recordedBy("test_s3_copy_object_legal_hold"),
    moto: "AWS is right: recorded. moto copies the lock.",
  },
  {
    name: "loses the retention",
    put: { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: new Date(Date.now() + 86_400_000) },
    copy: { StorageClass: "STANDARD" },
    head: { ObjectLockMode: undefined },
    options: { locked: true },
    source: recordedBy("test_s3_copy_object_retention_lock"),
    moto: "AWS is right: recorded. moto copies the lock.",
  },
  {
    name: "under SSE-S3 keeps the ETag",
    put: {},
    copy: { StorageClass: "STANDARD" },
    head: { ETag: '"841a2d689ad86bd1611447453c22c6fc"' },
  },
];

const keptAndLost: Case[] = [
  ...kept.map(({ name, put, copy, head, options, source = inPlace, moto }) =>
    behaviour(
      `a copy onto itself ${name}`,
      "CopyObject HeadObject",
      source,
      async (world) => {
        const { Bucket, Key, copy: copyIt } = await copied(world, put, copy, options);
        await copyIt();
        await answers(world.s3.headObject({ Bucket, Key }), head);
      },
      moto ? { moto } : {},
    ),
  ),
  behaviour("a copy onto itself loses the ACL", "CopyObject GetObjectAcl", s3Api("CopyObject"), async (world) => {
    const { Bucket, Key, copy } = await copied(
      world,
      { ACL: "public-read" },
      { StorageClass: "STANDARD" },
      { ownership: "ObjectWriter", open: true },
    );
    expectThat((await world.s3.getObjectAcl({ Bucket, Key })).Grants?.length, 2, "before");
    await copy();
    expectThat(
      (await world.s3.getObjectAcl({ Bucket, Key })).Grants?.map(({ Permission }) => Permission),
      ["FULL_CONTROL"],
    );
  }),
  behaviour(
    "a copy onto itself under SSE-KMS has a new ETag, which is not the MD5",
    "CopyObject",
    recordedBy("test_s3_copy_object_in_place_with_encryption", "test_copy_object_kms"),
    async (world) => {
      const { copy } = await copied(world, {}, { ServerSideEncryption: "aws:kms", SSEKMSKeyId: await world.key() });
      const first = (await copy()).CopyObjectResult?.ETag;
      const second = (await copy()).CopyObjectResult?.ETag;
      expectThat([first === '"841a2d689ad86bd1611447453c22c6fc"', first === second], [false, false]);
    },
    { needs: ["tls"], moto: 'AWS is right: documented under "Object". moto\'s ETag is always the MD5.' },
  ),
  behaviour(
    "the ETag is the MD5 again after a copy from SSE-KMS to SSE-S3",
    "CopyObject",
    recordedBy("test_s3_copy_object_in_place_with_encryption", "test_copy_object_kms"),
    async (world) => {
      const { copy } = await copied(world, { ServerSideEncryption: "aws:kms" }, { ServerSideEncryption: "AES256" });
      await answers(copy(), {
        ServerSideEncryption: "AES256",
        CopyObjectResult: { ETag: '"841a2d689ad86bd1611447453c22c6fc"' },
      });
    },
    { needs: ["tls"] },
  ),
  behaviour(
    "a copy onto itself takes retention that it is told",
    "CopyObject",
    recordedBy("test_s3_copy_object_retention_lock"),
    async (world) => {
      const until = new Date(Date.now() + 86_400_000);
      const { Bucket, Key, copy } = await copied(
        world,
        {},
        { StorageClass: "STANDARD", ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: until },
        { locked: true },
      );
      await copy();
      await answers(world.s3.headObject({ Bucket, Key }), { ObjectLockMode: "GOVERNANCE" });
    },
  ),
  behaviour(
    "a copy onto itself with versions makes a new one, and the old one keeps its encryption",
    "CopyObject HeadObject",
    recordedBy("test_s3_copy_object_in_place_versioned"),
    async (world) => {
      const { Bucket, Key, copy } = await copied(
        world,
        {},
        { ServerSideEncryption: "aws:kms", SSEKMSKeyId: await world.key() },
        { versioned: true },
      );
      const { VersionId } = await world.s3.headObject({ Bucket, Key });
      const { VersionId: newer, CopySourceVersionId } = await copy();
      expectThat({ CopySourceVersionId, same: newer === VersionId }, { CopySourceVersionId: VersionId, same: false });
      await answers(world.s3.headObject({ Bucket, Key, VersionId }), { ServerSideEncryption: "AES256" });
      await answers(world.s3.headObject({ Bucket, Key }), { ServerSideEncryption: "aws:kms" });
    },
    { needs: ["tls"] },
  ),
  behaviour(
    "a copy onto itself with versioning suspended is the null version",
    "CopyObject",
    recordedBy("test_s3_copy_object_in_place_suspended_only", "test_s3_copy_object_in_place_versioned"),
    async (world) => {
      const { Bucket, copy } = await copied(world, {}, { StorageClass: "STANDARD" });
      await world.s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Suspended" } });
      await answers(copy(), { VersionId: "null" });
      expectThat(
        (await world.s3.listObjectVersions({ Bucket })).Versions?.map(({ VersionId }) => VersionId),
        ["null"],
      );
    },
  ),
  behaviour(
    "a copy with versioning suspended destroys a noncurrent null version",
    "CopyObject",
    s3Guide("Adding objects to versioning-suspended buckets"),
    async (world) => {
      const { s3 } = world;
      const { Bucket, Key, copy } = await copied(world, { Body: "null version" }, { StorageClass: "STANDARD" });
      await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Enabled" } });
      await s3.putObject({ Bucket, Key, Body: "newer" });
      await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Suspended" } });
      await copy();
      expectThat((await s3.listObjectVersions({ Bucket })).Versions?.length, 2);
      expectThat(await textOf(await s3.getObject({ Bucket, Key, VersionId: "null" })), "newer");
    },
  ),
  behaviour(
    "a copy onto itself moves an object from one customer key to another",
    "CopyObject GetObject",
    recordedBy("test_copy_object_with_sse_c"),
    async (world) => {
      const old = customerKey("a");
      const source = {
        CopySourceSSECustomerAlgorithm: old.SSECustomerAlgorithm,
        CopySourceSSECustomerKey: old.SSECustomerKey,
        CopySourceSSECustomerKeyMD5: old.SSECustomerKeyMD5,
      };
      const { Bucket, Key, copy } = await copied(
        world,
        old,
        { ...source, ...customerKey("b") },
        { customerKeys: true },
      );
      await copy();
      await refuses(world.s3.headObject({ Bucket, Key, ...old }), 403);
      expectThat(await textOf(await world.s3.getObject({ Bucket, Key, ...customerKey("b") })), "body");
    },
    { needs: ["tls"] },
  ),
];

const sources: Case[] = [
  behaviour(
    "a copy from a bucket that is not there is NoSuchBucket",
    "CopyObject",
    recordedBy("test_s3_copy_object_src_not_exists"),
    async ({ s3, bucket }) => {
      await refuses(
        s3.copyObject({ Bucket: await bucket(), Key: "k", CopySource: "conformance-no-such-bucket-4711/k" }),
        404,
        "NoSuchBucket",
      );
    },
  ),
  behaviour(
    "a copy from a key that is not there is NoSuchKey",
    "CopyObject",
    recordedBy("test_s3_copy_object_src_not_exists"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await refuses(s3.copyObject({ Bucket, Key: "k", CopySource: `${Bucket}/none` }), 404, "NoSuchKey");
    },
  ),
  behaviour(
    "a copy from a key whose current version is a delete marker is NoSuchKey",
    "CopyObject DeleteObject",
    recordedBy("test_s3_copy_object_src_not_exists"),
    async (world) => {
      const { Bucket, Key, copy } = await copied(world, {}, { StorageClass: "STANDARD" }, { versioned: true });
      await world.s3.deleteObject({ Bucket, Key });
      await refuses(copy(), 404, "NoSuchKey");
    },
  ),
  behaviour(
    "a copy from a delete marker by its version id is InvalidRequest",
    "CopyObject DeleteObject",
    recordedBy("test_s3_copy_object_src_not_exists"),
    async (world) => {
      const { Bucket, Key } = await copied(world, {}, {}, { versioned: true });
      const { VersionId } = await world.s3.deleteObject({ Bucket, Key });
      await refuses(
        world.s3.copyObject({ Bucket, Key, CopySource: `${Bucket}/${Key}?versionId=${VersionId}` }),
        400,
        "InvalidRequest",
        "The source of a copy request may not specifically refer to a delete marker by version id.",
      );
    },
  ),
  behaviour(
    "a copy source without a key is InvalidArgument",
    "CopyObject",
    recordedBy("test_s3_copy_object_wrong_format"),
    async ({ s3, bucket }) => {
      await refuses(
        s3.copyObject({ Bucket: await bucket(), Key: "k", CopySource: "only-a-bucket" }),
        400,
        "InvalidArgument",
        "Invalid copy source object key",
      );
    },
    { moto: "AWS is right: recorded. moto fails on it." },
  ),
  ...["plain", "a b+c", "percent%41", "ž/🐎", "question?mark", "a//b", "semi;colon=&"].map((Key) =>
    behaviour(
      `a copy finds its percent-encoded source ${JSON.stringify(Key)}`,
      "CopyObject",
      recordedBy("test_copy_object_special_character"),
      async ({ s3, bucket }) => {
        const Bucket = await bucket();
        await s3.putObject({ Bucket, Key, Body: Key });
        await s3.copyObject({ Bucket, Key: "copy", CopySource: `/${Bucket}/${encodeURIComponent(Key)}` });
        expectThat(await textOf(await s3.getObject({ Bucket, Key: "copy" })), Key);
      },
    ),
  ),
];

export const copyInPlace: Area = { name: "Copies", cases: [...legality, ...keptAndLost, ...sources] };
