import type { Caller } from "../../service";
import { conditionHolds, type RequestKeys } from "./conditions";
import type { Policy, Principals, Statement } from "./document";
import { matchesPattern, type Variables } from "./pattern";

export interface PolicyRequest {
  readonly caller: Caller;
  /** `s3:PutObject` */
  readonly action: string;
  readonly resource: string;
  readonly keys: RequestKeys;
  /** Whether the caller has a permissions boundary. @default false */
  readonly bounded?: boolean;
}

/**
 * What one policy says. An allow has a reach: naming the account only hands the decision to the account's own policies,
 * and only naming the session itself, or everyone, goes past the session's policy.
 */
export type Verdict =
  | { readonly is: "explicitDeny"; readonly statement: Statement }
  | { readonly is: "allowed"; readonly statement: Statement; readonly to: Reach }
  | { readonly is: "implicitDeny" };

export type Reach = "account" | "principal" | "session";

const reaches: readonly Reach[] = ["account", "principal", "session"];

/** Who the caller is to a policy, from the account down to the session. */
function identitiesOf(caller: Caller): readonly (readonly [string, Reach])[] {
  if (caller.is === "anonymous" || caller.is === "service") return [];
  if (caller.is === "root") return [[caller.arn, "principal"]];
  const partition = caller.arn.split(":")[1];
  const account = [`arn:${partition}:iam::${caller.account}:root`, "account"] as const;
  const own = [caller.arn, "principal"] as const;
  return caller.is === "role" ? [account, own, [caller.sessionArn, "session"]] : [account, own];
}

/** A bare account id means the account's root. */
const names = (listed: string, arn: string): boolean =>
  listed === arn || (/^\d{12}$/.test(listed) && arn.endsWith(`:iam::${listed}:root`));

/** How the caller is named, if he is: the narrowest way counts. */
export function reachOf(principals: Principals, caller: Caller): Reach | undefined {
  if (principals.everyone) return "session";
  if (caller.is === "service") return principals.service.includes(caller.service) ? "principal" : undefined;
  const named = identitiesOf(caller).filter(([arn]) => principals.aws.some((listed) => names(listed, arn)));
  return named.at(-1)?.[1];
}

/** Excepted is who is listed with everything that it belongs to: User Guide, "Specifying NotPrincipal with Deny". */
function isExcepted(principals: Principals, caller: Caller): boolean {
  if (principals.everyone) return true;
  if (caller.is === "service") return principals.service.includes(caller.service);
  const identities = identitiesOf(caller);
  return identities.length > 0 && identities.every(([arn]) => principals.aws.some((listed) => names(listed, arn)));
}

/**
 * Policies of an identity name no principal: they are about whom they are attached to. A Deny with `NotPrincipal` excepts
 * nobody who has a permissions boundary: IAM User Guide, "AWS JSON policy elements: NotPrincipal", "Key points".
 */
function statementReach({ principals, effect }: Statement, { caller, bounded }: PolicyRequest): Reach | undefined {
  if (!principals) return "principal";
  if (!principals.not) return reachOf(principals.values, caller);
  const always = effect === "Deny" && bounded === true;
  return !always && isExcepted(principals.values, caller) ? undefined : "principal";
}

function applies(statement: Statement, request: PolicyRequest, variables: Variables | undefined): boolean {
  const { actions, resources, conditions } = statement;
  const action = request.action.toLowerCase();
  const actionFits = actions.values.some((pattern) => matchesPattern(pattern, action));
  if (actionFits === actions.not) return false;
  const resourceFits = resources?.values.some((pattern) => matchesPattern(pattern, request.resource, variables));
  if (resources && resourceFits === resources.not) return false;
  return conditions.every((condition) => conditionHolds(condition, request.keys, variables));
}

/** What a policy says about a request, with the statement that decides. A deny beats any allow, whatever the order. */
export function evaluate(policy: Policy, request: PolicyRequest): Verdict {
  const lookUp: Variables = (name) => {
    const value = request.keys.get(name.toLowerCase());
    return typeof value === "string" ? value : undefined;
  };
  const variables = policy.version === "2012-10-17" ? lookUp : undefined;
  let verdict: Verdict = { is: "implicitDeny" };
  for (const statement of policy.statements) {
    if (!applies(statement, request, variables)) continue;
    const to = statementReach(statement, request);
    if (!to) continue;
    if (statement.effect === "Deny") return { is: "explicitDeny", statement };
    const further = verdict.is !== "allowed" || reaches.indexOf(to) > reaches.indexOf(verdict.to);
    if (further) verdict = { is: "allowed", statement, to };
  }
  return verdict;
}

/** Several policies of one kind: a deny in any, else an allow in any. */
export function evaluateAll(policies: readonly Policy[], request: PolicyRequest): Verdict {
  const verdicts = policies.map((policy) => evaluate(policy, request));
  return (
    verdicts.find(({ is }) => is === "explicitDeny") ??
    verdicts.find(({ is }) => is === "allowed") ?? { is: "implicitDeny" }
  );
}
