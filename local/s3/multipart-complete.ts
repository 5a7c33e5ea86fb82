import { createHash } from "node:crypto";
import type { CompletedPart, CompleteMultipartUploadOutput, CompleteMultipartUploadRequest } from "@aws-sdk/client-s3";
import { checksum as checksumOfBytes } from "../http/checksums";
import { AwsError, type Context } from "../service";
import { authorizeS3 } from "./access";
import { joined } from "./bodies";
import { checkWriteConditions, sameEtag, validateWriteConditions } from "./conditions";
import { shownEncryption } from "./encryption";
import { conflict, invalidArgument, invalidRequest } from "./errors";
import { authorizeUpload } from "./multipart";
import { fullObjectChecksum, sentChecksum, shownChecksum } from "./object-checksums";
import type { Bucket, StoredChecksum, StoredObject, Upload, UploadedPart } from "./state";
import { addVersion, newVersion } from "./versions";

const smallestPart = 5 * 1024 * 1024;

/**
 * CompleteMultipartUpload.
 *
 * Its `If-Match` is stricter than a comparison of ETags: whatever was written or deleted under the key since the upload
 * began makes it a conflict, the same bytes included. The object's date is that of the upload's beginning.
 * Source: User Guide, "How to prevent object overwrites with conditional writes" and "Working with object metadata".
 */
export function completeMultipartUpload(
  context: Context,
  input: CompleteMultipartUploadRequest,
): CompleteMultipartUploadOutput {
  const { bucket, upload } = authorizeUpload(context, input, "s3:PutObject", true);
  if (input.IfMatch !== undefined) {
    authorizeS3(context, { action: "s3:GetObject", bucket: bucket.name, key: upload.key });
  }
  validateWriteConditions(input);
  const parts = chosenParts(upload, input.MultipartUpload?.Parts ?? []);
  checkSizes(parts);
  const checksum = objectChecksum(upload, parts, input);
  const size = parts.reduce((sum, part) => sum + part.body.size, 0);
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== size) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${size}`,
    );
  }
  checkConditions(bucket, upload, input);
  const object = completed(context, bucket, upload, parts, checksum);
  bucket.uploads.delete(upload.uploadId);
  addVersion(bucket, object);
  const { encryption } = object;
  return {
    Location: `https://${bucket.name}.s3.${bucket.region}.amazonaws.com/${encodeURIComponent(object.key).replaceAll("%2F", "/")}`,
    Bucket: bucket.name,
    Key: object.key,
    ETag: object.etag,
    ...shownChecksum(checksum),
    VersionId: bucket.settings.versioning === "Enabled" ? object.versionId : undefined,
    ...(encryption.is === "customer" ? {} : shownEncryption(encryption)),
  };
}

function checkConditions(bucket: Bucket, upload: Upload, input: CompleteMultipartUploadRequest): void {
  checkWriteConditions(input, bucket, upload.key);
  if (!upload.overtaken) return;
  if (input.IfMatch !== undefined) throw conflict("If-Match", upload.key);
  if (input.IfNoneMatch !== undefined) throw conflict("If-None-Match", upload.key);
}

const badDigest = (message: string): AwsError => new AwsError("BadDigest", 400, message);

function chosenParts(upload: Upload, asked: readonly CompletedPart[]): UploadedPart[] {
  if (asked.length === 0) throw invalidRequest("You must specify at least one part");
  let before = 0;
  return asked.map((part) => {
    const number = part.PartNumber ?? 0;
    if (number < 1 || number > 10_000) {
      const message = "Part number must be an integer between 1 and 10000, inclusive";
      throw invalidArgument(message, "partNumber", String(number));
    }
    if (number <= before) {
      const message = "The list of parts was not in ascending order. Parts must be ordered by part number.";
      throw new AwsError("InvalidPartOrder", 400, message, { UploadId: upload.uploadId });
    }
    before = number;
    return chosenPart(upload, part, number);
  });
}

function chosenPart(upload: Upload, asked: CompletedPart, number: number): UploadedPart {
  const part = upload.parts.get(number);
  const sent = sentChecksum(asked);
  const { checksum } = upload;
  const otherAlgorithm = checksum && sent && sent.algorithm !== checksum.algorithm;
  const wrong = sent !== undefined && !otherAlgorithm && sent.value !== part?.checksum;
  if (!part || asked.ETag === undefined || !sameEtag(asked.ETag, part.etag) || wrong) {
    const message =
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    const fields = {
      UploadId: upload.uploadId,
      PartNumber: number,
      ETag: (asked.ETag ?? "").replaceAll('"', ""),
    };
    throw new AwsError("InvalidPart", 400, message, fields);
  }
  if (otherAlgorithm) {
    throw badDigest(
      `The ${sent.algorithm.toLowerCase()} you specified for part ${number} did not match what we received.`,
    );
  }
  if (checksum?.type === "COMPOSITE" && !sent) {
    throw invalidRequest(
      `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    );
  }
  return part;
}

function checkSizes(parts: readonly UploadedPart[]): void {
  const small = parts.slice(0, -1).find((part) => part.body.size < smallestPart);
  if (!small) return;
  throw new AwsError("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size", {
    ProposedSize: small.body.size,
    MinSizeAllowed: smallestPart,
    PartNumber: small.partNumber,
    ETag: small.etag.replaceAll('"', ""),
  });
}

/** Composite: the checksum of the parts' checksums, and how many they are. Else that of the bytes. */
function objectChecksum(
  upload: Upload,
  parts: readonly UploadedPart[],
  input: CompleteMultipartUploadRequest,
): StoredChecksum {
  const { checksum } = upload;
  if (input.ChecksumType !== undefined && input.ChecksumType !== checksum?.type) {
    throw invalidRequest(
      `The upload was created using the ${checksum?.type ?? "null"} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const value = computedChecksum(checksum, parts);
  const sent = sentChecksum(input);
  if (
    sent &&
    (sent.algorithm !== value.algorithm || sent.value.replace(/-\d+$/, "") !== value.value.replace(/-\d+$/, ""))
  ) {
    throw badDigest(`The ${value.algorithm.toLowerCase()} you specified did not match the calculated checksum.`);
  }
  return value;
}

function computedChecksum(checksum: Upload["checksum"], parts: readonly UploadedPart[]): StoredChecksum {
  if (checksum?.type !== "COMPOSITE") {
    return fullObjectChecksum(joined(parts.map((part) => part.body)), checksum?.algorithm ?? "CRC64NVME");
  }
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part.checksum ?? "", "base64")));
  return { ...checksum, value: `${checksumOfBytes(checksum.algorithm, bytes)}-${parts.length}` };
}

function completed(
  context: Context,
  bucket: Bucket,
  upload: Upload,
  parts: readonly UploadedPart[],
  checksum: StoredChecksum,
): StoredObject {
  const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag.replaceAll('"', ""), "hex")));
  return {
    is: "object",
    ...newVersion(context, bucket, upload.sequence),
    initiatedSequence: upload.sequence,
    lastModified: upload.initiated,
    key: upload.key,
    owner: upload.owner,
    body: joined(parts.map((part) => part.body)),
    etag: `"${createHash("md5").update(digests).digest("hex")}-${parts.length}"`,
    encryption: upload.encryption,
    checksum,
    parts: parts.map((part, index) => ({ partNumber: index + 1, size: part.body.size, checksum: part.checksum })),
    headers: upload.headers,
    metadata: upload.metadata,
    storageClass: upload.storageClass,
    websiteRedirectLocation: upload.websiteRedirectLocation,
    tags: upload.tags,
    grants: upload.grants,
    retention: upload.retention,
    legalHold: upload.legalHold,
  };
}
