import type {
  DeleteObjectOutput,
  DeleteObjectRequest,
  DeleteObjectsOutput,
  DeleteObjectsRequest,
  ObjectIdentifier,
} from "@aws-sdk/client-s3";
import { AwsError, type Context } from "../service";
import { type Addressed, authorizeInput, reachBucket } from "./access";
import { writerOf } from "./attributes";
import { sameEtag } from "./conditions";
import { invalidArgument, malformedXml, noSuchKey, noSuchVersion, notImplemented, preconditionFailed } from "./errors";
import { bypassesGovernance, checkRemovable, locksObjects } from "./object-lock";
import type { Bucket, DeleteMarker } from "./state";
import { addVersion, checkVersionId, currentObject, findVersion, newVersion, removeVersion } from "./versions";

interface Deletion {
  readonly key: string;
  readonly versionId?: string;
  readonly ifMatch?: string;
  readonly bypass: boolean;
}

/**
 * What a delete does.
 *
 * | versioning    | without version id                                 | with version id       |
 * |---------------|----------------------------------------------------|-----------------------|
 * | never enabled | removes the object                                 | `null`: removes it    |
 * | enabled       | adds a delete marker                               | removes the version   |
 * | suspended     | removes the `null` version, adds a `null` marker   | removes the version   |
 *
 * Source: User Guide, "Deleting object versions from a versioning-enabled bucket".
 */
function deleteOne(context: Context, bucket: Bucket, asked: Deletion): DeleteObjectOutput {
  const { key, versionId } = asked;
  if (asked.ifMatch !== undefined) {
    const current = currentObject(bucket, key);
    if (!current) throw noSuchKey(key);
    if (asked.ifMatch !== "*" && !sameEtag(asked.ifMatch, current.etag)) throw preconditionFailed("If-Match");
  }
  if (versionId !== undefined || bucket.settings.versioning === undefined) {
    const version = findVersion(bucket, key, versionId);
    if (version?.is === "object") checkRemovable(context, version, asked.bypass);
    if (version) removeVersion(bucket, version);
    return { VersionId: versionId, DeleteMarker: version?.is === "deleteMarker" || undefined };
  }
  const marker: DeleteMarker = {
    is: "deleteMarker",
    ...newVersion(context, bucket),
    key,
    owner: writerOf(context, bucket),
  };
  addVersion(bucket, marker);
  return { VersionId: marker.versionId, DeleteMarker: true };
}

/** To compare an ETag, but not to ask whether there is any, needs s3:GetObject: User Guide, "How to perform conditional deletes". */
function authorizeDelete(context: Context, input: Addressed, ifMatch: string | undefined): Bucket {
  const action = input.VersionId === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion";
  const bucket = authorizeInput(context, action, input, () => ({ "s3:if-match": ifMatch }));
  if (ifMatch !== undefined && ifMatch !== "*") authorizeInput(context, "s3:GetObject", input);
  return bucket;
}

function checkBypass(bucket: Bucket, bypass: boolean | undefined): void {
  if (bypass === undefined || locksObjects(bucket)) return;
  throw invalidArgument(
    "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
    "x-amz-bypass-governance-retention",
  );
}

export function deleteObject(context: Context, input: DeleteObjectRequest): DeleteObjectOutput {
  if (input.IfMatchLastModifiedTime !== undefined) throw notImplemented("x-amz-if-match-last-modified-time");
  if (input.IfMatchSize !== undefined) throw notImplemented("x-amz-if-match-size");
  const key = input.Key ?? "";
  const bucket = authorizeDelete(context, input, input.IfMatch);
  checkBypass(bucket, input.BypassGovernanceRetention);
  checkVersionId(bucket, input.VersionId);
  const bypass = bypassesGovernance(context, bucket, key, input);
  return deleteOne(context, bucket, { key, versionId: input.VersionId, ifMatch: input.IfMatch, bypass });
}

/** DeleteObjects: each key on its own, with its own permission and its own error. */
export function deleteObjects(context: Context, input: DeleteObjectsRequest): DeleteObjectsOutput {
  const bucket = reachBucket(context, { bucket: input.Bucket, expectedBucketOwner: input.ExpectedBucketOwner });
  checkBypass(bucket, input.BypassGovernanceRetention);
  const asked = input.Delete?.Objects ?? [];
  if (asked.length === 0 || asked.length > 1000) throw malformedXml();
  const Deleted: NonNullable<DeleteObjectsOutput["Deleted"]> = [];
  const Errors: NonNullable<DeleteObjectsOutput["Errors"]> = [];
  for (const { Key, VersionId, ...identifier } of asked) {
    try {
      const done = deleteListed(context, bucket, input, { Key, VersionId, ...identifier });
      const marker = {
        DeleteMarker: done.DeleteMarker,
        DeleteMarkerVersionId: done.DeleteMarker ? done.VersionId : undefined,
      };
      Deleted.push({ Key, VersionId, ...marker });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Errors.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  return { Deleted: input.Delete?.Quiet ? [] : Deleted, Errors };
}

function deleteListed(
  context: Context,
  bucket: Bucket,
  input: DeleteObjectsRequest,
  { Key: key = "", VersionId: versionId, ETag: ifMatch }: ObjectIdentifier,
): DeleteObjectOutput {
  authorizeDelete(context, { Bucket: bucket.name, Key: key, VersionId: versionId }, ifMatch);
  if (versionId !== undefined && !findVersion(bucket, key, versionId)) throw noSuchVersion(key, versionId);
  const bypass = bypassesGovernance(context, bucket, key, {
    BypassGovernanceRetention: input.BypassGovernanceRetention,
    VersionId: versionId,
  });
  return deleteOne(context, bucket, { key, versionId, ifMatch, bypass });
}
