import type { AuditFacts, Configuration, Question } from "../../../src/checks/audit/facts";
import type { KeyFacts } from "../../../src/checks/preflight/facts";
import { seen } from "../../../src/checks/preflight/looked";
import type { PolicyDocument, Statement } from "../../../src/fleet/policy";
import { enforcementStatements } from "../../../stacks/policies/enforcement";
import { bucketOf } from "../../support/fleets";

export const keyArn = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-000000000001";
export const bucketArn = "arn:aws:s3:::acme-uploads";

export const policyOf = (...statements: readonly Statement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});

export function question(settings: string): Question {
  const { bucket } = bucketOf(settings);
  const { encryption, bucketKey } = bucket;
  return {
    bucket: "acme-uploads",
    account: "111111111111",
    region: "eu-west-1",
    partition: "aws",
    target:
      encryption === "AES256"
        ? { algorithm: encryption }
        : encryption === "aws:kms"
          ? { algorithm: encryption, keyArn, bucketKey }
          : { algorithm: encryption, keyArn },
    fleet: bucket,
    today: "2026-11-27",
  };
}

/** What the stack puts into the bucket's policy. */
export function ownStatements({ fleet }: Question): Statement[] {
  if (!fleet) throw new Error("a bucket by hand has no stack");
  return enforcementStatements(fleet, bucketArn, keyArn);
}

const key: KeyFacts = {
  arn: keyArn,
  description: seen({
    state: "Enabled",
    usage: "ENCRYPT_DECRYPT",
    spec: "SYMMETRIC_DEFAULT",
    manager: "CUSTOMER",
    account: "111111111111",
  }),
  policy: seen(
    policyOf({
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111111111111:root" },
      Action: "kms:*",
      Resource: "*",
    }),
  ),
  rotates: seen(true),
};

/** A bucket as its stack leaves it; `overrides` are what somebody did to it since. */
export function facts(
  asked: Question,
  overrides: Partial<Configuration> = {},
  keyOverrides: Partial<KeyFacts> = {},
): AuditFacts {
  const { target } = asked;
  const kms = target.algorithm !== "AES256";
  return {
    question: asked,
    configuration: {
      encryption: seen({
        algorithm: target.algorithm,
        keyArn: kms ? target.keyArn : null,
        bucketKey: target.algorithm === "aws:kms" && target.bucketKey,
        blockedEncryptionTypes: [],
      }),
      policy: seen(policyOf(...(asked.fleet ? ownStatements(asked) : []))),
      policyIsPublic: seen(false),
      publicAccessBlock: seen({
        blockPublicAcls: true,
        ignorePublicAcls: true,
        blockPublicPolicy: true,
        restrictPublicBuckets: true,
      }),
      accountBlock: seen(null),
      publicAccessPoints: seen([]),
      acl: seen({
        owner: "owner",
        grants: [{ Grantee: { ID: "owner", Type: "CanonicalUser" }, Permission: "FULL_CONTROL" }],
      }),
      ownership: seen("BucketOwnerEnforced"),
      versioning: seen("Enabled"),
      lifecycle: seen([]),
      ...overrides,
    },
    key: kms ? { ...key, ...keyOverrides } : null,
  };
}
