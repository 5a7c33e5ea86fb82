import { attribute, knownText } from "./attributes";
import { canonical } from "./json";
import { type AttributeChange, attributeChanges, type Value } from "./normalise";
import type { ResourceChange, TerraformPlan } from "./terraform-plan";

/**
 * Attributes of a resource that another one owns, where the stacks have that other one: its own drift is told. The first
 * plan after an apply shows them all, because they were read before the other resource was made.
 */
const ownedByOthers: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["aws_iam_policy", new Set(["attachment_count"])],
  [
    "aws_s3_bucket",
    new Set(["grant", "lifecycle_rule", "policy", "server_side_encryption_configuration", "versioning"]),
  ],
]);

const isEmpty = (value: Value): boolean =>
  value.is === "absent" || (value.is === "known" && ['""', "[]", "{}"].includes(canonical(value.value)));

/** Whether somebody changed it: providers read back as empty what was not set. */
const isChanged = (type: string, { path, before, after }: AttributeChange): boolean =>
  !ownedByOthers.get(type)?.has(String(path[0])) && !(isEmpty(before) && isEmpty(after));

const sides = ["before", "after"] as const;

/** The policies that the stack itself attaches to its role, or has until now: the role counts them among its own. */
const attachedBy = (plan: TerraformPlan): ReadonlySet<string> =>
  new Set(
    plan.resources
      .filter(({ type }) => type === "aws_iam_role_policy_attachment")
      .flatMap((change) => sides.flatMap((side) => knownText(attribute(change, side, "policy_arn")) ?? [])),
  );

export interface Drift {
  readonly change: ResourceChange;
  readonly attributes: readonly AttributeChange[];
}

/** What somebody changed or deleted since the last apply. */
export function driftOf(plan: TerraformPlan): Drift[] {
  const attached = attachedBy(plan);
  const isOwn = ({ path, after }: AttributeChange) =>
    path[0] === "managed_policy_arns" && after.is === "known" && attached.has(String(after.value));
  return plan.drift
    .map((change) => ({
      change,
      attributes: attributeChanges(change).filter((one) => isChanged(change.type, one) && !isOwn(one)),
    }))
    .filter(({ change, attributes }) => change.actions.includes("delete") || attributes.length > 0);
}
