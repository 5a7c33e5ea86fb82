import { CloudWatchClient, GetMetricDataCommand, ListMetricsCommand, type Metric } from "@aws-sdk/client-cloudwatch";
import { readSizes } from "../../../src/checks/discover/sizes";

const now = new Date("2026-11-27T12:00:00Z");
const region = "eu-west-1";

interface Stored {
  readonly bucket: string;
  readonly name: "BucketSizeBytes" | "NumberOfObjects";
  readonly storage: string;
  /** Newest first, a day each. */
  readonly values: readonly number[];
}

const metricOf = ({ bucket, name, storage }: Stored): Metric => ({
  Namespace: "AWS/S3",
  MetricName: name,
  Dimensions: [
    { Name: "StorageType", Value: storage },
    { Name: "BucketName", Value: bucket },
  ],
});

/**
 * Answers as the API Reference says of ListMetrics and GetMetricData: in pages, and with no more than 500 queries.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
function cloudWatch(stored: readonly Stored[], page = 3) {
  const client = new CloudWatchClient({ region });
  const asked: number[] = [];
  const answer = async (command: unknown): Promise<object> => {
    if (command instanceof ListMetricsCommand) {
      const from = Number(command.input.NextToken ?? 0);
      const fitting = stored.filter(({ name }) => name === command.input.MetricName).map(metricOf);
      const next = from + page < fitting.length ? String(from + page) : undefined;
      return { Metrics: fitting.slice(from, from + page), NextToken: next };
    }
    if (!(command instanceof GetMetricDataCommand)) throw new Error("asked something else");
    const { MetricDataQueries: queries = [], NextToken, StartTime, EndTime, ScanBy } = command.input;
    expect(queries.length).toBeLessThanOrEqual(500);
    expect([StartTime, EndTime, ScanBy]).toEqual([new Date("2026-11-24T12:00:00Z"), now, "TimestampDescending"]);
    if (NextToken === undefined) asked.push(queries.length);
    const from = Number(NextToken ?? 0);
    const results = queries.slice(from, from + page).map(({ Id, MetricStat }) => {
      const { values = [] } =
        stored.find((one) => JSON.stringify(metricOf(one)) === JSON.stringify(MetricStat?.Metric)) ?? {};
      const Timestamps = values.map((_, index) => new Date(Date.UTC(2026, 10, 26 - index)));
      return { Id, Values: values, Timestamps };
    });
    const next = from + page < queries.length ? String(from + page) : undefined;
    return { MetricDataResults: results, NextToken: next };
  };
  Object.assign(client, { send: answer });
  return { client, asked };
}

const bytes = (bucket: string, storage: string, ...values: number[]): Stored => ({
  bucket,
  name: "BucketSizeBytes",
  storage,
  values,
});
const objects = (bucket: string, ...values: number[]): Stored => ({
  bucket,
  name: "NumberOfObjects",
  storage: "AllStorageTypes",
  values,
});

test("storage types are added up, the newest value counts, and other buckets are not asked about", async () => {
  const { client, asked } = cloudWatch([
    bytes("acme-a", "StandardStorage", 100, 90),
    bytes("acme-a", "GlacierStorage", 7),
    bytes("acme-a", "StandardIAStorage"),
    bytes("acme-a", "DeepArchiveStorage", 1),
    objects("acme-a", 12, 11),
    bytes("acme-b", "StandardStorage", 5),
    bytes("acme-other", "StandardStorage", 5),
  ]);
  expect(await readSizes(client, new Set(["acme-a", "acme-b", "acme-new"]), now)).toEqual(
    new Map([
      ["acme-a", { bytes: 108, objects: 12, day: "2026-11-26" }],
      ["acme-b", { bytes: 5, day: "2026-11-26" }],
    ]),
  );
  expect(asked).toEqual([6]);
});

test("of a metric that goes on in a later page the first value is the newest", async () => {
  const { client } = cloudWatch([bytes("acme-a", "StandardStorage", 100)]);
  const { send } = client;
  const day = (date: number) => [new Date(Date.UTC(2026, 10, date))];
  const pages = [
    { MetricDataResults: [{ Id: "m0", Values: [100], Timestamps: day(26) }], NextToken: "1" },
    { MetricDataResults: [{ Id: "m0", Values: [90], Timestamps: day(25) }] },
  ];
  const paged = async (command: Parameters<typeof send>[0]): Promise<unknown> =>
    command instanceof GetMetricDataCommand ? pages[Number(command.input.NextToken ?? 0)] : send(command);
  Object.assign(client, { send: paged });
  expect(await readSizes(client, new Set(["acme-a"]), now)).toEqual(
    new Map([["acme-a", { bytes: 100, day: "2026-11-26" }]]),
  );
});

test("more metrics than one request takes are asked for in several", async () => {
  const stored = Array.from({ length: 1_100 }, (_, index) => bytes(`acme-${index}`, "StandardStorage", index));
  const { client, asked } = cloudWatch(stored, 400);
  const sizes = await readSizes(client, new Set(stored.map(({ bucket }) => bucket)), now);
  expect(asked).toEqual([500, 500, 100]);
  expect(sizes.size).toBe(1_100);
  expect(sizes.get("acme-1099")).toEqual({ bytes: 1_099, day: "2026-11-26" });
});
