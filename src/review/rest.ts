import { isSameJson } from "./json";
import type { AttributeChange, NormalisedChange, NormalisedPlan } from "./normalise";

const startsWith = (path: AttributeChange["path"], start: AttributeChange["path"]): boolean =>
  start.every((name, place) => path[place] === name);

const isUnknown = ({ after }: AttributeChange): boolean => after.is === "unknown";

/** Whether it was known only after the apply, and so was approved whatever it comes out as; from what it was then. */
const isCoveredBy = ({ path, before }: AttributeChange, open: AttributeChange): boolean =>
  startsWith(path, open.path) && isSameJson(before, path.length === open.path.length ? open.before : { is: "absent" });

/** Whether a change that is still to be made is one that was approved. */
function isSame(left: NormalisedChange, approved: NormalisedChange): boolean {
  const { attributes: wanted, importing, ...rest } = approved;
  const { attributes, importing: stillImporting, ...restLeft } = left;
  // What was taken into the state stays there when its change fails.
  if (!isSameJson(restLeft, rest) || (stillImporting !== undefined && !isSameJson(stillImporting, importing)))
    return false;
  const open = wanted.filter(isUnknown);
  const isWanted = (one: AttributeChange) => wanted.some((other) => isSameJson(one, other));
  return (
    attributes.every((one) => isWanted(one) || open.some((other) => isCoveredBy(one, other))) &&
    wanted.every((one) => isUnknown(one) || attributes.some((other) => isSameJson(one, other)))
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
    isSameJson(left.providers, approved.providers) &&
    within(left.resources, approved.resources) &&
    within(left.outputs, approved.outputs)
  );
}
