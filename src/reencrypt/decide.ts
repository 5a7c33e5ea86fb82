import type { EncryptionTarget } from "../fleet/fleet";
import type { Encryption, Lock, ObjectState } from "../s3/object-store";

/** The largest source of one CopyObject, in bytes. Larger ones are copied in parts. */
export const LARGEST_COPY = 5_368_709_120;

/** Which operations may be used. `auto` takes the update wherever S3 has it, and the copy for the rest. */
export type Engine = "auto" | "update" | "copy";

export const refusalReasons = [
  /** Under SSE-C: only whoever has the customer key can read it, and none of those given is its own. */
  "customerKey",
  /** Its bytes need a restore first. */
  "archived",
  /** Object Lock: an update is refused, and a copy would leave the locked version as it is. */
  "locked",
  /** A copy of a noncurrent version would become the current one. */
  "noncurrent",
  /** Only a copy can do it, and only updates were asked for. */
  "needsCopy",
  /** The server has no UpdateObjectEncryption, and copies in its place were not allowed. */
  "updateNotAvailable",
  /** The server says that it has updated objects and has not, and copies in its place were not allowed. */
  "updateWithoutEffect",
  /** Versioning is suspended, and the copy would destroy the key's noncurrent `null` version. */
  "nullVersionWouldBeLost",
  /** The bucket's default retention would lock the copy. */
  "defaultRetention",
  /** A copy would change the object's owner. */
  "foreignOwner",
  /** An ACL without any grant, or with one of `WRITE`, cannot be sent with a copy. */
  "aclCannotBeResent",
  /** Above 5 GiB, with metadata that S3 does not show as it is. */
  "metadataCannotBeResent",
  /** Above 5 GiB, with annotations: those can only be written after the copy, one by one. */
  "annotationsCannotBeResent",
  /** The backup's key would be longer than 1,024 bytes. */
  "keyTooLong",
  /** The fleet asks for a backup before a copy, and no finished manifest has the object's ETag. */
  "notBackedUp",
  /** A restore of its versions would need a delete marker on top, and nobody here may delete. */
  "deletedThen",
] as const;

/** Why an object is left as it is. */
export type RefusalReason = (typeof refusalReasons)[number];

export type Decision =
  | { readonly do: "nothing" }
  | { readonly do: "update" | "copy" | "multipartCopy" }
  | { readonly do: "refuse"; readonly because: RefusalReason };

export interface Circumstances {
  readonly engine: Engine;
  readonly noncurrent: boolean;
  /** Milliseconds since the epoch: a retention that is over does not hold an update back. */
  readonly now: number;
}

/** Whether HeadObject shows exactly what was asked for: algorithm, key ARN and bucket key. */
export function isEncryptedAs(encryption: Encryption, target: EncryptionTarget): boolean {
  switch (target.algorithm) {
    case "AES256":
      return encryption.is === "AES256";
    case "aws:kms":
      return (
        encryption.is === "aws:kms" && encryption.keyArn === target.keyArn && encryption.bucketKey === target.bucketKey
      );
    case "aws:kms:dsse":
      return encryption.is === "aws:kms:dsse" && encryption.keyArn === target.keyArn;
  }
}

const refuse = (because: RefusalReason): Decision => ({ do: "refuse", because });

const holds = (lock: Lock | undefined, now: number): boolean =>
  lock !== undefined && (lock.legalHold || (lock.retention !== undefined && lock.retention.until > now));

/**
 * Which operation brings an object to the target. What already is as the target says needs nothing.
 *
 * | target        | now                   | <= 5 GiB | larger        | archived | locked | noncurrent |
 * |---------------|-----------------------|----------|---------------|----------|--------|------------|
 * | SSE-KMS       | SSE-S3, SSE-KMS       | update   | update        | update   | refuse | update     |
 * | SSE-KMS       | none, DSSE            | copy     | multipartCopy | refuse   | refuse | refuse     |
 * | SSE-S3, DSSE  | anything else         | copy     | multipartCopy | refuse   | refuse | refuse     |
 * | any           | SSE-C, key given      | copy     | multipartCopy | refuse   | refuse | refuse     |
 *
 * Under SSE-C without its key an object cannot be looked at, and so does not come here.
 * With the engine `copy` the first row is as the second; with `update` the second and third are refused.
 * A copy is refused for a retention that is over as well, since the copy would not carry it.
 *
 * Source: Amazon S3 User Guide, "Updating server-side encryption for existing data".
 */
export function decide(object: ObjectState, target: EncryptionTarget, circumstances: Circumstances): Decision {
  const { encryption } = object;
  const { engine, noncurrent, now } = circumstances;
  if (isEncryptedAs(encryption, target)) return { do: "nothing" };

  const updatable = target.algorithm === "aws:kms" && (encryption.is === "AES256" || encryption.is === "aws:kms");
  if (updatable && engine !== "copy") return holds(object.lock, now) ? refuse("locked") : { do: "update" };

  if (object.lock) return refuse("locked");
  if (noncurrent) return refuse("noncurrent");
  if (object.archived) return refuse("archived");
  if (engine === "update") return refuse("needsCopy");
  return { do: object.size <= LARGEST_COPY ? "copy" : "multipartCopy" };
}
