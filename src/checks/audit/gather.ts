import type { KMSClient } from "@aws-sdk/client-kms";
import { GetBucketPolicyStatusCommand, type S3Client } from "@aws-sdk/client-s3";
import type { S3ControlClient } from "@aws-sdk/client-s3-control";
import { readOwnership } from "../bucket-traits";
import { gatherKey } from "../preflight/gather-key";
import { lookAtAcl, lookAtLifecycle } from "../preflight/look-at-bucket";
import { look, shared } from "../preflight/looked";
import { readBucketPolicy, readDefaultEncryption, readPublicAccessBlock, readVersioning } from "../snapshot";
import type { AuditFacts, Configuration, Question } from "./facts";
import { lookAtAccessPoints, lookAtAccountBlock } from "./look-at-account";

export interface Clients {
  readonly s3: S3Client;
  readonly s3Control: S3ControlClient;
  readonly kms: KMSClient;
}

async function gatherConfiguration({ s3: client, s3Control }: Clients, question: Question): Promise<Configuration> {
  const { bucket, account } = question;
  const reader = { client, bucket, expectedBucketOwner: account };
  const at = { Bucket: bucket, ExpectedBucketOwner: account };
  const [
    encryption,
    policy,
    policyIsPublic,
    publicAccessBlock,
    acl,
    ownership,
    versioning,
    lifecycle,
    accountBlock,
    publicAccessPoints,
  ] = await Promise.all([
    shared("s3:GetEncryptionConfiguration", () => readDefaultEncryption(reader)),
    shared("s3:GetBucketPolicy", () => readBucketPolicy(reader)),
    look(
      "s3:GetBucketPolicyStatus",
      async () => (await client.send(new GetBucketPolicyStatusCommand(at))).PolicyStatus?.IsPublic === true,
      { codes: ["NoSuchBucketPolicy"], means: false },
    ),
    shared("s3:GetBucketPublicAccessBlock", () => readPublicAccessBlock(reader)),
    lookAtAcl(reader),
    shared("s3:GetBucketOwnershipControls", () => readOwnership(reader)),
    shared("s3:GetBucketVersioning", () => readVersioning(reader)),
    lookAtLifecycle(reader),
    lookAtAccountBlock(s3Control, question),
    lookAtAccessPoints(s3Control, question),
  ]);
  return {
    ...{ encryption, policy, policyIsPublic, publicAccessBlock, accountBlock, publicAccessPoints },
    ...{ acl, ownership, versioning, lifecycle },
  };
}

/**
 * Looks at everything that an audit judges besides objects: eight requests to S3, two to S3 Control and one or two for
 * each access point, three to KMS. Changes nothing.
 */
export async function gatherFacts(clients: Clients, question: Question): Promise<AuditFacts> {
  const { target } = question;
  const [configuration, key] = await Promise.all([
    gatherConfiguration(clients, question),
    target.algorithm === "AES256" ? null : gatherKey(clients.kms, target.keyArn, question.account),
  ]);
  return { question, configuration, key };
}
