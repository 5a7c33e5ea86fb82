import { batchReportPrefix } from "../../../src/fleet/names";
import {
  type CompletionReport,
  readCompletionReport,
  UnreliableReport,
} from "../../../src/reencrypt/batch/completion-report";
import { type JobEnd, runJob, type SeenJob } from "../../../src/reencrypt/batch/follow";
import { jobRequest, jobSources, type KmsTarget } from "../../../src/reencrypt/batch/job-request";
import { jobService } from "../../../src/reencrypt/batch/job-service";
import { virginia } from "../../../src/reencrypt/cost/prices";
import { contentOf } from "../../../src/reencrypt/manifest/transfer";
import { grouped } from "../../../src/reencrypt/report";
import { dollarsInWords } from "../../../src/reencrypt/report/words";
import { documents } from "../../../src/s3/documents";
import { s3ControlClient } from "../../../src/s3/s3-control-client";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import { Stop } from "./stop";
import { confirm, say } from "./terminal";

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

/** Where jobs run and report to. @throws Stop where the target or the fleet does not allow any */
export function batchPlace({ work }: Connection, options: BatchOptions): Place {
  const { target, bucket, fleet } = work;
  if (target.algorithm !== "aws:kms") {
    throw new Stop(
      `s3://${bucket}: jobs of S3 Batch Operations lead to SSE-KMS only, not to ${target.algorithm}. Nothing was changed.`,
      "Copy jobs are not offered: they cannot be made safe against a concurrent writer, and stop at 5 GB. Use --engine auto.",
    );
  }
  const roleArn = options.batchRoleArn ?? fleet?.batchRoleArn;
  const reportBucket = options.batchReportBucket ?? fleet?.backupBucket;
  if (roleArn === undefined || reportBucket === undefined) {
    throw new Stop(
      `s3://${bucket}: nothing says which role jobs of S3 Batch Operations have, and where their reports go. Nothing was changed.`,
      fleet
        ? "Set batchOperations: true for its Region in the fleet, and apply."
        : "Add --batch-role-arn and --batch-report-bucket.",
    );
  }
  return { target, roleArn, reportBucket };
}

/**
 * Lets jobs of S3's own update what they can, one kind of encryption after the other, and reads their reports.
 *
 * What they have done is believed by nobody: the sweep afterwards looks at every object.
 *
 * @throws Stop where a job could not be created, was cancelled or failed
 */
export async function runJobs(
  connection: Connection,
  options: BatchOptions,
  run: string,
  stop: AbortSignal,
): Promise<readonly BatchJob[]> {
  const { work, account, credentials } = connection;
  const { target, roleArn, reportBucket } = batchPlace(connection, options);
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
    const report =
      end.is === "complete" ? await reportOf(connection, { reportBucket, reportPrefix, job: end.job.id }) : null;
    const { id, succeeded, failed } = end.job;
    jobs.push({ id, of: source.name, ended: end.is, succeeded, failed, report });
  }
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
    `A new job: the same command with --new-run. ${localInstead}`,
    1,
  );
}

/** Nothing where it cannot be relied on, which is said: the sweep finds out anyway. */
async function reportOf(
  { client, account, work }: Connection,
  { reportBucket, reportPrefix, job }: { reportBucket: string; reportPrefix: string; job: string },
): Promise<CompletionReport | null> {
  const encryption = { algorithm: "AES256" } as const;
  const reports = documents({ client, bucket: reportBucket, expectedBucketOwner: account, encryption });
  const read = async (key: string) => contentOf(reports, realClock, key);
  try {
    const place = { bucket: reportBucket, prefix: reportPrefix, job, source: work.bucket, read };
    const report = await readCompletionReport(place);
    for (const { code, status, objects, example } of report.failures) {
      say(`  ${grouped(objects)} not updated: ${status} ${code}, such as ${example.key}: ${example.message}`);
    }
    return report;
  } catch (error) {
    if (!(error instanceof UnreliableReport)) throw error;
    say(
      `  The completion report of job ${job} cannot be relied on: ${error.message}. Every object is looked at anyway.`,
    );
    return null;
  }
}
