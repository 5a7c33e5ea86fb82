/** Those of them that say how the object is to be encrypted. */
export const encryptionKeys = [
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:x-amz-server-side-encryption-customer-algorithm",
] as const;

/**
 * Condition keys that belong to a write. Of each it is known that a request carries it, or that it does not: one that
 * is evaluated without it has none.
 *
 * Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3", PutObject.
 */
export const writeKeys = [
  ...encryptionKeys,
  "s3:x-amz-server-side-encryption-context",
  "s3:if-match",
  "s3:if-none-match",
  "s3:x-amz-acl",
  "s3:x-amz-copy-source",
  "s3:x-amz-metadata-directive",
] as const;
