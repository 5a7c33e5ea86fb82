import {
  type CloudWatchClient,
  GetMetricDataCommand,
  ListMetricsCommand,
  type Metric,
  type MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import { dayOf } from "../../fleet/days";
import type { Size } from "./found";

const dayInMs = 86_400_000;
/** Of GetMetricData: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const mostQueries = 500;

const dimension = (metric: Metric, name: string): string | undefined =>
  metric.Dimensions?.find(({ Name }) => Name === name)?.Value;

/** Each bucket has one metric a storage type, so only CloudWatch knows which there are. */
async function metricsOf(client: CloudWatchClient, MetricName: string): Promise<Metric[]> {
  const found: Metric[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListMetricsCommand({ Namespace: "AWS/S3", MetricName, NextToken }));
    found.push(...(page.Metrics ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

interface Counted {
  readonly metric: Metric;
  readonly value: number;
  readonly day: string;
}

const queriesOf = (metrics: readonly Metric[]) =>
  metrics.map((Metric, index) => ({
    Id: `m${index}`,
    MetricStat: { Metric, Period: dayInMs / 1000, Stat: "Average" },
  }));

/** The newest value of each metric that has one. */
async function newest(client: CloudWatchClient, metrics: readonly Metric[], now: Date): Promise<Counted[]> {
  const counted: Counted[] = [];
  for (let from = 0; from < metrics.length; from += mostQueries) {
    const chunk = metrics.slice(from, from + mostQueries);
    const results: MetricDataResult[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new GetMetricDataCommand({
          // Daily values come up to two days late.
          StartTime: new Date(now.getTime() - 3 * dayInMs),
          EndTime: now,
          ScanBy: "TimestampDescending",
          MetricDataQueries: queriesOf(chunk),
          NextToken,
        }),
      );
      results.push(...(page.MetricDataResults ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    chunk.forEach((metric, index) => {
      // A page may go on with a metric of the one before: the first value is the newest.
      const values = results.filter(({ Id, Values }) => Id === `m${index}` && Values?.[0] !== undefined);
      const [first] = values;
      const [value, time] = [first?.Values?.[0], first?.Timestamps?.[0]];
      if (value !== undefined && time) counted.push({ metric, value, day: dayOf(time.getTime()) });
    });
  }
  return counted;
}

/**
 * Sizes and object counts of a Region's buckets, as S3 reports them to CloudWatch each day.
 *
 * Needs cloudwatch:ListMetrics and cloudwatch:GetMetricData.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
 *
 * @param names other buckets are not asked about
 */
export async function readSizes(
  client: CloudWatchClient,
  names: ReadonlySet<string>,
  now: Date,
): Promise<Map<string, Size>> {
  const listed = [...(await metricsOf(client, "BucketSizeBytes")), ...(await metricsOf(client, "NumberOfObjects"))];
  const metrics = listed.filter((metric) => names.has(dimension(metric, "BucketName") ?? ""));
  const sizes = new Map<string, Size>();
  for (const { metric, value, day } of await newest(client, metrics, now)) {
    const name = dimension(metric, "BucketName") ?? "";
    const before = sizes.get(name) ?? { bytes: 0, day };
    const isCount = metric.MetricName === "NumberOfObjects";
    sizes.set(name, {
      ...before,
      ...(isCount ? { objects: Math.round(value) } : { bytes: before.bytes + Math.round(value) }),
      day: day > before.day ? day : before.day,
    });
  }
  return sizes;
}
