import { createHash } from "node:crypto";
import {
  type CompletionReport,
  readCompletionReport,
  UnreliableReport,
} from "../../../src/reencrypt/batch/completion-report";
import type { SeenJob } from "../../../src/reencrypt/batch/follow";
import { ReportedObjects, reportedLine } from "../../../src/reencrypt/batch/reported-objects";
import { LineSorter } from "../../../src/reencrypt/line-set";
import { contentOf } from "../../../src/reencrypt/manifest/transfer";
import { grouped, visible } from "../../../src/reencrypt/report";
import { Reservoir } from "../../../src/reencrypt/reservoir";
import { documents } from "../../../src/s3/documents";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import type { RunHere } from "./open-here";
import { say } from "./terminal";

/** Where a job's completion report is. */
export interface ReportOf {
  readonly reportBucket: string;
  readonly reportPrefix: string;
  readonly job: SeenJob;
}

/** With `--sample`: what jobs have updated is not all looked at. */
export interface ReportSample {
  readonly objects: ReportedObjects;
  readonly chosen: Reservoir<string>;
  /** Of the run. */
  readonly directory: string;
}

/** Chance that a run's id decides: a run that goes on chooses the same objects again. */
export function chanceOf(run: string): () => number {
  let turn = 0;
  return () => createHash("sha256").update(`${run}\n${turn++}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** @param size objects that are looked at */
export function sampledReports(size: number) {
  const objects = new ReportedObjects();
  const of = ({ id, directory }: RunHere): ReportSample => ({
    ...{ objects, directory, chosen: new Reservoir(size, chanceOf(id)) },
  });
  return { size, objects, of };
}

/**
 * Reads a job's report and tells of what failed.
 *
 * Nothing where it cannot be relied on, which is said: the sweep then looks at every object of that job.
 *
 * @param sample told of what succeeded. @default nobody has to know
 */
export async function reportOf(
  { client, account, work }: Connection,
  { reportBucket, reportPrefix, job }: ReportOf,
  sample?: ReportSample,
): Promise<CompletionReport | null> {
  const encryption = { algorithm: "AES256" } as const;
  const reports = documents({ client, bucket: reportBucket, expectedBucketOwner: account, encryption });
  const read = async (key: string) => contentOf(reports, realClock, key);
  const place = { bucket: reportBucket, prefix: reportPrefix, job: job.id, source: work.bucket, read };
  const sorter = sample && new LineSorter(sample.directory);
  try {
    const report = await readCompletionReport({
      ...place,
      ...(sample && {
        succeeded: async (id) => {
          const line = reportedLine(id);
          sample.chosen.add(line);
          await sorter?.add(line);
        },
      }),
    });
    for (const { code, status, objects, example } of report.failures) {
      say(visible(`  ${grouped(objects)} not updated: ${status} ${code}, such as ${example.key}: ${example.message}`));
    }
    if (sorter) sample.objects.add({ createdAt: job.createdAt, objects: await sorter.finish() });
    return report;
  } catch (error) {
    if (!(error instanceof UnreliableReport)) throw error;
    say(
      `  The completion report of job ${job.id} cannot be relied on: ${error.message}. Every object of it is looked at.`,
    );
    return null;
  } finally {
    await sorter?.close();
  }
}
