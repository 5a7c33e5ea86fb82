import type { Target } from "../../src/fleet/fleet";
import { backupBucketName, batchReportPrefix, batchService, bucketArn } from "../../src/fleet/names";
import type { PolicyDocument } from "../../src/fleet/policy";
import { bucketsOf, keyGrants } from "./reencryption";
import { type Grant, type NamedPolicy, namedPolicies } from "./split";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html, for "Update object encryption". */
const updateObjects = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:UpdateObjectEncryption"];
/** S3 makes a job's manifest as it makes an inventory. Same page. */
const makeManifest = ["s3:PutInventoryConfiguration"];

const reportsOf = ({ account, region }: Target): string =>
  `${bucketArn(account.partition, backupBucketName(account.id, region))}/${batchReportPrefix}/*`;

/** Of the jobs' role: in place, by SSE-KMS, with the keys of the fleet, and a report into the backup bucket. */
export function batchPolicies(target: Target): NamedPolicy[] {
  const common: Grant[] = [
    { sid: "AtRestWriteReports", actions: ["s3:PutObject"], resources: [reportsOf(target)] },
    ...keyGrants(target),
  ];
  const buckets = bucketsOf(target).flatMap((bucket): Grant[] => {
    const arn = bucketArn(target.account.partition, bucket.name);
    return [
      { sid: "AtRestMakeManifests", actions: makeManifest, resources: [arn] },
      { sid: "AtRestUpdateObjects", actions: updateObjects, resources: [`${arn}/*`] },
    ];
  });
  return [...namedPolicies("keys", common), ...namedPolicies("buckets", buckets)];
}

/** S3 Batch Operations, for jobs of this account alone. */
export const batchTrustPolicy = ({ account }: Target): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "AtRestBatchOperations",
      Effect: "Allow",
      Principal: { Service: batchService },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": account.id } },
    },
  ],
});
