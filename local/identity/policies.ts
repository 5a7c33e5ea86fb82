import type { Caller } from "../service";
import { managedByAws } from "./aws-managed";
import { type Policy, parsePolicy } from "./policy/document";
import type { Account, IdentityState, Principal } from "./state";

const memory = new Map<string, Policy>();
const memoryLimit = 2_000;

/** A stored document, parsed once: every request to S3 and KMS reads several. */
export function parsed(document: string): Policy {
  const known = memory.get(document);
  if (known) return known;
  const policy = parsePolicy(document);
  if (memory.size >= memoryLimit) memory.clear();
  memory.set(document, policy);
  return policy;
}

/** The document of a managed policy's default version, AWS's own included. */
function managedDocument(account: Account, arn: string): string | undefined {
  const policy = account.policies.get(arn);
  return policy ? policy.versions.get(policy.defaultVersionId)?.document : managedByAws(arn)?.document;
}

const documentsOf = (account: Account, principal: Principal): readonly string[] => [
  ...principal.inline.values(),
  ...[...principal.attached].flatMap((arn) => managedDocument(account, arn) ?? []),
];

/** What is attached to the caller now: a change counts for sessions that began before it. */
export function identityPolicies(state: IdentityState, caller: Caller): readonly Policy[] {
  if (caller.is !== "user" && caller.is !== "role") return [];
  const account = state.accounts.get(caller.account);
  const principal = caller.is === "user" ? account?.users.get(caller.name) : account?.roles.get(caller.roleName);
  if (!account || !principal) return [];
  return documentsOf(account, principal).map((document) => parsed(document));
}
