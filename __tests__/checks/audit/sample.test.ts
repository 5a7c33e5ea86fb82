import fc from "fast-check";
import { auditedSample, onlyThese } from "../../../src/checks/audit/sample";
import { upperBound } from "../../../src/reencrypt/confidence";
import { compareKeys } from "../../../src/reencrypt/intervals";
import { Reservoir } from "../../../src/reencrypt/reservoir";
import { onlyAnswering } from "../../support/only-answering";

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
  return product;
}

test("without a wrong one it is 1 - 0.05^(1/n), close to the rule of three", () => {
  for (const n of [1, 10, 100, 3_000, 100_000]) {
    const { atMost } = upperBound(0, n, 0.95);
    expect(atMost).toBeCloseTo(1 - 0.05 ** (1 / n), 9);
    if (n >= 100) expect(Math.abs(atMost * n - 3)).toBeLessThan(0.05);
  }
});

test.each([
  // Clopper and Pearson's limits at 97.5 %, as the upper ends of two-sided 95 % intervals in every table of them.
  [1, 10, 0.975, 0.44502],
  [3, 20, 0.975, 0.37893],
  [5, 100, 0.975, 0.11283],
])("%i wrong of %i at %f: %f", (wrong, n, confidence, expected) => {
  expect(upperBound(wrong, n, confidence).atMost).toBeCloseTo(expected, 4);
});

test("more wrong ones never make it lower, a larger sample never higher, and it holds the share that was seen", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(400), (n, some) => {
      const wrong = Math.min(some, n);
      const { atMost } = upperBound(wrong, n, 0.95);
      expect(atMost).toBeGreaterThanOrEqual(wrong / n);
      expect(upperBound(Math.min(wrong + 1, n), n, 0.95).atMost).toBeGreaterThanOrEqual(atMost);
      expect(upperBound(wrong, n + 1, 0.95).atMost).toBeLessThanOrEqual(atMost);
    }),
  );
});

test("of all samples without repetition from any bucket at most one in twenty promises too much", () => {
  const bounds = new Map<string, number>();
  const bound = (wrong: number, n: number): number => {
    const name = `${wrong} of ${n}`;
    const known = bounds.get(name) ?? upperBound(wrong, n, 0.95).atMost;
    bounds.set(name, known);
    return known;
  };
  for (let population = 1; population <= 20; population++) {
    for (let n = 1; n <= population; n++) {
      for (let bad = 0; bad <= population; bad++) {
        let tooMuch = 0;
        for (let wrong = Math.max(0, n - (population - bad)); wrong <= Math.min(n, bad); wrong++) {
          const share = (choose(bad, wrong) * choose(population - bad, n - wrong)) / choose(population, n);
          if (bound(wrong, n) < bad / population) tooMuch += share;
        }
        expect(tooMuch).toBeLessThanOrEqual(0.05 + 1e-9);
      }
    }
  }
});

test("every sample is as likely as any other", () => {
  const counts = new Map<string, number>();
  const items = [1, 2, 3, 4, 5];
  // Chance in full: the third item may land in three places, the fourth in four, the fifth in five.
  for (let third = 0; third < 3; third++)
    for (let fourth = 0; fourth < 4; fourth++)
      for (let fifth = 0; fifth < 5; fifth++) {
        const chances = [(third + 0.5) / 3, (fourth + 0.5) / 4, (fifth + 0.5) / 5];
        const reservoir = new Reservoir<number>(2, () => chances.shift() ?? 0);
        for (const item of items) reservoir.add(item);
        const name = [...reservoir.kept].sort().join();
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
  expect(counts.size).toBe(10);
  expect(new Set(counts.values())).toEqual(new Set([6]));
});

test("fewer objects than asked for are all kept", () => {
  const reservoir = new Reservoir<number>(5, () => 0);
  for (const item of [1, 2, 3]) reservoir.add(item);
  expect([reservoir.kept, reservoir.passed]).toEqual([[1, 2, 3], 3]);
});

test("a sample is listed page by page in S3's order, whatever its keys", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.string({ unit: "binary", minLength: 1 })),
      fc.integer({ min: 1, max: 3 }),
      async (keys, limit) => {
        const store = onlyThese(onlyAnswering({ list: () => Promise.reject(new Error("the bucket itself")) }), keys);
        const listed: string[] = [];
        for (let more = true; more; ) {
          const page = await store.list({ after: listed.at(-1), limit });
          if (page.is !== "done") throw new Error("it was listed");
          listed.push(...page.value.objects.map(({ key }) => key));
          ({ more } = page.value);
        }
        expect(listed).toEqual([...keys].sort(compareKeys));
      },
    ),
  );
});

test("what was found is said in words, and all of a small bucket is no sample", () => {
  const { inWords, atMost } = auditedSample(1_204_311, { alreadyRight: 299, cannot: 1, gone: 4 });
  expect(atMost).toBeCloseTo(0.0157, 4);
  expect(inWords).toContain("300 of 1,204,311 objects were looked at, chosen evenly at random, and 1 was wrong.");
  expect(inWords).toContain("With 95 % confidence at most 1.6 % of all are wrong");
  expect(auditedSample(3, { alreadyRight: 3 })).toMatchObject({ confidence: 1, atMost: 0 });
  expect(auditedSample(0, {})).toMatchObject({ wrong: 0, atMost: 0 });
});
