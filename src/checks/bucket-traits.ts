import {
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { BucketTraits } from "../reencrypt/plan";
import { CouldNotLook, setting } from "./settings";

export interface BucketReader {
  readonly client: S3Client;
  readonly bucket: string;
  /** 12-digit account id. S3 refuses the request if the bucket is another account's. */
  readonly expectedBucketOwner: string;
}

/**
 * Reads what of a bucket decides about its objects.
 *
 * @throws CouldNotLook
 */
export async function readBucketTraits(reader: BucketReader): Promise<BucketTraits> {
  const { client, bucket, expectedBucketOwner } = reader;
  const at = { Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner };
  const versioning = await setting(bucket, "s3:GetBucketVersioning", () =>
    client.send(new GetBucketVersioningCommand(at)),
  );
  const [ownership, lock] = await Promise.all([readOwnership(reader), readObjectLock(reader)]);
  const acl =
    ownership === "BucketOwnerEnforced"
      ? undefined
      : await setting(bucket, "s3:GetBucketAcl", () => client.send(new GetBucketAclCommand(at)));
  if (acl && acl.Owner?.ID === undefined) throw new CouldNotLook(`s3://${bucket}: its ACL shows no owner`);
  return {
    versioning: versioning?.Status ?? "Disabled",
    aclOwner: acl?.Owner?.ID,
    objectLock: lock !== undefined,
    defaultRetention: lock?.Rule?.DefaultRetention !== undefined,
  };
}

/** A bucket without ownership controls is from before they existed, and `ObjectWriter`. */
export async function readOwnership({ client, bucket, expectedBucketOwner }: BucketReader) {
  const answer = await setting(
    bucket,
    "s3:GetBucketOwnershipControls",
    () =>
      client.send(new GetBucketOwnershipControlsCommand({ Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner })),
    "OwnershipControlsNotFoundError",
  );
  return answer?.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? "ObjectWriter";
}

/** Nothing where Object Lock is off. */
export async function readObjectLock({ client, bucket, expectedBucketOwner }: BucketReader) {
  const answer = await setting(
    bucket,
    "s3:GetBucketObjectLockConfiguration",
    () =>
      client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner })),
    "ObjectLockConfigurationNotFoundError",
  );
  const configuration = answer?.ObjectLockConfiguration;
  return configuration?.ObjectLockEnabled === "Enabled" ? configuration : undefined;
}
