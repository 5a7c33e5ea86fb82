import type { FleetBucket, Stage, Target } from "../fleet/fleet";
import {
  attribute,
  bucketOfChange,
  type Encryption,
  encryptionIn,
  knownText,
  policyAttribute,
  type Side,
  shownValue,
} from "./attributes";
import { encryptionType, keyType, policyType } from "./guards/guard";
import { policyChanges } from "./guards/policy";
import { isChange, isNoOp } from "./normalise";
import { listed, type Phrase, phrase, plainText } from "./phrase";
import type { ResourceChange, TerraformPlan } from "./terraform-plan";

/** One bucket of the fleet, and what its stack's plan does to it. */
export interface Row {
  readonly target: Target;
  readonly bucket: string;
  /** Undefined: not compared. Null: the base branch's fleet does not have it. */
  readonly stageBefore: Stage | null | undefined;
  readonly stage: Stage;
  readonly encryption: Phrase;
  readonly policy: Phrase;
  readonly changes: boolean;
}

/** The ARN of the stack's key and its alias, where the plan shows them. */
export function ownKey(plan: TerraformPlan): { readonly arn: string | undefined; readonly alias: string | undefined } {
  const key = plan.resources.find(({ type }) => type === keyType);
  const alias = plan.resources.find(({ type }) => type === "aws_kms_alias");
  return {
    arn: key && (knownText(attribute(key, "after", "arn")) ?? knownText(attribute(key, "before", "arn"))),
    alias: alias && knownText(attribute(alias, "after", "name")),
  };
}

function describe({ algorithm, keyArn, bucketKey }: Encryption, own: ReturnType<typeof ownKey>): Phrase {
  const arn = knownText(keyArn);
  const isOwn = arn !== undefined && arn === own.arn && own.alias !== undefined;
  const key = isOwn
    ? phrase` ${own.alias ?? ""}`
    : arn || keyArn.is !== "known"
      ? phrase` ${shownValue(keyArn)}`
      : phrase``;
  const kms = knownText(algorithm) !== "AES256" && keyArn.is !== "absent";
  const flag = bucketKey.is === "known" ? (bucketKey.value === true ? phrase`, bucket key` : phrase``) : phrase``;
  return phrase`${shownValue(algorithm)}${kms ? key : phrase``}${kms ? flag : phrase``}`;
}

function encryptionCell(change: ResourceChange | undefined, plan: TerraformPlan): Phrase {
  if (!change) return phrase`not held`;
  if (change.actions.includes("forget")) return phrase`forgotten, stays as it is`;
  const own = ownKey(plan);
  const side = (name: Side) => describe(encryptionIn(change, name), own);
  if (change.after === null) return phrase`**deleted**, was ${side("before")}`;
  const after = side("after");
  if (change.before === null) return phrase`set to ${after}`;
  const before = side("before");
  return plainText(before) === plainText(after) ? phrase`${after}, unchanged` : phrase`${before} -> ${after}`;
}

function policyCell(change: ResourceChange | undefined): Phrase {
  if (!change) return phrase`not held`;
  if (change.actions.includes("forget")) return phrase`forgotten, stays as it is`;
  if (change.after === null) return phrase`**deleted**`;
  const after = policyAttribute(change, "after");
  if (after.is !== "policy") return phrase`**cannot be read** (${{ parts: [after.is] }})`;
  const counts = new Map<string, number>();
  for (const { is } of policyChanges(change)) counts.set(is, (counts.get(is) ?? 0) + 1);
  const count = (is: string) => counts.get(is) ?? 0;
  const parts = [
    ...(count("removed") > 0 ? [phrase`**${count("removed")} removed**`] : []),
    ...(count("changed") > 0 ? [phrase`**${count("changed")} changed**`] : []),
    ...(count("added") > 0
      ? [phrase`+${count("added")} ${{ parts: [count("added") === 1 ? "statement" : "statements"] }}`]
      : []),
    phrase`${count("kept")} kept`,
  ];
  return listed(parts);
}

const theirs = phrase`external`;

/** A stage's row for each bucket of a stack. */
export function rowsOf(
  target: Target,
  plan: TerraformPlan,
  stageBefore: (bucket: FleetBucket) => Stage | null | undefined,
): Row[] {
  const byBucket = new Map<string, ResourceChange[]>();
  for (const change of plan.resources) {
    const name = bucketOfChange(change);
    if (name !== undefined) byBucket.set(name, [...(byBucket.get(name) ?? []), change]);
  }
  return target.buckets.map((bucket) => {
    const changes = byBucket.get(bucket.name) ?? [];
    const of = (wanted: string) => changes.find(({ type, deposed }) => type === wanted && !deposed);
    const before = stageBefore(bucket);
    return {
      target,
      bucket: bucket.name,
      stageBefore: before,
      stage: bucket.stage,
      encryption: bucket.defaultEncryption === "external" ? theirs : encryptionCell(of(encryptionType), plan),
      policy: bucket.policy === "external" ? theirs : policyCell(of(policyType)),
      changes: changes.some(isChange) || (before !== undefined && before !== bucket.stage),
    };
  });
}

/** A policy that changes, of whatever resource. */
export interface PolicyChange {
  readonly address: string;
  readonly bucket?: string;
  /** Nothing where one side cannot be read: then nobody knows what is kept. */
  readonly changes?: ReturnType<typeof policyChanges>;
}

const policyAttributes = new Map([
  [policyType, "policy"],
  [keyType, "policy"],
  ["aws_iam_policy", "policy"],
  ["aws_iam_role", "assume_role_policy"],
]);

/** Whether an attribute is a policy, which is shown statement by statement. */
export const isPolicyAttribute = (type: string, name: string | number | undefined): boolean =>
  policyAttributes.get(type) === name;

function policyOf(change: ResourceChange, name: string): PolicyChange[] {
  const bucket = bucketOfChange(change);
  const where = { address: change.address, ...(bucket === undefined ? {} : { bucket }) };
  const sides = (["before", "after"] as const).map((side) => policyAttribute(change, side, name));
  if (sides.some(({ is }) => is !== "policy")) return [where];
  const changes = policyChanges(change, name);
  return changes.every(({ is }) => is === "kept") ? [] : [{ ...where, changes }];
}

export const policiesOf = (plan: TerraformPlan): PolicyChange[] =>
  plan.resources
    .filter((change) => isChange(change) && !isNoOp(change) && !change.actions.includes("forget"))
    .flatMap((change) => {
      const name = policyAttributes.get(change.type);
      return name === undefined ? [] : policyOf(change, name);
    });
