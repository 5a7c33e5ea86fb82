import type { Awaited } from "../../../src/reencrypt/awaited-copies";
import { JournalNotWritten } from "../../../src/reencrypt/group-writer";
import { type Journal, type JournalLine, noJournal } from "../../../src/reencrypt/journal";
import { ListRefused } from "../../../src/reencrypt/listing";
import type { RunFile } from "../../../src/reencrypt/open-run";
import { converted } from "../../../src/reencrypt/outcome";
import type { Summary } from "../../../src/reencrypt/report/summary";
import { type RunEnd, sweepUntilSettled } from "../../../src/reencrypt/run";
import type { Visit } from "../../../src/reencrypt/sweep";
import { exitCodeOf, type SweepTally, Tally } from "../../../src/reencrypt/tally";
import type { ObjectStore } from "../../../src/s3/object-store";
import { type Meter, startMeter } from "./meter";
import { openHere, type RunHere, runsOf } from "./open-here";
import { type Expected, showProgress } from "./progress";
import { type ReadJournal, writeReport } from "./report-files";
import { reportsIn } from "./run-place";
import type { RunScope } from "./run-scope";
import type { ShardRuns } from "./shard-runs";
import { type ExitCode, Stop } from "./stop";
import { tell } from "./tell";
import { say } from "./terminal";

/** What a visitor may need of the run that it works for. */
export interface VisitedRun {
  readonly id: string;
  readonly journal: Journal;
  readonly notice: (message: string) => void;
  /** What earlier processes of the run had begun to copy, and nobody has found. */
  readonly awaited: (key: string) => Awaited | undefined;
}

/** Objects that an inventory names. */
export interface Named {
  /** It lists nothing else. */
  readonly store: ObjectStore;
  readonly objects: number;
}

export interface BucketRun extends RunScope {
  readonly maxSweeps: number;
  /** What is listed in the place of the bucket itself. @default the bucket */
  readonly listing?: ObjectStore;
  /** What the first sweep goes through alone. Sweeps of everything follow. @default everything */
  readonly inventory?: (run: RunHere, stop: AbortSignal) => Promise<Named | undefined>;
  /** Whether delete markers are visited with all versions. @default false */
  readonly deleteMarkers?: boolean;
  /** What the visits write to. @default the bucket */
  readonly destination?: ObjectStore;
  /** Objects that there are, where somebody has counted them. @default nobody has */
  readonly expected?: Expected;
  readonly newRun: boolean;
  readonly stop: AbortSignal;
  readonly visitor: (run: VisitedRun) => Visit;
  /** What has to be waited for, or done by others, before the first sweep. @default nothing */
  readonly ready?: (run: RunHere) => Promise<void>;
  /** What the command adds to the JSON document, once the sweeps are over. @default nothing */
  readonly also?: (summary: Summary | undefined) => Promise<Readonly<Record<string, unknown>>>;
  /** What else decides on the exit code. @default the objects alone */
  readonly judge?: (ofObjects: ExitCode, found: SweepTally) => ExitCode;
  /** What is left to do once every object has been seen, before the run counts as ended. */
  readonly finish?: (run: RunHere, found: SweepTally) => Promise<void>;
}

/** Runs sweeps over one bucket and says what came of it. */
export async function runOnBucket(props: BucketRun): Promise<ExitCode> {
  const { connection, options, dryRun } = props;
  const { work, store, traffic, limits, traits, sightings } = connection;
  const tally = new Tally();
  const runs = await runsOf(props);
  const { part } = runs;
  if (part && part.exitCode !== undefined) return tellEnded(part, part.exitCode, props);
  const run = await openHere(props, runs, tally);
  const stop = AbortSignal.any([props.stop, run.lost]);
  if (run.resumed) say(`Going on with ${run.place}.`);

  const notices: string[] = [];
  const notice = (message: string) => {
    notices.push(message);
    say(message);
  };
  let named: Named | undefined;
  const expectedIn = (sweep: number): Expected | undefined => {
    if (sweep === 1 && named) return { objects: named.objects, exact: false };
    if (sweep === 1 && part) return undefined; // of the bucket, it was counted
    // What one sweep has met the next one is going to meet again, and what was written since.
    return sweep <= tally.firstWhole ? props.expected : { objects: visited(tally.of(sweep - 1)), exact: false };
  };
  const progress = showProgress({
    ...{ traffic, limits, terminal: process.stderr.isTTY === true, sweep: () => tally.sweep },
    before: visited(tally.of()),
    expected: expectedIn,
  });
  const tallied = async (line: JournalLine) => {
    await run.append(line);
    tally.add(line);
  };
  let inFlight = 0;
  const counted =
    (visit: Visit): Visit =>
    async (id) => {
      inFlight++;
      try {
        return await visit(id);
      } finally {
        inFlight--;
      }
    };
  const sayInFlight = () => say(`${inFlight} ${inFlight === 1 ? "object" : "objects"} in flight.`);
  stop.addEventListener("abort", sayInFlight);
  const began = performance.now();
  let meter: Meter | undefined;
  try {
    const { concurrency, maxRequestsPerSecond = null, transport, logObjects = false } = options;
    meter = await startMeter({
      ...{ journal: { append: tallied }, traffic, limits, objects: () => progress.objects },
      options: {
        ...{ concurrency, maxRequestsPerSecond, transport, logObjects },
        versioning: traits.versioning,
        maxSweeps: props.maxSweeps,
      },
    });
    const end = await sweepUntilSettled({
      store: props.listing ?? store,
      destination: props.destination ?? store,
      deleteMarkers: props.deleteMarkers,
      visit: counted(
        sightings.telling(
          props.visitor({
            id: run.id,
            journal: dryRun ? noJournal : run,
            notice,
            awaited: (key) => tally.awaited(key),
          }),
        ),
      ),
      ready: async () => props.ready?.(run),
      inventory: async () => {
        named = await props.inventory?.(run, stop);
        return named?.store;
      },
      notice,
      journal: run,
      tally,
      prefix: options.prefix,
      within: part?.within,
      versions: props.versions,
      concurrency,
      logObjects,
      maxSweeps: props.maxSweeps,
      stop,
      onObject: progress.object,
    });
    progress.end();
    const found = tally.through(end.sweeps);
    if (end.is !== "stopped") await props.finish?.(run, found);
    const ofObjects = exitCodeFor(end, found);
    const exitCode = ofObjects === 130 ? ofObjects : (props.judge?.(ofObjects, found) ?? ofObjects);
    await meter.finish();
    if (end.is !== "stopped") await run.append({ t: "end", exitCode });
    const summary = await reportOn(run.directory, run.file, () => runs.store.lines(run.id));
    const also = { notices, ...(await props.also?.(summary)) };
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
      summary,
      sampled: typeof props.request["sample"] === "number",
      named: end.sweeps < tally.firstWhole,
    });
    return exitCode;
  } catch (error) {
    if (!(error instanceof ListRefused || error instanceof JournalNotWritten)) throw error;
    const { counts } = tally.through(tally.sweep);
    const changed = converted(counts) + (counts.backedUp ?? 0) + (counts.restored ?? 0);
    const onDisk = error instanceof JournalNotWritten && reportsIn(props.runDirectory) === props.runDirectory;
    const remedy = onDisk ? "Make room on the disk; then the" : "The";
    throw new Stop(
      `s3://${work.bucket}: ${error.message}`,
      `${remedy} same command goes on from here.`,
      changed > 0 ? 1 : 2,
    );
  } finally {
    stop.removeEventListener("abort", sayInFlight);
    progress.end();
    meter?.cancel();
    await run.close();
  }
}

/** What there is to say of a shard whose end an earlier process has seen. */
function tellEnded(
  { shard, left }: ShardRuns,
  exitCode: number,
  { connection, command, options }: BucketRun,
): ExitCode {
  const { bucket } = connection.work;
  const code = ([0, 3] as const).find((known) => known === exitCode) ?? 1;
  const name = `${shard.number}/${shard.of}`;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ command, bucket, shard: name, ended: "before", exitCode: code })}\n`);
  } else {
    say(`s3://${bucket} (shard ${name}) came to its end before, with exit code ${code}.`);
    for (const line of left) say(`  ${line}`);
    if (left.length === 0) say("So did all others. --new-run begins anew, with all shards.");
  }
  return code;
}

/** Nothing where it could not be written: what was done is done, and the journal has it all. */
async function reportOn(directory: string, file: RunFile, journal: ReadJournal): Promise<Summary | undefined> {
  try {
    return await writeReport(directory, file, journal);
  } catch (error) {
    say(`The report could not be written: ${error instanceof Error ? error.message : error}. Its journal is whole.`);
    return undefined;
  }
}

const visited = ({ counts }: SweepTally): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

function exitCodeFor(end: RunEnd, found: SweepTally): ExitCode {
  if (end.is === "stopped") return 130;
  return end.is === "unsettled" ? 1 : exitCodeOf(found);
}
