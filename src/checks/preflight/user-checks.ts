import type { BucketUser, Facts, Simulated } from "./facts";
import { type Finding, finding } from "./finding";
import { keyPolicyAnswer } from "./key-access";
import { loggedServices, namelessServices, namesOf, unknownOf } from "./log-users";
import { nameOf } from "./logs/request";
import { known, unseen } from "./looked";
import { accountOf } from "./policy/evaluate";
import { isBounded, unanswered } from "./simulate";
import { allowsOf, keyActions, mayRead, mayWrite, principalsOf, usersOf } from "./users";

const groups = (arn: string): boolean => arn.endsWith(":root") || arn.includes("*");

/** What the principal's own IAM policies add, where the key's policy leaves it to them or the account is another one. */
function iamFindings(facts: Facts, user: BucketUser, who: string): Finding[] {
  if (groups(user.arn)) {
    return [finding("note", "principal-not-decided", `${who}: the IAM policies of a whole account decide`)];
  }
  if (accountOf(user.arn) !== facts.intent.account) {
    return [
      finding("warning", "principal-not-decided", `${who}: the IAM policies of account ${accountOf(user.arn)} decide`),
    ];
  }
  const simulated = facts.iam.get(user.arn);
  if (simulated === undefined || simulated.is === "unseen") {
    // A denied simulation is reported as could-not-look as well, with its permission.
    const why = simulated?.is === "unseen" ? unseen(simulated) : "nobody asked";
    return [finding("warning", "principal-not-decided", `${who}: its IAM policies decide, and ${why}`)];
  }
  return simulatedFindings(user, who, simulated.value);
}

/**
 * | IAM answers | hangs on keys that nobody knows | |
 * |-------------|---------------------------------|---|
 * | allowed     | no                              | nothing to say |
 * | allowed     | yes                             | note: some Deny may hold |
 * | refused     | no                              | error |
 * | refused     | yes                             | warning: some Allow may hold, or some Deny may not |
 */
function simulatedFindings(user: BucketUser, who: string, says: Readonly<Record<string, Simulated>>): Finding[] {
  const answers = keyActions(user.does).map((action) => ({ action, ...(says[action] ?? unanswered) }));
  const refused = answers.filter(({ decision }) => decision !== "allowed");
  const actions = refused.map(({ action }) => action).join(", ");
  const by = [...new Set(refused.flatMap(({ refusedBy }) => refusedBy))];
  const because = by.length > 0 ? ` (${by.join(", ")})` : "";
  if (refused.some(({ hangsOn }) => hangsOn.length === 0)) {
    return [finding("error", "principal-without-key", `${who}: its IAM policies do not allow ${actions}${because}`)];
  }
  const keys = [...new Set((refused.length > 0 ? refused : answers).flatMap(({ hangsOn }) => hangsOn))].join(", ");
  if (refused.length > 0) {
    const evidence = `${who}: whether its IAM policies allow ${actions} hangs on ${keys}${because}`;
    return [finding("warning", "principal-not-decided", evidence)];
  }
  if (keys === "") return [];
  const evidence = `${who}: its IAM policies allow it, unless a Deny holds that hangs on ${keys}`;
  return [finding("note", "principal-not-decided", evidence)];
}

function userFindings(facts: Facts, user: BucketUser): Finding[] {
  const { key, intent } = facts;
  const policy = key && known(key.policy);
  if (!policy) return [];
  const who = `${user.arn} (${user.from}, ${user.does}s)`;
  const simulated = facts.iam.get(user.arn);
  const principal = { is: "iam", arn: user.arn, bounded: simulated && isBounded(known(simulated)) } as const;
  const answer = keyPolicyAnswer(policy, key.arn, intent, principal, keyActions(user.does));
  switch (answer.is) {
    case "denied":
      return [
        finding("error", "principal-without-key", `${who}: the key's policy denies ${answer.action} (${answer.by})`),
      ];
    case "silent":
      return [finding("error", "principal-without-key", `${who}: the key's policy does not allow ${answer.action}`)];
    case "undecided":
      return [
        finding("warning", "principal-not-decided", `${who}: hangs on ${answer.by.join(", ")} of the key's policy`),
      ];
    case "delegated":
      // Nobody may ask IAM about principals that the fleet does not name, which is a finding of its own.
      return user.from === "logs" ? [] : iamFindings(facts, user, who);
    case "allowed":
      // A key's policy is enough for principals of the key's account; others need their own IAM policies as well.
      return user.from === "logs" || accountOf(user.arn) === accountOf(key.arn) ? [] : iamFindings(facts, user, who);
  }
}

/** Readers and writers who could not use the target key. */
export function userChecks(facts: Facts): Finding[] {
  const { key } = facts;
  if (key?.policy.is === "unseen" && key.policy.notThere) {
    return [finding("warning", "principal-not-decided", `who may use ${key.arn}: ${unseen(key.policy)}`)];
  }
  return usersOf(facts).flatMap((user) => userFindings(facts, user));
}

/** A stranger's use, as the evidence of a finding. */
const inLogs = (who: string, does: BucketUser["does"]): string => `${who} ${does}s (logs)`;

/** Whom the bucket's policy or its logs name and the fleet does not: nobody thought of them. */
export function unnamedUserChecks(facts: Facts): Finding[] {
  const { fleet, target } = facts.intent;
  if (!fleet || target.algorithm === "AES256") return [];
  const named = new Set(namesOf(facts.intent));
  const services = loggedServices(facts).filter(({ name }) => !fleet.serviceWriters.includes(name));
  const unnamed = [
    ...usersOf(facts).flatMap(({ from, arn, does }) => {
      if (from === "logs") return [inLogs(arn, does)];
      return from === "bucket policy" && !named.has(arn) ? [`${arn} ${does}s`] : [];
    }),
    ...unknownOf(facts).map(({ principal, does }) => inLogs(nameOf(principal), does)),
    ...services.map(({ name, does }) => inLogs(name, does)),
  ];
  return unnamed.map((evidence) => finding("warning", "principal-not-in-fleet", evidence));
}

/** AWS services that read or write, such as CloudFront or log delivery, and the target key. */
export function serviceChecks(facts: Facts): Finding[] {
  const { intent, bucket, key } = facts;
  const policy = key && known(key.policy);
  if (!policy) return [];
  const named = allowsOf(bucket).flatMap((statement) =>
    principalsOf(statement, "Service").flatMap((name) => [
      ...(mayRead(statement) ? [{ name, does: "read" as const }] : []),
      ...(mayWrite(statement) ? [{ name, does: "write" as const }] : []),
    ]),
  );
  const writers = (intent.fleet?.serviceWriters ?? []).map((name) => ({ name, does: "write" as const }));
  const nameless = namelessServices(facts).map(({ name, does }) =>
    finding(
      "note",
      "principal-not-decided",
      `an AWS service that the logs call ${name} ${does}s: which one is not said`,
    ),
  );
  const answered = [...named, ...writers, ...loggedServices(facts)].flatMap(({ name, does }) => {
    const answer = keyPolicyAnswer(policy, key.arn, intent, { is: "service", name }, keyActions(does));
    const who = `${name} ${does}s`;
    if (answer.is === "silent" || answer.is === "denied") {
      return [finding("error", "service-without-key", `${who}: the key's policy does not allow ${answer.action}`)];
    }
    return answer.is === "undecided"
      ? [finding("note", "principal-not-decided", `${who}: hangs on ${answer.by.join(", ")} of the key's policy`)]
      : [];
  });
  return [...answered, ...nameless];
}
