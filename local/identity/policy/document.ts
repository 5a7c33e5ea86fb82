import { isOperator } from "./conditions";

/** A policy document in one shape: lists where the JSON may have a single value, and nothing that was not checked. */
export interface Policy {
  /** Only from 2012-10-17 on are there variables. */
  readonly version: "2008-10-17" | "2012-10-17";
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  readonly principals?: Not<Principals>;
  /** In lower case: actions are compared without regard to case. */
  readonly actions: Not<readonly string[]>;
  readonly resources?: Not<readonly string[]>;
  readonly conditions: readonly Condition[];
}

/** `Action` or `NotAction`, and so on. */
interface Not<T> {
  readonly not: boolean;
  readonly values: T;
}

export interface Principals {
  /** `"*"` as the whole element or for `AWS`: everyone, signed or not. */
  readonly everyone: boolean;
  readonly aws: readonly string[];
  readonly service: readonly string[];
}

export interface Condition {
  /** As written: `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/**
 * Where a policy is used decides what it must name.
 *
 * | kind     | Principal | Resource |
 * |----------|-----------|----------|
 * | identity | never     | always   |
 * | resource | always    | always   |
 * | trust    | always    | never    |
 */
export type PolicyKind = "identity" | "resource" | "trust";

/** The document is no policy. Each service answers this with a code of its own. */
export class MalformedPolicy extends Error {}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function objectOf(document: unknown): Json {
  if (isObject(document)) return document;
  try {
    const parsed: unknown = typeof document === "string" ? JSON.parse(document) : undefined;
    if (isObject(parsed)) return parsed;
  } catch {
    // Falls through: not JSON is as wrong as JSON that is no object.
  }
  throw new MalformedPolicy("Policies must be valid JSON and the first byte must be '{'");
}

function listOf(value: unknown, field: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item !== "string") throw new MalformedPolicy(`Invalid policy syntax: ${field} must be text.`);
    return item;
  });
}

function onlyKnown(object: Json, known: readonly string[]): void {
  for (const field of Object.keys(object)) {
    if (!known.includes(field)) throw new MalformedPolicy(`Unknown field ${field}`);
  }
}

function oneOf<T>(statement: Json, field: string, read: (value: unknown) => T): Not<T> | undefined {
  const [plain, not] = [statement[field], statement[`Not${field}`]];
  if (plain !== undefined && not !== undefined)
    throw new MalformedPolicy(`Statement has both ${field} and Not${field}`);
  if (plain !== undefined) return { not: false, values: read(plain) };
  return not === undefined ? undefined : { not: true, values: read(not) };
}

function principalsOf(value: unknown): Principals {
  if (value === "*") return { everyone: true, aws: [], service: [] };
  if (!isObject(value)) throw new MalformedPolicy("Invalid principal in policy");
  onlyKnown(value, ["AWS", "Service", "Federated", "CanonicalUser"]);
  const aws = value["AWS"] === undefined ? [] : listOf(value["AWS"], "Principal");
  return {
    everyone: aws.includes("*"),
    aws: aws.filter((principal) => principal !== "*"),
    service: value["Service"] === undefined ? [] : listOf(value["Service"], "Principal"),
  };
}

const scalar = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

function conditionsOf(value: unknown): readonly Condition[] {
  if (value === undefined) return [];
  if (!isObject(value)) throw new MalformedPolicy("Invalid policy syntax: Condition must be an object.");
  return Object.entries(value).flatMap(([operator, keys]) => {
    if (!isOperator(operator)) throw new MalformedPolicy(`Invalid Condition type : ${operator}`);
    if (!isObject(keys)) throw new MalformedPolicy("Invalid policy syntax: a condition operator needs keys.");
    return Object.entries(keys).map(([key, given]) => {
      const values: readonly unknown[] = Array.isArray(given) ? given : [given];
      if (!values.every(scalar)) throw new MalformedPolicy(`Invalid policy syntax: the value of ${key}.`);
      return { operator, key, values: values.map(String) };
    });
  });
}

function checkKind(kind: PolicyKind, hasPrincipal: boolean, hasResource: boolean): void {
  if (kind === "identity" && hasPrincipal) throw new MalformedPolicy("Policy document should not specify a principal.");
  if (kind !== "identity" && !hasPrincipal) throw new MalformedPolicy("Missing required field Principal");
  if (kind === "trust" && hasResource) throw new MalformedPolicy("Has prohibited field Resource");
  if (kind !== "trust" && !hasResource) throw new MalformedPolicy("Missing required field Resource");
}

function statementOf(statement: unknown, kind: PolicyKind | undefined): Statement {
  if (!isObject(statement)) throw new MalformedPolicy("Invalid policy syntax.");
  onlyKnown(statement, [
    ...["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"],
  ]);
  const { Sid: sid, Effect: effect } = statement;
  if (effect === undefined) throw new MalformedPolicy("Missing required field Effect");
  if (effect !== "Allow" && effect !== "Deny") throw new MalformedPolicy(`Invalid effect: ${String(effect)}`);
  if (sid !== undefined && typeof sid !== "string")
    throw new MalformedPolicy("Invalid policy syntax: Sid must be text.");
  const principals = oneOf(statement, "Principal", principalsOf);
  const actions = oneOf(statement, "Action", (value) => listOf(value, "Action").map((action) => action.toLowerCase()));
  const resources = oneOf(statement, "Resource", (value) => listOf(value, "Resource"));
  if (!actions) throw new MalformedPolicy("Missing required field Action");
  if (actions.values.some((action) => action !== "*" && !/^[\w*?-]+:[\w*?]+$/.test(action)))
    throw new MalformedPolicy("Policy has invalid action");
  if (kind && kind !== "resource" && sid !== undefined && !/^[0-9A-Za-z]*$/.test(sid))
    throw new MalformedPolicy(
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    );
  if (kind) checkKind(kind, principals !== undefined, resources !== undefined);
  const unqualified = resources?.values.find((resource) => resource !== "*" && !resource.startsWith("arn:"));
  if (kind === "identity" && unqualified !== undefined)
    throw new MalformedPolicy(`Resource ${unqualified} must be in ARN format or "*".`);
  return { sid, effect, principals, actions, resources, conditions: conditionsOf(statement["Condition"]) };
}

/**
 * Reads a policy document, given as JSON text or parsed.
 *
 * @param kind left out: a document that was checked when it was put
 * @throws MalformedPolicy whose message has AWS's words where they are known (S3's recorded answers)
 */
export function parsePolicy(document: unknown, kind?: PolicyKind): Policy {
  const policy = objectOf(document);
  onlyKnown(policy, ["Version", "Id", "Statement"]);
  const { Version: version = "2008-10-17", Statement: given } = policy;
  if (version !== "2008-10-17" && version !== "2012-10-17")
    throw new MalformedPolicy("The policy must contain a valid version string");
  if (given === undefined) throw new MalformedPolicy("Missing required field Statement");
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw new MalformedPolicy("Could not parse the policy: Statement is empty!");
  const statements = list.map((statement) => statementOf(statement, kind));
  const sids = statements.flatMap(({ sid }) => (sid ? [sid] : []));
  if (new Set(sids).size !== sids.length)
    throw new MalformedPolicy("Statement IDs (SID) in a single policy must be unique.");
  return { version, statements };
}
