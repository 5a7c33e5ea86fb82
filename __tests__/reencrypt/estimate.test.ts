import fc from "fast-check";
import { type BucketFacts, estimate, scaled } from "../../src/reencrypt/cost/estimate";
import type { Place } from "../../src/reencrypt/cost/model";
import { virginia } from "../../src/reencrypt/cost/prices";
import type { Group } from "../../src/reencrypt/groups";
import type { Outcome } from "../../src/reencrypt/outcome";

const keyArn = "arn:aws:kms:eu-west-1:111111111111:key/1b2c";
const place: Place = {
  concurrency: 1_000,
  latencyMs: 100,
  partitions: 1,
  share: 0.8,
  kmsQuota: 10_000,
  cpuMicroseconds: 200,
  dollarsAnHour: 0,
};

const group = (outcome: Outcome, objects: number, more: Partial<Group> = {}): Group => ({
  ...{ outcome, prefix: null, before: "SSE-S3", after: null, storageClass: "STANDARD" },
  ...{ objects, bytes: objects * 1_000, earlyByteDays: 0 },
  ...more,
});

const facts = (objects: number, groups: readonly Group[], more: Partial<BucketFacts> = {}): BucketFacts => ({
  ...{ groups, objects, bytes: objects * 1_000, keepsVersions: false },
  target: { algorithm: "aws:kms", keyArn, bucketKey: true },
  ...more,
});

test("a million updates: three looks, one update and two listings of each, as a run itself makes them", () => {
  const { engines, recommended } = estimate(facts(1e6, [group("updated", 10)]), place, virginia);
  expect(recommended).toBe("this process");
  const [local, job] = engines;
  expect(local?.requests).toBe(3e6 + 1e6 + 2_000);
  expect(local?.dollars).toBeCloseTo(5 + 1.2 + 0.01 + 0.03);
  expect(local?.limitedBy).toBe("S3 reads");
  expect(local?.seconds).toBeCloseTo(1e6 / ((0.8 * 5_500) / 3));
  expect(local?.kmsRequests.withoutBucketKey).toBe(1e6);
  expect(local?.kmsRequests.expected).toBeCloseTo(1e4);
  expect(job).toMatchObject({ engine: "S3 Batch Operations", seconds: null });
  expect(job?.dollars).toBeGreaterThan(local?.dollars ?? 0);
});

test("a job is paid for by what it updates, and its manifest by all that S3 looks at for it", () => {
  const { engines } = estimate(facts(1e6, [group("updated", 5), group("alreadyRight", 5)]), place, virginia);
  const requests = 0.005 + 0.4 + 2.5 + 0.015; // lists, looks, updates, KMS
  expect(engines[1]?.dollars).toBeCloseTo(requests + 0.25 + 0.5 + 0.015, 4);
});

test("from where one process takes more than a day, a job is recommended, and it says why", () => {
  const { recommended, because } = estimate(facts(1e10, [group("updated", 9), group("copied", 1)]), place, virginia);
  expect(recommended).toBe("S3 Batch Operations");
  expect(because).toBe("one process would take more than 24 hours, and 90 % can be updated by a job");
});

test.each<[string, Partial<BucketFacts>, readonly Group[]]>([
  ["only SSE-KMS can be reached by a job", { target: { algorithm: "AES256" } }, [group("copied", 1)]],
  ["copies are not for a job", {}, [group("copied", 1)]],
])("%s", (_name, more, groups) => {
  const { engines, recommended } = estimate(facts(1e10, groups, more), place, virginia);
  expect(engines).toHaveLength(1);
  expect(recommended).toBe("this process");
});

test("an empty bucket takes no time and costs nothing", () => {
  expect(estimate(facts(0, []), place, virginia)).toMatchObject({
    engines: [{ requests: 0, dollars: 0, seconds: 0, kmsQuotaShare: 0 }],
  });
});

const outcomes: readonly Outcome[] = ["updated", "copied", "copiedInParts", "alreadyRight", "cannot"];
const anyGroups = fc.array(
  fc.record({ outcome: fc.constantFrom(...outcomes), objects: fc.integer({ min: 1, max: 1_000 }) }),
  { minLength: 1, maxLength: 5 },
);

test("scaling keeps the shares, and gives the whole bucket", () => {
  fc.assert(
    fc.property(anyGroups, fc.integer({ min: 1, max: 1e10 }), (parts, objects) => {
      const groups = scaled(
        parts.map((part) => group(part.outcome, part.objects)),
        objects,
        objects * 7,
      );
      const sum = (of: (one: Group) => number) => groups.reduce((total, one) => total + of(one), 0);
      expect(sum((one) => one.objects)).toBeCloseTo(objects, -3);
      expect(sum((one) => one.bytes) / (objects * 7)).toBeCloseTo(1);
    }),
  );
});

test("more objects never cost less, and nothing is ever negative or not a number", () => {
  fc.assert(
    fc.property(anyGroups, fc.integer({ min: 1, max: 1e9 }), (parts, objects) => {
      const groups = parts.map((part) => group(part.outcome, part.objects));
      const [small] = estimate(facts(objects, groups), place, virginia).engines;
      const [large] = estimate(facts(objects * 2, groups), place, virginia).engines;
      expect(large?.dollars).toBeGreaterThanOrEqual(small?.dollars ?? Number.NaN);
      expect(large?.seconds).toBeGreaterThanOrEqual(small?.seconds ?? Number.NaN);
      expect(small?.seconds).toBeGreaterThan(0);
    }),
  );
});
