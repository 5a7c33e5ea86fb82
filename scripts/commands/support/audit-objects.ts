import { type Check, exitCodeOf } from "../../../src/checks/audit/check";
import type { AuditFacts } from "../../../src/checks/audit/facts";
import { versionsAuditor } from "../../../src/checks/audit/noncurrent";
import type { ObjectFindings } from "../../../src/checks/audit/result";
import { auditedSample, choosing, onlyThese } from "../../../src/checks/audit/sample";
import { noJournal } from "../../../src/reencrypt/journal";
import { ListRefused } from "../../../src/reencrypt/listing";
import { Reservoir } from "../../../src/reencrypt/reservoir";
import { sweep } from "../../../src/reencrypt/sweep";
import type { AuditOptions } from "./audit-options";
import { realClock } from "./clock";
import { type Connection, connect } from "./connect";
import { runOnBucket } from "./run-on-bucket";
import { type ExitCode, Stop, worst } from "./stop";
import { say } from "./terminal";
import type { Work } from "./work";

interface Chosen {
  readonly connection: Connection;
  /** Objects that were listed. Nothing without --sample. */
  readonly population?: number;
}

/** With --sample: lists everything, and leaves a bucket that holds the sample only. */
async function choose(connection: Connection, options: AuditOptions, stop: AbortSignal): Promise<Chosen> {
  if (options.sample === undefined) return { connection };
  const reservoir = new Reservoir<string>(options.sample, realClock.random);
  const { prefix, concurrency } = options;
  const where = { store: connection.store, prefix, versions: "current" } as const;
  const listing = { ...where, journal: noJournal, sweep: 1, process: 1, covered: [], concurrency, stop };
  await sweep({ ...listing, visit: choosing(reservoir) }).catch((error: unknown) => {
    throw error instanceof ListRefused ? new Stop(`s3://${connection.work.bucket}: ${error.message}`) : error;
  });
  say(`s3://${connection.work.bucket}: ${reservoir.kept.length} of ${reservoir.passed} objects are looked at.`);
  return {
    connection: { ...connection, store: onlyThese(connection.store, reservoir.kept) },
    population: reservoir.passed,
  };
}

interface OfObjects {
  readonly code: ExitCode;
  readonly objects?: ObjectFindings;
  readonly runDirectory?: string;
}

/** @throws Stop */
export async function lookAtObjects(
  work: Work,
  options: AuditOptions,
  { configuration: { lifecycle } }: AuditFacts,
  checks: readonly Check[],
  stop: AbortSignal,
): Promise<OfObjects> {
  const { connection, population } = await choose(await connect(work, options), options, stop);
  if (stop.aborted) return { code: 130 };
  const { store, traits } = connection;
  const versions =
    options.sample === undefined ? (options.versions ?? work.fleet?.bucket.versions ?? "current") : "current";
  let objects: ObjectFindings | undefined;
  let runDirectory: string | undefined;
  const code = await runOnBucket({
    connection,
    command: "audit",
    versions,
    request: options.sample === undefined ? {} : { sample: options.sample },
    dryRun: false,
    maxSweeps: 1,
    options,
    runDirectory: options.runDirectory,
    newRun: true,
    stop,
    visitor: () => versionsAuditor({ store, target: work.target, bucket: traits, clock: realClock, lifecycle }),
    judge: (ofObjects) => worst([ofObjects, exitCodeOf(checks)]),
    finish: async (run, { counts, because }) => {
      const sample = population === undefined ? null : auditedSample(population, counts);
      runDirectory = run.directory;
      objects = { counts, because, versions, prefix: options.prefix ?? null, sample };
    },
    also: async () => ({ sample: objects?.sample ?? null, configuration: checks }),
  });
  if (objects?.sample) say(`  ${objects.sample.inWords}`);
  return { code, objects, runDirectory };
}
