import { policyFindings } from "../preflight/key-checks";
import { unseen } from "../preflight/looked";
import { type Check, check } from "./check";
import type { AuditFacts } from "./facts";

/** The target key: usable now, and later. */
export function keyChecks({ question, key }: AuditFacts): Check[] {
  if (key === null) return [];
  const { arn, description, policy, rotates } = key;
  if (description.is === "unseen") {
    const why = `${arn}: ${unseen(description)}`;
    return (["key-enabled", "key-deletion", "key-rotation", "key-policy"] as const).map((id) =>
      check(question, id, "could-not-look", why),
    );
  }
  const found = description.value;
  if (found === null) return [check(question, "key-enabled", "fail", `${arn} is not there`)];
  const { state, usage, spec, manager, account, deletionDate } = found;
  const usable = state === "Enabled" && usage === "ENCRYPT_DECRYPT" && spec === "SYMMETRIC_DEFAULT";
  const pending = state === "PendingDeletion" || state === "PendingReplicaDeletion";
  const deleted = deletionDate === undefined ? "" : `, and is deleted on ${deletionDate}`;
  const checks = [
    check(question, "key-enabled", usable ? "pass" : "fail", `${arn} is ${state}, ${spec}, for ${usage}`),
    check(question, "key-deletion", pending ? "fail" : "pass", `${arn} is ${state}${deleted}`),
  ];
  if (manager === "AWS") {
    return [...checks, check(question, "key-rotation", "pass", `${arn} is AWS's own, which AWS rotates every year`)];
  }
  const rotation =
    rotates.is === "unseen"
      ? check(question, "key-rotation", "could-not-look", `${arn}: ${unseen(rotates)}`)
      : check(
          question,
          "key-rotation",
          rotates.value ? "pass" : "fail",
          `${arn}: automatic rotation is ${rotates.value ? "on" : "off"}`,
        );
  if (policy.is === "unseen") {
    // Nobody of this account is ever shown the policy of another one's key: that is for the fleet to accept.
    const result = policy.notThere ? "undecided" : "could-not-look";
    return [...checks, rotation, check(question, "key-policy", result, `${arn}: ${unseen(policy)}`)];
  }
  const findings = policyFindings(key, account);
  const wrong = findings.map(({ id, evidence }) => `${id}: ${evidence}`);
  const failed = findings.some(({ level }) => level === "error");
  return [
    ...checks,
    rotation,
    check(question, "key-policy", failed ? "fail" : wrong.length > 0 ? "undecided" : "pass", wrong.join("; ") || arn),
  ];
}
