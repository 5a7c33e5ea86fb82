import type { Caller } from "../service";
import { managedByAws } from "./aws-managed";
import { type Policy, parsePolicy } from "./policy/document";
import type { Account, Group, IdentityState, Principal, Role, User } from "./state";

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

/** A policy that belongs to an entity, under the name by which a simulation refers to it. */
export interface SourcePolicy {
  readonly id: string;
  readonly type: "user" | "group" | "role" | "aws-managed" | "user-managed";
  readonly policy: Policy;
}

const policiesOf = (account: Account, entity: User | Group | Role): readonly SourcePolicy[] => [
  ...[...entity.inline].map(([id, document]) => ({ id, type: entity.is, policy: parsed(document) })),
  ...[...entity.attached].flatMap((arn) => {
    const document = managedDocument(account, arn);
    const type = managedByAws(arn) ? ("aws-managed" as const) : ("user-managed" as const);
    return document === undefined ? [] : [{ id: arn.slice(arn.lastIndexOf("/") + 1), type, policy: parsed(document) }];
  }),
];

/** What is attached to an entity now; to a user also by way of groups. */
export const sourcePolicies = (account: Account, entity: User | Group | Role): readonly SourcePolicy[] =>
  [
    entity,
    ...(entity.is === "user" ? [...account.groups.values()].filter(({ members }) => members.has(entity.name)) : []),
  ].flatMap((one) => policiesOf(account, one));

/** The permissions boundary of a role or user. */
export function boundaryOfPrincipal(account: Account, { boundary }: Principal): Policy | undefined {
  const document = boundary === undefined ? undefined : managedDocument(account, boundary);
  return document === undefined ? undefined : parsed(document);
}

function found(state: IdentityState, caller: Caller) {
  if (caller.is !== "user" && caller.is !== "role") return undefined;
  const account = state.accounts.get(caller.account);
  const principal = caller.is === "user" ? account?.users.get(caller.name) : account?.roles.get(caller.roleName);
  return account && principal && { account, principal };
}

/** What is attached to the caller now: a change counts for sessions that began before it. */
export function identityPolicies(state: IdentityState, caller: Caller): readonly Policy[] {
  const who = found(state, caller);
  return who ? sourcePolicies(who.account, who.principal).map(({ policy }) => policy) : [];
}

export function boundaryPolicy(state: IdentityState, caller: Caller): Policy | undefined {
  const who = found(state, caller);
  return who && boundaryOfPrincipal(who.account, who.principal);
}
