import type {
  AbortMultipartUploadOutput,
  AbortMultipartUploadRequest,
  CreateMultipartUploadOutput,
  CreateMultipartUploadRequest,
} from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { type Addressed, authorizeInput } from "./access";
import { authorizeWrite, contentHeaders, storageClassOf, userMetadata, writerOf } from "./attributes";
import { isCrc } from "./crc";
import { seal, shownEncryption } from "./encryption";
import { chooseEncryption } from "./encryption-choice";
import { invalidRequest, noSuchUpload, preconditionFailed } from "./errors";
import { ownershipOf } from "./grants";
import { checksumAlgorithm } from "./object-checksums";
import { lockOf } from "./object-lock";
import { creationConditions, requestConditions } from "./request-conditions";
import { type Bucket, nextSequence, type Upload } from "./state";
import { tagsFromHeader } from "./tagging";
import { findBucket, opaqueId, wholeSeconds } from "./versions";

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

export interface UploadRequest extends Addressed {
  readonly UploadId: string | undefined;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
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
  const bucket = authorizeInput(context, action, input, () => ({
    ...known?.conditions,
    ...(action === "s3:PutObject" ? creationConditions(input, completes) : {}),
  }));
  if (!known) throw noSuchUpload(input.UploadId ?? "");
  return { bucket, upload: known };
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
