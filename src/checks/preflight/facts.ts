import type {
  Grant,
  LifecycleRule,
  NotificationConfiguration,
  ObjectLockConfiguration,
  ReplicationConfiguration,
} from "@aws-sdk/client-s3";
import type { EncryptionTarget, FleetBucket } from "../../fleet/fleet";
import type { PolicyDocument } from "../../fleet/policy";
import type { JudgedStage } from "../../fleet/preflight-record";
import type { BucketSnapshot } from "../../fleet/snapshot";
import type { Rate } from "./logs/busiest";
import type { Reading } from "./logs/read";
import type { BucketUsage } from "./logs/usage";
import type { Looked } from "./looked";

/** What is to become of a bucket, and by whom. */
export interface Intent {
  readonly bucket: string;
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly target: EncryptionTarget;
  /** The role that converts, as IAM knows it: no session. */
  readonly roleArn: string;
  /** What the fleet says. Nothing for a bucket by hand. */
  readonly fleet?: FleetBucket;
  /** The stage to which the bucket is to go, or at which it is: what that stage breaks is an error. */
  readonly judgedFor: JudgedStage;
  /** Where backups of the bucket go. Nothing where the fleet asks for none. */
  readonly backupBucket?: string;
  /** What the run is to ask S3 for at most, per second. @default as much as S3 takes */
  readonly maxRequestsPerSecond?: number;
  /** Cryptographic operations per second that KMS grants the account in the Region. @default the documented quota */
  readonly kmsQuota?: number;
  /** `YYYY-MM-DD`, in UTC: waivers run out. */
  readonly today: string;
}

export interface Upload {
  /** Milliseconds since 1970; not a number where S3 did not say. */
  readonly begun: number;
}

/** The first page of the bucket's listing: what is true of it need not be true of the rest. */
export interface Sample {
  readonly objects: number;
  readonly complete: boolean;
  /** Some of their keys, from all over the page. */
  readonly keys: readonly string[];
  /** Objects by storage class. */
  readonly classes: Readonly<Record<string, number>>;
  /** Objects by owner's canonical id. */
  readonly owners: Readonly<Record<string, number>>;
}

/** How some objects of the first page are encrypted. */
export interface SampledEncryption {
  /** KMS keys that objects are under, by ARN. */
  readonly keys: readonly string[];
  /** Whether there are objects under a customer's key (SSE-C). */
  readonly customerKeys: boolean;
}

/** What a bucket says of itself. `null`: it was never set. */
export interface BucketFacts {
  readonly location: Looked<string>;
  readonly policy: Looked<PolicyDocument | null>;
  readonly acl: Looked<{ readonly owner: string; readonly grants: readonly Grant[] }>;
  readonly ownership: Looked<BucketSnapshot["objectOwnership"]>;
  readonly publicAccessBlock: Looked<BucketSnapshot["publicAccessBlock"]>;
  readonly encryption: Looked<BucketSnapshot["defaultEncryption"]>;
  readonly objectLock: Looked<ObjectLockConfiguration | null>;
  readonly website: Looked<boolean>;
  readonly replication: Looked<ReplicationConfiguration | null>;
  readonly notifications: Looked<NotificationConfiguration>;
  readonly lifecycle: Looked<readonly LifecycleRule[]>;
  readonly uploads: Looked<{ readonly uploads: readonly Upload[]; readonly complete: boolean }>;
  readonly sample: Looked<Sample>;
  readonly encryptedWith: Looked<SampledEncryption>;
}

/** A KMS key as DescribeKey shows it. */
export interface KeyDescription {
  readonly state: string;
  readonly usage: string;
  readonly spec: string;
  readonly manager: string;
  /** 12 digits. */
  readonly account: string;
  /** `YYYY-MM-DD`, in UTC; while it waits for its deletion. */
  readonly deletionDate?: string;
  /** Its material is, or may be, in other Regions as well. */
  readonly multiRegion?: boolean;
}

export interface KeyFacts {
  readonly arn: string;
  /** `null`: there is no such key. */
  readonly description: Looked<KeyDescription | null>;
  readonly policy: Looked<PolicyDocument>;
  readonly rotates: Looked<boolean>;
}

/** What IAM answers for one action. */
export interface Simulated {
  readonly decision: "allowed" | "explicitDeny" | "implicitDeny";
  /** Policies whose Deny holds, and whether the boundary or the organisation does not allow it. */
  readonly refusedBy: readonly string[];
  /** Whether the principal has a permissions boundary. */
  readonly bounded: boolean;
  /** Condition keys that the policies name, that a request may have, and of which nothing is known. */
  readonly hangsOn: readonly string[];
}

/** Somebody who reads or writes the bucket, and how we know. */
export interface BucketUser {
  readonly arn: string;
  readonly does: "read" | "write";
  readonly from: "fleet" | "bucket policy" | "replication" | "logs" | "IAM";
}

/** Who of the account reads and writes by IAM policies alone. */
export interface AccountUsers {
  readonly users: readonly BucketUser[];
  /** Whom IAM refuses as far as is known: their policies name condition keys of which nothing is. */
  readonly undecided: readonly { readonly arn: string; readonly hangsOn: readonly string[] }[];
}

/** What the logs that were given show of the bucket. */
export interface LogFacts {
  readonly reading: Reading;
  readonly usage: BucketUsage;
}

export interface Facts {
  readonly intent: Intent;
  readonly bucket: BucketFacts;
  /** Null with AES256. */
  readonly key: KeyFacts | null;
  /** Keys that objects are under now. */
  readonly sourceKeys: readonly Pick<KeyFacts, "arn" | "description">[];
  /** Keys that objects were found under, and neither the target nor one of those. Null: there is no such key. */
  readonly otherKeys: ReadonlyMap<string, Looked<KeyDescription | null>>;
  /**
   * Of the account, by their IAM policies, where the bucket leaves AWS's own key for one that does not let in them all;
   * elsewhere nobody asked, and there are none.
   */
  readonly accountUsers: Looked<AccountUsers>;
  /** What the IAM policies of a role or user say of the target key, by ARN; of those that the key's policy delegates. */
  readonly iam: ReadonlyMap<string, Looked<Readonly<Record<string, Simulated>>>>;
  /** What IAM says of the actions of a run, on this bucket; by action. */
  readonly own: Looked<Readonly<Record<string, Simulated>>>;
  /** Null: no logs were given. */
  readonly logs: LogFacts | null;
  /** The busiest minute that CloudWatch's request metrics show. Null: the bucket has none for all its objects. */
  readonly metrics: Looked<Rate | null>;
  /** Bytes free on the disk that the journal goes to. Null: it goes to S3. */
  readonly freeBytes: number | null;
}
