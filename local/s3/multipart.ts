import type {
  AbortMultipartUploadOutput,
  AbortMultipartUploadRequest,
  CreateMultipartUploadOutput,
  CreateMultipartUploadRequest,
  UploadPartCopyOutput,
  UploadPartCopyRequest,
  UploadPartOutput,
  UploadPartRequest,
} from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { authorizeS3 } from "./access";
import { authorizeWrite, contentHeaders, storageClassOf, userMetadata, writerOf } from "./attributes";
import { type Body, bodyOf, sliced } from "./bodies";
import { readCopySource, shownSourceVersion } from "./copy-source";
import { isCrc } from "./crc";
import { etagOf, seal, shownEncryption, unseal } from "./encryption";
import { type CustomerKeyHeaders, chooseEncryption, customerKeyOf } from "./encryption-choice";
import { invalidArgument, invalidRequest, noSuchUpload, preconditionFailed } from "./errors";
import { ownershipOf } from "./grants";
import { type ChecksumFields, checksumAlgorithm, checksumField, checksumOf, sentChecksum } from "./object-checksums";
import { lockOf } from "./object-lock";
import type { WithBytes } from "./put";
import { creationConditions, requestConditions } from "./request-conditions";
import { type Bucket, nextSequence, type Upload, type UploadedPart } from "./state";
import { tagsFromHeader } from "./tagging";
import { findBucket, opaqueId, wholeSeconds } from "./versions";

/** Also the largest source that can be copied in one go. */
const largestPart = 5_368_709_120;

/** The checksum that an upload asks for. User Guide, "Checking object integrity", table of full object and composite types. */
function uploadChecksumOf(input: CreateMultipartUploadRequest): Upload["checksum"] {
  const algorithm = checksumAlgorithm(input.ChecksumAlgorithm);
  const asked = input.ChecksumType;
  if (algorithm === undefined) {
    if (asked === undefined) return undefined;
    throw invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  }
  const possible = algorithm === "CRC64NVME" ? "FULL_OBJECT" : isCrc(algorithm) ? undefined : "COMPOSITE";
  if (asked !== undefined && possible !== undefined && asked !== possible) {
    throw invalidRequest(
      `The ${asked} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type: asked ?? possible ?? "COMPOSITE" };
}

/** CreateMultipartUpload fixes all but the bytes, the encryption with its data key included. */
export function createMultipartUpload(
  context: Context,
  input: CreateMultipartUploadRequest,
): CreateMultipartUploadOutput {
  const bucket = authorizeWrite(context, input, false);
  const key = input.Key ?? "";
  const checksum = uploadChecksumOf(input);
  const { owner, grants } = ownershipOf(bucket, writerOf(context, bucket), input);
  const sequence = nextSequence(context.state.s3);
  const upload: Upload = {
    key,
    uploadId: opaqueId(bucket, `upload/${sequence}`) + opaqueId(bucket, `upload/${key}/${sequence}`),
    initiated: wholeSeconds(context.now),
    initiator: { account: writerOf(context, bucket), arn: "arn" in context.caller ? context.caller.arn : "anonymous" },
    owner,
    sequence,
    overtaken: false,
    conditions: encryptionConditions(context, input),
    headers: contentHeaders(context, input),
    metadata: userMetadata(input),
    storageClass: storageClassOf(input.StorageClass),
    websiteRedirectLocation: input.WebsiteRedirectLocation,
    tags: tagsFromHeader(input.Tagging),
    grants,
    ...lockOf(context, bucket, input),
    encryption: seal(context, bucket, key, chooseEncryption(context, bucket, input)),
    checksum,
    parts: new Map(),
  };
  bucket.uploads.set(upload.uploadId, upload);
  return {
    Bucket: bucket.name,
    Key: key,
    UploadId: upload.uploadId,
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
    ...shownEncryption(upload.encryption),
  };
}

const encryptionConditions = (context: Context, input: CreateMultipartUploadRequest): Upload["conditions"] =>
  requestConditions(context, {
    ServerSideEncryption: input.ServerSideEncryption,
    SSEKMSKeyId: input.SSEKMSKeyId,
    SSECustomerAlgorithm: input.SSECustomerAlgorithm,
  });

export interface UploadRequest {
  readonly Bucket: string | undefined;
  readonly Key: string | undefined;
  readonly UploadId: string | undefined;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
  readonly ExpectedBucketOwner?: string;
}

/**
 * Finds the upload and makes sure that the caller may do this to it. To policies that look at encryption its parts look
 * as the request that began it did, since they cannot carry these headers themselves.
 *
 * @throws AwsError 404 NoSuchUpload, also where the key is another one
 */
export function authorizeUpload(
  context: Context,
  input: UploadRequest,
  action: string,
  completes = false,
): { readonly bucket: Bucket; readonly upload: Upload } {
  const key = input.Key ?? "";
  const upload = findBucket(context, input.Bucket).uploads.get(input.UploadId ?? "");
  const known = upload?.key === key ? upload : undefined;
  const bucket = authorizeS3(context, {
    action,
    bucket: input.Bucket,
    key,
    conditions: {
      ...requestConditions(context, input),
      ...known?.conditions,
      ...(action === "s3:PutObject" ? creationConditions(input, completes) : {}),
    },
    expectedBucketOwner: input.ExpectedBucketOwner,
  });
  if (!known) throw noSuchUpload(input.UploadId ?? "");
  return { bucket, upload: known };
}

function checkPartNumber(partNumber: number | undefined): number {
  if (partNumber !== undefined && Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= 10_000) {
    return partNumber;
  }
  const message = "Part number must be an integer between 1 and 10000, inclusive";
  throw invalidArgument(message, "partNumber", String(partNumber));
}

/** A part is encrypted under the upload's data key, so that has to be unwrapped: `kms:Decrypt`, or the same customer key. */
function openUpload(context: Context, upload: Upload, headers: CustomerKeyHeaders): void {
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

export function abortMultipartUpload(context: Context, input: AbortMultipartUploadRequest): AbortMultipartUploadOutput {
  const { bucket, upload } = authorizeUpload(context, input, "s3:AbortMultipartUpload");
  const initiated = input.IfMatchInitiatedTime;
  if (initiated && initiated.getTime() !== upload.initiated) {
    throw preconditionFailed("x-amz-if-match-initiated-time");
  }
  bucket.uploads.delete(upload.uploadId);
  return {};
}
