import type { Algorithm, FleetBucket, Target } from "../../src/fleet/fleet";
import { bucketArn } from "../../src/fleet/names";
import type { PolicyDocument } from "../../src/fleet/policy";
import type { BucketSnapshot } from "../../src/fleet/snapshot";
import { enforcementStatements } from "./enforcement";
import { mergePolicy } from "./merge";
import { targetKeyArn } from "./reencryption";

/** The default encryption that a bucket shall have: one rule of PutBucketEncryption. */
export interface DefaultEncryption {
  readonly algorithm: Algorithm;
  /** Undefined with AES256. A placeholder where the key is the stack's own. */
  readonly keyArn?: string;
  readonly bucketKey: boolean;
  readonly blockedEncryptionTypes: readonly string[];
}

// S3 makes buckets so since April 2026: User Guide, "Blocking or unblocking SSE-C for a general purpose bucket".
const blockedInNewBuckets = ["SSE-C"];

/**
 * What to set, or to tell whoever else sets it.
 *
 * Blocked types are always said: S3 keeps them when they are left out, but provider 6.25.0 then clears them
 * (hashicorp/terraform-provider-aws#47320). They stay what they are unless the fleet asks for SSE-C to be blocked.
 */
export function defaultEncryption(target: Target, bucket: FleetBucket, snapshot?: BucketSnapshot): DefaultEncryption {
  const live = snapshot ? snapshot.defaultEncryption.blockedEncryptionTypes : blockedInNewBuckets;
  const unchanged = live.length > 0 ? live : ["NONE"];
  return {
    algorithm: bucket.encryption,
    ...(bucket.encryption === "AES256" ? {} : { keyArn: targetKeyArn(target, bucket) }),
    bucketKey: bucket.bucketKey,
    blockedEncryptionTypes: bucket.blockSseC ? ["SSE-C"] : unchanged,
  };
}

/** The policy that a bucket shall have, with a placeholder where the key is the stack's own. Null: none. */
export function bucketPolicy(target: Target, bucket: FleetBucket, snapshot?: BucketSnapshot): PolicyDocument | null {
  const arn = bucketArn(target.account.partition, bucket.name);
  const statements = enforcementStatements(bucket, arn, targetKeyArn(target, bucket));
  return mergePolicy(snapshot?.policy ?? null, statements);
}
