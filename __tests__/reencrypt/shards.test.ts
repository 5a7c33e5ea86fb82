import fc from "fast-check";
import { covers, gaps, type Interval } from "../../src/reencrypt/intervals";
import { cutsAt, MOST_SHARDS, rangesFor, rangesOf } from "../../src/reencrypt/shards";

// What UTF-8 and UTF-16 put in another order, beside what keys usually have.
const key = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 6 }),
  fc.constantFrom("a", "a/", "logs/2026-11-27", "\uffff", "🐎", "\ue000", "ü"),
);
const shards = fc.integer({ min: 1, max: 9 });
const all = (cuts: readonly string[], of: number): Interval[][] =>
  Array.from({ length: of }, (_, index) => rangesOf(cuts, { number: index + 1, of }));

test("whatever the sample, each key there can be is in exactly one shard, in UTF-8 byte order", () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), shards, fc.array(key), (sample, of, others) => {
      const cuts = cutsAt(sample, rangesFor(of));
      const bytes = cuts.map((cut) => Buffer.from(cut));
      for (const [index, cut] of bytes.slice(1).entries()) {
        expect(Buffer.compare(bytes[index] ?? Buffer.alloc(0), cut)).toBeLessThan(0);
      }
      const parts = all(cuts, of);
      expect(gaps(parts.flat())).toEqual([]);
      for (const one of [...sample, ...others]) {
        expect(parts.filter((ranges) => covers(ranges, one))).toHaveLength(1);
      }
    }),
    { numRuns: 300 },
  );
});

test("no range has more of the sample than any other, but for one key", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { minLength: 20, maxLength: 200 }),
      fc.integer({ min: 2, max: 20 }),
      (sample, ranges) => {
        const cuts = cutsAt(sample, ranges);
        const counts = all(cuts, cuts.length + 1).map((range) => sample.filter((one) => covers(range, one)).length);
        const inner = counts.slice(1, -1); // a cut belongs to the range below it, so the first has one more and the last one less
        for (const count of inner) {
          expect(count).toBeGreaterThanOrEqual(Math.floor(sample.length / ranges));
          expect(count).toBeLessThanOrEqual(Math.ceil(sample.length / ranges));
        }
        expect(counts[0]).toBeLessThanOrEqual(Math.ceil(sample.length / ranges) + 1);
      },
    ),
    { numRuns: 200 },
  );
});

test("a bucket in which nine tenths of the keys are under one prefix is divided evenly all the same", () => {
  const sample = Array.from({ length: 1024 }, (_, index) => (index % 10 === 0 ? `images/${index}` : `logs/${index}`));
  const parts = all(cutsAt(sample, rangesFor(4)), 4);
  const sizes = parts.map((ranges) => sample.filter((one) => covers(ranges, one)).length);
  for (const size of sizes) expect(Math.abs(size - 256)).toBeLessThan(20);
});

test("there are ranges enough for each shard, and never so many that finding them takes an hour", () => {
  for (const count of [1, 2, 3, 32, MOST_SHARDS]) {
    expect(rangesFor(count)).toBeGreaterThanOrEqual(2 * count);
    expect(rangesFor(count)).toBeLessThanOrEqual(1024);
  }
});
