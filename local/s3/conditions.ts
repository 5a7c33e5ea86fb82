import { AwsError, type Context } from "../service";
import { conflict, noSuchKey, notImplemented, preconditionFailed } from "./errors";
import type { Bucket, StoredObject, Version } from "./state";
import { currentObject, currentVersion } from "./versions";

/** A client may leave the quotes out. */
export const sameEtag = (asked: string, etag: string): boolean =>
  asked.replaceAll('"', "") === etag.replaceAll('"', "");

export interface ReadConditions {
  readonly match?: string;
  readonly unmodifiedSince?: Date;
  readonly noneMatch?: string;
  readonly modifiedSince?: Date;
}

type ConditionName = "If-Match" | "If-Unmodified-Since" | "If-None-Match" | "If-Modified-Since";

/**
 * The condition that does not hold, if any. An ETag condition makes its date condition void; a date in the future is
 * no condition for "modified since".
 *
 * Source: API Reference, GetObject and CopyObject, "Conditional requests".
 */
function failedCondition(asked: ReadConditions, object: StoredObject, now: number): ConditionName | undefined {
  const { match, unmodifiedSince, noneMatch, modifiedSince } = asked;
  const matches = (etag: string): boolean => etag === "*" || sameEtag(etag, object.etag);
  if (match !== undefined && !matches(match)) return "If-Match";
  if (match === undefined && unmodifiedSince && object.lastModified > unmodifiedSince.getTime()) {
    return "If-Unmodified-Since";
  }
  if (noneMatch !== undefined && matches(noneMatch)) return "If-None-Match";
  if (noneMatch === undefined && modifiedSince && modifiedSince.getTime() <= now) {
    if (object.lastModified <= modifiedSince.getTime()) return "If-Modified-Since";
  }
  return undefined;
}

/** @throws AwsError 412 PreconditionFailed, or 304 for the two conditions of caches */
export function checkReadConditions(asked: ReadConditions, object: StoredObject, now: number): void {
  const failed = failedCondition(asked, object, now);
  if (failed === undefined) return;
  if (failed === "If-Match" || failed === "If-Unmodified-Since") throw preconditionFailed(failed);
  const headers = { etag: object.etag, "last-modified": new Date(object.lastModified).toUTCString() };
  throw new AwsError("NotModified", 304, "Not Modified", {}, headers);
}

/** The four `x-amz-copy-source-if-*` headers, as CopyObject and UploadPartCopy have them. */
export function checkSourceConditions(
  input: {
    readonly CopySourceIfMatch?: string;
    readonly CopySourceIfNoneMatch?: string;
    readonly CopySourceIfModifiedSince?: Date;
    readonly CopySourceIfUnmodifiedSince?: Date;
  },
  source: StoredObject,
  now: number,
): void {
  const failed = failedCondition(
    {
      match: input.CopySourceIfMatch,
      noneMatch: input.CopySourceIfNoneMatch,
      modifiedSince: input.CopySourceIfModifiedSince,
      unmodifiedSince: input.CopySourceIfUnmodifiedSince,
    },
    source,
    now,
  );
  if (failed !== undefined) throw preconditionFailed(`x-amz-copy-source-${failed}`);
}

export interface WriteConditions {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

/** Which conditions a write may have at all: an ETag, or `If-None-Match: *`, and only one of them. */
export function validateWriteConditions({ IfMatch, IfNoneMatch }: WriteConditions): void {
  const refused = (header: string): AwsError =>
    notImplemented(header, `We don't accept the provided value of ${header} header for this API`);
  if (IfMatch !== undefined && IfNoneMatch !== undefined) {
    throw notImplemented("If-Match,If-None-Match", "Multiple conditional request headers present in the request");
  }
  if (IfMatch === "*") throw refused("If-Match");
  if (IfNoneMatch !== undefined && IfNoneMatch !== "*") throw refused("If-None-Match");
}

/**
 * Whether the write may take place now.
 *
 * | condition        | object there  | missing, or a delete marker is current |
 * |------------------|---------------|----------------------------------------|
 * | `If-None-Match:*`| 412           | goes on                                |
 * | `If-Match: etag` | 412 if differs| 404 NoSuchKey                          |
 *
 * Source: User Guide, "How to prevent object overwrites with conditional writes".
 */
export function checkWriteConditions({ IfMatch, IfNoneMatch }: WriteConditions, bucket: Bucket, key: string): void {
  const current = currentObject(bucket, key);
  if (IfNoneMatch !== undefined && current) throw preconditionFailed("If-None-Match");
  if (IfMatch === undefined) return;
  if (!current) throw noSuchKey(key);
  if (!sameEtag(IfMatch, current.etag)) throw preconditionFailed("If-Match");
}

export const isConditional = ({ IfMatch, IfNoneMatch }: WriteConditions): boolean =>
  IfMatch !== undefined || IfNoneMatch !== undefined;

/**
 * Where the fault plan says that concurrent writes conflict: another write, delete or copy of the key since this one read it.
 *
 * @throws AwsError 409 ConditionalRequestConflict. User Guide, "How to prevent object overwrites with conditional writes"
 */
export function checkNoConflict(
  context: Context,
  asked: WriteConditions,
  bucket: Bucket,
  key: string,
  before: Version | undefined,
): void {
  if (!context.disturbance.conflictOnConcurrentWrite || !isConditional(asked)) return;
  if (currentVersion(bucket, key)?.sequence === before?.sequence) return;
  throw conflict(asked.IfMatch === undefined ? "If-None-Match" : "If-Match", key);
}
