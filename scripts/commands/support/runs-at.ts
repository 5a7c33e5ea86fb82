import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { runDirectory } from "../../../src/reencrypt/run-directory";
import type { RunStore } from "../../../src/reencrypt/run-store";
import type { Holder } from "../../../src/reencrypt/s3-runs/lease";
import { RunObjects } from "../../../src/reencrypt/s3-runs/run-objects";
import { s3Runs } from "../../../src/reencrypt/s3-runs/s3-runs";
import { s3Client } from "../../../src/s3/clients";
import { documents } from "../../../src/s3/documents";
import { encryptionOf } from "./backup-bucket";
import { leaseClock } from "./clock";
import type { Connection } from "./connect";
import { type S3Place, s3Place } from "./run-place";
import { Stop } from "./stop";
import { say } from "./terminal";

/** Segments of a journal that are read at the same time, and the lock. */
const REQUESTS_AT_ONCE = 33;

/** This process, for as long as it lasts. */
const holder: Holder = { id: randomUUID(), name: `process ${process.pid} on ${hostname()}` };

/**
 * The runs of one kind on one bucket, in a directory or in S3.
 *
 * @param kind names below the place
 * @throws Stop where it is in S3, and in the bucket itself or one that may not be looked at
 */
export async function runsAt(connection: Connection, place: string, kind: readonly string[]): Promise<RunStore> {
  const inS3 = s3Place(place);
  return inS3 ? s3Runs({ ...(await leased(connection, inS3, kind)) }) : runDirectory(join(place, ...kind));
}

async function leased(connection: Connection, { bucket, prefix }: S3Place, kind: readonly string[]) {
  const { work, account, credentials } = connection;
  if (bucket === work.bucket) {
    throw new Stop(
      `s3://${bucket} cannot have the runs in it that convert it. Nothing was changed.`,
      "Name another bucket of the same account and Region with --run-directory, such as the stack's backup bucket.",
    );
  }
  const encryption = await encryptionOf(connection, bucket);
  const client = s3Client({ ...work, credentials, concurrency: REQUESTS_AT_ONCE });
  const objects = documents({ client, bucket, expectedBucketOwner: account, encryption });
  const below = `${prefix}${kind.map((name) => `${name}/`).join("")}`;
  return { objects: new RunObjects(objects, leaseClock, below), holder, clock: leaseClock, notice: say };
}
