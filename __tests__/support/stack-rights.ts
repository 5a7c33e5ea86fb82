import { AttachRolePolicyCommand, CreatePolicyCommand, DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import { reencryptionRoleName } from "../../src/fleet/names";
import { ownKeyPlaceholder, reencryptionPolicies } from "../../stacks/policies/reencryption";
import { type AtRestWorld, region } from "./at-rest-world";
import { fleetOf, targetOf } from "./fleets";

/**
 * Gives the conversion role what the stack gives it, in place of the leave to do anything.
 *
 * @param buckets as the fleet has them, in YAML
 * @param settings of the Region, in YAML
 */
export async function withTheRightsOfTheStack(
  { iam, keyArn }: AtRestWorld,
  buckets: string,
  settings?: string,
): Promise<void> {
  const RoleName = reencryptionRoleName(region);
  const target = targetOf(fleetOf(buckets, settings === undefined ? {} : { region: settings }));
  for (const { name, document } of reencryptionPolicies(target)) {
    const PolicyDocument = JSON.stringify(document).replaceAll(ownKeyPlaceholder(target), keyArn);
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument }));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));
  }
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "all" }));
}
