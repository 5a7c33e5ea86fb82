import type { FleetBucket, Stage, Target } from "../fleet/fleet";

export const stepNames = ["apply", "preflight", "canaries", "backup", "reencrypt", "audit"] as const;
export type StepName = (typeof stepNames)[number];

/** One command of this tool, on one target. */
export interface Step {
  readonly name: StepName;
  /** Those that it is about. Empty: the whole stack. */
  readonly buckets: readonly string[];
}

/**
 * What a target needs, by the stages of its buckets.
 *
 * | stage    | after the apply                    |
 * |----------|------------------------------------|
 * | prepare  | preflight, backup                  |
 * | encrypt  | canaries, backup, reencrypt, audit |
 * | enforce  | audit                              |
 * | released |                                    |
 *
 * The apply compares the snapshots first, and reads the stack's outputs afterwards. What a stage would break is not asked
 * here but before its pull request is merged: the review holds the stage against the preflight that is recorded.
 */
export function stepsOf(target: Target): readonly Step[] {
  const at = (...stages: readonly Stage[]): FleetBucket[] =>
    target.buckets.filter(({ stage }) => stages.includes(stage));
  const about = (name: StepName, buckets: readonly FleetBucket[]): Step[] =>
    buckets.length > 0 ? [{ name, buckets: buckets.map((bucket) => bucket.name) }] : [];
  return [
    { name: "apply", buckets: [] },
    ...about("preflight", at("prepare")),
    ...about("canaries", at("encrypt")),
    ...about(
      "backup",
      at("prepare", "encrypt").filter(({ backup }) => backup !== "none"),
    ),
    ...about("reencrypt", at("encrypt")),
    ...about("audit", at("encrypt", "enforce")),
  ];
}
