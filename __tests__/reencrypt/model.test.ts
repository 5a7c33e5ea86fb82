import fc from "fast-check";
import {
  batchOperationsDollars,
  byCopy,
  byUpdate,
  cheaperByBatchOperationsFrom,
  objectsWithin,
  type Place,
  predict,
  pricesOfVirginia,
  type Work,
} from "../../src/reencrypt/cost/model";

const prices = pricesOfVirginia;
const place: Place = {
  concurrency: 1_000_000,
  latencyMs: 1,
  partitions: 1_000,
  share: 1,
  kmsQuota: 1e9,
  cpuMicroseconds: 1,
  dollarsAnHour: 0.1,
};

test.each<[string, number, Partial<Place>, Work?]>([
  ["processor", 5_000, { cpuMicroseconds: 200 }],
  ["latency", 80, { concurrency: 32, latencyMs: 100 }],
  ["S3 writes", 3_500, { partitions: 1 }, { ...byUpdate, reads: 1 }],
  ["S3 reads", 5_500 / 3, { partitions: 1 }],
  ["S3 reads", 5_500 / 6, { partitions: 1, share: 0.5 }],
  ["KMS quota", 10_000, { kmsQuota: 10_000 }, { ...byUpdate, kms: 1 }],
])("a run is as fast as its tightest bound: %s, %d/s", (limitedBy, objectsPerSecond, tight, work = byUpdate) => {
  const predicted = predict(1e6, work, { ...place, ...tight }, prices);
  expect(predicted).toMatchObject({ limitedBy });
  expect(predicted.objectsPerSecond).toBeCloseTo(objectsPerSecond);
  expect(predicted.seconds).toBeCloseTo(1e6 / objectsPerSecond);
});

test("requests of a million objects cost what the price list says", () => {
  // 1e6 updates at $5, 3e6 HEAD at $0.40, 10,000 of KMS at $0.03, and 2,000 lists of a cent in all.
  expect(predict(1e6, byUpdate, place, prices).dollars).toBeCloseTo(5 + 1.2 + 0.03 + 0.01);
  expect(predict(1e6, byCopy, place, prices).dollars).toBeCloseTo(5 + 2 + 0.01);
  // $0.25 for the job, $1.015 for objects and manifest; then the updates, one HEAD, KMS and 1,000 lists.
  expect(batchOperationsDollars(1e6, byUpdate, prices)).toBeCloseTo(0.25 + 1.015 + 5 + 0.4 + 0.03 + 0.005);
});

test("the machine costs by the hour", () => {
  const { dollarsOfMachine } = predict(3.6e9, byUpdate, { ...place, cpuMicroseconds: 1000 }, prices);
  expect(dollarsOfMachine).toBeCloseTo(1_000 * 0.1);
});

test("more objects never cost or take less, and a job of S3's own never costs less than the requests of a run", () => {
  const sizes = fc.integer({ min: 1, max: 1e10 });
  fc.assert(
    fc.property(sizes, sizes, fc.constantFrom(byUpdate, byCopy), (one, other, work) => {
      const [small, large] = [Math.min(one, other), Math.max(one, other)];
      const [less, more] = [predict(small, work, place, prices), predict(large, work, place, prices)];
      expect(more.seconds).toBeGreaterThanOrEqual(less.seconds);
      expect(more.dollars).toBeGreaterThanOrEqual(less.dollars);
      if (work === byUpdate) expect(batchOperationsDollars(large, work, prices)).toBeGreaterThan(more.dollars);
    }),
  );
});

test("a job costs less once what it does not read has paid for its fee", () => {
  expect(cheaperByBatchOperationsFrom(byUpdate, prices)).toBeUndefined();
  const from = cheaperByBatchOperationsFrom(byCopy, prices) ?? Number.NaN;
  const saved = (objects: number): number =>
    predict(objects, byCopy, place, prices).dollars - batchOperationsDollars(objects, byCopy, prices);
  expect(saved(from)).toBeCloseTo(0, 4);
  expect(saved(2 * from)).toBeCloseTo(prices.batchJob, 4);
});

test("what fits into a day takes a day", () => {
  const objects = objectsWithin(24, byUpdate, place, prices);
  expect(predict(objects, byUpdate, place, prices).seconds).toBeCloseTo(86_400, 0);
});
