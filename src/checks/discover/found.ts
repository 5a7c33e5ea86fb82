import type { Grant } from "@aws-sdk/client-s3";
import type { FoundBucket } from "../../fleet/outside";
import type { PolicyDocument } from "../../fleet/policy";
import type { BucketSnapshot, Tag } from "../../fleet/snapshot";
import { type Looked, unseen } from "../preflight/looked";

/** What CloudWatch last counted, once a day. */
export interface Size {
  /** All storage classes, noncurrent versions and unfinished uploads. */
  readonly bytes: number;
  /** Current and noncurrent objects, delete markers and parts. Undefined: not counted. */
  readonly objects?: number;
  /** `YYYY-MM-DD` of the count, in UTC. */
  readonly day: string;
}

/** A bucket as it was found, with what tells who it is for and who owns it. */
export interface DiscoveredBucket extends FoundBucket {
  readonly partition: string;
  readonly encryption: Looked<BucketSnapshot["defaultEncryption"]>;
  readonly objectLock: Looked<boolean>;
  /** The bucket that its access logs go to. */
  readonly logsTo: Looked<string | null>;
  /** The buckets that it is replicated to. */
  readonly replicatesTo: Looked<readonly string[]>;
  readonly website: Looked<boolean>;
  readonly tags: Looked<readonly Tag[]>;
  readonly policy: Looked<PolicyDocument | null>;
  readonly grants: Looked<readonly Grant[]>;
  readonly publicAccessBlock: Looked<BucketSnapshot["publicAccessBlock"]>;
  /** Undefined: a new bucket, an empty one, or CloudWatch was not asked or did not answer. */
  readonly size?: Size;
}

/** What came of one account. */
export interface DiscoveredAccount {
  /** 12 digits. */
  readonly id: string;
  /** As its owner wrote it. Empty: unknown. */
  readonly name: string;
  readonly partition: string;
  /** False: nothing may be concluded from a bucket that is not in it. */
  readonly listed: boolean;
  readonly buckets: readonly DiscoveredBucket[];
  /** Names of buckets that are there and of which nothing else is known. */
  readonly unread: readonly string[];
  /** What could not be read, of the account itself. */
  readonly problems: readonly string[];
}

const settings = [
  ...(["encryption", "objectLock", "logsTo", "replicatesTo", "website", "tags"] as const),
  ...(["policy", "grants", "publicAccessBlock"] as const),
];

/** What of a bucket could not be read, one sentence each. */
export const unseenOf = (bucket: DiscoveredBucket): string[] =>
  settings.flatMap((name) => {
    const looked = bucket[name];
    return looked.is === "unseen" ? [unseen(looked)] : [];
  });

/** Everything that could not be read of an account, its buckets included. */
export const problemsOf = ({ problems, buckets }: DiscoveredAccount): string[] => [
  ...problems,
  ...buckets.flatMap((bucket) => unseenOf(bucket).map((why) => `s3://${bucket.name}: ${why}`)),
];
