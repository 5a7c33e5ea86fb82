import type { BucketSnapshot, FullSnapshot } from "../../src/fleet/snapshot";

/** A bucket that was told nothing, as it was before this project. */
export const snapshotOf = (bucket: string, changes: Partial<FullSnapshot> = {}): FullSnapshot => ({
  version: 2,
  account: "111111111111",
  region: "eu-west-1",
  bucket,
  policy: null,
  defaultEncryption: { algorithm: "AES256", keyArn: null, bucketKey: false, blockedEncryptionTypes: ["NONE"] },
  versioning: "Disabled",
  objectOwnership: "ObjectWriter",
  objectLock: false,
  publicAccessBlock: null,
  defaultRetention: null,
  lifecycle: null,
  logging: null,
  replication: null,
  notifications: null,
  website: null,
  tags: [],
  ...changes,
});

/** As it was written before there were further settings. */
export const firstVersionOf = (snapshot: FullSnapshot): BucketSnapshot => {
  const { defaultRetention, lifecycle, logging, replication, notifications, website, tags, ...core } = snapshot;
  return { ...core, version: 1 };
};
