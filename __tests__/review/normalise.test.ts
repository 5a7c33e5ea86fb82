import fc from "fast-check";
import { combinedHash, isEmpty, normalise, planHash } from "../../src/review/normalise";
import { planDifference } from "../../src/review/plan-difference";
import { redacted } from "../../src/review/redact";
import { PlanError, parsePlan, readPlan } from "../../src/review/terraform-plan";
import { key, legacyPolicy, type PlanDocument, planDocument, planText, resource, reviewOf, settled } from "./arrange";
import { stack } from "./fleets";

const plans = ["prepare", "encrypt", "enforce", "rotation", "key-replaced", "nothing"];

const hashOf = (document: unknown): string => planHash(normalise(stack, parsePlan(document)));

/** The same JSON with the fields of its objects in another order. */
function shuffled(value: unknown, seed: readonly number[]): unknown {
  if (Array.isArray(value)) return value.map((one) => shuffled(one, seed));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => [name, shuffled(one, seed)] as const);
  const place = (index: number) => seed[index % seed.length] ?? 0;
  return Object.fromEntries(
    entries
      .map((entry, index) => [place(index), entry] as const)
      .sort(([a], [b]) => a - b)
      .map(([, entry]) => entry),
  );
}

const seeds = fc.array(fc.nat(), { minLength: 7, maxLength: 7 });

test("the hash is of the changes, in whatever order Terraform tells them, and of no time", () => {
  fc.assert(
    fc.property(fc.constantFrom(...plans), seeds, fc.string(), (name, seed, timestamp) => {
      const document = planDocument(name);
      const turned = shuffled({ ...document, timestamp }, seed) as PlanDocument;
      turned.resource_changes.sort((a, b) => (seed[a.address.length % 7] ?? 0) - (seed[b.address.length % 7] ?? 0));
      expect(hashOf(turned)).toBe(hashOf(document));
    }),
    { numRuns: 60 },
  );
});

/** Whatever is in an attribute: text, numbers, lists and blocks. */
const attribute = fc.jsonValue({ maxDepth: 2 });

test("another value before or after is another hash, unless it is the same document", () => {
  fc.assert(
    fc.property(attribute, attribute, fc.constantFrom("before", "after" as const), (one, other, side) => {
      const hashWith = (value: unknown) => {
        const document = planDocument("rotation");
        const { change } = resource(document, key);
        change.before = { ...change.before, description: "was" };
        change.after = { ...change.after, description: "is" };
        change[side] = { ...change[side], description: value };
        return hashOf(document);
      };
      // What is not set and null are one to Terraform.
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));
      const values = [one, other].map((value) => JSON.stringify(normalisedValue(value)));
      expect(hashWith(one) === hashWith(other)).toBe(values[0] === values[1]);
    }),
    { numRuns: 100 },
  );
});

test("what is moved from elsewhere, and a leftover in place of the resource itself, are other changes", () => {
  const changed = (change: Partial<ReturnType<typeof resource>>) => {
    const document = planDocument("rotation");
    Object.assign(resource(document, key), change);
    return hashOf(document);
  };
  const hashes = [
    {},
    { previous_address: "aws_kms_key.old" },
    { previous_address: "aws_kms_key.older" },
    { deposed: "1" },
  ];
  expect(new Set(hashes.map(changed)).size).toBe(hashes.length);
});

test("a block in which nothing is set is one more block", () => {
  const hashWith = (description: unknown) => {
    const document = planDocument("rotation");
    const { change } = resource(document, key);
    change.after = { ...change.after, description };
    return hashOf(document);
  };
  const lists = [null, [], [{ "": null }], [{ "": null }, null], [{ a: 1 }], [{ a: 1 }, { a: null }]];
  expect(new Set(lists.map(hashWith)).size).toBe(lists.length);
});

/** Fields in order, nulls left out, minus zero as zero: what two values have to share to mean the same. */
function normalisedValue(value: unknown, top = true): unknown {
  if (Array.isArray(value)) {
    return value.map((one) => normalisedValue(one, false) ?? null);
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([name, one]) => [name, normalisedValue(one, false)] as const);
    const known = entries.filter(([, one]) => one !== undefined && one !== null).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length > 0 && known.length === 0 ? null : Object.fromEntries(known);
  }
  return top ? (value ?? null) : (value ?? undefined);
}

test("what is known only after the apply is not in the hash, and what does not change neither", () => {
  const document = planDocument("prepare");
  const before = hashOf(document);
  const { change } = resource(document, key);
  change.after = { ...change.after, key_id: "a guess of the provider" };
  expect(hashOf(document)).toBe(before);

  const settled = planDocument("rotation");
  const changed = hashOf(settled);
  for (const one of settled.resource_changes) {
    if (one.change.actions.join() === "no-op") one.change.after = one.change.before = { arn: "another" };
  }
  expect(hashOf(settled)).toBe(changed);
});

test.each<[string, (document: PlanDocument) => void]>([
  [
    "a resource more is destroyed",
    (document) =>
      Object.assign(resource(document, "aws_kms_alias.at_rest").change, { actions: ["delete"], after: null }),
  ],
  [
    "a resource is only imported",
    (document) => Object.assign(resource(document, "aws_kms_alias.at_rest").change, { importing: { id: "x" } }),
  ],
  [
    "a resource is only moved",
    (document) => Object.assign(resource(document, "aws_kms_alias.at_rest"), { previous_address: "aws_kms_alias.x" }),
  ],
  [
    "an output changes",
    (document) => Object.assign(document.output_changes["at_rest"] ?? {}, { actions: ["update"], after: 1 }),
  ],
  [
    "the provider is another",
    (document) => {
      document.configuration.provider_config = {};
    },
  ],
])("it is another hash when %s", (_, mutate) => {
  const document = planDocument("rotation");
  mutate(document);
  expect(hashOf(document)).not.toBe(hashOf(planDocument("rotation")));
});

test("what a change is judged by is in the hash: a plan that a pull request forged has another", () => {
  const destroyed = planDocument("rotation");
  Object.assign(resource(destroyed, key).change, { actions: ["delete"], after: null });
  const ofNoKey = planDocument("rotation");
  Object.assign(resource(ofNoKey, key).change, { actions: ["delete"], after: null });
  resource(ofNoKey, key).type = "aws_iam_policy";
  expect(reviewOf(destroyed, settled).verdict).toBe("refused");
  expect(hashOf(ofNoKey)).not.toBe(hashOf(destroyed));

  const toEverybody = (bucket: string) => {
    const document = planDocument("rotation");
    const { change } = resource(document, legacyPolicy);
    const statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" };
    change.actions = ["update"];
    change.before = { ...change.before, bucket };
    change.after = { ...change.after, bucket, policy: JSON.stringify({ Version: "2012-10-17", Statement: statement }) };
    return document;
  };
  expect(hashOf(toEverybody("acme-reports"))).not.toBe(hashOf(toEverybody("acme-uploads")));
});

test("a plan of another stack, and plans of other stacks together, have other hashes", () => {
  const plan = parsePlan(planDocument("rotation"));
  const [one, two] = ["a", "b"].map((name) => ({ stack: name, hash: planHash(normalise(name, plan)), empty: false }));
  if (!one || !two) throw new Error("two stacks");
  expect(one.hash).not.toBe(two.hash);
  expect(combinedHash([one, two])).toBe(combinedHash([two, one]));
  expect(combinedHash([one, two])).not.toBe(combinedHash([one]));
  expect(combinedHash([one, { ...two, empty: true }])).toBe(combinedHash([one]));
});

test("nothing to do is empty, and a release is not", () => {
  const empty = (name: string) => isEmpty(normalise(stack, parsePlan(planDocument(name))));
  expect(empty("nothing")).toBe(true);
  expect(empty("released")).toBe(false);
});

describe("sensitive values", () => {
  const secret = "hunter2-hunter2";
  const withSecret = (): PlanDocument & Record<string, unknown> => {
    const document = {
      ...planDocument("rotation"),
      variables: { password: { value: secret } },
      prior_state: { x: secret },
    };
    const { change } = resource(document, key);
    change.before = { ...change.before, nested: { list: [{ secret: `${secret}-before`, open: 1 }] } };
    change.after = { ...change.after, nested: { list: [{ secret: `${secret}-after`, open: 2 }] } };
    const marks = { nested: { list: [{ secret: true }] } };
    Object.assign(change, { before_sensitive: marks, after_sensitive: marks });
    document.output_changes["token"] = {
      actions: ["create"],
      before: null,
      after: secret,
      before_sensitive: false,
      after_sensitive: true,
    };
    return document;
  };

  test("are in no redacted plan, and its hash is the whole plan's", () => {
    const kept = redacted(JSON.parse(JSON.stringify(withSecret())));
    expect(JSON.stringify(kept)).not.toContain(secret);
    expect(hashOf(kept)).toBe(hashOf(withSecret()));
  });

  test("are hidden on both sides where one of them is marked", () => {
    const document = withSecret();
    Object.assign(resource(document, key).change, { before_sensitive: {} });
    expect(JSON.stringify(redacted(JSON.parse(JSON.stringify(document))))).not.toContain(secret);
    expect(JSON.stringify(normalise(stack, parsePlan(document)))).not.toContain(secret);
  });

  test("are said to be sensitive, and may have changed", () => {
    const text = JSON.stringify(normalise(stack, parsePlan(withSecret())));
    expect(text).not.toContain(secret);
    expect(text).toContain(
      '"path":["nested","list",0,"secret"],"before":{"is":"sensitive"},"after":{"is":"sensitive"}',
    );
    expect(text).toContain('"path":["nested","list",0,"open"],"before":{"is":"known","value":1}');
  });
});

test("a plan that invokes actions is none that a hash covers, also once it is redacted", () => {
  const invoked = { address: "action.aws_lambda_invoke.x", config_values: { payload: "hunter2" } };
  for (const name of ["action_invocations", "deferred_action_invocations"]) {
    const inner = name === "action_invocations" ? invoked : { reason: "unknown", action_invocation: invoked };
    const kept = redacted(JSON.parse(JSON.stringify({ ...planDocument("nothing"), [name]: [inner] })));
    expect(JSON.stringify(kept)).not.toContain("hunter2");
    expect(() => parsePlan(kept)).toThrow("it invokes action.aws_lambda_invoke.x");
  }
});

test("what differs between two plans is told line by line", () => {
  const of = (name: string) => normalise(stack, parsePlan(planDocument(name)));
  expect(planDifference(of("rotation"), of("nothing"))).toEqual([
    "- aws_kms_key.at_rest: update",
    "- aws_kms_key.at_rest: rotation_period_in_days: 365 -> 180",
  ]);
  expect(planDifference(undefined, of("nothing"))).toEqual(["+ provider aws: 111111111111 in eu-west-1"]);
});

test.each([
  ["is cut", planText("encrypt").slice(0, 20_000), "it is no JSON, or was cut"],
  ["is empty", "", "it is no JSON, or was cut"],
  [
    "is of another format",
    planText("encrypt").replace(/"format_version": "1\.\d"/, '"format_version": "2.0"'),
    'its format is "2.0"',
  ],
  ["is a state", '{"format_version":"1.0","values":{}}', "applyable: is missing: this is no plan"],
  ["is something else", "[]", "this is no plan"],
  ["has an action that nobody knows", planText("rotation").replace('"update"', '"melt"'), "change.actions.0"],
  [
    "has a change without actions",
    '{"format_version":"1.2","applyable":true,"resource_changes":[{"address":"a","type":"b","change":{}}]}',
    "resource_changes.0.change.actions",
  ],
])("a plan that %s is refused", (_, text, says) => {
  expect(() => readPlan(text)).toThrow(PlanError);
  expect(() => readPlan(text)).toThrow(says);
});
