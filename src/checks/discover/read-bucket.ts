import {
  GetBucketAclCommand,
  GetBucketLoggingCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketWebsiteCommand,
} from "@aws-sdk/client-s3";
import type { FoundBucket } from "../../fleet/outside";
import { type BucketReader, readObjectLock } from "../bucket-traits";
import { look, shared } from "../preflight/looked";
import { readBucketPolicy, readDefaultEncryption } from "../snapshot";
import type { DiscoveredBucket } from "./found";

/** arn:aws:s3:::name */
const bucketOf = (arn: string | undefined): string => arn?.split(":").at(-1) ?? "";

/** Reads what tells who a bucket is for: eight requests, none of which changes anything. What is denied hides nothing else. */
export async function readBucket(
  reader: BucketReader,
  found: FoundBucket & { readonly partition: string },
): Promise<DiscoveredBucket> {
  const { client, bucket, expectedBucketOwner } = reader;
  const at = { Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner };
  const [encryption, objectLock, logsTo, replicatesTo, website, tags, policy, grants] = await Promise.all([
    shared("s3:GetEncryptionConfiguration", () => readDefaultEncryption(reader)),
    shared("s3:GetBucketObjectLockConfiguration", async () => (await readObjectLock(reader)) !== undefined),
    look(
      "s3:GetBucketLogging",
      async () => (await client.send(new GetBucketLoggingCommand(at))).LoggingEnabled?.TargetBucket ?? null,
    ),
    look(
      "s3:GetReplicationConfiguration",
      async () => {
        const { ReplicationConfiguration } = await client.send(new GetBucketReplicationCommand(at));
        return (ReplicationConfiguration?.Rules ?? []).map(({ Destination }) => bucketOf(Destination?.Bucket));
      },
      { codes: ["ReplicationConfigurationNotFoundError"], means: [] },
    ),
    look("s3:GetBucketWebsite", async () => Boolean(await client.send(new GetBucketWebsiteCommand(at))), {
      codes: ["NoSuchWebsiteConfiguration"],
      means: false,
    }),
    look(
      "s3:GetBucketTagging",
      async () => {
        const { TagSet = [] } = await client.send(new GetBucketTaggingCommand(at));
        return TagSet.map(({ Key = "", Value = "" }) => ({ Key, Value }));
      },
      { codes: ["NoSuchTagSet"], means: [] },
    ),
    shared("s3:GetBucketPolicy", () => readBucketPolicy(reader)),
    look("s3:GetBucketAcl", async () => (await client.send(new GetBucketAclCommand(at))).Grants ?? []),
  ]);
  return { ...found, encryption, objectLock, logsTo, replicatesTo, website, tags, policy, grants };
}
