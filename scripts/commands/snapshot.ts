import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Command } from "commander";
import { orphansOf } from "../../src/checks/orphans";
import { CouldNotLook } from "../../src/checks/settings";
import { readSnapshot } from "../../src/checks/snapshot";
import { snapshotDifferences } from "../../src/checks/snapshot-difference";
import type { Fleet, FleetBucket, Target } from "../../src/fleet/fleet";
import { outputsPath, snapshotPath } from "../../src/fleet/names";
import { bucketOutputOf, parseStackOutputs } from "../../src/fleet/outputs";
import { type BucketSnapshot, bucketSnapshot, formatSnapshot } from "../../src/fleet/snapshot";
import { s3Client } from "../../src/s3/clients";
import { openSession } from "./support/connect";
import { type ExitCode, Stop } from "./support/stop";
import { say } from "./support/terminal";
import { readFleet } from "./support/work";

interface Options {
  readonly fleet: string;
  readonly bucket?: string[];
  readonly endpointUrl?: string;
  readonly roleArn?: string;
  readonly check?: boolean;
}

export function define(command: Command): void {
  command
    .option("--fleet <file>", "the fleet; snapshots are beside it", process.env["FLEET"] ?? "fleet.yaml")
    .option("--bucket <name...>", "these buckets only (default: every bucket of the fleet)")
    .option("--check", "write nothing; exit code 1 if a snapshot is not what is live")
    .option("--role-arn <arn>", "assume this role first (default: the account's planRole, if the fleet has one)")
    .option("--endpoint-url <url>", "S3 at another place than AWS")
    .addHelpText(
      "after",
      `
Examples:
  at-rest snapshot
  at-rest snapshot --bucket acme-uploads
  at-rest snapshot --check`,
    )
    .action(async (options: Options) => {
      process.exitCode = await snapshot(options);
    });
}

async function snapshot(options: Options): Promise<ExitCode> {
  const fleet = readFleet(options.fleet);
  const wanted = options.bucket && new Set(options.bucket);
  let differ = 0;
  for (const target of fleet.targets) {
    const buckets = target.buckets.filter(({ name, stage }) => (wanted ? wanted.delete(name) : stage !== "released"));
    if (buckets.length === 0) continue;
    const { region, account } = target;
    const roleArn = options.roleArn ?? account.planRole;
    const { credentials } = await openSession({ region, roleArn, account: account.id });
    const client = s3Client({ region, endpointUrl: options.endpointUrl, credentials, concurrency: 1 });
    for (const bucket of buckets) {
      const live = await readSnapshot({ client, bucket: bucket.name, expectedBucketOwner: account.id }, region).catch(
        (error: unknown) => {
          if (error instanceof CouldNotLook) throw new Stop(`${error.message}. Its snapshot was left as it is.`);
          throw error;
        },
      );
      if (settle(fleet, target, bucket, live, options.check === true)) differ++;
    }
  }
  const [unknown] = wanted ?? [];
  if (unknown !== undefined) throw new Stop(`${fleet.file} has no bucket ${unknown}.`);
  return options.check && differ > 0 ? 1 : 0;
}

/** Writes the snapshot, unless it is there already or only to be checked. Tells whether it differed. */
function settle(fleet: Fleet, target: Target, bucket: FleetBucket, live: BucketSnapshot, check: boolean): boolean {
  const path = snapshotPath(fleet.directory, target.account.id, target.region, bucket.name);
  const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  const kept = withoutOwnEncryption(fleet, target, live, before);
  const after = formatSnapshot(kept);
  for (const principal of orphansOf(live.policy)) {
    say(`${path}: its policy names ${principal}, which was deleted: S3 refuses to have such a policy put again.`);
    say("  Take it out of the bucket's policy, and take the snapshot again.");
  }
  if (before === after) {
    say(`${path}: as live`);
    return false;
  }
  if (check) {
    say(`${path}: ${before === undefined ? "is not there" : "is not what is live"}`);
    if (before !== undefined) for (const line of difference(before, kept)) say(`  ${line}`);
    return true;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, after);
  say(`${path}: written`);
  return true;
}

function difference(before: string, live: BucketSnapshot): string[] {
  const written = parsed(before);
  const found = written === undefined ? [] : snapshotDifferences(written, live);
  return found.length > 0 ? found : ["the file is not as this command writes it"];
}

/** Nothing where somebody's edit left no snapshot. */
function parsed(text: string): BucketSnapshot | undefined {
  try {
    return bucketSnapshot.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Once our own default encryption is live, the snapshot keeps what was there before it. */
function withoutOwnEncryption(
  { directory }: Fleet,
  target: Target,
  live: BucketSnapshot,
  before: string | undefined,
): BucketSnapshot {
  const path = outputsPath(directory, target.stackName);
  if (before === undefined || !existsSync(path)) return live;
  const own = bucketOutputOf(parseStackOutputs(JSON.parse(readFileSync(path, "utf8"))), live.bucket);
  const { algorithm, keyArn, bucketKey } = live.defaultEncryption;
  const isOwn = own?.encryption === algorithm && own.keyArn === keyArn && own.bucketKey === bucketKey;
  if (!isOwn) return live;
  const previous = parsed(before);
  return previous ? { ...live, defaultEncryption: previous.defaultEncryption } : live;
}
