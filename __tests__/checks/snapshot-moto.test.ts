import {
  CreateBucketCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutBucketWebsiteCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { readSnapshot } from "../../src/checks/snapshot";
import { formatSnapshot } from "../../src/fleet/snapshot";
import { s3Client } from "../../src/s3/clients";
import { describeWith, findMotoServer } from "../clients/tools";
import { startMoto } from "../support/moto";
import { snapshotOf } from "../support/snapshots";

const account = "123456789012";
const region = "eu-west-1";

describeWith(findMotoServer(), "moto", "pip install moto[server]", (program) => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let client: S3Client;
  beforeAll(async () => {
    moto = await startMoto(program);
    const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };
    client = s3Client({ region, credentials, endpointUrl: moto.url, concurrency: 8 });
  });
  afterAll(async () => {
    client.destroy();
    await moto.stop();
  });

  const bucket = async (Bucket: string): Promise<void> => {
    const CreateBucketConfiguration = { LocationConstraint: region } as const;
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  };
  const read = (name: string) => readSnapshot({ client, bucket: name, expectedBucketOwner: account }, region);

  test("a bucket that was told nothing has no setting", async () => {
    await bucket("acme-plain");
    const { defaultEncryption } = snapshotOf("acme-plain");
    expect(await read("acme-plain")).toEqual(
      snapshotOf("acme-plain", { account, defaultEncryption: { ...defaultEncryption, blockedEncryptionTypes: [] } }),
    );
  });

  test("lifecycle, logging, replication, notifications, website and tags are what was put, and twice the same bytes", async () => {
    const Bucket = "acme-full";
    for (const name of [Bucket, "acme-logs", "acme-copy"]) {
      await bucket(name);
      const VersioningConfiguration = { Status: "Enabled" } as const;
      await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
    }
    const deliver = {
      Effect: "Allow",
      Principal: { Service: "logging.s3.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::acme-logs/*",
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [deliver] });
    await client.send(new PutBucketPolicyCommand({ Bucket: "acme-logs", Policy }));
    const rule = (ID: string, Prefix: string) => ({
      ID,
      Filter: { Prefix },
      Status: "Enabled" as const,
      Expiration: { Days: 30 },
    });
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules: [rule("z", "tmp/"), rule("a", "old/")] },
      }),
    );
    const LoggingEnabled = { TargetBucket: "acme-logs", TargetPrefix: "full/" };
    await client.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
    await client.send(
      new PutBucketReplicationCommand({
        Bucket,
        ReplicationConfiguration: {
          Role: `arn:aws:iam::${account}:role/replicator`,
          Rules: [
            {
              ID: "all",
              Priority: 1,
              Status: "Enabled",
              Destination: { Bucket: "arn:aws:s3:::acme-copy" },
              Prefix: "",
            },
          ],
        },
      }),
    );
    await client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              Id: "news",
              QueueArn: `arn:aws:sqs:${region}:${account}:news`,
              Events: ["s3:ObjectRemoved:*", "s3:ObjectCreated:*"],
            },
          ],
        },
      }),
    );
    // The first that fits decides, so their order is a setting.
    const RoutingRules = ["z/", "a/"].map((KeyPrefixEquals) => ({
      Condition: { KeyPrefixEquals },
      Redirect: { HostName: "example.com" },
    }));
    const WebsiteConfiguration = { IndexDocument: { Suffix: "index.html" }, RoutingRules };
    await client.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }));
    const TagSet = [
      { Key: "team", Value: "blue" },
      { Key: "cost", Value: "1" },
    ];
    await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));

    const snapshot = await read(Bucket);
    expect(snapshot).toMatchObject({
      lifecycle: { Rules: [{ ID: "a", Expiration: { Days: 30 } }, { ID: "z" }] },
      logging: LoggingEnabled,
      replication: { Rules: [{ ID: "all", Destination: { Bucket: "arn:aws:s3:::acme-copy" } }] },
      notifications: { QueueConfigurations: [{ Id: "news", Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"] }] },
      website: WebsiteConfiguration,
      tags: expect.arrayContaining(TagSet),
    });
    expect(formatSnapshot(await read(Bucket))).toBe(formatSnapshot(snapshot));
  });
});
