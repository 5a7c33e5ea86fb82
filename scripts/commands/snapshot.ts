import { existsSync, readFileSync } from "node:fs";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Command } from "commander";
import { CouldNotLook } from "../../src/checks/settings";
import { readSnapshot } from "../../src/checks/snapshot";
import type { Fleet, FleetBucket, Target } from "../../src/fleet/fleet";
import { fleetFile } from "../../src/fleet/load";
import { outputsPath, snapshotPath } from "../../src/fleet/names";
import { bucketOutputOf, parseStackOutputs, type StackOutputs } from "../../src/fleet/outputs";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../src/s3/clients";
import { openSession } from "./support/connect";
import { collect } from "./support/options";
import { type Settled, settle } from "./support/snapshot-file";
import { type ExitCode, Stop } from "./support/stop";
import { say } from "./support/terminal";
import { readFleet } from "./support/work-of-fleet";

interface Options {
  readonly fleet: string;
  readonly bucket?: string[];
  readonly endpointUrl?: string;
  readonly roleArn?: string;
  readonly assumeRole: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .option("--fleet <file>", "the fleet; snapshots are beside it", fleetFile())
    .option("--bucket <name>", "this bucket only; may be repeated (default: every bucket of the fleet)", collect)
    .option("--check", "write nothing; exit code 1 if a snapshot is not what is live")
    .option("--role-arn <arn>", "assume this role first (default: the stack's, once it has answered, else planRole)")
    .option("--no-assume-role", "use the caller's own permissions")
    .option("--endpoint-url <url>", "S3 at another place than AWS")
    .option("--json", "one JSON document a bucket on standard output")
    .addHelpText(
      "after",
      `
What this project itself put there is left out, so an apply changes no snapshot.
An account or bucket that cannot be read hides no other.

Examples:
  at-rest snapshot
  at-rest snapshot --bucket acme-uploads
  at-rest snapshot --check`,
    )
    .action(async (options: Options) => {
      process.exitCode = await snapshot(options);
    });
}

/** What came of one bucket. */
export interface Outcome {
  readonly bucket: string;
  readonly account: string;
  readonly region: string;
  readonly file: string;
  readonly is: Settled["is"] | "not read";
  /** What differs, or why it was not read. */
  readonly because: readonly string[];
  readonly orphans: readonly string[];
}

async function snapshot(options: Options): Promise<ExitCode> {
  const fleet = readFleet(options.fleet);
  const wanted = options.bucket && new Set(options.bucket);
  const known = new Set(fleet.targets.flatMap(({ buckets }) => buckets.map(({ name }) => name)));
  const unknown = options.bucket?.find((name) => !known.has(name));
  if (unknown !== undefined) throw new Stop(`${fleet.file} has no bucket ${unknown}.`, "Add it there first.");
  const outcomes = await lookAtSnapshots(fleet, {
    ...options,
    wanted: (bucket) => wanted?.has(bucket.name) ?? bucket.stage !== "released",
    told: (outcome) => {
      if (options.json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
      tellSnapshot(outcome);
    },
  });
  if (outcomes.some(({ is }) => is === "not read")) return 2;
  return options.check && outcomes.some(({ is }) => is !== "as live") ? 1 : 0;
}

/** What to look at, and how. */
export interface SnapshotLook extends Pick<Options, "endpointUrl" | "roleArn" | "assumeRole" | "check"> {
  readonly wanted: (bucket: FleetBucket, target: Target) => boolean;
  /** What the stack has answered. @default what at-rest outputs has written */
  readonly outputsOf?: (target: Target) => StackOutputs | undefined;
  readonly told?: (outcome: Outcome) => void;
}

/** Takes snapshots, or compares those that are there. One that cannot be read hides no other. */
export async function lookAtSnapshots(fleet: Fleet, look: SnapshotLook): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const target of fleet.targets) {
    const buckets = target.buckets.filter((bucket) => look.wanted(bucket, target));
    if (buckets.length === 0) continue;
    const open = await opened(fleet, target, look);
    for (const bucket of buckets) {
      const outcome = await oneBucket(fleet, target, bucket, open, look.check === true);
      look.told?.(outcome);
      outcomes.push(outcome);
    }
  }
  return outcomes;
}

/** The way into an account, and what its stack has answered. */
type Opened = { readonly client: S3Client; readonly outputs: StackOutputs | undefined } | { readonly refused: string };

/** An account that cannot be entered is no reason to leave out the others. */
async function opened(fleet: Fleet, target: Target, look: SnapshotLook): Promise<Opened> {
  const { region, account } = target;
  try {
    const outputs = look.outputsOf ? look.outputsOf(target) : outputsOf(fleet, target);
    const usual = look.assumeRole ? (outputs?.roleArn ?? account.planRole) : undefined;
    const { credentials } = await openSession({ region, roleArn: look.roleArn ?? usual, account: account.id });
    const { endpointUrl } = look;
    return {
      client: s3Client({ region, endpointUrl, credentials, concurrency: 8, attempts: ATTEMPTS_OF_SETTINGS }),
      outputs,
    };
  } catch (error) {
    if (error instanceof Stop) return { refused: [error.message, error.remedy].filter(Boolean).join(" ") };
    throw error;
  }
}

/** @throws Stop where the stack's outputs cannot be read: what is ours could not be told from what is theirs */
function outputsOf({ directory }: Fleet, { stackName }: Target): StackOutputs | undefined {
  const path = outputsPath(directory, stackName);
  if (!existsSync(path)) return undefined;
  try {
    return parseStackOutputs(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new Stop(`${path}: ${error instanceof Error ? error.message : error}; run at-rest outputs again`);
  }
}

async function oneBucket(
  fleet: Fleet,
  { account, region }: Target,
  bucket: FleetBucket,
  open: Opened,
  check: boolean,
): Promise<Outcome> {
  const file = snapshotPath(fleet.directory, account.id, region, bucket.name);
  const where = { bucket: bucket.name, account: account.id, region, file };
  const notRead = (why: string): Outcome => ({ ...where, is: "not read", because: [why], orphans: [] });
  if ("refused" in open) return notRead(open.refused);
  try {
    const reader = { client: open.client, bucket: bucket.name, expectedBucketOwner: account.id };
    const live = await readSnapshot(reader, region);
    const own = open.outputs && bucketOutputOf(open.outputs, bucket.name);
    return { ...where, ...settle(file, bucket, live, own, check) };
  } catch (error) {
    if (error instanceof CouldNotLook || error instanceof Stop) return notRead(error.message);
    throw error;
  }
}

export function tellSnapshot({ bucket, file, is, because, orphans }: Outcome): void {
  if (is === "not read") {
    const why = because.join("; ");
    const named = why.startsWith(`s3://${bucket}`) ? why : `s3://${bucket}: ${why}`;
    say(`${named.replace(/\.$/, "")}. Its snapshot was left as it is.`);
    return;
  }
  say(`${file}: ${is === "not what is live" || is === "not there" ? `is ${is}` : is}`);
  for (const line of because) say(`  ${line}`);
  for (const principal of orphans) {
    say(`  The policy names ${principal}, which was deleted: S3 refuses to have such a policy put again.`);
    say(`  To drop it: dropPrincipals: [${principal}] at ${bucket} in the fleet, and take the snapshot again.`);
  }
}
