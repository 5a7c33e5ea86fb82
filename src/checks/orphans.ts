import {
  isObject,
  type Json,
  type PolicyDocument,
  type Statement,
  statementsOf,
  textsIn,
  uniqueIdPattern,
} from "../fleet/policy";

/** Whether a principal is what S3 shows of a role or user that was deleted. */
export const isUniqueId = (principal: string): boolean => uniqueIdPattern.test(principal);

/**
 * Principals of a policy that were deleted since it was put. S3 keeps the policy and refuses to have it put again.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal".
 */
export const orphansOf = (policy: PolicyDocument | null): string[] =>
  policy === null
    ? []
    : [
        ...new Set(
          statementsOf(policy)
            .flatMap((statement) => [...textsIn(statement["Principal"]), ...textsIn(statement["NotPrincipal"])])
            .filter(isUniqueId),
        ),
      ].sort();

/** What is left of a `Principal` without some ids. Undefined: nobody. */
function principalWithout(principal: Json | undefined, dropped: ReadonlySet<string>): Json | undefined {
  if (!isObject(principal)) return principal;
  const { AWS: named } = principal;
  const list = Array.isArray(named) ? named : [named];
  const kept = list.filter((one) => typeof one !== "string" || !dropped.has(one));
  if (kept.length === list.length) return principal;
  const { AWS: _, ...others } = principal;
  if (kept.length === 0) return Object.keys(others).length === 0 ? undefined : others;
  const [only] = kept;
  return { ...principal, AWS: kept.length === 1 && only !== undefined ? only : kept };
}

/**
 * A policy without principals that the fleet lets go. A statement that names nobody else goes with them: it lets nobody
 * in and keeps nobody out. `NotPrincipal` is left as it is, since a statement with an empty one would turn on everybody.
 */
export function withoutPrincipals(policy: PolicyDocument | null, ids: readonly string[]): PolicyDocument | null {
  const dropped = new Set(ids.filter(isUniqueId));
  if (policy === null || !orphansOf(policy).some((id) => dropped.has(id))) return policy;
  const statements = statementsOf(policy);
  const kept = statements.flatMap((statement): Statement[] => {
    const { Principal: before } = statement;
    const after = principalWithout(before, dropped);
    if (after === before) return [statement];
    return after === undefined ? [] : [{ ...statement, Principal: after }];
  });
  if (kept.length === statements.length && kept.every((one, index) => one === statements[index])) return policy;
  return kept.length === 0 ? null : { ...policy, Statement: kept };
}
