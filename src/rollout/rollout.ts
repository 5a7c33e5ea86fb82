import { setTimeout } from "node:timers/promises";
import type { Target } from "../fleet/fleet";
import type { OperationPreferences } from "./preferences";
import { type Schedule, schedule } from "./schedule";
import { type ExitCode, isGood, type StepDone, type TargetState, type WaveState } from "./state";
import { type Step, stepsOf } from "./steps";

/** What an alarm says. One that cannot be read stops a rollout as a ringing one does. */
export type Alarm = { readonly is: "quiet" } | { readonly is: "ringing"; readonly what: string };

export interface RolloutContext {
  readonly targets: readonly Target[];
  readonly preferences: OperationPreferences;
  /** Milliseconds that pass after the last target before the wave has ended, while alarms are listened to. */
  readonly soak: number;
  /** Runs one command to its end. When the signal is aborted it stops as after Ctrl-C, and answers 130. */
  readonly runStep: (target: Target, step: Step, signal: AbortSignal) => Promise<ExitCode>;
  /** Never rejects: what cannot be read is `ringing`. */
  readonly alarm: () => Promise<Alarm>;
  /** Milliseconds from one look at the alarm to the next. */
  readonly alarmInterval: number;
  /** Keeps the state. What it was given last is what the next process finds. */
  readonly save: (state: WaveState) => void;
  /** The user's Ctrl-C. */
  readonly stop: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves early, without an error, when the signal is aborted. @default a timer */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** A timer that ends quietly when it is not needed any more. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  setTimeout(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });

/**
 * Rolls out one wave: starts targets as the preferences allow, stops at too many failures, an alarm or Ctrl-C, and soaks.
 *
 * Resolves to the state at the end. Its exit code is 0 or 3 if the next wave may start, 130 after Ctrl-C, else 1.
 * Every change of the state is saved before anything follows from it.
 */
export async function rollOut(begin: WaveState, context: RolloutContext): Promise<WaveState> {
  const { targets, preferences, save, stop, now } = context;
  let state = begin;
  const change = (changes: Partial<WaveState>) => {
    state = { ...state, ...changes };
    save(state);
  };
  const changeTarget = (stack: string, of: (target: TargetState) => TargetState) =>
    change({ targets: state.targets.map((target) => (target.stack === stack ? of(target) : target)) });

  const halt = new AbortController();
  const over = new AbortController();
  const stopped = () => halt.abort();
  stop.addEventListener("abort", stopped);
  if (stop.aborted) halt.abort();
  const ring = (what: string) => {
    if (halt.signal.aborted) return;
    change({ stoppedBecause: what });
    halt.abort();
  };
  const before = await context.alarm();
  if (before.is === "ringing") ring(before.what);
  const listening = listen(context, over.signal, ring);

  const working = new Map<string, Promise<void>>();
  const work = async (target: Target): Promise<void> => {
    changeTarget(target.stackName, (one) => ({ ...one, status: "running" }));
    const status = await runSteps(target, state, context, halt.signal, (step) =>
      changeTarget(target.stackName, (one) => ({ ...one, steps: [...one.steps, step] })),
    );
    changeTarget(target.stackName, (one) => ({ ...one, status }));
  };

  try {
    let next: Schedule = { start: [] };
    for (;;) {
      next = schedule(state.targets, preferences);
      for (const target of targets) {
        const { stackName } = target;
        if (halt.signal.aborted || !next.start.includes(stackName)) continue;
        working.set(
          stackName,
          work(target).finally(() => working.delete(stackName)),
        );
      }
      if (working.size === 0) break;
      await Promise.race(working.values());
    }
    if (next.beyondTolerance && state.stoppedBecause === null)
      change({ stoppedBecause: tooMany(next.beyondTolerance) });
    if (state.stoppedBecause === null && !halt.signal.aborted) await soak();
  } finally {
    await Promise.allSettled(working.values());
    over.abort();
    stop.removeEventListener("abort", stopped);
    await listening;
  }
  change({ ended: stop.aborted ? null : { at: now(), exitCode: exitCodeOf(state) } });
  return state;

  async function soak(): Promise<void> {
    if (state.soakUntil === null) change({ soakUntil: now() + context.soak });
    await (context.sleep ?? pause)(Math.max(0, (state.soakUntil ?? 0) - now()), halt.signal);
  }
}

/** Looks at the alarm again and again, until it rings or the wave is over. */
async function listen(context: RolloutContext, over: AbortSignal, ring: (what: string) => void): Promise<void> {
  for (;;) {
    await (context.sleep ?? pause)(context.alarmInterval, over);
    if (over.aborted) return;
    const alarm = await context.alarm();
    if (alarm.is === "ringing") return ring(alarm.what);
  }
}

/** Tries of the step that follows an apply, and milliseconds from one to the next. */
const tries = 6;
const untilNextTry = 10_000;

/**
 * Runs what is left of a target's steps. `waiting`: it was stopped, and goes on with the next process.
 *
 * A role or a policy that an apply has made is not known everywhere at once, so the next step is tried again as long as
 * it can look at nothing (2), for a minute.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
async function runSteps(
  target: Target,
  state: WaveState,
  { runStep, now, sleep = pause }: RolloutContext,
  signal: AbortSignal,
  done: (step: StepDone) => void,
): Promise<"waiting" | "succeeded" | "failed"> {
  const before = new Set(
    state.targets.find(({ stack }) => stack === target.stackName)?.steps.map(({ index }) => index),
  );
  let hasJustApplied = false;
  for (const [index, step] of stepsOf(target).entries()) {
    if (before.has(index)) continue;
    if (signal.aborted) return "waiting";
    const startedAt = now();
    let exitCode = await runStep(target, step, signal);
    for (let left = tries - 1; exitCode === 2 && hasJustApplied && left > 0 && !signal.aborted; left--) {
      await sleep(untilNextTry, signal);
      exitCode = await runStep(target, step, signal);
    }
    hasJustApplied = step.name === "apply";
    if (exitCode === 130) return "waiting";
    done({ index, name: step.name, exitCode, startedAt, endedAt: now() });
    if (!isGood(exitCode)) return "failed";
  }
  return "succeeded";
}

const tooMany = ({ region, failed, tolerance }: NonNullable<Schedule["beyondTolerance"]>): string =>
  `${failed} ${failed === 1 ? "target" : "targets"} of ${region} failed, and ${tolerance} may`;

/** 0 all done; 3 done, with what cannot be converted or failures inside the tolerance; 1 stopped. */
export function exitCodeOf({ targets, stoppedBecause }: WaveState): ExitCode {
  if (stoppedBecause !== null || targets.some(({ status }) => status === "waiting" || status === "running")) return 1;
  const flawless = targets.every(
    ({ status, steps }) => status === "succeeded" && steps.every(({ exitCode }) => exitCode === 0),
  );
  return flawless ? 0 : 3;
}
