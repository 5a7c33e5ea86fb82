import type { Target } from "../../src/fleet/fleet";
import type { PolicyDocument, Statement } from "../../src/fleet/policy";
import { allowToPrincipals, distinct } from "./principals";

/** Bytes that KMS accepts. Source: AWS KMS Developer Guide, "Quotas", "Key policy document size". */
export const largestKeyPolicy = 32_768;

/** How KMS names S3 when S3 calls it for somebody. In China no page of AWS says which of the two it is. */
export const viaS3 = (partition: string, region: string): string[] => {
  const service = `s3.${region}.amazonaws.com`;
  return partition === "aws-cn" ? [service, `${service}.cn`] : [service];
};

const use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"];
// A multipart upload decrypts the data key that its start generated.
const write = ["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"];
const read = ["kms:Decrypt", "kms:DescribeKey"];

/** Without this statement nobody but those named could ever change the policy again, and IAM would have no say. */
const administer = (partition: string, account: string): Statement => ({
  Sid: "AtRestAccountAdministersKey",
  Effect: "Allow",
  Principal: { AWS: `arn:${partition}:iam::${account}:root` },
  Action: "kms:*",
  Resource: "*",
});

/** As with the AWS managed key: whoever may use the objects may use the key, through S3 and from this account only. */
const useThroughS3 = (account: string, via: readonly string[]): Statement => ({
  Sid: "AtRestAccountUsesKeyThroughS3",
  Effect: "Allow",
  Principal: { AWS: "*" },
  Action: use,
  Resource: "*",
  Condition: { StringEquals: { "kms:CallerAccount": account, "kms:ViaService": via } },
});

/** Services deliver on their own behalf, some of them without S3 in between; the account keeps out deputies of others. */
const serviceStatement = (account: string, services: readonly string[]): Statement => ({
  Sid: "AtRestServicesWrite",
  Effect: "Allow",
  Principal: { Service: services },
  Action: use,
  Resource: "*",
  Condition: { StringEquals: { "aws:SourceAccount": account } },
});

/** The policy of a stack's key: who may use it for the buckets that are under it. */
export function keyPolicy({ account, region, keyAccess, buckets }: Target): PolicyDocument {
  const under = buckets.filter((bucket) => bucket.encryption !== "AES256" && bucket.keyArn === null);
  const via = viaS3(account.partition, region);
  const throughS3 = { StringEquals: { "kms:ViaService": via } };
  const services = distinct(under.flatMap((bucket) => bucket.serviceWriters));
  return {
    Version: "2012-10-17",
    Statement: [
      administer(account.partition, account.id),
      ...(keyAccess === "account-via-s3" ? [useThroughS3(account.id, via)] : []),
      ...allowToPrincipals(
        "AtRestReaders",
        under.flatMap((bucket) => bucket.readers),
        { Action: read, Resource: "*" },
        throughS3,
      ),
      ...allowToPrincipals(
        "AtRestWriters",
        under.flatMap((bucket) => bucket.writers),
        { Action: write, Resource: "*" },
        throughS3,
      ),
      ...(services.length > 0 ? [serviceStatement(account.id, services)] : []),
    ],
  };
}
