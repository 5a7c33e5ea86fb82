import {
  GetBucketAclCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketReplicationCommand,
  GetBucketWebsiteCommand,
  type Grant,
  type LifecycleRule,
  type ReplicationConfiguration,
} from "@aws-sdk/client-s3";
import type { BucketReader } from "../bucket-traits";
import { type Looked, look } from "./looked";

// What more than one command looks at. Each is one request.

const at = ({ bucket, expectedBucketOwner }: BucketReader) => ({
  Bucket: bucket,
  ExpectedBucketOwner: expectedBucketOwner,
});

export interface Acl {
  /** Canonical user id. */
  readonly owner: string;
  readonly grants: readonly Grant[];
}

/** The ACL of the bucket itself. */
export const lookAtAcl = (reader: BucketReader): Promise<Looked<Acl>> =>
  look("s3:GetBucketAcl", async () => {
    const { Owner, Grants } = await reader.client.send(new GetBucketAclCommand(at(reader)));
    return { owner: Owner?.ID ?? "", grants: Grants ?? [] };
  });

/** Empty: there are no rules. */
export const lookAtLifecycle = (reader: BucketReader): Promise<Looked<readonly LifecycleRule[]>> =>
  look<readonly LifecycleRule[]>(
    "s3:GetLifecycleConfiguration",
    async () => (await reader.client.send(new GetBucketLifecycleConfigurationCommand(at(reader)))).Rules ?? [],
    { codes: ["NoSuchLifecycleConfiguration"], means: [] },
  );

/** Null: it is replicated nowhere. */
export const lookAtReplication = (reader: BucketReader): Promise<Looked<ReplicationConfiguration | null>> =>
  look(
    "s3:GetReplicationConfiguration",
    async () =>
      (await reader.client.send(new GetBucketReplicationCommand(at(reader)))).ReplicationConfiguration ?? null,
    { codes: ["ReplicationConfigurationNotFoundError"], means: null },
  );

/** Whether it is a website. */
export const lookAtWebsite = (reader: BucketReader): Promise<Looked<boolean>> =>
  look("s3:GetBucketWebsite", async () => Boolean(await reader.client.send(new GetBucketWebsiteCommand(at(reader)))), {
    codes: ["NoSuchWebsiteConfiguration"],
    means: false,
  });

/** The two oldest Regions have names of their own: API Reference, GetBucketLocation. */
export const regionOf = (locationConstraint: string | undefined): string =>
  locationConstraint === "EU" ? "eu-west-1" : locationConstraint || "us-east-1";
