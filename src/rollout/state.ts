import { createHash } from "node:crypto";
import { z } from "zod";
import type { Target } from "../fleet/fleet";
import { combinedHash } from "../review/normalise";
import type { TargetStatus } from "./schedule";
import { stepNames } from "./steps";

const exitCode = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(130)]);
export type ExitCode = z.infer<typeof exitCode>;

const stepDone = z.strictObject({
  /** Its place among the steps of the target. */
  index: z.int().min(0),
  name: z.enum(stepNames),
  exitCode,
  startedAt: z.number(),
  endedAt: z.number(),
});
export type StepDone = z.infer<typeof stepDone>;

const statuses = ["waiting", "running", "succeeded", "failed"] as const satisfies readonly TargetStatus[];

const targetState = z.strictObject({
  stack: z.string(),
  account: z.string(),
  region: z.string(),
  status: z.enum(statuses),
  steps: z.array(stepDone),
});
export type TargetState = z.infer<typeof targetState>;

const schema = z.strictObject({
  format: z.literal(1),
  wave: z.int().min(0),
  /** Of the wave's targets in the fleet. A wave whose buckets have moved on is another wave. */
  targetsHash: z.string(),
  /** Hash of the changes that it was last told to apply. */
  approved: z.string(),
  startedAt: z.number(),
  targets: z.array(targetState),
  /** When the soak is over, in milliseconds since the epoch; null before every target has ended. */
  soakUntil: z.number().nullable(),
  /** Why nothing more was started, where something stopped the wave. */
  stoppedBecause: z.string().nullable(),
  /** Null until the wave has ended, soak included. */
  ended: z.strictObject({ at: z.number(), exitCode }).nullable(),
});

/** All that is known of one wave. It is written after each change, so that a rollout can be killed at any moment. */
export type WaveState = z.infer<typeof schema>;

/** @throws Error if the text is no state of a wave */
export function parseWaveState(text: string): WaveState {
  return schema.parse(JSON.parse(text));
}

export const formatWaveState = (state: WaveState): string => `${JSON.stringify(state, null, 2)}\n`;

export const targetsHash = (targets: readonly Target[]): string =>
  createHash("sha256").update(JSON.stringify(targets)).digest("hex");

export function newWave(wave: number, targets: readonly Target[], approved: string, now: number): WaveState {
  return {
    format: 1,
    wave,
    targetsHash: targetsHash(targets),
    approved,
    startedAt: now,
    targets: targets.map(({ stackName, account, region }) => ({
      ...{ stack: stackName, account: account.id, region },
      ...{ status: "waiting", steps: [] },
    })),
    soakUntil: null,
    stoppedBecause: null,
    ended: null,
  };
}

const nothing = combinedHash([]);

/**
 * The wave as the next process finds it: what was at work or had failed waits again, and keeps the steps that are done.
 * Other changes than it was told before have to be applied to every target.
 *
 * @param approved hash of the changes
 */
export function resumed(state: WaveState, approved: string): WaveState {
  const applied = approved === state.approved || approved === nothing;
  const again = (target: TargetState): TargetState =>
    applied && target.status === "succeeded"
      ? target
      : {
          ...target,
          status: "waiting",
          steps: target.steps.filter(({ name, exitCode }) => isGood(exitCode) && (applied || name !== "apply")),
        };
  return {
    ...state,
    approved: applied ? state.approved : approved,
    targets: state.targets.map(again),
    stoppedBecause: null,
    ended: null,
  };
}

/**
 * What a rollout does with what is known of its wave.
 *
 * | known                      | same targets and changes, or no changes | same targets, other changes | other targets |
 * |----------------------------|-----------------------------------------|-----------------------------|---------------|
 * | every target is done       | done                                    | new                         | new           |
 * | ended with 3, some failed  | goes on                                 | goes on                     | new           |
 * | stopped, or has not ended  | goes on                                 | goes on                     | other         |
 *
 * @param approved hash of the changes
 */
export function standingOf(
  known: WaveState | undefined,
  targets: readonly Target[],
  approved: string,
): "new" | "done" | "goes on" | "other" {
  if (!known) return "new";
  if (known.targetsHash !== targetsHash(targets)) return known.ended && isGood(known.ended.exitCode) ? "new" : "other";
  const done = known.ended !== null && known.stoppedBecause === null && known.targets.every(isDone);
  if (!done) return "goes on";
  return approved === known.approved || approved === nothing ? "done" : "new";
}

const isDone = ({ status }: TargetState): boolean => status === "succeeded";

/** 3 is done, with objects that cannot be converted: they are named, and the rollout goes on. */
export const isGood = (code: ExitCode): boolean => code === 0 || code === 3;
