import { join } from "node:path";
import { type Journal, noJournal } from "../../../src/reencrypt/journal";
import { JournalNotWritten } from "../../../src/reencrypt/journal-file";
import { ListRefused } from "../../../src/reencrypt/listing";
import { converted } from "../../../src/reencrypt/outcome";
import { type RunEnd, sweepUntilSettled } from "../../../src/reencrypt/run";
import { type OpenRun, openRun, type RunRequest, UnfinishedRun } from "../../../src/reencrypt/run-directory";
import { RunInUse } from "../../../src/reencrypt/run-lock";
import type { Visit } from "../../../src/reencrypt/sweep";
import { exitCodeOf, type SweepTally, Tally } from "../../../src/reencrypt/tally";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import type { OutputOptions, SweepOptions } from "./options";
import { showProgress } from "./progress";
import { type ExitCode, Stop } from "./stop";
import { tell } from "./tell";
import { say } from "./terminal";

export interface BucketRun {
  readonly connection: Connection;
  readonly command: "reencrypt" | "backup" | "audit";
  readonly versions: "current" | "all";
  /** With what a resumed run has to agree, besides bucket, target and scope. */
  readonly request: RunRequest;
  readonly dryRun: boolean;
  readonly maxSweeps: number;
  readonly options: SweepOptions & OutputOptions;
  readonly runDirectory: string;
  readonly newRun: boolean;
  readonly stop: AbortSignal;
  readonly visitor: (journal: Journal, run: string, notice: (message: string) => void) => Visit;
  /** What has to be waited for before the first sweep. @default nothing */
  readonly ready?: () => Promise<void>;
  /** What the command adds to the JSON document, once the sweeps are over. @default nothing */
  readonly also?: () => Promise<Readonly<Record<string, unknown>>>;
  /** What is left to do once every object has been seen, before the run counts as ended. */
  readonly finish?: (run: OpenRun, found: SweepTally) => Promise<void>;
}

function requestOf({ connection, command, versions, request, options }: BucketRun): RunRequest {
  const { work, account } = connection;
  const { algorithm } = work.target;
  return {
    command,
    bucket: work.bucket,
    region: work.region,
    account,
    algorithm,
    keyArn: "keyArn" in work.target ? work.target.keyArn : null,
    bucketKey: "bucketKey" in work.target ? work.target.bucketKey : null,
    versions,
    prefix: options.prefix ?? null,
    ...request,
  };
}

async function open(run: BucketRun, tally: Tally): Promise<OpenRun> {
  const { connection, command, runDirectory, newRun } = run;
  try {
    return await openRun({
      directory: join(runDirectory, connection.work.bucket, command),
      request: requestOf(run),
      now: realClock.now(),
      // An audit is a statement about now, so what an earlier one saw is of no use to it.
      newRun: newRun || command === "audit",
      replay: (line) => tally.add(line),
    });
  } catch (error) {
    if (error instanceof UnfinishedRun) {
      throw new Stop(`${error.message}.`, "Give the same command again to finish it, or add --new-run.");
    }
    if (error instanceof RunInUse) {
      throw new Stop(`${error.message}. Nothing was changed.`, "Let it finish. If it is gone, delete that file.");
    }
    throw error;
  }
}

/** Runs sweeps over one bucket and says what came of it. */
export async function runOnBucket(props: BucketRun): Promise<ExitCode> {
  const { connection, options, stop, dryRun } = props;
  const { work, store, traffic } = connection;
  const tally = new Tally();
  const run = dryRun ? undefined : await open(props, tally);
  if (run?.resumed) say(`Going on with ${run.directory}.`);

  const notices: string[] = [];
  const notice = (message: string) => {
    notices.push(message);
    say(message);
  };
  const progress = showProgress(traffic, process.stderr.isTTY === true);
  const began = performance.now();
  try {
    const journal = run ?? noJournal;
    const end = await sweepUntilSettled({
      store,
      visit: props.visitor(journal, run?.id ?? "dry-run", notice),
      ready: props.ready,
      notice,
      journal,
      tally,
      prefix: options.prefix,
      versions: props.versions,
      concurrency: options.concurrency,
      maxSweeps: props.maxSweeps,
      stop,
      onObject: progress.object,
    });
    progress.end();
    const found = tally.through(end.sweeps);
    if (end.is !== "stopped" && run) await props.finish?.(run, found);
    const exitCode = exitCodeFor(end, found);
    if (end.is !== "stopped") await run?.append({ t: "end", exitCode });
    const also = { notices, ...(await props.also?.()) };
    tell({
      command: props.command,
      connection,
      run,
      end,
      found,
      exitCode,
      dryRun,
      objects: progress.objects,
      seconds: (performance.now() - began) / 1000,
      json: options.json === true,
      also,
    });
    return exitCode;
  } catch (error) {
    if (!(error instanceof ListRefused || error instanceof JournalNotWritten)) throw error;
    const { counts } = tally.through(tally.sweep);
    const changed = converted(counts) + (counts.backedUp ?? 0);
    const remedy = error instanceof JournalNotWritten ? "Make room on the disk; then the" : "The";
    throw new Stop(
      `s3://${work.bucket}: ${error.message}`,
      `${remedy} same command goes on from here.`,
      changed > 0 ? 1 : 2,
    );
  } finally {
    progress.end();
    await run?.close();
  }
}

function exitCodeFor(end: RunEnd, found: SweepTally): ExitCode {
  if (end.is === "stopped") return 130;
  return end.is === "unsettled" ? 1 : exitCodeOf(found);
}
