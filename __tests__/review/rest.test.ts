import fc from "fast-check";
import { type NormalisedChange, type NormalisedPlan, normalise } from "../../src/review/normalise";
import { isRestOf } from "../../src/review/rest";
import { parsePlan } from "../../src/review/terraform-plan";
import { planDocument } from "./arrange";
import { stack } from "./fleets";

const planOf = (name: string): NormalisedPlan => normalise(stack, parsePlan(planDocument(name)));
// Of a first adoption, with much that is known only after the apply, and of a stage with imports.
const plans = ["prepare", "encrypt", "rotation", "released"].map(planOf);

/** As the next plan has it, once what it hangs on is there. */
const becomesKnown = (change: NormalisedChange): NormalisedChange => ({
  ...change,
  attributes: change.attributes.map((one) =>
    one.after.is === "unknown" ? { ...one, after: { is: "known", value: "by now" } } : one,
  ),
});

const alreadyImported = ({ importing: _, ...change }: NormalisedChange): NormalisedChange => change;

const plan = fc.constantFrom(...plans);
/** A plan, and what an apply that stopped somewhere has left of it. */
const stopped = plan.chain((approved) =>
  fc.record({
    approved: fc.constant(approved),
    left: fc
      .array(fc.record({ done: fc.boolean(), known: fc.boolean(), imported: fc.boolean() }), {
        minLength: approved.resources.length,
        maxLength: approved.resources.length,
      })
      .map((fates) => ({
        ...approved,
        resources: approved.resources.flatMap((change, place) => {
          const { done = false, known = false, imported = false } = fates[place] ?? {};
          if (done) return [];
          const now = known ? becomesKnown(change) : change;
          return [imported ? alreadyImported(now) : now];
        }),
      })),
  }),
);

test("wherever an apply stopped, what it has left is the rest of what was approved", () => {
  fc.assert(fc.property(stopped, ({ approved, left }) => isRestOf(left, approved)));
});

/** Ways to do something else than what was approved. */
const strangers: Readonly<Record<string, (change: NormalisedChange) => NormalisedChange>> = {
  "another resource": (change) => ({ ...change, address: `${change.address}_2` }),
  "a deposed one": (change) => ({ ...change, deposed: !change.deposed }),
  "another action": (change) => ({ ...change, actions: ["delete", "create"] }),
  "an import of another thing": (change) => ({ ...change, importing: { id: "acme-others" } }),
  "one attribute more": (change) => ({
    ...change,
    attributes: [
      ...change.attributes,
      { path: ["never", "planned"], before: { is: "absent" }, after: { is: "known", value: true } },
    ],
  }),
  "another value": (change) => ({
    ...change,
    attributes: change.attributes.map((one) =>
      one.after.is === "known" ? { ...one, after: { is: "known", value: "something else" } } : one,
    ),
  }),
  "another value before": (change) => ({
    ...change,
    attributes: change.attributes.map((one) =>
      one.after.is === "known" ? { ...one, before: { is: "known", value: "something else" } } : one,
    ),
  }),
  "another value before what is known by now": (change) => ({
    ...change,
    attributes: change.attributes.map((one) =>
      one.after.is === "known" && one.after.value === "by now"
        ? { ...one, before: { is: "known", value: "something else" } }
        : one,
    ),
  }),
  "only some of a resource's attributes": (change) => ({
    ...change,
    attributes: change.attributes.filter((one) => one.after.is === "unknown"),
  }),
};

test.each(Object.entries(strangers))("%s is not", (_, strange) => {
  fc.assert(
    fc.property(stopped, fc.nat(), ({ approved, left }, chosen) => {
      const place = chosen % Math.max(left.resources.length, 1);
      const change = left.resources[place];
      const other = change && strange(change);
      fc.pre(other !== undefined && JSON.stringify(other) !== JSON.stringify(change));
      const resources = left.resources.with(place, other);
      expect(isRestOf({ ...left, resources }, approved)).toBe(false);
    }),
    { numRuns: 40 },
  );
});

test("the plan of another stack, or through another provider, is not", () => {
  const [approved = planOf("encrypt")] = plans;
  expect(isRestOf({ ...approved, stack: "prod-eu-west-1" }, approved)).toBe(false);
  const providers = approved.providers.map((one) => ({ ...one, region: "us-east-1" }));
  expect(isRestOf({ ...approved, providers }, approved)).toBe(false);
  const [output] = approved.outputs;
  expect(output && isRestOf({ ...approved, outputs: [{ ...output, address: "another" }] }, approved)).toBe(false);
});
