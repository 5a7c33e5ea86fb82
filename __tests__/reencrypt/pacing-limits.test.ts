import fc from "fast-check";
import { compareKeys } from "../../src/reencrypt/intervals";
import { adapt, isConclusive, type Limit, nextTurn, paceOf } from "../../src/reencrypt/pacing/limit";
import { duringThrottling, partition, type Sample } from "../../src/reencrypt/pacing/partition";

const seen = { milliseconds: 100, answered: 100, throttled: 0, heldBack: true };

test.each([
  { what: "slow start", limit: { rate: 1000 }, seen, rate: 1000 * 2 ** 0.2 },
  { what: "additive increase", limit: { rate: 900, ceiling: 1000 }, seen, rate: 906 },
  { what: "nobody was held back", limit: { rate: 900 }, seen: { ...seen, heldBack: false }, rate: 900 },
  { what: "a few by chance", limit: { rate: 900, ceiling: 1000 }, seen: { ...seen, throttled: 2 }, rate: 906 },
  { what: "a little too fast", limit: { rate: 1000 }, seen: { ...seen, throttled: 10 }, rate: 810 },
  { what: "much too fast", limit: { rate: 1000 }, seen: { ...seen, throttled: 90 }, rate: 450 },
])("the rate after $what", ({ limit, seen, rate }) => {
  expect(adapt(limit, seen).rate).toBeCloseTo(rate, 6);
});

test("a ceiling is forgotten once the rate is well above it", () => {
  expect(adapt({ rate: 1140, ceiling: 1000 }, seen)).toEqual({ rate: 1146, ceiling: 1000 });
  expect(adapt({ rate: 1146, ceiling: 1000 }, seen)).toEqual({ rate: 1152 });
});

const observations = fc.record({
  milliseconds: fc.integer({ min: 50, max: 100_000 }),
  answered: fc.integer({ min: 1, max: 5000 }),
  throttled: fc.nat(5000),
  heldBack: fc.boolean(),
});

test("whatever is answered, a limit never gets to zero nor grows more than twofold in half a second", () => {
  fc.assert(
    fc.property(fc.array(observations, { maxLength: 100 }), (all) => {
      let limit: Limit = { rate: 1000 };
      for (const one of all) {
        const observation = { ...one, throttled: Math.min(one.throttled, one.answered) };
        const next = adapt(limit, observation);
        expect(next.rate).toBeGreaterThanOrEqual(1);
        expect(next.rate).toBeLessThanOrEqual(limit.rate * 4);
        limit = next;
      }
    }),
  );
});

test("at the lowest rate there is enough to decide by within a second, so that it can rise again", () => {
  expect(isConclusive({ milliseconds: 1000, answered: 1 })).toBe(true);
});

test("in any second there are at most 1 % more turns than the rate, however late some are taken", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.array(fc.nat(40), { maxLength: 300 }), (rate, late) => {
      const pace = paceOf(rate);
      let due = 0;
      const taken: number[] = [];
      for (const by of late) {
        const now = Math.max(due, taken.at(-1) ?? 0) + by / 10;
        due = nextTurn(due, now, pace);
        taken.push(now);
        // The next one may be due already: it is taken at once.
        for (let count = 0; due <= now && count < 100; count++) {
          due = nextTurn(due, now, pace);
          taken.push(now);
        }
      }
      const most = Math.floor(rate * 1.01);
      for (const [index, at] of taken.entries()) {
        const later = taken[index + most];
        if (later !== undefined) expect(later - at).toBeGreaterThanOrEqual(1000 - 1e-6);
      }
    }),
  );
});

/** Answers of several prefixes in turn, of which some are throttled. */
const samples = (isThrottled: (prefix: string, index: number) => boolean, prefixes = "abcdefgh"): Sample[] =>
  Array.from({ length: 400 }, (_, index) => {
    const prefix = prefixes.charAt(index % prefixes.length);
    return { key: `${prefix}/${index}`, sentAt: index, throttled: isThrottled(prefix, index) };
  });

test("keys are cut where some are throttled and others, at the same time, are not", () => {
  const parts = partition(samples((prefix) => prefix === "d"));
  expect(parts.map(({ from, throttled }) => ({ from, throttled }))).toEqual([
    { from: null, throttled: 0 },
    { from: "d", throttled: 50 },
    { from: "e", throttled: 0 },
  ]);
});

test("two hot prefixes are told from what is between them", () => {
  const parts = partition(samples((prefix) => prefix === "a" || prefix === "e"));
  expect(parts.map(({ from }) => from)).toEqual([null, "b", "e", "f"]);
});

test("keys that are throttled alike stay together", () => {
  expect(partition(samples((_, index) => index % 7 === 0))).toHaveLength(1);
  expect(partition(samples(() => true))).toHaveLength(1);
});

test("a cut is a key between its neighbours in UTF-8 byte order, and no part is lost", () => {
  const key = fc.string({ unit: fc.constantFrom("a", "b", "/", "\u00e9", "\uffee", "\u{1f600}"), minLength: 1 });
  const answers = fc.array(fc.record({ key, sentAt: fc.nat(100), throttled: fc.boolean() }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(answers, key, (mixed, hottest) => {
      // Made so that there is something to find as well.
      const all = mixed.map((sample) => ({ ...sample, throttled: compareKeys(sample.key, hottest) > 0 }));
      for (const given of [mixed, all]) {
        const parts = partition(given);
        expect(parts.reduce((sum, { answered }) => sum + answered, 0)).toBe(given.length);
        expect(parts[0]?.from).toBeNull();
        for (const [index, { from, answered }] of parts.entries()) {
          const next = parts[index + 1]?.from ?? null;
          const within = given.filter(
            (sample) =>
              (from === null || compareKeys(sample.key, from) >= 0) &&
              (next === null || compareKeys(sample.key, next) < 0),
          );
          expect(within).toHaveLength(answered);
        }
      }
    }),
  );
});

test("before and after are not taken for here and there", () => {
  // One lane, and the capacity falls midway.
  const all = Array.from({ length: 400 }, (_, index) => ({
    key: `data/${1000 + index}`,
    sentAt: index,
    throttled: index >= 200 && index < 300 && index % 2 === 0,
  }));
  expect(partition(all).length).toBeGreaterThan(1);
  expect(partition(duringThrottling(all))).toHaveLength(1);
});

test("keys that were sent between two bursts of throttling are not taken for keys that are spared", () => {
  // Four lanes, each in the order of its keys; of every 60 ms all that is sent in 16 ms is throttled.
  const all = Array.from({ length: 4 * 140 }, (_, index) => {
    const sentAt = Math.floor(index / 4);
    return { key: `${index % 4}/${1000 + sentAt}`, sentAt, throttled: sentAt % 60 < 16 };
  });
  expect(partition(all).length).toBeGreaterThan(1);
  expect(partition(duringThrottling(all))).toHaveLength(1);
});

test("what is throttled is always kept, and of what was sent in between the nearest by time", () => {
  const sample = fc.record({ key: fc.string(), sentAt: fc.nat(60), throttled: fc.boolean() });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 40 }), (given) => {
      const kept = new Set(duringThrottling(given));
      for (const one of given.filter(({ throttled }) => throttled)) expect(kept.has(one)).toBe(true);
    }),
  );
  const hundred = Array.from({ length: 100 }, (_, sentAt) => ({
    ...{ key: "k", sentAt, throttled: sentAt === 10 || sentAt === 90 },
  }));
  const times = duringThrottling(hundred.toReversed()).map(({ sentAt }) => sentAt);
  expect(times).toEqual([...Array(100).keys()].filter((at) => (at >= 10 && at <= 35) || (at >= 65 && at <= 90)));
  expect(duringThrottling(hundred.slice(91))).toEqual([]);
});
