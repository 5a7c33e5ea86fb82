import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  CreateBucketCommand,
  DeleteBucketInventoryConfigurationCommand,
  DeleteObjectCommand,
  GetBucketInventoryConfigurationCommand,
  GetObjectCommand,
  type InventoryConfiguration,
  ListBucketInventoryConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketInventoryConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { readCsv } from "../../../local/s3-control/csv";
import { account, localS3, refused } from "../clients";

const now = Date.UTC(2026, 10, 26, 1, 5, 7);

/** A bucket, and another one into which S3 may write inventories of it. */
async function world() {
  let fixed: number | undefined; // signatures are made by the machine's time
  const { aws, s3 } = localS3({ now: () => fixed ?? Date.now() });
  for (const Bucket of ["data", "reports"]) await s3.send(new CreateBucketCommand({ Bucket }));
  const put = (configuration: Partial<InventoryConfiguration> = {}, Id = configuration.Id ?? "all") =>
    s3.send(
      new PutBucketInventoryConfigurationCommand({
        ...{ Bucket: "data", Id },
        InventoryConfiguration: {
          ...{ Id: "all", IsEnabled: true, IncludedObjectVersions: "Current", Schedule: { Frequency: "Daily" } },
          Destination: { S3BucketDestination: { Bucket: "arn:aws:s3:::reports", Format: "CSV", Prefix: "of" } },
          ...configuration,
        },
      }),
    );
  // As in https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html, "S3 Inventory"
  const letIn = () =>
    s3.send(
      new PutBucketPolicyCommand({
        Bucket: "reports",
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              ...{ Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: "s3:PutObject" },
              Resource: "arn:aws:s3:::reports/*",
              Condition: {
                ArnLike: { "aws:SourceArn": "arn:aws:s3:::data" },
                StringEquals: { "aws:SourceAccount": account },
              },
            },
          ],
        }),
      }),
    );
  const read = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "reports", Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  /** Manifest and lines of an inventory that is written now. */
  const inventory = async () => {
    fixed = now;
    const { bucket, key } = await aws.writeInventory("data", "all");
    fixed = undefined;
    expect(bucket).toBe("reports");
    const text = await read(key);
    expect((await read(key.replace("json", "checksum"))).toString()).toBe(createHash("md5").update(text).digest("hex"));
    const manifest = JSON.parse(text.toString());
    const [file, ...more] = manifest.files;
    expect(more).toEqual([]);
    const stored = await read(file.key);
    expect([stored.length, createHash("md5").update(stored).digest("hex")]).toEqual([file.size, file.MD5checksum]);
    return { key, manifest, lines: readCsv(gunzipSync(stored).toString()) };
  };
  return { aws, s3, put, letIn, read, inventory };
}

test("configurations are put, shown, listed by pages and deleted", async () => {
  const { s3, put } = await world();
  const list = (ContinuationToken?: string) =>
    s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket: "data", ContinuationToken }));
  expect(await list()).toMatchObject({ IsTruncated: false });
  for (let number = 100; number < 201; number++) await put({ Id: `n${number}` });
  const [first, second] = [await list(), await list("n199")];
  expect(first).toMatchObject({ IsTruncated: true, NextContinuationToken: "n199" });
  expect(first.InventoryConfigurationList).toHaveLength(100);
  expect(second.InventoryConfigurationList?.map(({ Id }) => Id)).toEqual(["n200"]);

  const one = { Bucket: "data", Id: "n150" };
  await put({ Id: "n150", OptionalFields: ["Size", "EncryptionStatus"], Filter: { Prefix: "a/" } });
  expect((await s3.send(new GetBucketInventoryConfigurationCommand(one))).InventoryConfiguration).toEqual({
    ...{ Id: "n150", IsEnabled: true, IncludedObjectVersions: "Current", Schedule: { Frequency: "Daily" } },
    ...{ OptionalFields: ["Size", "EncryptionStatus"], Filter: { Prefix: "a/" } },
    Destination: { S3BucketDestination: { Bucket: "arn:aws:s3:::reports", Format: "CSV", Prefix: "of" } },
  });
  await s3.send(new DeleteBucketInventoryConfigurationCommand(one));
  for (const Command of [GetBucketInventoryConfigurationCommand, DeleteBucketInventoryConfigurationCommand]) {
    expect(await refused(s3.send(new Command(one)))).toMatchObject({ code: "NoSuchConfiguration", status: 404 });
  }
});

test("what could not be written is refused when it is put", async () => {
  const { put } = await world();
  const to = (Format: "Parquet") => ({ S3BucketDestination: { Bucket: "arn:aws:s3:::reports", Format } });
  expect(await refused(put({ Destination: to("Parquet") }))).toMatchObject({ status: 501 });
  expect(await refused(put({ OptionalFields: ["ObjectOwner"] }))).toMatchObject({ status: 501 });
  expect(await refused(put({ Id: "one" }, "other"))).toMatchObject({ code: "InvalidArgument" });
});

test("an inventory is where S3 writes it, and lists current objects with URL-encoded keys", async () => {
  const { s3, put, letIn, inventory, read } = await world();
  await put({ OptionalFields: ["EncryptionStatus", "Size", "ETag", "BucketKeyStatus"] });
  await letIn();
  await s3.send(new PutObjectCommand({ Bucket: "data", Key: 'a/b "c",+ü', Body: "12345" }));
  const { key, manifest, lines } = await inventory();
  expect(key).toBe("of/data/all/2026-11-26T01-05Z/manifest.json");
  expect(manifest).toMatchObject({
    ...{ sourceBucket: "data", destinationBucket: "arn:aws:s3:::reports", version: "2016-11-30", fileFormat: "CSV" },
    ...{ creationTimestamp: String(now), fileSchema: "Bucket, Key, Size, ETag, EncryptionStatus, BucketKeyStatus" },
  });
  expect(lines).toEqual([
    ["data", "a/b%20%22c%22%2C%2B%C3%BC", "5", "827ccb0eea8a706c4c34a16891f84e7b", "SSE-S3", "DISABLED"],
  ]);
  const hive = (await read("of/data/all/hive/dt=2026-11-26-01-05/symlink.txt")).toString();
  expect(hive).toBe(`s3://reports/${manifest.files[0].key}\n`);
});

test("one of all versions says which is current, and which a delete marker", async () => {
  const { s3, put, letIn, inventory } = await world();
  await put({ IncludedObjectVersions: "All", OptionalFields: ["Size"] });
  await letIn();
  await s3.send(new PutObjectCommand({ Bucket: "data", Key: "a", Body: "1" }));
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: "data", VersioningConfiguration }));
  const { VersionId = "" } = await s3.send(new DeleteObjectCommand({ Bucket: "data", Key: "a" }));
  const { manifest, lines } = await inventory();
  expect(manifest.fileSchema).toBe("Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size");
  expect(lines).toEqual([
    ["data", "a", VersionId, "true", "true", ""],
    ["data", "a", "", "false", "false", "1"],
  ]);
});

test("a destination whose policy does not let S3 in gets none", async () => {
  const { aws, s3, put } = await world();
  await put();
  await expect(aws.writeInventory("data", "all")).rejects.toMatchObject({ code: "AccessDenied" });
  await expect(aws.writeInventory("data", "other")).rejects.toThrow("has no inventory configuration other that is on");
  expect((await s3.send(new ListObjectsV2Command({ Bucket: "reports" }))).KeyCount).toBe(0);
});
