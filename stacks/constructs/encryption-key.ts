import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { Construct } from "constructs";
import type { Target } from "../../src/fleet/fleet";
import { aliasName } from "../../src/fleet/names";
import { keyPolicy, largestKeyPolicy } from "../policies/key-policy";
import { policySize } from "../policies/merge";
import { literalJson } from "./literal-json";

export interface EncryptionKeyProps {
  /** The account and region that the key is for. Its buckets say who may use it. */
  readonly target: Target;
}

/** The key of a stack's buckets. Without it their objects are gone, so nothing here lets it go quickly. */
export class EncryptionKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { target }: EncryptionKeyProps) {
    super(scope, id);
    const policy = keyPolicy(target);
    const key = new KmsKey(this, "key", {
      description: `Objects of ${target.account.name} in ${target.region}`,
      policy: literalJson(policy),
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      lifecycle: { preventDestroy: true },
    });
    key.overrideLogicalId("at_rest");
    const alias = new KmsAlias(this, "alias", { name: aliasName, targetKeyId: key.keyId });
    alias.overrideLogicalId("at_rest");
    this.arn = key.arn;
    this.node.addValidation({
      validate: () =>
        policySize(policy) > largestKeyPolicy
          ? [
              `The key policy has ${policySize(policy)} bytes, KMS takes ${largestKeyPolicy}: name fewer readers and writers, or let them share a role path.`,
            ]
          : [],
    });
  }
}
