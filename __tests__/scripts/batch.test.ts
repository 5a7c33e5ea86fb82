import { once } from "node:events";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { backupBucketName } from "../../src/fleet/names";
import { type AtRestWorld, account, atRestWorld, bucket, ended, region } from "../support/at-rest-world";
import { requestHandler } from "../support/request-handler";

const roleArn = `arn:aws:iam::${account}:role/jobs`;
const reportBucket = backupBucketName(account, region);

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
  const iam = new IAMClient({
    region,
    credentials: world.aws.addAccount(account),
    requestHandler: requestHandler(world.aws.handle),
  });
  const allow = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
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
