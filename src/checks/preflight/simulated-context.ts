import { bucketArn } from "../../fleet/names";
import type { Intent } from "./facts";
import { s3Services } from "./key-access";
import { accountOf } from "./policy/evaluate";

/** Where the bucket is: of all its buckets a request has the same keys. */
export type Place = Pick<Intent, "account" | "region">;

/**
 * What every request of a role or user of the account has.
 *
 * Source: IAM User Guide, "AWS global condition context keys".
 */
function ofPrincipal({ account, region }: Place, arn: string): Record<string, string> {
  const isUser = /:user\//.test(arn);
  return {
    "aws:PrincipalArn": arn,
    "aws:PrincipalAccount": accountOf(arn),
    "aws:PrincipalType": isUser ? "User" : "AssumedRole",
    "aws:PrincipalIsAWSService": "false",
    ...(isUser ? { "aws:username": arn.slice(arn.lastIndexOf("/") + 1) } : {}),
    "aws:RequestedRegion": region,
    "aws:ResourceAccount": account,
    "aws:SecureTransport": "true",
  };
}

/** Condition keys of a request to S3, which a role or user of the account makes itself. */
export const s3Context = (place: Place, principalArn: string): Record<string, string> => ({
  ...ofPrincipal(place, principalArn),
  "aws:ViaAWSService": "false",
});

/** Condition keys of a request to KMS that S3 makes for a role or user of the account. */
export function kmsContext(intent: Intent, principalArn: string, keyArn: string): Record<string, string> {
  const { partition, region, account, bucket, target } = intent;
  return {
    ...ofPrincipal(intent, principalArn),
    "aws:ResourceAccount": accountOf(keyArn),
    "aws:ViaAWSService": "true",
    // IAM takes one value: in China that of the endpoints.
    "kms:ViaService": s3Services(partition, region)[0],
    "kms:CallerAccount": account,
    // Without a bucket key it is each object's ARN, of which there is no single one.
    ...(target.algorithm === "aws:kms" && target.bucketKey
      ? { "kms:EncryptionContext:aws:s3:arn": bucketArn(partition, bucket) }
      : {}),
  };
}
