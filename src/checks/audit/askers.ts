import { type PolicyDocument, statementsOf, textsIn } from "../../fleet/policy";
import { stranger } from "../preflight/key-checks";
import { strings } from "../preflight/policy/conditions";
import { accountOf, type Principal } from "../preflight/policy/evaluate";
import type { Question } from "./facts";

/** Somebody as whom a probe is evaluated. */
export interface Asker {
  readonly name: string;
  /** As it stands in the policy, for somebody whom a Deny names. */
  readonly pattern?: string;
  readonly principal: Principal;
}

/** Something that a pattern matches. */
const exampleOf = (pattern: string): string => pattern.replaceAll("*", "x").replaceAll("?", "x");

const denies = (policy: PolicyDocument) => statementsOf(policy).filter(({ Effect }) => Effect === "Deny");

const iamPrincipal = /^arn:[^:]+:(?:iam|sts)::\d{12}:(?:user|role|assumed-role)\//;

/**
 * Everybody in particular is anybody: a role of the account, one of another account, nobody who signed; and each role or
 * user that a Deny names, since whom it names it may spare.
 */
export function askersOf({ partition, account }: Question, policy: PolicyDocument | null): Asker[] {
  const role = (of: string): Principal => ({ is: "iam", arn: `arn:${partition}:iam::${of}:role/at-rest-probe` });
  const named = new Set(
    (policy === null ? [] : denies(policy)).flatMap((statement) =>
      [statement["Principal"], statement["NotPrincipal"], statement["Condition"]].flatMap(textsIn),
    ),
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

/** Keys that a probe is evaluated on: any, and one of each part of the bucket that a Deny tells apart. */
export function keysOf(bucketArn: string, policy: PolicyDocument | null): string[] {
  const patterns = (policy === null ? [] : denies(policy)).flatMap((statement) => [
    ...strings(statement["Resource"]),
    ...strings(statement["NotResource"]),
  ]);
  const examples = patterns.filter((one) => one.startsWith(`${bucketArn}/`)).map((one) => exampleOf(one));
  return [...new Set([`${bucketArn}/any-key`, ...examples])];
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
