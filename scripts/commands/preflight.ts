import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import type { Command } from "commander";
import { canaries } from "../../src/checks/preflight/canaries";
import type { Intent } from "../../src/checks/preflight/facts";
import { sorted } from "../../src/checks/preflight/finding";
import { type Clients, gather } from "../../src/checks/preflight/gather";
import { exitCodeOf, preflight as judge } from "../../src/checks/preflight/preflight";
import { formatRecord, jsonLine, type Recorded, tableOf } from "../../src/checks/preflight/record";
import { preflightPath } from "../../src/fleet/names";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../src/s3/clients";
import { openSession } from "./support/connect";
import { addWhereOptions, type OutputOptions, type WhereOptions } from "./support/options";
import { type ExitCode, Stop } from "./support/stop";
import { say } from "./support/terminal";
import { findWork, readFleet, type Work } from "./support/work";

interface Options extends WhereOptions, OutputOptions {
  readonly canary?: boolean;
  readonly runDirectory: string;
}

export function define(command: Command): void {
  addWhereOptions(command)
    .optionsGroup("What to do:")
    .option("--canary", "also put, copy and update objects below at-rest-canary/, and delete them again")
    .option("--run-directory <directory>", "where reencrypt is going to journal: its disk is looked at", ".at-rest")
    .optionsGroup("Output:")
    .option("--json", "one JSON document a bucket on standard output")
    .addHelpText(
      "after",
      `
Without --canary nothing is changed. With a fleet the findings are also written to preflight/, for git.
Here: 0 no errors; 1 errors; 2 something could not be looked at.

Examples:
  at-rest preflight
  at-rest preflight --bucket acme-uploads --canary
  at-rest preflight --bucket acme-uploads --region eu-west-1 --sse AES256 --json`,
    )
    .action(async (options: Options) => {
      process.exitCode = await preflight(options);
    });
}

async function preflight(options: Options): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  for (const work of findWork(options, ["prepare", "encrypt", "enforce"])) {
    codes.push(await oneBucket(work, options));
  }
  return ([2, 1] as const).find((code) => codes.includes(code)) ?? 0;
}

/** One bucket whose account cannot be entered hides no other. */
async function oneBucket(work: Work, options: Options): Promise<ExitCode> {
  try {
    const recorded = await lookAt(work, options);
    if (options.json) process.stdout.write(`${jsonLine(recorded)}\n`);
    for (const line of tableOf(recorded)) say(line);
    record(work, recorded, options);
    return exitCodeOf(recorded.findings);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say(`s3://${work.bucket}: ${error.message}`);
    if (error.remedy) say(error.remedy);
    return error.exitCode;
  }
}

async function lookAt(work: Work, options: Options): Promise<Recorded> {
  const { region, endpointUrl } = work;
  const { credentials, caller } = await openSession(work);
  const clients: Clients = {
    s3: s3Client({ region, endpointUrl, credentials, concurrency: 8, attempts: ATTEMPTS_OF_SETTINGS }),
    kms: new KMSClient({ region, credentials }),
    iam: new IAMClient({ region, credentials }),
  };
  const intent: Intent = {
    bucket: work.bucket,
    account: caller.account,
    region,
    partition: caller.arn.split(":")[1] ?? "aws",
    target: work.target,
    roleArn: work.roleArn ?? roleOf(caller.arn),
    fleet: work.fleet?.bucket,
    today: new Date().toISOString().slice(0, 10),
  };
  const facts = await gather(clients, intent, freeBytes(options.runDirectory));
  const found = judge(facts);
  if (!options.canary) return { intent, findings: found, canaries: false };
  const reader = { client: clients.s3, bucket: work.bucket, expectedBucketOwner: caller.account };
  return { intent, findings: sorted([...found, ...(await canaries(reader, facts))]), canaries: true };
}

/** Policies name the role, not the session: arn:aws:sts::1:assumed-role/name/session is arn:aws:iam::1:role/name. */
const roleOf = (arn: string): string =>
  arn.replace(/^(arn:[^:]+):sts(::\d{12}:)assumed-role\/([^/]+)\/.*$/, "$1:iam$2role/$3");

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(existsSync(directory) ? directory : ".");
  return bavail * bsize;
}

/** Beside the fleet, so that the pull request that moves the stage shows what was known. */
function record(work: Work, recorded: Recorded, options: Options): void {
  if (!work.fleet) return;
  const { account, region, bucket } = recorded.intent;
  const path = preflightPath(readFleet(options.fleet).directory, account, region, bucket);
  const text = formatRecord(recorded);
  if (existsSync(path) && readFileSync(path, "utf8") === text) {
    say(`  ${path}: as before`);
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  say(`  ${path}: written`);
}
