import { attribute, encryptionIn, isKnown, knownText, shownValue } from "../attributes";
import { type Finding, finding } from "../finding";
import { isNoOp, type Value } from "../normalise";
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
