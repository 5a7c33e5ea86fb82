import { z } from "zod";
import { algorithms } from "./fleet";
import type { Json, PolicyDocument } from "./policy";

// A record keeps the author's order of fields, which an object schema would not.
const policyDocument = z
  .record(z.string(), z.json())
  .refine((policy) => "Statement" in policy, "is no policy: it has no Statement");

const core = {
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
};

const setting = z.record(z.string(), z.json()).nullable();

const schema = z.discriminatedUnion("version", [
  z.strictObject({ version: z.literal(1), ...core }),
  z.strictObject({
    version: z.literal(2),
    ...core,
    defaultRetention: setting,
    lifecycle: setting,
    logging: setting,
    replication: setting,
    notifications: setting,
    website: setting,
    // A list, as S3 shows it: a tag may be called __proto__, which a record would lose.
    tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })),
  }),
]);

/** What Terraform is made from, and what decides about objects. */
interface Core {
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

/** A configuration as S3 shows it, in the names of its API. Null: there is none. */
export type Setting = { readonly [name: string]: Json } | null;

/** What else somebody could change about a bucket. We never do; a check of the snapshot shows who did. */
export interface FurtherSettings {
  /** The `DefaultRetention` of Object Lock. */
  readonly defaultRetention: Setting;
  readonly lifecycle: Setting;
  readonly logging: Setting;
  readonly replication: Setting;
  readonly notifications: Setting;
  readonly website: Setting;
  /** Those that AWS itself puts included. */
  readonly tags: readonly Tag[];
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export type FullSnapshot = Core & FurtherSettings & { readonly version: 2 };

/**
 * What was live in a bucket when `at-rest snapshot` looked, without what this project itself put there.
 *
 * Version 1, of before there were further settings, is still read. It is not written any more.
 */
export type BucketSnapshot = (Core & { readonly version: 1 }) | FullSnapshot;

/** Parses a snapshot file's JSON; issues carry the path inside it. */
export const bucketSnapshot: z.ZodType<BucketSnapshot> = schema;

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Fields in the order of their names. Lists stay as they are. */
function inOrder(value: Json): Json {
  if (isList(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, inOrder(inner)]));
}

const orderedCore = ({ defaultEncryption, publicAccessBlock, ...snapshot }: BucketSnapshot): Core => ({
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
});

const orderedFurther = (snapshot: FullSnapshot): Record<keyof FurtherSettings, Json> => ({
  defaultRetention: inOrder(snapshot.defaultRetention),
  lifecycle: inOrder(snapshot.lifecycle),
  logging: inOrder(snapshot.logging),
  replication: inOrder(snapshot.replication),
  notifications: inOrder(snapshot.notifications),
  website: inOrder(snapshot.website),
  tags: snapshot.tags
    .map(({ Key, Value }) => ({ Key, Value }))
    .sort(({ Key: one }, { Key: other }) => (one < other ? -1 : 1)),
});

/**
 * The text of a snapshot file: two equal buckets give the same bytes.
 *
 * Our fields come in a fixed order; the policy keeps its author's, because a reviewer compares it with the original.
 */
export function formatSnapshot(snapshot: BucketSnapshot): string {
  const { version } = snapshot;
  const ordered = {
    version,
    ...orderedCore(snapshot),
    ...(snapshot.version === 1 ? {} : orderedFurther(snapshot)),
  };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}
