import { hotPrefix, type SteppingResult, steppingCapacity, underCap } from "../../bench/pacing/scenarios";

// Simulated time costs processor time, of which other tests may want theirs.
jest.setTimeout(240_000);

describe.each([1, 2])("capacity that steps 3,500 -> 1,000 -> 3,500, shared with an application, seed %i", (seed) => {
  let result: SteppingResult;
  beforeAll(async () => {
    result = await steppingCapacity(seed, 0.1, 15);
  }, 120_000);

  test("nine tenths of what the application leaves are used from ten seconds after a step on", () => {
    expect(result.usedOnceSettled).toBeGreaterThan(0.9);
    expect(result.settledAfter).toBeGreaterThanOrEqual(0);
    expect(result.settledAfter).toBeLessThan(10);
  });

  test("at most 2 % of our requests and 1 % of the application's are throttled", () => {
    expect(result.throttled).toBeLessThan(0.02);
    expect(result.applicationThrottled).toBeLessThan(0.01);
    // Without a single one there would have been nothing to adapt to.
    expect(result.applicationThrottled).toBeGreaterThan(0);
  });

  test("keys of one partition share a limit, in however many lanes they are worked on", () => {
    expect(result.ranges).toBe(1);
  });
});

test.each([
  { seed: 1, hot: 50, from: 0 },
  { seed: 2, hot: 20, from: 5 },
])("a hot prefix does not slow the others by more than 5 %: %o", async ({ seed, hot, from }) => {
  const without = await hotPrefix({ seed, from, seconds: 15 });
  const withHot = await hotPrefix({ seed, from, hot, seconds: 15 });
  expect(without.limits.writes).toHaveLength(1);
  expect(withHot.others).toBeGreaterThan(0.95 * without.others);
  expect(withHot.hot).toBeGreaterThan(0.8 * hot);
  expect(withHot.throttled).toBeLessThan(0.02);
});

test("what KMS throttles is no word about S3, and its own limit is kept to", async () => {
  const { others, hot, limits, throttled } = await hotPrefix({ seed: 1, kms: 800, seconds: 15 });
  expect(others + hot).toBeGreaterThan(0.9 * 800);
  expect(throttled).toBeLessThan(0.02);
  expect(limits.kms).toBeLessThan(1000);
  expect(limits.writes).toEqual([{ from: null, rate: expect.any(Number) }]); // no ceiling was ever met
});

test("a hot prefix is found while KMS throttles all of them, and the others get what KMS takes", async () => {
  const { others, limits } = await hotPrefix({ seed: 1, hot: 50, kms: 800, seconds: 15 });
  expect(limits.writes.map(({ from }) => from?.charAt(0))).toEqual([undefined, "d", "e"]);
  expect(others).toBeGreaterThan(0.9 * (800 - 50));
});

test("now and then a request that is throttled by chance does not bring the rate down", async () => {
  const { others, hot } = await hotPrefix({ seed: 1, throttledByChance: 0.01, seconds: 10 });
  expect(others + hot).toBeGreaterThan(1000);
});

test.each([40, 150, 1000, 2500])("of at most %i requests a second no second has 1 %% more", async (cap) => {
  const sent = await underCap(1, cap, 5);
  let begin = 0;
  let most = 0;
  for (const [index, at] of sent.entries()) {
    while (at - (sent[begin] ?? at) >= 1000) begin++;
    most = Math.max(most, index - begin + 1);
  }
  expect(most).toBeLessThanOrEqual(cap * 1.01);
  expect(sent.length).toBeGreaterThan(0.95 * cap * 5);
});
