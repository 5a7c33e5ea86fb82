import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { EncryptionStatus } from "../../src/reencrypt/inventory/line";

export interface InventoryRow {
  readonly key: string;
  readonly encryption: EncryptionStatus;
  /** @default not said */
  readonly bucketKey?: boolean;
}

export interface InventoryFolder {
  /** What is listed. */
  readonly bucket: string;
  readonly rows: readonly InventoryRow[];
  /** @default yesterday */
  readonly createdAt?: number;
}

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");
const DAY_MS = 86_400_000;

/**
 * An inventory of current objects as CSV, in a file for each ten rows and as `aws s3 sync` brings it.
 *
 * Files that others than its reader have made are in `__tests__/reencrypt/inventory/files`.
 *
 * @returns where its `manifest.json` is
 */
export function writeInventory(folder: string, { bucket, rows, createdAt = Date.now() - DAY_MS }: InventoryFolder) {
  const files: { key: string; size: number; MD5checksum: string }[] = [];
  mkdirSync(join(folder, "data"), { recursive: true });
  mkdirSync(join(folder, "manifest"), { recursive: true });
  for (let first = 0; first === 0 || first < rows.length; first += 10) {
    const lines = rows.slice(first, first + 10).map(({ key, encryption, bucketKey }) => {
      const encoded = encodeURIComponent(key).replaceAll("%2F", "/").replaceAll("%20", "+");
      const status = bucketKey === undefined ? "" : bucketKey ? "ENABLED" : "DISABLED";
      return `"${bucket}","${encoded}","${encryption}","${status}"\n`;
    });
    const content = gzipSync(lines.join(""));
    const name = `data/${files.length}.csv.gz`;
    writeFileSync(join(folder, name), content);
    files.push({ key: `inventories/${bucket}/${name}`, size: content.length, MD5checksum: md5(content) });
  }
  const text = JSON.stringify({
    ...{ sourceBucket: bucket, destinationBucket: "arn:aws:s3:::acme-inventories", version: "2016-11-30" },
    ...{ creationTimestamp: String(createdAt), fileFormat: "CSV" },
    ...{ fileSchema: "Bucket, Key, EncryptionStatus, BucketKeyStatus", files },
  });
  const manifest = join(folder, "manifest", "manifest.json");
  writeFileSync(manifest, text);
  writeFileSync(join(folder, "manifest", "manifest.checksum"), md5(Buffer.from(text)));
  return manifest;
}
