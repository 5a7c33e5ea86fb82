/**
 * Controls of AWS Security Hub CSPM that an audit has something to say about, with AWS's titles.
 *
 * https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html
 * https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html
 */
export const controls = {
  "S3.2": "S3 general purpose buckets should block public read access",
  "S3.3": "S3 general purpose buckets should block public write access",
  "S3.5": "S3 general purpose buckets should require requests to use SSL",
  "S3.8": "S3 general purpose buckets should block public access",
  "S3.12": "ACLs should not be used to manage user access to S3 general purpose buckets",
  "S3.14": "S3 general purpose buckets should have versioning enabled",
  "S3.17": "S3 general purpose buckets should be encrypted at rest with AWS KMS keys",
  "KMS.3": "AWS KMS keys should not be deleted unintentionally",
  "KMS.4": "AWS KMS key rotation should be enabled",
  "KMS.5": "KMS keys should not be publicly accessible",
} as const;

export type ControlId = keyof typeof controls;
