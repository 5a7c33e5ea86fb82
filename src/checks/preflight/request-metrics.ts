import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { ListBucketMetricsConfigurationsCommand } from "@aws-sdk/client-s3";
import type { BucketReader } from "../bucket-traits";
import type { Rate } from "./logs/busiest";
import { type Looked, look } from "./looked";

const day = 86_400_000;
/** CloudWatch keeps minutes for 15 days. Source: Amazon CloudWatch API Reference, GetMetricStatistics. */
const keptDays = 14;

/** The id of a configuration that counts every object of the bucket: one without a filter. */
async function wholeBucket({ client, bucket, expectedBucketOwner }: BucketReader): Promise<string | undefined> {
  const at = { Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner };
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListBucketMetricsConfigurationsCommand({ ...at, ContinuationToken }));
    const found = page.MetricsConfigurationList?.find(({ Filter }) => Filter === undefined);
    if (found) return found.Id;
    ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
  return undefined;
}

/** Source: Amazon S3 User Guide, "Metrics and dimensions": request metrics have BucketName and FilterId, a point a minute. */
const queryOf = (Id: string, MetricName: string, bucket: string, filterId: string): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: {
      Namespace: "AWS/S3",
      MetricName,
      Dimensions: [
        { Name: "BucketName", Value: bucket },
        { Name: "FilterId", Value: filterId },
      ],
    },
    Period: 60,
    Stat: "Sum",
  },
});

async function busiestMinute(client: CloudWatchClient, bucket: string, filterId: string, now: number): Promise<Rate> {
  const names = { reads: "GetRequests", heads: "HeadRequests", puts: "PutRequests", posts: "PostRequests" };
  const sums = new Map<string, number>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - keptDays * day),
        EndTime: new Date(now),
        MetricDataQueries: Object.entries(names).map(([id, name]) => queryOf(id, name, bucket, filterId)),
        NextToken,
      }),
    );
    for (const { Id = "", Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      const kind = Id === "puts" || Id === "posts" ? "writes" : "reads";
      Timestamps.forEach((time, place) => {
        const at = `${kind} ${time.getTime()}`;
        sums.set(at, (sums.get(at) ?? 0) + (Values[place] ?? 0));
      });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const most = (kind: string): number =>
    [...sums].reduce((highest, [at, sum]) => (at.startsWith(kind) ? Math.max(highest, sum) : highest), 0);
  return { reads: most("reads") / 60, writes: most("writes") / 60 };
}

/** The busiest minute of the last 14 days, where the bucket has request metrics for all its objects. */
export async function requestMetrics(
  reader: BucketReader,
  client: CloudWatchClient,
  now: number,
): Promise<Looked<Rate | null>> {
  const found = await look("s3:GetMetricsConfiguration", () => wholeBucket(reader));
  if (found.is === "unseen") return found;
  const filterId = found.value;
  if (filterId === undefined) return { is: "seen", value: null };
  return look("cloudwatch:GetMetricData", () => busiestMinute(client, reader.bucket, filterId, now));
}
