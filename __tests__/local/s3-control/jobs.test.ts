import { createHash } from "node:crypto";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateJobCommand,
  type CreateJobCommandInput,
  DescribeJobCommand,
  type JobDescriptor,
  ListJobsCommand,
  S3ControlClient,
  UpdateJobPriorityCommand,
  UpdateJobStatusCommand,
} from "@aws-sdk/client-s3-control";
import { createLocalAws, type LocalAws } from "../../../local/aws";
import { readCsv } from "../../../local/s3-control/csv";
import { requestHandler } from "../../support/request-handler";

const AccountId = "111122223333";
const region = "eu-west-1";
const roleArn = `arn:aws:iam::${AccountId}:role/batch`;

const allow = (...statements: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements.map((one) => ({ Effect: "Allow", ...one })) });

interface World {
  readonly aws: LocalAws;
  readonly s3: S3Client;
  readonly control: S3ControlClient;
  readonly keyArn: string;
  create(more?: Partial<CreateJobCommandInput>): Promise<string>;
  look(JobId: string): Promise<JobDescriptor>;
  /** Looks until the job has one of these statuses. */
  until(JobId: string, ...statuses: string[]): Promise<JobDescriptor>;
}

/** A bucket with objects, one for reports, a key, and a role that S3 Batch Operations may assume. */
async function world(permissions: object[] = [{ Action: ["s3:*", "kms:*"], Resource: "*" }]): Promise<World> {
  const aws = createLocalAws();
  const configuration = {
    region,
    credentials: aws.addAccount(AccountId),
    endpoint: "https://localhost",
    maxAttempts: 1,
    requestHandler: requestHandler(aws.handle),
  };
  const s3 = new S3Client({ ...configuration, forcePathStyle: true });
  for (const Bucket of ["data", "reports"]) {
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }));
  }
  const { KeyMetadata } = await new KMSClient(configuration).send(new CreateKeyCommand({}));
  const keyArn = KeyMetadata?.Arn ?? "";
  const iam = new IAMClient(configuration);
  const trust = allow({ Principal: { Service: "batchoperations.s3.amazonaws.com" }, Action: "sts:AssumeRole" });
  await iam.send(new CreateRoleCommand({ RoleName: "batch", AssumeRolePolicyDocument: trust }));
  await iam.send(
    new PutRolePolicyCommand({ RoleName: "batch", PolicyName: "p", PolicyDocument: allow(...permissions) }),
  );
  const control = new S3ControlClient(configuration);
  const look = async (JobId: string) => {
    const { Job } = await control.send(new DescribeJobCommand({ AccountId, JobId }));
    if (!Job) throw new Error("no job");
    return Job;
  };
  return {
    ...{ aws, s3, control, keyArn, look },
    create: async (more = {}) => {
      const { JobId } = await control.send(
        new CreateJobCommand({
          ...{ AccountId, ConfirmationRequired: false, Priority: 10, RoleArn: roleArn, ClientRequestToken: "token" },
          Operation: {
            S3UpdateObjectEncryption: { ObjectEncryption: { SSEKMS: { KMSKeyArn: keyArn, BucketKeyEnabled: true } } },
          },
          Report: {
            ...{ Enabled: true, Bucket: "arn:aws:s3:::reports", Prefix: "reports", Format: "Report_CSV_20180820" },
            ReportScope: "AllTasks",
          },
          ManifestGenerator: {
            S3JobManifestGenerator: {
              ...{ SourceBucket: "arn:aws:s3:::data", EnableManifestOutput: false },
              Filter: { MatchAnyObjectEncryption: [{ SSES3: {} }] },
            },
          },
          ...more,
        } as CreateJobCommandInput),
      );
      return JobId ?? "";
    },
    until: async (JobId, ...statuses) => {
      for (let looks = 0; looks < 50; looks++) {
        const job = await look(JobId);
        if (statuses.includes(job.Status ?? "")) return job;
      }
      throw new Error(`the job never became ${statuses}`);
    },
  };
}

const textAt = async (s3: S3Client, Key: string): Promise<string> =>
  (await (await s3.send(new GetObjectCommand({ Bucket: "reports", Key }))).Body?.transformToString()) ?? "";

async function resultsOf(s3: S3Client, JobId: string): Promise<string[][]> {
  const manifest = await textAt(s3, `reports/job-${JobId}/manifest.json`);
  expect(await textAt(s3, `reports/job-${JobId}/manifest.json.md5`)).toBe(
    createHash("md5").update(manifest).digest("hex"),
  );
  const lines: string[][] = [];
  for (const { Key, MD5Checksum } of JSON.parse(manifest).Results) {
    const text = await textAt(s3, Key);
    expect(createHash("md5").update(text).digest("hex")).toBe(MD5Checksum);
    lines.push(...readCsv(text));
  }
  return lines;
}

test("a job goes through the states that AWS names, updates what its filter lets through, and reports each object", async () => {
  const { aws, s3, create, look, until, keyArn } = await world();
  for (const key of ["a", 'b c,"d"', "ü/\u0001"]) aws.seedObject({ bucket: "data", key, encryption: "AES256" });
  aws.seedObject({ bucket: "data", key: "unencrypted" });
  const id = await create();
  const seen: (string | undefined)[] = [];
  for (let looks = 0; looks < 5; looks++) seen.push((await look(id)).Status);
  expect(seen).toEqual(["Preparing", "Ready", "Active", "Completing", "Complete"]);
  const job = await until(id, "Complete");
  expect(job.ProgressSummary).toMatchObject({
    TotalNumberOfTasks: 3,
    NumberOfTasksSucceeded: 3,
    NumberOfTasksFailed: 0,
  });
  for (const Key of ["a", 'b c,"d"', "ü/\u0001"]) {
    expect(await s3.send(new HeadObjectCommand({ Bucket: "data", Key }))).toMatchObject({
      SSEKMSKeyId: keyArn,
      BucketKeyEnabled: true,
    });
  }
  expect(await resultsOf(s3, id)).toEqual([
    ["data", "a", "", "succeeded", "", "200", "Successful"],
    ["data", "b%20c%2C%22d%22", "", "succeeded", "", "200", "Successful"],
    ["data", "%C3%BC/%01", "", "succeeded", "", "200", "Successful"],
  ]);
});

test("the role's own permissions decide, and what was refused is in the report with S3's code", async () => {
  const reports = { Action: "s3:PutObject", Resource: "arn:aws:s3:::reports/*" };
  const generate = { Action: "s3:PutInventoryConfiguration", Resource: "arn:aws:s3:::data" };
  const { aws, s3, create, until } = await world([reports, generate]);
  aws.seedObject({ bucket: "data", key: "a", encryption: "AES256" });
  const id = await create();
  expect((await until(id, "Complete")).ProgressSummary).toMatchObject({ NumberOfTasksFailed: 1 });
  const [[, key, , status, code, http] = []] = await resultsOf(s3, id);
  expect([key, status, code, http]).toEqual(["a", "failed", "AccessDenied", "403"]);
});

test("without s3:PutInventoryConfiguration no manifest is made, and the job says why it failed", async () => {
  const { create, until } = await world([{ Action: "s3:PutObject", Resource: "*" }]);
  const { FailureReasons } = await until(await create(), "Failed");
  expect(FailureReasons).toEqual([expect.objectContaining({ FailureCode: "AccessDenied" })]);
});

test("a job that has to be confirmed waits with its number of tasks, until it is told to go on", async () => {
  const { aws, control, create, look, until } = await world();
  aws.seedObject({ bucket: "data", key: "a", encryption: "AES256" });
  const JobId = await create({ ConfirmationRequired: true });
  const waiting = await until(JobId, "Suspended");
  expect(waiting).toMatchObject({
    ProgressSummary: { TotalNumberOfTasks: 1 },
    SuspendedCause: "Awaiting confirmation",
  });
  expect((await look(JobId)).Status).toBe("Suspended");
  await control.send(new UpdateJobStatusCommand({ AccountId, JobId, RequestedJobStatus: "Ready" }));
  await until(JobId, "Complete");
  const again = control.send(new UpdateJobStatusCommand({ AccountId, JobId, RequestedJobStatus: "Cancelled" }));
  await expect(again).rejects.toMatchObject({ name: "JobStatusException" });
});

test("the same token is the same job; with another request it is refused", async () => {
  const { control, create } = await world();
  const id = await create();
  expect(await create()).toBe(id);
  await expect(create({ Priority: 11 })).rejects.toMatchObject({ name: "IdempotencyException" });
  const { Jobs } = await control.send(new ListJobsCommand({ AccountId }));
  expect(Jobs?.map(({ JobId }) => JobId)).toEqual([id]);
  expect(await control.send(new UpdateJobPriorityCommand({ AccountId, JobId: id, Priority: 3 }))).toMatchObject({
    Priority: 3,
  });
});

test("a cancelled job stops between tasks and reports what it has done", async () => {
  const { aws, s3, control, create, until } = await world();
  aws.state.jobs.tasksALook = 2;
  for (const key of ["a", "b", "c", "d", "e"]) aws.seedObject({ bucket: "data", key, encryption: "AES256" });
  const JobId = await create();
  await until(JobId, "Active");
  await control.send(new DescribeJobCommand({ AccountId, JobId })); // two tasks
  await control.send(new UpdateJobStatusCommand({ AccountId, JobId, RequestedJobStatus: "Cancelled" }));
  const job = await until(JobId, "Cancelled");
  expect(job.ProgressSummary).toMatchObject({ TotalNumberOfTasks: 5, NumberOfTasksSucceeded: 2 });
  expect(await resultsOf(s3, JobId)).toHaveLength(2);
});

test("more failures than half of a thousand tasks end the job as failed", async () => {
  const { aws, create, until } = await world();
  aws.seedKeys({ bucket: "data", count: 2_000, encryption: "AES256" });
  aws.state.jobs.failTask = () => ({ errorCode: "InternalError", httpStatus: 500, message: "made to order" });
  const { FailureReasons, ProgressSummary } = await until(await create(), "Failed");
  expect(FailureReasons).toEqual([expect.objectContaining({ FailureCode: "JobFailureThresholdExceeded" })]);
  expect(ProgressSummary).toMatchObject({ NumberOfTasksFailed: 1_000 });
});

test.each([
  [500, "Complete"],
  [501, "Failed"],
] as const)("%i failures of the first thousand tasks leave a job %s", async (failing, status) => {
  const { aws, create, until } = await world();
  aws.seedKeys({ bucket: "data", count: 1_001, encryption: "AES256" });
  let tried = 0;
  aws.state.jobs.failTask = () =>
    tried++ < failing ? { errorCode: "InternalError", httpStatus: 500, message: "made to order" } : undefined;
  await expect(until(await create(), "Complete", "Failed")).resolves.toMatchObject({ Status: status });
});

test("there is no job of another account, and none that nobody created", async () => {
  const { control, aws, create } = await world();
  const JobId = await create();
  const other = aws.addAccount("444455556666");
  const stranger = new S3ControlClient({
    ...{ region, credentials: other, endpoint: "https://localhost", maxAttempts: 1 },
    requestHandler: requestHandler(aws.handle),
  });
  const theirs = stranger.send(new DescribeJobCommand({ AccountId, JobId }));
  await expect(theirs).rejects.toMatchObject({ name: "AccessDenied" });
  const missing = control.send(new DescribeJobCommand({ AccountId, JobId: "00000000-0000" }));
  await expect(missing).rejects.toMatchObject({ name: "NoSuchJob" });
});

test("a manifest that is given says what to do, if it is still the one that was named", async () => {
  const { aws, s3, create, until } = await world();
  for (const key of ["a b", "c"]) aws.seedObject({ bucket: "data", key, encryption: "AES256" });
  const Body = "data,a%20b\ndata,missing\n";
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: "reports", Key: "manifest.csv", Body }));
  const given = (etag = ""): Partial<CreateJobCommandInput> => ({
    ...{ ClientRequestToken: etag, ManifestGenerator: undefined },
    Manifest: {
      Spec: { Format: "S3BatchOperations_CSV_20180820", Fields: ["Bucket", "Key"] },
      Location: { ObjectArn: "arn:aws:s3:::reports/manifest.csv", ETag: etag },
    },
  });
  const id = await create(given(ETag));
  await until(id, "Complete");
  const ends = (await resultsOf(s3, id)).map(([, key, , status, code]) => [key, status, code]);
  expect(ends).toEqual([
    ["a%20b", "succeeded", ""],
    ["missing", "failed", "NoSuchKey"],
  ]);
  const { FailureReasons } = await until(await create(given("another")), "Failed");
  expect(FailureReasons).toEqual([expect.objectContaining({ FailureCode: "ManifestETagMismatch" })]);
});

test("the manifest that S3 makes can be kept", async () => {
  const { aws, s3, create, until } = await world();
  aws.seedObject({ bucket: "data", key: "a,b", encryption: "AES256" });
  const output = { Bucket: "arn:aws:s3:::reports", ManifestFormat: "S3InventoryReport_CSV_20211130" } as const;
  const id = await create({
    ManifestGenerator: {
      S3JobManifestGenerator: {
        ...{ SourceBucket: "arn:aws:s3:::data", EnableManifestOutput: true, ManifestOutputLocation: output },
        Filter: { MatchAnyObjectEncryption: [{ SSES3: {} }] },
      },
    },
  });
  const { GeneratedManifestDescriptor } = await until(id, "Complete");
  const [, key = ""] =
    /^arn:aws:s3:::reports\/(.+)$/.exec(GeneratedManifestDescriptor?.Location?.ObjectArn ?? "") ?? [];
  expect(readCsv(await textAt(s3, key))).toEqual([["data", "a%2Cb"]]);
});
