import type { Tag } from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { bodyOf, patterned } from "./bodies";
import { etagOf, seal } from "./encryption";
import type { EncryptionChoice } from "./encryption-choice";
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
