import {
  type ChecksumType,
  type GetObjectAclOutput,
  type HeadObjectOutput,
  type Grant as SdkGrant,
  StorageClass,
} from "@aws-sdk/client-s3";
import type { EncryptionTarget } from "../fleet/fleet";
import {
  type Acl,
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  type Encryption,
  type Grant,
  type Lock,
  type ObjectId,
  type ObjectState,
  type Permission,
  permissions,
  type SystemHeaders,
  type Tag,
} from "./object-store";

/** A field that S3 always sends. Without it the answer was cut or is not S3's: an unknown, like any answer that cannot be read. */
export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new Error(`S3's answer has no ${field}`);
  return value;
}

/** `EncodingType=url` writes a space as `+`. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listedKey = (encodingType: string | undefined, key: string): string =>
  encodingType === "url" ? decodeURIComponent(key.replaceAll("+", " ")) : key;

/** The SDK leaves the encoding of `x-amz-copy-source` to its caller; the version id follows the encoded key. */
export function copySource(bucket: string, { key, versionId }: ObjectId): string {
  const path = `${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
  return versionId === undefined ? path : `${path}?versionId=${encodeURIComponent(versionId)}`;
}

/** Always the full key ARN: `aws:kms` alone means the AWS managed key, whatever the bucket's default is. */
export function encryptionHeaders(target: EncryptionTarget) {
  switch (target.algorithm) {
    case "AES256":
      return { ServerSideEncryption: "AES256" } as const;
    case "aws:kms":
      return {
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: target.keyArn,
        BucketKeyEnabled: target.bucketKey,
      } as const;
    case "aws:kms:dsse":
      return { ServerSideEncryption: "aws:kms:dsse", SSEKMSKeyId: target.keyArn } as const;
  }
}

/** The SDK's type for a storage class that S3 itself has shown. */
export function storageClassField(name: string): StorageClass {
  const known = Object.values(StorageClass).find((value) => value === name);
  if (!known) throw new Error(`S3 shows the storage class ${name}, which this program does not know`);
  return known;
}

const granteeList = (grants: readonly Grant[], permission: Permission): string | undefined =>
  grants
    .filter((grant) => grant.permission === permission)
    .map(({ grantee }) => `${grantee.is}="${grantee.value}"`)
    .join(", ") || undefined;

/** `WRITE` has no meaning for an object and no header here. */
export const grantHeaders = (grants: readonly Grant[]) => ({
  GrantFullControl: granteeList(grants, "FULL_CONTROL"),
  GrantRead: granteeList(grants, "READ"),
  GrantReadACP: granteeList(grants, "READ_ACP"),
  GrantWriteACP: granteeList(grants, "WRITE_ACP"),
});

/** `x-amz-tagging` is the one place where tags are URL query parameters. */
export const taggingField = (tags: readonly Tag[]): string | undefined =>
  tags.map(({ key, value }) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&") || undefined;

export const systemHeaderFields = (headers: SystemHeaders) => ({
  ContentType: headers.contentType,
  CacheControl: headers.cacheControl,
  ContentDisposition: headers.contentDisposition,
  ContentEncoding: headers.contentEncoding,
  ContentLanguage: headers.contentLanguage,
  Expires: headers.expires === undefined ? undefined : new Date(headers.expires),
});

function grantOf({ Grantee, Permission }: SdkGrant): Grant {
  const permission = permissions.find((known) => known === Permission);
  if (!permission) throw new Error(`S3 shows a grant of ${Permission}, which is none of ${permissions.join(", ")}`);
  if (Grantee?.ID !== undefined) return { grantee: { is: "id", value: Grantee.ID }, permission };
  if (Grantee?.URI !== undefined) return { grantee: { is: "uri", value: Grantee.URI }, permission };
  return { grantee: { is: "emailAddress", value: required(Grantee?.EmailAddress, "Grantee") }, permission };
}

export const aclOf = (acl: GetObjectAclOutput): Acl => ({
  owner: required(acl.Owner?.ID, "Owner"),
  grants: (acl.Grants ?? []).map(grantOf),
});

function encryptionOf(head: HeadObjectOutput): Encryption {
  if (head.SSECustomerAlgorithm !== undefined) return { is: "customer" };
  switch (head.ServerSideEncryption) {
    case undefined:
      return { is: "none" };
    case "AES256":
      return { is: "AES256" };
    case "aws:kms":
      return {
        is: "aws:kms",
        keyArn: required(head.SSEKMSKeyId, "SSEKMSKeyId"),
        bucketKey: head.BucketKeyEnabled === true,
      };
    case "aws:kms:dsse":
      return { is: "aws:kms:dsse", keyArn: required(head.SSEKMSKeyId, "SSEKMSKeyId") };
    default:
      throw new Error(`S3 shows the encryption ${head.ServerSideEncryption}, which this program does not know`);
  }
}

function lockOf(head: HeadObjectOutput): Lock | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus } = head;
  const legalHold = ObjectLockLegalHoldStatus === "ON";
  if (mode !== undefined && until !== undefined) return { retention: { mode, until: until.getTime() }, legalHold };
  return legalHold ? { legalHold } : undefined;
}

const archiveClasses = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** A restored object has its bytes again until the restore expires. */
const isArchived = (head: HeadObjectOutput): boolean =>
  head.ArchiveStatus !== undefined ||
  (archiveClasses.has(head.StorageClass ?? "") && !head.Restore?.includes('ongoing-request="false"'));

type ChecksumFields = { readonly [Algorithm in ChecksumAlgorithm as `Checksum${Algorithm}`]?: string };

export function partChecksum(fields: ChecksumFields): Pick<Checksum, "algorithm" | "value"> | undefined {
  for (const algorithm of checksumAlgorithms) {
    const value = fields[`Checksum${algorithm}`];
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}

export const partChecksumFields = (checksum: Pick<Checksum, "algorithm" | "value"> | undefined): ChecksumFields =>
  checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value } : {};

function checksumOf(head: HeadObjectOutput & { ChecksumType?: ChecksumType }): Checksum | undefined {
  const found = partChecksum(head);
  // Objects from before 2024 have no type; a composite value ends in the number of parts.
  const type = head.ChecksumType ?? (found?.value.includes("-") ? "COMPOSITE" : "FULL_OBJECT");
  return found && { ...found, type };
}

export const objectState = (key: string, head: HeadObjectOutput): ObjectState => ({
  key,
  versionId: head.VersionId,
  etag: required(head.ETag, "ETag"),
  size: required(head.ContentLength, "ContentLength"),
  lastModified: required(head.LastModified, "LastModified").getTime(),
  encryption: encryptionOf(head),
  storageClass: head.StorageClass ?? "STANDARD",
  archived: isArchived(head),
  lock: lockOf(head),
  headers: {
    contentType: head.ContentType,
    cacheControl: head.CacheControl,
    contentDisposition: head.ContentDisposition,
    contentEncoding: head.ContentEncoding,
    contentLanguage: head.ContentLanguage,
    expires: head.ExpiresString,
  },
  metadata: head.Metadata ?? {},
  missingMetadata: head.MissingMeta ?? 0,
  websiteRedirect: head.WebsiteRedirectLocation,
  checksum: checksumOf(head),
});
