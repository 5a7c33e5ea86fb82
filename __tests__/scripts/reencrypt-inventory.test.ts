import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { CreateBucketCommand, DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { type AtRestWorld, atRestWorld, bucket, ended, region } from "../support/at-rest-world";
import { type InventoryRow, writeInventory } from "../support/inventory";

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

const words = (source: string) => [
  ...["reencrypt", "--bucket", bucket, "--sse", "aws:kms", "--kms-key-arn", world.keyArn, "--yes"],
  ...["--source", `inventory=${source}`],
];
const inventoryOf = (rows: readonly InventoryRow[], createdAt?: number) =>
  writeInventory(join(world.directory, "inventory"), { bucket, rows, createdAt });
const underKey = () =>
  ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: world.keyArn, BucketKeyEnabled: "true" }) as const;
const encryptionOf = (Key: string) => world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
const runs = () => join(world.directory, ".at-rest", bucket, "reencrypt");
const operationsOf = ({ run }: { run: string }) =>
  JSON.parse(readFileSync(join(world.directory, run, "report/summary.json"), "utf8")).operations;

test("what an inventory shows to be otherwise comes first, and everything is listed and looked at after it", async () => {
  const old = ["a b+c", "ü/日本", "😀", "z"];
  for (const key of old) await world.put(key);
  const right = Array.from({ length: 30 }, (_, index) => `right/${index}`);
  for (const key of right) await world.put(key, underKey());
  await world.put("written since");
  await world.put("vanishes");
  await world.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "vanishes" }));
  const source = inventoryOf([
    ...right.map((key) => ({ key, encryption: "SSE-KMS", bucketKey: true }) as const),
    ...[...old, "vanishes"].reverse().map((key) => ({ key, encryption: "SSE-S3" }) as const),
  ]);
  const { exitCode, stdout, stderr } = await world.atRest(...words(source), "--json");
  expect(stderr).toMatch(
    / {2}first {3}what an inventory of \S+Z, 24 h 0 min old, shows to be encrypted otherwise; then/,
  );
  expect(stderr).toContain("  5 objects to look at first; 30 objects as asked, according to the inventory");
  expect(stderr).toContain("  30 of the 30 whose key it does not name were looked at, and 100 % are right");
  const told = JSON.parse(stdout);
  expect(told).toMatchObject({
    ...{ ended: "settled", sweeps: 3, counts: { alreadyRight: 30, updated: 5, gone: 1 } },
    source: { inventory: source, otherwise: 5, asTarget: 30, unsure: 30, rightShare: 1, used: true },
  });
  expect(exitCode).toBe(0);
  for (const key of [...old, ...right, "written since"]) {
    expect(await encryptionOf(key)).toMatchObject({ SSEKMSKeyId: world.keyArn, BucketKeyEnabled: true });
  }
  const summary = JSON.parse(readFileSync(join(world.directory, told.run, "report/summary.json"), "utf8"));
  expect(summary).toMatchObject({
    before: [
      { encryption: `SSE-KMS ${world.keyArn}, bucket key on`, objects: 30 },
      { encryption: "SSE-S3", objects: 5 },
    ],
    after: [{ objects: 35 }],
    request: { source, sourceCreatedAt: expect.stringMatching(/Z$/) },
  });
  // Nobody needs the list of objects any more.
  expect(existsSync(join(world.directory, told.run, "inventory"))).toBe(false);
});

test("where the rest is right, one look at each of it is saved, and with one sweep all of them", async () => {
  const right = Array.from({ length: 220 }, (_, index) => `right/${index}`);
  for (const key of right) await world.put(key, underKey());
  const rows = right.map((key) => ({ key, encryption: "SSE-KMS", bucketKey: true }) as const);
  const source = inventoryOf([...rows, { key: "old", encryption: "SSE-S3" }]);
  const looks = async (...more: string[]) => {
    await world.put("old");
    const { stdout } = await world.atRest(...words(source), ...more, "--json");
    return operationsOf(JSON.parse(stdout));
  };
  // 200 of a sample, two of what is updated, and each object once.
  expect(await looks()).toMatchObject({ head: 200 + 2 + 221 });
  const single = await looks("--single-sweep");
  expect(single).toMatchObject({ head: 200 + 2 });
});

test("with one sweep nothing is said of objects that the inventory does not name", async () => {
  await world.put("old");
  await world.put("written since");
  const source = inventoryOf([{ key: "old", encryption: "SSE-S3" }], Date.now() - 20 * 86_400_000);
  const { exitCode, stderr } = await world.atRest(...words(source), "--single-sweep");
  expect(stderr).toContain("20 days old, shows to be encrypted otherwise; no other object is looked at");
  expect(stderr).toContain("it is old: what was written since is not in it");
  expect(stderr).toContain(`s3://${bucket} has been through what the inventory names. No other object was looked at.`);
  expect(exitCode).toBe(0);
  expect(await encryptionOf("old")).toMatchObject({ SSEKMSKeyId: world.keyArn });
  expect(await encryptionOf("written since")).toMatchObject({ ServerSideEncryption: "AES256" });
});

test("where objects that look right are under another key, everything is looked at from the beginning", async () => {
  const other = (await world.kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn;
  await world.put("other", { ...underKey(), SSEKMSKeyId: other ?? "" });
  await world.put("right", underKey());
  const kms = { encryption: "SSE-KMS", bucketKey: true } as const;
  const source = inventoryOf([
    { key: "other", ...kms },
    { key: "right", ...kms },
  ]);
  const { exitCode, stdout, stderr } = await world.atRest(...words(source), "--single-sweep", "--json");
  expect(stderr).toContain("and 50 % are right: so everything is listed and looked at from the beginning");
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ counts: { updated: 1, alreadyRight: 1 }, sweeps: 1, source: { used: false } },
  });
  expect(exitCode).toBe(0);
});

test("a run that is killed in its first sweep goes on by the same list, and reads no inventory again", async () => {
  const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
  for (const key of keys) await world.put(key);
  await world.put("written since");
  const source = inventoryOf(keys.map((key) => ({ key, encryption: "SSE-S3" })));
  const child = world.start(...words(source), "--concurrency", "1", "--max-requests-per-second", "20");
  // The first is the probe on a key that no object has; the rate sees to it that most are still to come.
  for (let updates = 0; updates < 4; updates++) await world.answered("UpdateObjectEncryption");
  child.kill("SIGKILL");
  await once(child, "close");
  const [run = ""] = world.runs("reencrypt");
  expect(readdirSync(join(runs(), run, "inventory")).sort()).toEqual(["found.json", "objects"]);
  expect(await encryptionOf("key-9")).toMatchObject({ ServerSideEncryption: "AES256" });
  // Whoever read them again would find them cut.
  writeFileSync(join(world.directory, "inventory/data/0.csv.gz"), "");

  const { exitCode, stdout, stderr } = await world.atRest(...words(source), "--json");
  expect(stderr).toContain("Going on with ");
  const { counts, source: told } = JSON.parse(stdout);
  expect(told).toMatchObject({ otherwise: 60, used: true });
  expect(counts.updated + counts.alreadyRight).toBe(61);
  expect(exitCode).toBe(0);
  for (const key of [...keys, "written since"]) {
    expect(await encryptionOf(key)).toMatchObject({ SSEKMSKeyId: world.keyArn });
  }
});

test("a run in S3 goes on on another machine, which reads the inventory again", async () => {
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await world.s3.send(new CreateBucketCommand({ Bucket: "acme-runs", CreateBucketConfiguration }));
  const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
  for (const key of keys) await world.put(key);
  await world.put("written since");
  const source = inventoryOf(keys.map((key) => ({ key, encryption: "SSE-S3" })));
  const command = [...words(source), "--run-directory", "s3://acme-runs/conversions"];
  const child = world.start(...command, "--concurrency", "1", "--max-requests-per-second", "20");
  const first = ended(child);
  for (let updates = 0; updates < 4; updates++) await world.answered("UpdateObjectEncryption");
  child.kill("SIGINT");
  expect((await first).exitCode).toBe(130);
  expect(await encryptionOf("key-9")).toMatchObject({ ServerSideEncryption: "AES256" });
  rmSync(join(world.directory, ".at-rest"), { recursive: true });
  world.writes.length = 0;

  const { exitCode, stdout, stderr } = await world.atRest(...command, "--json");
  expect(stderr).toContain("Going on with s3://acme-runs/conversions/");
  expect(stderr).toContain("Reading the inventory: ");
  const { counts, source: told } = JSON.parse(stdout);
  expect(told).toMatchObject({ otherwise: 60, used: true });
  expect(counts).toEqual({ updated: 61 });
  expect(world.writes.filter((operation) => operation === "UpdateObjectEncryption").length).toBeLessThan(61);
  expect(exitCode).toBe(0);
  for (const key of [...keys, "written since"]) {
    expect(await encryptionOf(key)).toMatchObject({ SSEKMSKeyId: world.keyArn });
  }
});

test("a run that was stopped while it read the inventory begins to read it anew", async () => {
  await world.put("old");
  const source = inventoryOf([{ key: "old", encryption: "SSE-S3" }]);
  const stopped = await world.atRest(...words(source), "--stop-after", "0.0000001");
  expect(stopped.exitCode).toBe(130);
  const { exitCode, stdout } = await world.atRest(...words(source), "--json");
  expect(JSON.parse(stdout)).toMatchObject({ counts: { updated: 1 }, source: { otherwise: 1, used: true } });
  expect(exitCode).toBe(0);
});

describe("an inventory in S3, which others than its reader have made", () => {
  const inventories = "acme-inventories";
  const folder = resolve(__dirname, "../reencrypt/inventory/files");

  async function inS3(format: "csv" | "parquet", change = (bytes: Buffer) => bytes): Promise<string> {
    await world.s3.send(new CreateBucketCommand({ Bucket: inventories }));
    const prefix = `inventories/${bucket}/${format}`;
    for (const name of readdirSync(join(folder, format), { recursive: true, encoding: "utf8" })) {
      if (!/\.\w+$/.test(name)) continue;
      const Body = change(readFileSync(join(folder, format, name)));
      await world.s3.send(new PutObjectCommand({ Bucket: inventories, Key: `${prefix}/${name}`, Body }));
    }
    return `s3://${inventories}/${prefix}/2026-11-26T01-00Z/manifest.json`;
  }

  test.each(["csv", "parquet"] as const)("finds the objects of every key that it names (%s)", async (format) => {
    const keys: readonly string[] = JSON.parse(readFileSync(join(folder, "keys.json"), "utf8"));
    // The SDK for JavaScript takes ".." for a way upwards.
    const there = keys.filter((key) => !key.startsWith("kinds/") && key !== "deleted" && key !== "..");
    for (const key of there) await world.put(key);
    const { exitCode, stdout, stderr } = await world.atRest(...words(await inS3(format)), "--json");
    expect(stderr).toContain("first   what an inventory of 2026-11-26T01:00:00.000Z, ");
    expect(JSON.parse(stdout)).toMatchObject({ ended: "settled", counts: { updated: there.length } });
    expect(exitCode).toBe(0);
  });

  test.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    [
      "whose manifest was cut",
      (bytes) => bytes.subarray(0, -1),
      /manifest.json is not what its manifest.checksum says/,
    ],
    [
      "whose file was cut",
      (bytes) => (bytes[0] === 0x1f ? bytes.subarray(0, 100) : bytes),
      /data\/0\.csv\.gz: it has 100 bytes, and the manifest says \d+: it was cut or replaced/,
    ],
    [
      "whose file was edited",
      (bytes) => (bytes[0] === 0x1f ? Buffer.from(bytes).fill(1, 4, 5) : bytes),
      /data\/0\.csv\.gz: it is not what its MD5 says: it was edited or replaced/,
    ],
  ])("one %s is an error before anything is touched", async (_name, change, message) => {
    await world.put("old");
    const source = await inS3("csv", change);
    const { exitCode, stdout, stderr } = await world.atRest(...words(source), "--json");
    expect(stderr).toContain(`The inventory ${source} cannot be used: `);
    expect(stderr).toMatch(message);
    // Files are read once the run of the bucket has begun, so that it is the bucket's result.
    const result = { command: "reencrypt", bucket, errors: [expect.stringMatching(message)], exitCode: 2 };
    expect(stdout === "" ? [] : [JSON.parse(stdout)]).toMatchObject(existsSync(runs()) ? [result] : []);
    for (const run of existsSync(runs()) ? readdirSync(runs()) : []) {
      expect(readdirSync(join(runs(), run)).sort()).toEqual(["journal.jsonl", "run.json"]);
    }
    expect(await encryptionOf("old")).toMatchObject({ ServerSideEncryption: "AES256" });
    expect(exitCode).toBe(2);
  });
});

test.each<[string, (source: string) => string[], string, number]>([
  ["a dry run", (source) => [...words(source), "--dry-run"], "cannot be used with option '--dry-run'", 2],
  [
    "jobs of S3 Batch Operations",
    (source) => [...words(source), "--engine", "batch"],
    "make a manifest of their own",
    2,
  ],
  ["several buckets", (source) => [...words(source), "--bucket", "acme-other"], "An inventory is of one bucket", 2],
])("an inventory is nothing for %s", async (_name, command, message, expected) => {
  const source = inventoryOf([{ key: "old", encryption: "SSE-S3" }]);
  world.writes.length = 0;
  const { exitCode, stderr } = await world.atRest(...command(source));
  expect(stderr).toContain(message);
  expect(exitCode).toBe(expected);
  expect(world.writes).toEqual([]);
});

test("one of another bucket is refused", async () => {
  const rows = [{ key: "old", encryption: "SSE-S3" }] as const;
  const source = writeInventory(join(world.directory, "inventory"), { bucket: "acme-other", rows });
  const { exitCode, stderr } = await world.atRest(...words(source));
  expect(stderr).toContain(`cannot be used: it is of s3://acme-other, not of s3://${bucket}`);
  expect(exitCode).toBe(2);
  expect(existsSync(join(world.directory, ".at-rest"))).toBe(false);
});
