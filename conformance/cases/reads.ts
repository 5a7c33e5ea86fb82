import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { StorageClass } from "@aws-sdk/client-s3";
import { type Area, behaviour, type Case, recordedBy } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { element } from "../http";
import type { World } from "../world";
import { begunUpload, fiveMebibytes, textOf, withObject } from "./objects";

const hour = 3_600_000;

/** GET and HEAD answer conditions alike; only GET says which did not hold. */
const conditions: readonly {
  readonly name: string;
  readonly headers: (object: { etag: string; modified: Date }) => Readonly<Record<string, string>>;
  readonly status: 200 | 304 | 412;
  readonly condition?: string;
}[] = [
  {
    name: "another ETag in If-Match",
    headers: () => ({ "if-match": '"d41d8cd98f00b204e9800998ecf8427e"' }),
    status: 412,
    condition: "If-Match",
  },
  { name: "its ETag in If-Match", headers: ({ etag }) => ({ "if-match": etag }), status: 200 },
  {
    name: "its ETag without quotes in If-Match",
    headers: ({ etag }) => ({ "if-match": etag.replaceAll('"', "") }),
    status: 200,
  },
  { name: "its ETag in If-None-Match", headers: ({ etag }) => ({ "if-none-match": etag }), status: 304 },
  {
    name: "its ETag without quotes in If-None-Match",
    headers: ({ etag }) => ({ "if-none-match": etag.replaceAll('"', "") }),
    status: 304,
  },
  { name: "another ETag in If-None-Match", headers: () => ({ "if-none-match": '"abc"' }), status: 200 },
  {
    name: "If-Unmodified-Since an hour before",
    headers: ({ modified }) => ({ "if-unmodified-since": new Date(modified.getTime() - hour).toUTCString() }),
    status: 412,
    condition: "If-Unmodified-Since",
  },
  {
    name: "If-Unmodified-Since its own date",
    headers: ({ modified }) => ({ "if-unmodified-since": modified.toUTCString() }),
    status: 200,
  },
  {
    name: "If-Modified-Since its own date",
    headers: ({ modified }) => ({ "if-modified-since": modified.toUTCString() }),
    status: 304,
  },
  {
    name: "If-Modified-Since an hour before",
    headers: ({ modified }) => ({ "if-modified-since": new Date(modified.getTime() - hour).toUTCString() }),
    status: 200,
  },
  {
    name: "If-Modified-Since in the future, which is ignored",
    headers: () => ({ "if-modified-since": new Date(Date.now() + hour).toUTCString() }),
    status: 200,
  },
];

const conditional: Case[] = (["GET", "HEAD"] as const).flatMap((method) =>
  conditions.map(({ name, headers, status, condition }) =>
    behaviour(
      `a ${method} with ${name} is ${status}`,
      method === "GET" ? "GetObject" : "HeadObject",
      recordedBy("test_s3_get_object_preconditions", "test_s3_get_object_headers", "test_precondition_failed_error"),
      async (world) => {
        const { Bucket, Key, ETag } = await withObject(world);
        const { LastModified = new Date() } = await world.s3.headObject({ Bucket, Key });
        const answer = await world.http({
          method,
          bucket: Bucket,
          key: Key,
          headers: headers({ etag: ETag, modified: LastModified }),
        });
        expectThat(answer, { status, ...(status === 304 && { text: "" }) });
        if (method === "GET" && condition) {
          expectThat([answer.code, element(answer.text, "Condition")], ["PreconditionFailed", condition]);
        }
      },
    ),
  ),
);

const ranges: Case[] = [
  ...[
    ["bytes=1-1", 206, "1"],
    ["bytes=0-0", 206, "0"],
    ["bytes=-9", 206, "123456789"],
    ["bytes=-1-", 200, "0123456789"],
    ["bytes=0--1", 200, "0123456789"],
    ["bytes=-", 200, "0123456789"],
  ].map(([range = "", status, text]) =>
    behaviour(
      `a get of range ${range} is ${status}`,
      "GetObject",
      recordedBy("test_get_object_range"),
      async (world) => {
        const { Bucket, Key } = await withObject(world, { Body: "0123456789" });
        expectThat(await world.http({ bucket: Bucket, key: Key, headers: { range: String(range) } }), { status, text });
      },
    ),
  ),
  behaviour(
    "a range says what it is of how much, and has no checksum unless it is everything",
    "GetObject",
    recordedBy("test_get_object_range", "test_range_header_body_length", "test_etag_on_get_object_call"),
    async (world) => {
      const { Bucket, Key, ETag } = await withObject(world, { Body: "0123456789" });
      const of = (Range: string) => world.s3.getObject({ Bucket, Key, Range, ChecksumMode: "ENABLED" });
      await answers(of("bytes=0-8"), {
        ContentLength: 9,
        ContentRange: "bytes 0-8/10",
        ChecksumCRC32: undefined,
        ETag,
      });
      await answers(of("bytes=0-100"), { ContentRange: "bytes 0-9/10", ChecksumCRC32: "poTHxg==" });
    },
  ),
  behaviour(
    "a range behind the end is InvalidRange, and says how large the object is",
    "GetObject",
    recordedBy("test_invalid_range_error", "test_get_object_range"),
    async (world) => {
      const { Bucket, Key } = await withObject(world, { Body: "12345678" });
      await refuses(
        world.s3.getObject({ Bucket, Key, Range: "bytes=1024-4096" }),
        416,
        "InvalidRange",
        "The requested range is not satisfiable",
        { ActualObjectSize: "8", RangeRequested: "bytes=1024-4096" },
      );
    },
  ),
  behaviour(
    "a range of a key that is not there is NoSuchKey",
    "GetObject",
    recordedBy("test_range_key_not_exists"),
    async ({ s3, bucket }) => {
      await refuses(
        s3.getObject({ Bucket: await bucket(), Key: "my-key", Range: "bytes=1024-4096" }),
        404,
        "NoSuchKey",
      );
    },
  ),
];

const classes: readonly { readonly name: StorageClass; readonly archived: boolean }[] = [
  { name: "STANDARD_IA", archived: false },
  { name: "ONEZONE_IA", archived: false },
  { name: "GLACIER_IR", archived: false },
  { name: "INTELLIGENT_TIERING", archived: false },
  { name: "REDUCED_REDUNDANCY", archived: false },
  { name: "GLACIER", archived: true },
  { name: "DEEP_ARCHIVE", archived: true },
];
const wrongState = "The operation is not valid for the object's storage class";

const storage: Case[] = [
  ...classes.map(({ name, archived }) =>
    behaviour(
      `an object of class ${name} is ${archived ? "InvalidObjectState until it is restored" : "read at once"}`,
      "PutObject GetObject GetObjectAttributes",
      recordedBy("test_put_object_storage_class", "test_s3_get_deep_archive_object_restore"),
      async ({ s3, bucket }) => {
        const id = { Bucket: await bucket(), Key: "k" };
        await s3.putObject({ ...id, Body: "b", StorageClass: name });
        await answers(s3.getObjectAttributes({ ...id, ObjectAttributes: ["StorageClass"] }), { StorageClass: name });
        await answers(s3.headObject(id), { StorageClass: name });
        if (archived) {
          await refuses(s3.getObject(id), 403, "InvalidObjectState", wrongState, { StorageClass: name });
        } else await answers(s3.getObject(id), { StorageClass: name });
      },
    ),
  ),
  behaviour(
    "an object of class STANDARD does not say so, but among its attributes",
    "HeadObject GetObjectAttributes",
    recordedBy("test_put_object_storage_class"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      await answers(world.s3.headObject({ Bucket, Key }), { StorageClass: undefined });
      await answers(world.s3.getObjectAttributes({ Bucket, Key, ObjectAttributes: ["StorageClass"] }), {
        StorageClass: "STANDARD",
      });
    },
  ),
  ...(["PutObject", "CreateMultipartUpload"] as const).map((operation) =>
    behaviour(
      `${operation} of class OUTPOSTS is InvalidStorageClass`,
      operation,
      recordedBy("test_put_object_storage_class_outposts"),
      async ({ s3, bucket }) => {
        const input = { Bucket: await bucket(), Key: "k", StorageClass: "OUTPOSTS" as const };
        const call =
          operation === "PutObject" ? s3.putObject({ ...input, Body: "b" }) : s3.createMultipartUpload(input);
        await refuses(call, 400, "InvalidStorageClass", "The storage class you specified is not valid", {
          StorageClassRequested: "OUTPOSTS",
        });
      },
    ),
  ),
];

const metadata: Case[] = [
  behaviour(
    "the system headers of a put are those of its gets",
    "PutObject GetObject",
    recordedBy("test_put_and_get_object_with_content_language_disposition", "test_s3_upload_download_gzip"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket(), Key: "k" };
      const headers = {
        ContentDisposition: 'attachment; filename="foo.jpg"',
        ContentLanguage: "de",
        ContentEncoding: "gzip",
        CacheControl: "no-cache",
        ContentType: "text/css",
      };
      await s3.putObject({ ...id, Body: "b", ...headers });
      await answers(s3.getObject(id), headers);
      await answers(s3.headObject(id), headers);
    },
  ),
  ...["in the future", "in the past"].map((when) =>
    behaviour(
      `an Expires ${when} is kept as it is, and nothing expires by it`,
      "PutObject GetObject HeadObject",
      recordedBy("test_s3_object_expires"),
      async (world) => {
        const bucket = await world.bucket();
        const expires = new Date(Date.now() + (when === "in the past" ? -hour : hour)).toUTCString();
        const request = { bucket, key: "k" };
        await world.http({ ...request, method: "PUT", headers: { expires }, body: "foo" });
        expectThat(await world.http(request), { status: 200, text: "foo", headers: { expires } });
        expectThat(await world.http({ ...request, method: "HEAD" }), { status: 200, headers: { expires } });
      },
    ),
  ),
  behaviour(
    "names of metadata come back in lower case",
    "PutObject HeadObject",
    recordedBy("test_metadata_header_character_decoding"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket(), Key: "k" };
      await s3.putObject({ ...id, Body: "b", Metadata: { TEST_META_1: "foo", __meta_2: "bar" } });
      await answers(s3.headObject(id), { Metadata: { test_meta_1: "foo", __meta_2: "bar" } });
    },
  ),
  behaviour(
    "a get's parameters replace the headers of its answer",
    "GetObject",
    recordedBy("test_s3_get_object_header_overrides"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const overrides = {
        ResponseCacheControl: "max-age=74",
        ResponseContentDisposition: 'attachment; filename="foo.jpg"',
        ResponseContentEncoding: "identity",
        ResponseContentLanguage: "de-DE",
        ResponseContentType: "image/jpeg",
      };
      await answers(world.s3.getObject({ Bucket, Key, ...overrides }), {
        CacheControl: "max-age=74",
        ContentDisposition: 'attachment; filename="foo.jpg"',
        ContentEncoding: "identity",
        ContentLanguage: "de-DE",
        ContentType: "image/jpeg",
      });
      const query = { "response-expires": "Wed, 21 Oct 2015 07:28:00 GMT" };
      expectThat(await world.http({ bucket: Bucket, key: Key, query }), {
        headers: { expires: "Wed, 21 Oct 2015 07:28:00 GMT" },
      });
    },
  ),
  ...[
    { name: "is ASCII already", sent: "=?UTF-8?Q?actually-ascii?=", shown: "actually-ascii" },
    { name: "is ASCII in base64", sent: "=?UTF-8?B?YWJj?=", shown: "abc" },
    { name: "is no text", sent: "=?UTF-8?B?AAECAw==?=", shown: "=?UTF-8?B?AAECAw==?=" },
  ].map(({ name, sent, shown }) =>
    behaviour(
      `an encoded word of metadata that ${name} is shown as ${shown}`,
      "PutObject GetObject",
      recordedBy("test_user_metadata_rfc2047_encoded"),
      async (world) => {
        const request = { bucket: await world.bucket(), key: "k" };
        const put = { ...request, method: "PUT", headers: { "x-amz-meta-a": sent }, body: "b" };
        expectThat(await world.http(put), { status: 200 });
        expectThat(await world.http({ ...request, method: "HEAD" }), { headers: { "x-amz-meta-a": shown } });
      },
    ),
  ),
  behaviour(
    "metadata of ASCII is shown as it is, whatever signs are in it",
    "PutObject GetObject",
    recordedBy("test_user_metadata_rfc2047_encoded"),
    async (world) => {
      const request = { bucket: await world.bucket(), key: "k" };
      const value = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
      await world.http({ ...request, method: "PUT", headers: { "x-amz-meta-a": value }, body: "b" });
      expectThat(await world.http({ ...request, method: "HEAD" }), { headers: { "x-amz-meta-a": value } });
    },
  ),
  behaviour(
    "metadata beyond ASCII is shown as a word of RFC 2047 that says the same",
    "PutObject GetObject",
    recordedBy("test_user_metadata_rfc2047_encoded"),
    async (world) => {
      const request = { bucket: await world.bucket(), key: "k" };
      const headers = { "x-amz-meta-a": "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=" };
      await world.http({ ...request, method: "PUT", headers, body: "b" });
      const answer = await world.http({ ...request, method: "HEAD" });
      expectThat(fromWord(answer.headers["x-amz-meta-a"] ?? ""), "ÄMÄZÕÑ S3");
    },
  ),
];

/** RFC 2047, both encodings. */
function fromWord(word: string): string {
  const [, kind = "", text = ""] = /^=\?UTF-8\?([BQ])\?(.*)\?=$/.exec(word) ?? [];
  if (kind === "B") return Buffer.from(text, "base64").toString();
  const bytesOf = text
    .replaceAll("_", " ")
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytesOf, "latin1").toString();
}

const everything = ["ETag", "Checksum", "ObjectParts", "ObjectSize", "StorageClass"] as const;
const attributes: Case[] = [
  behaviour(
    "attributes are those that were asked for, the ETag without quotes",
    "GetObjectAttributes",
    recordedBy("test_get_object_attributes"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket(), Key: "k" };
      await s3.putObject({ ...id, Body: "content" });
      await answers(s3.getObjectAttributes({ ...id, ObjectAttributes: [...everything] }), {
        ETag: "9a0364b9e99bb480dd25e1f0284c8555",
        ObjectSize: 7,
        StorageClass: "STANDARD",
        ObjectParts: undefined,
        Checksum: { ChecksumType: "FULL_OBJECT", ChecksumCRC32: /./ },
      });
      await answers(s3.getObjectAttributes({ ...id, ObjectAttributes: ["ObjectSize"] }), {
        ObjectSize: 7,
        ETag: undefined,
        Checksum: undefined,
        StorageClass: undefined,
      });
    },
  ),
  behaviour(
    "attributes may be listed with blanks after the commas",
    "GetObjectAttributes",
    recordedBy("test_get_object_attributes_with_space"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      for (const list of ["ETag, ObjectSize", "ETag,ObjectSize"]) {
        const answer = await world.http({
          bucket: Bucket,
          key: Key,
          query: { attributes: "" },
          headers: { "x-amz-object-attributes": list },
        });
        expectThat(answer, { status: 200, text: /<ETag>[0-9a-f]{32}<\/ETag>/ });
        expectThat(element(answer.text, "ObjectSize"), "4");
      }
    },
  ),
  behaviour(
    "attributes of a version are read by its id, of a deleted key not at all",
    "GetObjectAttributes",
    recordedBy("test_get_object_attributes_versioned"),
    async (world) => {
      const { Bucket, Key, VersionId } = await withObject(world, { versioned: true });
      const { s3 } = world;
      const id = { Bucket, Key, ObjectAttributes: ["ObjectSize" as const] };
      await s3.putObject({ Bucket, Key, Body: "longer body" });
      await answers(s3.getObjectAttributes(id), { ObjectSize: 11 });
      await s3.deleteObject({ Bucket, Key });
      await refuses(s3.getObjectAttributes(id), 404, "NoSuchKey");
      await answers(s3.getObjectAttributes({ ...id, VersionId }), { ObjectSize: 4, VersionId });
    },
  ),
];

async function ofTwoParts(world: World, extra: { ChecksumAlgorithm?: "SHA256" } = {}) {
  const id = { Bucket: await world.bucket(), Key: "k" };
  const { s3 } = world;
  const { UploadId } = await s3.createMultipartUpload({ ...id, ...extra });
  const bodies = [fiveMebibytes, "test content 123"];
  const Parts = await Promise.all(
    bodies.map(async (Body, index) => {
      const { ETag, ChecksumSHA256 } = await s3.uploadPart({ ...id, UploadId, PartNumber: index + 1, Body, ...extra });
      return { PartNumber: index + 1, ETag, ChecksumSHA256 };
    }),
  );
  await s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload: { Parts } });
  return { id, Parts };
}

const parts: Case[] = [
  behaviour(
    "parts are read by their numbers, and the object says how many there are",
    "GetObject HeadObject GetObjectAttributes",
    recordedBy("test_get_object_part", "test_get_object_attributes"),
    async (world) => {
      const { id } = await ofTwoParts(world);
      const shown = { ContentLength: 16, ContentRange: "bytes 5242880-5242895/5242896", PartsCount: 2 };
      await answers(world.s3.headObject({ ...id, PartNumber: 2 }), shown);
      const part = await answers(world.s3.getObject({ ...id, PartNumber: 2 }), shown);
      expectThat(await textOf(part), "test content 123");
      await refuses(
        world.s3.getObject({ ...id, PartNumber: 10 }),
        416,
        "InvalidPartNumber",
        "The requested partnumber is not satisfiable",
        { ActualPartCount: "2", PartNumberRequested: "10" },
      );
      await answers(world.s3.getObjectAttributes({ ...id, ObjectAttributes: ["ObjectParts"] }), {
        ObjectParts: { TotalPartsCount: 2, Parts: undefined },
      });
    },
  ),
  behaviour(
    "part 1 of an object without parts is the object, and part 2 InvalidPartNumber",
    "GetObject",
    recordedBy("test_get_object_part"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      await answers(world.s3.getObject({ Bucket, Key, PartNumber: 1 }), {
        ContentRange: "bytes 0-3/4",
        PartsCount: undefined,
        $metadata: { httpStatusCode: 206 },
      });
      await refuses(world.s3.getObject({ Bucket, Key, PartNumber: 2 }), 416, "InvalidPartNumber", undefined, {
        ActualPartCount: "1",
        PartNumberRequested: "2",
      });
    },
  ),
  behaviour(
    "attributes show the parts of a composite checksum, in pages",
    "GetObjectAttributes",
    recordedBy("test_list_parts_via_object_attrs_pagination"),
    async (world) => {
      const { id, Parts } = await ofTwoParts(world, { ChecksumAlgorithm: "SHA256" });
      const of = (input: object) =>
        world.s3.getObjectAttributes({ ...id, ObjectAttributes: ["ObjectParts"], ...input });
      const shown = Parts.map(({ PartNumber, ChecksumSHA256 }) => ({ PartNumber, ChecksumSHA256 }));
      await answers(of({}), {
        ObjectParts: { TotalPartsCount: 2, PartNumberMarker: "0", NextPartNumberMarker: "2", Parts: shown },
      });
      await answers(of({ MaxParts: 1, PartNumberMarker: "1" }), {
        ObjectParts: {
          MaxParts: 1,
          PartNumberMarker: "1",
          NextPartNumberMarker: "2",
          Parts: [shown[1]],
          IsTruncated: false,
        },
      });
      await answers(of({ MaxParts: 1, PartNumberMarker: "10" }), {
        ObjectParts: { PartNumberMarker: "10", NextPartNumberMarker: "0", Parts: undefined, IsTruncated: false },
      });
    },
  ),
  ...(["COMPOSITE", "FULL_OBJECT"] as const).map((ChecksumType) =>
    behaviour(
      `the only part of an object with a ${ChecksumType} checksum shows it`,
      "GetObject HeadObject",
      recordedBy("test_get_object_part_checksum"),
      async (world) => {
        const { s3 } = world;
        const id = { Bucket: await world.bucket(), Key: "k" };
        const ChecksumAlgorithm = "CRC32C";
        const { UploadId } = await s3.createMultipartUpload({ ...id, ChecksumAlgorithm, ChecksumType });
        const { ETag, ChecksumCRC32C } = await s3.uploadPart({
          ...id,
          UploadId,
          PartNumber: 1,
          Body: "test content 123",
          ChecksumAlgorithm,
        });
        const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32C }] };
        await s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload });
        const shown = { ChecksumCRC32C: "fwuu0Q==", ChecksumType, PartsCount: 1, ContentRange: "bytes 0-15/16" };
        await answers(s3.headObject({ ...id, PartNumber: 1, ChecksumMode: "ENABLED" }), shown);
        await answers(s3.getObject({ ...id, PartNumber: 1, ChecksumMode: "ENABLED" }), shown);
      },
    ),
  ),
];

const special = [
  "#key-with-hash-prefix",
  "file%2Fname",
  "test@key/",
  "test%123",
  "test%percent",
  "test key/",
  "test key//",
  "a/%F0%9F%98%80/",
  "test+key",
];
const keys: Case[] = [
  ...special.map((Key) =>
    behaviour(
      `the key ${JSON.stringify(Key)} is put, listed, copied, read and deleted as it is`,
      "PutObject ListObjectsV2 CopyObject GetObject DeleteObject",
      recordedBy(
        "test_put_get_object_special_character",
        "test_copy_object_special_character",
        "test_put_and_get_object_with_hash_prefix",
      ),
      async ({ s3, bucket }) => {
        const Bucket = await bucket();
        const other = await bucket();
        await s3.putObject({ Bucket, Key, Body: "test" });
        await answers(s3.listObjectsV2({ Bucket }), { Contents: [{ Key }] });
        await s3.copyObject({ Bucket: other, Key, CopySource: `${Bucket}/${encodeURIComponent(Key)}` });
        await answers(s3.listObjectsV2({ Bucket: other }), { Contents: [{ Key }] });
        expectThat(await textOf(await s3.getObject({ Bucket: other, Key })), "test");
        await s3.deleteObject({ Bucket, Key });
        await answers(s3.listObjectsV2({ Bucket }), { KeyCount: 0 });
      },
    ),
  ),
  ...[false, true].map((virtualHost) =>
    behaviour(
      `keys that differ in their encoding or slashes are different keys, ${virtualHost ? "in the host's form too" : "in the path's form"}`,
      "PutObject ListObjectsV2 GetObject",
      recordedBy(
        "test_url_encoded_key",
        "test_object_with_slashes_in_key",
        "test_put_get_object_single_character_trailing_slash",
      ),
      async (world) => {
        const bucket = await world.bucket();
        const all = ["/bar/foo/", "/foo", "a/", "bar", "test%40key", "test%40key/", "test@key/"];
        for (const key of all) await world.http({ method: "PUT", bucket, key, virtualHost, body: key });
        const { Contents } = await world.s3.listObjectsV2({ Bucket: bucket });
        expectThat(
          Contents?.map(({ Key }) => Key),
          all,
        );
        for (const key of all) expectThat(await world.http({ bucket, key, virtualHost }), { status: 200, text: key });
      },
    ),
  ),
  behaviour(
    "a key of UTF-8, and one in another case, are what they are",
    "PutObject GetObject",
    recordedBy("test_put_and_get_object_with_utf8_key", "test_s3_uppercase_key_names", "test_head_object_fields"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await s3.putObject({ Bucket, Key: "Ā0Ä", Body: "abc123" });
      await s3.putObject({ Bucket, Key: "camelCaseKey", Body: "something" });
      expectThat(await textOf(await s3.getObject({ Bucket, Key: "Ā0Ä" })), "abc123");
      await refuses(s3.getObject({ Bucket, Key: "camelcasekey" }), 404, "NoSuchKey", undefined, {
        Key: "camelcasekey",
      });
    },
  ),
  behaviour(
    "a body is given back as it came, whatever is in it and however large",
    "PutObject GetObject",
    recordedBy("test_upload_file_with_xml_preamble", "test_putobject_with_multiple_keys", "test_upload_big_file"),
    async (world) => {
      const bucket = await world.bucket();
      const bodies = { preamble: '<?xml version="1.0" encoding="UTF-8"?><test/>', big: "0123456789".repeat(1_000_000) };
      for (const [key, body] of Object.entries(bodies)) {
        const signature = { payload: "UNSIGNED-PAYLOAD" };
        expectThat(await world.http({ method: "PUT", bucket, key, body, signature }), { status: 200 });
        const { text } = await world.http({ bucket, key });
        expectThat(text === body, true, key);
      }
    },
  ),
  behaviour(
    "a checksum is that of the bytes sent, not of what they encode",
    "PutObject GetObject",
    recordedBy("test_s3_checksum_with_content_encoding"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket(), Key: "k" };
      const Body = gzipSync("a".repeat(100));
      const ChecksumSHA256 = createHash("sha256").update(Body).digest("base64");
      await s3.putObject({ ...id, Body, ContentEncoding: "gzip", ChecksumAlgorithm: "SHA256" });
      await answers(s3.headObject({ ...id, ChecksumMode: "ENABLED" }), {
        ContentEncoding: "gzip",
        ContentLength: Body.length,
        ChecksumSHA256,
      });
    },
  ),
  behaviour(
    "an object from before there were versions becomes the null version, and a version id has 32 signs",
    "PutBucketVersioning PutObject GetObject",
    recordedBy("test_s3_put_object_versioned", "test_object_version_id_format"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const { s3 } = world;
      const set = (Status: "Enabled" | "Suspended") =>
        s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status } });
      await set("Enabled");
      await answers(s3.getObject({ Bucket, Key }), { VersionId: "null" });
      const { VersionId } = await answers(s3.putObject({ Bucket, Key: "other", Body: "b" }), { VersionId: /^.{32}$/ });
      await set("Suspended");
      await answers(s3.getObject({ Bucket, Key: "other" }), { VersionId });
      await answers(s3.putObject({ Bucket, Key, Body: "post" }), { VersionId: undefined });
      expectThat(await textOf(await s3.getObject({ Bucket, Key, VersionId: "null" })), "post");
    },
  ),
  behaviour(
    "an upload's Location is its key, encoded",
    "CompleteMultipartUpload",
    recordedBy("test_multipart_with_unicode_character_location"),
    async (world) => {
      const id = { Bucket: await world.bucket(), Key: "test-unicode_\u2014_file" };
      const { UploadId, MultipartUpload } = await begunUpload(world, id, "part");
      await answers(world.s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload }), {
        ...id,
        Location: /\/test-unicode_%E2%80%94_file$/,
      });
    },
  ),
];

export const reads: Area = {
  name: "Reads, their conditions and ranges",
  cases: [...conditional, ...ranges, ...parts, ...attributes],
};
export const keysAndMetadata: Area = { name: "Keys, metadata and classes", cases: [...storage, ...metadata, ...keys] };
