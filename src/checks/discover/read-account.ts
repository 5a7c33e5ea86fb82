import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { GetBucketLocationCommand, type S3Client } from "@aws-sdk/client-s3";
import { atOnce } from "../at-once";
import { listBuckets } from "../list-buckets";
import { regionOf } from "../preflight/look-at-bucket";
import { look, unseen } from "../preflight/looked";
import { CouldNotLook, setting } from "../settings";
import type { DiscoveredAccount, DiscoveredBucket, Size } from "./found";
import type { NamedAccount } from "./organization";
import { readBucket } from "./read-bucket";
import { readSizes } from "./sizes";

export interface AccountReader {
  readonly account: NamedAccount;
  readonly partition: string;
  /** Where the account's buckets are listed. */
  readonly region: string;
  /** With the account's credentials. */
  readonly s3: (region: string) => S3Client;
  /** Undefined: nobody is asked for sizes. */
  readonly cloudWatch?: (region: string) => CloudWatchClient;
  readonly now: Date;
}

// Each takes eight requests.
const bucketsAtOnce = 6;

/** Of servers that do not name the Region in the listing. */
async function locationOf(client: S3Client, Bucket: string): Promise<string> {
  const answer = await setting(Bucket, "s3:GetBucketLocation", () =>
    client.send(new GetBucketLocationCommand({ Bucket })),
  );
  return regionOf(answer?.LocationConstraint);
}

/** Reads the buckets of one account. What cannot be read is said beside what can. */
export async function readAccount(reader: AccountReader): Promise<DiscoveredAccount> {
  const { account, partition, region, s3 } = reader;
  const home = s3(region);
  const listed = await look("s3:ListAllMyBuckets", () => listBuckets(home));
  if (listed.is === "unseen") {
    const problems = [unseen(listed)];
    return { ...account, partition, listed: false, buckets: [], unread: [], problems };
  }
  const problems: string[] = [];
  const unread: string[] = [];
  const read = await atOnce(bucketsAtOnce, listed.value, async ({ Name = "", BucketRegion }) => {
    try {
      const where = BucketRegion ?? (await locationOf(home, Name));
      const bucketReader = { client: s3(where), bucket: Name, expectedBucketOwner: account.id };
      return [await readBucket(bucketReader, { account: account.id, region: where, name: Name, partition })];
    } catch (error) {
      if (!(error instanceof CouldNotLook)) throw error;
      problems.push(error.message);
      unread.push(Name);
      return [];
    }
  });
  const buckets = read.flat().sort((one, other) => (one.name < other.name ? -1 : 1));
  const sizes = await sizesOf(reader, buckets, problems);
  return {
    ...account,
    partition,
    listed: true,
    buckets: buckets.map((bucket) => ({ ...bucket, size: sizes.get(bucket.name) })),
    unread: unread.sort(),
    problems: problems.sort(),
  };
}

/** A size says nothing about what has to be done, but a Region that CloudWatch does not answer for is said all the same. */
async function sizesOf(
  { cloudWatch, now }: AccountReader,
  buckets: readonly DiscoveredBucket[],
  problems: string[],
): Promise<Map<string, Size>> {
  const sizes = new Map<string, Size>();
  if (!cloudWatch) return sizes;
  for (const region of [...new Set(buckets.map((bucket) => bucket.region))].sort()) {
    const names = new Set(buckets.filter((bucket) => bucket.region === region).map(({ name }) => name));
    const looked = await look("cloudwatch:ListMetrics and cloudwatch:GetMetricData", () =>
      readSizes(cloudWatch(region), names, now),
    );
    if (looked.is === "unseen") problems.push(`sizes in ${region}: ${unseen(looked)}`);
    else for (const [name, size] of looked.value) sizes.set(name, size);
  }
  return sizes;
}
