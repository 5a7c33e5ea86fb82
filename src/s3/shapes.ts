import { encodeKey } from "./lean/uri";
import type { Answer, Grant, ObjectId, Permission, Refused, Tag } from "./object-store";

/** A field that S3 always sends. Without it the answer was cut or is not S3's: an unknown, like any answer that cannot be read. */
export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new Error(`S3's answer has no ${field}`);
  return value;
}

/** `x-amz-copy-source`; the version id follows the encoded key. */
export function copySource(bucket: string, { key, versionId }: ObjectId): string {
  const path = `${bucket}/${encodeKey(key)}`;
  return versionId === undefined ? path : `${path}?versionId=${encodeURIComponent(versionId)}`;
}

/** The value of an `x-amz-grant-*` header. */
export const granteeList = (grants: readonly Grant[], permission: Permission): string | undefined =>
  grants
    .filter((grant) => grant.permission === permission)
    .map(({ grantee }) => `${grantee.is}="${grantee.value}"`)
    .join(", ") || undefined;

/** `x-amz-tagging` is the one place where tags are URL query parameters. */
export const taggingField = (tags: readonly Tag[]): string | undefined =>
  tags.map(({ key, value }) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&") || undefined;

/** Whether a read was refused since the object is under SSE-C: S3 has no code of its own for that. */
export const needsCustomerKey = (read: Answer<unknown>): read is Refused =>
  read.is === "refused" && read.code === "InvalidRequest" && /Server Side Encryption/i.test(read.message);

/** Whether a status says that the server does not have the operation at all. */
export const hasNoSuchOperation = (status: number): boolean => status === 501 || status === 405;

/** Milliseconds since the epoch of a time as S3 writes it in documents, such as `2026-11-06T21:32:00.000Z`. */
export function isoTime(text: string): number | undefined {
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
