import type { PolicyDocument } from "../../src/fleet/policy";

/** Characters of a managed policy. Source: IAM User Guide, "IAM and AWS STS quotas". */
export const longestManagedPolicy = 6_144;

/** Managed policies of a role, unless AWS has raised the quota. Same page. */
export const mostManagedPolicies = 10;

/** Characters of a role's trust policy. Same page. */
export const longestTrustPolicy = 2_048;

/** Actions on resources, without yet saying in which policy. Grants of one Sid have the same actions and condition. */
export interface Grant {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: PolicyDocument;
}

const toDocument = (grants: readonly Grant[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: grants.map(({ sid, actions, resources, condition }) => ({
    Sid: sid,
    Effect: "Allow",
    Action: actions,
    Resource: resources,
    ...(condition ? { Condition: condition } : {}),
  })),
});

/** Characters that IAM counts; it leaves out white space, of which compact JSON has none. */
export const policyLength = (policy: PolicyDocument): number => JSON.stringify(policy).length;

/** Adds one resource to a policy's grants, next to the others under the same Sid. */
function withResource(grants: readonly Grant[], grant: Grant, resource: string): Grant[] {
  if (!grants.some(({ sid }) => sid === grant.sid)) return [...grants, { ...grant, resources: [resource] }];
  return grants.map((other) =>
    other.sid === grant.sid ? { ...other, resources: [...other.resources, resource] } : other,
  );
}

/**
 * Packs grants into policies that are no longer than `limit`, in order.
 *
 * Each action on each resource is in exactly one of them. What comes first stays where it is when something is added at
 * the end, so a growing fleet changes the last policy and adds new ones.
 *
 * @throws Error if a single resource does not fit
 */
export function splitPolicies(grants: readonly Grant[], limit: number): PolicyDocument[] {
  const policies: Grant[][] = [];
  let current: Grant[] = [];
  for (const grant of grants) {
    for (const resource of grant.resources) {
      const grown = withResource(current, grant, resource);
      if (policyLength(toDocument(grown)) <= limit) {
        current = grown;
        continue;
      }
      if (current.length > 0) policies.push(current);
      current = withResource([], grant, resource);
      if (policyLength(toDocument(current)) > limit) {
        throw new Error(`A policy of ${limit} characters has no room for ${grant.sid} on ${resource}.`);
      }
    }
  }
  return [...policies, current].filter((policy) => policy.length > 0).map(toDocument);
}

/** A policy under a name that does not change when the fleet grows. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** Managed policies `<kind>-1`, `<kind>-2` and so on, each short enough for IAM. */
export const namedPolicies = (kind: string, grants: readonly Grant[]): NamedPolicy[] =>
  splitPolicies(grants, longestManagedPolicy).map((document, index) => ({ name: `${kind}-${index + 1}`, document }));
