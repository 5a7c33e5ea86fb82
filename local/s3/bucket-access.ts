import type { Context } from "../service";
import { authorizeS3 } from "./access";
import type { Bucket } from "./state";

/** What every request about a bucket carries. */
export interface BucketRequest {
  readonly Bucket: string | undefined;
  readonly ExpectedBucketOwner?: string;
}

/** The bucket that a request names, if the caller may do this to it. Throws AwsError as `authorizeS3` does. */
export const bucketFor = (context: Context, action: `s3:${string}`, request: BucketRequest): Bucket =>
  authorizeS3(context, { action, bucket: request.Bucket, expectedBucketOwner: request.ExpectedBucketOwner });
