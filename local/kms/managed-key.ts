import type { Context } from "../service";
import { addKey, millisecondsPerDay } from "./lifecycle";
import type { Key } from "./state";

/** `s3.eu-west-1.amazonaws.com`, as `kms:ViaService` shows. */
export const s3Service = ({ partition, region }: Pick<Context, "partition" | "region">): string =>
  `s3.${region}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}`;

/** Usable by everyone in the account, through S3 only; and nobody may change it. Source: KMS Developer Guide, "AWS managed keys". */
const policyOf = (context: Context, account: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: "auto-s3-2",
    Statement: [
      {
        Sid: "Allow access through S3 for all principals in the account that are authorized to use S3",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: "*",
        Condition: { StringEquals: { "kms:CallerAccount": account, "kms:ViaService": s3Service(context) } },
      },
      {
        Sid: "Allow direct access to key metadata to the account",
        Effect: "Allow",
        Principal: { AWS: `arn:${context.partition}:iam::${account}:root` },
        Action: ["kms:Describe*", "kms:Get*", "kms:List*"],
        Resource: "*",
      },
    ],
  });

/** AWS's own key for S3, which comes into being when `alias/aws/s3` is first used. `undefined` for any other alias. */
export function awsManagedKey(context: Context, account: string, name: string): Key | undefined {
  if (name !== "alias/aws/s3") return undefined;
  const { partition, region, now } = context;
  const key = addKey(context.state.kms, {
    ...{ partition, account, region, now },
    manager: "AWS",
    description: "Default key that protects my S3 objects when no other key is defined",
    policy: policyOf(context, account),
  });
  key.rotation = { periodInDays: 365, next: now + 365 * millisecondsPerDay };
  const arn = `arn:${partition}:kms:${region}:${account}:${name}`;
  context.state.kms.aliases.set(arn, { name, arn, createdAt: now, updatedAt: now, keyArn: key.arn });
  return key;
}
