import type { Target } from "../../fleet/fleet";
import type { BucketSnapshot } from "../../fleet/snapshot";
import { bucketOfChange } from "../attributes";
import type { Drift } from "../drift";
import type { Finding, Where } from "../finding";
import type { ResourceChange, TerraformPlan } from "../terraform-plan";

/** One stack's plan, and what the fleet says of it. */
export interface Reviewed {
  readonly target: Target;
  readonly plan: TerraformPlan;
  /** What was changed since the last apply. */
  readonly drift: readonly Drift[];
  /** What was live, by bucket. */
  readonly snapshots: ReadonlyMap<string, BucketSnapshot>;
}

/** Looks at one thing in a plan. Pure; knows nothing of waivers. */
export type Guard = (reviewed: Reviewed) => Finding[];

export const keyType = "aws_kms_key";
export const bucketType = "aws_s3_bucket";
export const policyType = "aws_s3_bucket_policy";
export const encryptionType = "aws_s3_bucket_server_side_encryption_configuration";

export const destroys = ({ actions }: ResourceChange): boolean => actions.includes("delete");
export const replaces = (change: ResourceChange): boolean => destroys(change) && change.actions.includes("create");

/** Where a change is: its bucket only if it is one of the fleet's. */
export function whereOf({ target }: Reviewed, change: ResourceChange): Where {
  const name = bucketOfChange(change);
  const bucket = target.buckets.find((one) => one.name === name)?.name;
  return { stack: target.stackName, ...(bucket === undefined ? {} : { bucket }) };
}
