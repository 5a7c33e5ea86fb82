import { type Command, InvalidArgumentError } from "commander";
import { dryRun } from "../../src/reencrypt/audit";
import { type EngineEstimate, type Estimate, estimate as estimateOf } from "../../src/reencrypt/cost/estimate";
import type { Place } from "../../src/reencrypt/cost/model";
import { virginia } from "../../src/reencrypt/cost/prices";
import { type Group, groupsOf } from "../../src/reencrypt/groups";
import { ListRefused } from "../../src/reencrypt/listing";
import type { ObjectOutcome } from "../../src/reencrypt/outcome";
import { grouped } from "../../src/reencrypt/report";
import { bytesInWords, dollarsInWords, duration, percent } from "../../src/reencrypt/report/words";
import { type Sample, sampleOf } from "../../src/reencrypt/sample";
import { realClock } from "./support/clock";
import { type Connection, connect } from "./support/connect";
import {
  addRequestOptions,
  addWhereOptions,
  engineOption,
  rate,
  type SweepOptions,
  type WhereOptions,
  wholeNumber,
} from "./support/options";
import { type ExitCode, Stop, worst } from "./support/stop";
import { say, sayStop } from "./support/terminal";
import { findWork, type Work } from "./support/work";

interface Options extends WhereOptions, SweepOptions {
  readonly engine: "auto" | "update" | "copy";
  readonly objects?: number;
  readonly bytes?: number;
  readonly sample: number;
  readonly latency: number;
  readonly partitions: number;
  readonly share: number;
  readonly kmsRequestsPerSecond: number;
  readonly json?: boolean;
}

/** Pages of the listing that a sample is taken from: each cut takes some lists of one key more. */
const PAGES = 16;
/** Microseconds that this program takes for an object: docs/performance.md. */
const CPU = 200;

function share(value: string): number {
  const number = Number(value);
  if (!(number > 0) || number > 100) throw new InvalidArgumentError("It must be a number above 0, and at most 100.");
  return number;
}

export function define(command: Command): void {
  addRequestOptions(addWhereOptions(command).optionsGroup("By which means:").addOption(engineOption()))
    .optionsGroup("What is taken for granted:")
    .option("--objects <n>", "how many there are (default: counted, where a few lists show all of them)", wholeNumber)
    .option("--bytes <n>", "how many they have (default: as the sample's)", wholeNumber)
    .option("--sample <n>", "objects that are looked at", wholeNumber, 200)
    .option("--latency <ms>", "from a request to its answer", rate, 100)
    .option("--partitions <n>", "prefixes that S3 has split the bucket into", wholeNumber, 1)
    .option("--share <percent>", "of the rates of S3 and KMS, what applications leave over", share, 80)
    .option("--kms-requests-per-second <n>", "the account's quota in the Region", rate, 10_000)
    .optionsGroup("Output:")
    .option("--json", "one JSON document a bucket on standard output")
    .addHelpText(
      "after",
      `
Reads only. A sample says how the objects are encrypted; it is taken from all over the keys, and is no uniform one:
reencrypt --dry-run looks at everything.

Examples:
  at-rest estimate
  at-rest estimate --bucket acme-uploads --objects 1200000000 --concurrency 1000 --partitions 4`,
    )
    .action(async (options: Options) => {
      process.exitCode = await estimate(options);
    });
}

/** One bucket that cannot be looked at hides no other. */
async function estimate(options: Options): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  for (const work of findWork(options, ["prepare", "encrypt", "enforce"])) {
    try {
      await oneBucket(work, options);
      codes.push(0);
    } catch (error) {
      if (!(error instanceof Stop || error instanceof ListRefused)) throw error;
      sayStop(work.bucket, error);
      codes.push(2);
    }
  }
  return worst(codes);
}

async function oneBucket(work: Work, options: Options): Promise<void> {
  const connection = await connect(work, options);
  const listing = { store: connection.store, prefix: options.prefix, versions: "current" } as const;
  const sample = await sampleOf(listing, { pages: PAGES, objects: options.sample }, Math.random);
  const groups = await lookedAt(connection, sample, options);
  const seen = groups.reduce((sum, { objects }) => sum + objects, 0);
  const seenBytes = groups.reduce((sum, { bytes }) => sum + bytes, 0);
  const objects = options.objects ?? (sample.whole ? sample.listed : undefined);
  if (objects === undefined) {
    throw new Stop(
      `It has more than ${grouped(sample.listed)} objects, and nothing says how many.`,
      "Add --objects: CloudWatch has the number as NumberOfObjects, and S3 Storage Lens too.",
    );
  }
  const bytes = options.bytes ?? (seen === 0 ? 0 : (seenBytes * objects) / seen);
  const keepsVersions = connection.traits.versioning === "Enabled";
  const facts = { groups, objects, bytes, target: work.target, keepsVersions };
  const made = estimateOf(facts, placeOf(options), virginia);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ bucket: work.bucket, objects, bytes, sample: seen, ...made })}\n`);
  tell(work, { objects, bytes, exact: options.objects === undefined, groups, seen }, made);
}

const placeOf = (options: Options): Place => ({
  concurrency: options.concurrency,
  latencyMs: options.latency,
  partitions: options.partitions,
  share: options.share / 100,
  kmsQuota: options.kmsRequestsPerSecond,
  cpuMicroseconds: CPU,
  dollarsAnHour: 0,
});

/** What a dry run finds of the sample. */
async function lookedAt(
  { store, work, traits, sightings }: Connection,
  { objects }: Sample,
  { engine, concurrency }: Options,
): Promise<readonly Group[]> {
  const context = { store, target: work.target, bucket: traits, clock: realClock };
  const visit = sightings.telling(dryRun(context, engine));
  const outcomes: ObjectOutcome[] = [];
  for (let first = 0; first < objects.length; first += concurrency) {
    outcomes.push(...(await Promise.all(objects.slice(first, first + concurrency).map(visit))));
  }
  return groupsOf(outcomes).groups ?? [];
}

interface Found {
  readonly objects: number;
  readonly bytes: number;
  readonly exact: boolean;
  readonly groups: readonly Group[];
  readonly seen: number;
}

function tell({ bucket, region }: Work, found: Found, { engines, recommended, because }: Estimate): void {
  const of = (...outcomes: readonly string[]) =>
    found.groups.filter(({ outcome }) => outcomes.includes(outcome)).reduce((sum, { objects }) => sum + objects, 0);
  say(`s3://${bucket} (${region})`);
  say(`  holds   ${found.exact ? "" : "about "}${grouped(found.objects)} objects, ${bytesInWords(found.bytes)}`);
  say(
    `  of ${grouped(found.seen)} looked at: ${percent(of("updated"), found.seen)} to update, ${percent(of("copied", "copiedInParts"), found.seen)} to copy, ${percent(of("alreadyRight"), found.seen)} right already, ${percent(of("cannot"), found.seen)} cannot be done`,
  );
  for (const engine of engines) for (const line of linesOf(engine)) say(line);
  say(`  better  ${recommended}: ${because}`);
  say(
    `  list prices of ${virginia.region}, ${virginia.asOf}; they differ by region. A best case: nothing is throttled.`,
  );
}

function linesOf({
  engine,
  requests,
  dollars,
  dollarsAtMost,
  seconds,
  limitedBy,
  kmsRequests,
  kmsQuotaShare,
}: EngineEstimate): string[] {
  const { expected, withoutBucketKey } = kmsRequests;
  const time = seconds === null ? "AWS publishes no rate" : `${duration(seconds)}, limited by ${limitedBy}`;
  const quota = kmsQuotaShare === null ? "" : `; without, ${percent(kmsQuotaShare, 1)} of the quota a second`;
  return [
    `  by      ${engine}`,
    `          ${grouped(Math.round(requests))} requests, ${dollarsInWords(dollars)}, at most ${dollarsInWords(dollarsAtMost)}`,
    `          ${time}`,
    `          KMS: ${grouped(Math.round(expected))} requests as it is asked for, ${grouped(Math.round(withoutBucketKey))} without a bucket key${quota}`,
  ];
}
