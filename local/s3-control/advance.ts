import { updateObjectEncryption } from "../s3/update-encryption";
import { AwsError, type Context } from "../service";
import { tasksOf } from "./manifest";
import { writeReport } from "./report";
import { asRoleOf } from "./role";
import type { Job, Task, TaskEnd } from "./state";

/** A job that has had so many tasks fails when more than half of them failed. */
const tasksBeforeThreshold = 1_000;
const failureThreshold = 0.5;

/**
 * Lets a job take its next step, which here it does each time that somebody looks at it.
 *
 * New, Preparing, then Suspended until it is confirmed, Ready, Active, Completing and Complete; or Cancelling and Cancelled.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-job-status.html
 */
export async function advance(context: Context, job: Job): Promise<void> {
  try {
    await step(context, job);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    job.failures = [{ FailureCode: error.code, FailureReason: error.message }];
    job.status = "Failed";
    job.terminatedAt = context.now;
  }
}

async function step(context: Context, job: Job): Promise<void> {
  switch (job.status) {
    case "New":
      job.status = "Preparing";
      return;
    case "Preparing":
      job.tasks = await tasksOf(asRoleOf(context, job), job);
      job.total = job.tasks.length;
      job.status = job.request.ConfirmationRequired ? "Suspended" : "Ready";
      if (job.status === "Suspended") job.suspendedAt = context.now;
      return;
    case "Ready":
      job.status = "Active";
      return;
    case "Active":
      work(context, job);
      return;
    case "Completing":
      return end(context, job, "Complete");
    case "Cancelling":
      return end(context, job, "Cancelled");
    case "Failing":
      return end(context, job, "Failed");
  }
}

async function end(context: Context, job: Job, status: "Complete" | "Cancelled" | "Failed"): Promise<void> {
  await writeReport(asRoleOf(context, job), job);
  job.status = status;
  job.terminatedAt = context.now;
}

function work(context: Context, job: Job): void {
  const role = asRoleOf(context, job);
  for (const task of job.tasks.splice(0, context.state.jobs.tasksALook)) job.ended.push(tried(role, job, task));
  const failed = job.ended.filter(({ succeeded }) => !succeeded).length;
  if (job.ended.length >= tasksBeforeThreshold && failed > job.ended.length * failureThreshold) {
    const reason = `Job failed as more than ${failureThreshold * 100}% of its tasks failed.`;
    job.failures = [{ FailureCode: "JobFailureThresholdExceeded", FailureReason: reason }];
    job.status = "Failing";
  } else if (job.tasks.length === 0) job.status = "Completing";
}

function tried(role: Context, job: Job, task: Task): TaskEnd {
  const injected = role.state.jobs.failTask?.(task);
  if (injected) return { ...task, succeeded: false, ...injected };
  const done = { ...task, succeeded: true, errorCode: "", httpStatus: 200, message: "Successful" };
  if (role.state.jobs.pretendTask?.(task)) return done;
  try {
    updateObjectEncryption(role, {
      ...{ Bucket: task.bucket, Key: task.key, VersionId: task.versionId },
      ObjectEncryption: { SSEKMS: job.request.Operation?.S3UpdateObjectEncryption?.ObjectEncryption?.SSEKMS ?? {} },
    } as Parameters<typeof updateObjectEncryption>[1]);
    return done;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { ...task, succeeded: false, errorCode: error.code, httpStatus: error.status, message: error.message };
  }
}
