import { anonymousPrincipal, runSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import { type Case, documentOf, type Keys, type Outcome, type Policy } from "./cases";

/** A case as the independent evaluator is asked: with all keys, those that every request has included. */
export interface Question extends Omit<Case, "keys" | "secure" | "sourceIp" | "viaService"> {
  readonly keys: Keys;
}

const outcomes: Readonly<Record<string, Outcome>> = {
  Allowed: "allowed",
  ExplicitlyDenied: "explicitDeny",
  ImplicitlyDenied: "implicitDeny",
};

function principalOf({ caller }: Question): Simulation["request"]["principal"] {
  if (caller.is === "anonymous") return anonymousPrincipal;
  if (caller.is === "service") return caller.service;
  return caller.is === "role" ? caller.sessionArn : caller.arn;
}

/** It knows no root user, who may do everything unless somebody denies it: User Guide, "Policy evaluation logic". */
const everything: Policy = {
  version: "2012-10-17",
  statements: [
    {
      effect: "Allow",
      action: { not: false, value: ["*"] },
      resource: { not: false, value: ["*"] },
      conditions: [],
    },
  ],
};

/**
 * It knows no `kms:EncryptionContext:name`, whose names are anything, and leaves it out of account: KMS Developer Guide,
 * "Condition keys for AWS KMS". So it is asked about the same value under a name that it knows.
 */
const inItsWords = (key: string): string =>
  key.replace(
    /^kms:EncryptionContext:(.*)$/i,
    (_, name: string) => `aws:PrincipalTag/context-${name.replaceAll(":", "-")}`,
  );

const documentFor = (policy: Policy): object =>
  documentOf({
    ...policy,
    statements: policy.statements.map((statement) => ({
      ...statement,
      conditions: statement.conditions.map((condition) => ({ ...condition, key: inItsWords(condition.key) })),
    })),
  });

/**
 * What `@cloud-copilot/iam-simulate` decides.
 *
 * @throws Error where it does not take the policies, or leaves one of the keys out of account
 */
export async function independentOutcome(question: Question): Promise<Outcome> {
  const { caller, action, resource, resourceAccount, resourcePolicy, session, keys } = question;
  const identity = caller.is === "root" ? [everything] : question.identity;
  const answer = await runSimulation(
    {
      request: {
        principal: principalOf(question),
        action,
        resource: { resource, accountId: resourceAccount },
        contextVariables: Object.fromEntries(
          Object.entries(keys).map(([key, value]) => [
            inItsWords(key),
            typeof value === "string" ? value : [...(value ?? [])],
          ]),
        ),
      },
      identityPolicies: identity.map((policy, index) => ({ name: `policy${index}`, policy: documentFor(policy) })),
      ...(session ? { sessionPolicy: documentFor(session) } : {}),
      ...(resourcePolicy ? { resourcePolicy: documentFor(resourcePolicy) } : {}),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (answer.resultType !== "single") throw new Error(`not evaluated: ${JSON.stringify(answer)}`);
  if (answer.result.ignoredContextKeys?.length) throw new Error(`ignored: ${answer.result.ignoredContextKeys}`);
  const outcome = outcomes[answer.overallResult];
  if (!outcome) throw new Error(`unknown result ${answer.overallResult}`);
  return outcome;
}
