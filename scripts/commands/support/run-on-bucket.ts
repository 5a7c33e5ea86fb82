import { join } from "node:path";
import {
  type Journal,
  noJournal,
  type OpenRun,
  openRun,
  type RunRequest,
  UnfinishedRun,
} from "../../../src/reencrypt/journal";
import { converted, exceptionCount } from "../../../src/reencrypt/outcome";
import { ListRefused } from "../../../src/reencrypt/pages";
import { countLines, exceptionLine, grouped } from "../../../src/reencrypt/report";
import { type RunEnd, sweepUntilSettled } from "../../../src/reencrypt/run";
import type { Visit } from "../../../src/reencrypt/sweep";
import { exitCodeOf, type SweepTally, Tally } from "../../../src/reencrypt/tally";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import type { OutputOptions, SweepOptions } from "./options";
import { showProgress } from "./progress";
import { type ExitCode, Stop } from "./stop";
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
  readonly visitor: (journal: Journal, run: string) => Visit;
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

  const progress = showProgress(traffic, process.stderr.isTTY === true);
  const began = performance.now();
  try {
    const journal = run ?? noJournal;
    const end = await sweepUntilSettled({
      store,
      visit: props.visitor(journal, run?.id ?? "dry-run"),
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
    report({ props, run, end, found, exitCode, seconds: (performance.now() - began) / 1000 });
    return exitCode;
  } catch (error) {
    if (!(error instanceof ListRefused)) throw error;
    const { counts } = tally.through(tally.sweep);
    const changed = converted(counts) + (counts.backedUp ?? 0);
    throw new Stop(`s3://${work.bucket}: ${error.message}`, "The same command goes on from here.", changed > 0 ? 1 : 2);
  } finally {
    progress.end();
    await run?.close();
  }
}

function exitCodeFor(end: RunEnd, found: SweepTally): ExitCode {
  if (end.is === "stopped") return 130;
  return end.is === "unsettled" ? 1 : exitCodeOf(found);
}

interface Ended {
  readonly props: BucketRun;
  readonly run: OpenRun | undefined;
  readonly end: RunEnd;
  readonly found: SweepTally;
  readonly exitCode: ExitCode;
  readonly seconds: number;
}

const verdicts = {
  reencrypt: {
    0: "is done: every object is encrypted as asked.",
    1: "is not finished: some objects could not be brought to the target.",
    3: "is done, but some objects cannot be converted.",
  },
  backup: { 0: "is backed up.", 1: "is not backed up: some objects failed.", 3: "is backed up, but for some objects." },
  audit: {
    0: "is compliant: every object is encrypted as asked.",
    1: "is not compliant.",
    3: "is compliant, but for objects that cannot be converted.",
  },
} as const;

function verdict({ props, end, exitCode }: Ended): string {
  if (props.dryRun && exitCode !== 130) return "would end up like this; nothing was changed.";
  if (end.is === "unsettled") {
    return `is not finished: after ${end.sweeps} sweeps something still writes with another encryption.`;
  }
  switch (exitCode) {
    case 0:
    case 1:
    case 3:
      return verdicts[props.command][exitCode];
    default:
      return "was interrupted. The same command goes on from here.";
  }
}

function report(ended: Ended): void {
  const { props, run, end, found, exitCode, seconds } = ended;
  const { work, traffic, account } = props.connection;
  if (props.options.json) {
    const document = {
      command: props.command,
      bucket: work.bucket,
      region: work.region,
      account,
      target: work.target,
      dryRun: props.dryRun,
      ended: end.is,
      sweeps: end.sweeps,
      counts: found.counts,
      because: found.because,
      exceptions: found.exceptions,
      requests: traffic.requests,
      throttled: traffic.throttled,
      seconds: Number(seconds.toFixed(3)),
      run: run?.directory ?? null,
      exitCode,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const all = exceptionCount(found.counts);
  say(`s3://${work.bucket} ${verdict(ended)}\n`);
  for (const line of countLines(found, props.dryRun)) say(line);
  if (found.exceptions.length > 0) say();
  for (const exception of found.exceptions) say(`  ${exceptionLine(exception)}`);
  if (all > found.exceptions.length) say(`  and ${grouped(all - found.exceptions.length)} more`);
  const share = ((100 * traffic.throttled) / Math.max(traffic.requests, 1)).toFixed(1);
  const sweeps = end.sweeps === 1 ? "1 sweep" : `${end.sweeps} sweeps`;
  say(`\n  ${seconds.toFixed(1)} s, ${sweeps}, ${grouped(traffic.requests)} requests, ${share} % throttled`);
  if (run) say(`  journal  ${run.directory}/journal.jsonl`);
}
