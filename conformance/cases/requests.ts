import { type Area, behaviour, type Case, recordedBy, s3Api, s3Guide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { element } from "../http";
import { queryString } from "../sign";
import { textOf, withObject } from "./objects";

const needs = ["permissions"] as const;
const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);

const presigned: Case[] = [
  behaviour(
    "a presigned get needs nothing else",
    "GetObject",
    s3Guide("Sharing objects with presigned URLs"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const request = { bucket: Bucket, key: Key };
      expectThat(await world.http({ ...request, query: world.presigned(request), as: "nobody" }), {
        status: 200,
        text: "body",
      });
    },
  ),
  behaviour("a presigned put puts", "PutObject", recordedBy("test_put_object"), async (world) => {
    const request = { method: "PUT", bucket: await world.bucket(), key: "k" };
    expectThat(await world.http({ ...request, query: world.presigned(request), as: "nobody", body: "b" }), {
      status: 200,
    });
    expectThat(await textOf(await world.s3.getObject({ Bucket: request.bucket, Key: "k" })), "b");
  }),
  behaviour(
    "a presigned URL that has expired is AccessDenied",
    "GetObject",
    recordedBy("test_s3_presigned_url_expired", "test_presigned_url_signature_authentication_expired"),
    async (world) => {
      const request = { bucket: await world.bucket(), key: "k", signature: { at: minutes(-10) } };
      expectThat(await world.http({ ...request, query: world.presigned(request, 60), as: "nobody" }), {
        status: 403,
        code: "AccessDenied",
        text: /<Message>Request has expired<\/Message><X-Amz-Expires>60<\/X-Amz-Expires>/,
      });
    },
    { needs },
  ),
  ...[
    { name: "longer than a week", seconds: 604_801, message: /must be less than a week/ },
    { name: "below nothing", seconds: -1, message: /X-Amz-Expires/ },
    { name: "that is no number", seconds: "soon", message: /X-Amz-Expires/ },
  ].map(({ name, seconds, message }) =>
    behaviour(
      `a presigned URL for a time ${name} is AuthorizationQueryParametersError`,
      "GetObject",
      s3Api("Authenticating Requests: Using Query Parameters (AWS Signature Version 4)"),
      async (world) => {
        const request = { bucket: await world.bucket(), key: "k" };
        expectThat(await world.http({ ...request, query: world.presigned(request, seconds), as: "nobody" }), {
          status: 400,
          code: "AuthorizationQueryParametersError",
          text: message,
        });
      },
      { needs },
    ),
  ),
  behaviour(
    "a presigned URL with a changed signature is SignatureDoesNotMatch",
    "GetObject",
    recordedBy("test_presigned_url_signature_authentication"),
    async (world) => {
      const request = { bucket: await world.bucket(), key: "k" };
      const query = { ...world.presigned(request), "X-Amz-Signature": "0".repeat(64) };
      expectThat(await world.http({ ...request, query, as: "nobody" }), { status: 403, code: "SignatureDoesNotMatch" });
    },
    { needs },
  ),
  behaviour(
    "a presigned URL without its signature is AuthorizationQueryParametersError",
    "PutObject",
    recordedBy("test_s3_put_presigned_url_missing_sig_param"),
    async (world) => {
      const request = { bucket: await world.bucket(), key: "k" };
      const { "X-Amz-Signature": _, ...query } = world.presigned(request);
      expectThat(await world.http({ ...request, query, as: "nobody" }), {
        status: 400,
        code: "AuthorizationQueryParametersError",
      });
    },
    { needs },
  ),
  behaviour(
    "a presigned URL for another key is SignatureDoesNotMatch",
    "GetObject",
    recordedBy("test_presigned_url_signature_authentication"),
    async (world) => {
      const request = { bucket: await world.bucket(), key: "k" };
      expectThat(await world.http({ ...request, key: "other", query: world.presigned(request), as: "nobody" }), {
        status: 403,
        code: "SignatureDoesNotMatch",
      });
    },
    { needs },
  ),
  behaviour(
    "a presigned URL does not take x-amz headers that were not signed",
    "PutObject",
    recordedBy("test_put_url_metadata_with_sig_s3v4"),
    async (world) => {
      const request = { method: "PUT", bucket: await world.bucket(), key: "k" };
      const answer = await world.http({
        ...request,
        query: world.presigned(request),
        headers: { "x-amz-meta-wrong": "x" },
        as: "nobody",
      });
      expectThat(answer, {
        status: 403,
        code: "AccessDenied",
        text: /There were headers present in the request which were not signed/,
      });
    },
    { needs },
  ),
  behaviour(
    "a presigned URL needs the headers that were signed",
    "PutObject",
    recordedBy("test_put_url_metadata_with_sig_s3v4"),
    async (world) => {
      const request = { method: "PUT", bucket: await world.bucket(), key: "k" };
      const query = world.presigned({ ...request, headers: { "x-amz-meta-a": "b" } });
      expectThat(await world.http({ ...request, query, as: "nobody" }), { status: 403, code: "SignatureDoesNotMatch" });
      expectThat(await world.http({ ...request, query, headers: { "x-amz-meta-a": "b" }, as: "nobody" }), {
        status: 200,
      });
    },
    { needs },
  ),
  behaviour(
    "a presigned URL says how the answer's headers are to be",
    "GetObject",
    s3Api("GetObject"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const request = {
        bucket: Bucket,
        key: Key,
        query: { "response-content-type": "text/css", "response-cache-control": "no-store" },
      };
      expectThat(await world.http({ ...request, query: world.presigned(request), as: "nobody" }), {
        headers: { "content-type": "text/css", "cache-control": "no-store" },
      });
    },
  ),
];

const signatures: Case[] = [
  ...[-16, 16].map((count) =>
    behaviour(
      `a request signed ${Math.abs(count)} minutes ${count < 0 ? "ago" : "ahead"} is RequestTimeTooSkewed`,
      "GetObject",
      s3Api("Error responses"),
      async (world) => {
        expectThat(await world.http({ bucket: await world.bucket(), signature: { at: minutes(count) } }), {
          status: 403,
          code: "RequestTimeTooSkewed",
          text: /<MaxAllowedSkewMilliseconds>900000</,
        });
      },
      { needs },
    ),
  ),
  behaviour("a request signed 14 minutes ago is answered", "ListObjects", s3Api("Error responses"), async (world) => {
    expectThat(await world.http({ bucket: await world.bucket(), signature: { at: minutes(-14) } }), { status: 200 });
  }),
  behaviour(
    "a wrong secret key is SignatureDoesNotMatch",
    "ListObjects",
    s3Api("Error responses"),
    async (world) => {
      const as = { ...world.credentials, secretAccessKey: "wrong" };
      expectThat(await world.http({ bucket: await world.bucket(), as }), {
        status: 403,
        code: "SignatureDoesNotMatch",
      });
    },
    { needs },
  ),
  behaviour(
    "an access key that there is not is InvalidAccessKeyId",
    "ListObjects",
    s3Api("Error responses"),
    async (world) => {
      const as = { accessKeyId: "AKIANOBODYNOBODY0000", secretAccessKey: "x" };
      expectThat(await world.http({ bucket: await world.bucket(), as }), {
        status: 403,
        code: "InvalidAccessKeyId",
        text: /<AWSAccessKeyId>AKIANOBODYNOBODY0000</,
      });
    },
    { needs },
  ),
  behaviour(
    "a body that is not the signed one is XAmzContentSHA256Mismatch",
    "PutObject",
    s3Api("Error responses"),
    async (world) => {
      const answer = await world.http({
        method: "PUT",
        bucket: await world.bucket(),
        key: "k",
        body: "b",
        signature: { payload: "0".repeat(64) },
      });
      expectThat(answer, { status: 400, code: "XAmzContentSHA256Mismatch" });
    },
    { needs },
  ),
  behaviour(
    "a body need not be signed",
    "PutObject",
    s3Api("Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)"),
    async (world) => {
      expectThat(
        await world.http({
          method: "PUT",
          bucket: await world.bucket(),
          key: "k",
          body: "b",
          signature: { payload: "UNSIGNED-PAYLOAD" },
        }),
        { status: 200 },
      );
    },
  ),
  behaviour(
    "a request that nobody signed is AccessDenied",
    "GetObject",
    s3Api("Error responses"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      expectThat(await world.http({ bucket: Bucket, key: Key, as: "nobody" }), { status: 403, code: "AccessDenied" });
    },
    { needs },
  ),
  behaviour(
    "signed chunks are put together",
    "PutObject",
    s3Api("Transferring Payload in Multiple Chunks"),
    async (world) => {
      const bucket = await world.bucket();
      expectThat(await world.http({ method: "PUT", bucket, key: "k", chunks: ["a".repeat(8192), "end"] }), {
        status: 200,
      });
      await answers(world.s3.headObject({ Bucket: bucket, Key: "k" }), {
        ContentLength: 8195,
        ContentEncoding: undefined,
      });
    },
  ),
  behaviour(
    "a chunk whose signature is wrong is SignatureDoesNotMatch",
    "PutObject",
    s3Api("Transferring Payload in Multiple Chunks"),
    async (world) => {
      const zeros = "0".repeat(64);
      const body = `3;chunk-signature=${zeros}\r\nend\r\n0;chunk-signature=${zeros}\r\n\r\n`;
      expectThat(await world.http({ method: "PUT", bucket: await world.bucket(), key: "k", chunks: ["end"], body }), {
        status: 403,
        code: "SignatureDoesNotMatch",
      });
    },
    { needs },
  ),
];

const errors: Case[] = [
  behaviour(
    "an error is XML with code, message, request id and host id",
    "GetObject",
    s3Api("Error responses"),
    async (world) => {
      const answer = await world.http({ bucket: await world.bucket(), key: "none" });
      expectThat(answer, {
        status: 404,
        code: "NoSuchKey",
        headers: { "content-type": /^application\/xml/, "x-amz-request-id": /./ },
      });
      expectThat(
        ["Message", "Key", "RequestId", "HostId"].map((name) => element(answer.text, name) !== undefined),
        [true, true, true, true],
      );
    },
  ),
  behaviour(
    "a bucket that is not there is NoSuchBucket, with its name",
    "ListObjects",
    recordedBy("test_bucket_does_not_exist"),
    async (world) => {
      const bucket = world.bucketName();
      expectThat(await world.http({ bucket }), {
        status: 404,
        code: "NoSuchBucket",
        text: new RegExp(`<BucketName>${bucket}</BucketName>`),
      });
    },
  ),
  behaviour("a head of what is not there has no body", "HeadObject HeadBucket", s3Api("HeadObject"), async (world) => {
    expectThat(await world.http({ method: "HEAD", bucket: await world.bucket(), key: "none" }), {
      status: 404,
      text: "",
    });
    expectThat(await world.http({ method: "HEAD", bucket: world.bucketName() }), { status: 404, text: "" });
  }),
  behaviour(
    "a bucket with an object is BucketNotEmpty",
    "DeleteBucket",
    recordedBy("test_delete_bucket_with_objects"),
    async (world) => {
      const { Bucket } = await withObject(world);
      await refuses(
        world.s3.deleteBucket({ Bucket }),
        409,
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty",
      );
    },
  ),
  behaviour(
    "XML that is none is MalformedXML",
    "PutBucketVersioning",
    s3Api("Error responses"),
    async (world) => {
      expectThat(
        await world.http({ method: "PUT", bucket: await world.bucket(), query: { versioning: "" }, body: "<no" }),
        { status: 400, code: "MalformedXML" },
      );
    },
    { moto: "AWS is right. moto fails on it." },
  ),
  ...["UPPER-case-bucket", "ab", "under_score", "192.168.1.1"].map((bucket) =>
    behaviour(
      `a bucket of the name ${bucket} is InvalidBucketName`,
      "CreateBucket",
      bucket.startsWith("UPPER")
        ? recordedBy("test_s3_uppercase_bucket_name")
        : s3Guide("General purpose bucket naming rules"),
      async (world) => {
        expectThat(await world.http({ method: "PUT", bucket }), { status: 400, code: "InvalidBucketName" });
      },
    ),
  ),
  behaviour(
    "a key of more than 1,024 bytes is KeyTooLongError",
    "PutObject",
    s3Guide("Naming Amazon S3 objects"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await answers(s3.putObject({ Bucket, Key: "k".repeat(1024), Body: "b" }));
      await refuses(s3.putObject({ Bucket, Key: "k".repeat(1025), Body: "b" }), 400, "KeyTooLongError");
    },
  ),
  behaviour(
    "metadata of more than 2 KB is MetadataTooLarge",
    "PutObject",
    s3Guide("Working with object metadata"),
    async ({ s3, bucket }) => {
      await refuses(
        s3.putObject({ Bucket: await bucket(), Key: "k", Body: "b", Metadata: { a: "x".repeat(2100) } }),
        400,
        "MetadataTooLarge",
      );
    },
  ),
  ...[
    ["bytes=0-8", 206, "012345678"],
    ["bytes=1-0", 200, "0123456789"],
    ["bytes=1-", 206, "123456789"],
    ["bytes=-2", 206, "89"],
    ["bytes=-15", 206, "0123456789"],
    ["bytes=0-100", 206, "0123456789"],
    ["bytes=0-1,3-4", 200, "0123456789"],
    ["0-8", 200, "0123456789"],
    ["bytes=-0", 416, undefined],
    ["bytes=100-200", 416, undefined],
  ].map(([range = "", status, text]) =>
    behaviour(
      `a get of range ${range} is ${status}`,
      "GetObject",
      recordedBy("test_get_object_range"),
      async (world) => {
        const { Bucket, Key } = await withObject(world, { Body: "0123456789" });
        const answer = await world.http({ bucket: Bucket, key: Key, headers: { range: String(range) } });
        expectThat(answer, { status, ...(text === undefined ? { code: "InvalidRange" } : { text }) });
      },
      { moto: "AWS is right: recorded. moto reads a range that does not hold otherwise." },
    ),
  ),
];

const listings: Case[] = [
  behaviour(
    "keys are listed in the order of their UTF-8 bytes",
    "ListObjectsV2",
    s3Api("ListObjectsV2"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      const keys = ["B", "a", "a/", "a b", "\u{1F40E}", "\uFF5E", "\u017E", "~", "0"];
      for (const Key of keys) await s3.putObject({ Bucket, Key, Body: "b" });
      const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expectThat(
        (await s3.listObjectsV2({ Bucket })).Contents?.map(({ Key }) => Key),
        sorted,
      );
    },
    { moto: "AWS is right: documented. moto sorts by code points only within its own strings." },
  ),
  behaviour(
    "a delimiter rolls keys up, and each prefix counts as one",
    "ListObjectsV2",
    recordedBy("test_list_objects_v2_with_prefix_and_delimiter"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      for (const Key of ["test/bar/1", "test/bar/2", "test/foo/1"]) await s3.putObject({ Bucket, Key, Body: "b" });
      const first = await answers(s3.listObjectsV2({ Bucket, Prefix: "test/", Delimiter: "/", MaxKeys: 1 }), {
        CommonPrefixes: [{ Prefix: "test/bar/" }],
        KeyCount: 1,
        IsTruncated: true,
      });
      await answers(
        s3.listObjectsV2({ Bucket, Prefix: "test/", Delimiter: "/", ContinuationToken: first.NextContinuationToken }),
        { CommonPrefixes: [{ Prefix: "test/foo/" }], IsTruncated: false },
      );
    },
  ),
  behaviour("a listing begins behind start-after", "ListObjectsV2", s3Api("ListObjectsV2"), async ({ s3, bucket }) => {
    const Bucket = await bucket();
    for (const Key of ["a", "b", "c"]) await s3.putObject({ Bucket, Key, Body: "b" });
    await answers(s3.listObjectsV2({ Bucket, StartAfter: "a" }), { Contents: [{ Key: "b" }, { Key: "c" }] });
  }),
  behaviour(
    "the next marker is told where there is a delimiter, else not",
    "ListObjects",
    recordedBy("test_list_objects_next_marker"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      for (const Key of ["a", "b"]) await s3.putObject({ Bucket, Key, Body: "b" });
      await answers(s3.listObjects({ Bucket, MaxKeys: 1, Delimiter: "/" }), { NextMarker: "a", IsTruncated: true });
      await answers(s3.listObjects({ Bucket, MaxKeys: 1 }), { NextMarker: undefined, IsTruncated: true });
    },
  ),
  behaviour("a listing of encoding type url encodes keys", "ListObjectsV2", s3Api("ListObjectsV2"), async (world) => {
    const bucket = await world.bucket();
    await world.s3.putObject({ Bucket: bucket, Key: "a b+c/\u017E\u0001", Body: "b" });
    expectThat(await world.http({ bucket, query: { "list-type": "2", "encoding-type": "url" } }), {
      text: /<Key>a\+b%2Bc\/%C5%BE%01<\/Key>/,
    });
  }),
  ...["value", ""].map((encoding) =>
    behaviour(
      `the encoding type ${JSON.stringify(encoding)} is InvalidArgument`,
      "ListObjectsV2",
      recordedBy("test_list_ops_encoding_type_validation"),
      async (world) => {
        expectThat(
          await world.http({ bucket: await world.bucket(), query: { "list-type": "2", "encoding-type": encoding } }),
          { status: 400, code: "InvalidArgument", text: /Invalid Encoding Method specified in Request/ },
        );
      },
      { moto: "AWS is right: recorded. moto ignores the encoding type." },
    ),
  ),
  behaviour(
    "a version marker without a key marker is InvalidArgument",
    "ListObjectVersions",
    recordedBy("test_list_objects_versions_markers"),
    async (world) => {
      const { Bucket, VersionId } = await withObject(world, { versioned: true });
      await refuses(
        world.s3.listObjectVersions({ Bucket, VersionIdMarker: VersionId }),
        400,
        "InvalidArgument",
        "A version-id marker cannot be specified without a key marker.",
      );
    },
    { moto: "AWS is right: recorded. moto ignores the marker." },
  ),
  behaviour("no keys are asked for and none come", "ListObjectsV2", s3Api("ListObjectsV2"), async (world) => {
    const { Bucket } = await withObject(world);
    await answers(world.s3.listObjectsV2({ Bucket, MaxKeys: 0 }), {
      KeyCount: 0,
      IsTruncated: false,
      Contents: undefined,
    });
  }),
  ...["a b+c", "percent%41", "\u017E/\u{1F40E}", "//two//", "a/../b", "~", "semi;colon=&?#"].map((Key) =>
    behaviour(
      `the key ${JSON.stringify(Key)} is put, listed and read as it is`,
      "PutObject ListObjectsV2 GetObject",
      recordedBy("test_put_get_object_special_character"),
      async (world) => {
        const Bucket = await world.bucket();
        await world.http({ method: "PUT", bucket: Bucket, key: Key, body: "b" });
        await answers(world.s3.listObjectsV2({ Bucket }), { Contents: [{ Key }] });
        const request = { bucket: Bucket, key: Key };
        expectThat(
          await world.http({ ...request, query: world.presigned(request), as: "nobody" }),
          { status: 200, text: "b" },
          queryString({ Key }),
        );
      },
    ),
  ),
];

export const presignedUrls: Area = { name: "Presigned URLs", cases: presigned };
export const signing: Area = { name: "Signatures, clocks and chunks", cases: signatures };
export const answersAndErrors: Area = { name: "Errors and ranges", cases: errors };
export const listing: Area = { name: "Listings and keys", cases: listings };
