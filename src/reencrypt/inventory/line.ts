import { lockOf } from "../../s3/head-rules";
import type { Lock } from "../../s3/object-store";
import { isoTime } from "../../s3/shapes";

export const encryptionStatuses = ["NOT-SSE", "SSE-S3", "SSE-KMS", "DSSE-KMS", "SSE-C"] as const;
export type EncryptionStatus = (typeof encryptionStatuses)[number];

/** What an inventory says of one object. What it has no column for, or leaves empty, is not there. */
export interface InventoryLine {
  readonly key: string;
  readonly versionId?: string;
  /** True also in inventories of current versions only, which do not say so. */
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
  /** Bytes. */
  readonly size?: number;
  /** Milliseconds since the epoch. */
  readonly lastModified?: number;
  readonly storageClass?: string;
  /** Of Intelligent-Tiering. */
  readonly accessTier?: string;
  readonly encryption?: EncryptionStatus;
  readonly bucketKey?: boolean;
  readonly lock?: Lock;
}

/** What a file has in a column: text in CSV, typed in Parquet. */
export type ReadColumn = (name: string) => unknown;

/**
 * The columns that are read here, of those that an inventory may have.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html, "Amazon S3 Inventory list"
 */
export const knownColumns: ReadonlySet<string> = new Set([
  ...["bucket", "key", "version_id", "is_latest", "is_delete_marker", "size", "last_modified_date", "storage_class"],
  ...["encryption_status", "bucket_key_status", "intelligent_tiering_access_tier"],
  ...["object_lock_retain_until_date", "object_lock_mode", "object_lock_legal_hold_status"],
]);

/**
 * @param bucket that it has to be of
 * @param decode how the file writes keys
 * @param where the line, for messages
 * @throws Error saying what is wrong with it
 */
export function inventoryLine(
  read: ReadColumn,
  bucket: string,
  decode: (key: string) => string,
  where: () => string,
): InventoryLine {
  try {
    const of = text(read, "bucket");
    if (of !== bucket) throw new Error(`the bucket is ${of}, not ${bucket}`);
    return lineOf(read, decode(text(read, "key") ?? ""));
  } catch (error) {
    throw new Error(`${where()}: ${error instanceof Error ? error.message : error}`);
  }
}

function lineOf(read: ReadColumn, key: string): InventoryLine {
  if (key === "") throw new Error("the key is empty");
  return {
    key,
    versionId: text(read, "version_id"),
    isLatest: flag(read, "is_latest") ?? true,
    isDeleteMarker: flag(read, "is_delete_marker") ?? false,
    size: whole(read, "size"),
    lastModified: time(read, "last_modified_date"),
    storageClass: text(read, "storage_class"),
    accessTier: text(read, "intelligent_tiering_access_tier"),
    encryption: encryption(read),
    bucketKey: bucketKey(read),
    lock: lockOf(
      text(read, "object_lock_mode"),
      time(read, "object_lock_retain_until_date"),
      text(read, "object_lock_legal_hold_status")?.toUpperCase(),
    ),
  };
}

const wrong = (name: string, value: unknown): Error => new Error(`${name} is ${String(value)}`);

function text(read: ReadColumn, name: string): string | undefined {
  const value = read(name) ?? "";
  if (typeof value !== "string") throw wrong(name, value);
  return value === "" ? undefined : value;
}

function flag(read: ReadColumn, name: string): boolean | undefined {
  const value = read(name) ?? "";
  if (typeof value === "boolean") return value;
  const word = typeof value === "string" ? value.toLowerCase() : undefined;
  if (word === "") return undefined;
  if (word !== "true" && word !== "false") throw wrong(name, value);
  return word === "true";
}

function whole(read: ReadColumn, name: string): number | undefined {
  const value = read(name) ?? "";
  if (value === "") return undefined;
  const number = typeof value === "string" && !/^\d+$/.test(value) ? Number.NaN : Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw wrong(name, value);
  return number;
}

function time(read: ReadColumn, name: string): number | undefined {
  const value = read(name) ?? "";
  if (value === "") return undefined;
  const at = typeof value === "string" ? isoTime(value) : typeof value === "number" ? value : undefined;
  if (at === undefined) throw wrong(name, value);
  return at;
}

function encryption(read: ReadColumn): EncryptionStatus | undefined {
  const value = text(read, "encryption_status");
  if (value === undefined) return undefined;
  const status = encryptionStatuses.find((name) => name === value);
  if (!status) throw wrong("encryption_status", value);
  return status;
}

function bucketKey(read: ReadColumn): boolean | undefined {
  const value = text(read, "bucket_key_status");
  if (value === undefined) return undefined;
  if (value !== "ENABLED" && value !== "DISABLED") throw wrong("bucket_key_status", value);
  return value === "ENABLED";
}
