import { createHash } from "node:crypto";
import { z } from "zod";

/** It is not there, was cut or edited, is of another bucket, or is in a form that this program does not read. */
export class UnreadableInventory extends Error {}

export interface InventoryFile {
  readonly key: string;
  /** Bytes, as stored. */
  readonly size: number;
  /** In hexadecimal. */
  readonly md5: string;
}

export interface InventoryManifest {
  readonly format: "CSV" | "Parquet";
  /** Names of the columns in their order, as Parquet has them: `is_latest`, also where CSV says `IsLatest`. */
  readonly columns: readonly string[];
  /** When S3 began to look at the bucket, in milliseconds since the epoch. */
  readonly createdAt: number;
  readonly files: readonly InventoryFile[];
}

const schema = z.object({
  sourceBucket: z.string(),
  destinationBucket: z.string(),
  version: z.string(),
  creationTimestamp: z.string().regex(/^\d{1,15}$/),
  fileFormat: z.string(),
  fileSchema: z.string(),
  files: z.array(
    z.object({ key: z.string().min(1), size: z.int().nonnegative(), MD5checksum: z.string().regex(/^[0-9a-f]{32}$/i) }),
  ),
});

const VERSION = "2016-11-30";

export interface ManifestText {
  /** `manifest.json` */
  readonly text: Uint8Array;
  /** `manifest.checksum`, which S3 writes beside it: the MD5 of the text. */
  readonly checksum: string;
  /** The bucket that the inventory has to be of. */
  readonly source: string;
  /** The bucket that it was read from. @default not known: it is a copy */
  readonly destination?: string;
}

/**
 * Reads what S3 says of an inventory: of which bucket, how old, in which files.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 * @throws UnreadableInventory
 */
export function readInventoryManifest({ text, checksum, source, destination }: ManifestText): InventoryManifest {
  if (createHash("md5").update(text).digest("hex") !== checksum.trim().toLowerCase()) {
    throw new UnreadableInventory("its manifest.json is not what its manifest.checksum says: it was cut or edited");
  }
  const manifest = schema.safeParse(jsonOf(text));
  if (!manifest.success) {
    const [issue] = manifest.error.issues;
    throw new UnreadableInventory(
      `its manifest.json is none of an inventory: ${issue?.path.join(".")}: ${issue?.message}`,
    );
  }
  const { sourceBucket, destinationBucket, version, creationTimestamp, fileFormat, fileSchema, files } = manifest.data;
  if (version !== VERSION) throw new UnreadableInventory(`it is of version ${version}, and ${VERSION} is read here`);
  if (sourceBucket !== source) throw new UnreadableInventory(`it is of s3://${sourceBucket}, not of s3://${source}`);
  if (destination !== undefined && destinationBucket.split(":").at(-1) !== destination) {
    throw new UnreadableInventory(`its files are in ${destinationBucket}, and the manifest in s3://${destination}`);
  }
  const format = formatOf(fileFormat);
  const columns = format === "CSV" ? csvColumns(fileSchema) : parquetColumns(fileSchema);
  const inventory: InventoryManifest = {
    ...{ format, columns, createdAt: Number(creationTimestamp) },
    files: files.map(({ key, size, MD5checksum }) => ({ key, size, md5: MD5checksum.toLowerCase() })),
  };
  requireColumns(inventory, "bucket", "key");
  return inventory;
}

function jsonOf(text: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(text).toString());
  } catch {
    throw new UnreadableInventory("its manifest.json is no JSON");
  }
}

function formatOf(format: string): InventoryManifest["format"] {
  if (format === "CSV" || format === "Parquet") return format;
  throw new UnreadableInventory(
    `it is written as ${format}, and only CSV and Parquet are read here: configure one of those`,
  );
}

const csvColumns = (fileSchema: string): string[] =>
  fileSchema.split(",").map((name) =>
    name
      .trim()
      .replace(/([a-z])(?=[A-Z])/g, "$1_")
      .toLowerCase(),
  );

const parquetColumns = (fileSchema: string): string[] =>
  [...fileSchema.matchAll(/\b(?:required|optional)\s+\w+\s+(\w+)/g)].map(([, name = ""]) => name);

/** @throws UnreadableInventory naming what is to be configured */
export function requireColumns({ columns }: InventoryManifest, ...names: readonly string[]): void {
  const missing = names.filter((name) => !columns.includes(name));
  if (missing.length === 0) return;
  const fields = missing.map((name) => name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  throw new UnreadableInventory(`it has no ${fields.join(" and no ")}: add the optional field to its configuration`);
}
