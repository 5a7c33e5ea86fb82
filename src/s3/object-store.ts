import type { EncryptionTarget } from "../fleet/fleet";

/**
 * What conversion needs of S3: one bucket, one attempt a call, and S3's answers as values.
 *
 * Nothing here throws for what a server or the network does; only a mistake in the program does.
 */
export interface ObjectStore {
  /** Current objects in UTF-8 byte order of their keys, from the first key after `after`. */
  list(request: ListRequest): Promise<Answer<ListPage>>;
  /**
   * Versions and delete markers in UTF-8 byte order of their keys; of one key the current one, then the noncurrent
   * versions from the newest, then the noncurrent delete markers. Where those stood in between is not told.
   */
  listVersions(request: ListVersionsRequest): Promise<Answer<VersionPage>>;
  /** Uploads in parts that nobody has completed or aborted, by key and then by their beginning. */
  listUploads(request: ListUploadsRequest): Promise<Answer<UploadPage>>;
  /**
   * Refused with `NoSuchKey` where there is no such object, and with `CUSTOMER_KEY_NEEDED` where it is under SSE-C and
   * none of the store's customer keys is its own.
   */
  head(request: HeadRequest): Promise<Answer<ObjectState>>;
  getTags(id: ObjectId): Promise<Answer<readonly Tag[]>>;
  getAcl(id: ObjectId): Promise<Answer<Acl>>;
  /** Never where the service has no annotations. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectAnnotations.html */
  hasAnnotations(id: ObjectId): Promise<Answer<boolean>>;
  /** Onto itself, or from another bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
  copy(request: CopyRequest): Promise<Answer<Copied>>;
  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html */
  updateEncryption(request: UpdateRequest): Promise<Answer<void>>;
  createUpload(request: CreateUpload): Promise<Answer<{ readonly uploadId: string }>>;
  copyPart(request: CopyPart): Promise<Answer<Part>>;
  completeUpload(request: CompleteUpload): Promise<Answer<Copied>>;
  abortUpload(id: UploadId): Promise<Answer<void>>;
}

/** How one attempt ended. */
export type Answer<T> =
  | { readonly is: "done"; readonly value: T }
  /** It had no effect, and asking again would be answered the same. */
  | Refused
  /** It had no effect; asking later may have one. */
  | { readonly is: "throttled"; readonly by: "s3" | "kms"; readonly retryAfterMs?: number }
  /** A timeout, a reset, a 500, a body cut short: whether it had an effect is known only after reading again. */
  | { readonly is: "unknown"; readonly cause: string };

export interface Refused {
  readonly is: "refused";
  readonly status: number;
  /** S3's error code. */
  readonly code: string;
  readonly message: string;
}

/** The code of a refused `head` whose object can only be read with its customer key. S3 has no code of its own for it. */
export const CUSTOMER_KEY_NEEDED = "CustomerKeyNeeded";

/** How an object is encrypted, as HeadObject shows it. */
export type Encryption =
  | { readonly is: "none" }
  | { readonly is: "AES256" }
  | { readonly is: "aws:kms"; readonly keyArn: string; readonly bucketKey: boolean }
  | { readonly is: "aws:kms:dsse"; readonly keyArn: string }
  /** SSE-C. HeadObject shows it, with the base64 of the key's MD5, to those who have the key only. */
  | { readonly is: "customer"; readonly keyMd5?: string };

export interface ObjectId {
  readonly key: string;
  /** @default the current version */
  readonly versionId?: string;
}

export interface HeadRequest extends ObjectId {
  /**
   * Whether to ask for the checksum, which takes kms:Decrypt for objects under SSE-KMS.
   *
   * @default false
   */
  readonly checksum?: boolean;
}

/** The headers that S3 keeps with an object and plays back, as they were sent. */
export interface SystemHeaders {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  /** Kept as text: S3 accepts what is no date. */
  readonly expires?: string;
}

export interface Lock {
  readonly retention?: { readonly mode: string /** Milliseconds since the epoch. */; readonly until: number };
  readonly legalHold: boolean;
}

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
  readonly value: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Checksum.html */
export const checksumAlgorithms = [
  ...(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const),
  ...(["SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"] as const),
] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** What HeadObject tells. */
export interface ObjectState extends ObjectId {
  /** With its quotes, as conditions want it. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch, to the second. */
  readonly lastModified: number;
  readonly encryption: Encryption;
  /** `STANDARD` where S3 leaves the header out. */
  readonly storageClass: string;
  /** True while the bytes cannot be read or copied without a restore. */
  readonly archived: boolean;
  readonly lock?: Lock;
  readonly headers: SystemHeaders;
  /** User metadata without the `x-amz-meta-` prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How many metadata entries S3 has and cannot show in a header (`x-amz-missing-meta`). */
  readonly missingMetadata: number;
  readonly websiteRedirect?: string;
  /** Only where it was asked for and the object has one. */
  readonly checksum?: Checksum;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export const permissions = ["FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"] as const;
export type Permission = (typeof permissions)[number];

export interface Grant {
  readonly grantee: { readonly is: "id" | "uri" | "emailAddress"; readonly value: string };
  readonly permission: Permission;
}

export interface Acl {
  /** Canonical user id. */
  readonly owner: string;
  readonly grants: readonly Grant[];
}

export interface ListRequest {
  readonly after?: string;
  /** In place of `after`: where the page goes on that this came with. */
  readonly token?: string;
  readonly prefix?: string;
  readonly limit: number;
}

/** What a list tells of when, and as what, an object was written. Absent in lists that are not S3's own. */
export interface ListedWrite {
  /** Milliseconds since the epoch, to the second. Of an upload in parts: when it began. */
  readonly lastModified?: number;
  /** With its quotes. */
  readonly etag?: string;
}

export interface ListedObject extends ListedWrite {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  readonly more: boolean;
  /** Where the next page goes on: needed only after a page that has no objects and is not the last. */
  readonly token?: string;
}

export interface ListVersionsRequest {
  readonly keyMarker?: string;
  readonly versionIdMarker?: string;
  readonly prefix?: string;
  readonly limit: number;
}

export interface ListedVersion {
  readonly key: string;
  /** `null` (the word) for a version written while versioning was off. */
  readonly versionId: string;
  readonly current: boolean;
  readonly deleteMarker: boolean;
  /** Milliseconds since the epoch, to the second. */
  readonly lastModified: number;
  /** With its quotes. Delete markers have none. */
  readonly etag?: string;
}

export interface VersionPage {
  readonly versions: readonly ListedVersion[];
  /** Where the next page begins; absent on the last. */
  readonly next?: { readonly keyMarker: string; readonly versionIdMarker?: string };
}

export interface ListUploadsRequest {
  readonly keyMarker?: string;
  readonly uploadIdMarker?: string;
  readonly prefix?: string;
  readonly limit: number;
}

/** How it will be encrypted S3 tells nobody but who began it. */
export interface ListedUpload extends UploadId {
  /** When it began, in milliseconds since the epoch. */
  readonly initiated: number;
}

export interface UploadPage {
  readonly uploads: readonly ListedUpload[];
  /** Where the next page begins; absent on the last. */
  readonly next?: { readonly keyMarker: string; readonly uploadIdMarker?: string };
}

/** What neither a copy nor an upload inherits from the source: it must travel in the request. */
export interface NotInherited {
  readonly encryption: EncryptionTarget;
  readonly storageClass: string;
  readonly websiteRedirect?: string;
  /** Sent as `x-amz-grant-*`. Empty means the private default. */
  readonly grants: readonly Grant[];
}

export interface CopySource extends ObjectId {
  /** @default the bucket of the store */
  readonly bucket?: string;
  /** `x-amz-copy-source-if-match`. */
  readonly ifMatch: string;
  /** With a source under SSE-C: which of the store's customer keys it is under. */
  readonly customerKeyMd5?: string;
}

/** Metadata is always S3's to copy. */
export interface CopyRequest extends NotInherited {
  readonly source: CopySource;
  readonly key: string;
  /** @default S3 copies those of the source */
  readonly tags?: readonly Tag[];
  /** The ETag that the destination must have at the commit. @default no condition */
  readonly ifMatch?: string;
  /** Refused if the destination is there at the commit. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html @default no condition */
  readonly ifNoneMatch?: "*";
}

export interface Copied {
  readonly etag: string;
  readonly versionId?: string;
}

/** Only to SSE-KMS, only from SSE-S3 or SSE-KMS. */
export interface UpdateRequest extends ObjectId {
  readonly encryption: Extract<EncryptionTarget, { algorithm: "aws:kms" }>;
}

/** An upload inherits nothing at all. */
export interface CreateUpload extends NotInherited {
  readonly key: string;
  readonly headers: SystemHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  /** @default what S3 chooses (CRC64NVME) */
  readonly checksum?: Pick<Checksum, "algorithm" | "type">;
}

export interface UploadId {
  readonly key: string;
  readonly uploadId: string;
}

export interface CopyPart extends UploadId {
  readonly source: CopySource;
  readonly number: number;
  /** Offsets in bytes, both included. */
  readonly first: number;
  readonly last: number;
}

export interface Part {
  readonly number: number;
  readonly etag: string;
  readonly checksum?: Pick<Checksum, "algorithm" | "value">;
}

export interface CompleteUpload extends UploadId {
  readonly parts: readonly Part[];
  /** @default no condition */
  readonly ifMatch?: string;
  /** As in a copy. @default no condition */
  readonly ifNoneMatch?: "*";
  /** @default what the upload was created with */
  readonly checksumType?: Checksum["type"];
}
