import { createHash } from "node:crypto";
import { csvLines } from "./csv";
import type { InventoryLine } from "./line";
import { type InventoryFile, type InventoryManifest, UnreadableInventory } from "./manifest";
import { parquetLines } from "./parquet";

/** Where the files of an inventory lie. */
export interface InventoryFiles {
  /** Rejects where there is none, or it may not be read. */
  readonly read: (key: string) => Promise<AsyncIterable<Uint8Array>>;
  /** Bytes from `start` up to, and without, `end`, of the file that `read` has read. */
  readonly slice: (key: string, start: number, end: number) => Promise<Uint8Array>;
}

/**
 * Every line of an inventory of this bucket, one at a time, however many there are.
 *
 * A file whose MD5 is wrong is an error at its end at the latest: what came of it before counts for nothing.
 *
 * @throws UnreadableInventory naming the file, and the line or row
 */
export async function* inventoryLines(
  { format, columns, files }: InventoryManifest,
  bucket: string,
  stored: InventoryFiles,
): AsyncGenerator<InventoryLine> {
  for (const file of files) {
    try {
      const content = checked(await stored.read(file.key), file);
      if (format === "CSV") {
        yield* csvLines(content, columns, bucket);
      } else {
        // Columns are read from all over the file, so that it is checked before.
        for await (const _ of content);
        yield* parquetLines(asBuffer(file, stored), columns, bucket);
      }
    } catch (error) {
      throw new UnreadableInventory(`${file.key}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

async function* checked(content: AsyncIterable<Uint8Array>, { size, md5 }: InventoryFile): AsyncGenerator<Uint8Array> {
  const hash = createHash("md5");
  let bytes = 0;
  for await (const chunk of content) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes !== size) throw new Error(`it has ${bytes} bytes, and the manifest says ${size}: it was cut or replaced`);
  if (hash.digest("hex") !== md5) throw new Error("it is not what its MD5 says: it was edited or replaced");
}

const asBuffer = ({ key, size }: InventoryFile, { slice }: InventoryFiles) => ({
  byteLength: size,
  slice: async (start: number, end = size): Promise<ArrayBuffer> => {
    const bytes = await slice(key, start, end);
    if (bytes.length !== end - start) throw new Error(`${bytes.length} bytes came instead of ${end - start}`);
    return new Uint8Array(bytes).buffer;
  },
});
