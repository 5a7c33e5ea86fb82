import { type PolicyDocument, type Statement, statementsOf, withoutOwnStatements } from "../../src/fleet/policy";

/** Bytes that S3 accepts. Source: Amazon S3 User Guide, "Bucket policies for Amazon S3". */
export const largestBucketPolicy = 20_480;

export const policySize = (policy: PolicyDocument): number => Buffer.byteLength(JSON.stringify(policy));

/**
 * Adds our statements to a bucket's policy.
 *
 * Everybody else's stay untouched and in their order, as do `Version`, `Id` and whatever else the policy has.
 * Ours that are in it already are replaced, so merging twice is merging once.
 *
 * @returns null if there is nothing to say: no statement of anybody else, and none of ours
 */
export function mergePolicy(live: PolicyDocument | null, own: readonly Statement[]): PolicyDocument | null {
  const others = withoutOwnStatements(live);
  if (others === null) return own.length === 0 ? null : { Version: "2012-10-17", Statement: own };
  return { ...others, Statement: [...statementsOf(others), ...own] };
}
