import { S3Backend, type TerraformStack } from "cdktf";
import type { State } from "../../src/fleet/fleet";

/** Keeps a stack's state in the fleet's bucket, under a key of its own and a lock beside it. */
export function keepStateInS3(stack: TerraformStack, state: Extract<State, { backend: "s3" }>, key: string): void {
  const { bucket, region, roleArn } = state;
  const backend = new S3Backend(stack, {
    bucket,
    region,
    key,
    encrypt: true,
    ...(roleArn ? { assumeRole: { roleArn } } : {}),
  });
  // cdktf 0.21 does not know the property: hashicorp/terraform-cdk#3834.
  backend.addOverride("use_lockfile", true);
}
