import { createHash } from "node:crypto";
import type { ChecksumAlgorithm } from "@aws-sdk/client-s3";
import { type Area, behaviour, type Case, recordedBy, s3Api } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { element } from "../http";
import { customerKey, type World } from "../world";
import { begunUpload, textOf, withObject } from "./objects";

const noUpload =
  "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
const noPart =
  "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
const newId = async ({ bucket }: World) => ({ Bucket: await bucket(), Key: "key" });
const queryOf = (UploadId = "", PartNumber = "1") => ({ uploadId: UploadId, partNumber: PartNumber });

const refused: Case[] = [
  behaviour(
    "an upload that there is not is NoSuchUpload",
    "UploadPart CompleteMultipartUpload AbortMultipartUpload",
    recordedBy("test_multipart_no_such_upload"),
    async (world) => {
      const id = { ...(await newId(world)), UploadId: "fakeid" };
      const call = [404, "NoSuchUpload", noUpload, { UploadId: "fakeid" }] as const;
      const MultipartUpload = { Parts: [{ ETag: "fake-etag", PartNumber: 1 }] };
      await refuses(world.s3.uploadPart({ ...id, PartNumber: 1, Body: "b" }), ...call);
      await refuses(world.s3.completeMultipartUpload({ ...id, MultipartUpload }), ...call);
      await refuses(world.s3.abortMultipartUpload(id), ...call);
    },
  ),
  behaviour(
    "an upload that is complete has no parts, and is no upload",
    "ListParts ListMultipartUploads CompleteMultipartUpload",
    recordedBy("test_multipart_and_list_parts", "test_multipart_overwrite_key", "test_set_external_hostname"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const { UploadId, MultipartUpload } = await begunUpload(world, { Bucket, Key }, "upload-part-1");
      const { s3 } = world;
      await answers(s3.listMultipartUploads({ Bucket }), { Uploads: [{ Key, UploadId }] });
      await answers(s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload }), { Bucket, Key });
      await refuses(s3.listParts({ Bucket, Key, UploadId }), 404, "NoSuchUpload", noUpload);
      await answers(s3.listMultipartUploads({ Bucket }), { Uploads: undefined, NextKeyMarker: "" });
      expectThat(await textOf(await s3.getObject({ Bucket, Key })), "upload-part-1");
    },
  ),
  behaviour(
    "a completion without parts is InvalidRequest, one with a small part tells its number and size",
    "CompleteMultipartUpload",
    recordedBy("test_multipart_complete_multipart_too_small"),
    async (world) => {
      const id = await newId(world);
      const { UploadId, MultipartUpload } = await begunUpload(world, id, "data", "data");
      const complete = (upload: object) =>
        world.s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload: upload });
      await refuses(complete({ Parts: [] }), 400, "InvalidRequest", "You must specify at least one part");
      await refuses(complete(MultipartUpload), 400, "EntityTooSmall", undefined, {
        ETag: "8d777f385d3dfec8815d20f7496026dc",
        MinSizeAllowed: "5242880",
        PartNumber: "1",
        ProposedSize: "4",
      });
    },
  ),
  behaviour(
    "a part that cannot be found is told by number and ETag",
    "CompleteMultipartUpload",
    recordedBy("test_multipart_complete_multipart_wrong_part"),
    async (world) => {
      const id = await newId(world);
      const { UploadId = "", MultipartUpload } = await begunUpload(world, id, "data");
      const complete = (part: object) =>
        world.s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload: { Parts: [part] } });
      const [part] = MultipartUpload.Parts;
      await refuses(complete({ ...part, PartNumber: 2 }), 400, "InvalidPart", noPart, { PartNumber: "2", UploadId });
      const ETag = "d41d8cd98f00b204e9800998ecf8427e";
      await refuses(complete({ PartNumber: 1, ETag }), 400, "InvalidPart", noPart, { PartNumber: "1", ETag });
    },
  ),
  ...["__invalid__", "000", "not base64 encoded checksum", "MTIz", "dGVzdC1zdHJpbmc="].map((md5) =>
    behaviour(
      `Content-MD5 ${md5} of a part is InvalidDigest`,
      "UploadPart",
      recordedBy("test_s3_invalid_content_md5"),
      async (world) => {
        const { Bucket, Key } = await newId(world);
        const { UploadId } = await world.s3.createMultipartUpload({ Bucket, Key });
        const answer = await world.http({
          method: "PUT",
          bucket: Bucket,
          key: Key,
          query: queryOf(UploadId),
          headers: { "content-md5": md5 },
          body: "something",
        });
        expectThat(answer, { status: 400, code: "InvalidDigest" });
        expectThat(element(answer.text, "Content-MD5"), md5);
      },
    ),
  ),
  ...[
    ["bytes=0-100", "InvalidArgument", "Range specified is not valid for source object of size: 10"],
    ["bytes=100-200", "InvalidRequest", "The specified copy range is invalid for the source object size"],
    [
      "bytes=1-",
      "InvalidArgument",
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
    ],
  ].map(([CopySourceRange, code, message]) =>
    behaviour(
      `a part copied from range ${CopySourceRange} of ten bytes is ${code}`,
      "UploadPartCopy",
      recordedBy("test_upload_part_copy_range"),
      async (world) => {
        const { Bucket, Key } = await withObject(world, { Body: "0123456789" });
        const { UploadId } = await world.s3.createMultipartUpload({ Bucket, Key: "copy" });
        const CopySource = `${Bucket}/${Key}`;
        await refuses(
          world.s3.uploadPartCopy({ Bucket, Key: "copy", UploadId, PartNumber: 1, CopySource, CopySourceRange }),
          400,
          code,
          message,
        );
      },
    ),
  ),
];

const algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
type Algorithm = (typeof algorithms)[number];
const field = (algorithm: Algorithm) => `Checksum${algorithm}` as const;

/** Of two parts of 5,242,881 bytes "a" and one of 10: of each part, composite, and of the whole. */
const large: Readonly<Record<Algorithm, { part: string; last: string; composite?: string; whole: string }>> = {
  CRC32: { part: "NRU+Sw==", last: "TBHN8A==", composite: "5FRUiw==", whole: "qSEQSA==" },
  CRC32C: { part: "2/Ckiw==", last: "5yZkMA==", composite: "XF5+4A==", whole: "eTdAQA==" },
  CRC64NVME: { part: "Kg7TOs6algM=", last: "DBqAA21lxVU=", whole: "ZMNX55lZurA=" },
  SHA1: {
    part: "bH71WIZUKQtUwR2wKSSkFjCRBPM=",
    last: "NJX/adNGcdHhWzOmPBN5/e3Toyo=",
    composite: "AyE60nyQoBgJcwsyPHWu7aJuxBs=",
    whole: "eIC+AqBqApUmeqCBQ+9n8OVTP+8=",
  },
  SHA256: {
    part: "DjU70AB1bON8k0n0fVHv2PJQVWcA/jWsITp6ti20Tbs=",
    last: "vyy1imj2hNlaO3jvj2Ycmk5bCegsyPnMiMzpBSjK6yc=",
    composite: "9o++y6AejqboiJ7MZCx0fahK2Vu5YC/qnNhhYsCLciI=",
    whole: "0+991zqhqOQ5J2EdwChmHIeC1dXXuJzaCritTzqVGDw=",
  },
};
const bodies = ["a".repeat(5_242_881), "a".repeat(5_242_881), "a".repeat(10)];

const threeParts = (["COMPOSITE", "FULL_OBJECT"] as const).flatMap((ChecksumType) =>
  algorithms
    .filter((algorithm) => (ChecksumType === "COMPOSITE" ? large[algorithm].composite : algorithm.startsWith("CRC")))
    .map((algorithm) =>
      behaviour(
        `${ChecksumType} ${algorithm} of three parts is checked part by part, shown, and made anew by a copy`,
        "CompleteMultipartUpload GetObjectAttributes CopyObject ListParts",
        recordedBy(
          "test_complete_multipart_parts_checksum_composite",
          "test_complete_multipart_parts_checksum_full_object",
          "test_upload_file_multipart",
        ),
        async (world) => {
          const id = await newId(world);
          const { s3 } = world;
          const { part, last, composite, whole } = large[algorithm];
          const isComposite = ChecksumType === "COMPOSITE";
          const { UploadId } = await s3.createMultipartUpload({ ...id, ChecksumAlgorithm: algorithm, ChecksumType });
          const Parts = await Promise.all(
            bodies.map(async (body, index) => {
              const answer = await world.http({
                method: "PUT",
                bucket: id.Bucket,
                key: id.Key,
                query: queryOf(UploadId, String(index + 1)),
                headers: { [`x-amz-checksum-${algorithm.toLowerCase()}`]: index === 2 ? last : part },
                body,
                signature: { payload: "UNSIGNED-PAYLOAD" },
              });
              expectThat(answer, { status: 200 });
              const own = { [field(algorithm)]: index === 2 ? last : part };
              return { PartNumber: index + 1, ETag: answer.headers["etag"], ...own };
            }),
          );
          await answers(s3.listParts({ ...id, UploadId }), { ChecksumAlgorithm: algorithm, ChecksumType, Parts });
          const complete = (parts: typeof Parts) =>
            s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload: { Parts: parts } });
          const wrong = Parts.map((one) => ({ ...one, [field(algorithm)]: part === last ? whole : last }));
          await refuses(complete(wrong), 400, "InvalidPart", noPart);
          if (isComposite) {
            await refuses(
              complete(Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))),
              400,
              "InvalidRequest",
              `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.`,
            );
          }
          const shown = { [field(algorithm)]: isComposite ? `${composite}-3` : whole, ChecksumType };
          await answers(complete(Parts), shown);
          await answers(s3.headObject({ ...id, ChecksumMode: "ENABLED" }), shown);
          const all = { ...id, ObjectAttributes: ["Checksum" as const, "ObjectParts" as const] };
          await answers(s3.getObjectAttributes(all), {
            Checksum: { [field(algorithm)]: isComposite ? composite : whole, ChecksumType },
            ObjectParts: { TotalPartsCount: 3, ...(!isComposite && { Parts: undefined }) },
          });
          await answers(s3.headObject({ ...id, PartNumber: 3, ChecksumMode: "ENABLED" }), {
            [field(algorithm)]: isComposite ? last : undefined,
            ContentRange: "bytes 10485762-10485771/10485772",
          });
          const copy = await s3.copyObject({ ...id, Key: "copy", CopySource: `${id.Bucket}/${id.Key}` });
          expectThat(copy.CopyObjectResult, { [field(algorithm)]: whole, ChecksumType: "FULL_OBJECT" });
        },
      ),
    ),
);

const sendComplete = (
  { http }: World,
  { Bucket, Key }: { Bucket: string; Key: string },
  UploadId: string | undefined,
  part: string,
  headers: Readonly<Record<string, string>> = {},
) =>
  http({
    method: "POST",
    bucket: Bucket,
    key: Key,
    query: { uploadId: UploadId ?? "" },
    headers,
    body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>${part}</Part></CompleteMultipartUpload>`,
  });

/** Of "abc". */
const abc = {
  etag: "<ETag>900150983cd24fb0d6963f7d28e17f72</ETag>",
  crc32c: "Nks/tw==",
  sha256: "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
};

async function uploaded(
  world: World,
  ChecksumAlgorithm?: ChecksumAlgorithm,
  ChecksumType?: "COMPOSITE" | "FULL_OBJECT",
) {
  const id = await newId(world);
  const { UploadId } = await world.s3.createMultipartUpload({ ...id, ChecksumAlgorithm, ChecksumType });
  const part = await world.http({
    method: "PUT",
    bucket: id.Bucket,
    key: id.Key,
    query: queryOf(UploadId),
    body: "abc",
  });
  expectThat(part, { status: 200 });
  return { id, UploadId };
}

const refusedSums: readonly {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: RegExp;
}[] = [
  {
    name: "an algorithm that there is not",
    headers: { "x-amz-checksum-algorithm": "TEST" },
    message: /^Checksum algorithm provided is unsupported\. Please try again with any of the valid types: /,
  },
  {
    name: "a type without algorithm",
    headers: { "x-amz-checksum-type": "COMPOSITE" },
    message: /^The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header\.$/,
  },
];

const sums: Case[] = [
  ...refusedSums.map(({ name, headers, message }) =>
    behaviour(
      `an upload with ${name} is InvalidRequest`,
      "CreateMultipartUpload",
      recordedBy("test_multipart_parts_checksum_exceptions_composite"),
      async (world) => {
        const request = { method: "POST", bucket: await world.bucket(), key: "k", query: { uploads: "" } };
        const answer = await world.http({ ...request, headers });
        expectThat(answer, { status: 400, code: "InvalidRequest" });
        expectThat(element(answer.text, "Message"), message);
      },
    ),
  ),
  behaviour(
    "a listing of uploads tells their checksums' algorithm and type",
    "ListMultipartUploads",
    recordedBy(
      "test_multipart_parts_checksum_exceptions_composite",
      "test_multipart_parts_checksum_exceptions_full_object",
    ),
    async (world) => {
      const { id } = await uploaded(world, "CRC32C", "FULL_OBJECT");
      await answers(world.s3.listMultipartUploads({ Bucket: id.Bucket }), {
        Uploads: [{ ChecksumAlgorithm: "CRC32C", ChecksumType: "FULL_OBJECT" }],
      });
    },
  ),
  ...(["COMPOSITE", "FULL_OBJECT"] as const).map((type) =>
    behaviour(
      `a completion in another mode than the upload's ${type} is InvalidRequest`,
      "CompleteMultipartUpload",
      recordedBy(
        "test_multipart_parts_checksum_exceptions_composite",
        "test_multipart_parts_checksum_exceptions_full_object",
      ),
      async (world) => {
        const { id, UploadId } = await uploaded(world, "CRC32C", type);
        const part = `${abc.etag}<ChecksumCRC32C>${abc.crc32c}</ChecksumCRC32C>`;
        const headers = { "x-amz-checksum-type": type === "COMPOSITE" ? "FULL_OBJECT" : "COMPOSITE" };
        const answer = await sendComplete(world, id, UploadId, part, headers);
        expectThat(answer, { status: 400, code: "InvalidRequest" });
        expectThat(
          element(answer.text, "Message"),
          `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
        );
      },
    ),
  ),
  behaviour(
    "a completion that tells another checksum of the whole object is BadDigest, until it is told right",
    "CompleteMultipartUpload",
    recordedBy("test_multipart_parts_checksum_exceptions_full_object"),
    async (world) => {
      const { id, UploadId } = await uploaded(world, "CRC32C", "FULL_OBJECT");
      const part = `${abc.etag}<ChecksumCRC32C>${abc.crc32c}</ChecksumCRC32C>`;
      const of = (sum: string) =>
        sendComplete(world, id, UploadId, part, { "x-amz-checksum-crc32c": sum, "x-amz-checksum-type": "FULL_OBJECT" });
      const answer = await of("AAAAAA==");
      expectThat(answer, { status: 400, code: "BadDigest" });
      expectThat(element(answer.text, "Message"), "The crc32c you specified did not match the calculated checksum.");
      expectThat(await of(abc.crc32c), { status: 200, text: /<ChecksumCRC32C>Nks\/tw==</ });
    },
  ),
  behaviour(
    "an upload without algorithm shows no checksums of its parts, takes none at its completion, and no mode",
    "CompleteMultipartUpload ListParts",
    recordedBy("test_complete_multipart_parts_checksum_default"),
    async (world) => {
      const { id, UploadId } = await uploaded(world);
      const { Parts } = await answers(world.s3.listParts({ ...id, UploadId }), { ChecksumAlgorithm: undefined });
      expectThat(Parts, [{ ChecksumCRC32C: undefined, ChecksumCRC64NVME: undefined, Size: 3 }]);
      const part = `${abc.etag}<ChecksumSHA256>${abc.sha256}</ChecksumSHA256>`;
      expectThat(await sendComplete(world, id, UploadId, part), { status: 400, code: "InvalidPart" });
      for (const type of ["FULL_OBJECT", "COMPOSITE"]) {
        const answer = await sendComplete(world, id, UploadId, abc.etag, { "x-amz-checksum-type": type });
        expectThat(answer, { status: 400, code: "InvalidRequest" });
        expectThat(
          element(answer.text, "Message"),
          "The upload was created using the null checksum mode. The complete request must use the same checksum mode.",
        );
      }
    },
  ),
  ...algorithms.map((algorithm) =>
    behaviour(
      `a part whose ${algorithm} is none is InvalidRequest, another's is BadDigest`,
      "UploadPart",
      recordedBy("test_multipart_upload_part_checksum_exception"),
      async (world) => {
        const { Bucket, Key } = await newId(world);
        const { UploadId } = await world.s3.createMultipartUpload({ Bucket, Key, ChecksumAlgorithm: algorithm });
        const name = `x-amz-checksum-${algorithm.toLowerCase()}`;
        const put = (value: string) =>
          world.http({
            method: "PUT",
            bucket: Bucket,
            key: Key,
            query: queryOf(UploadId),
            headers: { [name]: value },
            body: "b",
          });
        const none = await put("test");
        expectThat([none.status, none.code], [400, "InvalidRequest"]);
        expectThat(element(none.text, "Message"), `Value for ${name} header is invalid.`);
        const other = await put(large[algorithm].whole);
        expectThat([other.status, other.code], [400, "BadDigest"]);
        expectThat(
          element(other.text, "Message"),
          `The ${algorithm} you specified did not match the calculated checksum.`,
        );
      },
    ),
  ),
  ...(["COMPOSITE", "FULL_OBJECT"] as const).map((ChecksumType) =>
    behaviour(
      `a copied part has the checksum of the upload's algorithm: ${ChecksumType}`,
      "UploadPartCopy CompleteMultipartUpload",
      recordedBy("test_multipart_upload_part_copy_checksum"),
      async (world) => {
        const { Bucket, Key } = await withObject(world, { Body: "this is a part" });
        const { s3 } = world;
        const id = { Bucket, Key: "copy" };
        const { UploadId } = await s3.createMultipartUpload({ ...id, ChecksumAlgorithm: "CRC32C", ChecksumType });
        const copied = await answers(
          s3.uploadPartCopy({ ...id, UploadId, PartNumber: 1, CopySource: `${Bucket}/${Key}` }),
          { CopyPartResult: { ChecksumCRC32C: "iqJrOQ==" } },
        );
        const Parts = [{ PartNumber: 1, ETag: copied.CopyPartResult?.ETag, ChecksumCRC32C: "iqJrOQ==" }];
        await answers(s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload: { Parts } }), {
          ChecksumCRC32C: ChecksumType === "COMPOSITE" ? "F9bAnw==-1" : "iqJrOQ==",
          ChecksumType,
        });
      },
    ),
  ),
  ...algorithms.map((algorithm) =>
    behaviour(
      `a copy that asks for ${algorithm} has it, and a copy of that keeps it`,
      "CopyObject GetObjectAttributes",
      recordedBy("test_s3_copy_object_with_checksum", "test_s3_copy_object_with_default_checksum"),
      async (world) => {
        const { Bucket, Key } = await withObject(world, { Body: '{"key": "value"}' });
        const sum = {
          CRC32: "MzVIGw==",
          CRC32C: "078Ilw==",
          CRC64NVME: "pX30eiUx5C0=",
          SHA1: "5zXdjmjYk4EJ8Cw4PMnQVslCpRQ=",
          SHA256: "lyTB4g5uPk1/V+0l+dTvsAblCFkNUoyQ2ll/andcE+U=",
        }[algorithm];
        const shown = { [field(algorithm)]: sum, ChecksumType: "FULL_OBJECT" };
        const CopySource = `${Bucket}/${Key}`;
        await answers(
          world.s3.copyObject({ Bucket, Key, CopySource, ChecksumAlgorithm: algorithm, MetadataDirective: "REPLACE" }),
          { CopyObjectResult: shown },
        );
        await answers(world.s3.getObjectAttributes({ Bucket, Key, ObjectAttributes: ["Checksum"] }), {
          Checksum: shown,
        });
        await answers(world.s3.copyObject({ Bucket, Key: "other", CopySource }), { CopyObjectResult: shown });
      },
    ),
  ),
  behaviour(
    "a checksum in a header is kept without the algorithm's name, and the name alone adds none of its kind",
    "PutObject HeadObject CopyObject",
    recordedBy("test_s3_checksum_no_algorithm", "test_s3_checksum_no_automatic_sdk_calculation"),
    async (world) => {
      const bucket = await world.bucket();
      const put = (key: string, headers: Readonly<Record<string, string>>) =>
        world.http({ method: "PUT", bucket, key, headers, body: "abc" });
      const head = (Key: string) => world.s3.headObject({ Bucket: bucket, Key, ChecksumMode: "ENABLED" });
      await put("sum", { "x-amz-checksum-sha256": abc.sha256 });
      await answers(head("sum"), { ChecksumSHA256: abc.sha256 });
      await put("name", { "x-amz-sdk-checksum-algorithm": "SHA256" });
      await answers(head("name"), { ChecksumSHA256: undefined, ChecksumCRC64NVME: /./ });
      await put("both", { "x-amz-sdk-checksum-algorithm": "CRC32", "x-amz-checksum-sha256": abc.sha256 });
      await answers(head("both"), { ChecksumSHA256: abc.sha256, ChecksumCRC32: undefined });
      const copy = await world.s3.copyObject({ Bucket: bucket, Key: "copy", CopySource: `${bucket}/name` });
      expectThat(copy.CopyObjectResult, { ChecksumCRC64NVME: /./, ChecksumType: "FULL_OBJECT" });
    },
  ),
  ...threeParts,
];

const chunked = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const aws = (length: number, headers: Readonly<Record<string, string>> = {}) => ({
  "content-encoding": "aws-chunked",
  "x-amz-decoded-content-length": String(length),
  "x-amz-trailer": "x-amz-checksum-crc32c",
  ...headers,
});
const chunks: Case[] = [
  behaviour(
    "unsigned chunks are taken, and the checksum behind them is kept",
    "PutObject",
    s3Api("Transferring Payload in Multiple Chunks"),
    async (world) => {
      const body = `3\r\nabc\r\n0\r\nx-amz-checksum-crc32c:${abc.crc32c}\r\n\r\n`;
      const request = { bucket: await world.bucket(), key: "k" };
      const answer = await world.http({
        ...request,
        method: "PUT",
        headers: aws(3),
        body,
        signature: { payload: chunked },
      });
      expectThat(answer, { status: 200, headers: { "x-amz-checksum-crc32c": abc.crc32c } });
      expectThat(await world.http(request), { status: 200, text: "abc" });
    },
  ),
  behaviour(
    "a checksum behind the chunks that is another's is BadDigest",
    "PutObject",
    s3Api("Transferring Payload in Multiple Chunks"),
    async (world) => {
      const body = "3\r\nabc\r\n0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n";
      const request = { method: "PUT", bucket: await world.bucket(), key: "k", headers: aws(3), body };
      expectThat(await world.http({ ...request, signature: { payload: chunked } }), { status: 400, code: "BadDigest" });
    },
  ),
  behaviour(
    "of the content encoding only what is not aws-chunked is kept",
    "PutObject HeadObject",
    s3Api("Transferring Payload in Multiple Chunks"),
    async (world) => {
      const body = `3\r\nabc\r\n0\r\nx-amz-checksum-crc32c:${abc.crc32c}\r\n\r\n`;
      const request = { bucket: await world.bucket(), key: "k" };
      const headers = aws(3, { "content-encoding": "aws-chunked,gzip" });
      const put = { ...request, method: "PUT", headers, body, signature: { payload: chunked } };
      expectThat(await world.http(put), { status: 200 });
      expectThat(await world.http({ ...request, method: "HEAD" }), { headers: { "content-encoding": "gzip" } });
    },
  ),
];

const key = customerKey("k");
const badAlgorithm = [
  400,
  "InvalidEncryptionAlgorithmError",
  "The Encryption request you specified is not valid. Supported value: AES256.",
  { ArgumentName: "x-amz-server-side-encryption", ArgumentValue: "KMS" },
] as const;
const asSource = {
  CopySourceSSECustomerAlgorithm: key.SSECustomerAlgorithm,
  CopySourceSSECustomerKey: key.SSECustomerKey,
  CopySourceSSECustomerKeyMD5: key.SSECustomerKeyMD5,
};

async function underKey({ s3, bucket }: World) {
  const id = { Bucket: await bucket({ customerKeys: true }), Key: "k" };
  await s3.putObject({ ...id, Body: "test_data", ...key });
  return id;
}
const prefix = "x-amz-server-side-encryption-customer-";
const given = (SSECustomerKey: string, md5?: string): Readonly<Record<string, string>> => ({
  [`${prefix}algorithm`]: "AES256",
  [`${prefix}key`]: SSECustomerKey,
  ...(md5 && { [`${prefix}key-md5`]: md5 }),
});
const short = Buffer.from("short");
const wrongKeys = [
  {
    name: "a customer key of the wrong length",
    headers: given(short.toString("base64"), createHash("md5").update(short).digest("base64")),
    status: 400,
    code: "InvalidArgument",
    message: "The secret key was invalid for the specified algorithm.",
  },
  {
    name: "a customer key and the MD5 of another",
    headers: given(key.SSECustomerKey, customerKey("o").SSECustomerKeyMD5),
    status: 400,
    code: "InvalidArgument",
    message: "The calculated MD5 hash of the key did not match the hash that was provided.",
  },
];
const secret: Case[] = [
  behaviour(
    "a get of another algorithm than AES256 is InvalidEncryptionAlgorithmError, a head 400",
    "GetObject HeadObject GetObjectAttributes",
    recordedBy("test_object_retrieval_sse_c"),
    async (world) => {
      const id = await underKey(world);
      const wrong = { ...id, ...key, SSECustomerAlgorithm: "KMS" };
      await refuses(world.s3.getObject(wrong), ...badAlgorithm);
      await refuses(world.s3.headObject(wrong), 400);
      await refuses(world.s3.getObjectAttributes({ ...wrong, ObjectAttributes: ["ETag"] }), ...badAlgorithm);
    },
    { needs: ["tls"] },
  ),
  ...wrongKeys.map(({ name, headers, status, code, message }) =>
    behaviour(
      `a get with ${name} is ${code}`,
      "GetObject HeadObject",
      recordedBy("test_object_retrieval_sse_c"),
      async (world) => {
        const { Bucket, Key } = await underKey(world);
        const answer = await world.http({ bucket: Bucket, key: Key, headers });
        expectThat(answer, { status, code });
        expectThat(element(answer.text, "Message"), message);
        expectThat(await world.http({ method: "HEAD", bucket: Bucket, key: Key, headers }), { status });
      },
      { needs: ["tls"] },
    ),
  ),
  behaviour(
    "a copy with another algorithm than AES256, of the source's key or the copy's, is InvalidEncryptionAlgorithmError",
    "CopyObject",
    recordedBy("test_copy_object_with_sse_c"),
    async (world) => {
      const id = await underKey(world);
      const copy = { Bucket: id.Bucket, Key: "copy", CopySource: `${id.Bucket}/${id.Key}` };
      const source = { ...asSource, CopySourceSSECustomerAlgorithm: "KMS" };
      await refuses(world.s3.copyObject({ ...copy, ...key, ...source }), ...badAlgorithm);
      await refuses(
        world.s3.copyObject({ ...copy, ...asSource, ...key, SSECustomerAlgorithm: "KMS" }),
        ...badAlgorithm,
      );
      await answers(world.s3.copyObject({ ...copy, ...asSource, ...key }), {
        SSECustomerAlgorithm: "AES256",
        SSECustomerKeyMD5: key.SSECustomerKeyMD5,
      });
    },
    { needs: ["tls"] },
  ),
  behaviour(
    "an object under a customer key has its attributes and checksum like any other",
    "GetObjectAttributes HeadObject DeleteObject",
    recordedBy("test_put_object_lifecycle_with_sse_c", "test_put_object_default_checksum_with_sse_c"),
    async (world) => {
      const id = await underKey(world);
      await answers(
        world.s3.getObjectAttributes({ ...id, ...key, ObjectAttributes: ["ETag", "ObjectSize", "Checksum"] }),
        { ETag: /./, ObjectSize: 9, Checksum: { ChecksumCRC32: "qIrZrA==", ChecksumType: "FULL_OBJECT" } },
      );
      await answers(world.s3.deleteObject(id), { $metadata: { httpStatusCode: 204 } });
    },
    { needs: ["tls"] },
  ),
];

export const uploadsInDetail: Area = { name: "Uploads in detail", cases: [...refused, ...sums, ...chunks] };
export const customerKeysInDetail: Area = { name: "Customer keys in detail", cases: secret };
