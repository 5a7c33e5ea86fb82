import {
  DeleteBucketOwnershipControlsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import { readBucketTraits } from "../../src/checks/bucket-traits";
import { readSnapshot } from "../../src/checks/snapshot";
import { formatSnapshot } from "../../src/fleet/snapshot";
import { account, type LegacyBucket, legacyBucket } from "../support/legacy-bucket";

const readerOf = ({ client, name }: LegacyBucket) => ({ client, bucket: name, expectedBucketOwner: account });
const snapshotOf = (bucket: LegacyBucket) => readSnapshot(readerOf(bucket), "eu-west-1");

test("a bucket that was told nothing is as S3 has it by default", async () => {
  const bucket = await legacyBucket({ acls: true });
  await bucket.client.send(new DeleteBucketOwnershipControlsCommand({ Bucket: bucket.name }));
  expect(await snapshotOf(bucket)).toEqual({
    version: 1,
    account,
    region: "eu-west-1",
    bucket: bucket.name,
    policy: null,
    defaultEncryption: {
      algorithm: "AES256",
      keyArn: null,
      bucketKey: false,
      blockedEncryptionTypes: expect.any(Array),
    },
    versioning: "Disabled",
    objectOwnership: "ObjectWriter",
    objectLock: false,
    publicAccessBlock: null,
  });
});

test("what was set is written down, blocked encryption types included, and twice gives the same bytes", async () => {
  const bucket = await legacyBucket({ objectLock: true });
  const { kmsTarget } = bucket;
  const Rule = {
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: kmsTarget.keyArn },
    BucketKeyEnabled: true,
    BlockedEncryptionTypes: { EncryptionType: ["SSE-C"] },
  } as const;
  await bucket.client.send(
    new PutBucketEncryptionCommand({
      Bucket: bucket.name,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ...Rule, BlockedEncryptionTypes: { EncryptionType: ["SSE-C"] } }],
      },
    }),
  );
  const snapshot = await snapshotOf(bucket);
  expect(snapshot).toMatchObject({
    defaultEncryption: {
      algorithm: "aws:kms",
      keyArn: kmsTarget.keyArn,
      bucketKey: true,
      blockedEncryptionTypes: ["SSE-C"],
    },
    versioning: "Enabled",
    objectLock: true,
  });
  expect(formatSnapshot(await snapshotOf(bucket))).toBe(formatSnapshot(snapshot));
});

test("what may not be read is an error that names the permission, never an absence", async () => {
  const bucket = await legacyBucket();
  const deny = (Action: string) =>
    bucket.client.send(
      new PutBucketPolicyCommand({
        Bucket: bucket.name,
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Deny", Principal: "*", Action, Resource: `arn:aws:s3:::${bucket.name}` }],
        }),
      }),
    );
  for (const permission of [
    "s3:GetEncryptionConfiguration",
    "s3:GetBucketVersioning",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketObjectLockConfiguration",
  ]) {
    await deny(permission);
    await expect(snapshotOf(bucket)).rejects.toThrow(`${permission} is denied`);
  }
});

test("a bucket of another account is not read", async () => {
  const bucket = await legacyBucket();
  const reader = { ...readerOf(bucket), expectedBucketOwner: "999999999999" };
  await expect(readSnapshot(reader, "eu-west-1")).rejects.toThrow("is denied");
  await expect(readBucketTraits(reader)).rejects.toThrow("is denied");
});

test("what decides about objects is read from the bucket", async () => {
  const plain = await legacyBucket();
  expect(await readBucketTraits(readerOf(plain))).toEqual({
    versioning: "Disabled",
    aclOwner: undefined,
    objectLock: false,
    defaultRetention: false,
  });
  const locked = await legacyBucket({ acls: true, objectLock: true });
  const Suspended = new PutBucketVersioningCommand({
    Bucket: plain.name,
    VersioningConfiguration: { Status: "Suspended" },
  });
  await plain.client.send(Suspended);
  expect((await readBucketTraits(readerOf(plain))).versioning).toBe("Suspended");
  expect(await readBucketTraits(readerOf(locked))).toEqual({
    versioning: "Enabled",
    aclOwner: expect.stringMatching(/^[0-9a-f]{64}$/),
    objectLock: true,
    defaultRetention: false,
  });
});
