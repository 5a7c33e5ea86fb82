import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { estimated, inNoOrder, milestonesOf, sorted, swept } from "../../bench/scale/benchmark";
import { bucketOfOneKey, syntheticBucket } from "../../bench/scale/bucket";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "scale-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("a synthetic bucket lists each of its keys once, in order, and from any string on", async () => {
  const store = syntheticBucket(2_500);
  const keys: string[] = [];
  for (let more = true; more; ) {
    const page = await store.list({ after: keys.at(-1), limit: 1_000 });
    if (page.is !== "done") throw new Error("it was listed");
    keys.push(...page.value.objects.map(({ key }) => key));
    ({ more } = page.value);
  }
  expect(keys).toEqual([...new Set(keys)].sort());
  expect(keys).toHaveLength(2_500);
  const behind = await store.list({ after: "b", limit: 1 });
  expect(behind).toMatchObject({ value: { objects: [{ key: keys.find((key) => key > "b") }] } });
  expect(await store.list({ after: "z", limit: 1 })).toMatchObject({ value: { objects: [], more: false } });
});

test("every key is accounted for: with its decision, and in the estimate of a bucket that is like it", async () => {
  const { rows, counts, groups } = await swept(
    { bucket: syntheticBucket(30_000), versions: "current", size: 30_000 },
    directory,
  );
  expect(rows.map(({ objects }) => objects)).toEqual([30_000, 30_000]);
  const [local, job] = estimated(1e10, groups).rows;
  expect(local).toMatchObject({ engine: "this process" });
  expect(Number(job?.["requests"])).toBeGreaterThan(1e10);
  expect(groups.reduce((sum, { objects }) => sum + objects, 0)).toBe(1_000);
  expect(counts).toEqual({ alreadyRight: 1_500, updated: 25_470, copied: 3_000, cannot: 30 });
});

test("every version of a key is accounted for", async () => {
  const { counts } = await swept({ bucket: bucketOfOneKey(4_500), versions: "all", size: 4_500 }, directory);
  expect(counts).toEqual({ copied: 1, cannot: 4_499 });
});

test.each([10_000, 7_919])("every line of a sorted report of %d is found again", async (keys) => {
  expect((await sorted(keys, directory)).map(({ does }) => does)).toEqual(["sorted", "and each asked for once"]);
});

test("every number has its turn once, however many there are", () => {
  const counts = fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom(7_919, 2 * 7_919, 2 ** 15, 10 ** 5));
  fc.assert(fc.property(counts, (count) => expect(new Set(inNoOrder(count)).size).toBe(count)));
  expect([...inNoOrder(10)].sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test.each([
  [1_000, [1_000]],
  [1e6, [1e6]],
  [3e7, [1e6, 1e7, 3e7]],
])("%d keys are told at powers of ten, and at their end", (keys, expected) => {
  expect(milestonesOf(keys)).toEqual(expected);
});
