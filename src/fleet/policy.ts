/** Any JSON value. Policies are kept as AWS gave them, so that a statement that we do not understand survives as it is. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** One statement of a policy, ours or someone else's. */
export type Statement = { readonly [name: string]: Json };

/** A bucket or key policy as AWS stores it. Fields and their order are the author's. */
export type PolicyDocument = { readonly [name: string]: Json };

// "AtRestrictedNetwork" is somebody else's: a capital has to follow.
const ownSid = /^AtRest[A-Z]/;

/** Whether a JSON value has fields: no list, no null. */
export const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The statements of a policy. AWS also accepts a single one without the list around it. */
export function statementsOf(policy: PolicyDocument): readonly Statement[] {
  const { Statement: statements } = policy;
  return (Array.isArray(statements) ? statements : [statements]).filter(isObject);
}

/** Every text in a value, however deep: the principals of a statement, whatever their kind. */
export const textsIn = (value: Json | undefined): string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap((one: Json) => textsIn(one)) : [];
};

/** What S3 shows in place of the ARN of a deleted role (`AROA...`) or user (`AIDA...`). */
export const uniqueIdPattern = /^A(?:RO|ID)A[A-Z0-9]{12,}$/;

/** Whether this project wrote the statement, which its Sid says. */
export const isOwnStatement = (statement: Statement): boolean =>
  typeof statement["Sid"] === "string" && ownSid.test(statement["Sid"]);

/**
 * The policy as it was before this project added to it, or null if nothing else is in it.
 *
 * A policy without a statement of ours is returned as it is.
 */
export function withoutOwnStatements(policy: PolicyDocument | null): PolicyDocument | null {
  if (policy === null) return null;
  const statements = statementsOf(policy);
  const others = statements.filter((statement) => !isOwnStatement(statement));
  if (others.length === statements.length) return policy;
  return others.length === 0 ? null : { ...policy, Statement: others };
}
