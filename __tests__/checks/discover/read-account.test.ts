import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CreateBucketCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import type { HttpRequest } from "../../../local/service";
import { problemsOf } from "../../../src/checks/discover/found";
import { readAccount } from "../../../src/checks/discover/read-account";
import { known } from "../../../src/checks/preflight/looked";
import { account, type LegacyBucket, legacyBucket } from "../../support/legacy-bucket";

const region = "eu-west-1";
const read = (bucket: LegacyBucket, cloudWatch?: () => CloudWatchClient) =>
  readAccount({
    account: { id: account, name: "Sandbox" },
    partition: "aws",
    region,
    s3: () => bucket.client,
    cloudWatch,
    now: new Date("2026-11-27T12:00:00Z"),
  });

const refusal = (status: number, code: string) => ({
  status,
  headers: { "content-type": "application/xml" },
  body: Buffer.from(`<Error><Code>${code}</Code><Message>m</Message></Error>`),
});
const isListing = ({ url }: HttpRequest): boolean => new URL(url).searchParams.get("x-id") === "ListBuckets";

async function withTwo(): Promise<LegacyBucket> {
  const bucket = await legacyBucket();
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await bucket.client.send(new CreateBucketCommand({ Bucket: "acme-another", CreateBucketConfiguration }));
  return bucket;
}

test("the buckets of an account are read, in the order of their names", async () => {
  const found = await read(await withTwo());
  expect(found).toMatchObject({ id: account, listed: true, problems: [], unread: [] });
  expect(found.buckets.map(({ name }) => name)).toEqual(["acme-another", "acme-uploads"]);
  expect(found.buckets[0]).toMatchObject({ account, region, partition: "aws", size: undefined });
  expect(problemsOf(found)).toEqual([]);
});

test("what is denied on one bucket is named, and hides nothing of it or of another", async () => {
  const bucket = await withTwo();
  const Action = ["s3:GetBucketTagging", "s3:GetBucketLogging", "s3:GetEncryptionConfiguration", "s3:GetBucketPolicy"];
  const deny = { Effect: "Deny", Principal: "*", Action, Resource: `arn:aws:s3:::${bucket.name}` };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [deny] });
  await bucket.client.send(new PutBucketPolicyCommand({ Bucket: bucket.name, Policy }));
  const found = await read(bucket);
  expect(problemsOf(found).sort()).toEqual(
    Action.map((action) => `s3://acme-uploads: ${action}: denied to this caller`).sort(),
  );
  expect(found.buckets.map(({ objectLock }) => known(objectLock))).toEqual([false, false]);
});

test("a listing that is denied is no empty account", async () => {
  const bucket = await legacyBucket();
  bucket.fault = (request) => (isListing(request) ? refusal(403, "AccessDenied") : undefined);
  expect(await read(bucket)).toMatchObject({
    listed: false,
    buckets: [],
    problems: ["s3:ListAllMyBuckets: denied to this caller"],
  });
});

test("a bucket whose region cannot be found out is there all the same", async () => {
  const bucket = await withTwo();
  const names = ["acme-another", "acme-uploads"].map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join("");
  const body = `<ListAllMyBucketsResult><Buckets>${names}</Buckets></ListAllMyBucketsResult>`;
  bucket.fault = (request) => {
    if (isListing(request)) return { status: 200, headers: {}, body: Buffer.from(body) };
    const { searchParams, hostname } = new URL(request.url);
    const dark = searchParams.has("location") && hostname.startsWith("acme-uploads.");
    return dark ? refusal(403, "AccessDenied") : undefined;
  };
  const found = await read(bucket);
  expect(found.buckets.map(({ name, region: where }) => [name, where])).toEqual([["acme-another", region]]);
  expect(found).toMatchObject({
    unread: ["acme-uploads"],
    problems: ["s3://acme-uploads: s3:GetBucketLocation is denied to this caller"],
  });
});

test("sizes that CloudWatch does not give away are said to be missing, and the buckets are there", async () => {
  const client = new CloudWatchClient({ region });
  const refused = Object.assign(new Error("no"), { name: "AccessDenied" });
  Object.assign(client, { send: () => Promise.reject(refused) });
  const found = await read(await legacyBucket(), () => client);
  expect(found.buckets).toHaveLength(1);
  expect(problemsOf(found)).toEqual([
    "sizes in eu-west-1: cloudwatch:ListMetrics and cloudwatch:GetMetricData: denied to this caller",
  ]);
});
