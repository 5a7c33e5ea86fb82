import { existsSync, statfsSync } from "node:fs";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { type Command, Option } from "commander";
import { leavesAwsManagedKey } from "../../src/checks/preflight/aws-managed-key";
import { canaries } from "../../src/checks/preflight/canaries";
import type { Facts, Intent, LogFacts } from "../../src/checks/preflight/facts";
import { sorted } from "../../src/checks/preflight/finding";
import { type Clients, gather, lookAtBucket, type Seen } from "../../src/checks/preflight/gather";
import { iamClient } from "../../src/checks/preflight/iam-client";
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
import { realClock, today } from "./support/clock";
import { openSession } from "./support/connect";
import { type LogOptions, lookIntoLogs } from "./support/logs";
import { addWhereOptions, collect, type OutputOptions, rate, type WhereOptions } from "./support/options";
import { writeRecord } from "./support/record";
import { OWN_DIRECTORY, runPlace, s3Place } from "./support/run-place";
import { searchIam } from "./support/search-iam";
import { type ExitCode, Stop } from "./support/stop";
import { say, sayStop, stopOnSignals } from "./support/terminal";
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
    .option(
      "--run-directory <place>",
      "where reencrypt is going to journal: a directory, whose disk is looked at, or s3://bucket/prefix",
      runPlace,
      OWN_DIRECTORY,
    )
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
What IAM answers about an account is kept below --run-directory, or .at-rest, until preflight is done.

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

/** A bucket that was looked at, and how its account is asked more. */
interface Begun {
  readonly work: Work;
  readonly clients: Clients;
  readonly bucket: Seen;
}

async function preflight(options: Options): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  const works = findWork(options, ["prepare", "encrypt", "enforce"], ({ bucket, stop }) => {
    sayStop(bucket.name, stop);
    codes.push(2);
  });
  const logs = await lookIntoLogs(options, works);
  const conclude = (begun: Begun, users?: Facts["accountUsers"]): Promise<ExitCode> =>
    finish(begun, options, logs.get(begun.work.bucket), users);
  const waiting: Begun[] = [];
  for (const work of works) {
    const code = await orStop(work, async () => {
      const begun = await begin(work, options);
      if (!leavesAwsManagedKey(begun.bucket)) return conclude(begun);
      waiting.push(begun);
      return 0;
    });
    codes.push(code);
  }
  if (waiting.length > 0) codes.push(...(await withAccountUsers(waiting, options, conclude)));
  return ([2, 1] as const).find((code) => codes.includes(code)) ?? 0;
}

/**
 * Buckets that leave AWS's own key come last, and together: who reads and writes them by IAM policies alone is asked once
 * for all those of an account.
 *
 * @throws Stop 130 where it was interrupted
 */
async function withAccountUsers(
  waiting: readonly Begun[],
  { runDirectory }: Options,
  conclude: (begun: Begun, users: Facts["accountUsers"]) => Promise<ExitCode>,
): Promise<ExitCode[]> {
  const stop = stopOnSignals();
  const askings = waiting.map(({ clients, bucket }) => ({ iam: clients.iam, intent: bucket.intent }));
  const searches = await searchIam(askings, { runDirectory, now: realClock.now, stop });
  const codes: ExitCode[] = [];
  for (const begun of waiting) {
    if (stop.aborted) throw new Stop("Interrupted. The same command goes on from here.", undefined, 130);
    codes.push(await orStop(begun.work, () => conclude(begun, searches.of(begun.bucket.intent))));
  }
  searches.forget();
  return codes;
}

/** One bucket whose account cannot be entered hides no other. */
async function orStop({ bucket }: Work, act: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    sayStop(bucket, error);
    return error.exitCode;
  }
}

/** At prepare nothing of the bucket has changed yet: what may break is the next stage. */
const judgedFor = ({ fleet }: Work, { stage }: Options): JudgedStage =>
  stage ?? (fleet?.bucket.stage === "enforce" ? "enforce" : "encrypt");

async function begin(work: Work, options: Options): Promise<Begun> {
  const { region, endpointUrl } = work;
  const { credentials, caller } = await openSession(work);
  const clients: Clients = {
    s3: s3Client({ region, endpointUrl, credentials, concurrency: 8, attempts: ATTEMPTS_OF_SETTINGS }),
    kms: kmsClient({ region, credentials }),
    iam: iamClient({ region, credentials }),
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
  return { work, clients, bucket: await lookAtBucket(clients, intent, realClock.now()) };
}

/** Says and records what was found. @param users nothing where nobody had to be asked */
async function finish(
  begun: Begun,
  options: Options,
  logs: LogFacts | undefined,
  users: Facts["accountUsers"] | undefined,
): Promise<ExitCode> {
  const given = { freeBytes: freeBytes(options.runDirectory), logs, accountUsers: users };
  const recorded = await judged(begun, options, await gather(begun.clients, begun.bucket, given));
  if (options.json) process.stdout.write(`${jsonLine(recorded)}\n`);
  for (const line of tableOf(recorded)) say(line);
  record(begun.work, recorded, options);
  return exitCodeOf(recorded.findings);
}

async function judged({ clients }: Begun, options: Options, facts: Facts): Promise<Recorded> {
  const { intent, logs } = facts;
  const found = judge(facts);
  const busiestMinute = busiestOf(facts);
  const rates = busiestMinute && { busiestMinute, kmsRequestsPerSecond: kmsRequestsOf(busiestMinute) };
  const observed = logs ? observedOf(logs, rates ?? {}) : undefined;
  const owners = ownersOf(facts);
  if (!options.canary) return { intent, findings: found, canaries: false, observed, owners };
  const reader = { client: clients.s3, bucket: intent.bucket, expectedBucketOwner: intent.account };
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

function freeBytes(directory: string): Facts["freeBytes"] {
  if (s3Place(directory)) return null;
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
