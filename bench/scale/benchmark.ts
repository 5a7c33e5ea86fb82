import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { realClock } from "../../scripts/commands/support/clock";
import { writeReport } from "../../scripts/commands/support/report-files";
import { dryRun } from "../../src/reencrypt/audit";
import { reportedLine } from "../../src/reencrypt/batch/reported-objects";
import { estimate } from "../../src/reencrypt/cost/estimate";
import type { Place } from "../../src/reencrypt/cost/model";
import { virginia } from "../../src/reencrypt/cost/prices";
import { type Group, groupsOf } from "../../src/reencrypt/groups";
import type { JournalLine } from "../../src/reencrypt/journal";
import { LineSorter } from "../../src/reencrypt/line-set";
import { openRun } from "../../src/reencrypt/open-run";
import type { Counts, ObjectOutcome } from "../../src/reencrypt/outcome";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { runDirectory } from "../../src/reencrypt/run-directory";
import { Sightings } from "../../src/reencrypt/sightings";
import { Tally } from "../../src/reencrypt/tally";
import type { ObjectStore } from "../../src/s3/object-store";
import { wholeNumber } from "../flags";
import { machine, type Report } from "../report";
import { bucketOfOneKey, syntheticBucket, targetKeyArn } from "./bucket";

const target = { algorithm: "aws:kms", keyArn: targetKeyArn, bucketKey: true } as const;
const concurrency = 128;

interface Progress {
  readonly objects: number;
  /** Of a processor, user and system: who else uses the machine does not count. */
  readonly seconds: number;
}

/** Begins a count of processor seconds. */
function stopwatch(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

/** A full collection, which a process can ask for that was started without a flag for it. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
}

/** Of this process: resident now and at most, and what lives once all garbage is gone. */
function memory(): Readonly<Record<string, number>> {
  const resident = process.memoryUsage.rss();
  collectGarbage();
  return {
    "MB now": megabytes(resident),
    "MB peak": megabytes(process.resourceUsage().maxRSS * 1024),
    "MB live": megabytes(process.memoryUsage().heapUsed),
  };
}

const rowOf = ({ objects, seconds }: Progress): Report["rows"][number] => ({
  objects,
  "CPU seconds": Number(seconds.toFixed(1)),
  "objects a CPU second": Math.round(objects / seconds),
  "CPU microseconds an object": Number(((seconds * 1e6) / objects).toFixed(2)),
  ...memory(),
});

/** Powers of ten from a million up to the size, and the size itself. */
export function milestonesOf(keys: number): readonly number[] {
  const powers = [1e6, 1e7, 1e8, 1e9].filter((power) => power < keys);
  return [...powers, keys];
}

interface Swept {
  readonly rows: Report["rows"];
  readonly counts: Counts;
  /** What the first objects have in common, for an estimate of a bucket that is like this one. */
  readonly groups: readonly Group[];
}

interface Sweepable {
  readonly bucket: ObjectStore;
  readonly versions: "current" | "all";
  /** How many there are, versions among them. */
  readonly size: number;
}

/** Lists, decides and accounts for every object of a bucket as a dry run does, with a journal and a report on disk. */
export async function swept({ bucket: whole, versions, size }: Sweepable, directory: string): Promise<Swept> {
  const sightings = new Sightings(realClock);
  const store = sightings.watching(whole);
  const tally = new Tally();
  const request = { command: "reencrypt", bucket: "synthetic", dryRun: true, ...target };
  const runs = runDirectory(directory);
  const replay = (line: JournalLine) => tally.add(line);
  const run = await openRun({ store: runs, request, now: realClock.now(), newRun: true, replay });
  const rows: Report["rows"][number][] = [];
  const first: ObjectOutcome[] = [];
  const milestones = milestonesOf(size);
  let objects = 0;
  const seconds = stopwatch();
  const bucket = {
    versioning: versions === "all" ? "Enabled" : "Disabled",
    objectLock: false,
    defaultRetention: false,
  } as const;
  await sweepUntilSettled({
    ...{ store, tally, concurrency, journal: run, versions, maxSweeps: 1 },
    visit: sightings.telling(dryRun({ store, target, bucket, clock: realClock }, "auto")),
    stop: new AbortController().signal,
    onObject: (outcome) => {
      objects++;
      if (first.length < 1000) first.push(outcome);
      if (objects === milestones[rows.length]) rows.push(rowOf({ objects, seconds: seconds() }));
    },
  });
  await run.append({ t: "end", exitCode: 0 });
  await run.close();
  const journal = statSync(join(directory, run.id, "journal.jsonl")).size;
  const { counts } = await writeReport(join(directory, run.id), run.file, () => runs.lines(run.id));
  const accounted = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (accounted !== size) throw new Error(`${accounted} of ${size} objects are accounted for`);
  const atEnd = {
    ...rowOf({ objects, seconds: seconds() }),
    "of which": `its report too; a journal of ${megabytes(journal)} MB`,
  };
  return { rows: [...rows, atEnd], counts, groups: groupsOf(first).groups ?? [] };
}

/** The hundred-millionth prime. */
const STEP = 2_038_074_743;

/** Every number below so many, once each: a prime has no divisor in common with a smaller number. @param count below it */
export function* inNoOrder(count: number): Generator<number> {
  for (let turn = 0, number = 0; turn < count; turn++, number = (number + STEP) % count) yield number;
}

/** What `--sample` rests on: a completion report's keys, sorted on disk, and asked in the order of a list. */
export async function sorted(keys: number, directory: string): Promise<Report["rows"]> {
  const lineOf = (number: number) => reportedLine({ key: `data/${String(number).padStart(12, "0")}` });
  const sorter = new LineSorter(directory);
  const seconds = stopwatch();
  for (const number of inNoOrder(keys)) await sorter.add(lineOf(number));
  const set = await sorter.finish();
  const rows = [{ ...rowOf({ objects: keys, seconds: seconds() }), does: "sorted" }];
  let missing = 0;
  for (let number = 0; number < keys; number++) if (!(await set.has(lineOf(number)))) missing++;
  await set.close();
  if (missing > 0) throw new Error(`${missing} of ${keys} lines are missing`);
  return [...rows, { ...rowOf({ objects: keys, seconds: seconds() }), does: "and each asked for once" }];
}

const place: Place = {
  ...{ concurrency: 1000, latencyMs: 100, partitions: 4, share: 0.8, kmsQuota: 10_000 },
  ...{ cpuMicroseconds: 200, dollarsAnHour: 0.1 },
};

/** What the estimate says of a bucket that is like these objects. */
export function estimated(objects: number, groups: readonly Group[]): Report {
  const began = performance.now();
  const facts = { groups, objects, bytes: objects * 1000, target, keepsVersions: false };
  const { engines, recommended, because } = estimate(facts, place, virginia);
  const milliseconds = performance.now() - began;
  return {
    title: `The estimate of ${objects.toExponential(0)} such objects, in ${milliseconds.toFixed(1)} ms; better: ${recommended}, since ${because}`,
    rows: engines.map(({ engine, requests, dollars, seconds }) => ({
      engine,
      requests: requests.toExponential(2),
      dollars: Math.round(dollars).toLocaleString("en-US"),
      days: seconds === null ? "not known" : (seconds / 86_400).toFixed(1),
    })),
  };
}

/**
 * Whether time and memory of what this program does itself grow no faster than a bucket: no requests, no HTTP.
 */
export async function scaleBenchmark(words: readonly string[]): Promise<readonly Report[]> {
  const { values } = parseArgs({
    args: [...words],
    options: { keys: { type: "string", default: "10000000" }, versions: { type: "string", default: "1000000" } },
  });
  const keys = wholeNumber("--keys", values.keys, 1_000);
  const versions = wholeNumber("--versions", values.versions);
  const directory = mkdtempSync(join(tmpdir(), "at-rest-scale-"));
  try {
    const { rows, groups } = await swept(
      { bucket: syntheticBucket(keys), versions: "current", size: keys },
      join(directory, "keys"),
    );
    const ofOneKey = await swept(
      { bucket: bucketOfOneKey(versions), versions: "all", size: versions },
      join(directory, "versions"),
    );
    const ofReport = await sorted(Math.min(keys, 1e7), directory);
    return [
      machine(),
      {
        title: "List, decide and account for synthetic objects, as a dry run does, in one process without a network",
        rows,
      },
      { title: "The same for all versions of one key, all but one of which are refused", rows: ofOneKey.rows },
      { title: "A job's completion report: its keys sorted on disk, then asked for", rows: ofReport },
      estimated(1e10, groups),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
