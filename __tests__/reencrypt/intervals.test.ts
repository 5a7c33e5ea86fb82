import fc from "fast-check";
import { compareKeys, covers, gaps, type Interval, merge } from "../../src/reencrypt/intervals";

const key = fc.oneof(
  fc.string({ minLength: 1, maxLength: 3, unit: "binary" }),
  fc.constantFrom("a", "b", "c", "\u{1f40e}", "\uffee"),
);
const edge = fc.option(key, { nil: null });
const interval: fc.Arbitrary<Interval> = fc
  .record({ after: edge, through: edge })
  .filter(({ after, through }) => after === null || through === null || compareKeys(after, through) < 0);

test("keys are ordered by their UTF-8 bytes, beyond the basic plane too", () => {
  fc.assert(
    fc.property(key, key, (left, right) => {
      expect(Math.sign(compareKeys(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }),
  );
  expect(compareKeys("\uffee", "\u{1f40e}")).toBeLessThan(0); // JavaScript has them the other way round
});

test("merging changes no key's lot, and leaves neither overlaps nor neighbours", () => {
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 6 }), fc.array(key), (intervals, probes) => {
      const merged = merge(intervals);
      for (const probe of probes) expect(covers(merged, probe)).toBe(covers(intervals, probe));
      for (const [index, { after }] of merged.entries()) {
        const before = merged[index - 1];
        if (!before) continue;
        expect(before.through !== null && after !== null && compareKeys(before.through, after) < 0).toBe(true);
      }
    }),
  );
});

test("a key is in a gap exactly if it is in no interval", () => {
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 6 }), fc.array(key), (intervals, probes) => {
      const left = gaps(intervals);
      const edges = intervals.flatMap(({ after, through }) => [after, through]).filter((one) => one !== null);
      for (const probe of [...probes, ...edges]) expect(covers(left, probe)).toBe(!covers(intervals, probe));
    }),
  );
});

test("nothing covered leaves one gap, everything covered none", () => {
  expect(gaps([])).toEqual([{ after: null, through: null }]);
  expect(gaps([{ after: null, through: null }])).toEqual([]);
  expect(
    gaps([
      { after: "m", through: null },
      { after: null, through: "m" },
    ]),
  ).toEqual([]);
});
