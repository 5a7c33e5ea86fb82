import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { runDirectory } from "../../../src/reencrypt/run-directory";
import type { RunStore } from "../../../src/reencrypt/run-store";
import type { Holder, LeaseProps } from "../../../src/reencrypt/s3-runs/lease";
import { RunObjects } from "../../../src/reencrypt/s3-runs/run-objects";
import { s3Runs } from "../../../src/reencrypt/s3-runs/s3-runs";
import { s3Client } from "../../../src/s3/clients";
import { documents } from "../../../src/s3/documents";
import { encryptionOf } from "./backup-bucket";
import { leaseClock } from "./clock";
import type { Connection } from "./connect";
import { s3Place } from "./run-place";
import { joinShards, refuseUnfinishedShards, type ShardRuns, type ShardsProps } from "./shard-runs";
import { Stop } from "./stop";
import { say } from "./terminal";

/** Segments of a journal that are read at the same time, and the lock. */
const REQUESTS_AT_ONCE = 33;

/** This process, for as long as it lasts. */
const holder: Holder = { id: randomUUID(), name: `process ${process.pid} on ${hostname()}` };

/** Whether a process works on a part of the bucket, and which. */
export interface Runs {
  readonly store: RunStore;
  /** Nothing where it works on all of it. */
  readonly part?: ShardRuns;
}

/**
 * The runs of one kind on one bucket, in a directory or in S3.
 *
 * @param kind names below the place
 * @param shards which shard of what, where it is one of several. @default the whole bucket
 * @throws Stop where it is in S3, and in the bucket itself or one that may not be looked at
 * @throws UnfinishedRun where others divide the bucket otherwise
 * @throws RunsNotReached
 */
export async function runsAt(
  connection: Connection,
  place: string,
  kind: readonly string[],
  shards?: Omit<ShardsProps, "props">,
): Promise<Runs> {
  const props = await leaseProps(connection, place, kind);
  if (props && shards) {
    const part = await joinShards({ props, ...shards });
    return { store: part.store, part };
  }
  if (props) await refuseUnfinishedShards(props);
  return { store: storeAt(place, kind, props) };
}

/** Runs without shards. @param props nothing for a directory of this machine */
export const storeAt = (place: string, kind: readonly string[], props: LeaseProps | undefined): RunStore =>
  props ? s3Runs(props) : runDirectory(join(place, ...kind));

/** Nothing for a directory of this machine. @throws Stop */
export async function leaseProps(
  { work, ...connection }: Connection,
  place: string,
  kind: readonly string[],
): Promise<LeaseProps | undefined> {
  const inS3 = s3Place(place);
  if (!inS3) return undefined;
  const { bucket, prefix } = inS3;
  if (bucket === work.bucket) {
    throw new Stop(
      `s3://${bucket} cannot have the runs in it that convert it. Nothing was changed.`,
      "Name another bucket of the same account and Region with --run-directory, such as the stack's backup bucket.",
    );
  }
  const { account, credentials } = connection;
  const encryption = await encryptionOf({ work, ...connection }, bucket);
  const client = s3Client({ ...work, credentials, concurrency: REQUESTS_AT_ONCE });
  const objects = documents({ client, bucket, expectedBucketOwner: account, encryption });
  const below = `${prefix}${kind.map((name) => `${name}/`).join("")}`;
  return { objects: new RunObjects(objects, leaseClock, below), holder, clock: leaseClock, notice: say };
}
