import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { previewOfVersions } from "../../src/reencrypt/restore-preview";
import type { Answer, ObjectStore } from "../../src/s3/object-store";
import { backUp, finishedBackUp, lose, restore, versionsIn, worldsForTests } from "../support/backups";
import { type LegacyBucket, setVersioning } from "../support/legacy-bucket";

const worldOf = worldsForTests({ versioning: "Enabled" });

const all = { versions: "all" } as const;

/** What a person sees of a key: the bodies of its versions from the oldest on, and `deleted` for a marker on top. */
async function historyOf(bucket: LegacyBucket, Key: string): Promise<string[]> {
  const versions = (await versionsIn(bucket)).filter((version) => version.Key === Key);
  const bodies: string[] = [];
  // S3 lists the newest first.
  for (const { VersionId } of versions.filter(({ ETag }) => ETag !== undefined).reverse()) {
    const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key, VersionId }));
    bodies.push((await Body?.transformToString()) ?? "");
  }
  const deleted = versions.some(({ ETag, IsLatest }) => ETag === undefined && IsLatest === true);
  return deleted ? [...bodies, "deleted"] : bodies;
}

async function putAll(bucket: LegacyBucket, key: string, bodies: readonly string[]): Promise<void> {
  for (const body of bodies) await bucket.put(key, body);
}

test("every version comes back with its attributes, the oldest first, and a second restore writes nothing", async () => {
  const world = await worldOf();
  const { bucket } = world;
  await bucket.put("a", "first", { Metadata: { author: "ana" }, Tagging: "team=blue" });
  await bucket.put("a", "second", { CacheControl: "max-age=60", StorageClass: "STANDARD_IA" });
  await bucket.put("a", "third");
  await bucket.put("b", "only");
  const { manifest } = await finishedBackUp(world, all);
  await lose(bucket);
  expect(await previewOfVersions(manifest.file, world.store)).toEqual({
    missing: { objects: 4, bytes: "first".length + "second".length + "third".length + "only".length },
    ...{ keys: 2, there: 0, deletedThen: 0, markersBelow: 0 },
  });

  expect((await restore(world, manifest, all)).counts).toEqual({ restored: 2 });
  expect(await historyOf(bucket, "a")).toEqual(["first", "second", "third"]);
  expect(await historyOf(bucket, "b")).toEqual(["only"]);
  const [, second, first] = (await versionsIn(bucket)).filter(({ Key }) => Key === "a");
  const head = (VersionId = "") =>
    bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: "a", VersionId }));
  expect(await head(first?.VersionId)).toMatchObject({ Metadata: { author: "ana" }, TagCount: 1 });
  expect(await head(second?.VersionId)).toMatchObject({ CacheControl: "max-age=60", StorageClass: "STANDARD_IA" });
  expect(await head(first?.VersionId)).toMatchObject({ SSEKMSKeyId: bucket.kmsTarget.keyArn });

  const before = await versionsIn(bucket);
  expect((await restore(world, manifest, all)).counts).toEqual({ alreadyRight: 2 });
  expect(await versionsIn(bucket)).toEqual(before);
});

describe("a key that has versions of its own", () => {
  test.each<[string, (bucket: LegacyBucket) => Promise<unknown>, string[]]>([
    ["another object", (bucket) => bucket.put("a", "theirs"), ["theirs"]],
    ["what came after the first", (bucket) => putAll(bucket, "a", ["1", "theirs"]), ["1", "theirs"]],
    ["the same content with other tags", (bucket) => bucket.put("a", "1", { Tagging: "by=them" }), ["1"]],
    ["more than the backup", (bucket) => putAll(bucket, "a", ["1", "2", "3", "4"]), ["1", "2", "3", "4"]],
    ["the last one alone", (bucket) => bucket.put("a", "3"), ["3"]],
    [
      "a delete marker on top",
      async (bucket) => {
        await putAll(bucket, "a", ["1", "2"]);
        await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: "a" }));
      },
      ["1", "2", "deleted"],
    ],
  ])("is left as it is: %s", async (_, put, expected) => {
    const world = await worldOf();
    const { bucket } = world;
    await putAll(bucket, "a", ["1", "2", "3"]);
    const { manifest } = await finishedBackUp(world, all);
    await lose(bucket);
    await put(bucket);
    expect((await restore(world, manifest, all)).counts).toEqual({ kept: 1 });
    expect(await historyOf(bucket, "a")).toEqual(expected);
  });

  test("of the backup, the oldest of them, gets the others", async () => {
    const world = await worldOf();
    const { bucket } = world;
    await putAll(bucket, "a", ["1", "1", "2"]);
    const { manifest } = await finishedBackUp(world, all);
    await lose(bucket);
    await bucket.put("a", "1");
    expect((await restore(world, manifest, all)).counts).toEqual({ restored: 1 });
    expect(await historyOf(bucket, "a")).toEqual(["1", "1", "2"]);
  });

  test("is given its history where nothing but a delete marker is left of it", async () => {
    const world = await worldOf();
    const { bucket } = world;
    await putAll(bucket, "a", ["1", "2"]);
    const { manifest } = await finishedBackUp(world, all);
    await lose(bucket);
    await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: "a" }));
    expect((await restore(world, manifest, all)).counts).toEqual({ restored: 1 });
    expect(await historyOf(bucket, "a")).toEqual(["1", "2"]);
  });
});

test("delete markers are not put again: one on top leaves its key out, one below is counted", async () => {
  const world = await worldOf();
  const { bucket } = world;
  const remove = (Key: string) => bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key }));
  await putAll(bucket, "gone", ["1", "2"]);
  await remove("gone");
  await bucket.put("back", "1");
  await remove("back");
  await bucket.put("back", "2");
  await remove("never");
  const { manifest } = await finishedBackUp(world, all);
  await lose(bucket);
  const seen = await previewOfVersions(manifest.file, world.store);
  expect(seen).toMatchObject({ keys: 1, missing: { objects: 2 }, deletedThen: 1, markersBelow: 1 });
  const { counts, outcomes } = await restore(world, manifest, all);
  expect(counts).toEqual({ restored: 1, cannot: 1 });
  expect(outcomes).toContainEqual({ key: "gone", outcome: "cannot", because: "deletedThen" });
  expect(await historyOf(bucket, "gone")).toEqual([]);
  expect(await historyOf(bucket, "back")).toEqual(["1", "2"]);
});

test("a history of which a copy is gone is not begun", async () => {
  const world = await worldOf();
  const { bucket, destination } = world;
  await putAll(bucket, "a", ["1", "2", "3"]);
  const { manifest } = await finishedBackUp(world, all);
  await lose(bucket);
  const second = (await manifest.file.entriesOf("a"))[1];
  const at = second?.deleteMarker ? undefined : second?.copy.key;
  const source: ObjectStore = {
    ...destination,
    head: async (request) =>
      request.key === at
        ? { is: "refused", status: 404, code: "NoSuchKey", message: "" }
        : await destination.head(request),
  };
  const { outcomes } = await restore(world, manifest, { ...all, source });
  expect(outcomes).toMatchObject([{ outcome: "failed", message: expect.stringMatching(/^version 2 of 3: its copy/) }]);
  expect(await historyOf(bucket, "a")).toEqual([]);
});

/** A store whose copies are counted, and of which some end as told; `before` and `after` S3 has done its part. */
function disturbed(store: ObjectStore, at: number, how: "before" | "after", then: () => Promise<unknown>): ObjectStore {
  let copies = 0;
  return {
    ...store,
    copy: async (request) => {
      copies++;
      if (copies !== at) return store.copy(request);
      if (how === "before") {
        await then();
        return store.copy(request);
      }
      await store.copy(request);
      await then();
      return { is: "unknown", cause: "reset" } satisfies Answer<never>;
    },
  };
}

test.each([1, 2, 3])("what an application writes before version %i is written stays on top", async (at) => {
  const world = await worldOf();
  const { bucket, store } = world;
  const bodies = ["1", "2", "3"];
  await putAll(bucket, "a", bodies);
  const { manifest } = await finishedBackUp(world, all);
  await lose(bucket);
  const theirs = disturbed(store, at, "before", () => bucket.put("a", "theirs"));
  expect((await restore(world, manifest, { ...all, store: theirs })).counts).toEqual({ changedMeanwhile: 1 });
  expect(await historyOf(bucket, "a")).toEqual([...bodies.slice(0, at - 1), "theirs"]);
});

test("a bucket whose versioning is suspended meanwhile is noticed with the first version", async () => {
  const world = await worldOf();
  const { bucket, store } = world;
  await putAll(bucket, "a", ["1", "2", "3"]);
  const { manifest } = await finishedBackUp(world, all);
  await lose(bucket);
  const suspended = disturbed(store, 1, "before", () => setVersioning(bucket, "Suspended"));
  const { outcomes } = await restore(world, manifest, { ...all, store: suspended });
  expect(outcomes).toMatchObject([{ outcome: "failed", message: "versioning is not enabled any more" }]);
  expect(await historyOf(bucket, "a")).toEqual(["1"]);
});

class Killed extends Error {}

/** Whatever the history: killed before or behind any of its copies, and gone on with, no version is there twice. */
test("a restore that is killed at any copy is finished by the next one, each version once", async () => {
  const history = fc.array(fc.constantFrom("1", "2", "3"), { minLength: 1, maxLength: 5 });
  const kills = fc.array(fc.record({ at: fc.integer({ min: 1, max: 5 }), late: fc.boolean() }), { maxLength: 3 });
  const lost = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(history, kills, lost, async (bodies, deaths, unanswered) => {
      const world = await worldOf();
      const { bucket, store } = world;
      await putAll(bucket, "a", bodies);
      const { manifest } = await finishedBackUp(world, all);
      await lose(bucket);
      for (const { at, late } of deaths) {
        const dying = disturbed(store, at, late ? "after" : "before", async () => {
          throw new Killed();
        });
        await restore(world, manifest, { ...all, store: dying }).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
      }
      const last = unanswered === undefined ? store : disturbed(store, unanswered, "after", async () => undefined);
      const { counts } = await restore(world, manifest, { ...all, store: last });
      expect((counts.restored ?? 0) + (counts.alreadyRight ?? 0)).toBe(1);
      expect(await historyOf(bucket, "a")).toEqual(bodies);
    }),
    { numRuns: 25 },
  );
});

test("a late request of a killed process, which S3 gets behind the next one's, is refused by its condition", async () => {
  const world = await worldOf();
  const { bucket, store } = world;
  await putAll(bucket, "a", ["1", "2", "3"]);
  const { manifest } = await finishedBackUp(world, all);
  await lose(bucket);
  const late: (() => Promise<Answer<unknown>>)[] = [];
  const held: ObjectStore = {
    ...store,
    copy: async (request) => {
      if (late.length === 0 && request.ifMatch !== undefined) {
        late.push(() => store.copy(request));
        throw new Killed();
      }
      return store.copy(request);
    },
  };
  await expect(restore(world, manifest, { ...all, store: held })).rejects.toThrow(Killed);
  expect((await restore(world, manifest, all)).counts).toEqual({ restored: 1 });
  expect(await late[0]?.()).toMatchObject({ is: "refused", status: 412 });
  expect(await historyOf(bucket, "a")).toEqual(["1", "2", "3"]);
});

test("an object that became current while it was being backed up comes back once", async () => {
  const world = await worldOf();
  const { bucket, store } = world;
  await putAll(bucket, "a", ["1", "2"]);
  const newest = (await versionsIn(bucket)).find(({ IsLatest }) => IsLatest)?.VersionId;
  const remove = new DeleteObjectCommand({ Bucket: bucket.name, Key: "a", VersionId: newest });
  let removed = false;
  const changing: ObjectStore = {
    ...store,
    head: async (request) => {
      if (!removed) {
        removed = true;
        await bucket.client.send(remove);
      }
      return store.head(request);
    },
  };
  const backup = await backUp(world, { ...all, store: changing });
  if (!backup) throw new Error("the backup was stopped");
  expect(await backup.manifest.file.entriesOf("a")).toHaveLength(2);
  await lose(bucket);
  expect((await restore(world, backup.manifest, all)).counts).toEqual({ restored: 1 });
  expect(await historyOf(bucket, "a")).toEqual(["1"]);
});

test("many versions of several keys, whose names begin alike, come back in pages", async () => {
  const world = await worldOf();
  const { bucket } = world;
  const keys = ["a", "a/b", "a/b/c", "ab"];
  const bodies = Array.from({ length: 12 }, (_, number) => `${number}`);
  for (const body of bodies) for (const key of keys) await bucket.put(key, body);
  await bucket.put("z", "z");
  const { manifest } = await finishedBackUp(world, all);
  await lose(bucket);
  expect((await restore(world, manifest, { ...all, prefix: "a" })).counts).toEqual({ restored: keys.length });
  for (const key of keys) expect(await historyOf(bucket, key)).toEqual(bodies);
  expect(await historyOf(bucket, "z")).toEqual([]);
});
