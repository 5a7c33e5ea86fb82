import {
  type ContextEntry,
  type EvaluationResult,
  type IAMClient,
  paginateSimulatePrincipalPolicy,
} from "@aws-sdk/client-iam";
import type { Simulated } from "./facts";
import { type Looked, look, seen } from "./looked";

/** What is asked of IAM in one request. */
export interface Simulation {
  /** Of a role or user: no session, no wildcard. */
  readonly principalArn: string;
  readonly actions: readonly string[];
  readonly resourceArns: readonly string[];
  /** Condition keys of one value. */
  readonly context: Readonly<Record<string, string>>;
  /** @default it is asked to its end */
  readonly stop?: AbortSignal;
}

/** What IAM says of each of the actions, by their names. */
export type Said = Readonly<Record<string, Simulated>>;

const booleans: readonly string[] = ["aws:SecureTransport", "aws:PrincipalIsAWSService", "aws:ViaAWSService"];

const decisions = ["allowed", "explicitDeny", "implicitDeny"] as const;

/** Who refuses it, where IAM says so. */
function refusedBy(result: EvaluationResult): string[] {
  const denying = (result.MatchedStatements ?? []).flatMap(({ SourcePolicyId }) => SourcePolicyId ?? []);
  return [
    ...(result.EvalDecision === "explicitDeny" ? new Set(denying) : []),
    ...(result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false
      ? ["its permissions boundary"]
      : []),
    ...(result.OrganizationsDecisionDetail?.AllowedByOrganizations === false ? ["a policy of the organisation"] : []),
  ];
}

/**
 * Whether a request for the action may have a key. IAM names every key that any of the principal's policies names; those
 * of other services, as `iam:PassedToService`, are in no request to this one. Names with a dot are web identities'.
 *
 * Source: Service Authorization Reference, "Condition keys for AWS services".
 */
function mayHave(action: string, key: string): boolean {
  const service = key.split(":")[0]?.toLowerCase() ?? "";
  return service === "aws" || service === action.split(":")[0] || service.includes(".");
}

/** An action that IAM did not answer for is not allowed. */
export const unanswered: Simulated = { decision: "implicitDeny", refusedBy: [], bounded: false, hangsOn: [] };

function simulatedOf(action: string, result: EvaluationResult): Simulated {
  return {
    decision: decisions.find((decision) => decision === result.EvalDecision) ?? "implicitDeny",
    refusedBy: refusedBy(result),
    // IAM API Reference, EvaluationResult: it is there "when the boundary is applied to an IAM entity".
    bounded: result.PermissionsBoundaryDecisionDetail !== undefined,
    hangsOn: [...new Set((result.MissingContextValues ?? []).filter((key) => mayHave(action, key)))].sort(),
  };
}

/**
 * What one result says of a resource, nothing where it does not say it by itself. Of several resources the result has the
 * most restrictive answer, and each one's own is below it; the organisation's part is not below.
 *
 * @param only whether no other resource was asked about, so that the result is about this one in any case
 */
function resultFor(arn: string, only: boolean, result: EvaluationResult): EvaluationResult | undefined {
  const { ResourceSpecificResults: each = [], MissingContextValues: missing = [] } = result;
  if (only) {
    const below = each.flatMap(({ MissingContextValues = [] }) => MissingContextValues);
    return { ...result, MissingContextValues: [...missing, ...below] };
  }
  const own = each.find(({ EvalResourceName }) => EvalResourceName === arn);
  if (!own) return result.EvalResourceName === arn ? result : undefined;
  const refusedAbove = result.OrganizationsDecisionDetail?.AllowedByOrganizations === false;
  if (refusedAbove && own.EvalResourceDecision === "allowed") return undefined;
  return {
    ...{ ...result, EvalDecision: own.EvalResourceDecision, MatchedStatements: own.MatchedStatements },
    MissingContextValues: [...missing, ...(own.MissingContextValues ?? [])],
    PermissionsBoundaryDecisionDetail:
      own.PermissionsBoundaryDecisionDetail ?? result.PermissionsBoundaryDecisionDetail,
  };
}

/** Nothing where it was not answered for by itself. */
function saidOf(
  arn: string,
  { actions, resourceArns }: Simulation,
  results: readonly EvaluationResult[],
): Said | undefined {
  const only = resourceArns.length === 1;
  const said = actions.map((action) => {
    const [result] = results
      .filter(({ EvalActionName }) => EvalActionName === action)
      .flatMap((one) => resultFor(arn, only, one) ?? []);
    return [action, result && simulatedOf(action, result)] as const;
  });
  if (!only && said.some(([, answer]) => answer === undefined)) return undefined;
  return Object.fromEntries(said.map(([action, answer = unanswered]) => [action, answer]));
}

/** Whether what IAM says of a role or user shows a permissions boundary. */
export const isBounded = (said: Said | undefined): boolean => Object.values(said ?? {}).some(({ bounded }) => bounded);

/**
 * IAM's codes for a request that came too soon. The SDK waits between its attempts; where they were all in vain, others
 * use up what IAM grants the account, and it is asked again.
 */
const throttled = new Set(["Throttling", "ThrottlingException"]);

/** Looks again for as long as IAM throttles. */
export async function lookUntilAnswered<T>(permission: string, read: () => Promise<T>): Promise<Looked<T>> {
  for (;;) {
    const answer = await look(permission, read);
    if (answer.is === "seen" || !throttled.has(answer.why)) return answer;
  }
}

/**
 * What the IAM policies of a role or user say, boundary and organisation included, without the resources' own policies.
 * By resource: one of several is missing where IAM did not answer for it by itself, and has to be asked about alone.
 *
 * Source: IAM API Reference, SimulatePrincipalPolicy, EvaluationResult and ResourceSpecificResult.
 */
export const simulateEach = (client: IAMClient, simulation: Simulation): Promise<Looked<ReadonlyMap<string, Said>>> =>
  lookUntilAnswered("iam:SimulatePrincipalPolicy", async () => {
    const { principalArn, actions, resourceArns, context, stop } = simulation;
    const request = {
      PolicySourceArn: principalArn,
      ActionNames: [...actions],
      ResourceArns: [...resourceArns],
      ContextEntries: Object.entries(context).map(
        ([name, value]): ContextEntry => ({
          ContextKeyName: name,
          ContextKeyValues: [value],
          ContextKeyType: booleans.includes(name) ? "boolean" : "string",
        }),
      ),
    };
    const results: EvaluationResult[] = [];
    const pages = paginateSimulatePrincipalPolicy({ client }, request, { abortSignal: stop });
    for await (const { EvaluationResults = [] } of pages) results.push(...EvaluationResults);
    return new Map(
      resourceArns.flatMap((arn): [string, Said][] => {
        const said = saidOf(arn, simulation, results);
        return said ? [[arn, said]] : [];
      }),
    );
  });

/** The same of one resource. */
export async function simulate(
  client: IAMClient,
  { resourceArn, ...question }: Omit<Simulation, "resourceArns"> & { readonly resourceArn: string },
): Promise<Looked<Said>> {
  const answer = await simulateEach(client, { ...question, resourceArns: [resourceArn] });
  return answer.is === "unseen" ? answer : seen(answer.value.get(resourceArn) ?? {});
}
