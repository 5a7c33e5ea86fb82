import type {
  UploadPartCopyOutput,
  UploadPartCopyRequest,
  UploadPartOutput,
  UploadPartRequest,
} from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { type Body, bodyOf, sliced } from "./bodies";
import { readCopySource, shownSourceVersion } from "./copy-source";
import { etagOf, shownEncryption, unseal } from "./encryption";
import { type CustomerKeyHeaders, customerKeyOf, refuseEncryptionHeader } from "./encryption-choice";
import { invalidArgument, invalidRequest, noSuchUpload } from "./errors";
import { authorizeUpload } from "./multipart";
import { type ChecksumFields, checksumField, checksumOf, sentChecksum } from "./object-checksums";
import type { WithBytes } from "./put";
import { type Bucket, nextSequence, type Upload, type UploadedPart } from "./state";
import { wholeSeconds } from "./versions";

/** Also the largest source that can be copied in one go. */
const largestPart = 5_368_709_120;

function checkPartNumber(partNumber: number | undefined): number {
  if (partNumber !== undefined && Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= 10_000) {
    return partNumber;
  }
  const message = "Part number must be an integer between 1 and 10000, inclusive";
  throw invalidArgument(message, "partNumber", String(partNumber));
}

/** A part is encrypted under the upload's data key, so that has to be unwrapped: `kms:Decrypt`, or the same customer key. */
function openUpload(context: Context, upload: Upload, headers: CustomerKeyHeaders): void {
  refuseEncryptionHeader(context);
  const customerKey = customerKeyOf(context, headers);
  const { encryption } = upload;
  if ((encryption.is === "customer") !== (customerKey !== undefined)) {
    throw invalidRequest(
      "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.",
    );
  }
  if (encryption.is === "customer" && customerKey?.md5 !== encryption.keyMd5) {
    throw invalidRequest("The provided encryption parameters did not match the ones used originally.");
  }
  unseal(context, encryption, customerKey);
}

function addPart(
  context: Context,
  bucket: Bucket,
  upload: Upload,
  partNumber: number,
  body: Body,
  checksum: string | undefined,
): UploadedPart {
  const write = `${upload.uploadId}/${nextSequence(context.state.s3)}`;
  const part: UploadedPart = {
    partNumber,
    body,
    etag: etagOf(bucket, upload.encryption, body, write),
    lastModified: wholeSeconds(context.now),
    checksum,
  };
  upload.parts.set(partNumber, part);
  return part;
}

export function uploadPart(context: Context, input: WithBytes<UploadPartRequest>): UploadPartOutput {
  const partNumber = checkPartNumber(input.PartNumber);
  const { bucket, upload } = authorizeUpload(context, input, "s3:PutObject");
  openUpload(context, upload, input);
  const body = bodyOf(input.Body ?? new Uint8Array());
  const { shown, kept } = partChecksum(upload, input, body);
  const part = addPart(context, bucket, upload, partNumber, body, kept);
  return { ETag: part.etag, ...shown, ...shownEncryption(upload.encryption) };
}

/** What the answer shows of a part's checksum, and what is kept of it: nothing unless the upload named an algorithm. */
function partChecksum(
  upload: Upload,
  input: ChecksumFields,
  body: Body,
): { readonly shown: ChecksumFields; readonly kept?: string } {
  const sent = sentChecksum(input);
  if (!upload.checksum) return { shown: sent ? checksumField(sent.algorithm, sent.value) : {} };
  const { algorithm } = upload.checksum;
  if (sent && sent.algorithm !== algorithm) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${sent.algorithm.toLowerCase()}`,
    );
  }
  const kept = sent?.value ?? checksumOf(body, algorithm);
  return { shown: checksumField(algorithm, kept), kept };
}

/** UploadPartCopy: like CopyObject it reads, lets others in, then commits. It has no condition on the destination. */
export async function uploadPartCopy(context: Context, input: UploadPartCopyRequest): Promise<UploadPartCopyOutput> {
  const partNumber = checkPartNumber(input.PartNumber);
  const { bucket, upload } = authorizeUpload(context, input, "s3:PutObject");
  const source = readCopySource(context, input);
  openUpload(context, upload, input);
  const body = copiedRange(source.object.body, input.CopySourceRange);
  await context.step({ operation: "UploadPartCopy", bucket: bucket.name, key: upload.key });
  if (bucket.uploads.get(upload.uploadId) !== upload) throw noSuchUpload(upload.uploadId);
  const algorithm = upload.checksum?.algorithm;
  const kept = algorithm && checksumOf(body, algorithm);
  const part = addPart(context, bucket, upload, partNumber, body, kept);
  return {
    CopyPartResult: {
      ETag: part.etag,
      LastModified: new Date(part.lastModified),
      ...(algorithm ? checksumField(algorithm, kept) : {}),
    },
    CopySourceVersionId: shownSourceVersion(source),
    ...shownEncryption(upload.encryption),
  };
}

function copiedRange(body: Body, text: string | undefined): Body {
  const argument = "x-amz-copy-source-range";
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(text ?? `bytes=0-${Math.max(body.size - 1, 0)}`) ?? [];
  const first = Number(from);
  const last = Number(to);
  if (from === undefined || to === undefined || first > last) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      argument,
      text,
    );
  }
  if (text !== undefined && first >= body.size) {
    throw invalidRequest("The specified copy range is invalid for the source object size");
  }
  if (text !== undefined && last >= body.size) {
    throw invalidArgument(`Range specified is not valid for source object of size: ${body.size}`, argument, text);
  }
  if (last - first >= largestPart) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${largestPart}`,
    );
  }
  return text === undefined ? body : sliced(body, first, last + 1);
}
