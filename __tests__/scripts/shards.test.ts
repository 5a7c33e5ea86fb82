import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { type AtRestWorld, atRestWorld, bucket, ended, region } from "../support/at-rest-world";

const runs = "acme-runs";
const place = `s3://${runs}/conversions`;
const single = "acme-single";
/** Each command is a process of its own. */
const SEVERAL_PROCESSES = 300_000;

let world: AtRestWorld;
beforeAll(async () => {
  world = await atRestWorld();
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  for (const Bucket of [runs, single])
    await world.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  for (const name of [bucket, single]) {
    const settings = world.aws.state.s3.buckets.get(name)?.settings;
    if (settings) settings.blockedEncryptionTypes = undefined;
  }
});
afterAll(() => world.close());

const to = (name: string) => ["--bucket", name, "--sse", "aws:kms", "--kms-key-arn", world.keyArn];
const shard = (part: string, ...more: string[]) => [
  "reencrypt",
  ...to(bucket),
  "--yes",
  "--run-directory",
  place,
  "--shard",
  part,
  ...more,
];
const report = (...more: string[]) => world.atRest("report", ...to(bucket), "--run-directory", place, ...more);

describe("bad input ends with exit code 2, and nothing is touched:", () => {
  test.each([
    ["the shard before the first", ["--shard", "0/3"], "Write which one of how many"],
    ["the shard after the last", ["--shard", "5/4"], "Write which one of how many"],
    ["no number", ["--shard", "one of three"], "Write which one of how many"],
    ["more shards than there may be", ["--shard", "1/257"], "Write which one of how many"],
    ["a directory of this machine", ["--shard", "1/3", "--run-directory", "runs"], "runs that all machines can reach"],
    ["an inventory", ["--shard", "1/3", "--source", "inventory=manifest.json"], "gone through by one process"],
    ["jobs", ["--shard", "1/3", "--engine", "batch"], "is of the whole bucket"],
  ])("%s", async (_, more, message) => {
    world.writes.length = 0;
    const { exitCode, stderr } = await world.atRest(
      ...["reencrypt", ...to(bucket), "--yes", "--run-directory", place, ...more],
    );
    expect(stderr).toContain(message);
    expect({ exitCode, writes: world.writes }).toEqual({ exitCode: 2, writes: [] });
  });
});

test("a place without a run has no report", async () => {
  const { exitCode, stderr } = await report();
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("has no run of") });
});

test(
  "three shards at the same time have one report, which is that of a single run over the same objects",
  async () => {
    const unencrypted = ["images/1", "videos/1", "videos/2"];
    const others = ["a", "images/2", "logs/1", "logs/2", "logs/3", "z/🐎"];
    for (const Bucket of [bucket, single]) {
      for (const Key of others) await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: `of ${Key}` }));
      world.aws.state.s3.defaultEncryption = "none";
      for (const Key of unencrypted) await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: `of ${Key}` }));
      world.aws.state.s3.defaultEncryption = "AES256";
      const secret = { SSECustomerAlgorithm: "AES256", SSECustomerKey: "k".repeat(32) };
      await world.s3.send(new PutObjectCommand({ Bucket, Key: "logs/secret", Body: "secret", ...secret }));
    }
    const whole = await world.atRest("reencrypt", ...to(single), "--yes", "--json", "--log-objects");
    expect(whole.exitCode).toBe(3);

    // The third one waits, and holds its shard meanwhile.
    const at = { Bucket: bucket, Key: "uploaded" };
    const { UploadId } = await world.s3.send(new CreateMultipartUploadCommand(at));
    const third = world.start(...shard("3/3", "--wait-for-uploads", "--log-objects"));
    const end = ended(third);
    await new Promise<void>((waits) => {
      let told = "";
      third.stderr.on("data", (chunk) => {
        told += String(chunk);
        if (told.includes("Waiting for 1 upload in parts")) waits();
      });
    });
    const [first, second] = await Promise.all([
      world.atRest(...shard("1/3", "--log-objects")),
      world.atRest(...shard("2/3", "--log-objects")),
    ]);
    for (const { exitCode, stderr } of [first, second]) {
      expect([0, 3]).toContain(exitCode);
      expect(stderr).toMatch(new RegExp(`s3://${bucket} \\(shard [12]/3\\) is done`));
      expect(stderr).not.toContain(`s3://${bucket} is done`);
    }

    const early = await report();
    expect(early.exitCode).toBe(130);
    expect(early.stderr).toContain("is not finished: 2 of 3 shards have come to their end.");
    expect(early.stderr).toContain(`shard 3/3 has not come to its end: process ${third.pid} on `);
    const again = await world.atRest(...shard("1/3"));
    expect({ ...again, stdout: "" }).toMatchObject({ exitCode: first.exitCode });
    expect(again.stderr).toContain("(shard 1/3) came to its end before");
    expect(again.stderr).toContain("shard 3/3 has not come to its end");
    const other = await world.atRest(...shard("1/4"));
    expect({ exitCode: other.exitCode, stderr: other.stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("divides the bucket into 3 shards, not into 4"),
    });
    const alone = await world.atRest("reencrypt", ...to(bucket), "--yes", "--run-directory", place);
    expect({ exitCode: alone.exitCode, stderr: alone.stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("has an unfinished run in 3 shards"),
    });

    await world.s3.send(new AbortMultipartUploadCommand({ ...at, UploadId }));
    await end;
    const { exitCode, stdout } = await report("--json");
    expect(exitCode).toBe(3);
    const [merged, alike] = [JSON.parse(stdout), summaryOf(JSON.parse(whole.stdout).report)];
    for (const name of ["verdict", "ended", "exitCode", "sweeps", "counts", "because", "exceptions", "visits"]) {
      expect({ [name]: merged[name] }).toEqual({ [name]: alike[name] });
    }
    for (const name of ["before", "after", "prefixes"])
      expect({ [name]: merged[name] }).toEqual({ [name]: alike[name] });
    expect(merged.left).toEqual([]);
    expect(rowsOf(merged.report, bucket)).toEqual(rowsOf(JSON.parse(whole.stdout).report, single));
    const page = readFileSync(join(world.directory, merged.report), "utf8");
    expect(page).toContain("is done");
  },
  SEVERAL_PROCESSES,
);

const summaryOf = (page: string) =>
  JSON.parse(readFileSync(join(world.directory, page.replace("index.html", "summary.json")), "utf8"));

/** In the order of their text, without the name of the bucket. */
const rowsOf = (page: string, name: string): string[] =>
  readFileSync(join(world.directory, page.replace("index.html", "objects.csv")), "utf8")
    .split("\r\n")
    .map((row) => row.replace(name, "bucket"))
    .sort();
