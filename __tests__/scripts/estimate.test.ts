import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketInventoryConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { type AtRestWorld, atRestWorld, bucket, region } from "../support/at-rest-world";
import { startMoto } from "../support/moto";

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

test("a small bucket is counted, its objects are looked at, and nothing is written", async () => {
  world.fleet("encrypt");
  for (const key of ["a", "b", "c"]) await world.put(key);
  await world.putUnencrypted("old");
  world.writes.length = 0;
  const { exitCode, stdout, stderr } = await world.atRest("estimate", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    bucket,
    objects: 4,
    sample: 4,
    recommended: "this process",
    // A listing, two sweeps of looks, a look after each change, and the copy's tags of before and after.
    engines: [
      { engine: "this process", limitedBy: "latency" },
      { engine: "S3 Batch Operations", seconds: null },
    ],
  });
  expect(stderr).toContain("of 4 looked at: 75 % to update, 25 % to copy, 0 % right already, 0 % cannot be done");
  expect(world.writes).toEqual([]);
  expect(exitCode).toBe(0);
});

test("a bucket of more than a few pages has to be counted by somebody, and then a day's work goes to a job", async () => {
  world.fleet("encrypt");
  world.aws.seedKeys({ bucket, count: 300_000, encryption: "AES256" });
  const uncounted = await world.atRest("estimate");
  expect(uncounted.exitCode).toBe(2);
  expect(uncounted.stderr).toContain(
    "and nothing says how many: CloudWatch did not say (it takes cloudwatch:ListMetrics",
  );
  expect(uncounted.stderr).toContain("Add --objects: ");
  const { stdout } = await world.atRest("estimate", "--json", "--objects", "1000000000", "--sample", "50");
  expect(JSON.parse(stdout)).toMatchObject({ objects: 1e9, sample: 50, recommended: "S3 Batch Operations" });
});

test("a bucket that is too large to be counted has as many objects as CloudWatch says", async () => {
  world.fleet("encrypt");
  world.aws.seedKeys({ bucket, count: 300_000, encryption: "AES256" });
  const moto = await startMoto(resolve(__dirname, "../../.venv/bin/moto_server"));
  try {
    const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = world.environment;
    const client = new CloudWatchClient({ region, endpoint: moto.url, credentials: { accessKeyId, secretAccessKey } });
    const metric = (MetricName: string, StorageType: string, Value: number) => ({
      ...{ MetricName, Value, Timestamp: new Date(Date.now() - 86_400_000) },
      Dimensions: Object.entries({ BucketName: bucket, StorageType }).map(([Name, Value]) => ({ Name, Value })),
    });
    const MetricData = [
      metric("NumberOfObjects", "AllStorageTypes", 2e9),
      metric("BucketSizeBytes", "StandardStorage", 3 * 1024 ** 4),
      metric("BucketSizeBytes", "GlacierStorage", 1024 ** 4),
    ];
    await client.send(new PutMetricDataCommand({ Namespace: "AWS/S3", MetricData }));
    const environment = { ...world.environment, AWS_ENDPOINT_URL_CLOUDWATCH: moto.url };
    const { stdout, stderr } = await world.atRestIn(environment, "estimate", "--json", "--sample", "50");
    expect(stderr).toContain("  holds   about 2,000,000,000 objects, 4.0 TB (CloudWatch, ");
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ objects: 2e9, bytes: 4 * 1024 ** 4, sample: 50, from: { is: "CloudWatch" } },
      recommended: "S3 Batch Operations",
    });
  } finally {
    await moto.stop();
  }
});

describe("with an inventory", () => {
  const inventories = "acme-inventories";
  const folder = resolve(__dirname, "../reencrypt/inventory/files");
  const manifest = "2026-11-26T01-00Z/manifest.json";

  /** As S3 would have put it there. */
  async function inS3(format: "csv" | "parquet"): Promise<string> {
    await world.s3.send(new CreateBucketCommand({ Bucket: inventories }));
    const prefix = `inventories/${bucket}/${format}`;
    for (const name of readdirSync(join(folder, format), { recursive: true, encoding: "utf8" })) {
      if (!/\.\w+$/.test(name)) continue;
      const Body = readFileSync(join(folder, format, name));
      await world.s3.send(new PutObjectCommand({ Bucket: inventories, Key: `${prefix}/${name}`, Body }));
    }
    return `inventory=s3://${inventories}/${prefix}/${manifest}`;
  }

  test("every object is counted, and those that may be under the key already are looked at", async () => {
    world.fleet("encrypt");
    const SSEKMSKeyId = world.keyArn;
    await world.put("kinds/kms-on", { ServerSideEncryption: "aws:kms", SSEKMSKeyId, BucketKeyEnabled: "true" });
    const source = await inS3("parquet");
    world.writes.length = 0;
    const { exitCode, stdout, stderr } = await world.atRest("estimate", "--json", "--source", source);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ bucket, objects: 39, sample: 1, recommended: "this process" },
      from: {
        ...{ is: "inventory", createdAt: "2026-11-26T01:00:00.000Z", noncurrent: 2, deleteMarkers: 1 },
        ...{ unsure: 1, rightShare: 1 },
      },
    });
    expect(stderr).toContain("an inventory of 2026-11-26T01:00:00.000Z, ");
    expect(stderr).toContain(
      "1 object may be right already, since no inventory names the key: of 1 looked at 100 % are",
    );
    expect(stderr).toContain("  holds   39 objects, 8.0 GB\n");
    // Cannot be done: an archive, an archive tier, SSE-C, a retention and a legal hold.
    expect(stderr).toContain(
      "of 39 listed: 74.4 % to update, 10.3 % to copy, 2.6 % right already, 12.8 % cannot be done",
    );
    expect(world.writes).toEqual([]);
    expect(exitCode).toBe(0);

    const csv = join(folder, "csv", manifest);
    const copied = await world.atRest("estimate", "--source", `inventory=${csv}`, "--prefix", "kinds/");
    expect(copied.stderr).toContain("  holds   13 objects, 8.0 GB\n");
    expect(copied.exitCode).toBe(0);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    [
      "that is not finished",
      () =>
        world.s3.send(
          new DeleteObjectCommand({
            Bucket: inventories,
            Key: `inventories/${bucket}/csv/${manifest.replace("json", "checksum")}`,
          }),
        ),
      "manifest.checksum could not be read: NoSuchKey",
    ],
    [
      "whose file was cut",
      () =>
        world.s3.send(
          new PutObjectCommand({
            Bucket: inventories,
            Key: `inventories/${bucket}/csv/data/1.csv.gz`,
            Body: readFileSync(join(folder, "csv/data/1.csv.gz")).subarray(0, 100),
          }),
        ),
      "data/1.csv.gz: it has 100 bytes, and the manifest says ",
    ],
  ])("one %s cannot be used, and it says why", async (_name, spoil, message) => {
    world.fleet("encrypt");
    const source = await inS3("csv");
    await spoil();
    const { exitCode, stdout, stderr } = await world.atRest("estimate", "--json", "--source", source);
    expect(stderr).toContain(`s3://${bucket}: The inventory s3://${inventories}/inventories/${bucket}/csv/${manifest}`);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});

test("a stack that has not answered yet hides no other, and is said", async () => {
  world.fleet("encrypt");
  await world.put("a");
  const other = `  - { name: other, id: "222222222222", regions: { ${region}: { buckets: [{ name: acme-other }] } } }\n`;
  appendFileSync(join(world.directory, "fleet.yaml"), other);
  for (const command of ["estimate", "preflight"]) {
    const { exitCode, stdout, stderr } = await world.atRest(command, "--json");
    expect(stderr).toContain("outputs/other-eu-west-1.json is not there");
    expect(JSON.parse(stdout).bucket ?? JSON.parse(stdout).intent?.bucket).toBe(bucket);
    expect(exitCode).toBe(2);
  }
});

test("an inventory that S3 itself has written is counted", async () => {
  const inventories = "acme-inventories";
  for (const key of ["a b", "ü/c", "d"]) await world.put(key);
  await world.putUnencrypted("old");
  await world.s3.send(
    new PutBucketInventoryConfigurationCommand({
      ...{ Bucket: bucket, Id: "daily" },
      InventoryConfiguration: {
        ...{ Id: "daily", IsEnabled: true, IncludedObjectVersions: "All", Schedule: { Frequency: "Daily" } },
        OptionalFields: ["Size", "LastModifiedDate", "StorageClass", "EncryptionStatus", "BucketKeyStatus"],
        Destination: { S3BucketDestination: { Bucket: `arn:aws:s3:::${inventories}`, Format: "CSV" } },
      },
    }),
  );
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await world.s3.send(new CreateBucketCommand({ Bucket: inventories, CreateBucketConfiguration }));
  const letIn = {
    ...{ Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "s3:PutObject" },
    Resource: `arn:aws:s3:::${inventories}/*`,
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [letIn] });
  await world.s3.send(new PutBucketPolicyCommand({ Bucket: inventories, Policy }));
  const { key } = await world.aws.writeInventory(bucket, "daily");

  world.fleet("encrypt");
  const source = `inventory=s3://${inventories}/${key}`;
  const { exitCode, stdout } = await world.atRest("estimate", "--source", source, "--json");
  expect(JSON.parse(stdout)).toMatchObject({ objects: 4, recommended: "this process" });
  expect(exitCode).toBe(0);
});
