import { createHash } from "node:crypto";
import type { Context } from "../service";
import { invalidArgument, markerNotAllowed, noSuchBucket, noSuchKey, noSuchVersion } from "./errors";
import { type Bucket, type KeyVersions, nextSequence, type StoredObject, type Version } from "./state";

export function findBucket(context: Context, name: string | undefined): Bucket {
  const bucket = context.state.s3.buckets.get(name ?? "");
  if (bucket?.partition !== context.partition) throw noSuchBucket(name ?? "");
  return bucket;
}

export const currentVersion = (bucket: Bucket, key: string): Version | undefined => bucket.keys.get(key)?.[0];

export function currentObject(bucket: Bucket, key: string): StoredObject | undefined {
  const current = currentVersion(bucket, key);
  return current?.is === "object" ? current : undefined;
}

/** The version named, or the current one. A delete marker only where it exists under that name. */
export function findVersion(bucket: Bucket, key: string, versionId: string | undefined): Version | undefined {
  if (versionId === undefined) return currentVersion(bucket, key);
  return bucket.keys.get(key)?.find((version) => version.versionId === versionId);
}

/** An id that S3 can never have given, or that names a version in a bucket that never had any, is refused as such. */
export function checkVersionId(bucket: Bucket, versionId: string | undefined): void {
  if (versionId === undefined || versionId === "null") return;
  if (bucket.settings.versioning === undefined || !/^[A-Za-z0-9._]{32}$/.test(versionId)) {
    throw invalidArgument("Invalid version id specified", "versionId", versionId);
  }
}

/** What answers show: nothing where versioning was never enabled, else the id, which can be `null`. */
export const shownVersionId = (bucket: Bucket, version: Version): string | undefined =>
  bucket.settings.versioning === undefined ? undefined : version.versionId;

const markerHeaders = (version: Version): Record<string, string> => ({
  "x-amz-delete-marker": "true",
  "x-amz-version-id": version.versionId,
});

/**
 * The object that a request names.
 *
 * | there is      | without version id | with version id      |
 * |---------------|--------------------|----------------------|
 * | nothing       | 404 NoSuchKey      | 404 NoSuchVersion    |
 * | delete marker | 404 NoSuchKey      | 405 MethodNotAllowed |
 */
export function findObject(bucket: Bucket, key: string, versionId: string | undefined, method: string): StoredObject {
  checkVersionId(bucket, versionId);
  const version = findVersion(bucket, key, versionId);
  if (version?.is === "object") return version;
  if (versionId === undefined) throw noSuchKey(key, version && markerHeaders(version));
  if (!version) throw noSuchVersion(key, versionId);
  throw markerNotAllowed(method, {
    ...markerHeaders(version),
    "last-modified": new Date(version.lastModified).toUTCString(),
  });
}

/** As `findObject`; but a current delete marker is MethodNotAllowed, as it is for tags, ACL and lock. */
export function findObjectForAttributes(
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  method: string,
): StoredObject {
  const current = currentVersion(bucket, key);
  if (versionId === undefined && current?.is === "deleteMarker") throw markerNotAllowed(method, markerHeaders(current));
  return findObject(bucket, key, versionId, method);
}

export interface NewVersion {
  readonly versionId: string;
  readonly sequence: number;
  readonly lastModified: number;
}

/** Seconds are all that S3 keeps of a time. */
export const wholeSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000) * 1000;

/** @param order the sequence at which the write began, where that is not now */
export function newVersion(context: Context, bucket: Bucket, order?: number): NewVersion {
  const sequence = nextSequence(context.state.s3);
  const versionId = bucket.settings.versioning === "Enabled" ? newVersionId(bucket, sequence, order) : "null";
  return { versionId, sequence, lastModified: wholeSeconds(context.now) };
}

const orderDigits = 10;

const newVersionId = (bucket: Bucket, sequence: number, order = sequence): string =>
  opaqueId(bucket, `version/${sequence}`).slice(orderDigits) + order.toString(36).padStart(orderDigits, "0");

/** Where a version stands among its key's, known from its id even when it is gone: a listing goes on behind it. */
export const orderOfId = (versionId: string): number => Number.parseInt(versionId.slice(-orderDigits), 36);

/** 32 characters of which a client can make nothing; the same for the same history. */
export const opaqueId = (bucket: Bucket, of: string): string =>
  createHash("sha256")
    .update(`${bucket.name}/${bucket.createdAt}/${of}`)
    .digest("base64")
    .slice(0, 32)
    .replaceAll("+", ".")
    .replaceAll("/", "_");

export const orderOf = (version: Version): number =>
  version.is === "object" ? (version.initiatedSequence ?? version.sequence) : version.sequence;

/**
 * Adds a version, in place of the `null` version if it is one. With versioning enabled the current version is the one
 * whose write began last, so an upload that was begun before another write ends up behind it.
 *
 * Source: User Guide, "Uploading and copying objects using multipart upload in Amazon S3".
 */
export function addVersion(bucket: Bucket, version: Version): void {
  const kept = (bucket.keys.get(version.key) ?? []).filter(
    (other) => version.versionId !== "null" || other.versionId !== "null",
  );
  const newer = version.versionId === "null" ? [] : kept.filter((other) => orderOf(other) > orderOf(version));
  setVersions(bucket, version.key, [...newer, version, ...kept.slice(newer.length)]);
  overtakeUploads(bucket, version.key);
}

export function removeVersion(bucket: Bucket, version: Version): void {
  setVersions(
    bucket,
    version.key,
    (bucket.keys.get(version.key) ?? []).filter((other) => other.sequence !== version.sequence),
  );
  overtakeUploads(bucket, version.key);
}

/** What S3 changes of a version in place. */
export type Changes = Partial<
  Pick<StoredObject, "encryption" | "tags" | "grants" | "retention" | "legalHold" | "restoredUntil">
>;

export function changeObject(bucket: Bucket, object: StoredObject, changes: Changes): void {
  Object.assign(object, changes);
  const versions: readonly Version[] = bucket.keys.get(object.key) ?? [];
  if (versions.includes(object)) return;
  // A generated object is made anew at each look.
  setVersions(
    bucket,
    object.key,
    versions.map((other) => (other.sequence === object.sequence ? object : other)),
  );
}

function setVersions(bucket: Bucket, key: string, versions: readonly Version[]): void {
  const [first, ...rest] = versions;
  if (first) bucket.keys.set(key, [first, ...rest] satisfies KeyVersions);
  else bucket.keys.delete(key);
}

function overtakeUploads(bucket: Bucket, key: string): void {
  for (const upload of bucket.uploads.values()) if (upload.key === key) upload.overtaken = true;
}
