import type { DiscoveredAccount, DiscoveredBucket } from "../../../src/checks/discover/found";
import { type Looked, seen } from "../../../src/checks/preflight/looked";

export const account = "111111111111";
export const region = "eu-west-1";

export const denied = (permission: string): Looked<never> => ({
  is: "unseen",
  permission,
  why: "denied to this caller",
  notThere: false,
});

/** A bucket of which nothing special is to be said. */
export const foundBucket = (name: string, changes: Partial<DiscoveredBucket> = {}): DiscoveredBucket => ({
  name,
  account,
  region,
  partition: "aws",
  encryption: seen({ algorithm: "AES256", keyArn: null, bucketKey: false, blockedEncryptionTypes: [] }),
  objectLock: seen(false),
  logsTo: seen(null),
  replicatesTo: seen([]),
  website: seen(false),
  tags: seen([]),
  policy: seen(null),
  grants: seen([]),
  publicAccessBlock: seen(null),
  size: undefined,
  ...changes,
});

export const foundAccount = (
  buckets: readonly DiscoveredBucket[],
  changes: Partial<DiscoveredAccount> = {},
): DiscoveredAccount => ({
  id: account,
  name: "Sandbox",
  partition: "aws",
  listed: true,
  buckets,
  unread: [],
  problems: [],
  ...changes,
});

export const allowing = (principal: Readonly<Record<string, string>>, Action: string): DiscoveredBucket["policy"] =>
  seen({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: principal, Action, Resource: "*" }] });

export const keyed = (keyArn: string | null): DiscoveredBucket["encryption"] =>
  seen({ algorithm: "aws:kms", keyArn, bucketKey: true, blockedEncryptionTypes: ["SSE-C"] });
