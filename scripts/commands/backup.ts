import { PutObjectCommand } from "@aws-sdk/client-s3";
import { type Command, Option } from "commander";
import { CouldNotLook } from "../../src/checks/settings";
import { readDefaultEncryption } from "../../src/checks/snapshot";
import { encryptionTarget } from "../../src/fleet/outputs";
import { backuper, manifestKey } from "../../src/reencrypt/backup";
import { describe } from "../../src/reencrypt/outcome";
import { answer } from "../../src/s3/sdk-answers";
import { encryptionHeaders } from "../../src/s3/sdk-shapes";
import { realClock } from "./support/clock";
import { type Connection, connect } from "./support/connect";
import {
  addRunOptions,
  addSweepOptions,
  addWhereOptions,
  type OutputOptions,
  type SweepOptions,
  type WhereOptions,
} from "./support/options";
import { runOnBucket } from "./support/run-on-bucket";
import { type ExitCode, Stop, worst } from "./support/stop";
import { confirm, say, stopOnSignals } from "./support/terminal";
import { findWork, type Work } from "./support/work";

type Scope = "rewritten" | "all";

interface Options extends WhereOptions, SweepOptions, OutputOptions {
  readonly backupBucket?: string;
  readonly scope?: Scope;
  readonly yes?: boolean;
  readonly runDirectory: string;
  readonly newRun?: boolean;
}

export function define(command: Command): void {
  addWhereOptions(command)
    .optionsGroup("What, and where to:")
    .option("--backup-bucket <name>", "in the same region (default: the stack's)")
    .addOption(
      new Option(
        "--scope <scope>",
        "rewritten: only what a conversion will copy (default: the fleet's, else all)",
      ).choices(["rewritten", "all"]),
    );
  addSweepOptions(command);
  addRunOptions(command)
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
  at-rest backup --bucket acme-uploads --yes
  at-rest backup --bucket acme-uploads --sse AES256 --region eu-west-1 --backup-bucket acme-backup`,
    )
    .action(async (options: Options) => {
      process.exitCode = await backup(options);
    });
}

interface Planned {
  readonly connection: Connection;
  readonly scope: Scope;
  readonly backupBucket: string;
}

function plannedFor(options: Options, work: Work): Omit<Planned, "connection"> | undefined {
  const backupBucket = options.backupBucket ?? work.fleet?.backupBucket;
  if (backupBucket === undefined) throw new Stop("A bucket by hand has no backup bucket.", "Add --backup-bucket.");
  if (backupBucket === work.bucket) throw new Stop(`s3://${work.bucket} cannot be its own backup.`);
  const scope = options.scope ?? work.fleet?.bucket.backup ?? "all";
  if (scope !== "none") return { backupBucket, scope };
  say(`s3://${work.bucket} is left out: the fleet wants no backup of it.`);
  return undefined;
}

async function backup(options: Options): Promise<ExitCode> {
  const plans: Planned[] = [];
  for (const work of findWork(options, ["prepare", "encrypt", "enforce"])) {
    const planned = plannedFor(options, work);
    if (!planned) continue;
    const connection = await connect(work, options);
    plans.push({ connection, ...planned });
    const what = planned.scope === "all" ? "every current object" : "the current objects that a conversion will copy";
    say(`Back up s3://${work.bucket} (${work.region}, account ${connection.account}): ${what}`);
    say(`  to      s3://${planned.backupBucket}/${work.bucket}/`);
  }
  await confirm(options.yes === true);

  const stop = stopOnSignals(options.stopAfter);
  const codes: ExitCode[] = [];
  for (const planned of plans) {
    const code = await backUpBucket(options, planned, stop);
    codes.push(code);
    if (code === 130) break;
  }
  return worst(codes);
}

async function backUpBucket(options: Options, planned: Planned, stop: AbortSignal): Promise<ExitCode> {
  const { connection, scope, backupBucket } = planned;
  const { client, store, work, traits, account } = connection;
  const destinationEncryption = await backupEncryption(connection, backupBucket);
  const destination = await connection.storeOf(backupBucket);

  const putJson = (key: string, value: unknown) =>
    answer(async () => {
      await client.send(
        new PutObjectCommand({
          Bucket: backupBucket,
          Key: key,
          Body: `${JSON.stringify(value, null, 2)}\n`,
          ContentType: "application/json",
          ExpectedBucketOwner: account,
          ...encryptionHeaders(destinationEncryption),
        }),
      );
    });

  return runOnBucket({
    connection,
    command: "backup",
    versions: "current",
    request: { backupBucket, scope },
    dryRun: false,
    maxSweeps: 1,
    options,
    runDirectory: options.runDirectory,
    newRun: options.newRun === true,
    stop,
    visitor: ({ journal, id: run }) =>
      backuper({
        store,
        target: work.target,
        bucket: traits,
        clock: realClock,
        journal,
        bucketName: work.bucket,
        run,
        destination,
        destinationEncryption,
        scope,
        putJson,
      }),
    // Written last: a backup with a manifest is a whole one.
    finish: async (run, { counts, because, exceptions }) => {
      if (counts.failed) return;
      const finishedAt = new Date(realClock.now()).toISOString();
      const manifest = {
        format: 1,
        bucket: work.bucket,
        account,
        run: run.id,
        scope,
        finishedAt,
        counts,
        because,
        exceptions,
      };
      const key = manifestKey(work.bucket, run.id);
      const put = await putJson(key, manifest);
      if (put.is !== "done") {
        throw new Stop(
          `The backup's manifest could not be written: ${describe(put)}.`,
          "The same command goes on from here.",
          1,
        );
      }
      say(`Manifest s3://${backupBucket}/${key}`);
    },
  });
}

async function backupEncryption({ client, account }: Connection, bucket: string) {
  try {
    const { algorithm, keyArn, bucketKey } = await readDefaultEncryption({
      client,
      bucket,
      expectedBucketOwner: account,
    });
    return encryptionTarget({ encryption: algorithm, keyArn, bucketKey });
  } catch (error) {
    if (error instanceof CouldNotLook) throw new Stop(`${error.message}. Nothing was copied.`);
    throw error;
  }
}
