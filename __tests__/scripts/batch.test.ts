import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import type { JobStatus } from "@aws-sdk/client-s3-control";
import { chanceOf } from "../../scripts/commands/support/batch-report";
import { backupBucketName } from "../../src/fleet/names";
import { type AtRestWorld, account, atRestWorld, bucket, ended, region } from "../support/at-rest-world";

const roleArn = `arn:aws:iam::${account}:role/jobs`;
const reportBucket = backupBucketName(account, region);

const allow = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

let world: AtRestWorld;
/** How far the local AWS's clock is ahead. */
let ahead: number;
beforeEach(async () => {
  ahead = 0;
  world = await atRestWorld({ now: () => Date.now() + ahead });
  const { iam } = world;
  const Principal = { Service: "batchoperations.s3.amazonaws.com" };
  const AssumeRolePolicyDocument = allow({ Principal, Action: "sts:AssumeRole" });
  await iam.send(new CreateRoleCommand({ RoleName: "jobs", AssumeRolePolicyDocument }));
  const PolicyDocument = allow({ Action: ["s3:*", "kms:*"], Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: "jobs", PolicyName: "all", PolicyDocument }));
});
afterEach(() => world.close());

const byBatch = () => [
  ...["reencrypt", "--bucket", bucket, "--sse", "aws:kms", "--kms-key-arn", world.keyArn],
  ...["--engine", "batch", "--batch-role-arn", roleArn, "--batch-report-bucket", reportBucket],
];
const jobsOf = () => [...world.aws.state.jobs.jobs.values()];

test("jobs update what they can, this process does the rest, and every object is read back", async () => {
  for (const key of ["a", "b c,ü", "d"]) await world.put(key);
  await world.putUnencrypted("old");
  world.aws.state.jobs.failTask = ({ key }) =>
    key === "d" ? { errorCode: "InternalError", httpStatus: 500, message: "made to order" } : undefined;
  const { exitCode, stdout, stderr } = await world.atRest(...byBatch(), "--yes", "--json");
  expect(stderr).toContain("1 not updated: 500 InternalError, such as d: made to order");
  expect(stderr).toContain("no object is under the key itself with its bucket key off, so this job was cancelled");
  expect(JSON.parse(stdout)).toMatchObject({
    counts: { alreadyRight: 2, updated: 1, copied: 1 },
    jobs: [
      { of: "SSE-S3", ended: "complete", succeeded: 2, failed: 1, report: { succeeded: 2, failed: 1 } },
      { ended: "empty", report: null },
    ],
  });
  expect(exitCode).toBe(0);
  for (const Key of ["a", "b c,ü", "d", "old"]) {
    expect(await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))).toMatchObject({
      SSEKMSKeyId: world.keyArn,
      BucketKeyEnabled: true,
    });
  }
});

test("a run that is killed while a job is at work finds the same job again", async () => {
  for (const key of ["a", "b", "c"]) await world.put(key);
  world.aws.state.jobs.tasksALook = 0; // it never ends
  const child = world.start(...byBatch(), "--yes");
  await world.answered("UpdateJobStatus");
  child.kill("SIGKILL");
  await once(child, "close");
  expect(jobsOf()).toHaveLength(1);

  world.aws.state.jobs.tasksALook = 1_000;
  const { exitCode, stdout } = await world.atRest(...byBatch(), "--yes", "--json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ counts: { alreadyRight: 3 } });
  expect(jobsOf().map(({ status }) => status)).toEqual(["Complete", expect.stringMatching(/^Cancell/)]);
});

test("Ctrl-C leaves the job at work, and says that the same command goes on", async () => {
  await world.put("a");
  world.aws.state.jobs.tasksALook = 0;
  const child = world.start(...byBatch(), "--yes");
  const end = ended(child);
  await world.answered("UpdateJobStatus");
  child.kill("SIGINT");
  const { exitCode, stderr } = await end;
  expect(exitCode).toBe(130);
  expect(stderr).toContain("The same command goes on from here.");
  expect(jobsOf().map(({ status }) => status)).toEqual(["Active"]);
});

test("a job that somebody cancels ends the run, which says what can be done", async () => {
  await world.put("a");
  world.aws.state.jobs.tasksALook = 0;
  const end = ended(world.start(...byBatch(), "--yes"));
  await world.answered("UpdateJobStatus");
  for (const job of jobsOf()) job.status = "Cancelling";
  const { exitCode, stderr } = await end;
  expect(exitCode).toBe(1);
  expect(stderr).toContain("was cancelled by somebody");
  expect(stderr).toContain("--engine auto does without jobs");
  const local = await world.atRest(...byBatch(), "--yes", "--engine", "auto", "--new-run");
  expect(local.exitCode).toBe(0);
});

test("a job that somebody cancels before its manifest is there ends the run as well", async () => {
  await world.put("a");
  const end = ended(world.start(...byBatch(), "--yes"));
  await world.answered("CreateJob");
  for (const job of jobsOf()) job.status = "Cancelling";
  expect(await end).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("was cancelled by somebody") });
});

/** What the jobs' role may do, instead of everything. */
const jobsMayOnly = async (...Action: string[]) => {
  const PolicyDocument = allow({ Action, Resource: "*" });
  await world.iam.send(new PutRolePolicyCommand({ RoleName: "jobs", PolicyName: "all", PolicyDocument }));
};

test("a role for jobs without rights fails the job, and the local engines do without", async () => {
  await world.put("a");
  await jobsMayOnly("s3:GetObject");
  const { exitCode, stderr } = await world.atRest(...byBatch(), "--yes");
  expect(stderr).toMatch(/job \S+ for SSE-S3 failed: AccessDenied: .*s3:PutInventoryConfiguration/);
  expect(stderr).toContain("0 objects were updated before");
  expect(exitCode).toBe(1);
  const local = await world.atRest(...byBatch(), "--yes", "--engine", "auto", "--new-run", "--json");
  expect(JSON.parse(local.stdout)).toMatchObject({ counts: { updated: 1 }, exitCode: 0 });
});

test("a role for jobs that may not use the key is named by its failed tasks, and this process does them", async () => {
  await world.put("a");
  await jobsMayOnly("s3:*");
  const { exitCode, stdout, stderr } = await world.atRest(...byBatch(), "--yes", "--json");
  expect(stderr).toContain("1 not updated: 403 AccessDenied, such as a:");
  expect(JSON.parse(stdout)).toMatchObject({ counts: { updated: 1 }, jobs: [{ failed: 1 }, { ended: "empty" }] });
  expect(exitCode).toBe(0);
});

test("where jobs cannot be created the rights are named, and the local engines do without", async () => {
  await world.put("a");
  world.fleet("encrypt", {}, "backup: none");
  const places = ["--batch-role-arn", roleArn, "--batch-report-bucket", reportBucket];
  // The stack's role has no iam:PassRole here.
  const { exitCode, stderr } = await world.atRest("reencrypt", "--engine", "batch", ...places, "--yes");
  expect(stderr).toContain("S3 Batch Operations: AccessDenied");
  expect(stderr).toContain("The role needs s3:CreateJob, s3:DescribeJob, s3:UpdateJobStatus, and iam:PassRole");
  expect(exitCode).toBe(1);
  const local = await world.atRest("reencrypt", "--engine", "auto", "--new-run", "--yes", "--json");
  expect(JSON.parse(local.stdout)).toMatchObject({ counts: { updated: 1 }, exitCode: 0 });
});

const reportsCannotBeRead = () =>
  world.s3.send(
    new PutBucketPolicyCommand({
      Bucket: reportBucket,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${reportBucket}/_batch/*` },
        ],
      }),
    }),
  );

test.each([[], ["--sample", "1"]])(
  "a report that cannot be read is said, and every object is looked at: %j",
  async (...words) => {
    for (const key of ["a", "b"]) await world.put(key);
    ahead = 60_000;
    await reportsCannotBeRead();
    const { exitCode, stdout, stderr } = await world.atRest(...byBatch(), ...words, "--yes", "--json");
    expect(stderr).toMatch(/The completion report of job \S+ cannot be relied on: .*AccessDenied/);
    expect(JSON.parse(stdout)).toMatchObject({ counts: { alreadyRight: 2 }, jobs: [{ report: null }, {}] });
    expect(exitCode).toBe(0);
  },
);

describe("with --sample", () => {
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
  beforeEach(async () => {
    for (const key of keys) await world.put(key);
    await world.putUnencrypted("k15-old");
    ahead = 60_000;
  });
  const reportOf = ({ run }: { run: string }, file: string): string =>
    readFileSync(join(world.directory, run, "report", file), "utf8");

  test("what jobs report is not read back, but for a sample whose bound is said; all else is", async () => {
    world.aws.state.jobs.failTask = ({ key }) =>
      key === "k3" ? { errorCode: "InternalError", httpStatus: 500, message: "made to order" } : undefined;
    const { exitCode, stdout } = await world.atRest(...byBatch(), "--sample", "4", "--yes", "--json");
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      counts: { reported: 15, readBack: 4, updated: 1, copied: 1 },
      sample: { population: 19, looked: 4, wrong: 0, confidence: 0.95 },
    });
    expect(exitCode).toBe(3);
    // Of 21 objects six are looked at: two of them again once they are changed, and those again by a second sweep, as are four.
    const summary = JSON.parse(reportOf(document, "summary.json"));
    expect(summary.operations.head).toBeLessThan(20);
    expect(summary.verdict).toContain("not every object was read back");
    const page = reportOf(document, "index.html");
    expect(page).toContain("4 of 19 objects that jobs report as updated were looked at");
    expect(page).toContain("Not checked, but for the objects of the sample.");
  });

  test("an object that is not what its report says is an error that names it, and all have to be looked at", async () => {
    world.aws.state.jobs.pretendTask = ({ key }) => key === "k7";
    const { exitCode, stderr } = await world.atRest(...byBatch(), "--sample", "20", "--yes");
    expect(stderr).toContain("k7: its job's report says that it was updated, and HeadObject shows SSE-S3");
    expect(stderr).toContain("next     the same command with --new-run, without --sample");
    expect(exitCode).toBe(1);
    world.aws.state.jobs.pretendTask = undefined;
    const { stdout } = await world.atRest(...byBatch(), "--yes", "--new-run", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ counts: { alreadyRight: 21 }, exitCode: 0 });
  });

  test("what one writes while the job is at work is looked at, and converted", async () => {
    world.aws.state.jobs.tasksALook = 0;
    const end = ended(world.start(...byBatch(), "--sample", "1", "--yes", "--json"));
    await world.answered("UpdateJobStatus");
    await world.put("k4");
    world.aws.state.jobs.pretendTask = ({ key }) => key === "k4"; // as if it had come after the job's update
    world.aws.state.jobs.tasksALook = 1_000;
    const { stdout } = await end;
    expect(JSON.parse(stdout)).toMatchObject({ counts: { updated: 1, copied: 1 } });
    expect(await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "k4" }))).toMatchObject({
      SSEKMSKeyId: world.keyArn,
    });
  });

  test("of a bucket with versions the report's version decides, however new it is", async () => {
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await world.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    for (const key of keys.slice(0, 8)) await world.put(key);
    world.aws.state.jobs.tasksALook = 0;
    const end = ended(world.start(...byBatch(), "--sample", "3", "--yes", "--json"));
    await world.answered("UpdateJobStatus");
    await world.put("k4"); // a version that the manifest does not have
    world.aws.state.jobs.tasksALook = 1_000;
    const { exitCode, stdout } = await end;
    const { reported, readBack, ...others } = JSON.parse(stdout).counts;
    // The sample may have had a version that is not the current one any more.
    expect(reported + readBack).toBe(19);
    expect(others).toEqual({ updated: 1, copied: 1 });
    expect(exitCode).toBe(3);
  });

  test("a run that goes on chooses the same sample, and counts every object once", async () => {
    const words = [...byBatch(), "--sample", "6", "--yes", "--json", "--concurrency", "1", "--single-sweep"];
    const child = world.start(...words);
    const first = ended(child);
    await world.answered("CopyObject"); // of the unencrypted one, in the middle of the sweep
    child.kill("SIGINT");
    expect((await first).exitCode).toBe(130);
    const { exitCode, stdout, stderr } = await world.atRest(...words);
    expect(stderr).toContain("Going on with");
    expect(JSON.parse(stdout).counts).toEqual({ reported: 14, readBack: 6, copied: 1 });
    expect(exitCode).toBe(3);
  });

  test("a run in S3 goes on on another machine, which reads the reports again, and has the whole report", async () => {
    const CreateBucketConfiguration = { LocationConstraint: region } as const;
    await world.s3.send(new CreateBucketCommand({ Bucket: "acme-runs", CreateBucketConfiguration }));
    const words = [
      ...[...byBatch(), "--sample", "6", "--yes", "--json", "--concurrency", "1", "--single-sweep"],
      ...["--run-directory", "s3://acme-runs/conversions"],
    ];
    const child = world.start(...words);
    const first = ended(child);
    await world.answered("CopyObject"); // of the unencrypted one, in the middle of the sweep
    child.kill("SIGINT");
    expect((await first).exitCode).toBe(130);
    rmSync(join(world.directory, ".at-rest"), { recursive: true });
    const { exitCode, stdout, stderr } = await world.atRest(...words);
    expect(stderr).toContain("Going on with s3://acme-runs/conversions/");
    expect(JSON.parse(stdout)).toMatchObject({
      counts: { reported: 14, readBack: 6, copied: 1 },
      sample: { population: 20, looked: 6, wrong: 0 },
      jobs: [{ ended: "complete", report: { succeeded: 20 } }, { ended: "empty" }],
    });
    expect(exitCode).toBe(3);
    expect(jobsOf()).toHaveLength(2);
    const there = ["--run-directory", "s3://acme-runs/conversions", "--json"];
    const report = await world.atRest("report", ...byBatch().slice(1, 7), ...there);
    expect(JSON.parse(report.stdout)).toMatchObject({ exitCode: 3, sample: { population: 20, looked: 6, wrong: 0 } });
  });

  test("--stop-after ends the command and no job, and the same command goes on with it", async () => {
    world.aws.state.jobs.tasksALook = 0;
    const words = [...byBatch(), "--sample", "6", "--yes", "--json"];
    const stopped = await world.atRest(...words, "--stop-after", "0.05");
    expect(stopped.stderr).toContain("Stopping after 0.05 min");
    expect(stopped.exitCode).toBe(130);
    for (const { status } of jobsOf()) expect(status).not.toMatch(/^(Cancel|Fail|Complete)/);
    world.aws.state.jobs.tasksALook = 1_000;
    const { exitCode, stdout } = await world.atRest(...words);
    expect(JSON.parse(stdout)).toMatchObject({ counts: { reported: 14, readBack: 6, copied: 1 } });
    expect(exitCode).toBe(3);
    expect(jobsOf()).toHaveLength(2);
  });

  test("a run's id decides which objects are chosen", () => {
    const turns = (run: string) => Array.from({ length: 1_000 }, chanceOf(run));
    expect(turns("one")).toEqual(turns("one"));
    expect(turns("one")).not.toEqual(turns("other"));
    const mean = turns("one").reduce((sum, turn) => sum + turn, 0) / 1_000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
  });

  test("it is of jobs alone", async () => {
    world.writes.length = 0;
    const { exitCode, stderr } = await world.atRest(...byBatch(), "--sample", "6", "--engine", "auto");
    expect(stderr).toContain("--sample is of what jobs have updated");
    expect({ exitCode, writes: world.writes }).toEqual({ exitCode: 2, writes: [] });
  });
});

describe("of a fleet", () => {
  const [other, places] = ["acme-legal", ["--batch-role-arn", roleArn, "--batch-report-bucket", reportBucket]];
  beforeEach(async () => {
    const CreateBucketConfiguration = { LocationConstraint: region } as const;
    await world.s3.send(new CreateBucketCommand({ Bucket: other, CreateBucketConfiguration }));
  });
  /** @param encryption the target of the other bucket */
  const fleetWith = (encryption: "AES256" | "aws:kms") => {
    const underKey = { encryption: "aws:kms", keyArn: world.keyArn, bucketKey: true };
    const underNone = { encryption: "AES256", keyArn: null, bucketKey: false };
    world.fleet("encrypt", {
      buckets: { [bucket]: underKey, [other]: encryption === "AES256" ? underNone : underKey },
    });
    const second = encryption === "AES256" ? ", encryption: AES256" : "";
    const buckets = [`{ name: ${bucket}, stage: encrypt }`, `{ name: ${other}, stage: encrypt${second} }`];
    writeFileSync(
      join(world.directory, "fleet.yaml"),
      `
state: { backend: local, directory: state }
defaults: { backup: none }
accounts:
  - name: sandbox
    id: "${account}"
    partition: aws
    wave: 0
    regions: { ${region}: { buckets: [${buckets.join(", ")}] } }
`,
    );
  };
  const words = ["reencrypt", "--engine", "batch", "--no-assume-role", ...places, "--yes", "--json"];
  const jobsOfBucket = (name: string) =>
    jobsOf().filter(({ request }) => request.ManifestGenerator?.S3JobManifestGenerator?.SourceBucket?.endsWith(name));
  const documentsOf = (stdout: string) =>
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  test.each<[string, JobStatus, string]>([
    ["is cancelled from the console", "Cancelling", "was cancelled by somebody. 0 objects were updated before."],
    ["fails", "Failing", "failed. 0 objects were updated before."],
  ])("a job that %s ends its bucket alone, whose result says why and what to do", async (_name, status, why) => {
    fleetWith("aws:kms");
    await world.put("a");
    await world.s3.send(new PutObjectCommand({ Bucket: other, Key: "b", Body: "b" }));
    world.aws.state.jobs.tasksALook = 0; // it never ends
    const end = ended(world.start(...words));
    await world.answered("UpdateJobStatus");
    for (const job of jobsOfBucket(bucket)) job.status = status;
    world.aws.state.jobs.tasksALook = 1_000;
    const { exitCode, stdout, stderr } = await end;
    const [first, second] = documentsOf(stdout);
    const [job] = jobsOfBucket(bucket);
    expect(first).toEqual({
      ...{ command: "reencrypt", bucket, region, account, exitCode: 1 },
      errors: [`s3://${bucket}: job ${job?.id} for SSE-S3 ${why}`],
      remedy: expect.stringContaining(`A new job: the same command with --bucket ${bucket} --new-run.`),
    });
    expect(stderr).toContain(`${first.errors[0]}\n${first.remedy}\n`);
    expect(second).toMatchObject({
      ...{ bucket: other, exitCode: 0, counts: { alreadyRight: 1 } },
      jobs: [{ of: "SSE-S3", ended: "complete", succeeded: 1 }, { ended: "empty" }],
    });
    expect(exitCode).toBe(1);

    const again = await world.atRest(...words, "--bucket", bucket, "--new-run");
    expect(documentsOf(again.stdout)).toMatchObject([{ bucket, exitCode: 0, counts: { alreadyRight: 1 } }]);
    expect(again.exitCode).toBe(0);
  });

  test("a bucket whose target is not SSE-KMS is done by this process, which says so", async () => {
    fleetWith("AES256");
    const { exitCode, stdout, stderr } = await world.atRest(...words);
    expect(stderr).toContain("no jobs of S3 Batch Operations: they lead to SSE-KMS only");
    const [first, second] = documentsOf(stdout);
    expect(first).toMatchObject({ bucket, jobs: [{ ended: "empty" }, { ended: "empty" }] });
    expect(second).toMatchObject({ bucket: other, exitCode: 0 });
    expect(second).not.toHaveProperty("jobs");
    expect(exitCode).toBe(0);
  });

  test("every bucket without a role for jobs is named before anything is touched", async () => {
    fleetWith("AES256");
    const { exitCode, stderr } = await world.atRest("reencrypt", "--engine", "batch", "--no-assume-role", "--yes");
    expect(stderr).toContain(`s3://${bucket}: nothing says which role jobs of S3 Batch Operations have`);
    expect(stderr).toContain("Set batchOperations: true for their Regions");
    expect(exitCode).toBe(2);
    expect(jobsOf()).toEqual([]);
  });
});

test.each([
  ["a target that jobs do not lead to", ["--sse", "AES256"], "lead to SSE-KMS only"],
  ["no role for jobs", ["--sse", "aws:kms"], "nothing says which role jobs of S3 Batch Operations have"],
])("%s is an error before anything is touched", async (_name, sse, message) => {
  await world.put("a");
  world.writes.length = 0;
  const key = sse[1] === "aws:kms" ? ["--kms-key-arn", world.keyArn] : [];
  const words = ["reencrypt", "--bucket", bucket, ...sse, ...key, "--engine", "batch", "--yes"];
  const { exitCode, stderr } = await world.atRest(...words);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
  expect(world.writes).toEqual([]);
});

test("where the fleet asks for a backup, jobs update without one, and only what a finished backup has is copied", async () => {
  world.fleet("encrypt");
  await world.put("updated by the job");
  await world.putUnencrypted("backed up");
  await world.atRest("backup", "--yes");
  await world.put("updated, and in no backup");
  await world.putUnencrypted("in no backup");
  const words = ["reencrypt", "--engine", "batch", "--no-assume-role", "--batch-role-arn", roleArn, "--yes", "--json"];

  const first = await world.atRest(...words);
  expect(first.stderr).toContain("backup  finished 20");
  expect(JSON.parse(first.stdout)).toMatchObject({
    counts: { alreadyRight: 2, copied: 1, cannot: 1 },
    because: { notBackedUp: 1 },
    jobs: [{ of: "SSE-S3", ended: "complete", succeeded: 2, failed: 0 }, { ended: "empty" }],
  });
  expect(first.exitCode).toBe(3);
  const left = await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "in no backup" }));
  expect(left.ServerSideEncryption).toBeUndefined();
});
