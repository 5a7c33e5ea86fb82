import type { CreateJobRequest, JobDescriptor } from "@aws-sdk/client-s3-control";
import type { Clock } from "../clock";

/** S3 Batch Operations, as far as a run needs it. Each call rejects where AWS refused it. */
export interface JobService {
  /** Resolves to the job's id: that of the job there is already where the token was used before. */
  create(request: CreateJobRequest): Promise<string>;
  describe(id: string): Promise<JobDescriptor>;
  /** Lets a job that waits for its confirmation run. */
  confirm(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
}

export interface SeenJob {
  readonly id: string;
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Whether it has ever waited to be confirmed. */
  readonly suspended: boolean;
  /** Objects of the manifest. */
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Of a job that failed, in AWS's words. */
  readonly reasons: readonly string[];
}

export type JobEnd =
  | { readonly is: "complete"; readonly job: SeenJob }
  /** Nothing in the bucket is what the job was for. */
  | { readonly is: "empty"; readonly job: SeenJob }
  | { readonly is: "failed" | "cancelled"; readonly job: SeenJob }
  /** Ctrl-C. The job itself goes on, or waits to be confirmed. */
  | { readonly is: "stopped"; readonly job: SeenJob };

export interface FollowContext {
  readonly service: JobService;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  /** Asked once the job's manifest is there, and so its size; rejects where nobody agrees, and the job is cancelled. */
  readonly agree: (job: SeenJob) => Promise<void>;
  /** Told what was seen whenever something has changed. */
  readonly tell: (job: SeenJob) => void;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** Ctrl-C is looked at so often. */
const SLICE_MS = 1_000;
/** Answers to DescribeJob that fail one after the other, before the run gives up; the job does not. */
const PATIENCE = 5;

/** A manifest without a line makes a job fail; what is in the reason is AWS's text, of which no page has a list. */
const nothingToDo = /\b(no (keys|objects|matching)|empty)\b/i;

const seen = (id: string, job: JobDescriptor): SeenJob => ({
  id,
  status: job.Status ?? "unknown",
  createdAt: job.CreationTime?.getTime() ?? 0,
  suspended: job.SuspendedDate !== undefined,
  total: job.ProgressSummary?.TotalNumberOfTasks ?? 0,
  succeeded: job.ProgressSummary?.NumberOfTasksSucceeded ?? 0,
  failed: job.ProgressSummary?.NumberOfTasksFailed ?? 0,
  reasons: (job.FailureReasons ?? []).map(({ FailureCode, FailureReason }) => `${FailureCode}: ${FailureReason}`),
});

/**
 * Creates a job, or finds the one that this run has created before, confirms it once its manifest is there, and follows
 * it to its end.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-job-status.html
 *
 * @throws whatever `agree` and the service reject with, `describe` only where it does so several times in a row
 */
export async function runJob(request: CreateJobRequest, context: FollowContext): Promise<JobEnd> {
  const { service, clock, stop, tell } = context;
  const id = await service.create(request);
  let before: SeenJob | undefined;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    const job = seen(id, await patientlyDescribed(id, context));
    if (JSON.stringify(job) !== JSON.stringify(before)) tell(job);
    before = job;
    const end = endOf(job);
    if (end) return end;
    if (stop.aborted) return { is: "stopped", job };
    if (job.status === "Suspended") {
      await confirmed(job, context);
    }
    for (let slept = 0; slept < pause && !stop.aborted; slept += SLICE_MS) {
      await clock.sleep(Math.min(SLICE_MS, pause - slept));
    }
    pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5);
  }
}

async function confirmed(job: SeenJob, context: FollowContext): Promise<void> {
  const { service, agree } = context;
  if (job.total === 0) return service.cancel(job.id);
  try {
    await agree(job);
  } catch (error) {
    await service.cancel(job.id);
    throw error;
  }
  await service.confirm(job.id).catch(async (error: unknown) => {
    // Somebody may have confirmed or cancelled it in the console while we asked.
    if ((await patientlyDescribed(job.id, context)).Status === "Suspended") throw error;
  });
}

function endOf(job: SeenJob): JobEnd | undefined {
  switch (job.status) {
    case "Complete":
      return { is: job.total === 0 ? "empty" : "complete", job };
    case "Failed":
      return { is: job.total === 0 && job.reasons.some((text) => nothingToDo.test(text)) ? "empty" : "failed", job };
    case "Cancelled":
      // One that had nothing to do waited until we cancelled it; before that, somebody else did.
      return { is: job.total === 0 && job.suspended ? "empty" : "cancelled", job };
    default:
      return undefined;
  }
}

async function patientlyDescribed(id: string, { service, clock, stop }: FollowContext): Promise<JobDescriptor> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await service.describe(id);
    } catch (error) {
      if (attempt === PATIENCE || stop.aborted) throw error;
      await clock.sleep(SLICE_MS * 2 ** attempt);
    }
  }
}
