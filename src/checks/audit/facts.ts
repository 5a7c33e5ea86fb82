import type { Grant, LifecycleRule } from "@aws-sdk/client-s3";
import type { EncryptionTarget, FleetBucket } from "../../fleet/fleet";
import type { PolicyDocument } from "../../fleet/policy";
import type { BucketSnapshot } from "../../fleet/snapshot";
import type { KeyFacts } from "../preflight/facts";
import type { Looked } from "../preflight/looked";

/** What has to be true of a bucket, and on which day. */
export interface Question {
  readonly bucket: string;
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly target: EncryptionTarget;
  /** What the fleet says. Nothing for a bucket by hand. */
  readonly fleet?: FleetBucket;
  /** `YYYY-MM-DD`, in UTC: waivers run out. */
  readonly today: string;
}

/** An access point whose policy is public, with its own block; null: it has none. */
export interface PublicAccessPoint {
  readonly name: string;
  readonly block: BucketSnapshot["publicAccessBlock"];
}

/** What a bucket says of its configuration. */
export interface Configuration {
  readonly encryption: Looked<BucketSnapshot["defaultEncryption"]>;
  readonly policy: Looked<PolicyDocument | null>;
  /** S3's own judgement of the policy. */
  readonly policyIsPublic: Looked<boolean>;
  readonly publicAccessBlock: Looked<BucketSnapshot["publicAccessBlock"]>;
  /** The account's own block, which holds as well. */
  readonly accountBlock: Looked<BucketSnapshot["publicAccessBlock"]>;
  /** Those of the bucket whose policy S3 calls public. */
  readonly publicAccessPoints: Looked<readonly PublicAccessPoint[]>;
  readonly acl: Looked<{ readonly owner: string; readonly grants: readonly Grant[] }>;
  readonly ownership: Looked<BucketSnapshot["objectOwnership"]>;
  readonly versioning: Looked<BucketSnapshot["versioning"]>;
  readonly lifecycle: Looked<readonly LifecycleRule[]>;
}

export interface AuditFacts {
  readonly question: Question;
  readonly configuration: Configuration;
  /** Null with AES256. */
  readonly key: KeyFacts | null;
}
