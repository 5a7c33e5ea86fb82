import { type Finding, type FindingId, finding, type Level } from "../finding";
import { isChange } from "../normalise";
import { phrase } from "../phrase";
import type { ResourceChange } from "../terraform-plan";
import {
  bucketType,
  destroys,
  encryptionType,
  type Guard,
  keyType,
  policyType,
  type Reviewed,
  replaces,
  whereOf,
} from "./guard";

const precious = new Map<string, { readonly destroyed: FindingId; readonly replaced: FindingId }>([
  [keyType, { destroyed: "key-destroyed", replaced: "key-replaced" }],
  [bucketType, { destroyed: "bucket-destroyed", replaced: "bucket-replaced" }],
  [policyType, { destroyed: "policy-destroyed", replaced: "policy-replaced" }],
  [encryptionType, { destroyed: "encryption-destroyed", replaced: "encryption-replaced" }],
]);

const protections = new Set([
  "aws_s3_bucket_lifecycle_configuration",
  "aws_s3_bucket_ownership_controls",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_versioning",
]);

/** Rights of the conversion role: split anew whenever a bucket comes or goes. */
const rights = new Set(["aws_iam_policy", "aws_iam_role_policy_attachment"]);

const others = new Set(["aws_iam_role", "aws_kms_alias"]);

function destruction(reviewed: Reviewed, change: ResourceChange): Finding {
  const where = whereOf(reviewed, change);
  const what = replaces(change) ? "replaced" : "destroyed";
  const leftover = change.deposed ? ", a leftover of an earlier replacement" : "";
  const why = change.reason === undefined ? phrase`` : phrase` (${change.reason})`;
  const evidence = { parts: [...phrase`${change.address}`.parts, ` is ${what}${leftover}`, ...why.parts] };
  const ids = precious.get(change.type);
  if (ids) return finding(replaces(change) ? ids.replaced : ids.destroyed, where, evidence);
  if (protections.has(change.type)) return finding("protection-destroyed", where, evidence);
  const level: Level = rights.has(change.type) ? "note" : "warning";
  return finding("resource-destroyed", where, evidence, level);
}

/** Everything that is deleted, alone or to be made again. */
export const destructionGuard: Guard = (reviewed) =>
  reviewed.plan.resources.filter(destroys).map((change) => destruction(reviewed, change));

/** What Terraform lets go of without touching it: right for a bucket that the fleet does not hold, wrong for all else. */
export const forgetGuard: Guard = (reviewed) =>
  reviewed.plan.resources
    .filter(({ actions }) => actions.includes("forget"))
    .filter((change) => {
      const { bucket: name } = whereOf(reviewed, change);
      const bucket = reviewed.target.buckets.find((one) => one.name === name);
      if (!bucket) return precious.has(change.type) || protections.has(change.type);
      const held = bucket.stage === "encrypt" || bucket.stage === "enforce";
      if (change.type === policyType) return held && bucket.policy === "own";
      if (change.type === encryptionType) return held && bucket.defaultEncryption === "own";
      return true;
    })
    .map((change) => finding("forgotten", whereOf(reviewed, change), phrase`${change.address} is forgotten`));

/** What none of the guards knows. */
export const foreignTypeGuard: Guard = (reviewed) =>
  reviewed.plan.resources
    .filter(isChange)
    .filter(({ type }) => !(precious.has(type) || protections.has(type) || rights.has(type) || others.has(type)))
    .map((change) =>
      finding(
        "resource-not-ours",
        whereOf(reviewed, change),
        phrase`${change.address}: ${change.actions.join(" and ")}`,
      ),
    );
