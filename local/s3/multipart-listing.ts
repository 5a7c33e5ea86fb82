import type {
  CommonPrefix,
  ListMultipartUploadsOutput,
  ListMultipartUploadsRequest,
  ListPartsOutput,
  ListPartsRequest,
  MultipartUpload,
} from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { authorizeInput } from "./access";
import { invalidArgument } from "./errors";
import { keyWriter, type Line, linesOf, ownerOf, pageOf, pageSize } from "./listing";
import { authorizeUpload } from "./multipart";
import { checksumField } from "./object-checksums";
import { OrderedKeys } from "./ordered-keys";
import { pageOfParts } from "./parts";
import type { Bucket, Upload } from "./state";

const initiatorOf = ({ initiator }: Upload): { ID: string; DisplayName: string } => ({
  ID: initiator.arn,
  DisplayName: initiator.arn.split("/").at(-1) ?? "",
});

export function listParts(context: Context, input: ListPartsRequest): ListPartsOutput {
  const { bucket, upload } = authorizeUpload(context, input, "s3:ListMultipartUploadParts");
  const parts = [...upload.parts.values()].sort((a, b) => a.partNumber - b.partNumber);
  const { page, after, most, truncated } = pageOfParts(parts, input.PartNumberMarker, input.MaxParts);
  const { checksum } = upload;
  return {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.uploadId,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(page.at(-1)?.partNumber ?? 0),
    MaxParts: most,
    IsTruncated: truncated,
    Parts:
      page.length === 0
        ? undefined
        : page.map((part) => ({
            PartNumber: part.partNumber,
            LastModified: new Date(part.lastModified),
            ETag: part.etag,
            Size: part.body.size,
            ...(checksum ? checksumField(checksum.algorithm, part.checksum) : {}),
          })),
    Initiator: initiatorOf(upload),
    Owner: ownerOf(bucket, upload.owner),
    StorageClass: upload.storageClass,
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
  };
}

/** By key, and within a key by the time of their beginning. */
function uploadsByKey(bucket: Bucket): OrderedKeys<Upload[]> {
  const byKey = new OrderedKeys<Upload[]>();
  for (const upload of bucket.uploads.values()) byKey.set(upload.key, [...(byKey.get(upload.key) ?? []), upload]);
  return byKey;
}

function* uploadLines(bucket: Bucket, input: ListMultipartUploadsRequest): Generator<Line<Upload>> {
  const { Prefix: prefix = "", Delimiter: delimiter = "", KeyMarker: after = "", UploadIdMarker: marker } = input;
  const byKey = uploadsByKey(bucket);
  const asLines = (uploads: readonly Upload[]): Line<Upload>[] =>
    uploads.map((upload) => ({ is: "key", key: upload.key, value: upload }));
  if (marker && after !== "") {
    const uploads = byKey.get(after) ?? [];
    const at = uploads.findIndex((upload) => upload.uploadId === marker);
    const elsewhere = bucket.uploads.get(marker);
    if (elsewhere && elsewhere.key !== after) {
      throw invalidArgument("Invalid uploadId marker", "upload-id-marker", marker);
    }
    yield* asLines(uploads.slice(at + 1));
  }
  for (const line of linesOf(byKey, { prefix, delimiter, after, shows: () => true })) {
    if (line.is === "prefix") yield line;
    else yield* asLines(line.value);
  }
}

export function listMultipartUploads(context: Context, input: ListMultipartUploadsRequest): ListMultipartUploadsOutput {
  const bucket = authorizeInput(context, "s3:ListBucketMultipartUploads", input);
  const { Prefix, Delimiter, EncodingType, KeyMarker = "" } = input;
  const write = keyWriter(EncodingType);
  const MaxUploads = pageSize(input.MaxUploads, "max-uploads");
  const { page, more } = pageOf(uploadLines(bucket, input), MaxUploads);
  const Uploads = page.flatMap((line) => (line.is === "key" ? [described(bucket, line.value, write)] : []));
  const CommonPrefixes = page.flatMap((line): CommonPrefix[] =>
    line.is === "prefix" ? [{ Prefix: write(line.prefix) }] : [],
  );
  const last = page.at(-1);
  return {
    Bucket: bucket.name,
    Prefix: Prefix === undefined ? undefined : write(Prefix),
    Delimiter: Delimiter === undefined ? undefined : write(Delimiter),
    EncodingType,
    KeyMarker: write(KeyMarker),
    // Without a key marker an upload id marker is ignored.
    UploadIdMarker: KeyMarker === "" ? "" : (input.UploadIdMarker ?? ""),
    NextKeyMarker: last?.is === "key" ? write(last.key) : "",
    NextUploadIdMarker: last?.is === "key" ? last.value.uploadId : "",
    MaxUploads,
    IsTruncated: more,
    Uploads: Uploads.length > 0 ? Uploads : undefined,
    CommonPrefixes: CommonPrefixes.length > 0 ? CommonPrefixes : undefined,
  };
}

const described = (bucket: Bucket, upload: Upload, write: (key: string) => string): MultipartUpload => ({
  Key: write(upload.key),
  UploadId: upload.uploadId,
  Initiated: new Date(upload.initiated),
  Initiator: initiatorOf(upload),
  Owner: ownerOf(bucket, upload.owner),
  StorageClass: upload.storageClass,
  ChecksumAlgorithm: upload.checksum?.algorithm,
  ChecksumType: upload.checksum?.type,
});
