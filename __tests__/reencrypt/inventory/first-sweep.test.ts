import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { compareKeys } from "../../../src/reencrypt/intervals";
import { KeyFile, writeKeyFile } from "../../../src/reencrypt/inventory/key-file";
import type { InventoryLine } from "../../../src/reencrypt/inventory/line";
import { listedFromInventory } from "../../../src/reencrypt/inventory/listing";
import { InventoryWork } from "../../../src/reencrypt/inventory/work";
import type { JournalLine } from "../../../src/reencrypt/journal";
import { type RunEnd, sweepUntilSettled } from "../../../src/reencrypt/run";
import type { Visit } from "../../../src/reencrypt/sweep";
import { Tally } from "../../../src/reencrypt/tally";
import type { ListedVersion, ObjectStore } from "../../../src/s3/object-store";
import { onlyAnswering } from "../../support/only-answering";

const directory = mkdtempSync(join(tmpdir(), "first-sweep-"));
afterAll(() => rmSync(directory, { recursive: true }));

const target = { algorithm: "AES256" } as const;
const never = new AbortController().signal;
const nameOf = (key: string, versionId?: string) => (versionId === undefined ? key : `${key} ${versionId}`);

/** Keys of objects, and whether they are right; noncurrent versions stand beside them under a name of their own. */
interface Bucket {
  readonly keys: Map<string, boolean>;
  /** How many noncurrent versions of a key there are, all of them wrong at first. */
  readonly noncurrent: ReadonlyMap<string, number>;
}

function listed({ keys, noncurrent }: Bucket, pageSize: number): ObjectStore {
  const inOrder = () => [...keys.keys()].filter((name) => !name.includes(" ")).sort(compareKeys);
  return onlyAnswering({
    list: async ({ after, limit }) => {
      const rest = inOrder().filter((key) => after === undefined || compareKeys(key, after) > 0);
      const size = Math.min(pageSize, limit);
      const objects = rest.slice(0, size).map((key) => ({ key, size: 0 }));
      return { is: "done", value: { objects, more: rest.length > size } };
    },
    // Of whole keys, each time.
    listVersions: async ({ keyMarker, limit }) => {
      const rest = inOrder().filter((key) => keyMarker === undefined || compareKeys(key, keyMarker) > 0);
      const page = rest.slice(0, Math.min(pageSize, limit));
      const version = (key: string, depth: number): ListedVersion => ({
        ...{ key, versionId: `v${depth}`, current: depth === 0, deleteMarker: false, lastModified: 0 },
      });
      const versions = page.flatMap((key) =>
        Array.from({ length: 1 + (noncurrent.get(key) ?? 0) }, (_, depth) => version(key, depth)),
      );
      const last = rest.length > page.length ? page.at(-1) : undefined;
      return { is: "done", value: { versions, next: last === undefined ? undefined : { keyMarker: last } } };
    },
  });
}

/** A bucket of as few keys as a test has them is one page otherwise. */
const inPages = (store: ObjectStore, pageSize: number): ObjectStore => ({
  ...store,
  list: (request) => store.list({ ...request, limit: Math.min(request.limit, pageSize) }),
  listVersions: (request) => store.listVersions({ ...request, limit: Math.min(request.limit, pageSize) }),
});

/** What a conversion does to it, as far as this test goes. */
const converts =
  ({ keys }: Bucket, visited: string[]): Visit =>
  async ({ key, versionId }) => {
    await null;
    const name = nameOf(key, versionId);
    visited.push(name);
    const right = keys.get(name);
    keys.set(name, true);
    if (right === undefined) keys.delete(name);
    const seen = { before: { is: right ? "AES256" : "none" }, after: { is: "AES256" } } as const;
    if (right === undefined) return { key, versionId, outcome: "gone" };
    return { key, versionId, seen, outcome: right ? "alreadyRight" : "copied" };
  };

interface Story {
  readonly bucket: Bucket;
  readonly inventory: readonly InventoryLine[];
  readonly versions: "current" | "all";
  readonly pageSize: number;
  readonly concurrency: number;
  /** Objects that each process visits before it is killed; the last one is not. */
  readonly killedAfter: readonly number[];
  readonly maxSweeps: number;
  /** Comes in before a visit, and is told how many there have been. @default nobody does */
  readonly meanwhile?: (visits: number) => void;
}

async function run(story: Story) {
  const { bucket, inventory, versions, pageSize, concurrency, killedAfter, maxSweeps, meanwhile } = story;
  const path = join(directory, "objects");
  const work = new InventoryWork({ target, versions, sample: 0, random: () => 0 });
  async function* lines() {
    yield* inventory;
  }
  const named = await writeKeyFile(work.of(lines()), { path, stop: never, inMemory: 3 });
  const file = await KeyFile.open(path);
  const store = listed(bucket, pageSize);
  const journal: JournalLine[] = [];
  const visited: string[] = [];
  let end: RunEnd = { is: "stopped", sweeps: 0 };
  let tally = new Tally();
  for (const limit of [...killedAfter, undefined]) {
    tally = new Tally();
    for (const line of journal) tally.add(line);
    const controller = new AbortController();
    let left = limit;
    const visit = converts(bucket, visited);
    end = await sweepUntilSettled({
      ...{ store, tally, versions, concurrency, maxSweeps, stop: controller.signal },
      inventory: async () => inPages(listedFromInventory(store, file), pageSize),
      journal: { append: async (line) => void journal.push(JSON.parse(JSON.stringify(line))) },
      visit: async (id) => {
        if (left !== undefined && left-- <= 0) controller.abort();
        meanwhile?.(visited.length);
        return visit(id);
      },
    });
    if (end.is !== "stopped") break;
  }
  await file.close();
  return { end, tally, journal, visited, named, found: tally.through(end.sweeps) };
}

const keys = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 3 }).filter((key) => !key.includes(" ")),
  fc.constantFrom("a", "a/b", "🐎", "\uffee", "\u0001"),
);
/** A key as it is now, and as an inventory knows it: not at all, as it is, or as it was once. */
const subjects = fc.uniqueArray(
  fc.record({
    key: keys,
    now: fc.constantFrom("right", "wrong", "gone"),
    before: fc.constantFrom("SSE-S3", "NOT-SSE", "SSE-KMS", "unknown"),
    noncurrent: fc.nat(2),
    place: fc.nat(),
  }),
  { maxLength: 25, selector: ({ key }) => key },
);
const ways = fc.record({
  pageSize: fc.integer({ min: 1, max: 5 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  killedAfter: fc.array(fc.nat(12), { maxLength: 3 }),
});

test.each(["current", "all"] as const)(
  "whatever an inventory says, every object is looked at by a sweep of everything, and counted once (versions: %s)",
  async (versions) => {
    await fc.assert(
      fc.asyncProperty(subjects, ways, async (all, way) => {
        const there = all.filter(({ now }) => now !== "gone");
        const bucket: Bucket = {
          keys: new Map(there.map(({ key, now }) => [key, now === "right"])),
          noncurrent: new Map(versions === "all" ? there.map(({ key, noncurrent }) => [key, noncurrent]) : []),
        };
        for (const [key, depth] of bucket.noncurrent) {
          for (let version = 1; version <= depth; version++) bucket.keys.set(nameOf(key, `v${version}`), false);
        }
        const wrong = [...bucket.keys.values()].filter((right) => !right).length;
        const objects = [...bucket.keys.keys()];
        const inventory = [...all]
          .sort((one, other) => one.place - other.place)
          .flatMap(({ key, before, noncurrent }): InventoryLine[] => {
            if (before === "unknown") return [];
            const line = { key, isDeleteMarker: false, encryption: before } as const;
            const depths = Array.from({ length: noncurrent }, (_, depth) => `v${depth + 1}`);
            const older = depths.map((versionId) => ({ ...line, versionId, isLatest: false }));
            return [...older, { ...line, versionId: "v0", isLatest: true }];
          });
        const story = { bucket, inventory, versions, ...way, maxSweeps: 6 };
        const { end, found, journal, visited, named } = await run(story);

        expect(end.is).toBe("settled");
        expect([...bucket.keys.values()].every((right) => right)).toBe(true);
        const { gone = 0, copied = 0, alreadyRight = 0 } = found.counts;
        expect(copied + alreadyRight).toBe(objects.length);
        // A process that is killed between versions of a key leaves those behind that it has converted.
        if (versions === "current" || way.killedAfter.length === 0) expect(copied).toBe(wrong);
        // The first sweep by the inventory alone, and none of it twice.
        const first = journal.flatMap((line) => (line.t === "page" && line.sweep === 1 ? [line] : []));
        expect(first.every(({ from }) => from === "inventory")).toBe(true);
        const inFirst = first.flatMap(({ counts }) => Object.values(counts)).reduce((sum, count) => sum + count, 0);
        expect(inFirst).toBe(named);
        if (way.killedAfter.length === 0) {
          expect(visited).toHaveLength((named ?? 0) + (end.sweeps - 1) * objects.length);
          expect(new Set(visited.slice(named))).toEqual(new Set(objects));
        }
        expect(gone).toBe((named ?? 0) - visitedThere(inventory, objects, versions));
      }),
    );
  },
);

test("what appears and vanishes while the first sweep is at work is met by the sweep of everything", async () => {
  const events = fc.array(fc.record({ at: fc.nat(20), key: keys, comes: fc.boolean() }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(subjects, ways, events, async (all, way, changes) => {
      const bucket: Bucket = { keys: new Map(all.map(({ key }) => [key, false])), noncurrent: new Map() };
      const inventory = all.map(({ key }) => line(key, "NOT-SSE"));
      const meanwhile = (visits: number) => {
        for (const { key, comes, at } of changes) {
          if (at !== visits || visits >= all.length) continue;
          if (comes) bucket.keys.set(key, false);
          else bucket.keys.delete(key);
        }
      };
      const story = { bucket, inventory, versions: "current", ...way, maxSweeps: 6, meanwhile } as const;
      const { end, visited } = await run(story);
      expect(end.is).toBe("settled");
      expect([...bucket.keys].filter(([, right]) => !right)).toEqual([]);
      for (const key of bucket.keys.keys()) expect(visited).toContain(key);
    }),
  );
});

/** Lines that name an object which is there, and which the first sweep looks at. */
const visitedThere = (inventory: readonly InventoryLine[], objects: readonly string[], versions: "current" | "all") =>
  inventory.filter(
    ({ key, versionId, isLatest, encryption }) =>
      encryption !== "SSE-S3" &&
      (isLatest || versions === "all") &&
      objects.includes(isLatest ? key : nameOf(key, versionId)),
  ).length;

const wrong = (...names: string[]): Bucket => ({
  keys: new Map(names.map((key) => [key, false])),
  noncurrent: new Map(),
});
const line = (key: string, encryption: InventoryLine["encryption"]): InventoryLine => ({
  ...{ key, encryption, isLatest: true, isDeleteMarker: false },
});
const plain = { versions: "current", pageSize: 10, concurrency: 2, killedAfter: [] } as const;

test("an inventory that shows nothing to do ends no run: everything is looked at after it", async () => {
  const bucket = wrong("a", "b");
  const inventory = [line("a", "SSE-S3")];
  const { end, found } = await run({ ...plain, bucket, inventory, maxSweeps: 6 });
  expect(end).toEqual({ is: "settled", sweeps: 3 });
  expect(found.counts).toEqual({ copied: 2 });
});

test("with one sweep only what the inventory names is looked at, and the run does not count as settled", async () => {
  const bucket = wrong("a", "b");
  bucket.keys.set("c", true);
  const inventory = [line("a", "NOT-SSE"), line("c", "SSE-KMS")];
  const { end, found, tally, visited } = await run({ ...plain, bucket, inventory, maxSweeps: 1 });
  expect(end).toEqual({ is: "swept", sweeps: 1 });
  expect(found.counts).toEqual({ copied: 1, alreadyRight: 1 });
  expect(tally.firstWhole).toBe(2);
  expect(visited).toEqual(["a", "c"]);
  const again = await run({ ...plain, bucket, inventory: [], maxSweeps: 1 });
  expect(again.end).toEqual({ is: "swept", sweeps: 1 });
});

test("a sweep that goes on by a list, after one by an inventory was killed, does not count as one of everything", async () => {
  const bucket = wrong("b", "c", "d");
  bucket.keys.set("a", true);
  const first = await run({ ...plain, bucket, inventory: [line("b", "NOT-SSE")], maxSweeps: 1 });
  const tally = new Tally();
  // Of the first sweep it was killed in, the part up to "b" was journaled: "a" was in no inventory.
  for (const one of first.journal) if (one.t === "page") tally.add({ ...one, through: "b" });
  bucket.keys.set("a", false);
  bucket.keys.set("c", true);
  bucket.keys.set("d", true);
  const visited: string[] = [];
  const end = await sweepUntilSettled({
    ...{ store: listed(bucket, 10), tally, versions: "current", concurrency: 1, maxSweeps: 6, stop: never },
    visit: converts(bucket, visited),
    journal: { append: async () => undefined },
  });
  expect(end.is).toBe("settled");
  expect(visited.slice(0, 3)).toEqual(["c", "d", "a"]);
  expect(bucket.keys.get("a")).toBe(true);
});
