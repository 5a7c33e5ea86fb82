import { isDeepStrictEqual } from "node:util";
import { type Reach, reachOf } from "../identity/policy/evaluate";
import type { Caller } from "../service";
import type { Use } from "./access";
import type { Grant, Key } from "./state";

/** A principal of a grant as one of a policy: services have names, all others ARNs. */
export const reachOfPrincipal = (principal: string, caller: Caller): Reach | undefined =>
  reachOf(
    principal.startsWith("arn:")
      ? { everyone: false, aws: [principal], service: [] }
      : { everyone: false, aws: [], service: [principal] },
    caller,
  );

type Pairs = Readonly<Record<string, string>>;

const includes = (whole: Pairs, part: Pairs): boolean =>
  Object.entries(part).every(([name, value]) => whole[name] === value);

/** Whether what a grant gives away is within the grant that allows to give. */
function isWithin(parent: Grant, child: NonNullable<Use["newGrant"]>): boolean {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset, SourceArn: source } = parent.constraints;
  const { EncryptionContextEquals: childEquals, EncryptionContextSubset: childSubset } = child.constraints;
  return (
    child.operations.every((operation) => parent.operations.includes(operation)) &&
    (equals === undefined || isDeepStrictEqual(equals, childEquals)) &&
    (subset === undefined || includes(childEquals ?? childSubset ?? {}, subset)) &&
    (source === undefined || source === child.constraints.SourceArn)
  );
}

/** Operations that know no encryption context are not held to one. */
const withoutContext = ["DescribeKey", "RetireGrant", "CreateGrant"];

function constraintsHold({ constraints }: Grant, caller: Caller, operation: string, use: Use): boolean {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset, SourceArn: source } = constraints;
  if (source !== undefined && (caller.is !== "service" || caller.sourceArn !== source)) return false;
  if (withoutContext.includes(operation)) return true;
  const context = use.encryptionContext ?? {};
  return (
    (equals === undefined || isDeepStrictEqual({ ...equals }, { ...context })) &&
    (subset === undefined || includes(context, subset))
  );
}

/**
 * How the key's grants reach the caller for an operation: `account` where one names his account, whose policies then decide.
 *
 * Source: KMS Developer Guide, "Grants in AWS KMS" and "Granting CreateGrant permission".
 */
export function grantReach(caller: Caller, key: Key, operation: string, use: Use): Reach | undefined {
  let found: Reach | undefined;
  for (const grant of key.grants.values()) {
    if (!grant.operations.some((allowed) => allowed === operation)) continue;
    if (use.newGrant && !isWithin(grant, use.newGrant)) continue;
    if (!constraintsHold(grant, caller, operation, use)) continue;
    const reach = reachOfPrincipal(grant.grantee, caller);
    if (reach !== undefined && reach !== "account") return reach;
    found ??= reach;
  }
  return found;
}
