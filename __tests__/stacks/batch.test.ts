import { batchPolicies, batchTrustPolicy } from "../../stacks/policies/batch";
import { reencryptionPolicies } from "../../stacks/policies/reencryption";
import { fleetOf, targetOf } from "../support/fleets";
import { liveBucket, policyOf, resourceOf, synthesise } from "./arrange";

const source = "arn:aws:kms:eu-west-1:111111111111:key/old";
const fleet = (region = "batchOperations: true") =>
  fleetOf(`[{ name: acme-uploads, stage: encrypt, sourceKeys: ["${source}"] }]`, { region });
const snapshots = [liveBucket("acme-uploads")];

const statementsOf = (policies: readonly { document: { Statement?: unknown } }[]) =>
  policies.flatMap(({ document }) => document.Statement as { Sid: string; Action: string[]; Resource: string[] }[]);
const actionsOf = (policies: Parameters<typeof statementsOf>[0]): string[] => [
  ...new Set(statementsOf(policies).flatMap(({ Action }) => Action)),
];

test("without batchOperations there is no role for jobs, and nobody may create any", () => {
  const synthesised = synthesise(fleet("backupRetentionInDays: 90"), snapshots);
  expect(Object.keys(synthesised.resource["aws_iam_role"] ?? {})).toEqual(["reencrypt"]);
  expect(actionsOf(reencryptionPolicies(targetOf(fleet("backupRetentionInDays: 90"))))).not.toContain("s3:CreateJob");
});

test("with it the role has an address of its own, and S3 Batch Operations alone may assume it, for this account", () => {
  const synthesised = synthesise(fleet(), snapshots);
  expect(resourceOf(synthesised, "aws_iam_role", "batch")).toMatchObject({ name: "at-rest-batch-eu-west-1" });
  expect(batchTrustPolicy(targetOf(fleet())).Statement).toEqual([
    {
      Sid: "AtRestBatchOperations",
      Effect: "Allow",
      Principal: { Service: "batchoperations.s3.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": "111111111111" } },
    },
  ]);
});

test("jobs may update in place and report, and neither delete nor change anything else", () => {
  const policies = batchPolicies(targetOf(fleet()));
  expect(actionsOf(policies).sort()).toEqual([
    ...["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
    ...["s3:GetObject", "s3:GetObjectVersion", "s3:PutInventoryConfiguration", "s3:PutObject"],
    "s3:UpdateObjectEncryption",
  ]);
  const reports = statementsOf(policies).find(({ Sid }) => Sid === "AtRestWriteReports");
  expect(reports?.Resource).toEqual(["arn:aws:s3:::at-rest-backup-111111111111-eu-west-1/_batch/*"]);
  for (const { Action, Resource } of statementsOf(policies)) {
    if (Action.some((action) => action.startsWith("kms:"))) expect(Resource.join()).not.toContain("*");
  }
});

test("the conversion role may pass this one role on, to this one service", () => {
  const pass = statementsOf(reencryptionPolicies(targetOf(fleet()))).find(({ Sid }) => Sid === "AtRestPassBatchRole");
  expect(pass).toMatchObject({
    Resource: ["arn:aws:iam::111111111111:role/at-rest-batch-eu-west-1"],
    Condition: { StringEquals: { "iam:PassedToService": "batchoperations.s3.amazonaws.com" } },
  });
});

test("the backup bucket takes the jobs' reports also without a header, and nobody else's puts", () => {
  const policy = policyOf(synthesise(fleet(), snapshots), "aws_s3_bucket_policy", "backup");
  expect(policy.Statement).toContainEqual(
    expect.objectContaining({
      Sid: "AtRestDenyUnencryptedObjectUploads",
      Condition: expect.objectContaining({
        ArnNotLike: { "aws:PrincipalArn": ["arn:aws:iam::111111111111:role/at-rest-batch-eu-west-1"] },
      }),
    }),
  );
});
