import { type EnforcementRow, enforcementRows } from "../../fleet/fleet";
import { bucketArn } from "../../fleet/names";
import type { PolicyDocument } from "../../fleet/policy";
import { unseen } from "../preflight/looked";
import { denialOf } from "../preflight/policy/evaluate";
import { exampleKeys } from "../preflight/policy/example-keys";
import { encryptionKeys, writeKeys } from "../preflight/policy/write-keys";
import { type Asker, askersOf, contextOfAsker } from "./askers";
import { type Check, check } from "./check";
import type { Configuration, Question } from "./facts";
import { type Probe, refusedProbes, rightPut } from "./probes";

const bucketArnOf = ({ partition, bucket }: Question): string => bucketArn(partition, bucket);

const resourcesOf = (question: Question, policy: PolicyDocument | null, { on }: Probe): string[] =>
  on === "bucket" ? [bucketArnOf(question)] : exampleKeys(bucketArnOf(question), policy, "Deny");

/** @param keys those of a write that it has only as far as it carries them; it may or may not have others */
function denial(
  policy: PolicyDocument | null,
  { action, carries, secure }: Probe,
  asker: Asker,
  resource: string,
  keys: readonly string[],
) {
  const context = contextOfAsker(asker);
  context.set("aws:securetransport", String(secure));
  if (!secure) context.set("s3:tlsversion", null);
  for (const key of keys) context.set(key, carries[key] ?? null);
  return denialOf(policy, { principal: asker.principal, action, resource, context });
}

/** Whom the fleet lets write without the header. */
const isSpared = ({ fleet }: Question, row: EnforcementRow, { pattern }: Asker): boolean =>
  row === "missing-header" && pattern !== undefined && fleet?.headerlessWriters.includes(pattern) === true;

/** Whether everything that a row has to deny is denied, to everybody and everywhere. */
function rowCheck(question: Question, policy: PolicyDocument | null, row: EnforcementRow, probes: readonly Probe[]) {
  const through: string[] = [];
  const undecided = new Set<string>();
  const by = new Set<string>();
  const askers = askersOf(question, policy).filter((asker) => !isSpared(question, row, asker));
  for (const probe of probes) {
    for (const asker of askers) {
      for (const resource of resourcesOf(question, policy, probe)) {
        // An ACL or a condition is the writer's to send or to leave out: a Deny that hangs on it refuses some.
        const answer = denial(policy, probe, asker, resource, encryptionKeys);
        if (answer.holds === false) through.push(`${probe.says}, from ${asker.name}, on ${resource}`);
        for (const name of answer.by) (answer.holds === true ? by : undecided).add(name);
      }
    }
  }
  const [first] = through;
  if (first !== undefined) {
    const more = through.length > 1 ? `, and ${through.length - 1} more of such probes` : "";
    // Whoever reads this cannot mend it with an apply.
    const owner =
      question.fleet?.policy === "external"
        ? "; the policy is its owner's: at-rest preflight prints what it lacks"
        : "";
    return check(question, row, "fail", `not denied: ${first}${more}${owner}`);
  }
  if (undecided.size > 0) {
    return check(question, row, "undecided", `whether it is denied hangs on ${[...undecided].join(", ")}`);
  }
  return check(question, row, "pass", `denied by ${[...by].join(", ")}`);
}

/**
 * Evaluates the live policy with one request after the other that it has to deny, and with one that it must not deny.
 * Nothing is sent. Only Deny statements count: what nobody allows may be allowed tomorrow, or by IAM today.
 */
export function enforcementChecks({
  question,
  configuration,
}: {
  readonly question: Question;
  readonly configuration: Pick<Configuration, "policy" | "encryption">;
}): Check[] {
  const probes = refusedProbes(question);
  const asked = enforcementRows.filter((row) => probes[row].length > 0);
  const { policy: looked } = configuration;
  if (looked.is === "unseen") {
    return (["right-put", ...asked] as const).map((id) => check(question, id, "could-not-look", unseen(looked)));
  }
  const policy = looked.value;
  return [
    rightPutCheck(question, policy),
    ...asked.map((row) => {
      const answered = rowCheck(question, policy, row, probes[row]);
      return row === "sse-c" ? orBlocked(question, answered, configuration.encryption) : answered;
    }),
  ];
}

/** SSE-C that the bucket's encryption configuration blocks needs no statement. */
function orBlocked(question: Question, byPolicy: Check, encryption: Configuration["encryption"]): Check {
  if (byPolicy.result === "pass") return byPolicy;
  if (encryption.is === "unseen") {
    return check(question, "sse-c", "could-not-look", `${byPolicy.evidence}; ${unseen(encryption)}`);
  }
  return encryption.value.blockedEncryptionTypes.includes("SSE-C")
    ? check(question, "sse-c", "pass", "the bucket's encryption configuration blocks SSE-C")
    : byPolicy;
}

/** As a role of the account. Whoever else is denied may be so for good reasons. */
function rightPutCheck(question: Question, policy: PolicyDocument | null): Check {
  const [asker] = askersOf(question, policy);
  const probe = rightPut(question);
  const answer = asker && denial(policy, probe, asker, `${bucketArnOf(question)}/any-key`, writeKeys);
  if (answer?.holds === true) return check(question, "right-put", "fail", `denied by ${answer.by.join(", ")}`);
  if (answer?.holds === "undecided") {
    return check(question, "right-put", "undecided", `whether it is denied hangs on ${answer.by.join(", ")}`);
  }
  return check(question, "right-put", "pass", "not denied");
}
