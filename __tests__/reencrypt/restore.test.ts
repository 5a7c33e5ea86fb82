import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectAclCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { preview } from "../../src/reencrypt/restore-preview";
import type { ObjectStore } from "../../src/s3/object-store";
import {
  backupBucket,
  finishedBackUp,
  lose,
  photograph,
  restore,
  versionsIn,
  worldsForTests,
} from "../support/backups";
import { type LegacyBucket, setVersioning } from "../support/legacy-bucket";

const worldOf = worldsForTests();

const bodyOf = async ({ client, name }: LegacyBucket, Key: string) =>
  (await client.send(new GetObjectCommand({ Bucket: name, Key }))).Body?.transformToString();

/** Attributes of all kinds, one object each and one with all. */
async function putFurniture(bucket: LegacyBucket): Promise<string[]> {
  const headers = {
    ContentType: "text/csv",
    CacheControl: "max-age=60",
    ContentDisposition: 'attachment; filename="a.csv"',
    ContentEncoding: "gzip",
    ContentLanguage: "de",
    Expires: new Date("2033-12-01T16:00:00Z"),
  };
  const attributes = {
    plain: {},
    headers,
    metadata: { Metadata: { author: "ana", empty: "" } },
    tagged: { Tagging: "team=blue&a%20b=%C3%BC" },
    infrequent: { StorageClass: "STANDARD_IA" },
    redirect: { WebsiteRedirectLocation: "/there" },
    public: { ACL: "public-read" },
    "all/of it": { ...headers, Metadata: { a: "1" }, Tagging: "b=2", StorageClass: "ONEZONE_IA", ACL: "public-read" },
  } as const;
  for (const [key, given] of Object.entries(attributes)) await bucket.put(key, `content of ${key}`, given);
  return Object.keys(attributes);
}

test.each([undefined, "Enabled"] as const)(
  "every object comes back with its attributes: versioning %s",
  async (versioning) => {
    const world = await worldOf({ acls: true, versioning });
    const { bucket } = world;
    const keys = await putFurniture(bucket);
    const before = await Promise.all(keys.map((key) => photograph(bucket, key)));
    const { manifest } = await finishedBackUp(world);
    await lose(bucket);
    expect(await preview(manifest.file, world.store)).toMatchObject({ missing: { objects: keys.length }, there: 0 });

    const { counts } = await restore(world, manifest);
    expect(counts).toEqual({ restored: keys.length });
    expect(await Promise.all(keys.map((key) => photograph(bucket, key)))).toEqual(before);
    const head = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: "plain" }));
    expect(head).toMatchObject({ SSEKMSKeyId: bucket.kmsTarget.keyArn, BucketKeyEnabled: true });

    expect((await restore(world, manifest)).counts).toEqual({ alreadyRight: keys.length });
  },
);

test("an object of 6 GiB comes back in parts", async () => {
  const world = await worldOf();
  const { bucket } = world;
  bucket.aws.seedObject({ bucket: bucket.name, key: "video", size: 6 * 1024 ** 3, encryption: "AES256" });
  const { manifest } = await finishedBackUp(world);
  await lose(bucket);
  expect((await restore(world, manifest)).counts).toEqual({ restored: 1 });
  const head = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: "video" }));
  expect(head).toMatchObject({ ContentLength: 6 * 1024 ** 3, SSEKMSKeyId: bucket.kmsTarget.keyArn });
});

const hostileKey = fc
  .string({
    unit: fc.constantFrom("/", "a", "é", "\u0001", "\u2028", "\ufffd", "🐎", "%", "+", " ", '"', "\\"),
    minLength: 1,
    maxLength: 6,
  })
  .filter((key) => key !== "." && key !== "..");

test("whatever the keys: backup, loss, restore of a prefix, then of all", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(hostileKey, { minLength: 1, maxLength: 8 }), hostileKey, async (keys, prefix) => {
      const world = await worldOf();
      const { bucket } = world;
      for (const key of keys) await bucket.put(key, `content of ${key}`);
      const { manifest } = await finishedBackUp(world);
      await lose(bucket);
      const within = keys.filter((key) => key.startsWith(prefix)).length;
      expect((await restore(world, manifest, { prefix })).counts).toEqual(within > 0 ? { restored: within } : {});
      await restore(world, manifest);
      for (const key of keys) expect(await bodyOf(bucket, key)).toBe(`content of ${key}`);
    }),
    { numRuns: 5 },
  );
});

test("many keys come back through several lanes, and the manifest has them in the order of S3", async () => {
  const world = await worldOf();
  const { bucket } = world;
  // In JavaScript's own order the horse comes before the replacement character, in S3's after it.
  const keys = Array.from({ length: 120 }, (_, index) => `${index % 7}/${["🐎", "\ufffd", "x"][index % 3]}${index}`);
  for (const key of keys) bucket.aws.seedObject({ bucket: bucket.name, key, size: 3, encryption: "AES256" });
  const { manifest, counts } = await finishedBackUp(world);
  expect(counts).toEqual({ backedUp: keys.length });
  const listed: string[] = [];
  for await (const [key] of manifest.file.keysFrom("")) listed.push(key);
  expect(listed).toEqual(keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
});

describe("what an application writes", () => {
  test("before the restore is left as it is, unless it is told to overwrite", async () => {
    const world = await worldOf();
    const { bucket } = world;
    for (const key of ["lost", "changed", "same", "tagged"]) await bucket.put(key, "old");
    const { manifest } = await finishedBackUp(world);
    await lose(bucket);
    await bucket.put("changed", "new");
    await bucket.put("same", "old");
    await bucket.put("tagged", "old", { Tagging: "by=them" });

    expect((await restore(world, manifest)).counts).toEqual({ restored: 1, kept: 2, alreadyRight: 1 });
    expect(await bodyOf(bucket, "changed")).toBe("new");
    const over = await restore(world, manifest, { overwrite: true });
    expect(over.counts).toEqual({ restored: 2, alreadyRight: 2 });
    expect(await bodyOf(bucket, "changed")).toBe("old");
  });

  test.each([false, true])("during the restore is never overwritten: overwrite %s", async (overwrite) => {
    const world = await worldOf();
    const { bucket } = world;
    await bucket.put("a", "old");
    const { manifest } = await finishedBackUp(world);
    if (overwrite) await bucket.put("a", "in between");
    else await lose(bucket);
    bucket.between = async () => void (await bucket.put("a", "theirs"));
    const { counts } = await restore(world, manifest, { overwrite });
    expect(counts).toEqual({ changedMeanwhile: 1 });
    expect(await bodyOf(bucket, "a")).toBe("theirs");
  });

  test("in parts during the restore of a large object is not overwritten either", async () => {
    const world = await worldOf();
    const { bucket } = world;
    bucket.aws.seedObject({ bucket: bucket.name, key: "a", size: 6 * 1024 ** 3, encryption: "AES256" });
    const { manifest } = await finishedBackUp(world);
    await lose(bucket);
    bucket.between = async () => void (await bucket.put("a", "theirs"));
    expect((await restore(world, manifest)).counts).toEqual({ changedMeanwhile: 1 });
    expect(await bodyOf(bucket, "a")).toBe("theirs");
  });
});

test("with versioning suspended, no noncurrent null version is written over", async () => {
  const world = await worldOf();
  const { bucket } = world;
  for (const key of ["a", "b"]) await bucket.put(key, "old");
  const { manifest } = await finishedBackUp(world);
  await setVersioning(bucket, "Enabled");
  await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: "a" })); // the null version is underneath
  await setVersioning(bucket, "Suspended");
  await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: "b" })); // the marker is the null version
  const { outcomes } = await restore(world, manifest);
  expect(outcomes.find(({ key }) => key === "a")).toMatchObject({ because: "nullVersionWouldBeLost" });
  expect(outcomes.find(({ key }) => key === "b")).toMatchObject({ outcome: "restored" });
  const [noncurrent] = (await versionsIn(bucket)).filter(({ Key, VersionId }) => Key === "a" && VersionId === "null");
  expect(noncurrent).toMatchObject({ Size: 3 });
});

test("what is there under a customer's key is left as it is", async () => {
  const world = await worldOf();
  const { bucket } = world;
  await bucket.put("a", "old");
  const { manifest } = await finishedBackUp(world);
  await bucket.put("a", "theirs", { SSECustomerAlgorithm: "AES256", SSECustomerKey: "k".repeat(32) });
  expect((await restore(world, manifest)).counts).toEqual({ kept: 1 });
  expect((await restore(world, manifest, { overwrite: true })).counts).toEqual({ cannot: 1 });
});

test("an answer that is lost is looked into: what is there as it was backed up was restored", async () => {
  const world = await worldOf();
  const { bucket } = world;
  await bucket.put("a", "old");
  const { manifest } = await finishedBackUp(world);
  await lose(bucket);
  bucket.fault = async (request) => {
    if (request.headers["x-amz-copy-source"] === undefined) return undefined;
    bucket.fault = undefined;
    await bucket.aws.handle(request);
    throw new Error("socket hang up");
  };
  expect((await restore(world, manifest)).counts).toEqual({ restored: 1 });
  expect(await bodyOf(bucket, "a")).toBe("old");
});

test("a copy that was changed or is gone restores nothing, and the object is named", async () => {
  const world = await worldOf();
  const { bucket } = world;
  for (const key of ["changed", "gone", "good"]) await bucket.put(key, "old");
  const { manifest } = await finishedBackUp(world);
  await lose(bucket);
  const [changed, gone] = ["changed", "gone"].map((key) => ({
    Bucket: backupBucket,
    Key: `${bucket.name}/${manifest.head.run}/${key}`,
  }));
  await bucket.client.send(new PutObjectCommand({ Body: "odd", Bucket: "", Key: "", ...changed }));
  await bucket.client.send(new DeleteObjectCommand({ Bucket: "", Key: "", ...gone }));
  const { outcomes, counts } = await restore(world, manifest);
  expect(counts).toEqual({ failed: 2, restored: 1 });
  expect(outcomes.find(({ key }) => key === "changed")?.message).toContain("was changed since");
  expect(outcomes.find(({ key }) => key === "gone")?.message).toContain("is gone from the backup bucket");
});

test("a copy that its bucket's lifecycle has archived is named, and has to be restored by S3 first", async () => {
  const world = await worldOf();
  const { bucket } = world;
  await bucket.put("a", "old");
  const { manifest } = await finishedBackUp(world);
  await lose(bucket);
  const copy = bucket.aws.state.s3.buckets.get(backupBucket)?.keys.get(`${bucket.name}/${manifest.head.run}/a`)?.[0];
  Object.assign(copy ?? {}, { storageClass: "DEEP_ARCHIVE" });
  expect((await restore(world, manifest)).outcomes).toEqual([{ key: "a", outcome: "cannot", because: "archived" }]);
});

test.each([
  ["differs: metadata", { metadata: {} }],
  ["differs: tags", { tags: [] }],
  ["differs: checksum", { checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT", value: "AAAAAAAAAAA=" } }],
  ["not encrypted as asked", { encryption: { is: "none" } }],
])("what comes back and is %s, does not count as restored", async (what, changes) => {
  const world = await worldOf();
  const { bucket } = world;
  await bucket.put("a", "old", { Metadata: { author: "ana" }, Tagging: "team=blue" });
  const { manifest } = await finishedBackUp(world);
  await lose(bucket);
  const store: ObjectStore = {
    ...world.store,
    copy: async (request) => {
      const answer = await world.store.copy(request);
      Object.assign(bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("a")?.[0] ?? {}, changes);
      return answer;
    },
  };
  expect((await restore(world, manifest, { store })).outcomes).toEqual([
    { key: "a", outcome: "notAsBefore", message: `restored, and ${what}` },
  ]);
});

test("an ACL that its new bucket cannot have is named", async () => {
  const world = await worldOf({ acls: true });
  const { bucket } = world;
  await bucket.put("a", "old");
  await bucket.client.send(new PutObjectAclCommand({ Bucket: bucket.name, Key: "a", ACL: "public-read" }));
  const { manifest } = await finishedBackUp(world);
  await lose(bucket);
  const { bucket: traits } = await bucket.context(bucket.kmsTarget);
  const { outcomes } = await restore(world, manifest, { bucket: { ...traits, aclOwner: undefined } });
  expect(outcomes).toMatchObject([{ outcome: "notAsBefore", message: expect.stringContaining("without its ACL") }]);
});

test("an object that was another account's becomes its bucket's owner's, and is named", async () => {
  const world = await worldOf({ acls: true });
  const { bucket } = world;
  await bucket.put("a", "old");
  Object.assign(bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("a")?.[0] ?? {}, { owner: "222222222222" });
  const { manifest } = await finishedBackUp(world);
  await lose(bucket);
  const { outcomes } = await restore(world, manifest);
  expect(outcomes).toMatchObject([{ outcome: "notAsBefore", message: expect.stringContaining("owner") }]);
});

test("a lock is not set again, and the object is named", async () => {
  const world = await worldOf({ objectLock: true, versioning: "Enabled" });
  const { bucket } = world;
  await bucket.put("a", "old", { ObjectLockLegalHoldStatus: "ON" });
  const { manifest } = await finishedBackUp(world);
  const away = manifest.file.entriesOf("a");
  expect(await away).toMatchObject([{ lock: { legalHold: true } }]);
  await bucket.put("a", "new");
  const { outcomes } = await restore(world, manifest, { overwrite: true });
  expect(outcomes).toMatchObject([{ outcome: "notAsBefore", message: expect.stringContaining("legal hold") }]);
  expect(await bodyOf(bucket, "a")).toBe("old");
});
