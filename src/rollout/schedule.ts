import { countOf, type OperationPreferences } from "./preferences";

export type TargetStatus = "waiting" | "running" | "succeeded" | "failed";

export interface Scheduled {
  readonly stack: string;
  readonly region: string;
  readonly status: TargetStatus;
}

export interface Schedule {
  /** Names of the stacks that start now. */
  readonly start: readonly string[];
  /** The Region in which more have failed than may. Nothing starts any more, in no Region. */
  readonly beyondTolerance?: { readonly region: string; readonly failed: number; readonly tolerance: number };
}

/**
 * Which targets of a wave start now.
 *
 * Tolerance and concurrency count within a Region. With `SEQUENTIAL` a Region begins when the ones before it have
 * nothing waiting and nothing at work.
 */
export function schedule(targets: readonly Scheduled[], preferences: OperationPreferences): Schedule {
  const regions = inOrder(targets, preferences);
  for (const { region, members } of regions) {
    const failed = count(members, "failed");
    const tolerance = countOf(preferences.failureTolerance, members.length);
    if (failed > tolerance) return { start: [], beyondTolerance: { region, failed, tolerance } };
  }
  const unfinished = regions.filter(({ members }) => count(members, "waiting") + count(members, "running") > 0);
  const open = preferences.regionConcurrencyType === "PARALLEL" ? unfinished : unfinished.slice(0, 1);
  return { start: open.flatMap(({ members }) => startable(members, preferences)) };
}

interface RegionOfWave {
  readonly region: string;
  readonly members: readonly Scheduled[];
}

function inOrder(targets: readonly Scheduled[], { regionOrder }: OperationPreferences): readonly RegionOfWave[] {
  const present = new Set(targets.map(({ region }) => region));
  const order = [...new Set([...regionOrder.filter((region) => present.has(region)), ...present])];
  return order.map((region) => ({ region, members: targets.filter((target) => target.region === region) }));
}

const count = (members: readonly Scheduled[], status: TargetStatus): number =>
  members.filter((member) => member.status === status).length;

function startable(members: readonly Scheduled[], preferences: OperationPreferences): string[] {
  const most = Math.max(1, countOf(preferences.maxConcurrent, members.length));
  const mayFail = countOf(preferences.failureTolerance, members.length) + 1 - count(members, "failed");
  const atOnce = preferences.concurrencyMode === "STRICT_FAILURE_TOLERANCE" ? Math.min(most, mayFail) : most;
  const free = Math.max(0, atOnce - count(members, "running"));
  return members
    .filter(({ status }) => status === "waiting")
    .slice(0, free)
    .map(({ stack }) => stack);
}
