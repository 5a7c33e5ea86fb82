import { attribute, encryptionIn, isKnown, knownText, type Side, shownValue } from "../attributes";
import { type Finding, finding } from "../finding";
import { isChange, isNoOp, type Value } from "../normalise";
import { phrase } from "../phrase";
import type { ResourceChange } from "../terraform-plan";
import { bucketType, encryptionType, type Guard, whereOf } from "./guard";

const isKms = (algorithm: Value): boolean => knownText(algorithm)?.startsWith("aws:kms") === true;

/** From a KMS key to none, or to what nobody knows. Another key is shown in the table, and is what a first adoption does. */
export const encryptionGuard: Guard = (reviewed) =>
  reviewed.plan.resources
    .filter((change) => change.type === encryptionType && !isNoOp(change) && change.after !== null)
    .flatMap((change): Finding[] => {
      const [was, becomes] = [encryptionIn(change, "before").algorithm, encryptionIn(change, "after").algorithm];
      if (!isKms(was) || isKms(becomes)) return [];
      const evidence = phrase`${shownValue(was)} becomes ${shownValue(becomes)}`;
      return [finding("encryption-weaker", whereOf(reviewed, change), evidence)];
    });

const publicAccess = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

/** Attributes whose other value would leave the backups with less protection. */
function weaknesses(change: ResourceChange): string[] {
  const after = (...path: (string | number)[]) => attribute(change, "after", ...path);
  switch (change.type) {
    case bucketType:
      return isKnown(after("force_destroy"), true) ? ["force_destroy"] : [];
    case "aws_s3_bucket_versioning":
      return isKnown(after("versioning_configuration", 0, "status"), "Enabled") ? [] : ["versioning_configuration"];
    case "aws_s3_bucket_ownership_controls":
      return isKnown(after("rule", 0, "object_ownership"), "BucketOwnerEnforced") ? [] : ["object_ownership"];
    case "aws_s3_bucket_public_access_block":
      return publicAccess.filter((name) => !isKnown(after(name), true));
    default:
      return [];
  }
}

/** The bucket of the backups is the only one that Terraform holds whole. */
export const backupGuard: Guard = (reviewed) =>
  reviewed.plan.resources
    .filter((change) => !isNoOp(change) && change.after !== null)
    .flatMap((change): Finding[] =>
      weaknesses(change).map((name) =>
        finding("backup-less-protected", whereOf(reviewed, change), phrase`${change.address}: ${name}`),
      ),
    );

/** Where a lifecycle rule says after how many days it deletes. */
const ends = [
  ["expiration", "days"],
  ["noncurrent_version_expiration", "noncurrent_days"],
] as const;

/** By what the rule is called; one whose days nobody knows may delete at once. */
function daysOfRules(change: ResourceChange, side: Side, [block, name]: (typeof ends)[number]): Map<string, number> {
  const rules = attribute(change, side, "rule");
  const count = rules.is === "known" && Array.isArray(rules.value) ? rules.value.length : 0;
  const days = new Map<string, number>();
  for (let rule = 0; rule < count; rule++) {
    const isOn = !isKnown(attribute(change, side, "rule", rule, "status"), "Disabled");
    const end = attribute(change, side, "rule", rule, block, 0, name);
    const id = knownText(attribute(change, side, "rule", rule, "id")) ?? "";
    if (isOn && end.is !== "absent") days.set(id, end.is === "known" && typeof end.value === "number" ? end.value : 0);
  }
  return days;
}

/** Days of one rule that become fewer, or that it did not have. */
export const retentionGuard: Guard = (reviewed) =>
  reviewed.plan.resources
    .filter((change) => change.type === "aws_s3_bucket_lifecycle_configuration" && isChange(change))
    .filter(({ before, after }) => before !== null && after !== null)
    .flatMap((change) =>
      ends.flatMap((end) => {
        const before = daysOfRules(change, "before", end);
        return [...daysOfRules(change, "after", end)].flatMap(([id, days]): Finding[] => {
          const was = before.get(id);
          if (was !== undefined && was <= days) return [];
          const evidence = phrase`${change.address}: ${end[0]} of ${id} from ${was ?? "no"} to ${days} days`;
          return [finding("backup-retention-shortened", whereOf(reviewed, change), evidence)];
        });
      }),
    );
