import { TextDecoder } from "node:util";
import { type AsyncBuffer, parquetScan } from "hyparquet";
import { type InventoryLine, inventoryLine, knownColumns } from "./line";

const asItIs = (key: string): string => key;

/** Whatever text there is, also one that begins with a byte order mark. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const parsers = {
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && utf8.decode(bytes),
  timestampFromMilliseconds: Number,
};

/**
 * The lines of a Parquet file, one row group after the other. Keys are as they are in those.
 *
 * @throws Error saying what is wrong, and in which row
 */
export async function* parquetLines(
  file: AsyncBuffer,
  columns: readonly string[],
  bucket: string,
): AsyncGenerator<InventoryLine> {
  const names = columns.filter((name) => knownColumns.has(name));
  const scan = await parquetScan({ file, columns: names, parsers });
  for (const { rowStart, rowEnd } of scan.ranges) {
    const group = new Map(
      await Promise.all(
        names.map(async (column) => [column, await scan.readColumn({ column, rowStart, rowEnd })] as const),
      ),
    );
    for (let row = rowStart; row < rowEnd; row++) {
      const read = (name: string): unknown => group.get(name)?.[row - rowStart];
      yield inventoryLine(read, bucket, asItIs, () => `row ${row + 1}`);
    }
  }
}
