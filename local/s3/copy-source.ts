import { AwsError, type Context } from "../service";
import { authorizeS3, findReadable } from "./access";
import { isArchived } from "./archive";
import { checkSourceConditions } from "./conditions";
import { unseal } from "./encryption";
import { customerKeyOf } from "./encryption-choice";
import { invalidArgument, invalidRequest } from "./errors";
import { requestConditions } from "./request-conditions";
import type { Bucket, StoredObject } from "./state";

/** What CopyObject and UploadPartCopy say of their source. */
export interface CopySourceRequest {
  readonly CopySource: string | undefined;
  readonly CopySourceIfMatch?: string;
  readonly CopySourceIfNoneMatch?: string;
  readonly CopySourceIfModifiedSince?: Date;
  readonly CopySourceIfUnmodifiedSince?: Date;
  readonly CopySourceSSECustomerAlgorithm?: string;
  readonly CopySourceSSECustomerKey?: string;
  readonly CopySourceSSECustomerKeyMD5?: string;
  readonly ExpectedSourceBucketOwner?: string;
}

export interface CopySource {
  readonly bucket: Bucket;
  readonly object: StoredObject;
  readonly versionId?: string;
}

/** `bucket/key?versionId=id`, the bucket and the key percent-encoded, with or without a slash before them. */
function parsed(text: string): { bucket: string; key: string; versionId?: string } {
  const [path = "", query] = text.split(/\?(?=versionId=)/);
  let decoded: string;
  try {
    decoded = decodeURIComponent(path.replaceAll("+", " ")).replace(/^\//, "");
  } catch {
    decoded = "";
  }
  const slash = decoded.indexOf("/");
  if (slash < 1 || slash === decoded.length - 1) {
    throw invalidArgument("Invalid copy source object key", "x-amz-copy-source", "x-amz-copy-source");
  }
  const versionId = new URLSearchParams(query).get("versionId") ?? undefined;
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1), versionId };
}

/**
 * Finds the source, checks permission, conditions and state, and unwraps its data key.
 *
 * @throws AwsError 404, 403, 412 for a condition, 403 ObjectNotInActiveTierError for an archive, 400 for a wrong customer key
 */
export function readCopySource(context: Context, input: CopySourceRequest): CopySource {
  const { bucket: name, key, versionId } = parsed(input.CopySource ?? "");
  const bucket = authorizeS3(context, {
    action: versionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion",
    bucket: name,
    key,
    versionId,
    conditions: () => requestConditions(context, { VersionId: versionId }),
    expectedBucketOwner: input.ExpectedSourceBucketOwner,
    anyRegion: true,
  });
  const object = findSource(context, bucket, key, versionId);
  checkSourceConditions(input, object, context.now);
  if (isArchived(context, object)) {
    const message =
      "The source object of the COPY action is not in the active tier and is only stored in Amazon S3 Glacier.";
    throw new AwsError("ObjectNotInActiveTierError", 403, message);
  }
  const customerKey = customerKeyOf(context, {
    SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
    SSECustomerKey: input.CopySourceSSECustomerKey,
    SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
  });
  unseal(context, object.encryption, customerKey);
  return { bucket, object, versionId };
}

function findSource(context: Context, bucket: Bucket, key: string, versionId: string | undefined): StoredObject {
  try {
    return findReadable(context, bucket, key, versionId, "PUT");
  } catch (error) {
    if (error instanceof AwsError && error.code === "MethodNotAllowed") {
      throw invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.");
    }
    throw error;
  }
}

/** What answers show of the source: not the version `null`. */
export const shownSourceVersion = ({ object }: CopySource): string | undefined =>
  object.versionId === "null" ? undefined : object.versionId;
