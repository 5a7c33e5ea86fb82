import {
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import { type BucketReader, readObjectLock, readOwnership } from "../bucket-traits";
import { readBucketPolicy, readDefaultEncryption, readPublicAccessBlock } from "../snapshot";
import type { BucketFacts, Sample } from "./facts";
import { lookAtAcl, lookAtLifecycle, lookAtReplication, lookAtWebsite, regionOf } from "./look-at-bucket";
import { known, look, shared } from "./looked";
import { sampledEncryption } from "./sampled-encryption";

const page = 1_000;
/** Objects of the page that are asked for their encryption. */
const mostHeads = 20;

const counted = (names: readonly string[]): Record<string, number> => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
};

async function readSample({ client, bucket, expectedBucketOwner }: BucketReader): Promise<Sample> {
  const answer = await client.send(
    new ListObjectsV2Command({
      Bucket: bucket,
      ExpectedBucketOwner: expectedBucketOwner,
      FetchOwner: true,
      MaxKeys: page,
    }),
  );
  const objects = answer.Contents ?? [];
  const every = Math.max(1, Math.ceil(objects.length / mostHeads));
  return {
    keys: objects.flatMap(({ Key }, place) => (Key !== undefined && place % every === 0 ? [Key] : [])),
    objects: objects.length,
    complete: answer.IsTruncated !== true,
    classes: counted(objects.map(({ StorageClass }) => StorageClass ?? "STANDARD")),
    owners: counted(objects.flatMap(({ Owner }) => (Owner?.ID === undefined ? [] : [Owner.ID]))),
  };
}

/** Reads what a bucket says of itself: some fifteen requests and twenty HEADs, none of which changes anything. */
export async function gatherBucket(reader: BucketReader): Promise<BucketFacts> {
  const { client, bucket, expectedBucketOwner } = reader;
  const at = { Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner };
  const [location, policy, acl, ownership, publicAccessBlock, encryption, objectLock, website] = await Promise.all([
    look("s3:GetBucketLocation", async () => {
      const { LocationConstraint } = await client.send(new GetBucketLocationCommand(at));
      return regionOf(LocationConstraint);
    }),
    shared("s3:GetBucketPolicy", () => readBucketPolicy(reader)),
    lookAtAcl(reader),
    shared("s3:GetBucketOwnershipControls", () => readOwnership(reader)),
    shared("s3:GetBucketPublicAccessBlock", () => readPublicAccessBlock(reader)),
    shared("s3:GetEncryptionConfiguration", () => readDefaultEncryption(reader)),
    shared("s3:GetBucketObjectLockConfiguration", async () => (await readObjectLock(reader)) ?? null),
    lookAtWebsite(reader),
  ]);
  const [replication, notifications, lifecycle, uploads, sample] = await Promise.all([
    lookAtReplication(reader),
    look("s3:GetBucketNotification", () => client.send(new GetBucketNotificationConfigurationCommand(at))),
    lookAtLifecycle(reader),
    look("s3:ListBucketMultipartUploads", async () => {
      const answer = await client.send(new ListMultipartUploadsCommand({ ...at, MaxUploads: page }));
      const found = (answer.Uploads ?? []).map(({ Initiated }) => ({ begun: Initiated?.getTime() ?? Number.NaN }));
      return { uploads: found, complete: answer.IsTruncated !== true };
    }),
    look("s3:ListBucket", () => readSample(reader)),
  ]);
  const encryptedWith = await sampledEncryption(reader, known(sample)?.keys ?? []);
  return {
    location,
    policy,
    acl,
    ownership,
    publicAccessBlock,
    encryption,
    objectLock,
    website,
    replication,
    notifications,
    lifecycle,
    uploads,
    sample,
    encryptedWith,
  };
}
