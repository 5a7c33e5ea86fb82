import type { Construct } from "constructs";
import type { Target } from "../../src/fleet/fleet";
import { reencryptionRoleName } from "../../src/fleet/names";
import { ownKeyPlaceholder, reencryptionPolicies, trustPolicy } from "../policies/reencryption";
import { ManagedRole } from "./managed-role";

export interface ReencryptionRoleProps {
  /** The account and region whose buckets the role may read and convert. */
  readonly target: Target;
  /** The ARN of the stack's key, which only Terraform knows. */
  readonly keyArn: string;
}

/** What the commands after the apply run as. It reads, converts and backs up; it cannot delete an object. */
export class ReencryptionRole extends ManagedRole {
  constructor(scope: Construct, id: string, { target, keyArn }: ReencryptionRoleProps) {
    super(scope, id, {
      logicalId: "reencrypt",
      name: reencryptionRoleName(target.region),
      description: `Re-encrypts objects of ${target.account.name} in ${target.region}`,
      trust: trustPolicy(target),
      permissionsBoundary: target.account.permissionsBoundary,
      // Twelve hours, the longest there is: a run is resumed with new credentials after that.
      maxSessionInSeconds: 43_200,
      policies: reencryptionPolicies(target),
      references: { [ownKeyPlaceholder(target)]: keyArn },
      whenTooMany: "take finished buckets to stage released first",
    });
  }
}
