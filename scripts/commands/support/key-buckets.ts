import { bucketsIn, type KeyUse } from "../../../src/checks/key-usage/gather";
import { type BucketUse, isDefaultKey } from "../../../src/checks/key-usage/verdict";
import { keyUsage } from "../../../src/checks/key-usage/visitor";
import { known, unseen } from "../../../src/checks/preflight/looked";
import { CouldNotLook } from "../../../src/checks/settings";
import { readDefaultEncryption } from "../../../src/checks/snapshot";
import type { Summary } from "../../../src/reencrypt/report/summary";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../../src/s3/clients";
import { type Connection, connect } from "./connect";
import type { OutputOptions, SweepOptions } from "./options";
import { runOnBucket } from "./run-on-bucket";
import { type ExitCode, Stop } from "./stop";
import { sayStop } from "./terminal";
import type { Work } from "./work";
import { readFleet } from "./work-of-fleet";

export interface KeyUsageOptions extends SweepOptions, OutputOptions {
  readonly key: string;
  readonly fleet?: string;
  readonly bucket?: string[];
  readonly endpointUrl?: string;
  readonly roleArn?: string;
  readonly versions: "current" | "all";
  readonly runDirectory: string;
  readonly newRun?: boolean;
}

export interface FoundBuckets {
  readonly names: readonly string[];
  /** Why they may not be all. */
  readonly missing: readonly string[];
}

/** Those that are named, those of the fleet, or all of the account in the key's Region. */
export async function bucketsFor(
  { bucket, fleet, endpointUrl }: KeyUsageOptions,
  region: string,
  account: string,
  credentials: Connection["credentials"],
): Promise<FoundBuckets> {
  if (bucket) return { names: bucket, missing: [] };
  if (fleet !== undefined) {
    const targets = readFleet(fleet).targets.filter((one) => one.region === region && one.account.id === account);
    return { names: targets.flatMap(({ buckets }) => buckets.map(({ name }) => name)), missing: [] };
  }
  const client = s3Client({ region, endpointUrl, credentials, concurrency: 1, attempts: ATTEMPTS_OF_SETTINGS });
  const found = await bucketsIn(client, region);
  client.destroy();
  return found.is === "seen" ? { names: found.value, missing: [] } : { names: [], missing: [unseen(found)] };
}

/** Prefixes that are shown. All of them are in the run's report. */
const PREFIXES = 10;

const prefixesOf = (summary: Summary | undefined): BucketUse["prefixes"] =>
  (summary?.prefixes ?? [])
    .map(({ prefix, counts }) => ({ prefix: prefix ?? "(others)", objects: counts.underKey ?? 0 }))
    .filter(({ objects }) => objects > 0)
    .sort((a, b) => b.objects - a.objects)
    .slice(0, PREFIXES);

async function defaultOf({ client, work, account }: Connection, { aliases }: KeyUse, key: string) {
  try {
    const reader = { client, bucket: work.bucket, expectedBucketOwner: account };
    return { byDefault: isDefaultKey(await readDefaultEncryption(reader), key, known(aliases) ?? []), unseen: [] };
  } catch (error) {
    if (!(error instanceof CouldNotLook)) throw error;
    return { byDefault: false, unseen: [error.message] };
  }
}

/** What of one bucket hangs on the key. A bucket that cannot be looked at is a part of the result. */
export async function bucketUse(
  work: Work,
  options: KeyUsageOptions,
  use: KeyUse,
  stop: AbortSignal,
): Promise<BucketUse & { readonly code: ExitCode }> {
  const { key, versions, prefix } = options;
  const nothing = { bucket: work.bucket, byDefault: false, underKey: 0, prefixes: [] };
  try {
    const connection = await connect(work, options);
    const { byDefault, unseen: ofDefault } = await defaultOf(connection, use, key);
    let found = { underKey: 0, failed: 0 };
    let prefixes: BucketUse["prefixes"] = [];
    const code = await runOnBucket({
      connection,
      command: "key-usage",
      versions,
      request: {},
      dryRun: false,
      maxSweeps: 1,
      options,
      runDirectory: options.runDirectory,
      newRun: options.newRun === true,
      stop,
      visitor: () => keyUsage(connection.store, key),
      judge: (_, { counts }) => (counts.underKey ? 1 : counts.failed ? 2 : 0),
      finish: async (_, { counts: { underKey = 0, failed = 0 } }) => {
        found = { underKey, failed };
      },
      also: async (summary) => {
        prefixes = prefixesOf(summary);
        return { byDefault, prefixes };
      },
    });
    const missing = [
      ...ofDefault,
      ...(found.failed > 0 ? [`${found.failed} objects could not be looked at`] : []),
      ...(prefix === undefined ? [] : [`only keys that begin with ${prefix} were looked at`]),
      ...(versions === "all" ? [] : ["noncurrent versions were not looked at"]),
    ];
    return { ...nothing, byDefault, underKey: found.underKey, prefixes, unseen: missing, code };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    sayStop(work.bucket, error);
    return { ...nothing, unseen: [error.message], code: 2 };
  }
}
