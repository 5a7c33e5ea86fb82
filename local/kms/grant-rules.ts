import type { Caller } from "../service";
import type { Grant, Key } from "./state";
import type { EncryptionContext } from "./wrap";

export const isCaller = (caller: Caller, principal: string | undefined): boolean =>
  (caller.is === "service" && caller.service === principal) ||
  ("arn" in caller && (caller.arn === principal || (caller.is === "role" && caller.sessionArn === principal)));

function contextFits({ constraints }: Grant, given: EncryptionContext): boolean {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = constraints ?? {};
  const has = (expected: Record<string, string>) =>
    Object.entries(expected).every(([name, value]) => given[name] === value);
  const asMany = !equals || Object.keys(equals).length === Object.keys(given).length;
  return has(equals ?? {}) && asMany && has(subset ?? {});
}

/** Whether a grant stands in for the policies. Constraints bind only operations that have an encryption context. */
export function allowedByGrant(
  caller: Caller,
  key: Key,
  operation: string,
  use: { readonly encryptionContext?: EncryptionContext },
): boolean {
  return [...key.grants.values()].some(
    (grant) =>
      isCaller(caller, grant.granteePrincipal) &&
      grant.operations.some((granted) => granted === operation) &&
      (!/Encrypt|Decrypt|DataKey/.test(operation) || contextFits(grant, use.encryptionContext ?? {})),
  );
}
