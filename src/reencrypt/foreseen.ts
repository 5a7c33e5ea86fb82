import type { EncryptionTarget } from "../fleet/fleet";
import type { Engine } from "./decide";
import type { BucketTraits } from "./plan";

export interface Intention {
  readonly bucket: BucketTraits;
  readonly target: EncryptionTarget;
  readonly engine: Engine;
  readonly versions: "current" | "all";
  readonly customerKeys: number;
}

/** Kinds of objects that will be left as they are, as far as the bucket's settings tell before any object was seen. */
export function foreseen({ bucket, target, engine, versions, customerKeys }: Intention): string[] {
  const updates = target.algorithm === "aws:kms" && engine !== "copy";
  const copied = updates
    ? "objects that an update cannot convert (not encrypted, DSSE-KMS, SSE-C)"
    : "objects that are not right yet";
  const left: string[] = [];
  if (customerKeys === 0) left.push("objects under SSE-C, since no --customer-key-file is given");
  if (engine === "update") left.push("objects that only a copy can convert, since --engine update is asked for");
  if (engine !== "update" && bucket.defaultRetention)
    left.push(`${copied}, since the bucket's default retention would lock a copy`);
  if (bucket.objectLock) left.push("objects under a retention or a legal hold");
  if (engine !== "update" && bucket.aclOwner !== undefined)
    left.push("objects of other owners that would have to be copied");
  if (bucket.versioning === "Suspended" && engine !== "update") {
    left.push("objects that would have to be copied, and have a noncurrent null version: versioning is suspended");
  }
  if (bucket.versioning !== "Disabled") {
    if (versions === "current") left.push("noncurrent versions (--versions all updates those that S3 can update)");
    else
      left.push(
        updates
          ? "noncurrent versions that an update cannot convert"
          : "noncurrent versions: only an update can convert them, and none leads to this target",
      );
  }
  return left;
}
