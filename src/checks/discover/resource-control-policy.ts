import type { PolicyDocument } from "../../fleet/policy";

/** Where AWS says how such a policy is written, what it reaches, and what its condition keys mean. */
export const resourceControlPolicySources = [
  "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
  "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html",
  "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html",
  "https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html",
] as const;

/**
 * What the bucket policies deny at stage encrypt to everybody alike, said once for an organisation: plain HTTP, and puts
 * under a customer's key. What depends on a bucket's target cannot be said so.
 *
 * A resource control policy of one's own has `Principal: "*"`, effect Deny, and names the service in its actions.
 * Calls that AWS services make for a caller show no transport, so they are let through by name.
 */
export const resourceControlPolicy: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "AtRestDenyInsecureTransport",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: "*",
      Condition: {
        Bool: { "aws:SecureTransport": "false" },
        BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
      },
    },
    {
      Sid: "AtRestDenySSECEncryptedObjectUploads",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: "*",
      Condition: { Null: { "s3:x-amz-server-side-encryption-customer-algorithm": "false" } },
    },
  ],
};
