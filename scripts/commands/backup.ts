import { join } from "node:path";
import { type Command, Option } from "commander";
import { type BackupContext, backuper } from "../../src/reencrypt/backup";
import { foreseenInBackup } from "../../src/reencrypt/foreseen-in-backup";
import { entriesInOrder } from "../../src/reencrypt/journal-file";
import type { EarlierBackup } from "../../src/reencrypt/manifest/earlier";
import type { OpenManifest } from "../../src/reencrypt/manifest/open";
import { patiently } from "../../src/reencrypt/manifest/transfer";
import { writeManifest } from "../../src/reencrypt/manifest/write";
import { type BackupBucket, openBackupBucket, orStop, retentionMs, retentionOf } from "./support/backup-bucket";
import { bucketByBucket } from "./support/bucket-by-bucket";
import { realClock } from "./support/clock";
import { type Connection, connect } from "./support/connect";
import { earlierBackup } from "./support/earlier-backup";
import {
  addRunOptions,
  addSweepOptions,
  addWhereOptions,
  type OutputOptions,
  type SweepOptions,
  type WhereOptions,
} from "./support/options";
import { runOnBucket } from "./support/run-on-bucket";
import { type ExitCode, Stop } from "./support/stop";
import { confirm, say, stopOnSignals } from "./support/terminal";
import { findWork, type Work } from "./support/work";

type Scope = "rewritten" | "all";

interface Options extends WhereOptions, SweepOptions, OutputOptions {
  readonly backupBucket?: string;
  readonly scope?: Scope;
  readonly versions: "current" | "all";
  readonly storageClass?: string;
  readonly incremental?: boolean;
  readonly since?: string;
  readonly yes?: boolean;
  readonly runDirectory: string;
  readonly newRun?: boolean;
}

/** Every run's id is as long as this one. */
const exampleRun = "20260101T000000.000Z";

/** Those that can be read at once. */
const storageClasses = ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"];

export function define(command: Command): void {
  addWhereOptions(command)
    .optionsGroup("What, and where to:")
    .option("--backup-bucket <name>", "in the same region (default: the stack's)")
    .addOption(
      new Option(
        "--scope <scope>",
        "rewritten: only what a conversion will copy (default: the fleet's, else all)",
      ).choices(["rewritten", "all"]),
    )
    .addOption(
      new Option("--versions <which>", "with all, noncurrent ones too").choices(["current", "all"]).default("current"),
    )
    .addOption(
      new Option("--storage-class <class>", "of the copies (default: the object's own)").choices(storageClasses),
    )
    .option("--incremental", "copy only what the newest finished backup does not have as it is now")
    .option("--since <manifest>", "the same, from this one on: s3://<backup bucket>/_manifests/...");
  addSweepOptions(command);
  addRunOptions(
    command,
    "Name a directory on a volume that outlives the machine; --prefix divides a backup over machines.",
  )
    .optionsGroup("Output:")
    .option("--yes", "do not ask")
    .option("--log-objects", "name every object in the report, not only the exceptions")
    .option("--json", "one JSON document a bucket on standard output");
  command
    .addHelpText(
      "after",
      `
Examples:
  at-rest backup
  at-rest backup --bucket acme-uploads --incremental --yes
  at-rest backup --bucket acme-uploads --sse AES256 --region eu-west-1 --backup-bucket acme-backup`,
    )
    .action(async (options: Options) => {
      process.exitCode = await backup(options);
    });
}

interface Planned {
  readonly connection: Connection;
  readonly scope: Scope;
  readonly bucket: BackupBucket;
  readonly retentionInDays: number | null;
  readonly earlier?: OpenManifest;
}

function placeOf(options: Options, work: Work): { scope: Scope; name: string } | undefined {
  const name = options.backupBucket ?? work.fleet?.backupBucket;
  if (name === undefined) throw new Stop("A bucket by hand has no backup bucket.", "Add --backup-bucket.");
  if (name === work.bucket) throw new Stop(`s3://${work.bucket} cannot be its own backup.`);
  const scope = options.scope ?? work.fleet?.bucket.backup ?? "all";
  if (scope !== "none") return { name, scope };
  say(`s3://${work.bucket} is left out: the fleet wants no backup of it.`);
  return undefined;
}

async function backup(options: Options): Promise<ExitCode> {
  const plans: Planned[] = [];
  for (const work of findWork(options, ["prepare", "encrypt", "enforce"])) {
    const place = placeOf(options, work);
    if (!place) continue;
    const connection = await connect(work, options);
    const bucket = await openBackupBucket(connection, place.name);
    const retentionInDays = await retentionOf(connection, bucket, work.bucket);
    const earlier = await earlierBackup(options, bucket, work.bucket);
    const planned = { connection, bucket, scope: place.scope, retentionInDays, earlier };
    announce(options, planned);
    plans.push(planned);
  }
  await confirm(options.yes === true);

  const stop = stopOnSignals(options.stopAfter);
  return bucketByBucket({
    ...{ command: "backup", prepared: plans, json: options.json === true },
    run: (planned) => backUpBucket(options, planned, stop).finally(() => planned.earlier?.file.close()),
  });
}

function announce(options: Options, { connection, bucket, scope, retentionInDays, earlier }: Planned): void {
  const { work, account, traits, customerKeys } = connection;
  const all = options.versions === "all" ? "every version" : "every current object";
  const what = scope === "all" ? all : "the objects that a conversion will copy";
  say(`Back up s3://${work.bucket} (${work.region}, account ${account}): ${what}`);
  say(`  to      s3://${bucket.name}/${work.bucket}/, kept ${retentionInDays ?? "for any number of"} days`);
  if (earlier) say(`  since   the backup of ${earlier.head.finishedAt}: what is as it was then is not copied again`);
  const { versions } = options;
  const given = { bucketName: work.bucket, run: exampleRun, versions, customerKeys: customerKeys.length };
  const left = foreseenInBackup({ ...given, objectLock: traits.objectLock, versioning: traits.versioning });
  for (const [index, kind] of left.entries()) say(`  ${index === 0 ? "leaves" : "      "}  ${kind}`);
}

function backUpBucket(options: Options, planned: Planned, stop: AbortSignal): Promise<ExitCode> {
  const { connection, scope, bucket, retentionInDays, earlier } = planned;
  const { store, work, traits, account } = connection;
  const { versions, storageClass, prefix = null } = options;
  const since = earlier?.head.run ?? null;
  const oldestMs = retentionMs(retentionInDays) / 2;
  const from: EarlierBackup | undefined = earlier && { entriesOf: (key) => earlier.file.entriesOf(key), oldestMs };
  const putJson: BackupContext["putJson"] = (key, value) => {
    const body = Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
    return patiently(realClock, () => bucket.documents.put({ key, body, contentType: "application/json" }));
  };

  return runOnBucket({
    ...{ connection, command: "backup", dryRun: false, maxSweeps: 1, options, stop, versions },
    request: { backupBucket: bucket.name, scope, storageClass: storageClass ?? null, since },
    deleteMarkers: scope === "all",
    destination: bucket.store,
    runDirectory: options.runDirectory,
    newRun: options.newRun === true,
    visitor: ({ journal, id: run, notice }) =>
      backuper({
        ...{
          store,
          target: work.target,
          bucket: traits,
          clock: realClock,
          journal,
          notice,
          bucketName: work.bucket,
          run,
        },
        ...{ destination: bucket.store, destinationEncryption: bucket.encryption },
        ...{ scope, storageClass, earlier: from, putJson },
      }),
    // Written last: a backup with a manifest has been through the whole bucket.
    finish: async (run, { counts, because }) => {
      const finished = {
        ...{ bucket: work.bucket, account, region: work.region, run: run.id, scope, versions, prefix, since },
        ...{ finishedAt: new Date(realClock.now()).toISOString(), retentionInDays, counts, because },
        entries: entriesInOrder(join(run.directory, "journal.jsonl"), 1),
      };
      const head = await orStop(() => writeManifest(bucket.documents, realClock, finished), 1);
      say(`Manifest s3://${bucket.name}/${head}`);
    },
  });
}
