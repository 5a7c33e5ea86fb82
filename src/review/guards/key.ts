import { mayPutKeyPolicy } from "../../checks/preflight/key-checks";
import type { Target } from "../../fleet/fleet";
import type { PolicyDocument } from "../../fleet/policy";
import { attribute, isKnown, knownText, policyAttribute, shownValue } from "../attributes";
import { type Finding, finding, type Where } from "../finding";
import { isNoOp } from "../normalise";
import { phrase } from "../phrase";
import type { ResourceChange } from "../terraform-plan";
import { type Guard, keyType, whereOf } from "./guard";
import { nameOf, policyChanges } from "./policy";

function switchedOff(change: ResourceChange, name: string): boolean {
  const after = attribute(change, "after", name);
  return after.is !== "absent" && !isKnown(after, true);
}

function windowFindings(where: Where, change: ResourceChange): Finding[] {
  const [before, after] = [
    attribute(change, "before", "deletion_window_in_days"),
    attribute(change, "after", "deletion_window_in_days"),
  ];
  const was = before.is === "known" ? Number(before.value) : 30;
  if (after.is === "absent" || (after.is === "known" && Number(after.value) >= was)) return [];
  return [
    finding(
      "key-deletion-window-shortened",
      where,
      phrase`${change.address}: ${shownValue(before)} becomes ${shownValue(after)}`,
    ),
  ];
}

/** Whether nobody may be left who can mend the key's policy. What hangs on a condition is no right that is kept. */
function locksOut({ account }: Target, change: ResourceChange, policy: PolicyDocument | null): boolean {
  if (isKnown(attribute(change, "after", "bypass_policy_lockout_safety_check"), true)) return true;
  const root = `arn:${account.partition}:iam::${account.id}:root`;
  // A key that is yet to be made has no ARN, and its policy says `*`.
  const keyArn = knownText(attribute(change, "after", "arn")) ?? "*";
  const { is } = mayPutKeyPolicy(policy ?? {}, keyArn, root);
  return is !== "allowed" && is !== "delegated";
}

function policyFindings(where: Where, change: ResourceChange, target: Target): Finding[] {
  const policy = policyAttribute(change, "after");
  if (policy.is !== "policy") {
    return [finding("policy-not-known", where, phrase`${change.address}: its policy cannot be read`)];
  }
  const changes = policyChanges(change);
  const lockOut = locksOut(target, change, policy.document);
  const lost = change.actions.includes("create")
    ? []
    : changes.filter(({ is }) => is === "removed" || is === "changed");
  return [
    ...(lockOut ? [finding("key-lock-out", where, phrase`${change.address}`)] : []),
    ...lost.map((one) =>
      one.is === "changed"
        ? finding("key-user-removed", where, phrase`${change.address}: ${nameOf(one)} changes`)
        : finding("key-user-removed", where, phrase`${change.address}: ${nameOf(one)} is taken out`),
    ),
  ];
}

/** What would make a key weaker, or leave nobody who may use or mend it. */
export const keyGuard: Guard = (reviewed) =>
  reviewed.plan.resources
    .filter((change) => change.type === keyType && !isNoOp(change) && change.after !== null)
    .flatMap((change) => {
      const where = whereOf(reviewed, change);
      const value = (name: string) => shownValue(attribute(change, "after", name));
      return [
        ...(switchedOff(change, "enable_key_rotation")
          ? [
              finding(
                "key-rotation-off",
                where,
                phrase`${change.address}: rotation becomes ${value("enable_key_rotation")}`,
              ),
            ]
          : []),
        ...(switchedOff(change, "is_enabled")
          ? [finding("key-disabled", where, phrase`${change.address}: enabled becomes ${value("is_enabled")}`)]
          : []),
        ...windowFindings(where, change),
        ...policyFindings(where, change, reviewed.target),
      ];
    });
