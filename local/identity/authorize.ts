import type { Caller, Context } from "../service";
import { accessDenied } from "./access-denied";
import { boundaryPolicy, identityPolicies, parsed } from "./policies";
import { evaluate, evaluateAll, type PolicyRequest, type Reach, type Verdict } from "./policy/evaluate";
import { type Conditions, lazyRequestKeys } from "./request-keys";

export interface AccessRequest {
  /** `s3:PutObject` */
  readonly action: string;
  /** ARN, or `*` where the action knows no resource. */
  readonly resource: string;
  /** The account that owns the resource. */
  readonly resourceAccount: string;
  /** The policy of the bucket, key or role, as JSON text. */
  readonly resourcePolicy?: string;
  /** As a function where putting them together costs something: it is called when a policy asks for a key. */
  readonly conditions?: Conditions | (() => Conditions);
  /**
   * A key or a role: unless its own policy allows the caller, or the account and thereby the caller's policies, nobody gets in.
   *
   * @default false
   */
  readonly resourceMustAllow?: true;
  /** How a grant of the key reaches the caller. Naming himself it needs no policy, in whichever account he is. */
  readonly grant?: () => Reach | undefined;
  /** A service asks on the caller's behalf: `aws:ViaAWSService`, and no network keys. */
  readonly viaService?: true;
}

export type PolicyType = "identity-based" | "resource-based" | "session" | "permissions boundary";

export type Decision =
  | { readonly is: "allowed" }
  | { readonly is: "explicitDeny"; readonly by: PolicyType; readonly sid?: string }
  | { readonly is: "implicitDeny"; readonly missing: PolicyType };

const allowed: Decision = { is: "allowed" };
const missing = (type: PolicyType): Decision => ({ is: "implicitDeny", missing: type });
const nothing: Verdict = { is: "implicitDeny" };

/** What each kind of policy says of a request. */
export interface Verdicts {
  readonly resource: Verdict;
  readonly identity: Verdict;
  /** `undefined`: no permissions boundary, so nothing is narrowed. */
  readonly boundary: Verdict | undefined;
  /** `undefined`: no session policy, so nothing is narrowed. */
  readonly session: Verdict | undefined;
}

function verdictsOf(context: Context, request: AccessRequest): Verdicts {
  const { caller } = context;
  const keys = lazyRequestKeys(context, request.resourceAccount, request.conditions ?? {}, request.viaService === true);
  const { identity: state } = context.state;
  const boundary = boundaryPolicy(state, caller);
  const { action, resource } = request;
  const asked: PolicyRequest = { caller, action, resource, keys, bounded: boundary !== undefined };
  return {
    resource: request.resourcePolicy ? evaluate(parsed(request.resourcePolicy), asked) : nothing,
    identity: evaluateAll(identityPolicies(state, caller), asked),
    boundary: boundary && evaluate(boundary, asked),
    session: caller.is === "role" && caller.sessionPolicy ? evaluate(parsed(caller.sessionPolicy), asked) : undefined,
  };
}

function explicitDeny(verdicts: Verdicts): Decision | undefined {
  const inOrder = [
    ["resource-based", verdicts.resource],
    ["identity-based", verdicts.identity],
    ["permissions boundary", verdicts.boundary],
    ["session", verdicts.session],
  ] as const;
  for (const [by, verdict] of inOrder) {
    if (verdict?.is === "explicitDeny") return { is: "explicitDeny", by, sid: verdict.statement.sid };
  }
  return undefined;
}

/**
 * Whether the caller may do it, as AWS combines policies.
 *
 * | caller                | resource in the same account          | in another account | KMS key, role                             |
 * |-----------------------|---------------------------------------|--------------------|-------------------------------------------|
 * | root                  | yes                                   | resource policy    | key policy                                |
 * | user, role            | own policies or the resource policy   | both               | key policy; own policies as well where it only names the account, or another account's |
 * | service, anonymous    | resource policy                       | resource policy    | key policy                                |
 *
 * An explicit deny anywhere wins. A grant that names the caller does what a key policy does, across accounts alone. A session policy narrows all but what a resource policy gives to the session by name, or to everyone.
 * So does a permissions boundary, which moreover leaves alone what a resource policy gives to a user by name.
 * Source: IAM User Guide, "Policy evaluation logic" and "Permissions boundaries for IAM entities"; KMS Developer Guide, "Default key policy".
 */
export const decide = (context: Context, request: AccessRequest): Decision =>
  combined(context.caller, request, verdictsOf(context, request));

/** The same, of verdicts that are known. */
export function combined(
  caller: Caller,
  request: Pick<AccessRequest, "resourceAccount" | "resourceMustAllow" | "grant">,
  verdicts: Verdicts,
): Decision {
  const denied = explicitDeny(verdicts);
  if (denied) return denied;

  const { resource, boundary, session } = verdicts;
  const byGrant = request.grant?.();
  const granted = resource.is === "allowed" ? resource.to : byGrant;
  if (caller.is === "anonymous" || caller.is === "service") return granted ? allowed : missing("resource-based");
  const byIdentity = caller.is === "root" || verdicts.identity.is === "allowed";
  const bounded = boundary !== undefined && boundary.is !== "allowed";
  const narrowed = session !== undefined && session.is !== "allowed";
  const inSession = narrowed ? missing("session") : allowed;
  const inBoundary = bounded ? missing("permissions boundary") : inSession;
  const byName = caller.is === "user" ? inSession : inBoundary;
  if (byGrant !== undefined && byGrant !== "account") return byName;

  if (request.resourceMustAllow && !granted) return missing("resource-based");
  if (caller.account === request.resourceAccount) {
    if (granted === "session") return allowed;
    if (granted === "principal") return byName;
  } else if (!granted) return missing("resource-based");
  return byIdentity ? inBoundary : missing("identity-based");
}

/**
 * @throws AwsError AccessDenied 403, of KMS AccessDeniedException 400, in the service's own words
 */
export function authorize(context: Context, request: AccessRequest): void {
  const decision = decide(context, request);
  if (decision.is !== "allowed") throw accessDenied(context.caller, request, decision);
}
