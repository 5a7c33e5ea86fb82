import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { orphansOf } from "../../../src/checks/orphans";
import { snapshotDifferences } from "../../../src/checks/snapshot-difference";
import { snapshotToKeep } from "../../../src/checks/snapshot-kept";
import type { FleetBucket } from "../../../src/fleet/fleet";
import type { BucketOutput } from "../../../src/fleet/outputs";
import { type BucketSnapshot, bucketSnapshot, type FullSnapshot, formatSnapshot } from "../../../src/fleet/snapshot";
import { Stop } from "./stop";

/** How a snapshot's file compares with what is live. */
export interface Settled {
  readonly is: "as live" | "written" | "not there" | "not what is live";
  /** What differs, or differed before it was written. */
  readonly because: readonly string[];
  /** Deleted principals that the policy still names and that the fleet does not let go. */
  readonly orphans: readonly string[];
}

/**
 * Writes the snapshot, unless it is there already or only to be checked.
 *
 * @throws Stop instead of writing over a file that is no snapshot: what was there before us may be nowhere else
 */
export function settle(
  file: string,
  bucket: FleetBucket,
  live: FullSnapshot,
  own: BucketOutput | undefined,
  check: boolean,
): Settled {
  const text = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const before = text === undefined ? undefined : parsed(text);
  const kept = snapshotToKeep(live, bucket, before, own);
  const orphans = orphansOf(kept.policy);
  const after = formatSnapshot(kept);
  if (text === after) return { is: "as live", because: [], orphans };
  const differences = before === undefined ? [] : snapshotDifferences(before, kept);
  if (!check) {
    if (text !== undefined && before === undefined) {
      throw new Stop(`${file} is no snapshot: take it back from git, or delete it`);
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, after);
    return { is: "written", because: differences, orphans };
  }
  if (text === undefined) return { is: "not there", because: [], orphans };
  const because = differences.length > 0 ? differences : ["the file is not as this command writes it"];
  return { is: "not what is live", because, orphans };
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
