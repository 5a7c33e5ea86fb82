import type { Tag } from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { bodyOf, patterned } from "./bodies";
import { etagOf, seal } from "./encryption";
import type { EncryptionChoice } from "./encryption-choice";
import { GeneratedKeys } from "./generated-keys";
import { generatedObjects } from "./generated-objects";
import { ownerOnly } from "./grants";
import { fullObjectChecksum } from "./object-checksums";
import type { Bucket, ObjectAttributes, StoredObject, StoredPart } from "./state";
import { addVersion, findBucket, newVersion, wholeSeconds } from "./versions";

export interface SeededObject extends Partial<Omit<ObjectAttributes, "tags">> {
  readonly bucket: string;
  readonly key: string;
  /** @default so many bytes as `size` says, of a repeated pattern */
  readonly body?: Uint8Array | string;
  /** Bytes of a repeated pattern: any number costs the same. @default 0 */
  readonly size?: number;
  /** @default unencrypted, as S3 stored what came without a header before 2023-01-05 */
  readonly encryption?: "none" | "AES256" | EncryptionChoice;
  /** @default binary/octet-stream */
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. @default now */
  readonly lastModified?: number;
  /** The account that wrote it, where ACLs are on. @default the bucket's */
  readonly owner?: string;
  /** Sizes of the parts of a multipart upload. @default no parts */
  readonly partSizes?: readonly number[];
  /** Objects from before 2024-12 that nobody sent a checksum with have none. @default CRC64NVME */
  readonly checksum?: false;
}

const asTags = (tags: SeededObject["tags"]): Tag[] =>
  Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));

/** Wraps data keys as the bucket's owner, who may use what keys the account has. */
const asOwner = (context: Context, bucket: Bucket): Context => {
  const arn = `arn:${bucket.partition}:iam::${bucket.account}:root`;
  const caller = { is: "root", account: bucket.account, arn, userId: bucket.account } as const;
  return { ...context, caller, region: bucket.region, secure: true };
};

/**
 * Puts an object in a bucket that the API could no longer make, or not now: unencrypted, of the past, of another
 * account, in an archive, without a checksum, or of 6 GiB.
 */
export function seedObject(context: Context, seed: SeededObject): StoredObject {
  const bucket = findBucket(context, seed.bucket);
  const body =
    seed.body === undefined
      ? patterned(seed.size ?? 0)
      : bodyOf(typeof seed.body === "string" ? Buffer.from(seed.body) : seed.body);
  const { encryption: asked = "none" } = seed;
  const choice = typeof asked === "string" ? { is: asked } : asked;
  const encryption = seal(asOwner(context, bucket), bucket, seed.key, choice);
  const version = newVersion(context, bucket);
  const owner = bucket.settings.ownership === "BucketOwnerEnforced" ? bucket.account : (seed.owner ?? bucket.account);
  const parts = seed.partSizes?.map((size, index): StoredPart => ({ partNumber: index + 1, size }));
  const etag = etagOf(bucket, encryption, body, `${version.sequence}`);
  const object: StoredObject = {
    is: "object",
    ...version,
    lastModified: wholeSeconds(seed.lastModified ?? context.now),
    key: seed.key,
    owner,
    body,
    encryption,
    etag: parts ? etag.replace(/"$/, `-${parts.length}"`) : etag,
    parts,
    checksum: seed.checksum === false ? undefined : fullObjectChecksum(body, "CRC64NVME"),
    headers: { ContentType: seed.contentType ?? "binary/octet-stream", ...seed.headers },
    metadata: seed.metadata ?? {},
    storageClass: seed.storageClass ?? "STANDARD",
    websiteRedirectLocation: seed.websiteRedirectLocation,
    tags: asTags(seed.tags),
    grants: seed.grants ?? ownerOnly(owner),
    retention: seed.retention,
    legalHold: seed.legalHold,
  };
  addVersion(bucket, object);
  return object;
}

export interface SeededKeys {
  /** Without objects, and with ACLs off. */
  readonly bucket: string;
  /** Up to 100,000,000. */
  readonly count: number;
  /** Another seed gives other keys and bodies. @default 1 */
  readonly seed?: number;
  /** Of every key. @default none */
  readonly prefix?: string;
  /** A key means SSE-KMS under it, with a bucket key. @default unencrypted, as S3 stored what came without a header before 2023-01-05 */
  readonly encryption?: "none" | "AES256" | { readonly keyId: string };
  /** Milliseconds since the epoch. @default now */
  readonly lastModified?: number;
}

/**
 * Fills an empty bucket with objects of a few bytes that are generated when somebody looks, a thousand keys a folder.
 *
 * @throws Error if the bucket has objects or ACLs
 */
export function seedKeys(context: Context, seeded: SeededKeys): void {
  const bucket = findBucket(context, seeded.bucket);
  const { count, seed = 1, prefix = "", encryption: asked = "none", lastModified = context.now } = seeded;
  if (bucket.keys.size > 0) throw new Error(`The bucket ${bucket.name} has objects already.`);
  if (bucket.settings.ownership !== "BucketOwnerEnforced") throw new Error(`The bucket ${bucket.name} has ACLs.`);
  const choice: EncryptionChoice =
    typeof asked === "string" ? { is: asked } : { is: "aws:kms", keyId: asked.keyId, bucketKey: true, context: {} };
  const encryption = seal(asOwner(context, bucket), bucket, "", choice);
  const objects = generatedObjects(bucket, { count, seed, prefix });
  bucket.keys = new GeneratedKeys(objects, encryption, wholeSeconds(lastModified));
}
