import { isObject, type PolicyDocument, type Statement, statementsOf, textsIn } from "../../fleet/policy";
import { stranger } from "../preflight/key-checks";
import { accountOf, type Principal } from "../preflight/policy/evaluate";
import { examplesWithin } from "../preflight/policy/examples";
import type { Question } from "./facts";

/** Somebody as whom a probe is evaluated. */
export interface Asker {
  readonly name: string;
  /** As it stands in the policy, for somebody whom a Deny names. */
  readonly pattern?: string;
  readonly principal: Principal;
}

const ofPrincipals = /^aws:principal(?:arn|account)$/i;

/** Whom a Deny names, to reach or to spare them: as they are written. */
function namesIn(statement: Statement): string[] {
  const { Principal: named, NotPrincipal: spared, Condition: condition } = statement;
  const blocks = isObject(condition) ? Object.values(condition).filter(isObject) : [];
  const compared = blocks.flatMap((block) => Object.entries(block).filter(([key]) => ofPrincipals.test(key)));
  return [named, spared, ...compared.map(([, values]) => values)].flatMap(textsIn);
}

const roleOf = (partition: string, account: string): string => `arn:${partition}:iam::${account}:role/at-rest-probe`;

/** Roles and users that a name stands for, as ARNs: of an account that is named as a whole, a role and its root user. */
function arnsOf(name: string, { partition, account }: Question): string[] {
  const [, whole] = /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(name) ?? [];
  if (whole !== undefined) return [roleOf(partition, whole), `arn:${partition}:iam::${whole}:root`];
  const [of = account] = /(?<=:)\d{12}(?=:)/.exec(name) ?? [];
  const starts = [`iam::${of}:role/`, `iam::${of}:user/`, `sts::${of}:assumed-role/`];
  return starts.flatMap((start) => examplesWithin(`arn:${partition}:${start}`, name));
}

/**
 * Everybody in particular is anybody: a role of the account, one of another account, nobody who signed; and whomever a
 * Deny names, since whom it names it may spare.
 */
export function askersOf(question: Question, policy: PolicyDocument | null): Asker[] {
  const { partition, account } = question;
  const role = (of: string): Principal => ({ is: "iam", arn: roleOf(partition, of) });
  const denies = policy === null ? [] : statementsOf(policy).filter(({ Effect }) => Effect === "Deny");
  const named = [...new Set(denies.flatMap(namesIn))].filter((name) => name !== "*").sort();
  return [
    { name: "a role of the account", principal: role(account) },
    { name: "a role of another account", principal: role(stranger) },
    { name: "an anonymous request", principal: { is: "anonymous" } },
    ...named.flatMap((pattern) =>
      arnsOf(pattern, question).map((arn): Asker => ({ name: pattern, pattern, principal: { is: "iam", arn } })),
    ),
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
