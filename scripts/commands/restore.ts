import { type Command, Option } from "commander";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import { ListRefused } from "../../src/reencrypt/listing";
import { readAcl } from "../../src/reencrypt/manifest/acl";
import { headKey, partsOfHeadKey } from "../../src/reencrypt/manifest/keys";
import { hasCurrent, listedFrom } from "../../src/reencrypt/manifest/listing";
import type { OpenManifest } from "../../src/reencrypt/manifest/open";
import { grouped } from "../../src/reencrypt/report";
import { bytesInWords, counted, targetInWords } from "../../src/reencrypt/report/words";
import { restorer } from "../../src/reencrypt/restore";
import { type Preview, type PreviewOfVersions, preview, previewOfVersions } from "../../src/reencrypt/restore-preview";
import { hasVersions, versionsRestorer } from "../../src/reencrypt/restore-versions";
import {
  type BackupBucket,
  encryptionOf,
  headAt,
  headKeys,
  openAt,
  openBackupBucket,
  orStop,
  parseAddress,
} from "./support/backup-bucket";
import { realClock } from "./support/clock";
import { type Connection, connect } from "./support/connect";
import {
  addRunOptions,
  addSweepOptions,
  addWhereOptions,
  type OutputOptions,
  type SweepOptions,
  versionsOption,
  type WhereOptions,
} from "./support/options";
import { runOnBucket } from "./support/run-on-bucket";
import { type ExitCode, Stop } from "./support/stop";
import { confirm, say, stopOnSignals } from "./support/terminal";
import { findWork, type Work } from "./support/work";

interface Options extends WhereOptions, SweepOptions, OutputOptions {
  readonly manifest?: string;
  readonly backupBucket?: string;
  readonly to?: string;
  readonly onlyMissing?: boolean;
  readonly overwrite?: boolean;
  readonly versions?: "current" | "all";
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly runDirectory: string;
  readonly newRun?: boolean;
}

export function define(command: Command): void {
  addWhereOptions(command, "whose newest backup it is, where no --manifest is named")
    .optionsGroup("What, and where to:")
    .option(
      "--manifest <address>",
      "s3://<backup bucket>/_manifests/<bucket>/<run>.json (default: the newest of --bucket)",
    )
    .option("--backup-bucket <name>", "where the newest one is looked for (default: the stack's)")
    .option("--to <bucket>", "another bucket of the same account and region (default: the one that was backed up)")
    .addOption(new Option("--only-missing", "leave every key that is there as it is (default)").conflicts("overwrite"))
    .option("--overwrite", "write over what is there and is not as in the backup, but for what is written meanwhile")
    .addOption(versionsOption("all: of each key that is not there every version, the oldest first (default: current)"))
    .option("--dry-run", "say what there is to do, and do nothing");
  addSweepOptions(command);
  addRunOptions(command, "Name a directory: a restore that begins anew elsewhere brings what is still missing.")
    .optionsGroup("Output:")
    .option("--yes", "do not ask")
    .option("--log-objects", "name every object in the report, not only the exceptions")
    .option("--json", "one JSON document on standard output");
  command
    .addHelpText(
      "after",
      `
Of each key what was current when it was backed up is brought back; with --versions all every version that the backup
has, into a bucket with versioning enabled. Delete markers are not put again: keys that had one on top are named.

Examples:
  at-rest restore --bucket acme-uploads --dry-run
  at-rest restore --manifest s3://at-rest-backup-.../_manifests/acme-uploads/20261127T190000.000Z.json
  at-rest restore --manifest s3://... --prefix 2026/ --overwrite --yes
  at-rest restore --bucket acme-uploads --versions all --to acme-uploads-restored`,
    )
    .action(async (options: Options) => {
      process.exitCode = await restore(options);
    });
}

/** The bucket whose backup it is, and the manifest's place if one is named. */
function asked(options: Options): { readonly of: string; readonly address?: { bucket: string; key: string } } {
  if (options.manifest !== undefined) {
    const address = parseAddress(options.manifest);
    const parts = partsOfHeadKey(address.key);
    if (!parts)
      throw new Stop(`${options.manifest} is no manifest's name.`, "It ends with _manifests/<bucket>/<run>.json.");
    return { of: parts.bucket, address: { bucket: address.bucket, key: headKey(parts.bucket, parts.run) } };
  }
  const [of, ...others] = options.bucket ?? [];
  if (of === undefined || others.length > 0)
    throw new Stop("It is not said which backup.", "Add --manifest, or one --bucket.");
  return { of };
}

async function openAsked(
  options: Options,
  connection: Connection,
): Promise<{ bucket: BackupBucket; manifest: OpenManifest }> {
  const { of, address } = asked(options);
  const name = address?.bucket ?? options.backupBucket ?? connection.work.fleet?.backupBucket;
  if (name === undefined)
    throw new Stop("A bucket by hand has no backup bucket.", "Add --manifest, or --backup-bucket.");
  const bucket = await openBackupBucket(connection, name);
  const key = address?.key ?? (await headKeys(bucket, of))[0];
  if (key === undefined)
    throw new Stop(`s3://${name} has no finished backup of s3://${of}.`, "Run at-rest backup first.");
  const manifest = await orStop(async () => openAt(bucket, await headAt(bucket, key), options.runDirectory));
  return { bucket, manifest };
}

/** Before the switch the fleet's key is there, and the bucket's readers may not be allowed to use it yet. */
const targetOf = async (connection: Connection, { fleet, target, bucket }: Work): Promise<EncryptionTarget> =>
  fleet?.bucket.stage === "prepare" ? encryptionOf(connection, bucket) : target;

async function restore(options: Options): Promise<ExitCode> {
  const { of } = asked(options);
  const [work] = findWork({ ...options, bucket: [options.to ?? of] }, ["prepare", "encrypt", "enforce"]);
  if (!work) throw new Stop(`s3://${options.to ?? of} is not known.`);
  const connection = await connect(work, options);
  const { bucket, manifest } = await openAsked(options, connection);
  try {
    if (options.versions === "all") checkVersions(options, connection, manifest);
    const encryption = await targetOf(connection, work);
    const found = await announce(options, connection, { bucket, manifest, encryption });
    if (options.dryRun) {
      if (options.json) process.stdout.write(`${JSON.stringify({ command: "restore", dryRun: true, ...found })}\n`);
      return 0;
    }
    await confirm(options.yes === true);
    return await bringBack(options, connection, { bucket, manifest, encryption });
  } finally {
    await manifest.file.close();
  }
}

/** @throws Stop where versions would be lost, or are not there */
function checkVersions({ overwrite }: Options, { work, traits }: Connection, { head }: OpenManifest): void {
  if (overwrite) throw new Stop("A history cannot be written over.", "Leave out --overwrite or --versions all.");
  if (head.versions !== "all")
    throw new Stop(
      `The backup of ${head.finishedAt} has current objects only.`,
      "Leave out --versions all, or name one that was made with it (--manifest).",
    );
  if (traits.versioning !== "Enabled")
    throw new Stop(
      `s3://${work.bucket} has no versioning enabled: each version would take the place of the one before.`,
      "Enable it, or restore to another bucket (--to).",
    );
}

interface Source {
  readonly bucket: BackupBucket;
  readonly manifest: OpenManifest;
  readonly encryption: EncryptionTarget;
}

async function announce(
  options: Options,
  { work, account, traits, store }: Connection,
  source: Source,
): Promise<Preview> {
  const { bucket, manifest, encryption } = source;
  const { head } = manifest;
  const { failed = 0, cannot = 0 } = head.counts;
  say(`Restore s3://${work.bucket} (${work.region}, account ${account}) from the backup of ${head.finishedAt}`);
  say(`  from    s3://${bucket.name}/${headKey(head.bucket, head.run)}: ${grouped(head.manifest.entries)} entries`);
  if (failed + cannot > 0)
    say(`          ${grouped(failed + cannot)} objects could not be backed up then, and are not in it`);
  say(`  to      s3://${work.bucket}/${options.prefix ?? ""}, under ${targetInWords(encryption)}`);
  if (options.versions === "all") {
    const all = await orRefused(() => previewOfVersions(manifest.file, store, options.prefix));
    sayVersions(all);
    sayLeft(traits);
    return all;
  }
  const found = await orRefused(() => preview(manifest.file, store, options.prefix));
  const { missing, there } = found;
  say(`  brings  ${counted(missing.objects, "object")}, ${bytesInWords(missing.bytes)}, whose keys are missing`);
  if (!options.overwrite) say(`  keeps   ${counted(there, "key")} already there, whatever is under them`);
  else {
    const undo =
      traits.versioning === "Enabled" ? "what is there becomes a noncurrent version" : "what is there is lost";
    say(`  over    those of ${grouped(there)} keys that are not as in the backup: ${undo}`);
  }
  if (head.versions === "all")
    say("  leaves  noncurrent versions (--versions all brings them) and delete markers in the backup");
  sayLeft(traits);
  return found;
}

function sayLeft({ defaultRetention }: Connection["traits"]): void {
  say("  leaves  retentions and legal holds: no copy carries them, and each object that had one is named at the end");
  if (defaultRetention) say("  locks   what it brings, as the bucket's default retention says");
}

function sayVersions({ missing, keys, there, deletedThen, markersBelow }: PreviewOfVersions): void {
  const versions = counted(missing.objects, "version");
  say(`  brings  ${versions} of ${counted(keys, "key")}, ${bytesInWords(missing.bytes)}, the oldest first`);
  say(`  keeps   ${counted(there, "key")} of which there is any version, unless this restore has begun them`);
  if (deletedThen > 0)
    say(`  leaves  ${counted(deletedThen, "key")} whose newest version was a delete marker: they are named at the end`);
  if (markersBelow > 0)
    say(`  leaves  ${counted(markersBelow, "delete marker")} below other versions: the manifest does not say where`);
}

async function orRefused<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ListRefused) throw new Stop(`${error.message}. Nothing was changed.`);
    throw error;
  }
}

function bringBack(options: Options, connection: Connection, source: Source): Promise<ExitCode> {
  const { bucket, manifest, encryption } = source;
  const { store, traits } = connection;
  const overwrite = options.overwrite === true;
  const all = options.versions === "all";
  const restoring = all ? versionsRestorer : restorer;
  return runOnBucket({
    ...{ connection, command: "restore", versions: "current", dryRun: false, maxSweeps: 1, options },
    request: {
      manifest: `s3://${bucket.name}/${headKey(manifest.head.bucket, manifest.head.run)}`,
      overwrite,
      under: targetInWords(encryption),
      // Keys are listed, whose versions are visited together.
      ...(all && { versions: "all" }),
    },
    listing: listedFrom(store, manifest.file, all ? hasVersions : hasCurrent),
    runDirectory: options.runDirectory,
    newRun: options.newRun === true,
    stop: stopOnSignals(options.stopAfter),
    visitor: ({ journal, notice }) =>
      restoring({
        ...{ store, journal, notice, clock: realClock, encryption, overwrite, bucket: traits },
        ...{ source: bucket.store, sourceBucket: bucket.name },
        entriesOf: (key) => manifest.file.entriesOf(key),
        readAcl: (key) => readAcl(bucket.documents, realClock, key),
      }),
  });
}
