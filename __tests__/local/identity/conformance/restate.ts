import type { Condition, Policy, Statement } from "./cases";
import type { Question } from "./independent";

/** An ARN and a text that no request has. */
export const nothing = "arn:aws:none:::none";

type Place = "resource" | "condition";

/** Applies a change to every policy of a question. */
const inPolicies = (question: Question, change: (policy: Policy) => Policy): Question => {
  const { session, resourcePolicy } = question;
  return {
    ...question,
    identity: question.identity.map(change),
    ...(session ? { session: change(session) } : {}),
    ...(resourcePolicy ? { resourcePolicy: change(resourcePolicy) } : {}),
  };
};

/** Applies a change to every statement of a question's policies. */
export const inStatements = (
  question: Question,
  change: (statement: Statement, policy: Policy) => Statement,
): Question =>
  inPolicies(question, (policy) => ({
    ...policy,
    statements: policy.statements.map((statement) => change(statement, policy)),
  }));

// Keys that every request has, and two of them: a statement may need both. Their case counts for nothing but in the
// document, where they must not take the place of a condition on the same key that the policy has already.
export const always: Condition = { operator: "Null", key: "aws:epochtime", values: ["false"] };
export const never: Condition = { operator: "Null", key: "aws:currenttime", values: ["true"] };

/** Applies a change to every condition. */
export const inConditions = (question: Question, change: (condition: Condition) => Condition): readonly Question[] => [
  inStatements(question, (statement) => ({ ...statement, conditions: statement.conditions.map(change) })),
];

/** Every text of a policy that may hold wildcards and variables. */
export const inTexts = (
  question: Question,
  change: (text: string, place: Place, policy: Policy, condition?: Condition) => string,
): readonly Question[] => [
  inStatements(question, (statement, policy) => ({
    ...statement,
    ...(statement.resource && {
      resource: {
        ...statement.resource,
        value: statement.resource.value.map((text) => change(text, "resource", policy)),
      },
    }),
    conditions: statement.conditions.map((condition) => ({
      ...condition,
      values: condition.values.map((text) => change(text, "condition", policy, condition)),
    })),
  })),
];

/** What the request has for a key. */
export const actualOf = ({ keys }: Question, key: string): string | readonly string[] | undefined =>
  keys[key.toLowerCase()];

/** Whether the request has the key as a multivalued one. */
export const isList = (question: Question, key: string): boolean => Array.isArray(actualOf(question, key));

/** A variable with its key and its default; not the three special characters. */
export const variable = /\$\{([^}*?$,]+?)\s*(?:,\s*'([^']*)')?\}/g;

/** Where variables are filled in: in resources, and by the operators of texts and ARNs. */
export const isText = (condition: Condition | undefined): boolean =>
  condition === undefined || /String|Arn/.test(condition.operator);

const isEpoch = (text: string): boolean => /^\d+$/.test(text);

/** The date of a policy in the form that the request's date has. */
export const inTheWordsOf = (actual: string, expected: string): string =>
  isEpoch(actual) === isEpoch(expected)
    ? expected
    : isEpoch(actual)
      ? String(Date.parse(expected) / 1000)
      : new Date(Number(expected) * 1000).toISOString();
