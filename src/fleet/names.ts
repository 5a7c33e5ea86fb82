import { join } from "node:path";

/** The alias of a stack's key; one stack an account and region, so one such alias in each. */
export const aliasName = "alias/at-rest";

/**
 * The name of the backup bucket, the same at every synth.
 *
 * Bucket names are global: the account id makes it ours. At most 63 characters for every region of AWS.
 */
export const backupBucketName = (account: string, region: string): string => `at-rest-backup-${account}-${region}`;

/** IAM is global in an account, so the region is part of the name. */
export const reencryptionRoleName = (region: string): string => `at-rest-reencrypt-${region}`;

/** The ARN of the role that `at-rest reencrypt`, `backup`, `audit` and `snapshot` assume. */
export const reencryptionRoleArn = (account: { partition: string; id: string }, region: string): string =>
  `arn:${account.partition}:iam::${account.id}:role/${reencryptionRoleName(region)}`;

/** The role of jobs of S3 Batch Operations. */
export const batchRoleName = (region: string): string => `at-rest-batch-${region}`;

/** The ARN of the role of jobs of S3 Batch Operations. */
export const batchRoleArn = (account: { partition: string; id: string }, region: string): string =>
  `arn:${account.partition}:iam::${account.id}:role/${batchRoleName(region)}`;

/** How IAM names S3 Batch Operations. */
export const batchService = "batchoperations.s3.amazonaws.com";

/** Where jobs put their completion reports, in the backup bucket: no bucket's name begins with an underscore. */
export const batchReportPrefix = "_batch";

/** A full key ARN: no alias and no bare key id, which S3 would look up in the account of whoever asks. */
export const keyArnPattern = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[a-zA-Z0-9-]+$/;

export const bucketArn = (partition: string, bucket: string): string => `arn:${partition}:s3:::${bucket}`;

/** Where `at-rest preflight --canary` puts its objects. No application may use it. */
export const canaryPrefix = "at-rest-canary/";

/** Where the snapshot of a bucket is, below the fleet file's directory. */
export const snapshotPath = (directory: string, account: string, region: string, bucket: string): string =>
  join(directory, "snapshots", account, region, `${bucket}.json`);

/** Where `at-rest outputs` puts what a stack has answered. */
export const outputsPath = (directory: string, stackName: string): string =>
  join(directory, "outputs", `${stackName}.json`);

/** Where `at-rest preflight` keeps what logs showed of a bucket: counts and days, which differ each time. */
export const observedPath = (directory: string, account: string, region: string, bucket: string): string =>
  join(directory, "preflight", account, region, "observed", `${bucket}.json`);

/** Where `at-rest audit` records what it found about a bucket, for the review of its next stage. */
export const auditPath = (directory: string, account: string, region: string, bucket: string): string =>
  join(directory, "audits", account, region, `${bucket}.json`);

/** Where `at-rest preflight` records what it found about a bucket, for the review of its next stage. */
export const preflightPath = (directory: string, account: string, region: string, bucket: string): string =>
  join(directory, "preflight", account, region, `${bucket}.json`);
