import fc from "fast-check";
import type { Target } from "../../src/fleet/fleet";
import { combinedHash, normalise, planHash } from "../../src/review/normalise";
import { parsePlan } from "../../src/review/terraform-plan";
import { type ApprovedStack, judge } from "../../src/rollout/approval";
import type { Planned } from "../../src/rollout/plan";
import { planDocument } from "../review/arrange";
import { fleetOf, targetOf } from "../support/fleets";

const target = targetOf(fleetOf("[{ name: acme-uploads }]"));

/** A stack's fresh plan, of one of the recorded plans. */
function planned(stack: string, name: string): Planned {
  const plan = parsePlan(planDocument(name));
  const changes = normalise(stack, plan);
  const named: Target = { ...target, stackName: stack };
  return {
    target: named,
    is: "planned",
    plan,
    changes,
    hash: planHash(changes),
    empty: name === "nothing",
    planFile: "",
  };
}

const seenOf = ({ target: { stackName: stack }, hash, empty, changes }: Planned): ApprovedStack => ({
  stack,
  hash,
  empty,
  changes,
});

const hashOf = (plans: readonly Planned[]): string => combinedHash(plans.map(seenOf));
const refused = (approved: string, fresh: readonly Planned[], seen: readonly Planned[] = []): string[] =>
  judge(approved, fresh, seen.map(seenOf)).map(({ stack }) => stack);

const [a, b] = [planned("a", "rotation"), planned("b", "encrypt")];
const changed = planned("b", "policy-lost");
const done = planned("a", "nothing");

test("what was approved needs nothing but its hash", () => {
  expect(refused(hashOf([a, b]), [b, a])).toEqual([]);
  expect(refused(hashOf([a, b]), [a, changed])).toEqual(["a", "b"]);
});

test("with what was seen at hand only the stack that differs is refused, and what is done already is no difference", () => {
  const approved = hashOf([a, b]);
  expect(refused(approved, [a, changed], [a, b])).toEqual(["b"]);
  expect(refused(approved, [done, b], [a, b])).toEqual([]);
  expect(refused(approved, [done, changed], [a, b])).toEqual(["b"]);
});

test("the hash of all is good for some of them, and the hash of a wave for the wave", () => {
  expect(refused(hashOf([a, b]), [a], [a, b])).toEqual([]);
  expect(refused(hashOf([b]), [b], [a, b])).toEqual([]);
  expect(refused(hashOf([b]), [a], [a, b])).toEqual(["a"]);
});

test("what was seen counts only if it has the hash that was approved", () => {
  expect(refused("0".repeat(64), [a, changed], [a, changed])).toEqual(["a", "b"]);
  expect(refused(hashOf([a, b]), [changed], [a, changed])).toEqual(["b"]);
});

test("the difference is of what was seen, and of all that would be applied where what was seen is not what was approved", () => {
  const [difference] = judge(hashOf([a]), [planned("a", "encrypt")], [seenOf(a)]);
  expect(difference?.difference).toContain("- aws_kms_key.at_rest: rotation_period_in_days: 365 -> 180");
  const fresh = planned("a", "encrypt");
  const forged = { ...seenOf(a), changes: fresh.changes };
  const [other] = judge(hashOf([a]), [fresh], [forged]);
  expect(other?.stack).toBe("a");
  expect(other?.difference.filter((line) => line.startsWith("-"))).toEqual([]);
});

test("whatever is fresh and whatever was seen: nothing that changes passes but what was approved of it", () => {
  const names = fc.constantFrom("rotation", "encrypt", "policy-lost", "nothing");
  const stacks = fc.dictionary(fc.constantFrom("a", "b", "c"), names, { minKeys: 1 });
  const plansOf = (dictionary: Record<string, string>) =>
    Object.entries(dictionary).map(([stack, name]) => planned(stack, name));
  fc.assert(
    fc.property(stacks, stacks, stacks, (approved, fresh, seen) => {
      const allowed = refused(hashOf(plansOf(approved)), plansOf(fresh), plansOf(seen)).length === 0;
      const strange = Object.entries(fresh).some(([stack, name]) => name !== "nothing" && approved[stack] !== name);
      expect(allowed && strange).toBe(false);
    }),
    { numRuns: 60 },
  );
});
