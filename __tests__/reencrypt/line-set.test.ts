import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { LineSorter } from "../../src/reencrypt/line-set";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "line-set-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function setOf(lines: readonly string[], chunkLines?: number) {
  const sorter = new LineSorter(directory, chunkLines);
  for (const line of lines) await sorter.add(line);
  return sorter.finish();
}

const ascii = fc.string({ unit: fc.constantFrom(..."ab,%-/09~ "), minLength: 1, maxLength: 6 });

test("a set has the lines that were added, and no other, however they were cut into chunks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(ascii), fc.array(ascii), fc.integer({ min: 1, max: 9 }), async (lines, others, size) => {
      const set = await setOf(lines, size);
      const expected = new Set(lines);
      for (const line of [...lines, ...others]) expect(await set.has(line)).toBe(expected.has(line));
      await set.close();
    }),
  );
});

test("lines of many blocks and of chunks longer than one read are all there, and the directory shows no file", async () => {
  // 7 is prime to their number, so that each chunk has lines from everywhere.
  const count = 60_000;
  const lines = Array.from({ length: count }, (_, index) => `${(index * 7) % count}`.padStart(20, "k"));
  const set = await setOf(lines, 25_000);
  for (let index = 0; index < count; index += 97) expect(await set.has(lines[index] ?? "")).toBe(true);
  expect(await set.has("")).toBe(false);
  expect(await set.has("kkkkkkkkkkkkkkk60000")).toBe(false);
  expect(await set.has("~")).toBe(false);
  expect(readdirSync(directory)).toEqual([]);
  await set.close();
});
