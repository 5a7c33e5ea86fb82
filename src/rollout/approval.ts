import { combinedHash, type NormalisedPlan, planHash } from "../review/normalise";
import { planDifference } from "../review/plan-difference";
import { isRestOf } from "../review/rest";
import type { Planned } from "./plan";

/** What somebody approved, stack by stack. */
export interface ApprovedStack {
  readonly stack: string;
  readonly hash: string;
  readonly empty: boolean;
  /** What was seen. Nothing where only the hash is at hand. */
  readonly changes?: NormalisedPlan;
}

/** A stack whose fresh plan is not what was approved. */
export interface Unapproved {
  readonly stack: string;
  /** Lines of what was approved (`-`) and what would be applied now (`+`). */
  readonly difference: readonly string[];
}

/** Those of the stacks that were seen whose hash this is: all of them, or those that are planned now. Nothing: of neither. */
export function approvedAmong(
  approved: string,
  fresh: readonly Planned[],
  seen: readonly ApprovedStack[],
): readonly ApprovedStack[] | undefined {
  const selected = seen.filter(({ stack }) => fresh.some(({ target }) => target.stackName === stack));
  return [seen, selected].find((stacks) => combinedHash(stacks) === approved);
}

/**
 * Whether fresh plans are the approved ones.
 *
 * Each stack has to do what was approved of it, or what an earlier apply has left of that, be it nothing at all. Where
 * only the one hash of all is known, all have to be as they were.
 *
 * @param approved the hash that a person or a pipeline names
 * @param seen the stacks that it is believed to be the hash of; they count only if it is
 */
export function judge(approved: string, fresh: readonly Planned[], seen: readonly ApprovedStack[]): Unapproved[] {
  const stackOf = ({ target }: Planned) => target.stackName;
  const hashed = fresh.map((one) => ({ stack: stackOf(one), hash: one.hash, empty: one.empty }));
  if (combinedHash(hashed) === approved) return [];
  const meant = approvedAmong(approved, fresh, seen) ?? [];
  const known = new Map(meant.map((one) => [one.stack, one]));
  return fresh.flatMap((one) => {
    const before = known.get(stackOf(one));
    if (one.empty || before?.hash === one.hash) return [];
    // Changes that do not have the hash are not those that were approved.
    const trusted = before?.changes && planHash(before.changes) === before.hash ? before.changes : undefined;
    if (trusted && isRestOf(one.changes, trusted)) return [];
    return [{ stack: stackOf(one), difference: planDifference(trusted, one.changes) }];
  });
}
