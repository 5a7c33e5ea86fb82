import { GetBucketLoggingCommand, GetBucketTaggingCommand } from "@aws-sdk/client-s3";
import type { FoundBucket } from "../../fleet/outside";
import { type BucketReader, readObjectLock } from "../bucket-traits";
import { lookAtAcl, lookAtReplication, lookAtWebsite } from "../preflight/look-at-bucket";
import { type Looked, look, seen, shared } from "../preflight/looked";
import { readBucketPolicy, readDefaultEncryption, readPublicAccessBlock } from "../snapshot";
import type { DiscoveredBucket } from "./found";

/** arn:aws:s3:::name */
const bucketOf = (arn: string | undefined): string => arn?.split(":").at(-1) ?? "";

/** A part of what was looked at. */
const seenAs = <Whole, Part>(looked: Looked<Whole>, part: (whole: Whole) => Part): Looked<Part> =>
  looked.is === "seen" ? seen(part(looked.value)) : looked;

/** Reads what tells who a bucket is for: nine requests, none of which changes anything. What is denied hides nothing else. */
export async function readBucket(
  reader: BucketReader,
  found: FoundBucket & { readonly partition: string },
): Promise<DiscoveredBucket> {
  const { client, bucket, expectedBucketOwner } = reader;
  const at = { Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner };
  const [encryption, objectLock, logsTo, replication, website, tags, policy, acl, publicAccessBlock] =
    await Promise.all([
      shared("s3:GetEncryptionConfiguration", () => readDefaultEncryption(reader)),
      shared("s3:GetBucketObjectLockConfiguration", async () => (await readObjectLock(reader)) !== undefined),
      look(
        "s3:GetBucketLogging",
        async () => (await client.send(new GetBucketLoggingCommand(at))).LoggingEnabled?.TargetBucket ?? null,
      ),
      lookAtReplication(reader),
      lookAtWebsite(reader),
      look(
        "s3:GetBucketTagging",
        async () => {
          const { TagSet = [] } = await client.send(new GetBucketTaggingCommand(at));
          return TagSet.map(({ Key = "", Value = "" }) => ({ Key, Value }));
        },
        { codes: ["NoSuchTagSet"], means: [] },
      ),
      shared("s3:GetBucketPolicy", () => readBucketPolicy(reader)),
      lookAtAcl(reader),
      shared("s3:GetBucketPublicAccessBlock", () => readPublicAccessBlock(reader)),
    ]);
  const replicatesTo = seenAs(replication, (to) =>
    (to?.Rules ?? []).map(({ Destination }) => bucketOf(Destination?.Bucket)),
  );
  const grants = seenAs(acl, (shown) => shown.grants);
  return { ...found, encryption, objectLock, logsTo, replicatesTo, website, tags, policy, grants, publicAccessBlock };
}
