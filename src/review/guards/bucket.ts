import { attribute, encryptionIn, isKnown, knownText, shownValue } from "../attributes";
import { type Finding, finding } from "../finding";
import { isNoOp } from "../normalise";
import { phrase } from "../phrase";
import type { ResourceChange } from "../terraform-plan";
import { bucketType, encryptionType, type Guard, whereOf } from "./guard";

/** From a KMS key to none. Another key is shown in the table, and is what a first adoption does. */
export const encryptionGuard: Guard = (reviewed) =>
  reviewed.plan.resources
    .filter((change) => change.type === encryptionType && !isNoOp(change) && change.after !== null)
    .filter((change) => {
      const was = knownText(encryptionIn(change, "before").algorithm);
      return was?.startsWith("aws:kms") && isKnown(encryptionIn(change, "after").algorithm, "AES256");
    })
    .map((change) => {
      const { algorithm } = encryptionIn(change, "before");
      return finding(
        "encryption-weaker",
        whereOf(reviewed, change),
        phrase`${shownValue(algorithm)} becomes ${"AES256"}`,
      );
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
