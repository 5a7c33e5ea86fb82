import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import type { PolicyDocument } from "../../src/fleet/policy";
import { longestTrustPolicy, mostManagedPolicies, type NamedPolicy, policyLength } from "../policies/split";
import { literalJson } from "./literal-json";

export interface ManagedRoleProps {
  /** The role's address in the state; its policies add their names. */
  readonly logicalId: string;
  readonly name: string;
  /** @default "/" */
  readonly path?: string;
  readonly description: string;
  readonly trust: PolicyDocument;
  /** ARN of a managed policy beyond which the role can do nothing, whatever its own policies say. @default none */
  readonly permissionsBoundary?: string;
  readonly maxSessionInSeconds: number;
  readonly policies: readonly NamedPolicy[];
  /** What takes the place of a string in the policies. @default nothing */
  readonly references?: Readonly<Record<string, string>>;
  /** What to do when there are more policies than a role can have. */
  readonly whenTooMany: string;
}

/** A role whose permissions are managed policies: inline ones stop at 10,240 characters in all. */
export class ManagedRole extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: ManagedRoleProps) {
    super(scope, id);
    const { logicalId, name, policies } = props;
    const role = new IamRole(this, "role", {
      name,
      ...(props.path ? { path: props.path } : {}),
      description: props.description,
      assumeRolePolicy: literalJson(props.trust),
      ...(props.permissionsBoundary ? { permissionsBoundary: props.permissionsBoundary } : {}),
      maxSessionDuration: props.maxSessionInSeconds,
    });
    role.overrideLogicalId(logicalId);
    this.arn = role.arn;
    for (const policy of policies) {
      const managed = new IamPolicy(this, policy.name, {
        name: `${name}-${policy.name}`,
        policy: literalJson(policy.document, props.references),
      });
      managed.overrideLogicalId(`${logicalId}_${policy.name}`);
      new IamRolePolicyAttachment(this, `attach-${policy.name}`, {
        role: role.name,
        policyArn: managed.arn,
      }).overrideLogicalId(`${logicalId}_${policy.name}`);
    }
    const trust = policyLength(props.trust);
    this.node.addValidation({
      validate: () => [
        ...(policies.length > mostManagedPolicies
          ? [
              `${name} needs ${policies.length} managed policies, a role has ${mostManagedPolicies}: ${props.whenTooMany}.`,
            ]
          : []),
        ...(trust > longestTrustPolicy
          ? [`Who may assume ${name} takes ${trust} characters, IAM takes ${longestTrustPolicy}: name fewer.`]
          : []),
      ],
    });
  }
}
