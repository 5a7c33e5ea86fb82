import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { S3Client } from "@aws-sdk/client-s3";
import { type Looked, seen } from "../../../src/checks/preflight/looked";
import { preflight } from "../../../src/checks/preflight/preflight";
import { documentedQuota } from "../../../src/checks/preflight/rate-checks";
import { requestMetrics } from "../../../src/checks/preflight/request-metrics";
import { describeWith, findMotoServer } from "../../clients/tools";
import { startMoto } from "../../support/moto";
import { requestHandler } from "../../support/request-handler";
import { account, bucket, type Differences, facts, keyArn } from "./arrange";
import { logsOf } from "./logs/facts";

type Rate = { readonly reads: number; readonly writes: number };
const withKey = { algorithm: "aws:kms", keyArn, bucketKey: true } as const;
const withoutKey = { ...withKey, bucketKey: false };

const judge = (metrics: Looked<Rate | null>, intent: Differences["intent"]): string[] =>
  preflight(facts({ intent, facts: { metrics } })).map(({ level, id, evidence }) => `${level} ${id}: ${evidence}`);

test.each([
  ["us-east-1", 100_000],
  ["eu-central-1", 20_000],
  ["ap-southeast-2", 20_000],
  ["sa-east-1", 10_000],
  ["constructor", 10_000],
])("KMS grants an account in %s %i requests a second, unless that was raised", (region, quota) => {
  expect(documentedQuota(region)).toBe(quota);
});

test.each<[string, Rate, Differences["intent"], string[]]>([
  ["with a bucket key, next to nothing", { reads: 2_000, writes: 500 }, { target: withKey, kmsQuota: 100 }, []],
  [
    "with a bucket key, a hundredth, which is half of it",
    { reads: 2_000, writes: 500 },
    { target: withKey, kmsQuota: 50 },
    [],
  ],
  [
    "with a bucket key, a hundredth, which is more than half",
    { reads: 2_000, writes: 501 },
    { target: withKey, kmsQuota: 50 },
    ["warning kms-quota: the busiest minute needs more than half of the 50 requests/s that KMS grants, as given"],
  ],
  ["without one, half of it is left", { reads: 2_000, writes: 500 }, { target: withoutKey, kmsQuota: 5_000 }, []],
  [
    "without one, less than half is left",
    { reads: 2_000, writes: 501 },
    { target: withoutKey, kmsQuota: 5_000 },
    [
      "warning kms-quota: the busiest minute needs more than half of the 5,000 requests/s that KMS grants, as given; with a bucket key it would not",
    ],
  ],
  [
    "without one, all and more",
    { reads: 2_000, writes: 501 },
    { target: withoutKey, kmsQuota: 2_500 },
    [
      "error kms-quota: the busiest minute needs more than all of the 2,500 requests/s that KMS grants, as given; with a bucket key it would not",
    ],
  ],
  [
    "DSSE, which has no bucket keys",
    { reads: 2_000, writes: 501 },
    { target: { algorithm: "aws:kms:dsse", keyArn }, kmsQuota: 2_500 },
    ["error kms-quota: the busiest minute needs more than all of the 2,500 requests/s that KMS grants, as given"],
  ],
  ["AES256 needs no KMS", { reads: 2_000, writes: 501 }, { target: { algorithm: "AES256" }, kmsQuota: 1 }, []],
])("KMS: %s", (_, rate, intent, expected) => {
  const key = intent?.target?.algorithm === "AES256" ? null : undefined;
  const world = facts({ intent, ...(key === null ? { key } : {}), facts: { metrics: seen(rate) } });
  expect(preflight(world).map(({ level, id, evidence }) => `${level} ${id}: ${evidence}`)).toEqual(expected);
});

test.each<[string, Rate, number | undefined, string[]]>([
  ["little is asked", { reads: 100, writes: 100 }, undefined, []],
  [
    "clients write more than half of a partition's share",
    { reads: 100, writes: 1_751 },
    undefined,
    [
      "warning prefix-rate: the busiest minute of clients and half of it are more than 3,500 writes/s, if all keys are in one partition",
    ],
  ],
  ["the run has a limit that fits", { reads: 2_000, writes: 1_000 }, 2_500, []],
  [
    "the run has a limit that does not",
    { reads: 2_000, writes: 1_001 },
    2_500,
    [
      "warning prefix-rate: the busiest minute of clients and the run's 2,500 are more than 3,500 writes/s, if all keys are in one partition",
    ],
  ],
  [
    "clients read too much for it",
    { reads: 3_001, writes: 0 },
    2_500,
    [
      "warning prefix-rate: the busiest minute of clients and the run's 2,500 are more than 5,500 reads/s, if all keys are in one partition",
    ],
  ],
])("S3: %s", (_, rate, maxRequestsPerSecond, expected) => {
  expect(judge(seen(rate), { maxRequestsPerSecond })).toEqual(expected);
});

test("logs and request metrics: whichever saw more", () => {
  const logs = logsOf({
    lines: Array.from({ length: 120 }, () => ({ requester: `arn:aws:iam::${account}:user/alice` })),
  });
  expect(logs.usage.busiest).toEqual({ reads: 0, writes: 2 });
  const judged = (metrics: Rate) =>
    preflight(facts({ intent: { target: withoutKey, kmsQuota: 1 }, facts: { logs, metrics: seen(metrics) } }))
      .filter(({ id }) => id === "kms-quota")
      .map(({ level }) => level);
  expect(judged({ reads: 0, writes: 0 })).toEqual(["error"]);
  expect(judged({ reads: 3, writes: 0 })).toEqual(["error"]);
});

test("where nobody knows, and each request asks KMS, that is said; a permission that is missing is named", () => {
  expect(judge(seen(null), { target: withKey })).toEqual([]);
  expect(judge(seen(null), { target: withoutKey })).toEqual([
    "note request-rate-not-known: no logs and no request metrics",
  ]);
  const denied = {
    is: "unseen",
    permission: "cloudwatch:GetMetricData",
    why: "denied to this caller",
    notThere: false,
  } as const;
  expect(judge(denied, { target: withKey })).toEqual([
    "note request-rate-not-known: no logs and no request metrics; cloudwatch:GetMetricData: denied to this caller",
  ]);
});

/** Source: Amazon S3 API Reference, ListBucketMetricsConfigurations, "Response Syntax". */
const configurations = (...members: string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?><ListMetricsConfigurationsResult><IsTruncated>false</IsTruncated>${members
    .map((member) => `<MetricsConfiguration>${member}</MetricsConfiguration>`)
    .join("")}</ListMetricsConfigurationsResult>`;

const answering = (status: number, body: string): S3Client =>
  new S3Client({
    region: "us-east-1",
    maxAttempts: 1,
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    requestHandler: requestHandler(async () => ({ status, headers: {}, body: Buffer.from(body) })),
  });
const reader = (client: S3Client) => ({ client, bucket, expectedBucketOwner: account });
const now = Date.now();

describeWith(findMotoServer(), "moto", "pip install moto[server]", (program) => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let cloudWatch: CloudWatchClient;
  beforeAll(async () => {
    moto = await startMoto(program);
    const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
    cloudWatch = new CloudWatchClient({ region: "us-east-1", endpoint: moto.url, credentials });
  });
  afterAll(() => moto.stop());

  test("the busiest minute of the whole bucket's request metrics, reads and writes each added up", async () => {
    const minute = (ago: number) => new Date(Math.floor(now / 60_000) * 60_000 - ago * 60_000);
    const metric = (MetricName: string, ago: number, Value: number, filter = "EntireBucket") => ({
      MetricName,
      Value,
      Timestamp: minute(ago),
      Dimensions: [
        { Name: "BucketName", Value: bucket },
        { Name: "FilterId", Value: filter },
      ],
    });
    const MetricData = [
      ...[metric("GetRequests", 5, 600), metric("HeadRequests", 5, 120), metric("GetRequests", 9, 660)],
      ...[metric("PutRequests", 5, 60), metric("PostRequests", 5, 60), metric("PutRequests", 9, 90)],
      metric("GetRequests", 5, 60_000, "SomePrefix"),
    ];
    await cloudWatch.send(new PutMetricDataCommand({ Namespace: "AWS/S3", MetricData }));
    const filtered = "<Id>SomePrefix</Id><Filter><Prefix>some/</Prefix></Filter>";
    const s3 = answering(200, configurations(filtered, "<Id>EntireBucket</Id>"));
    expect(await requestMetrics(reader(s3), cloudWatch, now)).toEqual(seen({ reads: 720 / 60, writes: 120 / 60 }));
    const part = answering(200, configurations(filtered));
    expect(await requestMetrics(reader(part), cloudWatch, now)).toEqual(seen(null));
  });
});

test("a bucket whose configurations may not be read names the permission", async () => {
  const denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
  const cloudWatch = new CloudWatchClient({ region: "us-east-1" });
  expect(await requestMetrics(reader(answering(403, denied)), cloudWatch, now)).toEqual({
    ...{ is: "unseen", permission: "s3:GetMetricsConfiguration", why: "denied to this caller", notThere: false },
  });
});
