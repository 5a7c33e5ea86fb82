import { HeadObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import type { BucketReader } from "../bucket-traits";
import { codeOf } from "../settings";
import type { SampledEncryption } from "./facts";
import { type Looked, seen } from "./looked";

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/**
 * Asks some objects for their encryption, which a listing does not show.
 *
 * A HEAD that is refused has no body that says why: without the customer's key it is 400, without permission 403.
 */
export async function sampledEncryption(
  { client, bucket, expectedBucketOwner }: BucketReader,
  keys: readonly string[],
): Promise<Looked<SampledEncryption>> {
  const found = new Set<string>();
  let customerKeys = false;
  for (const Key of keys) {
    try {
      const at = { Bucket: bucket, Key, ExpectedBucketOwner: expectedBucketOwner };
      const { SSEKMSKeyId } = await client.send(new HeadObjectCommand(at));
      if (SSEKMSKeyId !== undefined) found.add(SSEKMSKeyId);
    } catch (error) {
      const status = statusOf(error);
      if (status !== 400 && status !== 404) {
        const why = status === 403 ? "denied to this caller" : codeOf(error);
        return { is: "unseen", permission: "s3:GetObject", why, notThere: false };
      }
      customerKeys ||= status === 400;
    }
  }
  return seen({ keys: [...found].sort(), customerKeys });
}
