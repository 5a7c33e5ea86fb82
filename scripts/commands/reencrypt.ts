import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import { dryRun } from "../../src/reencrypt/audit";
import { converter } from "../../src/reencrypt/convert";
import type { Engine } from "../../src/reencrypt/decide";
import { foreignEndpoint } from "../../src/s3/clients";
import { probeUpdate } from "../../src/s3/update-probe";
import { realClock } from "./support/clock";
import { type Connection, connect } from "./support/connect";
import {
  addRunOptions,
  addSweepOptions,
  addWhereOptions,
  engineOption,
  type OutputOptions,
  type SweepOptions,
  versionsOption,
  type WhereOptions,
} from "./support/options";
import { runOnBucket } from "./support/run-on-bucket";
import { type ExitCode, Stop, worst } from "./support/stop";
import { confirm, say, stopOnSignals } from "./support/terminal";
import { findWork } from "./support/work";

interface Options extends WhereOptions, SweepOptions, OutputOptions {
  readonly engine: Engine;
  readonly allowCopy?: boolean;
  readonly versions?: "current" | "all";
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly runDirectory: string;
  readonly newRun?: boolean;
  readonly singleSweep?: boolean;
}

/** Sweeps after which something must be writing with another encryption all the time. */
const MAX_SWEEPS = 5;

export function define(command: Command): void {
  addWhereOptions(command)
    .optionsGroup("What, and by which means:")
    .addOption(engineOption())
    .option("--allow-copy", "copy where the server has no UpdateObjectEncryption")
    .addOption(versionsOption())
    .option("--dry-run", "look at everything, decide, and change nothing")
    .option("--single-sweep", "do not sweep again for what was written meanwhile");
  addSweepOptions(command);
  addRunOptions(command)
    .optionsGroup("Output:")
    .option("--yes", "do not ask")
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

const inWords = (target: EncryptionTarget): string => {
  if (target.algorithm === "AES256") return "SSE-S3 (AES256)";
  if (target.algorithm === "aws:kms:dsse") return `DSSE-KMS ${target.keyArn}`;
  return `SSE-KMS ${target.keyArn}, bucket key ${target.bucketKey ? "on" : "off"}`;
};

const means: Readonly<Record<Engine, string>> = {
  auto: "update where S3 can, compare-and-swap copy otherwise",
  update: "update only",
  copy: "compare-and-swap copy only",
};

const versionsOf = ({ work }: Connection, options: Options): "current" | "all" =>
  options.versions ?? work.fleet?.bucket.versions ?? "current";

/** On a server that is not AWS the update is tried where it cannot harm, before the first object sees it. */
async function checkUpdate(connection: Connection, options: Options): Promise<Engine> {
  const { work, client, account } = connection;
  const endpoint = foreignEndpoint(work.endpointUrl);
  const { engine, dryRun } = options;
  if (engine === "copy" || dryRun || work.target.algorithm !== "aws:kms" || endpoint === undefined) return engine;
  const probed = await probeUpdate({
    client,
    bucket: work.bucket,
    expectedBucketOwner: account,
    key: `at-rest-probe-${randomUUID()}`,
    encryption: work.target,
  });
  if (probed.is === "there") return engine;
  if (probed.is === "unclear") {
    throw new Stop(
      `Whether ${endpoint} has UpdateObjectEncryption could not be found out: ${probed.message}.`,
      "--engine copy does without it.",
    );
  }
  if (engine === "auto" && options.allowCopy) return "copy";
  throw new Stop(
    `${endpoint} has no UpdateObjectEncryption. No object was changed.`,
    "--allow-copy copies every object instead, which restarts lifecycles and adds versions.",
  );
}

async function reencrypt(options: Options): Promise<ExitCode> {
  const connections: { connection: Connection; engine: Engine }[] = [];
  for (const work of findWork(options, ["encrypt", "enforce"])) {
    const connection = await connect(work, options);
    connections.push({ connection, engine: options.engine });
    const of = work.fleet ? ` ${work.fleet.accountName}` : "";
    say(`Re-encrypt s3://${work.bucket} (${work.region}, account ${connection.account}${of})`);
    say(`  to      ${inWords(work.target)}`);
    const which =
      versionsOf(connection, options) === "all" ? "current and noncurrent versions" : "current versions only";
    say(`  by      ${means[options.engine]}; ${which}`);
  }
  if (!options.dryRun) await confirm(options.yes === true);

  const stop = stopOnSignals();
  const codes: ExitCode[] = [];
  for (const { connection } of connections) {
    const engine = await checkUpdate(connection, options);
    const { store, work, traits } = connection;
    const context = { store, target: work.target, bucket: traits, clock: realClock };
    const code = await runOnBucket({
      connection,
      command: "reencrypt",
      versions: versionsOf(connection, options),
      request: { engine, allowCopy: options.allowCopy === true, singleSweep: options.singleSweep === true },
      dryRun: options.dryRun === true,
      maxSweeps: options.singleSweep || options.dryRun ? 1 : MAX_SWEEPS,
      options,
      runDirectory: options.runDirectory,
      newRun: options.newRun === true,
      stop,
      visitor: (journal) =>
        options.dryRun
          ? dryRun(context, engine)
          : converter({ ...context, journal, engine, allowCopy: options.allowCopy === true }),
    });
    codes.push(code);
    if (code === 130) break;
  }
  return worst(codes);
}
