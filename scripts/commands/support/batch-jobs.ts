import { batchReportPrefix } from "../../../src/fleet/names";
import type { CompletionReport } from "../../../src/reencrypt/batch/completion-report";
import { type JobEnd, runJob, type SeenJob } from "../../../src/reencrypt/batch/follow";
import { jobRequest, jobSources, type KmsTarget } from "../../../src/reencrypt/batch/job-request";
import { jobService } from "../../../src/reencrypt/batch/job-service";
import { virginia } from "../../../src/reencrypt/cost/prices";
import { grouped } from "../../../src/reencrypt/report";
import { dollarsInWords } from "../../../src/reencrypt/report/words";
import { s3ControlClient } from "../../../src/s3/s3-control-client";
import { type ReportSample, reportOf } from "./batch-report";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import type { RunHere } from "./open-here";
import { Stop } from "./stop";
import { confirm, say } from "./terminal";
import type { Work } from "./work";

export interface BatchOptions {
  readonly batchRoleArn?: string;
  readonly batchReportBucket?: string;
  readonly prefix?: string;
  readonly yes?: boolean;
}

/** How one job ended, for the JSON document. */
export interface BatchJob {
  readonly id: string;
  readonly of: string;
  readonly ended: JobEnd["is"];
  readonly succeeded: number;
  readonly failed: number;
  /** Null where there was none to read, or it could not be relied on. */
  readonly report: CompletionReport | null;
}

interface Place {
  readonly target: KmsTarget;
  readonly roleArn: string;
  readonly reportBucket: string;
}

const localInstead = "--engine auto does without jobs; add --new-run if this run has begun.";

const named = (work: readonly Work[]): string => work.map(({ bucket }) => `s3://${bucket}`).join(", ");

/**
 * The buckets that jobs can be run for. Those of a fleet whose target is another than SSE-KMS are left to this process.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-update-encryption.html
 *
 * @throws Stop where a bucket by hand has another target, or nothing says with which role jobs run, naming every bucket
 */
export function bucketsForJobs(found: readonly Work[], options: BatchOptions): ReadonlySet<Work> {
  const able = found.filter(({ target }) => target.algorithm === "aws:kms");
  const byHand = found.filter((work) => !work.fleet && !able.includes(work));
  if (byHand.length > 0 || able.length === 0) {
    throw new Stop(
      `${named(found)}: jobs of S3 Batch Operations lead to SSE-KMS only. Nothing was changed.`,
      "Copy jobs are not offered: they cannot be made safe against a concurrent writer, and stop at 5 GB. Use --engine auto.",
    );
  }
  const without = able.filter((work) => !placeOf(work, options));
  if (without.length > 0) {
    throw new Stop(
      `${named(without)}: nothing says which role jobs of S3 Batch Operations have, and where their reports go. Nothing was changed.`,
      without.some(({ fleet }) => fleet)
        ? "Set batchOperations: true for their Regions in the fleet, and apply; or name the other buckets with --bucket."
        : "Add --batch-role-arn and --batch-report-bucket.",
    );
  }
  return new Set(able);
}

/** Where a bucket's jobs run and report to. */
function placeOf({ target, fleet }: Work, options: BatchOptions): Place | undefined {
  const roleArn = options.batchRoleArn ?? fleet?.batchRoleArn;
  const reportBucket = options.batchReportBucket ?? fleet?.backupBucket;
  if (target.algorithm !== "aws:kms" || roleArn === undefined || reportBucket === undefined) return undefined;
  return { target, roleArn, reportBucket };
}

/**
 * Lets jobs of S3's own update what they can, one kind of encryption after the other, and reads their reports.
 *
 * What they have done is believed by nobody: the sweep afterwards looks at every object, or at a sample of those that
 * they report.
 *
 * @param sample told of what jobs have done. @default every object is looked at
 * @throws Stop where a job could not be created, was cancelled or failed
 */
export async function runJobs(
  connection: Connection,
  options: BatchOptions,
  { id: run }: RunHere,
  stop: AbortSignal,
  sample?: ReportSample,
): Promise<readonly BatchJob[]> {
  const { work, account, credentials } = connection;
  const place = placeOf(work, options);
  if (!place) throw new Error("bucketsForJobs has not been asked");
  const { target, roleArn, reportBucket } = place;
  const [, partition = "aws"] = target.keyArn.split(":");
  const reportPrefix = `${batchReportPrefix}/${work.bucket}/${run}`;
  const service = jobService(s3ControlClient({ ...work, credentials }), account);
  const jobs: BatchJob[] = [];
  for (const source of jobSources(target, work.fleet?.bucket.sourceKeys ?? [])) {
    if (stop.aborted) break;
    const common = {
      run,
      partition,
      account,
      bucket: work.bucket,
      target,
      source,
      roleArn,
      reportBucket,
      reportPrefix,
    };
    const end = await runJob(jobRequest({ ...common, prefix: options.prefix }), {
      ...{ service, clock: realClock, stop },
      agree: (job) => agree(job, source.name, options),
      tell: (job) => say(`s3://${work.bucket}: ${inWords(source.name, job)}`),
    }).catch((error: unknown) => {
      throw notRun(work.bucket, error);
    });
    checkEnd(work.bucket, source.name, end);
    if (end.is === "empty") say(`  no object is under ${source.name}, so this job was cancelled`);
    const report =
      end.is === "complete" ? await reportOf(connection, { reportBucket, reportPrefix, job: end.job }, sample) : null;
    const { id, succeeded, failed } = end.job;
    jobs.push({ id, of: source.name, ended: end.is, succeeded, failed, report });
  }
  sample?.objects.choose(sample.chosen.kept);
  return jobs;
}

const inWords = (of: string, { id, status, total, succeeded, failed }: SeenJob): string =>
  `job ${id} for ${of}: ${status}${total > 0 ? `, ${grouped(succeeded)} of ${grouped(total)} updated, ${grouped(failed)} failed` : ""}`;

async function agree({ total }: SeenJob, of: string, { yes }: BatchOptions): Promise<void> {
  const dollars = virginia.batchJob + (total * (virginia.batchObjects + virginia.batchManifest)) / 1e6;
  say(
    `  the job's manifest has ${grouped(total)} objects under ${of}: about ${dollarsInWords(dollars)} for the job, besides its requests`,
  );
  await confirm(yes === true);
}

function notRun(bucket: string, error: unknown): unknown {
  if (error instanceof Stop || !(error instanceof Error)) return error;
  return new Stop(
    `s3://${bucket}: S3 Batch Operations: ${error.name}: ${error.message}.`,
    `The role needs s3:CreateJob, s3:DescribeJob, s3:UpdateJobStatus, and iam:PassRole on the jobs' role. ${localInstead}`,
    1,
  );
}

function checkEnd(bucket: string, of: string, { is, job }: JobEnd): void {
  if (is !== "failed" && is !== "cancelled") return;
  const why = job.reasons.length > 0 ? `: ${job.reasons.join("; ")}` : "";
  throw new Stop(
    `s3://${bucket}: job ${job.id} for ${of} ${is === "failed" ? "failed" : "was cancelled by somebody"}${why}. ${grouped(job.succeeded)} objects were updated before.`,
    `A new job: the same command with --bucket ${bucket} --new-run. ${localInstead}`,
    1,
  );
}
