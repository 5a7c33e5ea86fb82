import { createHash } from "node:crypto";
import { type Command, Option } from "commander";
import { dryRun } from "../../src/reencrypt/audit";
import { restingOnReports } from "../../src/reencrypt/batch/reported-objects";
import { converter } from "../../src/reencrypt/convert";
import type { Engine } from "../../src/reencrypt/decide";
import { foreseen } from "../../src/reencrypt/foreseen";
import { targetInWords } from "../../src/reencrypt/report/words";
import type { Shard } from "../../src/reencrypt/shards";
import { type BackedUp, backedUp } from "./support/backed-up";
import { type BatchJob, type BatchOptions, bucketsForJobs, runJobs } from "./support/batch-jobs";
import { sampledReports } from "./support/batch-report";
import { checkKey } from "./support/check-key";
import { chooseEngine } from "./support/choose-engine";
import { realClock } from "./support/clock";
import { type Connection, connect } from "./support/connect";
import { FirstByInventory } from "./support/first-by-inventory";
import { forecast } from "./support/forecast";
import { type InventorySource, inventorySource } from "./support/inventory-source";
import {
  addRunPlaceOptions,
  addSweepOptions,
  addWhereOptions,
  engineOrBatchOption,
  type OutputOptions,
  rate,
  type SweepOptions,
  versionsOption,
  type WhereOptions,
  wholeNumber,
} from "./support/options";
import type { Expected } from "./support/progress";
import { runOnBucket } from "./support/run-on-bucket";
import { reportsIn, s3Place, shardOf } from "./support/run-place";
import { type ExitCode, Stop, worst } from "./support/stop";
import { confirm, say, stopOnSignals } from "./support/terminal";
import { awaitUploads, type SeenUploads, sayUploads, seeUploads, uploadsSince } from "./support/uploads";
import { findWork, type Work } from "./support/work";

interface Options extends WhereOptions, SweepOptions, OutputOptions, BatchOptions {
  readonly engine: Engine | "batch";
  readonly source?: InventorySource;
  readonly allowCopy?: boolean;
  readonly versions?: "current" | "all";
  readonly dryRun?: boolean;
  readonly runDirectory: string;
  readonly shard?: Shard;
  readonly newRun?: boolean;
  readonly singleSweep?: boolean;
  readonly waitForUploads?: boolean;
  readonly backupMaxAge: number;
  readonly sample?: number;
}

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
  command.action(async (options: Options) => {
    process.exitCode = await reencrypt(options);
  });
}

const means: Readonly<Record<Options["engine"], string>> = {
  auto: "update where S3 can, compare-and-swap copy otherwise",
  batch: "jobs of S3 Batch Operations first, then update where S3 can, compare-and-swap copy otherwise",
  update: "update only",
  copy: "compare-and-swap copy only",
};

/** What this process does itself, once jobs have done their part. */
const ownEngine = ({ engine }: Options): Engine => (engine === "batch" ? "auto" : engine);

const versionsOf = ({ work }: Connection, options: Options): "current" | "all" =>
  options.versions ?? work.fleet?.bucket.versions ?? "current";

/** @throws Stop */
function checkSource({ source, engine }: Options, buckets: number): void {
  if (!source) return;
  if (buckets > 1) throw new Stop("An inventory is of one bucket. Nothing was changed.", "Name it with --bucket.");
  if (engine === "batch") {
    throw new Stop(
      "Jobs of S3 Batch Operations make a manifest of their own. Nothing was changed.",
      "Leave out --source, or --engine batch.",
    );
  }
}

async function reencrypt(options: Options): Promise<ExitCode> {
  if (options.sample !== undefined && options.engine !== "batch") {
    throw new Stop(
      "--sample is of what jobs have updated: what this process changes is always read back.",
      "Add --engine batch, or leave it out.",
    );
  }
  checkShard(options);
  const prepared: Prepared[] = [];
  const found = findWork(options, ["encrypt", "enforce"]);
  checkSource(options, found.length);
  const forJobs = options.engine === "batch" ? bucketsForJobs(found, options) : new Set<Work>();
  for (const work of found) {
    const connection = await connect(work, options);
    const byJobs = forJobs.has(work);
    await checkKey(connection, ownEngine(options));
    const uploads = await seeUploads(connection, options);
    announce(connection, options, byJobs);
    const first = options.source && (await FirstByInventory.open(connection, options.source));
    for (const line of first?.lines(options.singleSweep === true) ?? []) say(line);
    const { lines, expected } = await forecast({
      ...{ connection, command: "reencrypt", versions: versionsOf(connection, options), options },
      ...{ request: { engine: ownEngine(options) }, dryRun: false, runDirectory: options.runDirectory },
    });
    const backup = await backedUp(connection, { ...options, runDirectory: reportsIn(options.runDirectory) });
    for (const line of [...lines, ...backup.lines]) say(line);
    prepared.push({ connection, byJobs, uploads, expected, backup, first });
    sayUploads(uploads);
  }
  if (!options.dryRun) await confirm(options.yes === true);

  const stop = stopOnSignals(options.stopAfter);
  const codes: ExitCode[] = [];
  for (const { connection, byJobs, uploads, expected, backup, first } of prepared) {
    const engine = await chooseEngine(connection, { ...options, engine: ownEngine(options) });
    const batch = byJobs && !options.dryRun;
    let jobs: readonly BatchJob[] = [];
    const sampled = batch && options.sample !== undefined ? sampledReports(options.sample) : undefined;
    const { store, work, traits } = connection;
    const context = { store, target: work.target, bucket: traits, clock: realClock, isBackedUp: backup.isBackedUp };
    const code = await runOnBucket({
      connection,
      command: "reencrypt",
      versions: versionsOf(connection, options),
      request: {
        engine,
        allowCopy: options.allowCopy === true,
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
      inventory: async (run, stop) =>
        first?.named(run, { connection, versions: versionsOf(connection, options), engine, options }, stop),
      ready: async (run) => {
        if (options.waitForUploads && !options.dryRun) await awaitUploads(connection, options, stop);
        if (batch) jobs = await runJobs(connection, options, run, stop, sampled?.of(run));
      },
      also: async (summary) => ({
        uploads: await uploadsSince(connection, options, uploads),
        ...(batch && { jobs }),
        ...(sampled && { sample: summary?.sample ?? null }),
        ...(first && { source: first.told }),
      }),
      visitor: (run) => {
        if (options.dryRun) return dryRun(context, engine);
        const convert = converter({ ...context, ...run, engine, allowCopy: options.allowCopy === true });
        return sampled ? restingOnReports(context, sampled.objects, convert) : convert;
      },
    });
    await first?.close(code !== 130);
    await backup.close();
    await sampled?.objects.close();
    codes.push(code);
    if (code === 130) break;
  }
  return worst(codes);
}

/** @throws Stop */
function checkShard({ shard, runDirectory, source, engine }: Options): void {
  if (!shard) return;
  if (!s3Place(runDirectory)) {
    throw new Stop(
      "--shard needs runs that all machines can reach. Nothing was changed.",
      "Add --run-directory s3://<bucket>/<prefix>.",
    );
  }
  if (source) {
    throw new Stop(
      "An inventory is of the whole bucket, and is gone through by one process. Nothing was changed.",
      "Leave out --shard, or --source.",
    );
  }
  if (engine === "batch") {
    throw new Stop(
      "A job of S3 Batch Operations is of the whole bucket. Nothing was changed.",
      "Leave out --shard, or --engine batch.",
    );
  }
}

function announce(connection: Connection, options: Options, byJobs: boolean): void {
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
