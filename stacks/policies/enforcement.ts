import { type Algorithm, accepts, type EnforcementRow, enforcementRows, type FleetBucket } from "../../src/fleet/fleet";
import type { Statement } from "../../src/fleet/policy";

const algorithmHeader = "s3:x-amz-server-side-encryption";
const keyIdHeader = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const customerKeyHeader = "s3:x-amz-server-side-encryption-customer-algorithm";

const denyPut = (sid: string, bucketArn: string, condition: Statement): Statement => ({
  Sid: sid,
  Effect: "Deny",
  Principal: "*",
  Action: "s3:PutObject",
  Resource: `${bucketArn}/*`,
  Condition: condition,
});

/**
 * Calls that AWS services make for a caller show no transport, so they are let through by name.
 * `IfExists`: an anonymous request has no `aws:PrincipalIsAWSService`, and is denied as well.
 *
 * Source: Amazon S3 User Guide, "Bucket policy examples using condition keys", example 6.
 */
const denyInsecureTransport = (bucketArn: string): Statement => ({
  Sid: "AtRestDenyInsecureTransport",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [bucketArn, `${bucketArn}/*`],
  Condition: {
    Bool: { "aws:SecureTransport": "false" },
    BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
  },
});

const denyCustomerProvidedKeys = (bucketArn: string): Statement =>
  denyPut("AtRestDenySSECEncryptedObjectUploads", bucketArn, { Null: { [customerKeyHeader]: "false" } });

/** Negated operators match a missing header too, so `Null` lets it pass: the bucket's default encrypts such a put. */
const denyIncorrectAlgorithm = (bucketArn: string, algorithm: Algorithm): Statement =>
  denyPut("AtRestDenyIncorrectEncryptionHeader", bucketArn, {
    StringNotEquals: { [algorithmHeader]: algorithm },
    Null: { [algorithmHeader]: "false" },
  });

/** KMS without a key id means the AWS managed key `aws/s3`, not the bucket's default key. */
const denyKmsWithoutKeyId = (bucketArn: string, algorithm: Algorithm): Statement =>
  denyPut("AtRestDenyKmsWithoutKeyId", bucketArn, {
    StringEquals: { [algorithmHeader]: algorithm },
    Null: { [keyIdHeader]: "true" },
  });

const denyIncorrectKmsKey = (bucketArn: string, keyArn: string): Statement =>
  denyPut("AtRestDenyIncorrectKmsKey", bucketArn, {
    StringNotEquals: { [keyIdHeader]: keyArn },
    Null: { [keyIdHeader]: "false" },
  });

/**
 * A policy is evaluated on the request as it was sent, before the default encryption: this row is what can break clients.
 *
 * @param headerlessWriters ARNs whose puts may rely on the default. An anonymous request has no ARN, and is denied.
 */
const denyUnencryptedObjectUploads = (bucketArn: string, headerlessWriters: readonly string[]): Statement =>
  denyPut("AtRestDenyUnencryptedObjectUploads", bucketArn, {
    Null: { [algorithmHeader]: "true" },
    BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
    ...(headerlessWriters.length > 0 ? { ArnNotLike: { "aws:PrincipalArn": headerlessWriters } } : {}),
  });

/**
 * What a bucket's policy has to deny, in the order of the table.
 *
 * | put carries                      | AES256 target | KMS target | from stage | row                |
 * |----------------------------------|---------------|------------|------------|--------------------|
 * | nothing: the default applies     | deny          | deny       | enforce    | missing-header     |
 * | another algorithm                | -             | deny       | encrypt    | wrong-algorithm    |
 * | the algorithm, without a key id  | -             | deny       | encrypt    | kms-without-key-id |
 * | the algorithm, with another key  | -             | deny       | encrypt    | another-key        |
 * | the algorithm, with the key      | -             | -          |            |                    |
 * | a customer's key (SSE-C)         | deny          | deny       | encrypt    | sse-c              |
 * | plain HTTP                       | deny          | deny       | encrypt    | plain-http         |
 *
 * A row that the bucket's `accept` names is left out. Parts of a multipart upload are authorised as s3:PutObject and
 * carry no encryption header; S3 is believed to evaluate them with the encryption of the upload, which no AWS page says.
 *
 * @param keyArn the key of a KMS target
 */
export function enforcementRowsOf(
  bucket: FleetBucket,
  bucketArn: string,
  keyArn: string,
): { row: EnforcementRow; statement: Statement }[] {
  if (bucket.stage !== "encrypt" && bucket.stage !== "enforce") return [];
  const kms = bucket.encryption !== "AES256";
  const rows: Readonly<Record<EnforcementRow, { applies: boolean; statement: Statement }>> = {
    "missing-header": {
      applies: bucket.stage === "enforce",
      statement: denyUnencryptedObjectUploads(bucketArn, bucket.headerlessWriters),
    },
    "wrong-algorithm": { applies: kms, statement: denyIncorrectAlgorithm(bucketArn, bucket.encryption) },
    "kms-without-key-id": { applies: kms, statement: denyKmsWithoutKeyId(bucketArn, bucket.encryption) },
    "another-key": { applies: kms, statement: denyIncorrectKmsKey(bucketArn, keyArn) },
    "sse-c": { applies: true, statement: denyCustomerProvidedKeys(bucketArn) },
    "plain-http": { applies: true, statement: denyInsecureTransport(bucketArn) },
  };
  return enforcementRows
    .filter((row) => rows[row].applies && !accepts(bucket, row))
    .map((row) => ({ row, statement: rows[row].statement }));
}

export const enforcementStatements = (bucket: FleetBucket, bucketArn: string, keyArn: string): Statement[] =>
  enforcementRowsOf(bucket, bucketArn, keyArn).map(({ statement }) => statement);

/**
 * The policy of a bucket of our own, for backups or states: AES256, said in the request, over TLS.
 *
 * Never KMS: a backup that needs the key it protects from would be lost with it, and a state is needed to mend a key.
 *
 * @param headerlessWriters ARNs that may rely on the bucket's default
 */
export const ownBucketStatements = (bucketArn: string, headerlessWriters: readonly string[]): Statement[] => [
  denyUnencryptedObjectUploads(bucketArn, headerlessWriters),
  denyIncorrectAlgorithm(bucketArn, "AES256"),
  denyCustomerProvidedKeys(bucketArn),
  denyInsecureTransport(bucketArn),
];
