import type { Caller } from "../../../../local/service";

/** A condition as a policy has it, one operator and one key. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** Whom a resource policy names: the members of `Principal`, or everyone as bare `"*"`. */
export interface Named {
  readonly everyone?: true;
  readonly AWS?: readonly string[];
  readonly Service?: readonly string[];
}

/** `NotPrincipal`, `NotAction`, `NotResource` where `not` says so. */
export interface Element<T> {
  readonly not: boolean;
  readonly value: T;
}

export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly principal?: Element<Named>;
  readonly action: Element<readonly string[]>;
  /** Trust policies have none. */
  readonly resource?: Element<readonly string[]>;
  readonly conditions: readonly Condition[];
}

export interface Policy {
  readonly version?: "2008-10-17" | "2012-10-17";
  readonly statements: readonly Statement[];
}

export type Keys = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Who asks, with what he was given. */
export interface Asker {
  readonly caller: Caller;
  readonly identity: readonly Policy[];
  readonly session?: Policy;
}

/** A request and all the policies that speak about it. */
export interface Case extends Asker {
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: string;
  readonly resourcePolicy?: Policy;
  /** The keys that the operation adds to those of every request. */
  readonly keys: Keys;
  readonly secure: boolean;
  readonly sourceIp: string;
  readonly viaService: boolean;
}

export type Outcome = "allowed" | "explicitDeny" | "implicitDeny";

const single = (values: readonly string[]): unknown => (values.length === 1 ? values[0] : values);

const named = (name: string, { not }: Element<unknown>, value: unknown) => ({ [not ? `Not${name}` : name]: value });

/** `true` and numbers are written with and without quotes. */
const plain = (values: readonly string[]): unknown => {
  const [only = ""] = values;
  return values.length === 1 && /^(true|false|[1-9]\d*)$/.test(only) ? JSON.parse(only) : single(values);
};

function conditionsJson(conditions: readonly Condition[]): Record<string, Record<string, unknown>> {
  const json: Record<string, Record<string, unknown>> = {};
  for (const { operator, key, values } of conditions) json[operator] = { ...json[operator], [key]: plain(values) };
  return json;
}

const principalJson = ({ everyone, ...lists }: Named): unknown =>
  everyone ? "*" : Object.fromEntries(Object.entries(lists).map(([kind, values]) => [kind, single(values)]));

/** The document as both evaluators get it; a list of one value is written without brackets. */
export const documentOf = ({ version, statements }: Policy): object => ({
  ...(version ? { Version: version } : {}),
  Statement: statements.map(({ effect, principal, action, resource, conditions }) => ({
    Effect: effect,
    ...(principal ? named("Principal", principal, principalJson(principal.value)) : {}),
    ...named("Action", action, single(action.value)),
    ...(resource ? named("Resource", resource, single(resource.value)) : {}),
    ...(conditions.length > 0 ? { Condition: conditionsJson(conditions) } : {}),
  })),
});

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [String(value)]);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function elementOf<T>(
  statement: Readonly<Record<string, unknown>>,
  name: string,
  read: (value: unknown) => T,
): Element<T> | undefined {
  if (name in statement) return { not: false, value: read(statement[name]) };
  return `Not${name}` in statement ? { not: true, value: read(statement[`Not${name}`]) } : undefined;
}

const namedOf = (value: unknown): Named =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([kind, list]) => [kind, listOf(list)]))
    : { everyone: true };

const conditionsOf = (value: unknown): Condition[] =>
  Object.entries(isObject(value) ? value : {}).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).map(([key, values]) => ({ operator, key, values: listOf(values) })),
  );

/** A document that the product emits, as a policy of a case. */
export const policyOf = (statements: readonly unknown[]): Policy => ({
  version: "2012-10-17",
  statements: statements.filter(isObject).map((statement) => ({
    effect: statement["Effect"] === "Deny" ? "Deny" : "Allow",
    principal: elementOf(statement, "Principal", namedOf),
    action: elementOf(statement, "Action", listOf) ?? { not: false, value: [] },
    resource: elementOf(statement, "Resource", listOf) ?? { not: false, value: [] },
    conditions: conditionsOf(statement["Condition"]),
  })),
});
