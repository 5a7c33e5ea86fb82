import { createHash } from "node:crypto";
import { type Command, Option } from "commander";
import { readBucketTraits } from "../../src/checks/bucket-traits";
import { dryRun } from "../../src/reencrypt/audit";
import { restingOnReports } from "../../src/reencrypt/batch/reported-objects";
import { converter } from "../../src/reencrypt/convert";
import { foreseen } from "../../src/reencrypt/foreseen";
import { targetInWords } from "../../src/reencrypt/report/words";
import { type BackedUp, backedUp } from "./support/backed-up";
import { type BatchJob, bucketsForJobs, runJobs } from "./support/batch-jobs";
import { sampledReports } from "./support/batch-report";
import { bucketByBucket } from "./support/bucket-by-bucket";
import { checkKey } from "./support/check-key";
import { chooseEngine } from "./support/choose-engine";
import { clockOf, leaseClock } from "./support/clock";
import { type Connection, connect } from "./support/connect";
import { otherDefault } from "./support/default-encryption";
import { FirstByInventory } from "./support/first-by-inventory";
import { forecast } from "./support/forecast";
import { inventorySource } from "./support/inventory-source";
import {
  addRunPlaceOptions,
  addSweepOptions,
  addWhereOptions,
  engineOrBatchOption,
  rate,
  versionsOption,
  wholeNumber,
} from "./support/options";
import type { Expected } from "./support/progress";
import { checkOptions, checkSource, ownEngine, type ReencryptOptions, versionsOf } from "./support/reencrypt-options";
import { runOnBucket } from "./support/run-on-bucket";
import { reportsIn, shardOf } from "./support/run-place";
import type { ExitCode } from "./support/stop";
import { confirm, say, stopOnSignals } from "./support/terminal";
import { awaitUploads, type SeenUploads, sayUploads, seeUploads, uploadsSince } from "./support/uploads";
import { watchTraits } from "./support/watch-traits";
import { findWork, type Work } from "./support/work";

/** A bucket that was looked at, before anybody has said yes. */
interface Prepared {
  readonly connection: Connection;
  readonly byJobs: boolean;
  readonly uploads: SeenUploads;
  readonly expected?: Expected;
  readonly backup: BackedUp;
  readonly first?: FirstByInventory;
}

/** Sweeps after which something must be writing with another encryption all the time. */
const MAX_SWEEPS = 5;

const sourceOption = (): Option =>
  new Option(
    "--source <inventory=...>",
    "first what an S3 Inventory shows as otherwise: a path, or s3://.../manifest.json",
  )
    .argParser(inventorySource)
    .conflicts("dryRun");

export function define(command: Command): void {
  addWhereOptions(command)
    .optionsGroup("What, and by which means:")
    .addOption(engineOrBatchOption())
    .option("--batch-role-arn <arn>", "the role of jobs (default: the stack's)")
    .option("--batch-report-bucket <name>", "where jobs report to (default: the stack's backup bucket)")
    .option(
      "--sample <n>",
      "of what jobs updated look at n, at random, and say how sure that makes (default: all)",
      wholeNumber,
    )
    .option("--allow-copy", "copy where UpdateObjectEncryption is missing, denied or without effect")
    .addOption(versionsOption())
    .addOption(sourceOption())
    .option("--dry-run", "look at everything, decide, and change nothing")
    .option("--wait-for-uploads", "begin once the uploads in parts that are in progress are over")
    .option("--backup-max-age <days>", "older backups do not count, where the fleet asks for one", rate, 7)
    .option("--single-sweep", "do not sweep again for what was written meanwhile");
  addSweepOptions(command);
  addRunPlaceOptions(command)
    .option("--shard <i/n>", "one of n equal parts; the others are other machines'. Rates are each process's", shardOf)
    .optionsGroup("Output:")
    .option("--yes", "do not ask")
    .option("--log-objects", "name every object in the report, not only the exceptions")
    .option("--json", "one JSON document a bucket on standard output");
  command.addHelpText(
    "after",
    `
Examples:
  at-rest reencrypt --dry-run
  at-rest reencrypt --bucket acme-uploads --yes
  at-rest reencrypt --bucket acme-uploads --region eu-west-1 --sse aws:kms --kms-key-arn arn:aws:kms:...:key/...`,
  );
  command.action(async (options: ReencryptOptions) => {
    process.exitCode = await reencrypt(options);
  });
}

const means: Readonly<Record<ReencryptOptions["engine"], string>> = {
  auto: "update where S3 can, compare-and-swap copy otherwise",
  batch: "jobs of S3 Batch Operations first, then update where S3 can, compare-and-swap copy otherwise",
  update: "update only",
  copy: "compare-and-swap copy only",
};

async function reencrypt(options: ReencryptOptions): Promise<ExitCode> {
  checkOptions(options);
  const found = findWork(options, ["encrypt", "enforce"]);
  checkSource(options, found.length);
  const forJobs = options.engine === "batch" ? bucketsForJobs(found, options) : new Set<Work>();
  const prepared: Prepared[] = [];
  for (const work of found) prepared.push(await prepare(work, forJobs.has(work), options));
  if (!options.dryRun) await confirm(options.yes === true);

  const stop = stopOnSignals(options.stopAfter);
  return bucketByBucket({
    ...{ command: "reencrypt", prepared, json: options.json === true },
    run: (one) => run(one, options, stop),
  });
}

/** Looks at a bucket, and says what is to be done. Changes nothing. @throws Stop */
async function prepare(work: Work, byJobs: boolean, options: ReencryptOptions): Promise<Prepared> {
  const connection = await connect(work, options);
  await checkKey(connection, ownEngine(options));
  const uploads = await seeUploads(connection, options);
  announce(connection, options, byJobs);
  for (const line of await otherDefault(connection)) say(line);
  const first = options.source && (await FirstByInventory.open(connection, options.source));
  for (const line of first?.lines(options.singleSweep === true) ?? []) say(line);
  const { lines, expected } = await forecast({
    ...{ connection, command: "reencrypt", versions: versionsOf(connection, options), options },
    ...{ request: { engine: ownEngine(options) }, dryRun: false, runDirectory: options.runDirectory },
  });
  const backup = await backedUp(connection, { ...options, runDirectory: reportsIn(options.runDirectory) });
  for (const line of [...lines, ...backup.lines]) say(line);
  sayUploads(uploads);
  return { connection, byJobs, uploads, expected, backup, first };
}

async function run(prepared: Prepared, options: ReencryptOptions, stopped: AbortSignal): Promise<ExitCode> {
  const { connection, uploads, expected, backup, first } = prepared;
  const { store, work, traits, client, account } = connection;
  const versions = versionsOf(connection, options);
  const allowCopy = options.allowCopy === true;
  const engine = await chooseEngine(connection, { ...options, engine: ownEngine(options) });
  const batch = prepared.byJobs && !options.dryRun;
  const sampled = batch && options.sample !== undefined ? sampledReports(options.sample) : undefined;
  const context = { store, target: work.target, bucket: traits, clock: clockOf(client), isBackedUp: backup.isBackedUp };
  const watched = watchTraits({
    bucket: work.bucket,
    traits,
    read: () => readBucketTraits({ client, bucket: work.bucket, expectedBucketOwner: account }),
    clock: leaseClock,
    notice: say,
  });
  const stop = AbortSignal.any([stopped, watched.changed]);
  let jobs: readonly BatchJob[] = [];
  let code: ExitCode | undefined;
  try {
    code = await runOnBucket({
      connection,
      command: "reencrypt",
      versions,
      request: {
        engine,
        allowCopy,
        singleSweep: options.singleSweep === true,
        customerKeys: digestOf(connection.customerKeys),
        ...(batch && { batch }),
        ...(sampled && { sample: sampled.size }),
        ...first?.request,
      },
      listing: sampled?.objects.noting(store, traits.versioning !== "Disabled"),
      dryRun: options.dryRun === true,
      expected,
      maxSweeps: options.singleSweep || options.dryRun ? 1 : MAX_SWEEPS + (first ? 1 : 0),
      options,
      runDirectory: options.runDirectory,
      shard: options.shard,
      newRun: options.newRun === true,
      stop,
      inventory: async (run, stop) => first?.named(run, { connection, versions, engine, options }, stop),
      ready: async (run) => {
        if (options.waitForUploads && !options.dryRun) await awaitUploads(connection, options, stop);
        if (batch) jobs = await runJobs(connection, options, run, stop, sampled?.of(run));
        await watched.look();
      },
      also: async (summary) => ({
        uploads: await uploadsSince(connection, options, uploads),
        ...(batch && { jobs }),
        ...(sampled && { sample: summary?.sample ?? null }),
        ...(first && { source: first.told }),
      }),
      visitor: (run) => {
        if (options.dryRun) return dryRun(context, engine);
        const convert = converter({ ...context, ...run, engine, allowCopy });
        return sampled ? restingOnReports(context, sampled.objects, convert) : convert;
      },
    });
    return code;
  } finally {
    watched.end();
    await first?.close(code !== undefined && code !== 130);
    await backup.close();
    await sampled?.objects.close();
  }
}

function announce(connection: Connection, options: ReencryptOptions, byJobs: boolean): void {
  const { work, account, traits, customerKeys } = connection;
  const versions = versionsOf(connection, options);
  const of = work.fleet ? ` ${work.fleet.accountName}` : "";
  say(`Re-encrypt s3://${work.bucket} (${work.region}, account ${account}${of})`);
  say(`  to      ${targetInWords(work.target)}`);
  say(
    `  by      ${means[byJobs ? "batch" : ownEngine(options)]}; ${versions === "all" ? "current and noncurrent versions" : "current versions only"}`,
  );
  if (options.engine === "batch" && !byJobs) say("          no jobs of S3 Batch Operations: they lead to SSE-KMS only");
  const engine = ownEngine(options);
  const left = foreseen({ bucket: traits, target: work.target, engine, versions, customerKeys: customerKeys.length });
  for (const [index, kind] of left.entries()) say(`  ${index === 0 ? "leaves" : "      "}  ${kind}`);
}

/** Two runs with different keys are not the same work. */
const digestOf = (keys: Connection["customerKeys"]): string | null =>
  keys.length === 0
    ? null
    : createHash("sha256")
        .update(
          keys
            .map(({ md5 }) => md5)
            .sort()
            .join(),
        )
        .digest("hex")
        .slice(0, 16);
