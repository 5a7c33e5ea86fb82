import fc from "fast-check";
import { compareKeys, covers, gaps } from "../../src/reencrypt/intervals";
import { ListRefused } from "../../src/reencrypt/listing";
import { sweep, type Visit } from "../../src/reencrypt/sweep";
import { Tally } from "../../src/reencrypt/tally";
import type { ListedVersion, ListPage, ObjectStore, VersionPage } from "../../src/s3/object-store";
import { onlyAnswering } from "../support/only-answering";

/** A bucket that can only be listed, in pages as short as the server likes. */
function listing(versions: readonly ListedVersion[], pageSize: number): ObjectStore {
  const inOrder = [...versions].sort((a, b) => compareKeys(a.key, b.key));
  return onlyAnswering({
    list: async ({ after, prefix = "" }) => {
      const rest = inOrder.filter(
        ({ key, current, deleteMarker }) =>
          current && !deleteMarker && key.startsWith(prefix) && (after === undefined || compareKeys(key, after) > 0),
      );
      const objects = rest.slice(0, pageSize).map(({ key }) => ({ key, size: 0 }));
      return { is: "done", value: { objects, more: rest.length > pageSize } satisfies ListPage };
    },
    listVersions: async ({ keyMarker, versionIdMarker, prefix = "" }) => {
      const ordered = inOrder.filter(({ key }) => key.startsWith(prefix));
      const past = ordered.findIndex(({ key, versionId }) => key === keyMarker && versionId === versionIdMarker) + 1;
      const from =
        keyMarker === undefined
          ? 0
          : versionIdMarker === undefined
            ? ordered.filter(({ key }) => compareKeys(key, keyMarker) <= 0).length
            : past;
      const page = ordered.slice(from, from + pageSize);
      const last = from + pageSize < ordered.length ? page.at(-1) : undefined;
      const next = last && { keyMarker: last.key, versionIdMarker: last.versionId };
      return { is: "done", value: { versions: page, next } satisfies VersionPage };
    },
  });
}

const current = (key: string): ListedVersion => ({
  key,
  versionId: "v1",
  current: true,
  deleteMarker: false,
  lastModified: 0,
});

const keys = fc.uniqueArray(
  fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 4 }),
    fc.constantFrom("a", "a/b", "🐎", "\uffee", "\u0001"),
  ),
  { maxLength: 25 },
);

/** Processes that are interrupted after so many objects each, and a last one that is not. */
async function inProcesses(
  store: ObjectStore,
  versions: "current" | "all",
  interruptions: number[],
  concurrency: number,
) {
  const tally = new Tally();
  const visited: string[] = [];
  for (const limit of [...interruptions, undefined]) {
    const controller = new AbortController();
    let left = limit;
    const visit: Visit = async (id) => {
      if (left !== undefined && left-- <= 0) controller.abort();
      await null;
      visited.push(`${id.key} ${id.versionId ?? "current"}`);
      return { ...id, outcome: "alreadyRight" };
    };
    // What reaches the journal is all that the next process knows.
    const journal = {
      append: async (line: Parameters<Tally["add"]>[0]) => tally.add(JSON.parse(JSON.stringify(line))),
    };
    const { signal: stop } = controller;
    await sweep({
      store,
      visit,
      journal,
      sweep: 1,
      process: 1,
      covered: [...tally.covered],
      versions,
      concurrency,
      stop,
    });
  }
  expect(gaps(tally.covered)).toEqual([]);
  return { visited, counted: tally.of(1).counts.alreadyRight ?? 0 };
}

test("every key is visited, and counted once, however often the sweep is interrupted", async () => {
  await fc.assert(
    fc.asyncProperty(
      keys,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(12), { maxLength: 3 }),
      async (names, pageSize, concurrency, interruptions) => {
        const store = listing(names.map(current), pageSize);
        const { visited, counted } = await inProcesses(store, "current", interruptions, concurrency);
        expect(new Set(visited)).toEqual(new Set(names.map((name) => `${name} current`)));
        expect(counted).toBe(names.length);
        if (interruptions.length === 0) expect(visited).toHaveLength(names.length);
      },
    ),
  );
});

test("every version is visited, and counted once, where the pages end between versions of a key", async () => {
  await fc.assert(
    fc.asyncProperty(
      keys,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 25, maxLength: 25 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(12), { maxLength: 3 }),
      async (names, depths, pageSize, concurrency, interruptions) => {
        const versions = names.flatMap((key, index) =>
          Array.from({ length: depths[index] ?? 1 }, (_, depth) => ({
            key,
            versionId: `v${depth}`,
            current: depth === 0,
            deleteMarker: depth % 3 === 2,
            lastModified: 0,
          })),
        );
        const wanted = versions
          .filter(({ deleteMarker }) => !deleteMarker)
          .map(({ key, versionId, current: is }) => `${key} ${is ? "current" : versionId}`);
        const { visited, counted } = await inProcesses(listing(versions, pageSize), "all", interruptions, concurrency);
        expect(new Set(visited)).toEqual(new Set(wanted));
        expect(counted).toBe(wanted.length);
      },
    ),
  );
});

const plain = {
  journal: { append: async () => undefined },
  sweep: 1,
  process: 1,
  covered: [],
  versions: "current",
  concurrency: 2,
} as const;
const never = new AbortController().signal;

test.each(["current", "all"] as const)("below a prefix nothing else is visited (versions: %s)", async (versions) => {
  const visited: string[] = [];
  const visit: Visit = async (id) => {
    visited.push(id.key);
    return { ...id, outcome: "alreadyRight" };
  };
  const store = listing(["a", "b", "b/1", "b/2", "b/3", "b0", "c"].map(current), 2);
  await sweep({ ...plain, versions, prefix: "b/", store, visit, stop: never });
  expect(visited.sort()).toEqual(["b/1", "b/2", "b/3"]);
});

test("no more objects are visited at the same time than was said", async () => {
  let [now, most] = [0, 0];
  const visit: Visit = async (id) => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
    return { ...id, outcome: "alreadyRight" };
  };
  await sweep({ ...plain, store: listing([..."abcdefgh"].map(current), 3), visit, stop: never });
  expect(most).toBe(2);
});

test("a bucket that cannot be listed is an error, not an empty bucket", async () => {
  const store: ObjectStore = {
    ...listing([], 1),
    list: async () => ({ is: "refused", status: 403, code: "AccessDenied", message: "Access Denied" }),
  };
  const visit: Visit = async (id) => ({ ...id, outcome: "alreadyRight" });
  await expect(sweep({ ...plain, store, visit, stop: never })).rejects.toThrow(ListRefused);
});

test("behind pages without keys that are not the last the list goes on", async () => {
  const pages: Readonly<Record<string, ListPage>> = {
    start: { objects: [{ key: "a", size: 0 }], more: true, token: "not needed" },
    "after a": { objects: [], more: true, token: "1" },
    "from 1": { objects: [], more: true, token: "2" },
    "from 2": { objects: [{ key: "b", size: 0 }], more: true, token: "3" },
    "after b": { objects: [], more: false },
  };
  const store = onlyAnswering({
    list: async ({ after, token, limit }) => {
      const place = token !== undefined ? `from ${token}` : after !== undefined ? `after ${after}` : "start";
      const page = limit === 1 ? undefined : pages[place]; // 1: where to cut is asked elsewhere
      return { is: "done", value: page ?? { objects: [], more: false } };
    },
  });
  const visited: string[] = [];
  const visit: Visit = async (id) => {
    visited.push(id.key);
    return { ...id, outcome: "alreadyRight" };
  };
  await sweep({ ...plain, store, visit, stop: never });
  expect(visited).toEqual(["a", "b"]);
});

test("a page without keys that does not say where the next begins is an error, and not the end", async () => {
  const store = onlyAnswering({ list: async () => ({ is: "done", value: { objects: [], more: true } }) });
  const visit: Visit = async (id) => ({ ...id, outcome: "alreadyRight" });
  await expect(sweep({ ...plain, store, visit, stop: never })).rejects.toThrow(ListRefused);
});

test("a mistake in a visit ends the sweep with that mistake, and the object counts as not visited", async () => {
  const tally = new Tally();
  const journal = { append: async (line: Parameters<Tally["add"]>[0]) => tally.add(line) };
  const visit: Visit = async ({ key }) => {
    if (key === "b") throw new TypeError("a bug");
    return { key, outcome: "alreadyRight" };
  };
  const store = listing([..."abcdefgh"].map(current), 3);
  await expect(sweep({ ...plain, journal, store, visit, stop: never })).rejects.toThrow("a bug");
  expect(covers(tally.covered, "a")).toBe(true);
  expect(covers(tally.covered, "b")).toBe(false);
});

test("a sweep that is stopped ends, though a list never does, and one that was stopped before asks for none", async () => {
  const controller = new AbortController();
  let lists = 0;
  const store = onlyAnswering({
    list: () => {
      lists++;
      setImmediate(() => controller.abort());
      return new Promise(() => undefined);
    },
  });
  const visit: Visit = () => Promise.reject(new Error("there is nothing to visit"));
  const request = { ...plain, store, visit, stop: controller.signal };
  await sweep(request);
  await sweep(request);
  expect(lists).toBe(1);
});
