import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { types } from "node:util";
import type { Fleet } from "./fleet";
import { FleetError, mistakesOf, showPath } from "./mistakes";
import { snapshotPath } from "./names";
import { parseFleet } from "./parse";
import { type BucketSnapshot, bucketSnapshot } from "./snapshot";
import { snapshotMistakes } from "./snapshots";

const reason = (error: unknown): string => (types.isNativeError(error) ? error.message : String(error));

/**
 * Reads a fleet file.
 *
 * @param path absolute, or relative to the working directory
 * @throws FleetError once, with every mistake in it
 */
export function loadFleet(path: string): Fleet {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new FleetError(path, [`${path}: cannot be read: ${reason(error)}.`]);
  }
  return parseFleet(text, path);
}

/** By bucket name, which is global. */
export type Snapshots = ReadonlyMap<string, BucketSnapshot>;

function readSnapshot(path: string): { snapshot: BucketSnapshot } | { mistakes: string[] } {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return { mistakes: [`${path}: cannot be read: ${reason(error)}.`] };
  }
  const parsed = bucketSnapshot.safeParse(json);
  if (parsed.success) return { snapshot: parsed.data };
  return {
    mistakes: mistakesOf(parsed.error, json, []).map(
      (mistake) => `${path}: ${mistake.path.length > 0 ? `${showPath(mistake.path)}: ` : ""}${mistake.says}.`,
    ),
  };
}

/** The snapshot files that are there, as paths in a fixed order. */
function snapshotFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(directory, name));
}

/**
 * Reads the snapshots beside a fleet file.
 *
 * @throws FleetError once, with every mistake in it: a file that is none, a snapshot without a bucket in the fleet,
 * a bucket from stage encrypt on without a snapshot
 */
export function loadSnapshots(fleet: Fleet): Snapshots {
  const snapshots = new Map<string, BucketSnapshot>();
  const mistakes: string[] = [];
  for (const path of snapshotFiles(join(fleet.directory, "snapshots"))) {
    const read = readSnapshot(path);
    if ("mistakes" in read) {
      mistakes.push(...read.mistakes);
    } else {
      const { account, region, bucket } = read.snapshot;
      if (path === snapshotPath(fleet.directory, account, region, bucket)) snapshots.set(bucket, read.snapshot);
      else
        mistakes.push(
          `${path}: says that it is of ${bucket} in account ${account}, ${region}; it is in the wrong place.`,
        );
    }
  }
  mistakes.push(...snapshotMistakes(fleet, snapshots));
  if (mistakes.length > 0) throw new FleetError(fleet.file, mistakes);
  return snapshots;
}
