import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HeadObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { version } from "../../package.json";
import { backupBucketName } from "../../src/fleet/names";
import { type AtRestWorld, account, atRestWorld, bucket, ended, region } from "../support/at-rest-world";

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

const head = (Key: string) => world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
const byHand = () => ["--bucket", bucket, "--sse", "aws:kms", "--kms-key-arn", world.keyArn];

test("from the fleet: dry run, conversion and audit agree, and nothing needs doing twice", async () => {
  world.fleet("encrypt");
  await world.putUnencrypted("unencrypted");
  for (const key of ["a", "b c+%", "ü/\u0001"]) await world.put(key);
  expect(await world.atRest("backup", "--yes")).toMatchObject({ exitCode: 0 });
  world.writes.length = 0;

  const dry = await world.atRest("reencrypt", "--dry-run", "--json");
  expect(JSON.parse(dry.stdout)).toMatchObject({ counts: { updated: 3, copied: 1 }, dryRun: true, exitCode: 0 });
  expect(dry.stderr).toContain("new objects are not: the bucket's default is AES256 until stage encrypt is applied");
  expect(world.writes).toEqual([]);

  const before = await world.atRest("audit", "--json");
  expect(before.exitCode).toBe(1);
  expect(JSON.parse(before.stdout)).toMatchObject({ counts: { notCompliant: 4 }, exitCode: 1 });
  expect(world.writes).toEqual([]);

  await world.apply("encrypt");
  const run = await world.atRest("reencrypt", "--yes", "--json");
  expect(JSON.parse(run.stdout)).toMatchObject({
    exitCode: 0,
    counts: { updated: 3, copied: 1 },
    ended: "settled",
    sweeps: 2,
  });
  expect(run.stderr).not.toContain("new objects are not");
  for (const key of ["unencrypted", "a", "b c+%", "ü/\u0001"]) {
    expect(await head(key)).toMatchObject({ SSEKMSKeyId: world.keyArn, BucketKeyEnabled: true });
  }

  const after = await world.atRest("audit");
  expect(after.exitCode).toBe(0);
  expect(after.stderr).toContain(`s3://${bucket} is compliant: every object is encrypted as asked.`);
  const again = await world.atRest("reencrypt", "--yes", "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ counts: { alreadyRight: 4 }, sweeps: 1 });
});

test("what cannot be converted is named, and the exit code tells", async () => {
  const settings = world.aws.state.s3.buckets.get(bucket)?.settings;
  if (settings) settings.blockedEncryptionTypes = undefined;
  await world.put("secret", { SSECustomerAlgorithm: "AES256", SSECustomerKey: "k".repeat(32) });
  await world.put("open");
  const { exitCode, stderr } = await world.atRest("reencrypt", ...byHand(), "--yes");
  expect(stderr).toContain("secret: SSE-C: cannot be read without its customer key");
  expect(exitCode).toBe(3);
  expect((await world.atRest("audit", ...byHand())).exitCode).toBe(3);
});

test("without a terminal and without --yes nothing is changed", async () => {
  await world.put("a");
  world.writes.length = 0;
  const { exitCode, stderr } = await world.atRest("reencrypt", ...byHand());
  expect(exitCode).toBe(2);
  expect(stderr).toContain("Add --yes.");
  expect(world.writes).toEqual([]);
});

test("control characters in keys reach a terminal as escapes", async () => {
  const settings = world.aws.state.s3.buckets.get(bucket)?.settings;
  if (settings) settings.blockedEncryptionTypes = undefined;
  await world.put("\u001b[2Jgone", { SSECustomerAlgorithm: "AES256", SSECustomerKey: "k".repeat(32) });
  const { stderr } = await world.atRest("audit", ...byHand());
  expect(stderr).toContain("\\u001b[2Jgone");
  expect(stderr).not.toContain("\u001b");
});

describe("nothing is touched", () => {
  test.each([
    ["the credentials are of another account", ["--expected-bucket-owner", "999999999999"], "999999999999"],
    ["the key is an alias", ["--kms-key-arn", "arn:aws:kms:eu-west-1:111111111111:alias/at-rest"], "no full key ARN"],
    ["the bucket is not there", ["--bucket", "acme-nothing"], "there is no such bucket"],
    ["a flag has no sense", ["--concurrency", "0"], "must be a number above 0"],
    ["a time has no sense", ["--stop-after", "0"], "must be a number above 0"],
    ["a rate has no sense", ["--max-requests-per-second", "0"], "must be a number above 0"],
  ])("when %s", async (_, words, message) => {
    await world.put("a");
    world.writes.length = 0;
    const { exitCode, stderr } = await world.atRest("reencrypt", ...byHand(), "--yes", ...words);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(world.writes).toEqual([]);
  });

  test.each([
    ["outputs of another account", "encrypt", { account: "222222222222" }, "the fleet says 111111111111"],
    [
      "outputs of another encryption",
      "encrypt",
      { buckets: { [bucket]: { encryption: "AES256", keyArn: null, bucketKey: false } } },
      "disagrees",
    ],
    ["outputs that are none", "encrypt", { version: 2 }, "not the outputs of a stack"],
    ["a bucket that is not at its stage yet", "prepare", {}, "Move a bucket on there and apply the stack"],
  ])("with %s", async (_, stage, outputs, message) => {
    world.fleet(stage, outputs);
    await world.put("a");
    world.writes.length = 0;
    const { exitCode, stderr } = await world.atRest("reencrypt", "--yes");
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(world.writes).toEqual([]);
  });
});

test.each([
  ["another region", ["--region", "us-east-1"], "--region is of a bucket by hand"],
  ["another account", ["--expected-bucket-owner", "999999999999"], "--expected-bucket-owner is of a bucket by hand"],
  ["no bucket key", ["--no-bucket-key"], "--no-bucket-key is of a bucket by hand"],
  ["a key without an algorithm", ["--kms-key-arn", "arn:aws:kms:eu-west-1:111111111111:key/a"], "Add --sse aws:kms."],
])("%s beside a fleet is refused, and not passed over", async (_, words, message) => {
  world.fleet("encrypt");
  await world.put("a");
  world.writes.length = 0;
  const { exitCode, stderr } = await world.atRest("reencrypt", "--bucket", bucket, "--yes", ...words);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
  expect(world.writes).toEqual([]);
});

test.each(["reencrypt", "backup", "audit"])(
  "%s that runs out of its time stops as if interrupted, and can be given again",
  async (command) => {
    world.fleet("encrypt");
    for (let index = 0; index < 20; index++) await world.put(`key-${index}`);
    const words = [command, ...(command === "audit" ? [] : ["--yes"]), "--json"];
    // At twenty requests a second nobody looks at twenty objects in 60 ms.
    const stopped = await world.atRest(
      ...words,
      "--stop-after",
      "0.001",
      "--max-requests-per-second",
      "20",
      "--concurrency",
      "1",
    );
    expect(stopped.stderr).toContain("Stopping after 0.001 min: what is in flight is being finished.");
    expect(stopped.exitCode).toBe(130);
    expect((await world.atRest(...words)).exitCode).toBe(command === "audit" ? 1 : 0);
  },
);

test.each([
  ["interrupted", "SIGINT", 130],
  ["killed", "SIGKILL", null],
] as const)("a run that is %s is finished by the same command", async (_, signal, exitCode) => {
  for (let index = 0; index < 40; index++) await world.put(`key-${index}`);
  const words = ["reencrypt", ...byHand(), "--yes", "--concurrency", "1", "--max-requests-per-second", "20"];
  // The first is the probe on a key that no object has.
  const update = () => world.answered("UpdateObjectEncryption");
  const converted = update().then(update);
  const child = world.start(...words);
  const first = ended(child);
  await converted; // most objects are still to come: the rate sees to that
  child.kill(signal);
  const { stderr } = await first;
  expect(child.exitCode).toBe(exitCode);
  if (exitCode !== null) expect(stderr).toContain("The same command goes on from here.");

  const second = await world.atRest("reencrypt", ...byHand(), "--yes", "--json");
  expect(second.stderr).toContain("Going on with");
  expect(second.exitCode).toBe(0);
  expect(world.runs("reencrypt")).toHaveLength(1);
  const { counts } = JSON.parse(second.stdout);
  expect(counts.updated + (counts.alreadyRight ?? 0)).toBe(40);
});

test("a backup has every object, reads like it, and ends with a manifest", async () => {
  world.fleet("prepare");
  await world.put("a b", { CacheControl: "max-age=60", Tagging: "team=blue" });
  await world.putUnencrypted("old");
  const { exitCode, stdout } = await world.atRest("backup", "--yes", "--json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ counts: { backedUp: 2 } });
  const Bucket = backupBucketName(account, region);
  const { Contents = [] } = await world.s3.send(new ListObjectsV2Command({ Bucket }));
  const [run = ""] = world.runs("backup");
  expect(Contents.map(({ Key }) => Key)).toEqual([
    `_manifests/${bucket}/${run}.json`,
    `_manifests/${bucket}/${run}.jsonl.gz`,
    `${bucket}/${run}/a b`,
    `${bucket}/${run}/old`,
  ]);
  const copy = await world.s3.send(new HeadObjectCommand({ Bucket, Key: `${bucket}/${run}/a b` }));
  expect(copy).toMatchObject({ CacheControl: "max-age=60", TagCount: 1 });
});

test("outputs come from cdktf's file, and are not written if they disagree with the fleet", async () => {
  world.fleet("encrypt");
  const stack = `sandbox-${region}`;
  const written = join(world.directory, "outputs", `${stack}.json`);
  const good = JSON.parse(readFileSync(written, "utf8"));
  writeFileSync(join(world.directory, "deployed.json"), JSON.stringify({ [stack]: { at_rest: good } }));
  writeFileSync(written, "{}");
  expect(await world.atRest("outputs", "--outputs-file", "deployed.json")).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(readFileSync(written, "utf8"))).toEqual(good);

  const wrong = { ...good, region: "us-east-1" };
  writeFileSync(join(world.directory, "deployed.json"), JSON.stringify({ [stack]: { at_rest: wrong } }));
  const { exitCode, stderr } = await world.atRest("outputs", "--outputs-file", "deployed.json");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("region: the fleet says eu-west-1, the stack's outputs say us-east-1");
  expect(JSON.parse(readFileSync(written, "utf8"))).toEqual(good);
});

test("help and mistakes end as they should", async () => {
  expect(await world.atRest("--help")).toMatchObject({ exitCode: 0 });
  expect(await world.atRest("--version")).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
  const help = await world.atRest("reencrypt", "--help");
  expect(help).toMatchObject({ exitCode: 0 });
  const lines = help.stdout.split("\n");
  expect(lines.length).toBeLessThan(62); // the command with the most options
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(125);
  expect(await world.atRest("reencrpt")).toMatchObject({ exitCode: 2 });
  const { exitCode, stderr } = await world.atRest("audit");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("fleet.yaml is not there.\nName the fleet's file with --fleet or FLEET");
  expect(stderr).not.toContain("    at ");
});
