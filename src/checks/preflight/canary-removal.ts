import { DeleteObjectCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import type { BucketReader } from "../bucket-traits";
import { steadyAnswer } from "./canary-failure";
import { type Finding, finding } from "./finding";

/**
 * Deletes every version below a prefix by its id, so that no delete marker stays.
 *
 * What was written is listed and not remembered: a put that timed out may have been done.
 */
export async function removeCanaries(reader: BucketReader, prefix: string): Promise<Finding[]> {
  const { client, bucket, expectedBucketOwner } = reader;
  const at = { Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner };
  try {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ ...at, Prefix: prefix }),
    );
    const left: Finding[] = [];
    for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) {
      await client.send(new DeleteObjectCommand({ ...at, Key, VersionId })).catch((error: unknown) => {
        left.push(finding("error", "canary-left", `${Key}, version ${VersionId}: ${steadyAnswer(error)}`));
      });
    }
    return left;
  } catch (error) {
    return [finding("error", "canary-left", `${prefix} could not be listed: ${steadyAnswer(error)}`)];
  }
}
