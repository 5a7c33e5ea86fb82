import {
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
} from "@aws-sdk/client-s3";
import { algorithms } from "../fleet/fleet";
import { type PolicyDocument, withoutOwnStatements } from "../fleet/policy";
import type { BucketSnapshot, FullSnapshot } from "../fleet/snapshot";
import { type BucketReader, readObjectLock, readOwnership } from "./bucket-traits";
import { CouldNotLook, setting } from "./settings";
import { readFurtherSettings, settingOf } from "./snapshot-settings";

/**
 * Reads what is live in a bucket, without our own policy statements.
 *
 * @param region where the bucket is
 * @throws CouldNotLook
 */
export async function readSnapshot(reader: BucketReader, region: string): Promise<FullSnapshot> {
  const { bucket, expectedBucketOwner } = reader;
  const lock = await readObjectLock(reader);
  return {
    version: 2,
    account: expectedBucketOwner,
    region,
    bucket,
    policy: withoutOwnStatements(await readBucketPolicy(reader)),
    defaultEncryption: await readDefaultEncryption(reader),
    versioning: await readVersioning(reader),
    objectOwnership: await readOwnership(reader),
    objectLock: lock !== undefined,
    publicAccessBlock: await readPublicAccessBlock(reader),
    defaultRetention: settingOf(lock?.Rule?.DefaultRetention),
    ...(await readFurtherSettings(reader)),
  };
}

const at = ({ bucket, expectedBucketOwner }: BucketReader) => ({
  Bucket: bucket,
  ExpectedBucketOwner: expectedBucketOwner,
});

/** The whole policy, our own statements included. Null: there is none. */
export async function readBucketPolicy(reader: BucketReader): Promise<PolicyDocument | null> {
  const answer = await setting(
    reader.bucket,
    "s3:GetBucketPolicy",
    () => reader.client.send(new GetBucketPolicyCommand(at(reader))),
    "NoSuchBucketPolicy",
  );
  return answer?.Policy === undefined ? null : JSON.parse(answer.Policy);
}

/** The default encryption of a bucket, as S3 answers; a bucket without one uses SSE-S3 since January 2023. */
export async function readDefaultEncryption(reader: BucketReader): Promise<BucketSnapshot["defaultEncryption"]> {
  const answer = await setting(
    reader.bucket,
    "s3:GetEncryptionConfiguration",
    () => reader.client.send(new GetBucketEncryptionCommand(at(reader))),
    "ServerSideEncryptionConfigurationNotFoundError",
  );
  const rule = answer?.ServerSideEncryptionConfiguration?.Rules?.[0];
  const shown = rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm ?? "AES256";
  const algorithm = algorithms.find((known) => known === shown);
  if (!algorithm)
    throw new CouldNotLook(`s3://${reader.bucket}: its default encryption is ${shown}, which is not supported`);
  return {
    algorithm,
    keyArn: rule?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID ?? null,
    bucketKey: rule?.BucketKeyEnabled === true,
    blockedEncryptionTypes: rule?.BlockedEncryptionTypes?.EncryptionType ?? [],
  };
}

/** `Disabled`: it has never been enabled. */
export async function readVersioning(reader: BucketReader): Promise<BucketSnapshot["versioning"]> {
  const answer = await setting(reader.bucket, "s3:GetBucketVersioning", () =>
    reader.client.send(new GetBucketVersioningCommand(at(reader))),
  );
  return answer?.Status ?? "Disabled";
}

/** As a bucket, an account or an access point shows it. Null: it was never set. */
export const publicAccessBlockOf = (
  block: PublicAccessBlockConfiguration | undefined,
): BucketSnapshot["publicAccessBlock"] =>
  block
    ? {
        blockPublicAcls: block.BlockPublicAcls === true,
        ignorePublicAcls: block.IgnorePublicAcls === true,
        blockPublicPolicy: block.BlockPublicPolicy === true,
        restrictPublicBuckets: block.RestrictPublicBuckets === true,
      }
    : null;

export async function readPublicAccessBlock(reader: BucketReader): Promise<BucketSnapshot["publicAccessBlock"]> {
  const answer = await setting(
    reader.bucket,
    "s3:GetBucketPublicAccessBlock",
    () => reader.client.send(new GetPublicAccessBlockCommand(at(reader))),
    "NoSuchPublicAccessBlockConfiguration",
  );
  return publicAccessBlockOf(answer?.PublicAccessBlockConfiguration);
}
