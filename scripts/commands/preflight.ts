import { existsSync, statfsSync } from "node:fs";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { IAMClient } from "@aws-sdk/client-iam";
import { type Command, Option } from "commander";
import { canaries } from "../../src/checks/preflight/canaries";
import type { Facts, Intent, LogFacts } from "../../src/checks/preflight/facts";
import { sorted } from "../../src/checks/preflight/finding";
import { type Clients, gather } from "../../src/checks/preflight/gather";
import { roleOfSession } from "../../src/checks/preflight/logs/request";
import { lackingOf } from "../../src/checks/preflight/other-owners-checks";
import { exitCodeOf, preflight as judge } from "../../src/checks/preflight/preflight";
import { busiestOf, kmsRequestsOf } from "../../src/checks/preflight/rate-checks";
import {
  formatObserved,
  formatRecord,
  jsonLine,
  observedOf,
  type Recorded,
  tableOf,
} from "../../src/checks/preflight/record";
import { forSettings } from "../../src/checks/settings-client";
import { kmsClient } from "../../src/checks/target-key";
import { observedPath, preflightPath } from "../../src/fleet/names";
import { isEmptyPart, type OwnersPart } from "../../src/fleet/owners-part";
import { type JudgedStage, judgedStages } from "../../src/fleet/preflight-record";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../src/s3/clients";
import { ownersPart } from "../../stacks/policies/owners-part";
import { today } from "./support/clock";
import { openSession } from "./support/connect";
import { type LogOptions, lookIntoLogs } from "./support/logs";
import { addWhereOptions, collect, type OutputOptions, rate, type WhereOptions } from "./support/options";
import { writeRecord } from "./support/record";
import { type ExitCode, Stop } from "./support/stop";
import { say, sayStop } from "./support/terminal";
import { findWork, type Work } from "./support/work";
import { readFleet } from "./support/work-of-fleet";

interface Options extends WhereOptions, OutputOptions, LogOptions {
  readonly stage?: JudgedStage;
  readonly canary?: boolean;
  readonly kmsQuota?: number;
  readonly maxRequestsPerSecond?: number;
  readonly runDirectory: string;
}

export function define(command: Command): void {
  addWhereOptions(command)
    .optionsGroup("What to do:")
    .addOption(
      new Option("--stage <stage>", "what would break there (default: the fleet's, or encrypt)").choices(judgedStages),
    )
    .option("--canary", "also put, copy and update objects below at-rest-canary/, and delete them again")
    .option("--run-directory <directory>", "where reencrypt is going to journal: its disk is looked at", ".at-rest")
    .optionsGroup("What clients do:")
    .option("--cloudtrail <where>", "data events: a folder or s3://bucket/prefix; may be repeated", collect)
    .option("--access-logs <where>", "S3 server access logs, likewise: they show no headers", collect)
    .option("--kms-quota <n>", "KMS requests per second of the account (default: the documented quota)", rate)
    .option("--max-requests-per-second <n>", "that reencrypt is to be run with", rate)
    .optionsGroup("Output:")
    .option("--json", "one JSON document a bucket on standard output")
    .addHelpText(
      "after",
      `
Without --canary nothing is changed. With a fleet the findings are also written to preflight/, for git.

Examples:
  at-rest preflight
  at-rest preflight --bucket acme-uploads --canary
  at-rest preflight --stage enforce --cloudtrail s3://acme-trail/AWSLogs/
  at-rest preflight --bucket acme-uploads --region eu-west-1 --sse AES256 --json`,
    )
    .action(async (options: Options) => {
      process.exitCode = await preflight(options);
    });
}

async function preflight(options: Options): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  const works = findWork(options, ["prepare", "encrypt", "enforce"], ({ bucket, stop }) => {
    sayStop(bucket.name, stop);
    codes.push(2);
  });
  const logs = await lookIntoLogs(options, works);
  for (const work of works) codes.push(await oneBucket(work, options, logs.get(work.bucket)));
  return ([2, 1] as const).find((code) => codes.includes(code)) ?? 0;
}

/** One bucket whose account cannot be entered hides no other. */
async function oneBucket(work: Work, options: Options, logs: LogFacts | undefined): Promise<ExitCode> {
  try {
    const recorded = await lookAt(work, options, logs);
    if (options.json) process.stdout.write(`${jsonLine(recorded)}\n`);
    for (const line of tableOf(recorded)) say(line);
    record(work, recorded, options);
    return exitCodeOf(recorded.findings);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    sayStop(work.bucket, error);
    return error.exitCode;
  }
}

/** At prepare nothing of the bucket has changed yet: what may break is the next stage. */
const judgedFor = ({ fleet }: Work, { stage }: Options): JudgedStage =>
  stage ?? (fleet?.bucket.stage === "enforce" ? "enforce" : "encrypt");

async function lookAt(work: Work, options: Options, logs: LogFacts | undefined): Promise<Recorded> {
  const { region, endpointUrl } = work;
  const { credentials, caller } = await openSession(work);
  const clients: Clients = {
    s3: s3Client({ region, endpointUrl, credentials, concurrency: 8, attempts: ATTEMPTS_OF_SETTINGS }),
    kms: kmsClient({ region, credentials }),
    iam: new IAMClient(forSettings({ region, credentials })),
    cloudWatch: new CloudWatchClient(forSettings({ region, credentials })),
  };
  const intent: Intent = {
    bucket: work.bucket,
    account: caller.account,
    region,
    partition: caller.arn.split(":")[1] ?? "aws",
    target: work.target,
    roleArn: work.roleArn ?? roleOfSession(caller.arn),
    fleet: work.fleet?.bucket,
    judgedFor: judgedFor(work, options),
    backupBucket: work.fleet && work.fleet.bucket.backup !== "none" ? work.fleet.backupBucket : undefined,
    maxRequestsPerSecond: options.maxRequestsPerSecond,
    kmsQuota: options.kmsQuota,
    today: today(),
  };
  const facts = await gather(clients, intent, { freeBytes: freeBytes(options.runDirectory), logs, now: Date.now() });
  const found = judge(facts);
  const busiestMinute = busiestOf(facts);
  const rates = busiestMinute && { busiestMinute, kmsRequestsPerSecond: kmsRequestsOf(busiestMinute) };
  const observed = logs && observedOf(logs, rates ?? {});
  const owners = ownersOf(facts);
  if (!options.canary) return { intent, findings: found, canaries: false, observed, owners };
  const reader = { client: clients.s3, bucket: work.bucket, expectedBucketOwner: caller.account };
  return { intent, findings: sorted([...found, ...(await canaries(reader, facts))]), canaries: true, observed, owners };
}

/** What other owners of the bucket lack for the stage. */
function ownersOf(facts: Facts): OwnersPart | undefined {
  const { fleet, judgedFor, partition, target } = facts.intent;
  if (!fleet) return undefined;
  const lacks = lackingOf(facts);
  const keyArn = target.algorithm === "AES256" ? "" : target.keyArn;
  const whole = ownersPart({ partition, bucket: { ...fleet, stage: judgedFor }, keyArn });
  const part = {
    statements: whole.statements.filter(({ row }) => lacks.rows.includes(row)),
    defaultEncryption: lacks.defaultEncryption ? whole.defaultEncryption : null,
  };
  return isEmptyPart(part) ? undefined : part;
}

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(existsSync(directory) ? directory : ".");
  return bavail * bsize;
}

/** Beside the fleet, so that the pull request that moves the stage shows what was known. */
function record(work: Work, recorded: Recorded, options: Options): void {
  if (!work.fleet) return;
  const { account, region, bucket } = recorded.intent;
  const { directory } = readFleet(options.fleet);
  writeRecord(preflightPath(directory, account, region, bucket), formatRecord(recorded));
  if (recorded.observed) {
    writeRecord(observedPath(directory, account, region, bucket), formatObserved(recorded.observed));
  }
}
