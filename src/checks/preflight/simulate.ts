import { type ContextEntry, type IAMClient, paginateSimulatePrincipalPolicy } from "@aws-sdk/client-iam";
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

const decisions: readonly Simulated[] = ["allowed", "explicitDeny", "implicitDeny"];

/**
 * What the IAM policies of a role or user say, boundary and organisation included, without the resource's own policy.
 *
 * Source: IAM API Reference, SimulatePrincipalPolicy.
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
          ContextKeyType: "string",
        }),
      ),
    };
    const found = new Map<string, string | undefined>();
    for await (const { EvaluationResults = [] } of paginateSimulatePrincipalPolicy({ client }, request)) {
      for (const { EvalActionName = "", EvalDecision } of EvaluationResults) found.set(EvalActionName, EvalDecision);
    }
    // An action that IAM did not answer for is not allowed.
    return Object.fromEntries(
      actions.map((action) => [action, decisions.find((decision) => decision === found.get(action)) ?? "implicitDeny"]),
    );
  });
