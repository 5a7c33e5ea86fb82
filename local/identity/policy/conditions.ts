import { BlockList, isIP } from "node:net";
import type { Condition } from "./document";
import { expand, matchesArn, matchesPattern, type Variables } from "./pattern";

/**
 * What a request carries for the condition keys: names in lower case, since they are compared without regard to case.
 * A list is the value of a multivalued key, however many there are.
 */
export type RequestKeys = Pick<ReadonlyMap<string, string | readonly string[]>, "get">;

type Compare = (expected: string, actual: string, variables?: Variables) => boolean;

const numeric =
  (holds: (actual: number, expected: number) => boolean): Compare =>
  (expected, actual) =>
    expected.trim() !== "" && actual.trim() !== "" && holds(Number(actual), Number(expected));

/** ISO 8601 or seconds since the epoch, as W3C's note and the User Guide allow. */
const instant = (text: string): number => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const date =
  (holds: (actual: number, expected: number) => boolean): Compare =>
  (expected, actual) =>
    holds(instant(actual), instant(expected));

const inNetwork: Compare = (expected, actual) => {
  const [network = "", given] = expected.split("/");
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (isIP(network) === 0 || isIP(actual) !== isIP(network)) return false;
  const longest = family === "ipv6" ? 128 : 32;
  const prefix = given === undefined ? longest : Number(given);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > longest) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(actual, family);
};

const equals: Compare = (expected, actual, variables) => expand(expected, variables) === actual;

const ignoringCase: Compare = (expected, actual, variables) =>
  expand(expected, variables)?.toLowerCase() === actual.toLowerCase();

/** The positive operators. A negated one is true exactly when its positive one is not. */
const positive = new Map<string, Compare>(
  Object.entries({
    StringEquals: equals,
    StringEqualsIgnoreCase: ignoringCase,
    StringLike: matchesPattern,
    NumericEquals: numeric((actual, expected) => actual === expected),
    NumericLessThan: numeric((actual, expected) => actual < expected),
    NumericLessThanEquals: numeric((actual, expected) => actual <= expected),
    NumericGreaterThan: numeric((actual, expected) => actual > expected),
    NumericGreaterThanEquals: numeric((actual, expected) => actual >= expected),
    DateEquals: date((actual, expected) => actual === expected),
    DateLessThan: date((actual, expected) => actual < expected),
    DateLessThanEquals: date((actual, expected) => actual <= expected),
    DateGreaterThan: date((actual, expected) => actual > expected),
    DateGreaterThanEquals: date((actual, expected) => actual >= expected),
    Bool: (expected, actual) => expected.toLowerCase() === actual.toLowerCase(),
    BinaryEquals: (expected, actual) => expected === actual,
    IpAddress: inNetwork,
    ArnEquals: matchesArn,
    ArnLike: matchesArn,
  }),
);

const negated = new Map(
  Object.entries({
    StringNotEquals: "StringEquals",
    StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
    StringNotLike: "StringLike",
    NumericNotEquals: "NumericEquals",
    DateNotEquals: "DateEquals",
    NotIpAddress: "IpAddress",
    ArnNotEquals: "ArnEquals",
    ArnNotLike: "ArnLike",
  }),
);

interface Operator {
  readonly quantifier?: string;
  readonly compare: Compare;
  readonly negated: boolean;
  readonly ifExists: boolean;
}

const operators = new Map<string, Operator>();

function operatorOf(text: string): Operator | undefined {
  const known = operators.get(text);
  if (known) return known;
  const [, quantifier, name = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(text) ?? [];
  const compare = positive.get(negated.get(name) ?? name);
  if (!compare) return undefined;
  const operator = { quantifier, compare, negated: negated.has(name), ifExists: ifExists !== undefined };
  operators.set(text, operator);
  return operator;
}

/** `Null` knows neither IfExists nor the set operators. */
export const isOperator = (text: string): boolean => text === "Null" || operatorOf(text) !== undefined;

/**
 * Whether one condition holds.
 *
 * | key in the request | positive | negated | ...IfExists | ForAnyValue | ForAllValues |
 * |--------------------|----------|---------|-------------|-------------|--------------|
 * | missing            | false    | true    | true        | false       | true         |
 * | nothing but empty  | as below | as below | as without | false     | true         |
 * | one or more values | any of the policy's values fits | none fits | as without | some value of the request does | each does |
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context keys".
 */
export function conditionHolds(condition: Condition, keys: RequestKeys, variables?: Variables): boolean {
  const found = keys.get(condition.key.toLowerCase()) ?? [];
  const actual = typeof found === "string" ? [found] : found;
  if (condition.operator === "Null") {
    const missing = String(actual.length === 0);
    return condition.values.some((value) => value.toLowerCase() === missing);
  }
  const operator = operatorOf(condition.operator);
  if (!operator) throw new Error(`${condition.operator} passed the check of the document and is no operator`);
  const { quantifier } = operator;
  if (actual.length === 0 && operator.ifExists) return true;
  if (quantifier && actual.every((value) => value === "")) return quantifier === "ForAllValues";
  if (actual.length === 0) return operator.negated;
  const fits = (value: string) => condition.values.some((expected) => operator.compare(expected, value, variables));
  if (quantifier === "ForAllValues") return actual.every((value) => fits(value) !== operator.negated);
  if (quantifier === "ForAnyValue") return actual.some((value) => fits(value) !== operator.negated);
  return actual.some(fits) !== operator.negated;
}
