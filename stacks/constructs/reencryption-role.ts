import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import type { Target } from "../../src/fleet/fleet";
import { reencryptionRoleName } from "../../src/fleet/names";
import { mostManagedPolicies, ownKeyPlaceholder, reencryptionPolicies, trustPolicy } from "../policies/reencryption";
import { literalJson } from "./literal-json";

export interface ReencryptionRoleProps {
  /** The account and region whose buckets the role may read and convert. */
  readonly target: Target;
  /** The ARN of the stack's key, which only Terraform knows. */
  readonly keyArn: string;
}

/** What the commands after the apply run as. It reads, converts and backs up; it cannot delete an object. */
export class ReencryptionRole extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { target, keyArn }: ReencryptionRoleProps) {
    super(scope, id);
    const name = reencryptionRoleName(target.region);
    const role = new IamRole(this, "role", {
      name,
      description: `Re-encrypts objects of ${target.account.name} in ${target.region}`,
      assumeRolePolicy: literalJson(trustPolicy(target)),
      // Twelve hours, the longest there is: a run is resumed with new credentials after that.
      maxSessionDuration: 43_200,
    });
    role.overrideLogicalId("reencrypt");
    this.arn = role.arn;
    const policies = reencryptionPolicies(target);
    for (const policy of policies) {
      const managed = new IamPolicy(this, policy.name, {
        name: `${name}-${policy.name}`,
        policy: literalJson(policy.document, { [ownKeyPlaceholder(target)]: keyArn }),
      });
      managed.overrideLogicalId(`reencrypt_${policy.name}`);
      new IamRolePolicyAttachment(this, `attach-${policy.name}`, {
        role: role.name,
        policyArn: managed.arn,
      }).overrideLogicalId(`reencrypt_${policy.name}`);
    }
    this.node.addValidation({
      validate: () =>
        policies.length > mostManagedPolicies
          ? [
              `${target.stackName}: its buckets need ${policies.length} managed policies, a role has ${mostManagedPolicies}: take finished ones to stage released first.`,
            ]
          : [],
    });
  }
}
