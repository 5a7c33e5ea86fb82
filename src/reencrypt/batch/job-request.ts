import { createHash } from "node:crypto";
import type { CreateJobRequest, ObjectEncryptionFilter } from "@aws-sdk/client-s3-control";
import type { EncryptionTarget } from "../../fleet/fleet";
import { bucketArn } from "../../fleet/names";

export type KmsTarget = Extract<EncryptionTarget, { algorithm: "aws:kms" }>;

/** What one job works on: objects under one kind of encryption, since a job takes exactly one filter. */
export interface JobSource {
  readonly name: string;
  readonly filter: ObjectEncryptionFilter;
}

/**
 * The objects that jobs can bring to the target, job by job.
 *
 * There is no filter for "under any other key", so the keys have to be named. What is under none of these is left to
 * the sweep, which looks at every object.
 *
 * @param sourceKeys ARNs of the keys that objects are under
 */
export function jobSources(target: KmsTarget, sourceKeys: readonly string[]): readonly JobSource[] {
  const others = [...new Set(sourceKeys)].filter((arn) => arn !== target.keyArn);
  return [
    { name: "SSE-S3", filter: { SSES3: {} } },
    ...others.map((arn): JobSource => ({ name: `SSE-KMS ${arn}`, filter: { SSEKMS: { KmsKeyArn: arn } } })),
    {
      name: `the key itself with its bucket key ${target.bucketKey ? "off" : "on"}`,
      filter: { SSEKMS: { KmsKeyArn: target.keyArn, BucketKeyEnabled: !target.bucketKey } },
    },
  ];
}

export interface JobPlan {
  /** The run's id: it makes the token, so that the same run always finds its own jobs. */
  readonly run: string;
  readonly partition: string;
  readonly account: string;
  readonly bucket: string;
  readonly target: KmsTarget;
  readonly source: JobSource;
  readonly prefix?: string;
  readonly roleArn: string;
  readonly reportBucket: string;
  /** Without a slash at its end. */
  readonly reportPrefix: string;
}

/**
 * The request for a job of S3UpdateObjectEncryption that S3 makes the manifest of, and that waits to be confirmed.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-update-encryption.html
 */
export function jobRequest(plan: JobPlan): CreateJobRequest {
  const { run, partition, account, bucket, target, source, prefix, roleArn, reportBucket, reportPrefix } = plan;
  return {
    AccountId: account,
    ClientRequestToken: createHash("sha256").update(`${run}\n${bucket}\n${source.name}`).digest("hex"), // 64 characters, the longest there is
    ConfirmationRequired: true,
    Description: `at-rest ${bucket}: ${source.name}`.slice(0, 256),
    Priority: 10,
    RoleArn: roleArn,
    Operation: {
      S3UpdateObjectEncryption: {
        // Left out, the bucket key is off: API Reference, S3UpdateObjectEncryptionSSEKMS.
        ObjectEncryption: { SSEKMS: { KMSKeyArn: target.keyArn, BucketKeyEnabled: target.bucketKey } },
      },
    },
    Report: {
      Enabled: true,
      Bucket: bucketArn(partition, reportBucket),
      Prefix: reportPrefix,
      Format: "Report_CSV_20180820",
      ReportScope: "AllTasks",
      ExpectedBucketOwner: account,
    },
    ManifestGenerator: {
      S3JobManifestGenerator: {
        SourceBucket: bucketArn(partition, bucket),
        ExpectedBucketOwner: account,
        EnableManifestOutput: false,
        Filter: {
          MatchAnyObjectEncryption: [source.filter],
          ...(prefix !== undefined && { KeyNameConstraint: { MatchAnyPrefix: [prefix] } }),
        },
      },
    },
  };
}
