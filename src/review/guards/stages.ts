import type { Fleet, FleetBucket, Stage, Target } from "../../fleet/fleet";
import { type Finding, finding, type Level, type Where } from "../finding";
import { phrase } from "../phrase";

/** A bucket on its way to a stage. */
export interface StageMove {
  readonly target: Target;
  /** As the fleet has it after the change. */
  readonly bucket: FleetBucket;
  /** Null: the fleet did not have it. */
  readonly from: Stage | null;
  /** The ARN of the stack's key. Undefined: the plan does not know it yet. */
  readonly keyArn: string | undefined;
}

/** Why a recorded look does not cover a move; empty if it does. */
export type Coverage = (move: StageMove) => readonly string[];

/** What was recorded in git before the pull request. */
export interface StageRecords {
  readonly preflight: Coverage;
  readonly audit: Coverage;
}

export interface Placed {
  readonly target: Target;
  readonly bucket: FleetBucket;
}

/** Every bucket of a fleet, by its name, which is global. */
export const bucketsOf = (fleet: Fleet): Map<string, Placed> =>
  new Map(fleet.targets.flatMap((target) => target.buckets.map((bucket) => [bucket.name, { target, bucket }])));

/** How far a bucket is; what the fleet does not have, or has let go, has not begun. */
const steps: Readonly<Record<Stage, number>> = { released: 0, prepare: 1, encrypt: 2, enforce: 3 };

function covered(where: Where, move: StageMove, records: StageRecords): Finding[] {
  const { stage } = move.bucket;
  const missing = (id: "stage-without-preflight" | "stage-without-audit", why: readonly string[], level?: Level) =>
    why.length === 0 ? [] : [finding(id, where, phrase`to stage ${stage}: ${why.join("; ")}`, level)];
  switch (stage) {
    case "prepare":
      return [];
    case "encrypt":
      return missing("stage-without-preflight", records.preflight(move));
    case "enforce":
      return [
        ...missing("stage-without-preflight", records.preflight(move)),
        ...missing("stage-without-audit", records.audit(move)),
      ];
    case "released":
      // Nothing breaks when a bucket leaves; it is only not proven that it was done.
      return move.from === "enforce" ? missing("stage-without-audit", records.audit(move), "warning") : [];
  }
}

function bucketFindings(move: StageMove, records: StageRecords): Finding[] {
  const { target, bucket, from } = move;
  const where = { stack: target.stackName, bucket: bucket.name };
  if (bucket.newBucket || bucket.stage === from) return [];
  const [before, after] = [from === null ? 0 : steps[from], steps[bucket.stage]];
  if (after < before && bucket.stage !== "released") {
    return [finding("stage-back", where, phrase`from ${from ?? ""} to ${bucket.stage}`)];
  }
  const skipped =
    after > before + 1 ? [finding("stage-skipped", where, phrase`it goes to ${bucket.stage} at once`)] : [];
  return [...skipped, ...covered(where, move, records)];
}

function departures(base: Fleet, now: ReadonlyMap<string, Placed>): Finding[] {
  return [...bucketsOf(base).values()].flatMap(({ target, bucket }) => {
    if (bucket.stage === "released") return [];
    const where = { stack: target.stackName, bucket: bucket.name };
    const placed = now.get(bucket.name);
    if (!placed) return [finding("bucket-left-fleet", where, phrase`it was at stage ${bucket.stage}`)];
    const [from, to] = [target, placed.target].map(({ account, region }) => `${account.id} ${region}`);
    return from === to
      ? []
      : [finding("bucket-left-fleet", where, phrase`it was in ${from ?? ""}, and is in ${to ?? ""}`)];
  });
}

/**
 * What the fleet changes against that of the base branch.
 *
 * @param base null where the base branch has none: then every bucket is new
 * @param keyArnOf the ARN of a stack's key, where its plan shows it
 */
export function stageFindings(
  fleet: Fleet,
  base: Fleet | null,
  records: StageRecords,
  keyArnOf: (target: Target) => string | undefined,
): Finding[] {
  const now = bucketsOf(fleet);
  const before: ReadonlyMap<string, Placed> = base ? bucketsOf(base) : new Map();
  return [
    ...[...now.values()].flatMap(({ target, bucket }) => {
      const from = before.get(bucket.name)?.bucket.stage ?? null;
      return bucketFindings({ target, bucket, from, keyArn: keyArnOf(target) }, records);
    }),
    ...(base ? departures(base, now) : []),
  ];
}
