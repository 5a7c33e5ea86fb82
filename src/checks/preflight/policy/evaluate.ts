import { isObject, type Json, type PolicyDocument, type Statement, statementsOf } from "../../../fleet/policy";
import {
  allOf,
  anyOf,
  type ConditionContext,
  conditionsHold,
  isLike,
  not,
  strings,
  undecidedKeys,
  type Verdict,
} from "./conditions";

/** Who asks: an IAM role or user by its ARN, an AWS service, or nobody who signed. */
export type Principal =
  | {
      readonly is: "iam";
      readonly arn: string;
      /** Whether it is known to have a permissions boundary. @default false */
      readonly bounded?: boolean;
    }
  | { readonly is: "service"; readonly name: string }
  | { readonly is: "anonymous" };

export interface PolicyRequest {
  readonly principal: Principal;
  /** Such as `kms:Decrypt`. */
  readonly action: string;
  readonly resource: string;
  /** Lower-case names of condition keys. A key that is not in it is one of which nothing is known. */
  readonly context: ConditionContext;
}

/**
 * | answer     | what a resource policy says                                                              |
 * |------------|------------------------------------------------------------------------------------------|
 * | denied     | a Deny holds; `by` names it                                                              |
 * | allowed    | an Allow names the principal, or everybody                                               |
 * | delegated  | an Allow names the principal's account: its own IAM policies decide                       |
 * | silent     | nothing holds                                                                            |
 * | undecided  | it hangs on what we do not know; `by` names the statements, each with the condition keys |
 */
export interface PolicyAnswer {
  readonly is: "denied" | "allowed" | "delegated" | "silent" | "undecided";
  /** The statements that decide: their Sid, else their place. Of one that is not decided, also what it hangs on. */
  readonly by: readonly string[];
}

/** 12 digits of an ARN, or nothing. */
export const accountOf = (arn: string): string => arn.split(":")[4] ?? "";

/** By its id, or by the ARN of its root. */
const namesAccount = (principals: readonly string[], account: string): boolean =>
  principals.some((one) => one === account || (accountOf(one) === account && one.endsWith(":root")));

type Reach = "principal" | "account" | "no";

/** What of a request's principal an element `Principal` names. */
function reachOf(named: Json | undefined, principal: Principal): Reach {
  if (named === "*") return "principal";
  if (!isObject(named)) return "no";
  const aws = strings(named["AWS"]);
  if (principal.is === "service") {
    return strings(named["Service"]).includes(principal.name) ? "principal" : "no";
  }
  if (aws.includes("*")) return "principal";
  if (principal.is === "anonymous") return "no";
  if (aws.includes(principal.arn)) return "principal";
  return namesAccount(aws, accountOf(principal.arn)) ? "account" : "no";
}

/**
 * Whether `NotPrincipal` spares somebody: only together with the account. Of an account that stands alone AWS's page does
 * not say that all of its roles and users are meant.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal", "Key points".
 */
function isSpared(named: Json | undefined, principal: Principal): Verdict {
  if (principal.is !== "iam") return reachOf(named, principal) === "principal";
  const { arn } = principal;
  const listed = isObject(named) ? strings(named["AWS"]) : strings(named);
  if (listed.includes("*")) return true;
  if (!namesAccount(listed, accountOf(arn))) return false;
  return listed.includes(arn) || arn.endsWith(":root") || "undecided";
}

/** "Always deny any IAM principal that has a permissions boundary policy attached": the same page, of NotPrincipal with Deny. */
const sparesNobody = ({ Effect: effect, NotPrincipal: spared }: Statement, principal: Principal): boolean =>
  effect === "Deny" && spared !== undefined && principal.is === "iam" && principal.bounded === true;

const actionMatches = (statement: Statement, action: string): Verdict => {
  const like = (element: string) =>
    strings(statement[element]).some((one) => isLike(action.toLowerCase(), one.toLowerCase()));
  return statement["NotAction"] === undefined ? like("Action") : !like("NotAction");
};

const resourceMatches = (statement: Statement, resource: string): Verdict => {
  const named = [...strings(statement["Resource"]), ...strings(statement["NotResource"])];
  if (named.some((one) => one.includes("${"))) return "undecided";
  return statement["NotResource"] === undefined
    ? named.some((one) => isLike(resource, one))
    : !named.some((one) => isLike(resource, one));
};

interface Judged {
  readonly name: string;
  readonly reach: Reach;
  readonly holds: Verdict;
}

function judge(statement: Statement, place: number, request: PolicyRequest): Judged {
  const { principal, action, resource, context } = request;
  const { NotPrincipal: spared } = statement;
  const reach = spared === undefined ? reachOf(statement["Principal"], principal) : "principal";
  const always = sparesNobody(statement, principal);
  const reaches: Verdict = spared === undefined ? reach !== "no" : always || not(isSpared(spared, principal));
  const on = resourceMatches(statement, resource);
  const holds = allOf([reaches, actionMatches(statement, action), on, conditionsHold(statement["Condition"], context)]);
  const hangsOn = [
    ...(reaches === "undecided" ? ["NotPrincipal"] : []),
    ...(on === "undecided" ? ["a variable in Resource"] : []),
    ...new Set(undecidedKeys(statement["Condition"], context)),
  ];
  const sid = statement["Sid"];
  const name = typeof sid === "string" && sid !== "" ? sid : `statement ${place + 1}`;
  if (holds === "undecided") return { name: `${name} (${hangsOn.join(", ")})`, reach, holds };
  return { name: always ? `${name} (NotPrincipal spares nobody with a permissions boundary)` : name, reach, holds };
}

const namesOf = (judged: readonly Judged[]): string[] => judged.map(({ name }) => name);

const judged = (policy: PolicyDocument | null, effect: string, request: PolicyRequest): Judged[] =>
  (policy === null ? [] : statementsOf(policy))
    .map((statement, place) => ({ effect: statement["Effect"], ...judge(statement, place, request) }))
    .filter((one) => one.effect === effect);

const having = (statements: readonly Judged[], holds: Verdict): Judged[] =>
  statements.filter((one) => one.holds === holds);

/** Whether a Deny of the policy refuses a request, and which: those that do, else those that may. */
export function denialOf(policy: PolicyDocument | null, request: PolicyRequest): { holds: Verdict; by: string[] } {
  const denies = judged(policy, "Deny", request);
  const holds = anyOf(denies.map((one) => one.holds));
  return { holds, by: holds === false ? [] : namesOf(having(denies, holds)) };
}

/**
 * What a bucket's or a key's policy says of a request: the resource's half of the decision only.
 *
 * Source: IAM User Guide, "Policy evaluation logic".
 */
export function evaluatePolicy(policy: PolicyDocument | null, request: PolicyRequest): PolicyAnswer {
  const denial = denialOf(policy, request);
  if (denial.holds === true) return { is: "denied", by: denial.by };
  const allows = judged(policy, "Allow", request);
  const sure = having(allows, true);
  const direct = sure.filter(({ reach }) => reach === "principal");
  const unsure = having(allows, "undecided");
  if (sure.length === 0 && unsure.length === 0) return { is: "silent", by: [] };
  if (denial.holds === "undecided") return { is: "undecided", by: denial.by };
  if (direct.length > 0) return { is: "allowed", by: namesOf(direct) };
  // One that may name the principal itself would be more than what its account is given.
  if (sure.length > 0) return { is: "delegated", by: namesOf(sure) };
  return { is: "undecided", by: namesOf(unsure) };
}
