import type * as iam from "@aws-sdk/client-iam";
import { AwsError, type Caller, type Context } from "../service";
import { combined, type Decision } from "./authorize";
import { accountOf, authorizeIam, noSuchEntity, notHere, required } from "./iam-account";
import { listPage } from "./pages";
import { boundaryOfPrincipal, type SourcePolicy, sourcePolicies } from "./policies";
import type { RequestKeys } from "./policy/conditions";
import { MalformedPolicy, type Policy, parsePolicy } from "./policy/document";
import { evaluate, type PolicyRequest } from "./policy/evaluate";
import { keysOfPolicy } from "./policy/keys";
import type { Account, Group, Role, User } from "./state";

const invalidInput = (message: string): AwsError => new AwsError("InvalidInput", 400, message);

type Entity = User | Group | Role;

/** The entity of an ARN. @throws AwsError InvalidInput where it cannot be one's, NoSuchEntity */
function entityOf(account: Account, arn: string): Entity {
  const [, kind, name = ""] = /^arn:[\w-]+:iam::\d{12}:(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  if (kind === undefined)
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  const found = { user: account.users, group: account.groups, role: account.roles }[kind]?.get(name);
  if (found?.arn !== arn) throw noSuchEntity(`No entity with the ARN ${arn} exists.`);
  return found;
}

function policyOf(document: string, kind: "identity" | "resource"): Policy {
  try {
    return parsePolicy(document, kind);
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw invalidInput(`The policy is not valid: ${error.message}`);
  }
}

/** Whom the resource's policy sees: it is simulated for users alone, so the others may pass for one. */
const callerOf = (account: Account, { arn, name, id }: Entity): Simulation["caller"] => ({
  ...{ is: "user" as const, account: account.id, arn, userId: id, name },
});

/** Everything that is evaluated for each action and resource. */
interface Simulation {
  readonly caller: Extract<Caller, { is: "user" }>;
  readonly identity: readonly (Omit<SourcePolicy, "type"> & { readonly type: SourcePolicy["type"] | "none" })[];
  readonly boundary: Policy | undefined;
  readonly resource: Policy | undefined;
  readonly keys: RequestKeys;
  /** Keys that the policies name and nobody gave. */
  readonly missing: readonly string[];
}

function keysOf(entries: readonly iam.ContextEntry[]): ReadonlyMap<string, string | readonly string[]> {
  return new Map(
    entries.map(({ ContextKeyName: name, ContextKeyValues: values = [], ContextKeyType: type }) => {
      if (!name || !type) throw invalidInput("A context entry has to have a name and a type.");
      if (!type.endsWith("List") && values.length > 1) throw invalidInput(`${name} has more than one value.`);
      return [name.toLowerCase(), type.endsWith("List") ? values : (values[0] ?? [])];
    }),
  );
}

function simulationOf(context: Context, input: iam.SimulatePrincipalPolicyCommandInput): Simulation {
  const account = accountOf(context);
  const source = entityOf(account, required(input.PolicySourceArn, "policySourceArn"));
  const caller = input.CallerArn === undefined ? source : entityOf(account, input.CallerArn);
  if (input.ResourcePolicy !== undefined && caller.is === "role")
    throw invalidInput("Simulation of resource-based policies is not supported for IAM roles.");
  if (input.ResourcePolicy !== undefined && caller.is === "group")
    throw invalidInput("CallerArn is required with a ResourcePolicy.");
  const given = (input.PolicyInputList ?? []).map((document, place) => ({
    ...{ id: `PolicyInputList.${place + 1}`, type: "none" as const, policy: policyOf(document, "identity") },
  }));
  const identity = [...sourcePolicies(account, source), ...given];
  const [boundary, ...more] = input.PermissionsBoundaryPolicyInputList ?? [];
  if (more.length > 0) throw invalidInput("There can be one permissions boundary.");
  const attached = source.is === "group" ? undefined : boundaryOfPrincipal(account, source);
  const narrowing = boundary === undefined ? attached : policyOf(boundary, "identity");
  const resource = input.ResourcePolicy === undefined ? undefined : policyOf(input.ResourcePolicy, "resource");
  const keys = keysOf(input.ContextEntries ?? []);
  const named = [...identity.map(({ policy }) => policy), ...[narrowing, resource].flatMap((one) => one ?? [])];
  const missing = named.flatMap(keysOfPolicy).filter((key) => !keys.has(key.toLowerCase()));
  return {
    ...{ caller: callerOf(account, caller), identity, boundary: narrowing, resource, keys },
    missing: [...new Map(missing.map((key) => [key.toLowerCase(), key])).values()],
  };
}

type Decided = Pick<iam.EvaluationResult, "MatchedStatements" | "PermissionsBoundaryDecisionDetail"> & {
  readonly decision: Decision["is"];
};

function decided({ caller, identity, boundary, resource, keys }: Simulation, action: string, arn: string): Decided {
  const request: PolicyRequest = { caller, action, resource: arn, keys };
  const own = identity.map(({ id, type, policy }) => ({ id, type, verdict: evaluate(policy, request) }));
  const theirs = resource && { id: "ResourcePolicy", type: "resource" as const, verdict: evaluate(resource, request) };
  const all = [...own, ...(theirs ? [theirs] : [])];
  const limit = boundary && evaluate(boundary, request);
  const best = (is: Decision["is"]) => own.find(({ verdict }) => verdict.is === is)?.verdict;
  const { is } = combined(
    caller,
    { resourceAccount: caller.account },
    {
      identity: best("explicitDeny") ?? best("allowed") ?? { is: "implicitDeny" },
      resource: theirs?.verdict ?? { is: "implicitDeny" },
      ...{ boundary: limit, session: undefined },
    },
  );
  const deciding = is === "implicitDeny" ? [] : all.filter(({ verdict }) => verdict.is === is);
  return {
    decision: is,
    MatchedStatements: deciding.map(({ id, type }) => ({ SourcePolicyId: id, SourcePolicyType: type })),
    PermissionsBoundaryDecisionDetail: limit && { AllowedByPermissionsBoundary: limit.is === "allowed" },
  };
}

const restrictive: readonly Decision["is"][] = ["explicitDeny", "implicitDeny", "allowed"];

/** One result for each action: the most restrictive of its resources', which are below it. */
function resultOf(simulation: Simulation, action: string, resources: readonly string[]): iam.EvaluationResult {
  const each = resources.map((arn) => ({ arn, ...decided(simulation, action, arn) }));
  const decision = restrictive.find((one) => each.some((other) => other.decision === one)) ?? "implicitDeny";
  const worst = each.filter((one) => one.decision === decision);
  const matched = worst.flatMap(({ MatchedStatements: statements = [] }) => statements);
  const boundaries = each.flatMap(({ PermissionsBoundaryDecisionDetail: detail }) => detail ?? []);
  const missing = { MissingContextValues: [...simulation.missing] };
  return {
    EvalActionName: action,
    ...(resources.includes("*") ? { EvalResourceName: "*" } : {}),
    EvalDecision: decision,
    MatchedStatements: [...new Map(matched.map((one) => [JSON.stringify(one), one])).values()],
    ...missing,
    PermissionsBoundaryDecisionDetail: boundaries.length
      ? { AllowedByPermissionsBoundary: boundaries.every((detail) => detail.AllowedByPermissionsBoundary) }
      : undefined,
    ResourceSpecificResults: each
      .filter(({ arn }) => arn !== "*")
      .map(({ arn, decision: EvalResourceDecision, ...rest }) => ({
        ...{ EvalResourceName: arn, EvalResourceDecision, ...missing },
        ...rest,
      })),
  };
}

/**
 * What policies that are attached, and further ones that are given, would say. Nothing is done, and no resource is read.
 *
 * Source: IAM API Reference, SimulatePrincipalPolicy, EvaluationResult and ResourceSpecificResult.
 */
function simulatePrincipalPolicy(context: Context, input: iam.SimulatePrincipalPolicyCommandInput) {
  authorizeIam(context, "SimulatePrincipalPolicy", required(input.PolicySourceArn, "policySourceArn"));
  if (input.ResourceOwner !== undefined) throw notHere("simulations across accounts");
  if (input.ResourceHandlingOption !== undefined) throw notHere("simulations of EC2");
  if (input.PolicyExclusionList?.length) throw notHere("policies to leave out of a simulation");
  const actions = input.ActionNames ?? [];
  if (actions.length === 0) required(undefined, "actionNames");
  const nameless = actions.find((action) => !/^[\w-]+:\w+$/.test(action));
  if (nameless !== undefined) throw invalidInput(`Invalid Action(s): ${nameless}.`);
  const resources = input.ResourceArns?.length ? input.ResourceArns : ["*"];
  const wrong = resources.find((arn) => arn !== "*" && !arn.startsWith("arn:"));
  if (wrong !== undefined) throw invalidInput(`Invalid resource: ${wrong} is neither an ARN nor "*".`);
  const simulation = simulationOf(context, input);
  const { items, ...page } = listPage(actions, input);
  return { EvaluationResults: items.map((action) => resultOf(simulation, action, resources)), ...page };
}

export const simulationOperations = { SimulatePrincipalPolicy: simulatePrincipalPolicy };
