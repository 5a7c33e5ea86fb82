import { type Bucket, ListBucketsCommand, type S3Client } from "@aws-sdk/client-s3";

/**
 * Every bucket of the caller's account. With a page size S3 names each one's Region.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
 *
 * @param BucketRegion only those that are there. @default all Regions of the partition
 */
export async function listBuckets(client: S3Client, BucketRegion?: string): Promise<Bucket[]> {
  const found: Bucket[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListBucketsCommand({ BucketRegion, MaxBuckets: 1_000, ContinuationToken }));
    found.push(...(page.Buckets ?? []));
    ({ ContinuationToken } = page);
  } while (ContinuationToken !== undefined);
  return found;
}
