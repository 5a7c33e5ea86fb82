import type { Construct } from "constructs";
import type { Target } from "../../src/fleet/fleet";
import { batchRoleName } from "../../src/fleet/names";
import { batchPolicies, batchTrustPolicy } from "../policies/batch";
import { ownKeyPlaceholder } from "../policies/reencryption";
import { ManagedRole } from "./managed-role";

export interface BatchRoleProps {
  /** The account and region whose buckets jobs may work on. */
  readonly target: Target;
  /** The ARN of the stack's key, which only Terraform knows. */
  readonly keyArn: string;
}

/** What jobs of S3 Batch Operations run as: they change the encryption of objects in place, and nothing else. */
export class BatchRole extends ManagedRole {
  constructor(scope: Construct, id: string, { target, keyArn }: BatchRoleProps) {
    super(scope, id, {
      logicalId: "batch",
      name: batchRoleName(target.region),
      description: `Jobs of S3 Batch Operations of ${target.account.name} in ${target.region}`,
      trust: batchTrustPolicy(target),
      permissionsBoundary: target.account.permissionsBoundary,
      maxSessionInSeconds: 3_600, // the service takes one session after the other
      policies: batchPolicies(target),
      references: { [ownKeyPlaceholder(target)]: keyArn },
      whenTooMany: "take finished buckets to stage released first",
    });
  }
}
