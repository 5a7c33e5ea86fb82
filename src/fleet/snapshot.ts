import { z } from "zod";
import { algorithms } from "./fleet";
import type { PolicyDocument } from "./policy";

// A record keeps the author's order of fields, which an object schema would not.
const policyDocument = z
  .record(z.string(), z.json())
  .refine((policy) => "Statement" in policy, "is no policy: it has no Statement");

const schema = z.strictObject({
  version: z.literal(1),
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  bucket: z.string().min(1),
  policy: policyDocument.nullable(),
  defaultEncryption: z.strictObject({
    algorithm: z.enum(algorithms),
    keyArn: z.string().nullable(),
    bucketKey: z.boolean(),
    blockedEncryptionTypes: z.array(z.string()),
  }),
  versioning: z.enum(["Disabled", "Enabled", "Suspended"]),
  objectOwnership: z.enum(["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]),
  objectLock: z.boolean(),
  publicAccessBlock: z
    .strictObject({
      blockPublicAcls: z.boolean(),
      ignorePublicAcls: z.boolean(),
      blockPublicPolicy: z.boolean(),
      restrictPublicBuckets: z.boolean(),
    })
    .nullable(),
});

/** What was live in a bucket when `at-rest snapshot` looked, without what this project itself put there. */
export interface BucketSnapshot {
  readonly version: 1;
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  /** The bucket policy without our `AtRest...` statements. Null: there is none. */
  readonly policy: PolicyDocument | null;
  readonly defaultEncryption: {
    readonly algorithm: "AES256" | "aws:kms" | "aws:kms:dsse";
    readonly keyArn: string | null;
    readonly bucketKey: boolean;
    /** As GetBucketEncryption gives it: `SSE-C`, `NONE`, or empty where S3 said nothing. */
    readonly blockedEncryptionTypes: readonly string[];
  };
  /** `Disabled`: it has never been enabled, and GetBucketVersioning names no status. */
  readonly versioning: "Disabled" | "Enabled" | "Suspended";
  /** A bucket without ownership controls is `ObjectWriter`. */
  readonly objectOwnership: "BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter";
  /** Whether Object Lock is on for the bucket. */
  readonly objectLock: boolean;
  readonly publicAccessBlock: {
    readonly blockPublicAcls: boolean;
    readonly ignorePublicAcls: boolean;
    readonly blockPublicPolicy: boolean;
    readonly restrictPublicBuckets: boolean;
  } | null;
}

/** Parses a snapshot file's JSON; issues carry the path inside it. */
export const bucketSnapshot: z.ZodType<BucketSnapshot> = schema;

/**
 * The text of a snapshot file: two equal buckets give the same bytes.
 *
 * Our fields come in a fixed order; the policy keeps its author's, because a reviewer compares it with the original.
 */
export function formatSnapshot(snapshot: BucketSnapshot): string {
  const { defaultEncryption, publicAccessBlock } = snapshot;
  const ordered: BucketSnapshot = {
    version: 1,
    account: snapshot.account,
    region: snapshot.region,
    bucket: snapshot.bucket,
    policy: snapshot.policy,
    defaultEncryption: {
      algorithm: defaultEncryption.algorithm,
      keyArn: defaultEncryption.keyArn,
      bucketKey: defaultEncryption.bucketKey,
      blockedEncryptionTypes: [...defaultEncryption.blockedEncryptionTypes].sort(),
    },
    versioning: snapshot.versioning,
    objectOwnership: snapshot.objectOwnership,
    objectLock: snapshot.objectLock,
    publicAccessBlock: publicAccessBlock && {
      blockPublicAcls: publicAccessBlock.blockPublicAcls,
      ignorePublicAcls: publicAccessBlock.ignorePublicAcls,
      blockPublicPolicy: publicAccessBlock.blockPublicPolicy,
      restrictPublicBuckets: publicAccessBlock.restrictPublicBuckets,
    },
  };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}
