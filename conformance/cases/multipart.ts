import type { ChecksumAlgorithm, ChecksumType } from "@aws-sdk/client-s3";
import { type Area, behaviour, type Case, recordedBy, s3Api, s3Guide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import type { World } from "../world";
import { begunUpload, fiveMebibytes, textOf, withObject } from "./objects";

const id = async ({ bucket }: World) => ({ Bucket: await bucket(), Key: "key" });

const uploads: Case[] = [
  behaviour(
    "the ETag of an object of parts is the MD5 of their MD5s and their number",
    "CompleteMultipartUpload",
    recordedBy("test_multipart_copy_object_etag"),
    async (world) => {
      const upload = await begunUpload(world, await id(world), "test content 123");
      await answers(world.s3.completeMultipartUpload(upload), { ETag: '"b972025bc34adf8d76d6d51e93c035cc-1"' });
    },
  ),
  behaviour(
    "a copy of an object of parts has the MD5 as its ETag",
    "CopyObject",
    recordedBy("test_multipart_copy_object_etag"),
    async (world) => {
      const upload = await begunUpload(world, await id(world), "test content 123");
      await world.s3.completeMultipartUpload(upload);
      await answers(world.s3.copyObject({ Bucket: upload.Bucket, Key: "copy", CopySource: `${upload.Bucket}/key` }), {
        CopyObjectResult: { ETag: '"eee506dd7ada7ded524c77e359a0e7c6"' },
      });
    },
  ),
  behaviour(
    "a part that is not the last and is smaller than 5 MiB is EntityTooSmall",
    "CompleteMultipartUpload",
    recordedBy("test_multipart_complete_multipart_too_small"),
    async (world) => {
      await refuses(
        world.s3.completeMultipartUpload(await begunUpload(world, await id(world), "one", "two")),
        400,
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
      );
    },
  ),
  behaviour(
    "parts that are not in ascending order are InvalidPartOrder",
    "CompleteMultipartUpload",
    recordedBy("test_complete_multipart_parts_order"),
    async (world) => {
      const upload = await begunUpload(world, await id(world), "one", "two");
      const MultipartUpload = { Parts: [...upload.MultipartUpload.Parts].reverse() };
      await refuses(world.s3.completeMultipartUpload({ ...upload, MultipartUpload }), 400, "InvalidPartOrder");
    },
  ),
  behaviour(
    "part numbers may have gaps",
    "CompleteMultipartUpload GetObject",
    recordedBy("test_complete_multipart_parts_order"),
    async (world) => {
      const target = await id(world);
      const { UploadId } = await world.s3.createMultipartUpload(target);
      const Parts = [];
      for (const PartNumber of [3, 7]) {
        const { ETag } = await world.s3.uploadPart({
          ...target,
          UploadId,
          PartNumber,
          Body: PartNumber === 3 ? fiveMebibytes : "end",
        });
        Parts.push({ PartNumber, ETag });
      }
      await answers(world.s3.completeMultipartUpload({ ...target, UploadId, MultipartUpload: { Parts } }), {
        ETag: /-2"$/,
      });
    },
  ),
  behaviour(
    "a part that was not uploaded is InvalidPart",
    "CompleteMultipartUpload",
    recordedBy("test_multipart_complete_multipart_wrong_part"),
    async (world) => {
      const upload = await begunUpload(world, await id(world), "one");
      const MultipartUpload = { Parts: [{ PartNumber: 2, ETag: upload.MultipartUpload.Parts[0]?.ETag }] };
      await refuses(world.s3.completeMultipartUpload({ ...upload, MultipartUpload }), 400, "InvalidPart");
    },
  ),
  behaviour(
    "a part with another ETag is InvalidPart",
    "CompleteMultipartUpload",
    recordedBy("test_multipart_complete_multipart_wrong_part"),
    async (world) => {
      const upload = await begunUpload(world, await id(world), "one");
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: '"00000000000000000000000000000000"' }] };
      await refuses(world.s3.completeMultipartUpload({ ...upload, MultipartUpload }), 400, "InvalidPart");
    },
  ),
  ...[0, -1, 10_001].map((PartNumber) =>
    behaviour(
      `part number ${PartNumber} is InvalidArgument`,
      "UploadPart",
      recordedBy("test_complete_multipart_parts_order"),
      async (world) => {
        const upload = await begunUpload(world, await id(world));
        await refuses(
          world.s3.uploadPart({
            Bucket: upload.Bucket,
            Key: upload.Key,
            UploadId: upload.UploadId,
            PartNumber,
            Body: "part",
          }),
          400,
          "InvalidArgument",
          "Part number must be an integer between 1 and 10000, inclusive",
        );
      },
    ),
  ),
  ...(["uploadPart", "listParts", "completeMultipartUpload", "abortMultipartUpload"] as const).map((call) =>
    behaviour(
      `${call} of an upload of another key is NoSuchUpload`,
      "UploadPart ListParts CompleteMultipartUpload AbortMultipartUpload",
      recordedBy("test_multipart_key_validation"),
      async (world) => {
        const { UploadId, Bucket, MultipartUpload } = await begunUpload(world, await id(world), "one");
        const wrong = { Bucket, Key: "another", UploadId };
        const calls: Record<typeof call, () => Promise<unknown>> = {
          uploadPart: () => world.s3.uploadPart({ ...wrong, PartNumber: 1, Body: "part" }),
          listParts: () => world.s3.listParts(wrong),
          completeMultipartUpload: () => world.s3.completeMultipartUpload({ ...wrong, MultipartUpload }),
          abortMultipartUpload: () => world.s3.abortMultipartUpload(wrong),
        };
        await refuses(calls[call](), 404, "NoSuchUpload");
      },
      { moto: "AWS is right: recorded. moto finds an upload by its id alone." },
    ),
  ),
  behaviour("a part put again replaces the part", "UploadPart GetObject", s3Api("UploadPart"), async (world) => {
    const upload = await begunUpload(world, await id(world), "old");
    const { MultipartUpload, ...where } = upload;
    const { ETag } = await world.s3.uploadPart({ ...where, PartNumber: 1, Body: "new" });
    await world.s3.completeMultipartUpload({ ...where, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } });
    expectThat(await textOf(await world.s3.getObject({ Bucket: where.Bucket, Key: where.Key })), "new");
  }),
  behaviour(
    "an upload is not listed as an object, and is listed as an upload, until it is complete",
    "ListMultipartUploads ListObjectsV2",
    s3Guide("Uploading and copying objects using multipart upload in Amazon S3"),
    async (world) => {
      const upload = await begunUpload(world, await id(world), "one");
      const { Bucket } = upload;
      await answers(world.s3.listObjectsV2({ Bucket }), { KeyCount: 0 });
      await answers(world.s3.listMultipartUploads({ Bucket }), {
        Uploads: [{ Key: "key", UploadId: upload.UploadId }],
      });
      await world.s3.completeMultipartUpload(upload);
      await answers(world.s3.listObjectsV2({ Bucket }), { KeyCount: 1 });
      expectThat((await world.s3.listMultipartUploads({ Bucket })).Uploads?.length ?? 0, 0);
    },
  ),
  behaviour(
    "an aborted upload takes no parts",
    "AbortMultipartUpload UploadPart",
    s3Api("AbortMultipartUpload"),
    async (world) => {
      const { MultipartUpload: _, ...upload } = await begunUpload(world, await id(world), "one");
      await world.s3.abortMultipartUpload(upload);
      await refuses(world.s3.uploadPart({ ...upload, PartNumber: 2, Body: "two" }), 404, "NoSuchUpload");
    },
  ),
  behaviour(
    "an upload carries metadata, headers and tags given at its beginning",
    "CreateMultipartUpload HeadObject",
    s3Api("CreateMultipartUpload"),
    async (world) => {
      const target = await id(world);
      const { UploadId } = await world.s3.createMultipartUpload({
        ...target,
        Metadata: { a: "b" },
        ContentType: "text/css",
        Tagging: "x=1&y=2",
        StorageClass: "STANDARD_IA",
      });
      const { ETag } = await world.s3.uploadPart({ ...target, UploadId, PartNumber: 1, Body: "one" });
      await world.s3.completeMultipartUpload({
        ...target,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      });
      await answers(world.s3.headObject(target), {
        Metadata: { a: "b" },
        ContentType: "text/css",
        TagCount: 2,
        StorageClass: "STANDARD_IA",
      });
    },
  ),
  behaviour(
    "a completion that tells another size is InvalidRequest",
    "CompleteMultipartUpload",
    recordedBy("test_multipart_size_validation"),
    async (world) => {
      const upload = await begunUpload(world, await id(world), "four");
      await refuses(
        world.s3.completeMultipartUpload({ ...upload, MpuObjectSize: 5 }),
        400,
        "InvalidRequest",
        "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4",
      );
    },
    { moto: "AWS is right: recorded. moto does not look at the size." },
  ),
  behaviour("parts are listed in pages", "ListParts", recordedBy("test_list_parts_pagination"), async (world) => {
    const { MultipartUpload: _, ...upload } = await begunUpload(world, await id(world), "one", "two", "three");
    await answers(world.s3.listParts({ ...upload, MaxParts: 2 }), {
      IsTruncated: true,
      NextPartNumberMarker: "2",
      Parts: [{ PartNumber: 1 }, { PartNumber: 2 }],
    });
    await answers(world.s3.listParts({ ...upload, PartNumberMarker: "2" }), {
      IsTruncated: false,
      Parts: [{ PartNumber: 3, Size: 5 }],
    });
  }),
  behaviour(
    "a part of an object is read by its number",
    "GetObject",
    recordedBy("test_get_object_part", "test_get_object_part_checksum"),
    async (world) => {
      const upload = await begunUpload(world, await id(world), fiveMebibytes, "test content 123");
      await world.s3.completeMultipartUpload(upload);
      const answer = await answers(world.s3.getObject({ Bucket: upload.Bucket, Key: upload.Key, PartNumber: 2 }), {
        PartsCount: 2,
        ContentRange: "bytes 5242880-5242895/5242896",
      });
      expectThat(await textOf(answer), "test content 123");
      await refuses(
        world.s3.getObject({ Bucket: upload.Bucket, Key: upload.Key, PartNumber: 10 }),
        416,
        "InvalidPartNumber",
        "The requested partnumber is not satisfiable",
      );
    },
  ),
  behaviour(
    "a part number and a range together are InvalidRequest",
    "GetObject",
    recordedBy("test_get_object_part", "test_get_object_part_checksum"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      await refuses(
        world.s3.getObject({ Bucket, Key, PartNumber: 1, Range: "bytes=0-1" }),
        400,
        "InvalidRequest",
        "Cannot specify both Range header and partNumber query parameter",
      );
    },
    { moto: "AWS is right: recorded. moto takes the range." },
  ),
];

const partCopies: Case[] = [
  ...["0-8", "bytes=1-0", "bytes=-1-", "bytes=0--1", "bytes=0-1,3-4,7-9", "bytes=-", "bytes=-2"].map(
    (CopySourceRange) =>
      behaviour(
        `a part copied from range ${CopySourceRange} is InvalidArgument`,
        "UploadPartCopy",
        recordedBy("test_upload_part_copy_range"),
        async (world) => {
          const { Bucket, Key } = await withObject(world, { Body: "0123456789" });
          const { UploadId } = await world.s3.createMultipartUpload({ Bucket, Key: "copy" });
          const copy = world.s3.uploadPartCopy({
            Bucket,
            Key: "copy",
            UploadId,
            PartNumber: 1,
            CopySource: `${Bucket}/${Key}`,
            CopySourceRange,
          });
          await refuses(
            copy,
            400,
            "InvalidArgument",
            /^The x-amz-copy-source-range value must be of the form bytes=first-last/,
          );
        },
        { moto: "AWS is right: recorded. moto reads what it can of a range." },
      ),
  ),
  ...[
    ["bytes=0-8", "22975d8a5ed1b91445f6c55ac121505b"],
    ["bytes=1-1", "c4ca4238a0b923820dcc509a6f75849b"],
    ["bytes=0-0", "cfcd208495d565ef66e7dff9f98764da"],
  ].map(([CopySourceRange = "", md5 = ""]) =>
    behaviour(
      `a part copied from range ${CopySourceRange} has these bytes`,
      "UploadPartCopy",
      recordedBy("test_upload_part_copy_range"),
      async (world) => {
        const { Bucket, Key } = await withObject(world, { Body: "0123456789" });
        const { UploadId } = await world.s3.createMultipartUpload({ Bucket, Key: "copy" });
        await answers(
          world.s3.uploadPartCopy({
            Bucket,
            Key: "copy",
            UploadId,
            PartNumber: 1,
            CopySource: `${Bucket}/${Key}`,
            CopySourceRange,
          }),
          { CopyPartResult: { ETag: `"${md5}"` } },
        );
      },
    ),
  ),
  behaviour(
    "nothing but bytes is copied with parts: metadata and tags are the upload's",
    "UploadPartCopy HeadObject",
    recordedBy("test_upload_part_copy_no_copy_source_range"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({
        Bucket,
        Key: "source",
        Body: "body",
        Metadata: { a: "b" },
        Tagging: "x=1",
        ContentType: "text/css",
      });
      const { UploadId } = await world.s3.createMultipartUpload({ Bucket, Key: "copy" });
      const { CopyPartResult } = await world.s3.uploadPartCopy({
        Bucket,
        Key: "copy",
        UploadId,
        PartNumber: 1,
        CopySource: `${Bucket}/source`,
      });
      await world.s3.completeMultipartUpload({
        Bucket,
        Key: "copy",
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: CopyPartResult?.ETag }] },
      });
      await answers(world.s3.headObject({ Bucket, Key: "copy" }), {
        Metadata: {},
        TagCount: undefined,
        ContentType: "binary/octet-stream",
        ContentLength: 4,
      });
    },
  ),
  behaviour(
    "an object can be copied onto itself in parts, and so re-encrypted",
    "UploadPartCopy CompleteMultipartUpload",
    s3Api("UploadPartCopy"),
    async (world) => {
      const { Bucket, Key, ETag: IfMatch } = await withObject(world);
      const { UploadId } = await world.s3.createMultipartUpload({
        Bucket,
        Key,
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: await world.key(),
      });
      const { CopyPartResult } = await world.s3.uploadPartCopy({
        Bucket,
        Key,
        UploadId,
        PartNumber: 1,
        CopySource: `${Bucket}/${Key}`,
        CopySourceIfMatch: IfMatch,
      });
      await world.s3.completeMultipartUpload({
        Bucket,
        Key,
        UploadId,
        IfMatch,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: CopyPartResult?.ETag }] },
      });
      await answers(world.s3.headObject({ Bucket, Key }), {
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: await world.key(),
      });
      expectThat(await textOf(await world.s3.getObject({ Bucket, Key })), "body");
    },
    { needs: ["tls"] },
  ),
];

const algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
type Algorithm = (typeof algorithms)[number];

/** Of "hello". */
const sums: Record<Algorithm, string> = {
  CRC32: "NhCmhg==",
  CRC32C: "mnG7TA==",
  CRC64NVME: "M3eFcAZSQlc=",
  SHA1: "qvTGHdzF6KLavt4PO0gs2a6pQ00=",
  SHA256: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
};
const field = (algorithm: Algorithm) => `Checksum${algorithm}` as const;
const header = (algorithm: Algorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;
const fullObject = (algorithm: Algorithm): boolean => algorithm.startsWith("CRC");

const checksums: Case[] = [
  ...algorithms.flatMap((algorithm) => [
    behaviour(
      `${algorithm} of a put is kept, and shown to who asks for it`,
      "PutObject HeadObject",
      recordedBy("test_put_object_checksum", "test_s3_get_object_checksum", "test_s3_checksum_no_algorithm"),
      async (world) => {
        const target = await id(world);
        await answers(world.s3.putObject({ ...target, Body: "hello", ChecksumAlgorithm: algorithm }), {
          [field(algorithm)]: sums[algorithm],
          ChecksumType: "FULL_OBJECT",
        });
        await answers(world.s3.headObject({ ...target, ChecksumMode: "ENABLED" }), {
          [field(algorithm)]: sums[algorithm],
        });
        expectThat((await world.s3.headObject(target))[field(algorithm)], undefined);
      },
    ),
    behaviour(
      `a put with another ${algorithm} than its bytes have is BadDigest`,
      "PutObject",
      recordedBy("test_put_object_checksum"),
      async (world) => {
        const { Bucket, Key } = await id(world);
        const answer = await world.http({
          method: "PUT",
          bucket: Bucket,
          key: Key,
          body: "other",
          headers: { [header(algorithm)]: sums[algorithm] },
        });
        expectThat(answer, {
          status: 400,
          code: "BadDigest",
          text: new RegExp(`The ${algorithm} you specified did not match the calculated checksum.`),
        });
      },
      { moto: "AWS is right: recorded. moto keeps the checksum as it is told." },
    ),
    behaviour(
      `a ${algorithm} that is none is InvalidRequest`,
      "PutObject",
      recordedBy("test_put_object_checksum"),
      async (world) => {
        const { Bucket, Key } = await id(world);
        const answer = await world.http({
          method: "PUT",
          bucket: Bucket,
          key: Key,
          body: "other",
          headers: { [header(algorithm)]: "none" },
        });
        expectThat(answer, {
          status: 400,
          code: "InvalidRequest",
          text: new RegExp(`Value for ${header(algorithm)} header is invalid.`),
        });
      },
      { moto: "AWS is right: recorded. moto keeps the checksum as it is told." },
    ),
    behaviour(
      `a copy keeps ${algorithm}`,
      "CopyObject",
      recordedBy("test_s3_copy_object_with_default_checksum"),
      async (world) => {
        const { Bucket, Key } = await id(world);
        await world.s3.putObject({ Bucket, Key, Body: "hello", ChecksumAlgorithm: algorithm });
        await answers(world.s3.copyObject({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}` }), {
          CopyObjectResult: { [field(algorithm)]: sums[algorithm], ChecksumType: "FULL_OBJECT" },
        });
      },
    ),
    behaviour(
      `an upload with ${algorithm} is ${algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE"} unless told otherwise`,
      "CreateMultipartUpload",
      recordedBy("test_multipart_checksum_type_compatibility", "test_multipart_checksum_type_default_for_checksum"),
      async (world) => {
        await answers(world.s3.createMultipartUpload({ ...(await id(world)), ChecksumAlgorithm: algorithm }), {
          ChecksumAlgorithm: algorithm,
          ChecksumType: algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE",
        });
      },
    ),
    ...(["COMPOSITE", "FULL_OBJECT"] as const).map((type) => typeOf(algorithm, type)),
  ]),
  behaviour(
    "a put without a checksum gains CRC64NVME",
    "PutObject",
    recordedBy("test_s3_checksum_no_automatic_sdk_calculation"),
    async (world) => {
      const { Bucket, Key } = await id(world);
      expectThat(await world.http({ method: "PUT", bucket: Bucket, key: Key, body: "hello" }), {
        status: 200,
        headers: { "x-amz-checksum-crc64nvme": sums.CRC64NVME },
      });
    },
    { moto: "AWS is right: recorded. moto adds no checksum of its own." },
  ),
  behaviour(
    "two checksums in one put are InvalidRequest",
    "PutObject",
    recordedBy("test_put_object_checksum", "test_s3_get_object_checksum", "test_s3_checksum_no_algorithm"),
    async (world) => {
      const { Bucket, Key } = await id(world);
      const headers = { [header("SHA1")]: sums.SHA1, [header("CRC32")]: sums.CRC32 };
      expectThat(await world.http({ method: "PUT", bucket: Bucket, key: Key, body: "hello", headers }), {
        status: 400,
        code: "InvalidRequest",
        text: /Expecting a single x-amz-checksum- header/,
      });
    },
    { moto: "AWS is right: recorded. moto takes the first." },
  ),
  behaviour(
    "an upload without an algorithm has CRC64NVME of the whole object",
    "CompleteMultipartUpload",
    recordedBy(
      "test_complete_multipart_parts_checksum_default",
      "test_complete_multipart_parts_checksum_full_object_default",
    ),
    async (world) => {
      const target = await id(world);
      const { UploadId } = await world.s3.createMultipartUpload(target);
      const part = await world.http({
        method: "PUT",
        bucket: target.Bucket,
        key: target.Key,
        body: "hello",
        query: { uploadId: UploadId ?? "", partNumber: "1" },
      });
      await answers(
        world.s3.completeMultipartUpload({
          ...target,
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.headers["etag"] }] },
        }),
        { ChecksumCRC64NVME: sums.CRC64NVME, ChecksumType: "FULL_OBJECT" },
      );
    },
    { moto: "AWS is right: recorded. moto adds no checksum of its own." },
  ),
  behaviour(
    "a composite checksum is that of the parts' checksums, and says how many they are",
    "CompleteMultipartUpload",
    recordedBy("test_get_object_part", "test_get_object_part_checksum"),
    async (world) => {
      const target = await id(world);
      const { UploadId } = await world.s3.createMultipartUpload({ ...target, ChecksumAlgorithm: "CRC32C" });
      const part = await world.s3.uploadPart({
        ...target,
        UploadId,
        PartNumber: 1,
        Body: "test content 123",
        ChecksumAlgorithm: "CRC32C",
      });
      const Parts = [{ PartNumber: 1, ETag: part.ETag, ChecksumCRC32C: "fwuu0Q==" }];
      await answers(world.s3.completeMultipartUpload({ ...target, UploadId, MultipartUpload: { Parts } }), {
        ChecksumCRC32C: "sZB91Q==-1",
        ChecksumType: "COMPOSITE",
      });
    },
  ),
  behaviour(
    "a part with another algorithm than the upload's is InvalidRequest",
    "UploadPart",
    recordedBy("test_multipart_parts_checksum_exceptions_full_object"),
    async (world) => {
      const target = await id(world);
      const { UploadId } = await world.s3.createMultipartUpload({ ...target, ChecksumAlgorithm: "CRC32C" });
      const part = world.s3.uploadPart({ ...target, UploadId, PartNumber: 1, Body: "part", ChecksumAlgorithm: "SHA1" });
      await refuses(
        part,
        400,
        "InvalidRequest",
        "Checksum Type mismatch occurred, expected checksum Type: crc32c, actual checksum Type: sha1",
      );
    },
    { moto: "AWS is right: recorded. moto takes any algorithm for a part." },
  ),
  ...["__invalid__", "000", "MTIz", "dGVzdC1zdHJpbmc="].map((md5) =>
    behaviour(
      `Content-MD5 ${md5} is InvalidDigest`,
      "PutObject",
      recordedBy("test_s3_invalid_content_md5"),
      async (world) => {
        const { Bucket, Key } = await id(world);
        expectThat(
          await world.http({ method: "PUT", bucket: Bucket, key: Key, body: "b", headers: { "content-md5": md5 } }),
          { status: 400, code: "InvalidDigest", text: /The Content-MD5 you specified was invalid\./ },
        );
      },
      { moto: "AWS is right: recorded. moto does not look at Content-MD5." },
    ),
  ),
  behaviour(
    "Content-MD5 of other bytes is BadDigest",
    "PutObject",
    recordedBy("test_s3_invalid_content_md5"),
    async (world) => {
      const { Bucket, Key } = await id(world);
      expectThat(
        await world.http({
          method: "PUT",
          bucket: Bucket,
          key: Key,
          body: "b",
          headers: { "content-md5": "XUFAKrxLKna5cZ2REBfFkg==" },
        }),
        { status: 400, code: "BadDigest" },
      );
    },
    { moto: "AWS is right: recorded. moto does not look at Content-MD5." },
  ),
];

function typeOf(algorithm: Algorithm & ChecksumAlgorithm, type: ChecksumType): Case {
  const fits = type === "FULL_OBJECT" ? fullObject(algorithm) : algorithm !== "CRC64NVME";
  return behaviour(
    `an upload with ${type} ${algorithm} is ${fits ? "begun" : "InvalidRequest"}`,
    "CreateMultipartUpload",
    recordedBy("test_multipart_checksum_type_compatibility", "test_multipart_checksum_type_default_for_checksum"),
    async (world) => {
      const call = world.s3.createMultipartUpload({
        ...(await id(world)),
        ChecksumAlgorithm: algorithm,
        ChecksumType: type,
      });
      if (fits) await answers(call, { ChecksumType: type });
      else
        await refuses(
          call,
          400,
          "InvalidRequest",
          `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
        );
    },
    fits ? {} : { moto: "AWS is right: recorded. moto takes any type for any algorithm." },
  );
}

export const multipart: Area = { name: "Multipart uploads", cases: [...uploads, ...partCopies] };
export const objectChecksums: Area = { name: "Checksums", cases: checksums };
