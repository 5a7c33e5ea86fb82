import { decide } from "../../../../local/identity/authorize";
import { parsePolicy } from "../../../../local/identity/policy/document";
import { requestKeys } from "../../../../local/identity/request-keys";
import type { Caller, Context } from "../../../../local/service";
import { account, otherAccount, world } from "../world";
import { type Case, documentOf, type Keys, type Outcome } from "./cases";

type RoleSession = Extract<Caller, { is: "role" }>;
type User = Extract<Caller, { is: "user" }>;

const aws = world();

aws.iam("CreateRole", {
  RoleName: "worker",
  Path: "/team/",
  AssumeRolePolicyDocument: JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" },
  }),
});
const workerArn = `arn:aws:iam::${account}:role/team/worker`;

function userOf(caller: Caller): User {
  if (caller.is !== "user") throw new Error(`${caller.is} is no user`);
  return caller;
}

/** Everybody who asks in the cases. Their policies are put in place for each case. */
export const callers = {
  user: userOf(aws.user("ann")),
  foreignUser: userOf(aws.user("bob", { in: otherAccount })),
  session: aws.role("reader"),
  sessionWithPath: {
    is: "role",
    account,
    arn: workerArn,
    userId: "AROAEXAMPLE:session",
    roleName: "worker",
    sessionArn: `arn:aws:sts::${account}:assumed-role/worker/session`,
  } satisfies RoleSession,
  foreignSession: aws.role("auditor", { in: otherAccount }),
  root: aws.root,
  foreignRoot: { ...aws.root, account: otherAccount, arn: `arn:aws:iam::${otherAccount}:root`, userId: otherAccount },
  anonymous: { is: "anonymous" },
  service: {
    is: "service",
    service: "logging.s3.amazonaws.com",
    sourceArn: "arn:aws:s3:::photos",
    sourceAccount: account,
  },
} satisfies Record<string, Caller>;

function contextOf({ caller, session, secure, sourceIp }: Case): Context {
  const narrowed = caller.is === "role" && session ? { sessionPolicy: JSON.stringify(documentOf(session)) } : {};
  return aws.context({ ...caller, ...narrowed }, { secure, sourceIp });
}

/** All keys of the request, those that every request has included: the same for both evaluators. */
export const keysOf = (asked: Case): Keys =>
  Object.fromEntries(requestKeys(contextOf(asked), asked.resourceAccount, asked.keys, asked.viaService));

function attach({ caller, identity }: Case): void {
  if (caller.is !== "user" && caller.is !== "role") return;
  const owner = aws.state.identity.accounts.get(caller.account);
  const principal = caller.is === "user" ? owner?.users.get(caller.name) : owner?.roles.get(caller.roleName);
  if (!principal) throw new Error(`${caller.arn} is not there`);
  principal.inline.clear();
  identity.forEach((policy, index) => {
    principal.inline.set(`policy${index}`, JSON.stringify(documentOf(policy)));
  });
}

/** What the local AWS decides. Policies that it would not store are a mistake of the case. */
export function ourOutcome(asked: Case): Outcome {
  for (const policy of [...asked.identity, ...(asked.session ? [asked.session] : [])])
    parsePolicy(documentOf(policy), "identity");
  if (asked.resourcePolicy)
    parsePolicy(documentOf(asked.resourcePolicy), asked.action.startsWith("sts:") ? "trust" : "resource");
  attach(asked);
  const { action, resource, resourceAccount, resourcePolicy, keys, viaService } = asked;
  return decide(contextOf(asked), {
    action,
    resource,
    resourceAccount,
    ...(resourcePolicy ? { resourcePolicy: JSON.stringify(documentOf(resourcePolicy)) } : {}),
    ...(/^(kms|sts):/.test(action) ? { resourceMustAllow: true } : {}),
    ...(viaService ? { viaService: true } : {}),
    conditions: keys,
  }).is;
}
