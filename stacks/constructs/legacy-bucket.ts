import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { Construct } from "constructs";
import type { FleetBucket, Target } from "../../src/fleet/fleet";
import type { BucketSnapshot } from "../../src/fleet/snapshot";
import { bucketPolicy, defaultEncryption } from "../policies/legacy-bucket";
import { largestBucketPolicy, policySize } from "../policies/merge";
import { ownKeyPlaceholder } from "../policies/reencryption";
import { literalJson } from "./literal-json";

export interface LegacyBucketProps {
  readonly target: Target;
  readonly bucket: FleetBucket;
  /**
   * What was live before this project.
   *
   * @default a new bucket: no policy, and SSE-C blocked, as S3 makes buckets since April 2026
   */
  readonly snapshot?: BucketSnapshot;
  /** The ARN of the stack's key, which only Terraform knows. */
  readonly keyArn: string;
}

const encryptionType = "aws_s3_bucket_server_side_encryption_configuration";
const policyType = "aws_s3_bucket_policy";

/**
 * Default encryption and policy of a bucket that was there before us. The bucket itself is never managed.
 *
 * | stage            | default encryption  | policy                                       |
 * |------------------|---------------------|----------------------------------------------|
 * | prepare          | forgotten           | forgotten                                    |
 * | encrypt, enforce | imported, then ours | the snapshot's statements and ours; imported |
 * | released         | forgotten           | forgotten                                    |
 *
 * What is not managed is forgotten (`removed`, `destroy = false`) and not just left out: Terraform would delete a policy,
 * with everybody's statements, when a stage goes back or somebody else takes over. Forgetting what is not in the state
 * does nothing.
 */
export class LegacyBucket extends Construct {
  /** Terraform `import` blocks. Blocks for what is in the state already do nothing. */
  readonly imports: { readonly to: string; readonly id: string }[] = [];
  /** Addresses for Terraform `removed` blocks. */
  readonly forgotten: string[] = [];
  /** Bucket names have no underscore, so no two names meet, and Terraform takes no dots. */
  private readonly logicalId: string;

  constructor(scope: Construct, id: string, props: LegacyBucketProps) {
    super(scope, id);
    const { bucket } = props;
    this.logicalId = `bucket_${bucket.name.replaceAll(".", "_")}`;
    const managed = bucket.stage === "encrypt" || bucket.stage === "enforce";
    if (managed && bucket.defaultEncryption === "own") this.encrypt(props);
    else this.forgotten.push(`${encryptionType}.${this.logicalId}`);
    if (managed && bucket.policy === "own") this.enforce(props);
    else this.forgotten.push(`${policyType}.${this.logicalId}`);
  }

  private encrypt({ target, bucket, snapshot, keyArn }: LegacyBucketProps): void {
    const rule = defaultEncryption(target, bucket, snapshot);
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: bucket.name,
      rule: [
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: rule.algorithm,
            kmsMasterKeyId: rule.keyArn === ownKeyPlaceholder(target) ? keyArn : rule.keyArn,
          },
          bucketKeyEnabled: rule.bucketKey,
          blockedEncryptionTypes: [...rule.blockedEncryptionTypes],
        },
      ],
      lifecycle: { preventDestroy: true },
    }).overrideLogicalId(this.logicalId);
    // Every bucket has a default encryption, and importing it lets the plan show what it was.
    this.imports.push({ to: `${encryptionType}.${this.logicalId}`, id: bucket.name });
  }

  private enforce({ target, bucket, snapshot, keyArn }: LegacyBucketProps): void {
    const policy = bucketPolicy(target, bucket, snapshot);
    if (policy === null) {
      this.refuse(
        `${bucket.name} accepts every row of the enforcement, and has no other policy: say policy: external.`,
      );
      return;
    }
    const size = policySize(policy);
    if (size > largestBucketPolicy) {
      this.refuse(
        `The policy of ${bucket.name} would have ${size} bytes, S3 takes ${largestBucketPolicy}: shorten the statements that are there, or say policy: external.`,
      );
    }
    new S3BucketPolicy(this, "policy", {
      bucket: bucket.name,
      policy: literalJson(policy, { [ownKeyPlaceholder(target)]: keyArn }),
      lifecycle: { preventDestroy: true },
    }).overrideLogicalId(this.logicalId);
    // Importing a policy that is not there fails the plan.
    if (snapshot?.policy) this.imports.push({ to: `${policyType}.${this.logicalId}`, id: bucket.name });
  }

  /** Makes the synth fail, together with whatever else is wrong. */
  private refuse(why: string): void {
    this.node.addValidation({ validate: () => [why] });
  }
}
