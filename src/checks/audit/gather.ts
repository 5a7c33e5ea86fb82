import type { KMSClient } from "@aws-sdk/client-kms";
import { GetBucketPolicyStatusCommand, type S3Client } from "@aws-sdk/client-s3";
import { readOwnership } from "../bucket-traits";
import { gatherKey } from "../preflight/gather-key";
import { lookAtAcl, lookAtLifecycle } from "../preflight/look-at-bucket";
import { look, shared } from "../preflight/looked";
import { readBucketPolicy, readDefaultEncryption, readPublicAccessBlock, readVersioning } from "../snapshot";
import type { AuditFacts, Configuration, Question } from "./facts";

async function gatherConfiguration(client: S3Client, { bucket, account }: Question): Promise<Configuration> {
  const reader = { client, bucket, expectedBucketOwner: account };
  const at = { Bucket: bucket, ExpectedBucketOwner: account };
  const [encryption, policy, policyIsPublic, publicAccessBlock, acl, ownership, versioning, lifecycle] =
    await Promise.all([
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
    ]);
  return { encryption, policy, policyIsPublic, publicAccessBlock, acl, ownership, versioning, lifecycle };
}

/** Looks at everything that an audit judges besides objects: eight requests to S3, three to KMS. Changes nothing. */
export async function gatherFacts(s3: S3Client, kms: KMSClient, question: Question): Promise<AuditFacts> {
  const { target } = question;
  const [configuration, key] = await Promise.all([
    gatherConfiguration(s3, question),
    target.algorithm === "AES256" ? null : gatherKey(kms, target.keyArn),
  ]);
  return { question, configuration, key };
}
