import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { backupBucketName } from "../../src/fleet/names";
import { type AtRestWorld, account, atRestWorld, bucket, ended, region } from "../support/at-rest-world";
import { withTheRightsOfTheStack } from "../support/stack-rights";

// A test is several processes, one after the other.
jest.setTimeout(240_000);

const Bucket = backupBucketName(account, region);
let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

const keysOf = async (of: string): Promise<string[]> => {
  const { Contents = [] } = await world.s3.send(new ListObjectsV2Command({ Bucket: of }));
  return Contents.map(({ Key = "" }) => Key);
};
const loseAll = async () => {
  for (const Key of await keysOf(bucket)) await world.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
};
const address = (run: string) => `s3://${Bucket}/_manifests/${bucket}/${run}.json`;

test("with the rights of the stack: backup, loss, and every object back", async () => {
  await withTheRightsOfTheStack(world, `[{ name: ${bucket} }]`);
  world.fleet("prepare");
  await world.put("a b", { CacheControl: "max-age=60", Tagging: "team=blue" });
  await world.putUnencrypted("old");
  await world.put("overwritten");
  const backup = await world.atRest("backup", "--yes", "--json");
  expect(backup.stderr).toContain("keys of more than");
  expect(backup).toMatchObject({ exitCode: 0 });
  const [run = ""] = world.runs("backup");

  await loseAll();
  const dry = await world.atRest("restore", "--bucket", bucket, "--dry-run", "--json");
  expect(JSON.parse(dry.stdout)).toMatchObject({ missing: { objects: 3 }, there: 0 });
  expect(await keysOf(bucket)).toEqual([]);
  await world.put("overwritten", { ContentType: "text/theirs" });
  const restored = await world.atRest("restore", "--manifest", address(run), "--yes", "--json");
  expect(JSON.parse(restored.stdout)).toMatchObject({
    ...{ command: "restore", exitCode: 0 },
    counts: { restored: 2, kept: 1 },
  });
  const back = await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "a b" }));
  expect(back).toMatchObject({ CacheControl: "max-age=60", TagCount: 1, ServerSideEncryption: "AES256" });
});

test("with the rights of the stack: a conversion copies only what a finished backup has as it is", async () => {
  await withTheRightsOfTheStack(world, `[{ name: ${bucket} }]`);
  world.fleet("encrypt");
  await world.put("updated");
  await world.putUnencrypted("backed up");
  const none = await world.atRest("reencrypt", "--dry-run", "--json");
  expect(none.stderr).toContain("  backup  none finished in the last 7 days: ");
  await world.atRest("backup", "--yes");
  await world.putUnencrypted("new");
  const [run = ""] = world.runs("backup");
  const first = await world.atRest("reencrypt", "--yes", "--json");
  expect(first.stderr).toMatch(
    new RegExp(`^  backup  finished \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC, 2 objects: ${address(run)}$`, "m"),
  );
  expect(JSON.parse(first.stdout)).toMatchObject({
    ...{ because: { notBackedUp: 1 }, counts: { copied: 1, cannot: 1, updated: 1 }, exitCode: 3 },
  });
  const incremental = await world.atRest("backup", "--incremental", "--scope", "rewritten", "--yes", "--json");
  expect(JSON.parse(incremental.stdout)).toMatchObject({ counts: { backedUp: 1, alreadyRight: 2 } });
  const second = await world.atRest("reencrypt", "--yes", "--json");
  expect(JSON.parse(second.stdout)).toMatchObject({ counts: { copied: 1, alreadyRight: 2 }, exitCode: 0 });
});

test("a backup that is killed while it writes its manifest copies nothing again, and its manifest is whole", async () => {
  world.fleet("prepare");
  for (const key of ["a", "b", "c"]) await world.put(key);
  const begun = world.answered("CreateMultipartUpload");
  const child = world.start("backup", "--yes");
  const first = ended(child);
  await begun;
  child.kill("SIGKILL");
  await first;
  const unfinished = await world.atRest("restore", "--manifest", address(world.runs("backup")[0] ?? ""), "--yes");
  expect(unfinished.stderr).toContain("that backup is not finished");
  expect(unfinished.exitCode).toBe(2);

  world.writes.length = 0;
  const second = await world.atRest("backup", "--yes", "--json");
  expect(JSON.parse(second.stdout)).toMatchObject({ counts: { backedUp: 3 }, exitCode: 0 });
  expect(world.writes).not.toContain("CopyObject");
  await loseAll();
  const restored = await world.atRest("restore", "--bucket", bucket, "--yes", "--json");
  expect(JSON.parse(restored.stdout)).toMatchObject({ counts: { restored: 3 } });
});

test.each<[string, string[]]>([
  ["is finished by the same command", []],
  ["begins anew where its journal is not", ["--run-directory", "elsewhere"]],
])("a restore that is killed %s, which copies nothing again", async (_name, where) => {
  world.fleet("prepare");
  const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
  for (const key of keys) await world.put(key);
  await world.atRest("backup", "--yes");
  await loseAll();
  world.writes.length = 0;
  const words = ["restore", "--bucket", bucket, "--yes", "--json"];
  const begun = world.answered("CopyObject", 3);
  const child = world.start(...words, "--concurrency", "1", "--max-requests-per-second", "20");
  const first = ended(child);
  await begun; // most objects are still to come: the rate sees to that
  child.kill("SIGKILL");
  await first;
  const restored = (await keysOf(bucket)).length;

  const second = await world.atRest(...words, ...where);
  expect(second.stderr.includes("Going on with")).toBe(where.length === 0);
  expect(world.runs("restore").filter((name) => !name.startsWith("lock-"))).toHaveLength(1);
  expect(JSON.parse(second.stdout)).toMatchObject({ exitCode: 0 });
  const { counts } = JSON.parse(second.stdout);
  expect(counts.restored + (counts.alreadyRight ?? 0)).toBe(20);
  expect(counts.restored).toBe(20 - restored);
  expect(world.writes.filter((operation) => operation === "CopyObject")).toHaveLength(20);
  for (const Key of keys) {
    const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    expect(await Body?.transformToString()).toBe(`content of ${Key}`);
  }
});

test("--to brings a backup into another bucket of the fleet, under its target, and leaves the first one alone", async () => {
  const other = "acme-restored";
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await world.s3.send(new CreateBucketCommand({ Bucket: other, CreateBucketConfiguration }));
  world.fleet("encrypt", {}, "", other);
  await world.put("a b", { CacheControl: "max-age=60", Tagging: "team=blue" });
  await world.put("lost");
  await world.atRest("backup", "--bucket", bucket, "--yes");
  await world.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "lost" }));
  await world.s3.send(new PutObjectCommand({ Bucket: other, Key: "theirs", Body: "theirs" }));
  world.writes.length = 0;

  const { exitCode, stdout, stderr } = await world.atRest(
    "restore",
    "--bucket",
    bucket,
    "--to",
    other,
    "--yes",
    "--json",
  );
  expect(stderr).toContain(`Restore s3://${other}`);
  expect(stderr).toContain(`_manifests/${bucket}/`);
  expect(JSON.parse(stdout)).toMatchObject({ bucket: other, counts: { restored: 2 } });
  expect(exitCode).toBe(0);
  expect(await keysOf(other)).toEqual(["a b", "lost", "theirs"]);
  expect(await keysOf(bucket)).toEqual(["a b"]);
  const back = await world.s3.send(new HeadObjectCommand({ Bucket: other, Key: "a b" }));
  expect(back).toMatchObject({ CacheControl: "max-age=60", TagCount: 1, SSEKMSKeyId: world.keyArn });

  const unknown = await world.atRest("restore", "--bucket", bucket, "--to", "acme-nobody", "--yes");
  expect(unknown.stderr).toContain("acme-nobody");
  expect(unknown.exitCode).toBe(2);
});

test("of several versions the one that was current is restored, and it is said where the others are", async () => {
  const versioned = { Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } } as const;
  await world.s3.send(new PutBucketVersioningCommand(versioned));
  world.fleet("prepare");
  for (const revision of ["1", "2", "3"]) await world.put("several", { CacheControl: `max-age=${revision}` });
  await world.put("deleted");
  await world.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "deleted" }));
  await world.atRest("backup", "--versions", "all", "--yes");
  await world.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "several" }));

  const { exitCode, stdout, stderr } = await world.atRest("restore", "--bucket", bucket, "--yes", "--json");
  expect(stderr).toContain("leaves  noncurrent versions (--versions all brings them) and delete markers in the backup");
  expect(JSON.parse(stdout)).toMatchObject({ counts: { restored: 1 } });
  expect(exitCode).toBe(0);
  expect(await keysOf(bucket)).toEqual(["several"]);
  const back = await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "several" }));
  expect(back.CacheControl).toBe("max-age=3");
});

test("all versions come back into a bucket with versioning, and what would lose them is refused before", async () => {
  const versioning = (Status: "Enabled" | "Suspended") =>
    world.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }));
  const versions = async () => {
    const { Versions = [], DeleteMarkers = [] } = await world.s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket }),
    );
    return [...Versions, ...DeleteMarkers];
  };
  const cacheControls = async (Key: string) => {
    const ids = (await versions()).filter((one) => one.Key === Key).map(({ VersionId }) => VersionId);
    const heads = ids.map((VersionId) => world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key, VersionId })));
    return (await Promise.all(heads)).map(({ CacheControl }) => CacheControl);
  };
  world.fleet("prepare");
  await versioning("Enabled");
  for (const age of ["1", "2", "3"]) await world.put("a", { CacheControl: `max-age=${age}` });
  await world.put("gone");
  await world.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "gone" }));
  await world.atRest("backup", "--yes");
  const words = ["restore", "--bucket", bucket, "--versions", "all", "--yes", "--json"];
  const ofCurrent = await world.atRest(...words);
  expect(ofCurrent.exitCode).toBe(2);
  expect(ofCurrent.stderr).toContain("has current objects only");

  await world.atRest("backup", "--versions", "all", "--yes");
  for (const { Key, VersionId } of await versions()) {
    await world.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
  }
  await versioning("Suspended");
  const suspended = await world.atRest(...words);
  expect(suspended.exitCode).toBe(2);
  expect(suspended.stderr).toContain("no versioning enabled");
  await versioning("Enabled");
  expect((await world.atRest(...words, "--overwrite")).stderr).toContain("A history cannot be written over.");

  const dry = await world.atRest(...words, "--dry-run");
  expect(dry.stderr).toMatch(/brings +3 versions of 1 key, .*, the oldest first/);
  expect(dry.stderr).toMatch(/leaves +1 key whose newest version was a delete marker/);
  expect(JSON.parse(dry.stdout)).toMatchObject({ missing: { objects: 3 }, keys: 1, there: 0, deletedThen: 1 });
  expect(await versions()).toEqual([]);

  const begun = world.answered("CopyObject", 2);
  const child = world.start(...words, "--max-requests-per-second", "5");
  const killed = ended(child);
  await begun;
  child.kill("SIGKILL");
  await killed;
  const restored = await world.atRest(...words);
  expect(JSON.parse(restored.stdout)).toMatchObject({ counts: { restored: 1, cannot: 1 }, exitCode: 3 });
  expect(await cacheControls("a")).toEqual(["max-age=3", "max-age=2", "max-age=1"]);
  expect((await versions()).filter(({ Key }) => Key === "gone")).toEqual([]);
});

test("without a backup, or without a word which one, nothing is restored", async () => {
  world.fleet("prepare");
  const nothing = await world.atRest("restore", "--bucket", bucket, "--yes");
  expect(nothing.stderr).toContain(`s3://${Bucket} has no finished backup of s3://${bucket}`);
  expect(nothing.exitCode).toBe(2);
  const unsure = await world.atRest("restore", "--yes");
  expect(unsure.stderr).toContain("Add --manifest, or one --bucket.");
  expect(unsure.exitCode).toBe(2);
});

test("a default encryption that names no key, as with aws/s3, is said before anything is restored", async () => {
  world.fleet("prepare");
  await world.put("a");
  await world.atRest("backup", "--yes");
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } } as const];
  await world.s3.send(new PutBucketEncryptionCommand({ Bucket: bucket, ServerSideEncryptionConfiguration: { Rules } }));
  const { exitCode, stderr } = await world.atRest("restore", "--bucket", bucket, "--yes");
  expect(stderr).toContain(`s3://${bucket}: its default encryption is aws:kms without a key`);
  expect(exitCode).toBe(2);
});

test("a manifest that is cut, or may not be read, stops before anything is touched", async () => {
  world.fleet("prepare");
  await world.put("a");
  await world.atRest("backup", "--yes");
  const [run = ""] = world.runs("backup");
  const manifest = { Bucket, Key: `_manifests/${bucket}/${run}.jsonl.gz` };
  const { Body } = await world.s3.send(new GetObjectCommand(manifest));
  await world.s3.send(new PutObjectCommand({ ...manifest, Body: (await Body?.transformToByteArray())?.slice(1) }));
  await loseAll();
  const cut = await world.atRest("restore", "--manifest", address(run), "--yes");
  expect(cut.stderr).toContain("is cut: it has");
  expect(cut.exitCode).toBe(2);

  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` }],
  });
  await world.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const denied = await world.atRest("restore", "--manifest", address(run), "--yes");
  expect(denied.stderr).toContain("AccessDenied");
  expect(denied.exitCode).toBe(2);
  expect(await keysOf(bucket)).toEqual([]);
});
