import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import { bucketArn } from "../../src/fleet/names";
import type { Statement } from "../../src/fleet/policy";
import { ownBucketStatements } from "../policies/enforcement";
import { literalJson } from "./literal-json";

export interface ProtectedBucketProps {
  /** The address of the bucket and of each of its settings in the state. */
  readonly logicalId: string;
  readonly bucketName: string;
  readonly partition: string;
  /** ARNs of roles and users whose puts may rely on the default. */
  readonly headerlessWriters: readonly string[];
  /** What S3 removes by itself, besides uploads that were given up. */
  readonly expire: S3BucketLifecycleConfigurationRule;
}

/** A bucket of our own: versioned, private, AES256 said in each put, over TLS, and never destroyed. */
export class ProtectedBucket extends Construct {
  readonly bucketName: string;

  constructor(scope: Construct, id: string, props: ProtectedBucketProps) {
    super(scope, id);
    const { logicalId, bucketName, partition, headerlessWriters, expire } = props;
    this.bucketName = bucketName;
    const bucket = new S3Bucket(this, "bucket", {
      bucket: bucketName,
      forceDestroy: false,
      lifecycle: { preventDestroy: true },
    });
    // Addresses are given, not derived from the tree of constructs: moving a class must never replace a bucket.
    bucket.overrideLogicalId(logicalId);
    this.protect(bucket.id, logicalId);
    const statements = ownBucketStatements(bucketArn(partition, bucketName), headerlessWriters);
    this.encrypt(bucket.id, logicalId, statements);
    this.expire(bucket.id, logicalId, expire);
  }

  private protect(bucket: string, logicalId: string): void {
    new S3BucketVersioningA(this, "versioning", {
      bucket,
      versioningConfiguration: { status: "Enabled" },
    }).overrideLogicalId(logicalId);
    new S3BucketPublicAccessBlock(this, "public-access-block", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }).overrideLogicalId(logicalId);
    new S3BucketOwnershipControls(this, "ownership", {
      bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    }).overrideLogicalId(logicalId);
  }

  private encrypt(bucket: string, logicalId: string, statements: readonly Statement[]): void {
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
          bucketKeyEnabled: false,
          blockedEncryptionTypes: ["SSE-C"],
        },
      ],
    }).overrideLogicalId(logicalId);
    new S3BucketPolicy(this, "policy", {
      bucket,
      policy: literalJson({ Version: "2012-10-17", Statement: statements }),
    }).overrideLogicalId(logicalId);
  }

  private expire(bucket: string, logicalId: string, rule: S3BucketLifecycleConfigurationRule): void {
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket,
      rule: [
        {
          id: "abort-incomplete-uploads",
          status: "Enabled",
          filter: [{ prefix: "" }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
        rule,
      ],
    }).overrideLogicalId(logicalId);
  }
}
