import { createLocalAws } from "../../../local/aws";
import { readPlan } from "../../../local/faults/plan";
import { presets } from "../../../local/faults/presets";

test.each([
  ["an unknown fault", { rates: { "*": { slowdown: 0.1 } } }, "slowdown"],
  ["a rate above one", { rates: { "*": { slowDown: 5 } } }, "slowDown"],
  ["an unknown field", { stalls: 1 }, "stalls"],
  ["a capacity of nothing", { kmsPerSecond: 0 }, "kmsPerSecond"],
])("a plan with %s is refused by name", (_, plan, named) => {
  expect(() => readPlan(plan)).toThrow(named);
});

test("a plan for an operation that does not exist, or with more than every request, is refused", () => {
  const aws = createLocalAws();
  expect(() => {
    aws.faults = { rates: { CopyObjects: { slowDown: 0.1 } } };
  }).toThrow("CopyObjects");
  expect(() => createLocalAws({ faults: { rates: { "*": { slowDown: 0.6, resetAfter: 0.6 } } } })).toThrow("1.2");
  expect(aws.faults).toBeUndefined();
});

test.each(Object.entries(presets))("the preset %s is a plan", (_, plan) => {
  expect(readPlan(plan)).toEqual(plan);
  const aws = createLocalAws({ faults: plan });
  expect(aws.faults).toBe(plan);
});
