import { plan, unsupportedArguments } from "../../../local/terraform/plan";
import type { Resource } from "../../../local/terraform/resource";
import type { Block } from "../../../local/terraform/schema";
import { conform, type ObjectValue, UNKNOWN, type Value } from "../../../local/terraform/values";

const schema: Block = {
  attributes: {
    id: { type: "string", computed: true },
    name: { type: "string", required: true },
    on: { type: "bool", optional: true },
    policy: { type: "string", optional: true, computed: true },
    target: { type: "string", optional: true },
    target_arn: { type: "string", computed: true },
    region: { type: "string", optional: true, computed: true },
    tags: { type: ["map", "string"], optional: true },
    tags_all: { type: ["map", "string"], optional: true, computed: true },
  },
  blocks: {
    rule: {
      nesting: "LIST",
      min: 0,
      max: 0,
      block: {
        attributes: {
          id: { type: "string", required: true },
          days: { type: "number", optional: true, computed: true },
        },
        blocks: {},
      },
    },
  },
};

const never = () => Promise.reject(new Error("a plan calls nothing"));
const resource: Resource = {
  forcesReplacement: ["name"],
  defaults: { on: true },
  equivalent: { policy: (a, b) => a.toLowerCase() === b.toLowerCase() },
  dependent: { target_arn: ["target"] },
  create: never,
  read: never,
  delete: never,
};
const surroundings = { region: "eu-west-1", defaultTags: { team: "storage" } };

const applied: ObjectValue = {
  id: "i-1",
  name: "n",
  on: true,
  policy: "P",
  target: "t",
  target_arn: "arn:t",
  region: "eu-west-1",
  tags: null,
  tags_all: { team: "storage" },
  rule: [{ id: "r", days: 1 }],
};
const config = { name: "n", policy: "P", target: "t", rule: [{ id: "r" }] };

/** Plans as Terraform has it planned: what is not configured and computed is proposed as it was. */
function planned(
  configured: ObjectValue,
  prior: ObjectValue | null = null,
  around: typeof surroundings | Value = surroundings,
) {
  const full = conform(configured, schema);
  const proposed = { ...full };
  for (const [name, { computed }] of Object.entries(schema.attributes)) {
    if (computed && full[name] === null) proposed[name] = prior?.[name] ?? null;
  }
  return plan(resource, schema, around as typeof surroundings, prior, proposed, full);
}

describe("a resource that does not exist yet", () => {
  const { state, replace } = planned({ ...config, policy: null });

  test("has unknowns where it is computed, in nested blocks too, and the rest as configured", () => {
    expect(state).toMatchObject({
      id: UNKNOWN,
      policy: UNKNOWN,
      name: "n",
      target: "t",
      rule: [{ id: "r", days: UNKNOWN }],
    });
    expect(replace).toEqual([]);
  });

  test("has known defaults, region and tags, so that the plan shows them", () => {
    expect(state).toMatchObject({ on: true, region: "eu-west-1", tags: null, tags_all: { team: "storage" } });
  });
});

describe("a resource that exists", () => {
  const unchanged = { state: applied, replace: [] };
  const proposedRule = [{ id: "r", days: 1 }]; // Core carries computed attributes of nested blocks over.

  test.each<[string, ObjectValue]>([
    ["as it is", {}],
    ["with an argument that says its default", { on: true }],
    ["with a policy that says the same in other words", { policy: "p" }],
    ["with no tags of its own, written as an empty map", { tags: {} }],
  ])("is left alone: %s", (_what, difference) => {
    expect(planned({ ...config, rule: proposedRule, ...difference }, applied)).toEqual(unchanged);
  });

  test("keeps the text of its policy when something else changes", () => {
    const { state } = planned({ ...config, policy: "p", on: false, rule: proposedRule }, applied);
    expect(state).toMatchObject({ policy: "P", on: false, id: "i-1" });
  });

  test("is replaced when a forcing argument or the region changes, and says which", () => {
    expect(planned({ ...config, name: "other" }, applied).replace).toEqual(["name"]);
    expect(planned({ ...config, region: "eu-west-2" }, applied).replace).toEqual(["region"]);
  });

  test("is replaced when the provider's region changes", () => {
    const elsewhere = { region: "eu-west-2", defaultTags: {} };
    expect(planned(config, applied, elsewhere)).toMatchObject({ replace: ["region"], state: { region: "eu-west-2" } });
  });

  test("has what depends on a changed argument unknown, and nothing else", () => {
    const { state } = planned({ ...config, target: "u", rule: proposedRule }, applied);
    expect(state).toEqual({ ...applied, target: "u", target_arn: UNKNOWN });
  });

  test("has the computed attributes of a new block unknown", () => {
    const { state } = planned({ ...config, rule: [...proposedRule, { id: "new" }] }, applied);
    expect(state["rule"]).toEqual([...proposedRule, { id: "new", days: UNKNOWN }]);
  });
});

test("the resource's own tag wins over the provider's, and unknown tags make tags_all unknown", () => {
  expect(planned({ ...config, tags: { team: "mine", a: "b" } }).state["tags_all"]).toEqual({ team: "mine", a: "b" });
  expect(planned({ ...config, tags: { a: UNKNOWN } }).state["tags_all"]).toBe(UNKNOWN);
  expect(planned(config, null, { region: "eu-west-1", defaultTags: UNKNOWN }).state["tags_all"]).toBe(UNKNOWN);
});

test.each<[string, Value, string[]]>([
  ["left out", null, []],
  ["no blocks", [], []],
  ["a value", "private", ["acl"]],
  ["false, which is a choice too", false, ["acl"]],
  ["not known yet", UNKNOWN, ["acl"]],
  ["a block", [{}], ["acl"]],
])("an argument that is not implemented is refused unless it is absent: %s", (_what, value, refused) => {
  expect(unsupportedArguments(["acl", "grant"], { acl: value })).toEqual(refused);
});
