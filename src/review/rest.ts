import { canonical } from "./json";
import type { AttributeChange, NormalisedChange, NormalisedPlan } from "./normalise";

const same = (a: unknown, b: unknown): boolean => {
  const text = (value: unknown) => canonical(JSON.parse(JSON.stringify(value ?? null)));
  return text(a) === text(b);
};

const startsWith = (path: AttributeChange["path"], start: AttributeChange["path"]): boolean =>
  start.every((name, place) => path[place] === name);

const isUnknown = ({ after }: AttributeChange): boolean => after.is === "unknown";

/** Whether it was known only after the apply, and so was approved whatever it comes out as; from what it was then. */
const isCoveredBy = ({ path, before }: AttributeChange, open: AttributeChange): boolean =>
  startsWith(path, open.path) && same(before, path.length === open.path.length ? open.before : { is: "absent" });

/** Whether a change that is still to be made is one that was approved. */
function isSame(left: NormalisedChange, approved: NormalisedChange): boolean {
  const { attributes: wanted, importing, ...rest } = approved;
  const { attributes, importing: stillImporting, ...restLeft } = left;
  // What was taken into the state stays there when its change fails.
  if (!same(restLeft, rest) || (stillImporting !== undefined && !same(stillImporting, importing))) return false;
  const open = wanted.filter(isUnknown);
  const isWanted = (one: AttributeChange) => wanted.some((other) => same(one, other));
  return (
    attributes.every((one) => isWanted(one) || open.some((other) => isCoveredBy(one, other))) &&
    wanted.every((one) => isUnknown(one) || attributes.some((other) => same(one, other)))
  );
}

/**
 * Whether a plan does nothing but what an apply that stopped in the middle has left of an approved one: some of its
 * changes, each as it was approved. What was known only after the apply may be known by now.
 */
export function isRestOf(left: NormalisedPlan, approved: NormalisedPlan): boolean {
  const within = (some: readonly NormalisedChange[], all: readonly NormalisedChange[]) =>
    some.every((change) => all.some((other) => isSame(change, other)));
  return (
    left.stack === approved.stack &&
    same(left.providers, approved.providers) &&
    within(left.resources, approved.resources) &&
    within(left.outputs, approved.outputs)
  );
}
