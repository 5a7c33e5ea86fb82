import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { types } from "node:util";
import type { Fleet, Target } from "./fleet";
import { FleetError, mistakesOf, showPath } from "./mistakes";
import { snapshotPath } from "./names";
import { parseFleet } from "./parse";
import { type BucketSnapshot, bucketSnapshot } from "./snapshot";
import { snapshotMistakes } from "./snapshots";

const reason = (error: unknown): string => (types.isNativeError(error) ? error.message : String(error));

/** The file that is meant where no command line names one. An empty variable, as pipelines set where they have no value, names none. */
export const fleetFile = (): string => process.env["FLEET"] || "fleet.yaml";

/**
 * Reads a fleet file.
 *
 * @param path absolute, or relative to the working directory
 * @throws FleetError once, with every mistake in it
 */
export function loadFleet(path: string): Fleet {
  if (!existsSync(path)) {
    throw new FleetError(path, [`${path}: is not there. Draft it with at-rest discover, or name another with FLEET.`]);
  }
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

/** The snapshot files of an account and region, as paths in a fixed order. */
function snapshotFiles(directory: string, { account, region }: Target): string[] {
  const folder = dirname(snapshotPath(directory, account.id, region, "bucket"));
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Reads the snapshots of a fleet's accounts and regions, which are beside its file.
 *
 * Those of other accounts are left alone: they are another fleet's, whose stacks are not synthesised here.
 *
 * @throws FleetError once, with every mistake in it: a file that is none, a snapshot without a bucket in the fleet,
 * a bucket from stage encrypt on without a snapshot
 */
export function loadSnapshots(fleet: Fleet): Snapshots {
  const snapshots = new Map<string, BucketSnapshot>();
  const mistakes: string[] = [];
  for (const path of fleet.targets.flatMap((target) => snapshotFiles(fleet.directory, target))) {
    const read = readSnapshot(path);
    if ("mistakes" in read) {
      mistakes.push(...read.mistakes);
      continue;
    }
    const { account, region, bucket } = read.snapshot;
    if (path === snapshotPath(fleet.directory, account, region, bucket)) snapshots.set(bucket, read.snapshot);
    else mistakes.push(`${path}: is in the wrong place: it says that it is of ${bucket}, ${account}, ${region}.`);
  }
  mistakes.push(...snapshotMistakes(fleet, snapshots));
  if (mistakes.length > 0) throw new FleetError(fleet.file, mistakes);
  return snapshots;
}
