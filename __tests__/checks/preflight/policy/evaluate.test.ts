import fc from "fast-check";
import type { ConditionContext } from "../../../../src/checks/preflight/policy/conditions";
import { denialOf, evaluatePolicy, type PolicyRequest } from "../../../../src/checks/preflight/policy/evaluate";
import { type Statement, statementsOf } from "../../../../src/fleet/policy";
import { account, bucketArn, policyOf } from "../arrange";

// Keys whose values are few, so that everything that may be true of a request can be tried.
const keys = ["aws:principalorgid", "aws:sourcevpce", "s3:x-amz-acl"] as const;
const values = ["a", "b", "c"] as const;
const possible: readonly (string | null)[] = [...values, null];

const operator = fc.constantFrom(
  ...["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"],
  ...["StringEqualsIfExists", "StringNotEqualsIfExists", "StringEqualsIgnoreCase"],
);
const value = fc.constantFrom(...values);
const block = fc.dictionary(
  fc.constantFrom(...keys),
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 2 })),
  {
    minKeys: 1,
  },
);
const nullBlock = fc.dictionary(fc.constantFrom(...keys), fc.constantFrom("true", "false"), { minKeys: 1 });
const condition = fc.oneof(
  fc.dictionary(operator, block, { maxKeys: 2 }),
  nullBlock.map((keysThere) => ({ Null: keysThere })),
);

const statement = fc.record({
  Effect: fc.constantFrom("Allow", "Deny"),
  Principal: fc.constantFrom<Statement[string]>("*", { AWS: account }, { AWS: "222222222222" }),
  Action: fc.constantFrom("s3:*", "s3:PutObject", "s3:GetObject"),
  Resource: fc.constantFrom(`${bucketArn}/*`, `${bucketArn}/other/*`),
  Condition: condition,
});
const policy = fc
  .array(statement, { minLength: 1, maxLength: 4 })
  .map((statements) => policyOf(...statements.map((one, place) => ({ ...one, Sid: `S${place}` }))));

const known = fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(...possible), { maxKeys: 2 });

/** Every request that what is known leaves possible. */
function completions(context: ConditionContext): ConditionContext[] {
  return keys
    .filter((key) => !context.has(key))
    .reduce<ConditionContext[]>(
      (all, key) => all.flatMap((one) => possible.map((this_) => new Map([...one, [key, this_]]))),
      [context],
    );
}

const asked = (context: ConditionContext): PolicyRequest => ({
  principal: { is: "iam", arn: `arn:aws:iam::${account}:role/app` },
  action: "s3:PutObject",
  resource: `${bucketArn}/any-key`,
  context,
});

test("what is said of a Deny is true of every request that is possible, and where it is not the same for all it is undecided", () => {
  fc.assert(
    fc.property(policy, known, (document, given) => {
      const context = new Map(Object.entries(given));
      const { holds, by } = denialOf(document, asked(context));
      const all = new Set(completions(context).map((one) => denialOf(document, asked(one)).holds));
      expect(all.has("undecided")).toBe(false);
      if (holds !== "undecided") expect([...all]).toEqual([holds]);
      // The statement, with keys of its own that nobody gave.
      for (const name of holds === "undecided" ? by : []) {
        const [, sid, hangsOn = ""] = /^(S\d) \((.+)\)$/.exec(name) ?? [];
        const text = JSON.stringify(statementsOf(document).find(({ Sid }) => Sid === sid));
        for (const key of hangsOn.split(", ")) {
          expect(text).toContain(`"${key}"`);
          expect(context.has(key)).toBe(false);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test("an answer that is decided is the answer to every request that is possible", () => {
  fc.assert(
    fc.property(policy, known, (document, given) => {
      const context = new Map(Object.entries(given));
      // What nobody allows is refused, denied or not: a policy of a key, and one for whoever did not sign.
      const answer = (of: ConditionContext) => {
        const { is } = evaluatePolicy(document, asked(of));
        return is === "denied" ? "silent" : is;
      };
      const is = answer(context);
      if (is === "undecided") return;
      const all = new Set(completions(context).map(answer));
      // More may be allowed than what an account is given: an Allow to the principal itself may hold as well.
      if (is === "delegated") all.delete("allowed");
      expect([...all]).toEqual([is]);
    }),
    { numRuns: 1_000 },
  );
});
