import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import type { Target } from "../../src/fleet/fleet";
import { backupBucketName, bucketArn } from "../../src/fleet/names";
import { backupStatements } from "../policies/enforcement";
import { literalJson } from "./literal-json";

export interface BackupBucketProps {
  /** The account and region whose buckets are backed up here. Says how long backups are kept. */
  readonly target: Target;
}

/** Where `at-rest backup` puts what a conversion may rewrite. Under S3's own keys, so that losing the target key loses no backup. */
export class BackupBucket extends Construct {
  readonly bucketName: string;

  constructor(scope: Construct, id: string, { target }: BackupBucketProps) {
    super(scope, id);
    this.bucketName = backupBucketName(target.account.id, target.region);
    const bucket = new S3Bucket(this, "bucket", {
      bucket: this.bucketName,
      forceDestroy: false,
      lifecycle: { preventDestroy: true },
    });
    // Addresses are given, not derived from the tree of constructs: moving a class must never replace a bucket.
    bucket.overrideLogicalId("backup");
    this.protect(bucket.id);
    this.encrypt(bucket.id, bucketArn(target.account.partition, this.bucketName));
    this.expire(bucket.id, target.backupRetentionInDays);
  }

  private protect(bucket: string): void {
    new S3BucketVersioningA(this, "versioning", {
      bucket,
      versioningConfiguration: { status: "Enabled" },
    }).overrideLogicalId("backup");
    new S3BucketPublicAccessBlock(this, "public-access-block", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }).overrideLogicalId("backup");
    new S3BucketOwnershipControls(this, "ownership", {
      bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    }).overrideLogicalId("backup");
  }

  private encrypt(bucket: string, arn: string): void {
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
          bucketKeyEnabled: false,
          blockedEncryptionTypes: ["SSE-C"],
        },
      ],
    }).overrideLogicalId("backup");
    new S3BucketPolicy(this, "policy", {
      bucket,
      policy: literalJson({ Version: "2012-10-17", Statement: backupStatements(arn) }),
    }).overrideLogicalId("backup");
  }

  private expire(bucket: string, days: number): void {
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket,
      rule: [
        {
          id: "abort-incomplete-uploads",
          status: "Enabled",
          filter: [{ prefix: "" }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
        {
          id: "expire-backups",
          status: "Enabled",
          filter: [{ prefix: "" }],
          expiration: [{ days }],
          noncurrentVersionExpiration: [{ noncurrentDays: days }],
        },
      ],
    }).overrideLogicalId("backup");
  }
}
