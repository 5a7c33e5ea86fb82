import {
  type ContextEntry,
  type EvaluationResult,
  type IAMClient,
  paginateSimulatePrincipalPolicy,
} from "@aws-sdk/client-iam";
import type { Simulated } from "./facts";
import { type Looked, look } from "./looked";

export interface Simulation {
  /** Of a role or user: no session, no wildcard. */
  readonly principalArn: string;
  readonly actions: readonly string[];
  readonly resourceArn: string;
  /** Condition keys of one value. */
  readonly context: Readonly<Record<string, string>>;
}

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
export const unanswered: Simulated = { decision: "implicitDeny", refusedBy: [], hangsOn: [] };

function simulatedOf(action: string, result: EvaluationResult | undefined): Simulated {
  if (!result) return unanswered;
  const missing = [result, ...(result.ResourceSpecificResults ?? [])].flatMap((one) => one.MissingContextValues ?? []);
  return {
    decision: decisions.find((decision) => decision === result.EvalDecision) ?? "implicitDeny",
    refusedBy: refusedBy(result),
    hangsOn: [...new Set(missing.filter((key) => mayHave(action, key)))].sort(),
  };
}

/**
 * What the IAM policies of a role or user say, boundary and organisation included, without the resource's own policy.
 * By action, each of those that were asked about.
 *
 * Source: IAM API Reference, SimulatePrincipalPolicy and EvaluationResult.
 */
export const simulate = (client: IAMClient, simulation: Simulation): Promise<Looked<Record<string, Simulated>>> =>
  look("iam:SimulatePrincipalPolicy", async () => {
    const { principalArn, actions, resourceArn, context } = simulation;
    const request = {
      PolicySourceArn: principalArn,
      ActionNames: [...actions],
      ResourceArns: [resourceArn],
      ContextEntries: Object.entries(context).map(
        ([name, value]): ContextEntry => ({
          ContextKeyName: name,
          ContextKeyValues: [value],
          ContextKeyType: booleans.includes(name) ? "boolean" : "string",
        }),
      ),
    };
    const found = new Map<string, EvaluationResult>();
    for await (const { EvaluationResults = [] } of paginateSimulatePrincipalPolicy({ client }, request)) {
      for (const result of EvaluationResults) found.set(result.EvalActionName ?? "", result);
    }
    return Object.fromEntries(actions.map((action) => [action, simulatedOf(action, found.get(action))]));
  });
