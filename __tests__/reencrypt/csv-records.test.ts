import fc from "fast-check";
import { type CsvRecord, csvRecords, UnreadableCsv } from "../../src/reencrypt/csv-records";

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(text: string | Uint8Array, sizes: readonly number[] = [1_000_000]): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const record of csvRecords(inChunks(Buffer.from(text), sizes))) records.push(record);
  return records;
}

/** As RFC 4180 has it: every field in quotation marks, or only those that need them. */
const written = (records: readonly (readonly string[])[], end: string, always: boolean): string =>
  records
    .map((fields) =>
      fields.map((text) => (always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(","),
    )
    .map((line) => line + end)
    .join("");

test("whatever fields hold and however the bytes come, they are read as they were written, with their lines", async () => {
  const fields = fc.array(fc.string({ unit: "binary", maxLength: 6 }), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fields),
      fc.constantFrom("\n", "\r\n"),
      fc.boolean(),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      async (records, end, always, sizes) => {
        const found = await read(written(records, end, always), sizes);
        expect(found.map((record) => record.fields)).toEqual(records);
        let line = 1;
        for (const [index, record] of found.entries()) {
          expect(record.line).toBe(line);
          line += written([records[index] ?? []], end, always).split("\n").length - 1;
        }
      },
    ),
  );
});

test("the last line needs no end", async () => {
  expect((await read('a,b\nc,"d"')).map(({ fields }) => fields)).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
});

test.each([
  ["a text that was cut inside quotation marks", 'a,b\nc,"d', "line 2: the text ends inside quotation marks"],
  ["a quotation mark inside a field", 'a,b\nc,d"e\n', "line 2: a quotation mark stands inside a field"],
  ["something behind the closing quotation mark", 'a,b\n"c"d,e\n', "line 2: a quotation mark stands inside a field"],
  ["bytes that are no UTF-8", Uint8Array.of(97, 44, 0xff, 10), "after line 1: this is no UTF-8"],
])("%s is an error with its line", async (_name, text, message) => {
  await expect(read(text)).rejects.toThrow(new UnreadableCsv(message));
});

test("a record that never ends is refused before all of it is in memory", async () => {
  let taken = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a,b\n"');
    for (; taken < 1000; taken++) yield Buffer.alloc(1024, "x");
  }
  const reading = (async () => {
    for await (const { fields } of csvRecords(endless())) expect(fields).toEqual(["a", "b"]);
  })();
  await expect(reading).rejects.toThrow("line 2: a record of more than 65536 characters");
  expect(taken).toBeLessThan(100);
});
