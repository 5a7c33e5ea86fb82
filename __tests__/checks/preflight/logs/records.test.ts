import fc from "fast-check";
import { jsonRecords, lines, type Piece } from "../../../../src/checks/preflight/logs/records";

/** The bytes in pieces of any length, which may cut characters, escapes and records. */
async function* cut(text: string, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  let at = 0;
  for (let place = 0; at < bytes.length; place += 1) {
    const length = (lengths.length > 0 ? lengths[place % lengths.length] : undefined) ?? bytes.length;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

async function all(pieces: AsyncIterable<Piece>): Promise<(string | null)[]> {
  const found: (string | null)[] = [];
  for await (const { text } of pieces) found.push(text);
  return found;
}

const lengths = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 5 });

test("the records of a file are what JSON.parse would give, wherever its bytes are cut", async () => {
  const record = fc.dictionary(fc.string(), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(
      fc.array(record),
      lengths,
      fc.constantFrom(undefined, 1, "\t"),
      async (records, pieces, indent) => {
        const file = JSON.stringify({ Records: records }, null, indent);
        const found = await all(jsonRecords(cut(file, pieces)));
        expect(found.map((text) => JSON.parse(text ?? "null"))).toEqual(
          records.map((one) => JSON.parse(JSON.stringify(one))),
        );
      },
    ),
  );
});

test("a file that is cut, and one that is none, are errors behind the whole records", async () => {
  const file = JSON.stringify({ Records: [{ a: 1 }, { b: 2 }] });
  const found: (string | null)[] = [];
  const read = async () => {
    for await (const { text } of jsonRecords(cut(file.slice(0, -5), [3]))) found.push(text);
  };
  await expect(read()).rejects.toThrow("it ends within, after 1 whole records");
  expect(found).toEqual(['{"a":1}']);
  await expect(all(jsonRecords(cut("{}", [])))).rejects.toThrow('it is no {"Records":[...]}');
  await expect(all(jsonRecords(cut("plain text\n", [])))).rejects.toThrow('it is no {"Records":[...]}');
  expect(await all(jsonRecords(cut('{"Records":[]}', [])))).toEqual([]);
});

test("the lines of a file, wherever its bytes are cut, with their numbers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" })), lengths, async (texts, pieces) => {
      const written = texts.map((text) => text.replaceAll("\n", ""));
      const found: Piece[] = [];
      for await (const piece of lines(cut(written.join("\n"), pieces))) found.push(piece);
      const expected = written.map((text, index) => ({ text, place: index + 1 })).filter(({ text }) => text !== "");
      expect(found).toEqual(expected);
    }),
  );
});

test("what is too long to be a record is not kept, and the next one is read", async () => {
  const long = "x".repeat(5 * 1024 * 1024);
  expect(await all(lines(cut(`a\n${long}\nb`, [100_000])))).toEqual(["a", null, "b"]);
  const file = JSON.stringify({ Records: [{ long }, { short: 1 }] });
  expect(await all(jsonRecords(cut(file, [100_000])))).toEqual([null, '{"short":1}']);
});
