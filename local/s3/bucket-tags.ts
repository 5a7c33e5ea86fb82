import type {
  DeleteBucketTaggingRequest,
  GetBucketTaggingOutput,
  GetBucketTaggingRequest,
  PutBucketTaggingRequest,
  Tag,
} from "@aws-sdk/client-s3";
import { AwsError, type Context } from "../service";
import { bucketFor } from "./bucket-access";

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const mostTags = 50;

const reserved = {
  CreateBucket:
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.',
  PutBucketTagging: "System tags cannot be added/updated by requester",
} as const;

const invalidTag = (message: string, fields: Record<string, string>): AwsError =>
  new AwsError("InvalidTag", 400, message, fields);

/** What S3 says of tags of a bucket that are none, by the operation that brings them. Throws AwsError. */
export function checkTags(tags: readonly Tag[], operation: keyof typeof reserved): void {
  if (tags.length > mostTags) {
    throw new AwsError("BadRequest", 400, `Bucket tag count cannot be greater than ${mostTags}`);
  }
  const seen = new Set<string>();
  for (const { Key: key = "", Value: value = "" } of tags) {
    if (key === "" || key.length > 128 || !allowed.test(key)) {
      throw invalidTag("The TagKey you have provided is invalid", { TagKey: key });
    }
    if (value.length > 256 || !allowed.test(value)) {
      throw invalidTag("The TagValue you have provided is invalid", { TagKey: key, TagValue: value });
    }
    if (key.startsWith("aws:")) throw invalidTag(reserved[operation], { TagKey: key });
    if (seen.has(key)) throw invalidTag("Cannot provide multiple Tags with the same key", { TagKey: key });
    seen.add(key);
  }
}

export function getBucketTagging(context: Context, input: GetBucketTaggingRequest): GetBucketTaggingOutput {
  const { name, settings } = bucketFor(context, "s3:GetBucketTagging", input);
  if (!settings.tags) throw new AwsError("NoSuchTagSet", 404, "The TagSet does not exist", { BucketName: name });
  return { TagSet: settings.tags };
}

/** Putting no tags takes all away. */
export function putBucketTagging(context: Context, input: PutBucketTaggingRequest): void {
  const { settings } = bucketFor(context, "s3:PutBucketTagging", input);
  const tags = input.Tagging?.TagSet ?? [];
  checkTags(tags, "PutBucketTagging");
  if (tags.length > 0) settings.tags = tags;
  else delete settings.tags;
}

export function deleteBucketTagging(context: Context, input: DeleteBucketTaggingRequest): void {
  const { settings } = bucketFor(context, "s3:PutBucketTagging", input);
  delete settings.tags;
}
