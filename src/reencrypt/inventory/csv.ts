import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { csvRecords } from "../csv-records";
import { decodedKey } from "../url-encoded-key";
import { type InventoryLine, inventoryLine } from "./line";

/**
 * The lines of a gzipped CSV file. Keys are URL-encoded in those.
 *
 * @throws Error saying what is wrong, and on which line
 */
export async function* csvLines(
  stored: AsyncIterable<Uint8Array>,
  columns: readonly string[],
  bucket: string,
): AsyncGenerator<InventoryLine> {
  const positions = new Map(columns.map((name, position) => [name, position]));
  // What fails before comes out of the last stream, too.
  const text = pipeline(stored, createGunzip(), () => {});
  for await (const { fields, line } of csvRecords(text)) {
    if (fields.length !== columns.length)
      throw new Error(`line ${line}: ${fields.length} fields, not ${columns.length}`);
    const read = (name: string): unknown => fields[positions.get(name) ?? -1];
    yield inventoryLine(read, bucket, decodedKey, () => `line ${line}`);
  }
}
