import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { InvalidArgumentError } from "commander";
import { toldBySdk } from "../../../src/checks/settings";
import {
  type InventoryManifest,
  readInventoryManifest,
  UnreadableInventory,
} from "../../../src/reencrypt/inventory/manifest";
import type { InventoryFiles } from "../../../src/reencrypt/inventory/read";
import { counted, duration } from "../../../src/reencrypt/report/words";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../../src/s3/clients";
import { realClock } from "./clock";
import { Stop } from "./stop";
import type { Work } from "./work";

/** Where an inventory's `manifest.json` is. */
export type InventorySource =
  | { readonly in: "s3"; readonly bucket: string; readonly key: string }
  | { readonly in: "directory"; readonly path: string };

/** @throws InvalidArgumentError */
export function inventorySource(value: string): InventorySource {
  const [, place] = /^inventory=(.*[^/])$/.exec(value) ?? [];
  if (!place?.endsWith("manifest.json")) {
    throw new InvalidArgumentError("It must be inventory=s3://<bucket>/<prefix>/manifest.json, or with a path to one.");
  }
  if (!place.startsWith("s3://")) return { in: "directory", path: place };
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(place) ?? [];
  if (key === "") throw new InvalidArgumentError("It must name a bucket and a key.");
  return { in: "s3", bucket, key };
}

const DAY_MS = 86_400_000;

/** How old an inventory is, from when S3 began to make it: hours and minutes, and days from the third on. */
export function ageInWords({ createdAt }: Pick<InventoryManifest, "createdAt">): string {
  const age = Math.max(0, realClock.now() - createdAt);
  return age < 2 * DAY_MS ? duration(age / 1000) : counted(Math.floor(age / DAY_MS), "day");
}

/** S3 makes one each day or each week: two of those should have come since. */
export const isOld = ({ createdAt }: Pick<InventoryManifest, "createdAt">): boolean =>
  realClock.now() - createdAt > 14 * DAY_MS;

export const sourceInWords = (source: InventorySource): string =>
  source.in === "s3" ? `s3://${source.bucket}/${source.key}` : source.path;

/** By the caller's own permissions: the role of the stack reads no other bucket. */
export const inventoryClient = ({ region, endpointUrl }: Work): S3Client =>
  s3Client({
    ...{ region, endpointUrl, followRegionRedirects: true },
    ...{ concurrency: 4, attempts: ATTEMPTS_OF_SETTINGS },
  });

/** What a person is told where an inventory cannot be read; any other error as it is. */
export const notUsable = (
  source: InventorySource,
  error: unknown,
  remedy = "Take another one of the bucket, or leave --source out.",
): unknown =>
  error instanceof UnreadableInventory
    ? new Stop(`The inventory ${sourceInWords(source)} cannot be used: ${error.message}.`, remedy)
    : error;

export interface OpenInventory {
  readonly manifest: InventoryManifest;
  readonly files: InventoryFiles;
}

/**
 * @param of the bucket that the inventory has to be of
 * @throws UnreadableInventory
 */
export async function openInventory(source: InventorySource, client: S3Client, of: string): Promise<OpenInventory> {
  const files = source.in === "s3" ? filesInS3(client, source.bucket) : filesBeside(source.path);
  const manifest = source.in === "s3" ? source.key : source.path;
  const read = async (name: string): Promise<Buffer> => {
    try {
      const stored = source.in === "s3" ? await files.read(name) : createReadStream(name);
      return await whole(stored);
    } catch (error) {
      throw new UnreadableInventory(`${name} could not be read: ${error instanceof Error ? error.message : error}`);
    }
  };
  // S3 writes it last, so that an inventory without it is not finished.
  const checksum = await read(manifest.replace(/\.json$/, ".checksum"));
  const text = await read(manifest);
  const destination = source.in === "s3" ? source.bucket : undefined;
  return { files, manifest: readInventoryManifest({ text, checksum: checksum.toString(), source: of, destination }) };
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

function filesInS3(client: S3Client, Bucket: string): InventoryFiles {
  const etags = new Map<string, string | undefined>();
  const get = async (Key: string, more: { readonly Range?: string; readonly IfMatch?: string } = {}) => {
    try {
      const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
      return { content: Body as AsyncIterable<Uint8Array>, etag: ETag };
    } catch (error) {
      throw new Error(toldBySdk(error).replace(/\.$/, ""));
    }
  };
  return {
    read: async (key) => {
      const { content, etag } = await get(key);
      etags.set(key, etag);
      return content;
    },
    // What was checked by its MD5, and not what may have taken its place since.
    slice: async (key, start, end) =>
      whole((await get(key, { Range: `bytes=${start}-${end - 1}`, IfMatch: etags.get(key) })).content),
  };
}

/** As `aws s3 sync` brings the folder of an inventory's configuration: manifests in one folder each, all files in `data`. */
function filesBeside(manifest: string): InventoryFiles {
  const pathOf = (key: string): string => {
    const names = key.split("/").slice(-2);
    if (names.includes("..")) throw new Error("it is outside of the inventory");
    return join(dirname(manifest), "..", ...names);
  };
  return {
    read: async (key) => createReadStream(pathOf(key)),
    slice: async (key, start, end) => {
      const file = await open(pathOf(key));
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
}
