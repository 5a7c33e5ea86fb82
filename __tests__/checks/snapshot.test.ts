import {
  DeleteBucketOwnershipControlsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import { readBucketTraits } from "../../src/checks/bucket-traits";
import { readSnapshot } from "../../src/checks/snapshot";
import { settingOf } from "../../src/checks/snapshot-settings";
import { formatSnapshot } from "../../src/fleet/snapshot";
import { account, type LegacyBucket, legacyBucket } from "../support/legacy-bucket";
import { snapshotOf as emptySnapshotOf } from "../support/snapshots";

const readerOf = ({ client, name }: LegacyBucket) => ({ client, bucket: name, expectedBucketOwner: account });
const snapshotOf = (bucket: LegacyBucket) => readSnapshot(readerOf(bucket), "eu-west-1");

test("a bucket that was told nothing is as S3 has it by default", async () => {
  const bucket = await legacyBucket({ acls: true });
  await bucket.client.send(new DeleteBucketOwnershipControlsCommand({ Bucket: bucket.name }));
  const { defaultEncryption } = emptySnapshotOf(bucket.name);
  expect(await snapshotOf(bucket)).toEqual(
    emptySnapshotOf(bucket.name, {
      defaultEncryption: { ...defaultEncryption, blockedEncryptionTypes: expect.any(Array) },
    }),
  );
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
    "s3:GetLifecycleConfiguration",
    "s3:GetBucketLogging",
    "s3:GetReplicationConfiguration",
    "s3:GetBucketNotification",
    "s3:GetBucketWebsite",
    "s3:GetBucketTagging",
  ]) {
    await deny(permission);
    await expect(snapshotOf(bucket)).rejects.toThrow(`${permission} is denied`);
  }
});

test("an answer that is none of the codes for an absence is an error, whatever its status", async () => {
  const bucket = await legacyBucket();
  for (const [query, permission] of [
    ["lifecycle", "NoSuchLifecycleConfigurationToday"],
    ["tagging", "NotImplemented"],
    ["website", "NoSuchBucket"],
  ]) {
    const body = `<Error><Code>${permission}</Code><Message>m</Message></Error>`;
    bucket.fault = ({ url }) =>
      new URL(url).searchParams.has(query ?? "")
        ? { status: 404, headers: { "content-type": "application/xml" }, body: Buffer.from(body) }
        : undefined;
    await expect(snapshotOf(bucket)).rejects.toThrow(permission);
  }
});

test("events that go to EventBridge are a setting, though S3 shows an empty element for them", async () => {
  const bucket = await legacyBucket();
  const body = "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>";
  bucket.fault = ({ url }) =>
    new URL(url).searchParams.has("notification") ? { status: 200, headers: {}, body: Buffer.from(body) } : undefined;
  expect((await snapshotOf(bucket)).notifications).toEqual({ EventBridgeConfiguration: {} });
});

test("lists come in one order, whatever order S3 shows them in, and rules of a website in their own", () => {
  const rule = (ID: string, tags: string[]) => ({
    ID,
    Status: "Enabled",
    Filter: { And: { Tags: tags.map((Key) => ({ Key, Value: "1" })) } },
    Expiration: { Date: new Date("2027-01-01") },
    Prefix: undefined,
  });
  const one = settingOf({ Rules: [rule("a", ["x", "y"]), rule("b", [])], $metadata: { requestId: "1" } });
  const other = settingOf({ Rules: [rule("b", []), rule("a", ["y", "x"])], $metadata: { requestId: "2" } });
  expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  expect(one).toMatchObject({ Rules: [{ ID: "a", Expiration: { Date: "2027-01-01T00:00:00.000Z" } }, { ID: "b" }] });
  const routes = { RoutingRules: [{ Redirect: { HostName: "b" } }, { Redirect: { HostName: "a" } }] };
  expect(settingOf(routes, "ordered")).toEqual(routes);
  expect(settingOf({ $metadata: { requestId: "1" } })).toBeNull();
  expect(settingOf({ EventBridgeConfiguration: {} })).toEqual({ EventBridgeConfiguration: {} });
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
