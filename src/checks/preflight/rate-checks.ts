import { leftByBucketKey } from "../../reencrypt/cost/cost";
import type { Facts } from "./facts";
import { type Finding, finding } from "./finding";
import type { Rate } from "./logs/busiest";
import { known, unseen } from "./looked";

/**
 * Cryptographic operations per second with symmetric keys, shared by the whole account in the Region, before AWS has
 * raised it. Everywhere else 10,000.
 *
 * Source: AWS KMS Developer Guide, "Request quotas",
 * https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
 */
const quotas: Readonly<Record<string, number>> = {
  "us-east-1": 100_000,
  "us-west-2": 100_000,
  "eu-west-1": 100_000,
  "us-east-2": 20_000,
  "ap-southeast-1": 20_000,
  "ap-southeast-2": 20_000,
  "ap-northeast-1": 20_000,
  "eu-central-1": 20_000,
  "eu-west-2": 20_000,
};

/** Requests per second that KMS grants an account in a Region, unless AWS has raised it. */
export const documentedQuota = (region: string): number =>
  (Object.hasOwn(quotas, region) ? quotas[region] : undefined) ?? 10_000;

/**
 * What S3 promises at least of each partition of a bucket.
 *
 * Source: Amazon S3 User Guide, "Best practices design patterns: optimizing Amazon S3 performance",
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
 */
const partition: Rate = { reads: 5_500, writes: 3_500 };

/** The busiest minute, in requests per second: of the logs or of CloudWatch, whichever saw more. Nothing: nobody knows. */
export function busiestOf({ logs, metrics }: Pick<Facts, "logs" | "metrics">): Rate | undefined {
  const seen = [...(logs ? [logs.usage.busiest] : []), ...[known(metrics)].filter((rate) => rate != null)];
  if (seen.length === 0) return undefined;
  return { reads: Math.max(...seen.map(({ reads }) => reads)), writes: Math.max(...seen.map(({ writes }) => writes)) };
}

/** KMS requests per second that the clients' busiest minute makes, with and without a bucket key. */
export const kmsRequestsOf = ({ reads, writes }: Rate) => ({
  withoutBucketKey: reads + writes,
  withBucketKey: (reads + writes) * leftByBucketKey,
});

const count = (number: number): string => number.toLocaleString("en-US");

/** Evidence has no rates in it, which differ each day: they are in what was observed. */
export function kmsQuotaChecks(facts: Facts): Finding[] {
  const { target, region, kmsQuota } = facts.intent;
  if (target.algorithm === "AES256") return [];
  const bucketKey = target.algorithm === "aws:kms" && target.bucketKey;
  const rate = busiestOf(facts);
  if (rate === undefined) {
    const { metrics } = facts;
    const denied = metrics.is === "unseen" && !metrics.notThere ? `; ${unseen(metrics)}` : "";
    return bucketKey && denied === ""
      ? []
      : [finding("note", "request-rate-not-known", `no logs and no request metrics${denied}`)];
  }
  const quota = kmsQuota ?? documentedQuota(region);
  const asks = kmsRequestsOf(rate);
  const share = (bucketKey ? asks.withBucketKey : asks.withoutBucketKey) / quota;
  // DSSE has no bucket keys: Amazon S3 User Guide, "Using dual-layer server-side encryption with AWS KMS keys".
  const helps = target.algorithm === "aws:kms" && !bucketKey && asks.withBucketKey <= quota / 2;
  const granted = kmsQuota === undefined ? `grants by default in ${region}` : "grants, as given";
  const of = `of the ${count(quota)} requests/s that KMS ${granted}${helps ? "; with a bucket key it would not" : ""}`;
  if (share > 1) return [finding("error", "kms-quota", `the busiest minute needs more than all ${of}`)];
  return share > 0.5 ? [finding("warning", "kms-quota", `the busiest minute needs more than half ${of}`)] : [];
}

/** Which partition a key is in nobody outside can tell, so the bucket is taken for one. */
export function prefixRateChecks(facts: Facts): Finding[] {
  const { maxRequestsPerSecond } = facts.intent;
  const rate = busiestOf(facts);
  if (rate === undefined) return [];
  // Without a limit the run takes what is left, and gives way: half of a partition is then plenty for clients.
  const room =
    maxRequestsPerSecond === undefined ? (kind: keyof Rate) => partition[kind] / 2 : () => maxRequestsPerSecond;
  return (["writes", "reads"] as const)
    .filter((kind) => rate[kind] + room(kind) > partition[kind])
    .map((kind) => {
      const run = maxRequestsPerSecond === undefined ? "half of it" : `the run's ${count(maxRequestsPerSecond)}`;
      return finding(
        "warning",
        "prefix-rate",
        `the busiest minute of clients and ${run} are more than ${count(partition[kind])} ${kind}/s, if all keys are in one partition`,
      );
    });
}
