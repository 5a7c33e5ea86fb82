import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type {
  CreateJobRequest,
  DescribeJobRequest,
  JobDescriptor,
  ListJobsRequest,
  UpdateJobPriorityRequest,
  UpdateJobStatusRequest,
} from "@aws-sdk/client-s3-control";
import { authorize } from "../identity/authorize";
import { AwsError, type Context, type Operations } from "../service";
import { advance } from "./advance";
import { jobArn } from "./role";
import type { Job } from "./state";

const invalid = (message: string): AwsError => new AwsError("InvalidRequest", 400, message);

function allow(context: Context, action: string, account: string | undefined, resource: string): void {
  if (!account || !/^\d{12}$/.test(account)) throw invalid("The account id is missing or no account id.");
  authorize(context, { action, resource, resourceAccount: account });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html */
function createJob(context: Context, input: CreateJobRequest) {
  const { AccountId, ClientRequestToken, RoleArn = "", Operation, ManifestGenerator, Manifest, Priority = 0 } = input;
  allow(context, "s3:CreateJob", AccountId, "*");
  const conditions = { "iam:PassedToService": "batchoperations.s3.amazonaws.com" };
  authorize(context, { action: "iam:PassRole", resource: RoleArn, resourceAccount: AccountId ?? "", conditions });
  if (!ClientRequestToken || ClientRequestToken.length > 64)
    throw invalid("A ClientRequestToken of 1 to 64 characters is needed.");
  if (!Operation?.S3UpdateObjectEncryption)
    throw new AwsError("NotImplemented", 501, "This local AWS runs S3UpdateObjectEncryption alone.");
  if ((Manifest === undefined) === (ManifestGenerator === undefined))
    throw invalid("Either a manifest or a manifest generator is needed.");
  const filters = ManifestGenerator?.S3JobManifestGenerator?.Filter?.MatchAnyObjectEncryption;
  if (filters && filters.length !== 1) throw invalid("MatchAnyObjectEncryption takes exactly one filter.");

  const { jobs } = context.state.jobs;
  const same = [...jobs.values()].find(
    ({ account, request }) => account === AccountId && request.ClientRequestToken === ClientRequestToken,
  );
  if (same) {
    // The same token again is the same job; with another request it is a mistake of the caller's.
    if (isDeepStrictEqual(same.request, input)) return { JobId: same.id };
    throw new AwsError("IdempotencyException", 400, "The ClientRequestToken was used with another request.");
  }
  const job: Job = {
    ...{ id: randomUUID(), account: AccountId ?? "", region: context.region, request: input },
    ...{ createdAt: context.now, status: "New", tasks: [], total: 0, ended: [], failures: [], priority: Priority },
  };
  jobs.set(job.id, job);
  return { JobId: job.id };
}

function jobFor(context: Context, action: string, { AccountId, JobId }: DescribeJobRequest): Job {
  allow(context, action, AccountId, `arn:${context.partition}:s3:${context.region}:${AccountId}:job/${JobId}`);
  const job = context.state.jobs.jobs.get(JobId ?? "");
  if (job?.account !== AccountId || job?.region !== context.region) {
    throw new AwsError("NoSuchJob", 404, "The specified job does not exist.");
  }
  return job as Job;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DescribeJob.html */
async function describeJob(context: Context, input: DescribeJobRequest) {
  const job = jobFor(context, "s3:DescribeJob", input);
  await advance(context, job);
  return { Job: described(context, job) };
}

const date = (time: number | undefined): Date | undefined => (time === undefined ? undefined : new Date(time));

function progressOf({ ended, total }: Job): NonNullable<JobDescriptor["ProgressSummary"]> {
  const succeeded = ended.filter((task) => task.succeeded).length;
  return {
    TotalNumberOfTasks: total,
    NumberOfTasksSucceeded: succeeded,
    NumberOfTasksFailed: ended.length - succeeded,
  };
}

function described(context: Context, job: Job): JobDescriptor {
  const { request, generatedManifest } = job;
  return {
    ...{ JobId: job.id, JobArn: jobArn(context, job), Status: job.status, Priority: job.priority },
    ...{ ConfirmationRequired: request.ConfirmationRequired, Description: request.Description },
    ...{ Manifest: request.Manifest, ManifestGenerator: request.ManifestGenerator, Operation: request.Operation },
    ...{ Report: request.Report, RoleArn: request.RoleArn, ProgressSummary: progressOf(job) },
    ...{ StatusUpdateReason: job.statusUpdateReason, FailureReasons: job.failures.length ? job.failures : undefined },
    ...{
      CreationTime: date(job.createdAt),
      TerminationDate: date(job.terminatedAt),
      SuspendedDate: date(job.suspendedAt),
    },
    SuspendedCause: job.status === "Suspended" ? "Awaiting confirmation" : undefined,
    GeneratedManifestDescriptor: generatedManifest && {
      Format: "S3InventoryReport_CSV_20211130",
      Location: {
        ObjectArn: `arn:${context.partition}:s3:::${generatedManifest.bucket}/${generatedManifest.key}`,
        ETag: generatedManifest.etag.replaceAll('"', ""),
      },
    },
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListJobs.html */
async function listJobs(context: Context, { AccountId, JobStatuses, MaxResults = 1_000, NextToken }: ListJobsRequest) {
  allow(context, "s3:ListJobs", AccountId, "*");
  const all = [...context.state.jobs.jobs.values()].filter(
    (job) => job.account === AccountId && job.region === context.region,
  );
  for (const job of all) await advance(context, job);
  const asked = all.filter(({ status }) => !JobStatuses?.length || JobStatuses.includes(status)).reverse();
  const from = Number(NextToken ?? 0);
  return {
    Jobs: asked.slice(from, from + MaxResults).map((job) => ({
      ...{ JobId: job.id, Description: job.request.Description, Operation: "S3UpdateObjectEncryption" as const },
      ...{ Priority: job.priority, Status: job.status, CreationTime: date(job.createdAt) },
      ...{ TerminationDate: date(job.terminatedAt), ProgressSummary: progressOf(job) },
    })),
    NextToken: from + MaxResults < asked.length ? String(from + MaxResults) : undefined,
  };
}

const over = ["Complete", "Cancelled", "Failed", "Completing", "Cancelling", "Failing"];

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UpdateJobStatus.html */
function updateJobStatus(context: Context, input: UpdateJobStatusRequest) {
  const job = jobFor(context, "s3:UpdateJobStatus", input);
  const refused = new AwsError(
    "JobStatusException",
    400,
    `A job with the status ${job.status} cannot become ${input.RequestedJobStatus}.`,
  );
  if (input.RequestedJobStatus === "Ready") {
    if (job.status !== "Suspended") throw refused;
    job.status = "Ready";
  } else {
    if (over.includes(job.status)) throw refused;
    job.status = "Cancelling";
  }
  job.statusUpdateReason = input.StatusUpdateReason;
  return { JobId: job.id, Status: job.status, StatusUpdateReason: job.statusUpdateReason };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UpdateJobPriority.html */
function updateJobPriority(context: Context, input: UpdateJobPriorityRequest) {
  const job = jobFor(context, "s3:UpdateJobPriority", input);
  job.priority = input.Priority ?? job.priority;
  return { JobId: job.id, Priority: job.priority };
}

export const s3ControlOperations: Operations = {
  CreateJob: createJob,
  DescribeJob: describeJob,
  ListJobs: listJobs,
  UpdateJobStatus: updateJobStatus,
  UpdateJobPriority: updateJobPriority,
};
