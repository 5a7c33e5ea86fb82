import type { Fleet, Target } from "../fleet/fleet";
import { isGood, targetsHash, type WaveState } from "./state";

/** The waves of a fleet, in the order in which they are rolled out. */
export const wavesOf = (fleet: Fleet): readonly number[] =>
  [...new Set(fleet.targets.map(({ account }) => account.wave))].sort((one, other) => one - other);

/** Stacks of one wave, in the fleet's order. Empty: there is no such wave. */
export const targetsOf = (fleet: Fleet, wave: number): readonly Target[] =>
  fleet.targets.filter(({ account }) => account.wave === wave);

/**
 * Why a wave may not start yet: the one before it has to have ended with 0 or 3, with its buckets as the fleet has them now.
 *
 * @param before the state of the wave before, if it was ever rolled out
 */
export function mayNotStart(fleet: Fleet, wave: number, before: WaveState | undefined): string | undefined {
  const previous = wavesOf(fleet).findLast((one) => one < wave);
  if (previous === undefined) return undefined;
  if (!before) return `wave ${previous} has not been rolled out`;
  if (before.targetsHash !== targetsHash(targetsOf(fleet, previous)))
    return `the targets of wave ${previous} have changed in the fleet since it was rolled out`;
  if (before.ended === null) return `wave ${previous} has not ended`;
  const { exitCode } = before.ended;
  if (!isGood(exitCode)) return `wave ${previous} ended with exit code ${exitCode}`;
  return undefined;
}

/** One job of a CI matrix. */
export interface MatrixEntry {
  readonly stack: string;
  readonly account: string;
  readonly accountName: string;
  readonly region: string;
  readonly wave: number;
  /** ARNs, where the fleet names roles. */
  readonly planRole?: string;
  readonly applyRole?: string;
  readonly buckets: readonly string[];
}

/** What a CI makes its jobs from: GitHub's `strategy.matrix` takes it as it is. */
export const matrixOf = (targets: readonly Target[]): { readonly include: readonly MatrixEntry[] } => ({
  include: targets.map(({ stackName, account, region, buckets }) => ({
    stack: stackName,
    account: account.id,
    accountName: account.name,
    region,
    wave: account.wave,
    planRole: account.planRole,
    applyRole: account.applyRole,
    buckets: buckets.map(({ name }) => name),
  })),
});
