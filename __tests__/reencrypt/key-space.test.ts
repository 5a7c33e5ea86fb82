import fc from "fast-check";
import { compareKeys } from "../../src/reencrypt/intervals";
import { noJournal } from "../../src/reencrypt/journal";
import { Alphabet, keyBetween } from "../../src/reencrypt/key-space";
import { type SweepRequest, sweep, type Visit } from "../../src/reencrypt/sweep";
import type { ListRequest, ObjectStore } from "../../src/s3/object-store";
import { onlyAnswering } from "../support/only-answering";

const awkward = fc.constantFrom(
  "/",
  "//",
  "\u0001",
  "\u007f",
  "\uffff",
  "\ufffd",
  "é",
  "🐎",
  "𐀀",
  " ",
  "+",
  "%2F",
  ".",
  "..",
);
const word = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 1, maxLength: 6 });
const longest = (head: string) => word.map((tail) => `${head.repeat(1024).slice(0, 1024 - tail.length)}${tail}`);

/** Key spaces that tools have been seen to stumble over. */
const keySpaces: Readonly<Record<string, fc.Arbitrary<string>>> = {
  flat: word,
  "one prefix": word.map((tail) => `logs/${tail}`),
  deep: fc.array(word, { minLength: 1, maxLength: 12 }).map((parts) => parts.join("/")),
  "numbers with leading zeros": fc.nat(999_999).map((number) => `part-${String(number).padStart(8, "0")}`),
  "the longest keys": longest("k"),
  "a shared prefix of 900 bytes": word.map((tail) => `${"p/".repeat(450)}${tail}`),
  "beyond ASCII": fc.string({ unit: fc.constantFrom(..."äöüßñ漢字ぁ한"), minLength: 1, maxLength: 4 }),
  "astral plane": fc.string({
    unit: fc.constantFrom("🐎", "𐀀", "\u{10ffff}", "\uffee", "z"),
    minLength: 1,
    maxLength: 5,
  }),
  "what XML cannot carry": fc
    .array(fc.oneof(awkward, word), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join("")),
  "anything at all": fc.string({ unit: "binary", minLength: 1, maxLength: 8 }),
};

const point = fc.integer({ min: 0, max: 0x10ffff }).filter((one) => one < 0xd800 || one > 0xdfff);

describe.each(Object.entries(keySpaces))("keys: %s", (_name, key) => {
  test("a cut lies between the two keys it was asked for, and begins with the prefix", () => {
    fc.assert(
      fc.property(key, fc.option(key, { nil: null }), fc.array(point), fc.nat(3), (one, other, points, length) => {
        const prefix = other === null ? Array.from(one).slice(0, length).join("") : "";
        if (other !== null && compareKeys(one, other) === 0) return;
        const [after, before] = other !== null && compareKeys(one, other) > 0 ? [other, one] : [one, other];
        const cut = keyBetween(
          after,
          before,
          prefix,
          [...points].sort((a, b) => a - b),
        );
        if (cut === undefined) return;
        expect(compareKeys(cut, after)).toBeGreaterThan(0);
        if (before !== null) expect(compareKeys(cut, before)).toBeLessThan(0);
        expect(cut.startsWith(prefix)).toBe(true);
      }),
    );
  });

  test("no key is missed and none comes twice, however the ranges are cut, while others appear and vanish", async () => {
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { minLength: 1, maxLength: 150 }),
        fc.uniqueArray(key, { maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 10 }),
        async (names, passing, pageSize, concurrency, delays) => {
          const staying = names.filter((name) => !passing.includes(name));
          const bucket = changingBucket(staying, passing, pageSize, delays);
          const visited = await visits({ store: bucket.store, concurrency });
          cuts += bucket.cuts();
          const seen = visited.filter((name) => !passing.includes(name));
          expect(seen.sort()).toEqual([...staying].sort());
        },
      ),
      { numRuns: 40 },
    );
    expect(cuts).toBeGreaterThan(0);
  });
});

async function visits(request: Pick<SweepRequest, "store" | "concurrency"> & { prefix?: string }): Promise<string[]> {
  const visited: string[] = [];
  const visit: Visit = async ({ key }) => {
    visited.push(key);
    await null;
    return { key, outcome: "alreadyRight" };
  };
  const { signal } = new AbortController();
  const first = { journal: noJournal, sweep: 1, process: 1, covered: [] };
  await sweep({ ...request, ...first, visit, versions: "current", stop: signal });
  return visited;
}

/** Answers come in any order, and between any two of them keys come and go. */
function changingBucket(
  staying: readonly string[],
  passing: readonly string[],
  pageSize: number,
  delays: readonly number[],
) {
  let calls = 0;
  let probes = 0;
  const list = async ({ after, prefix = "", limit }: ListRequest) => {
    const call = calls++;
    if (limit === 1) probes++;
    // Nothing promises that S3 lists from a place that no key can have.
    if (after !== undefined) expect(Buffer.byteLength(after)).toBeLessThanOrEqual(1024);
    for (let wait = delays[call % delays.length] ?? 0; wait > 0; wait--) await new Promise(setImmediate);
    const there = [...staying, ...passing.filter((_, index) => (index + call) % 3 === 0)]
      .filter((name) => name.startsWith(prefix) && (after === undefined || compareKeys(name, after) > 0))
      .sort(compareKeys);
    const objects = there.slice(0, Math.min(limit, pageSize)).map((key) => ({ key, size: 0 }));
    return { is: "done" as const, value: { objects, more: there.length > objects.length } };
  };
  const store = onlyAnswering({ list });
  return { store, cuts: () => probes };
}

test("a bucket is soon listed in as many ranges as there is room for, whatever its keys begin with", async () => {
  const names = Array.from({ length: 4000 }, (_, index) => `2026/11/22/part-${String(index).padStart(9, "0")}`);
  let now = 0;
  let most = 0;
  const { store } = changingBucket(names, [], 20, [1]);
  const list: ObjectStore["list"] = async (request) => {
    most = Math.max(most, ++now);
    const answer = await store.list(request);
    now--;
    return answer;
  };
  const visited = await visits({ store: { ...store, list }, concurrency: 8 });
  expect(visited).toHaveLength(4000);
  expect(most).toBeGreaterThanOrEqual(8);
});

test("ranges are cut within the prefix that was asked for", async () => {
  const names = ["a", ..."0123456789abcdef"].flatMap((one) => [`x/${one}`, `y/${one}`, `y/${one}${one}`, `z${one}`]);
  const { store } = changingBucket(names, [], 2, [0, 1, 2]);
  const asked: (string | undefined)[] = [];
  const list: ObjectStore["list"] = async (request) => {
    asked.push(request.after);
    return store.list(request);
  };
  const visited = await visits({ store: { ...store, list }, concurrency: 4, prefix: "y/" });
  const wanted = [...new Set(names.filter((name) => name.startsWith("y/")))];
  expect([...visited].sort()).toEqual(names.filter((name) => name.startsWith("y/")).sort());
  expect(wanted.length).toBeGreaterThan(20);
  for (const after of asked) if (after !== undefined) expect(after.startsWith("y/")).toBe(true);
});

test("no list begins at what is too long for a key, whichever characters others have", async () => {
  const names = ["a🐎", ...Array.from("abcdef", (last) => `${"k".repeat(1023)}${last}`)];
  const bucket = changingBucket(names, [], 6, [1]);
  const visited = await visits({ store: bucket.store, concurrency: 4 });
  expect(visited.sort()).toEqual(names);
});

test("an alphabet knows each character once, in the order of their code points", () => {
  const alphabet = new Alphabet();
  alphabet.add("b🐎a");
  alphabet.add("a\uffee");
  expect(alphabet.points).toEqual(["a", "b", "\uffee", "🐎"].map((one) => one.codePointAt(0)));
});
