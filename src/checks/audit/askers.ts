import { type PolicyDocument, statementsOf, textsIn } from "../../fleet/policy";
import { stranger } from "../preflight/key-checks";
import { accountOf, type Principal } from "../preflight/policy/evaluate";
import { exampleOf } from "../preflight/policy/example-keys";
import type { Question } from "./facts";

/** Somebody as whom a probe is evaluated. */
export interface Asker {
  readonly name: string;
  /** As it stands in the policy, for somebody whom a Deny names. */
  readonly pattern?: string;
  readonly principal: Principal;
}

const iamPrincipal = /^arn:[^:]+:(?:iam|sts)::\d{12}:(?:user|role|assumed-role)\//;

/**
 * Everybody in particular is anybody: a role of the account, one of another account, nobody who signed; and each role or
 * user that a Deny names, since whom it names it may spare.
 */
export function askersOf({ partition, account }: Question, policy: PolicyDocument | null): Asker[] {
  const role = (of: string): Principal => ({ is: "iam", arn: `arn:${partition}:iam::${of}:role/at-rest-probe` });
  const named = new Set(
    (policy === null ? [] : statementsOf(policy))
      .filter(({ Effect }) => Effect === "Deny")
      .flatMap(({ Principal, NotPrincipal, Condition }) => [Principal, NotPrincipal, Condition].flatMap(textsIn)),
  );
  return [
    { name: "a role of the account", principal: role(account) },
    { name: "a role of another account", principal: role(stranger) },
    { name: "an anonymous request", principal: { is: "anonymous" } },
    ...[...named]
      .filter((text) => iamPrincipal.test(text))
      .sort()
      .map((pattern): Asker => ({ name: pattern, pattern, principal: { is: "iam", arn: exampleOf(pattern) } })),
  ];
}

/** What AWS knows of somebody, as far as it can be known here. */
export function contextOfAsker({ principal }: Asker): Map<string, string | null> {
  if (principal.is !== "iam") {
    return new Map([
      ["aws:principalarn", null],
      ["aws:principalaccount", null],
      ["aws:principalisawsservice", null],
      ["aws:principalservicename", null],
      ["aws:viaawsservice", "false"],
    ]);
  }
  return new Map([
    ["aws:principalarn", principal.arn],
    ["aws:principalaccount", accountOf(principal.arn)],
    ["aws:principalisawsservice", "false"],
    ["aws:principalservicename", null],
    ["aws:viaawsservice", "false"],
  ]);
}
