import { isObject, type Json } from "../../../fleet/policy";

/** What is known of a condition key: its value, that the request does not have it, or nothing (not in the map). */
export type ConditionContext = ReadonlyMap<string, string | null>;

/** Yes, no, or not decided: what AWS knows and we do not. */
export type Verdict = boolean | "undecided";

/** True if all are; a single no decides. */
export const allOf = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes(false) ? false : verdicts.includes("undecided") ? "undecided" : true;

export const anyOf = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes(true) ? true : verdicts.includes("undecided") ? "undecided" : false;

export const not = (verdict: Verdict): Verdict => (verdict === "undecided" ? verdict : !verdict);

/** One string or a list of them, as policies have it; booleans and numbers as text. */
export const strings = (value: Json | undefined): string[] =>
  value === undefined || value === null
    ? []
    : (Array.isArray(value) ? value : [value]).map((one) =>
        typeof one === "object" ? JSON.stringify(one) : String(one),
      );

/**
 * With `*` and `?`, which reach over colons and slashes.
 *
 * A star that took too little takes one more, and those before it never again: a stranger's policy with many of them
 * takes no longer than value times pattern.
 */
export function isLike(value: string, wanted: string): boolean {
  let place = 0;
  let star = -1;
  let taken = 0;
  for (let at = 0; at < value.length; ) {
    if (wanted[place] === "*") {
      star = place++;
      taken = at;
    } else if (wanted[place] === "?" || wanted[place] === value[at]) {
      place++;
      at++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++taken;
    } else return false;
  }
  while (wanted[place] === "*") place++;
  return place === wanted.length;
}

/** ARNs are compared field by field; their last field holds the colons that are left. */
const isLikeArn = (value: string, wanted: string): boolean => {
  const [a, b] = [value.split(":"), wanted.split(":")];
  if (a.length < 6 || b.length < 6) return isLike(value, wanted);
  const fields = (parts: string[]) => [...parts.slice(0, 5), parts.slice(5).join(":")];
  const theirs = fields(b);
  return fields(a).every((field, index) => isLike(field, theirs[index] ?? ""));
};

const operators: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: isLike,
  ArnEquals: isLikeArn,
  ArnLike: isLikeArn,
  Bool: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
};

const negated: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
};

/** A policy variable stands for what only AWS knows of the request. */
const hasVariable = (wanted: readonly string[]): boolean => wanted.some((text) => text.includes("${"));

function test(operator: string, wanted: readonly string[], value: string | null | undefined): Verdict {
  if (operator === "Null") {
    return value === undefined ? "undecided" : wanted.some((text) => (text === "true") === (value === null));
  }
  const ifExists = operator.endsWith("IfExists");
  const name = ifExists ? operator.slice(0, -"IfExists".length) : operator;
  const positive = negated[name];
  const matches = operators[positive ?? name];
  if (!matches || value === undefined || hasVariable(wanted)) return "undecided";
  // A missing key: no for positive operators, yes for negated ones and for IfExists.
  if (value === null) return ifExists || positive !== undefined;
  const matched = wanted.some((text) => matches(value, text));
  return positive === undefined ? matched : !matched;
}

interface Tested {
  /** As it is written. */
  readonly key: string;
  readonly verdict: Verdict;
}

/** Each of a statement's conditions by itself. */
function tested(condition: Json | undefined, context: ConditionContext): Tested[] {
  if (condition === undefined) return [];
  if (!isObject(condition)) return [{ key: "Condition", verdict: "undecided" }];
  return Object.entries(condition).flatMap(([operator, block]) =>
    isObject(block)
      ? Object.entries(block).map(([key, wanted]) => ({
          key,
          verdict: test(operator, strings(wanted), context.get(key.toLowerCase())),
        }))
      : [{ key: operator, verdict: "undecided" as const }],
  );
}

/** The condition keys on which it hangs whether a statement's conditions hold, as the statement writes them. */
export const undecidedKeys = (condition: Json | undefined, context: ConditionContext): string[] =>
  tested(condition, context).flatMap(({ key, verdict }) => (verdict === "undecided" ? key : []));

/**
 * Whether a statement's conditions hold. Operators on numbers, dates, addresses and sets of values are not decided, and
 * neither is a key of which nothing is known.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
 */
export const conditionsHold = (condition: Json | undefined, context: ConditionContext): Verdict =>
  allOf(tested(condition, context).map(({ verdict }) => verdict));
