import type {
  AccelerateConfiguration,
  BucketLifecycleConfiguration,
  BucketLoggingStatus,
  ChecksumType,
  CORSConfiguration,
  EncryptionType,
  Grant,
  InventoryConfiguration,
  NotificationConfiguration,
  ObjectLockConfiguration,
  ObjectLockLegalHoldStatus,
  ObjectLockRetention,
  ObjectOwnership,
  PublicAccessBlockConfiguration,
  ReplicationConfiguration,
  RequestPaymentConfiguration,
  ServerSideEncryptionConfiguration,
  StorageClass,
  Tag,
  TransitionDefaultMinimumObjectSize,
  WebsiteConfiguration,
} from "@aws-sdk/client-s3";
import type { Checksummed } from "../http/checksums";
import type { Body } from "./bodies";
import { type Keys, OrderedKeys } from "./ordered-keys";

export interface S3State {
  /**
   * What happens to a put without a header into a bucket without encryption configuration. `none` is S3 before
   * 2023-01-05, which stored it unencrypted: the only way to make unencrypted objects.
   */
  defaultEncryption: "none" | "AES256";
  readonly buckets: Map<string, Bucket>;
  /** Counts writes; see `nextSequence`. */
  sequence: number;
  /** Lines in one page of a listing at most, whatever is asked for. */
  largestPage: number;
}

export const createS3State = (largestPage = 1000): S3State => ({
  defaultEncryption: "AES256",
  buckets: new Map(),
  sequence: 0,
  largestPage,
});

/** Greater for each write: tells whether something was written after something else, and makes ids unique. */
export function nextSequence(state: S3State): number {
  state.sequence += 1;
  return state.sequence;
}

export interface Bucket {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number;
  readonly settings: BucketSettings;
  /** Stored, or for buckets too large for that generated. */
  keys: Keys<KeyVersions>;
  /** By upload id. */
  readonly uploads: Map<string, Upload>;
}

/** What the bucket was told. A field that is absent was never set, or was deleted. */
export interface BucketSettings {
  /** Only what PutBucketEncryption said: its absence means `S3State.defaultEncryption`. */
  encryption?: ServerSideEncryptionConfiguration;
  /** Apart from the default, since each is kept when the other is put. */
  blockedEncryptionTypes?: EncryptionType[];
  /** The text as it was put. */
  policy?: string;
  publicAccessBlock?: PublicAccessBlockConfiguration;
  /** Absent only after DeleteBucketOwnershipControls, which makes ACLs work as `ObjectWriter`. */
  ownership?: ObjectOwnership;
  /** The owner is always the bucket's account. */
  grants: Grant[];
  /** Absent: never enabled. */
  versioning?: "Enabled" | "Suspended";
  objectLock?: ObjectLockConfiguration;
  lifecycle?: BucketLifecycleConfiguration;
  lifecycleMinimumObjectSize?: TransitionDefaultMinimumObjectSize;
  tags?: Tag[];
  notification?: NotificationConfiguration;
  replication?: ReplicationConfiguration;
  website?: WebsiteConfiguration;
  cors?: CORSConfiguration;
  logging?: BucketLoggingStatus;
  requestPayment?: RequestPaymentConfiguration;
  accelerate?: AccelerateConfiguration;
  /** By their id. */
  inventories?: Map<string, InventoryConfiguration>;
}

/** A bucket as CreateBucket makes it today: ACLs off, nothing public. */
export const createBucket = (
  identity: Pick<Bucket, "name" | "account" | "region" | "partition" | "createdAt">,
): Bucket => ({
  ...identity,
  settings: {
    grants: [],
    ownership: "BucketOwnerEnforced",
    publicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
  },
  keys: new OrderedKeys(),
  uploads: new Map(),
});

/** Newest first; never empty. The first one is the current version. */
export type KeyVersions = readonly [Version, ...Version[]];

export type Version = StoredObject | DeleteMarker;

interface VersionIdentity {
  readonly key: string;
  /** `null` for what was written without versioning. */
  readonly versionId: string;
  readonly lastModified: number;
  /** The account that wrote it. */
  readonly owner: string;
  readonly sequence: number;
}

export interface DeleteMarker extends VersionIdentity {
  readonly is: "deleteMarker";
}

/** Immutable but for what S3 changes in place: encryption, tags, ACL, lock, restoration. */
export interface StoredObject extends VersionIdentity, ObjectAttributes {
  readonly is: "object";
  readonly body: Body;
  /** With its quotes. */
  readonly etag: string;
  encryption: ObjectEncryption;
  readonly checksum?: StoredChecksum;
  /** Of an object from a multipart upload. */
  readonly initiatedSequence?: number;
  readonly parts?: readonly StoredPart[];
  /** Until when a restored copy of an archived object can be read. */
  restoredUntil?: number;
}

/** What a request says of the object that it makes, beside body and encryption. */
export interface ObjectAttributes {
  readonly headers: ContentHeaders;
  /** Names in lower case, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass: StorageClass;
  readonly websiteRedirectLocation?: string;
  tags: readonly Tag[];
  /** Empty where ACLs are off: then everything is the bucket owner's. */
  grants: readonly Grant[];
  retention?: ObjectLockRetention;
  legalHold?: ObjectLockLegalHoldStatus;
}

export interface ContentHeaders {
  readonly ContentType?: string;
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
  /** As it was sent: S3 keeps text that is no date. */
  readonly ExpiresString?: string;
}

/** How an object's data key is kept. Reading an object goes through unwrapping it. */
export type ObjectEncryption =
  | { readonly is: "none" }
  /** S3's own key is nobody's to disable, withhold or lose: wrapping under it would show nothing. */
  | { readonly is: "AES256" }
  | {
      readonly is: "aws:kms" | "aws:kms:dsse";
      readonly keyArn: string;
      readonly bucketKey: boolean;
      /** The whole of it, with what S3 adds under `aws:s3:arn`. */
      readonly context: Readonly<Record<string, string>>;
      readonly dataKey: WrappedKey;
    }
  | { readonly is: "customer"; readonly keyMd5: string; readonly dataKey: WrappedKey };

export interface WrappedKey {
  readonly ciphertext: Uint8Array;
  /** Of the plaintext key, so that unwrapping can be seen to have given the right one. */
  readonly fingerprint: string;
}

export interface StoredChecksum {
  readonly algorithm: Checksummed;
  readonly type: ChecksumType;
  /** Base64; a composite one ends in `-` and the number of parts. */
  readonly value: string;
}

export interface StoredPart {
  readonly partNumber: number;
  readonly size: number;
  readonly checksum?: string;
}

export interface Upload extends ObjectAttributes {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: number;
  /** The account that will own the object. */
  readonly owner: string;
  /** Account and ARN of who began it. */
  readonly initiator: { readonly account: string; readonly arn: string };
  readonly sequence: number;
  /** The key was written or deleted after this upload had begun, so a conditional completion is a conflict. */
  overtaken: boolean;
  /** What the request that began it said of encryption, for policies that judge its parts. */
  readonly conditions: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Fixed when the upload begins: a later change of the bucket's default does not reach it. */
  readonly encryption: ObjectEncryption;
  /** Absent: S3 attaches CRC64NVME of the whole. */
  readonly checksum?: { readonly algorithm: Checksummed; readonly type: ChecksumType };
  readonly parts: Map<number, UploadedPart>;
}

export interface UploadedPart {
  readonly partNumber: number;
  readonly body: Body;
  readonly etag: string;
  readonly lastModified: number;
  readonly checksum?: string;
}
