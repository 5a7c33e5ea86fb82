import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, PutObjectTaggingCommand } from "@aws-sdk/client-s3";
import { coverage, worthAsking } from "../../src/reencrypt/manifest/coverage";
import { isKept, type KeptEntry } from "../../src/reencrypt/manifest/entry";
import { formatHead, type ManifestHead, parseHead } from "../../src/reencrypt/manifest/head";
import { openManifest, readHead } from "../../src/reencrypt/manifest/open";
import {
  type BackupWorld,
  backUp,
  backupBucket,
  backupWorld,
  type FinishedBackup,
  finishedBackUp,
  lose,
  restore,
} from "../support/backups";
import { instantClock, type LegacyBucketProps, legacyBucket } from "../support/legacy-bucket";

let world: BackupWorld;
const open = async (props?: LegacyBucketProps) => {
  world = await backupWorld(await legacyBucket(props));
  return world.bucket;
};
afterEach(() => world.close());

const kept = async ({ manifest }: FinishedBackup, key: string): Promise<KeptEntry[]> =>
  (await manifest.file.entriesOf(key)).filter(isKept);

const get = async (Key: string): Promise<Buffer> => {
  const got = await world.bucket.client.send(new GetObjectCommand({ Bucket: backupBucket, Key }));
  return Buffer.from((await got.Body?.transformToByteArray()) ?? []);
};
const put = (Key: string, Body: Buffer | string) =>
  world.bucket.client.send(new PutObjectCommand({ Bucket: backupBucket, Key, Body }));

test("a manifest says of each object what was copied from where to where", async () => {
  const bucket = await open({ acls: true });
  const etag = await bucket.put("a", "one", { ACL: "public-read", StorageClass: "STANDARD_IA" });
  await bucket.put("b", "two");
  const { manifest } = await finishedBackUp(world, { storageClass: "GLACIER_IR" });
  const { run } = manifest.head;
  const lines = gunzipSync(await get(manifest.head.manifest.key))
    .toString()
    .trimEnd()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line).key)).toEqual(["a", "b"]);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    ...{ key: "a", current: true, etag, size: 3, storageClass: "STANDARD_IA" },
    copy: { key: `${bucket.name}/${run}/a`, etag: expect.any(String), at: expect.any(Number) },
    acl: expect.stringMatching(/^_acls\/acme-uploads\//),
  });
});

test("a run that was killed twice has a whole manifest, each object in it once and in order", async () => {
  const bucket = await open();
  const keys = Array.from({ length: 120 }, (_, index) => `k${String(index).padStart(5, "0")}`);
  for (const key of keys) bucket.aws.seedObject({ bucket: bucket.name, key, size: 1, encryption: "AES256" });
  for (const after of [30, 40]) {
    const controller = new AbortController();
    let seen = 0;
    const onObject = () => void (++seen === after && controller.abort());
    expect(await backUp(world, { stop: controller.signal, onObject })).toBeUndefined();
  }
  const { manifest } = await finishedBackUp(world);
  const listed: string[] = [];
  for await (const [key, entries] of manifest.file.keysFrom("")) {
    expect(entries).toHaveLength(1);
    listed.push(key);
  }
  expect(listed).toEqual(keys);
});

describe("incremental", () => {
  const since = (earlier: FinishedBackup, oldestMs = Number.POSITIVE_INFINITY) => ({
    earlier: { entriesOf: (key: string) => earlier.manifest.file.entriesOf(key), oldestMs },
  });

  test("what is as it was is not copied again, and comes back from the old copy", async () => {
    const bucket = await open();
    for (const key of ["same", "content", "tags", "expired"]) await bucket.put(key, "old");
    const first = await finishedBackUp(world);
    await bucket.put("content", "new");
    const TagSet = [{ Key: "a", Value: "b" }];
    const tags = { Bucket: bucket.name, Key: "tags", Tagging: { TagSet } };
    await bucket.client.send(new PutObjectTaggingCommand(tags)); // neither ETag nor date shows it
    await bucket.put("added", "new");
    const [gone] = await kept(first, "expired");
    await bucket.client.send(new DeleteObjectCommand({ Bucket: backupBucket, Key: gone?.copy.key ?? "" }));

    const second = await finishedBackUp(world, since(first));
    expect(second.counts).toEqual({ carried: 1, backedUp: 4 });
    const [same] = await kept(second, "same");
    expect(same?.copy.key).toBe(`${bucket.name}/${first.manifest.head.run}/same`);
    await lose(bucket);
    expect((await restore(world, second.manifest)).counts).toEqual({ restored: 5 });
  });

  test("a copy that somebody has written over is made anew", async () => {
    const bucket = await open();
    await bucket.put("a", "old");
    const first = await finishedBackUp(world);
    const [{ copy } = { copy: { key: "" } }] = await kept(first, "a");
    await bucket.client.send(new PutObjectCommand({ Bucket: backupBucket, Key: copy.key, Body: "odd" }));
    expect((await finishedBackUp(world, since(first))).counts).toEqual({ backedUp: 1 });
  });

  test("a copy that the lifecycle would end too soon is made anew", async () => {
    const bucket = await open();
    await bucket.put("a", "old");
    const first = await finishedBackUp(world);
    const [{ copy } = { copy: { at: 0 } }] = await kept(first, "a");
    const day = 86_400_000;
    const clock = { ...instantClock, now: () => copy.at + day };
    expect((await finishedBackUp(world, { ...since(first, day), clock })).counts).toEqual({ carried: 1 });
    expect((await finishedBackUp(world, { ...since(first, day - 1), clock })).counts).toEqual({ backedUp: 1 });
  });

  test("a version that was current, and is so no more, keeps its copy and is not taken for the current one", async () => {
    const bucket = await open({ versioning: "Enabled" });
    await bucket.put("a", "old");
    const first = await finishedBackUp(world, { versions: "all" });
    await bucket.put("a", "new");
    const second = await finishedBackUp(world, { ...since(first), versions: "all" });
    expect(second.counts).toEqual({ backedUp: 1, carried: 1 });
    expect((await kept(second, "a")).map(({ current }) => current)).toEqual([true, false]);
  });

  test.each<[string, (entry: KeptEntry) => Partial<KeptEntry>]>([
    ["version", () => ({ versionId: "another" })],
    ["ETag", () => ({ etag: '"another"' })],
    ["size", ({ size }) => ({ size: size + 1 })],
    ["date", ({ lastModified }) => ({ lastModified: lastModified - 1000 })],
    ["metadata", () => ({ attributes: "another" })],
  ])("a copy of an object that had another %s is made anew", async (_, change) => {
    const bucket = await open();
    await bucket.put("a", "old");
    const first = await finishedBackUp(world);
    const entriesOf = async (key: string) => (await kept(first, key)).map((entry) => ({ ...entry, ...change(entry) }));
    const earlier = { ...since(first).earlier, entriesOf };
    expect((await finishedBackUp(world, { earlier })).counts).toEqual({ backedUp: 1 });
  });
});

test("with all versions: noncurrent ones have a place of their own, and delete markers are named", async () => {
  const bucket = await open({ versioning: "Enabled" });
  for (const body of ["one", "two", "three"]) await bucket.put("a", body);
  await bucket.put("deleted", "four");
  await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: "deleted" }));
  const backup = await finishedBackUp(world, { versions: "all" });
  expect(backup.counts).toEqual({ backedUp: 4, markerNoted: 1 });
  const { run } = backup.manifest.head;
  const entries = await kept(backup, "a");
  expect(entries.map(({ current }) => current)).toEqual([true, false, false]);
  const bodies = await Promise.all(entries.map(({ copy }) => get(copy.key)));
  expect(bodies.map(String)).toEqual(["three", "two", "one"]);
  expect(entries[1]?.copy.key).toBe(`${bucket.name}/${run}.versions/${entries[1]?.versionId}/a`);
  expect(await backup.manifest.file.entriesOf("deleted")).toMatchObject([
    { deleteMarker: true, current: true },
    { current: false, size: 4 },
  ]);
});

describe("nothing is believed of", () => {
  const ruined = async (ruin: (head: ManifestHead, headKey: string) => Promise<unknown>) => {
    const bucket = await open();
    for (const key of ["a", "b"]) await bucket.put(key, "old");
    const { manifest, headKey } = await finishedBackUp(world);
    await ruin(manifest.head, headKey);
    const again = async () => {
      const head = await readHead(world.documents, instantClock, headKey);
      const opened = await openManifest(world.documents, instantClock, head, world.directory);
      world.opened.push(opened);
    };
    return expect(again()).rejects;
  };
  /** A head that somebody made to fit. */
  const rewrite = (head: ManifestHead, headKey: string, more: Partial<ManifestHead>) =>
    put(headKey, formatHead({ ...head, ...more }));
  /** A manifest that somebody made, and a head to fit it. */
  const replaceManifest = async (head: ManifestHead, headKey: string, stored: Buffer, entries: number) => {
    const { key } = head.manifest;
    await put(key, stored);
    const sha256 = createHash("sha256").update(stored).digest("hex");
    await rewrite(head, headKey, { manifest: { key, bytes: stored.length, sha256, entries } });
  };

  test("a manifest that is cut", async () => {
    const rejects = await ruined(async ({ manifest: { key } }) => put(key, (await get(key)).subarray(0, -5)));
    await rejects.toThrow(/is cut: it has \d+ bytes of \d+/);
  });
  test("a manifest that was edited", async () => {
    const rejects = await ruined(async ({ manifest: { key } }) => {
      const text = gunzipSync(await get(key)).toString();
      await put(key, Buffer.concat([gzipSync(text.replace('"a"', '"x"')), Buffer.alloc(100)]));
    });
    await rejects.toThrow("SHA-256");
  });
  test("a head that was edited", async () => {
    const rejects = await ruined(async (_, key) =>
      put(key, (await get(key)).toString().replace('"entries": 2', '"entries": 1')),
    );
    await rejects.toThrow("does not fit its own SHA-256: it was edited");
  });
  test("a head that is cut", async () => {
    const rejects = await ruined(async (_, key) => put(key, (await get(key)).subarray(0, 50)));
    await rejects.toThrow("is no JSON: it was cut or edited");
  });
  test("another bucket's", async () => {
    const rejects = await ruined((head, key) => rewrite(head, key, { bucket: "acme-others" }));
    await rejects.toThrow("is of bucket acme-others");
  });
  test("one with fewer entries than its head says", async () => {
    const rejects = await ruined((head, key) => rewrite(head, key, { manifest: { ...head.manifest, entries: 3 } }));
    await rejects.toThrow("has 2 entries, and its head says 3");
  });
  test.each<[string, (lines: string[]) => string[], string]>([
    ["whose lines are not in the order of keys", ([a = "", b = ""]) => [b, a], "line 2 is not in the order of keys"],
    ["with a line of something else", ([a = ""]) => [a, '{"key":"b"}'], "line 2 is none of a manifest of this format"],
  ])("one %s, though it fits its head", async (_, change, message) => {
    const rejects = await ruined(async (head, headKey) => {
      const { key, entries } = head.manifest;
      const lines = gunzipSync(await get(key))
        .toString()
        .trimEnd()
        .split("\n");
      await replaceManifest(head, headKey, gzipSync(`${change(lines).join("\n")}\n`), entries);
    });
    await rejects.toThrow(message);
  });
  test("one that cannot be unpacked, though it fits its head", async () => {
    const rejects = await ruined((head, key) => replaceManifest(head, key, Buffer.from("no gzip"), 2));
    await rejects.toThrow(/could not be unpacked: .*incorrect header check/);
  });
  test("a run that is not finished", async () => {
    const rejects = await ruined((_, key) =>
      world.bucket.client.send(new DeleteObjectCommand({ Bucket: backupBucket, Key: key })),
    );
    await rejects.toThrow("that backup is not finished");
  });
});

describe("what a backup covers", () => {
  const day = 86_400_000;

  test("is an object with the ETag that it had, as long as its copy is kept", async () => {
    const bucket = await open();
    await bucket.put("a", "old");
    const backup = await finishedBackUp(world);
    const { manifest } = backup;
    const { value: state } = (await world.store.head({ key: "a" })) as {
      value: Parameters<ReturnType<typeof coverage>>[0];
    };
    const covers = coverage([manifest], instantClock);
    expect(await covers(state)).toBe(true);
    expect(await covers({ ...state, etag: '"other"' })).toBe(false);
    expect(await covers({ ...state, key: "b" })).toBe(false);
    expect(await covers({ ...state, size: state.size + 1 })).toBe(false);

    const [{ copy } = { copy: { at: 0 } }] = await kept(backup, "a");
    const coversAt = (now: number, retentionInDays: number | null) =>
      coverage([{ ...manifest, head: { ...manifest.head, retentionInDays } }], { ...instantClock, now: () => now })(
        state,
      );
    expect(await coversAt(copy.at + 90 * day - 1, 90)).toBe(true);
    expect(await coversAt(copy.at + 90 * day, 90)).toBe(false);
    expect(await coversAt(copy.at + 90 * day, null)).toBe(true);
  });

  test("of several for the same, only the newest is asked", async () => {
    await open();
    const head = parseHead(
      formatHead({
        ...{ format: 2, bucket: "b", account: "1", region: "r", run: "newest", scope: "all", versions: "current" },
        ...{ prefix: null, since: null, finishedAt: "2026-01-01T00:00:00.000Z", retentionInDays: null },
        ...{ counts: {}, because: {}, manifest: { key: "k", bytes: 0, sha256: "0".repeat(64), entries: 0 } },
      }),
    );
    if (typeof head === "string") throw new Error(head);
    const others: Partial<ManifestHead>[] = [{ prefix: "a/" }, { scope: "rewritten" }, { versions: "all" }, {}];
    const heads = [head, ...others.map((other, index) => ({ ...head, ...other, run: String(index) }))];
    expect(worthAsking(heads).map(({ run }) => run)).toEqual(["newest", "0", "1", "2"]);
  });
});
