import { createHash } from "node:crypto";
import type { ObjectId } from "../../s3/object-store";

/** Bytes of UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const LONGEST_KEY = 1024;

/**
 * Where the copy of an object is in the backup bucket.
 *
 * Noncurrent versions have a folder each beside the run's, so that they can meet neither each other nor a current object.
 */
export const backupKey = (bucket: string, run: string, { key, versionId }: ObjectId): string =>
  versionId === undefined ? `${bucket}/${run}/${key}` : `${bucket}/${run}.versions/${versionId}/${key}`;

/** No bucket's name begins with an underscore, so these are in no bucket's way. */
export const aclKey = (bucket: string, run: string, { key, versionId = "" }: ObjectId): string =>
  `_acls/${bucket}/${run}/${createHash("sha256").update(`${versionId}\0${key}`).digest("hex")}.json`;

/** The heads of a bucket's manifests: those of its finished runs. */
export const headsPrefix = (bucket: string): string => `_manifests/${bucket}/`;
export const headKey = (bucket: string, run: string): string => `${headsPrefix(bucket)}${run}.json`;
export const manifestKey = (bucket: string, run: string): string => `${headsPrefix(bucket)}${run}.jsonl.gz`;

/** The bucket and the run that a head's, or a manifest's, key names. */
export function partsOfHeadKey(key: string): { readonly bucket: string; readonly run: string } | undefined {
  const [, bucket, run] = /^_manifests\/([^/]+)\/([^/]+)\.(?:json|jsonl\.gz)$/.exec(key) ?? [];
  return bucket === undefined || run === undefined ? undefined : { bucket, run };
}
