import {
  type GetObjectAclOutput,
  type HeadObjectOutput,
  type Grant as SdkGrant,
  StorageClass,
} from "@aws-sdk/client-s3";
import type { EncryptionTarget } from "../fleet/fleet";
import { checksumOf, encryptionOf, isArchived, lockOf, shownChecksum } from "./head-rules";
import {
  type Acl,
  type Checksum,
  type ChecksumAlgorithm,
  type Grant,
  type ObjectState,
  type Part,
  permissions,
  type SystemHeaders,
} from "./object-store";
import { granteeList, required } from "./shapes";

/** `EncodingType=url` writes a space as `+`. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listedKey = (encodingType: string | undefined, key: string): string =>
  encodingType === "url" ? decodeURIComponent(key.replaceAll("+", " ")) : key;

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

/** `WRITE` has no meaning for an object and no header here. */
export const grantHeaders = (grants: readonly Grant[]) => ({
  GrantFullControl: granteeList(grants, "FULL_CONTROL"),
  GrantRead: granteeList(grants, "READ"),
  GrantReadACP: granteeList(grants, "READ_ACP"),
  GrantWriteACP: granteeList(grants, "WRITE_ACP"),
});

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

type ChecksumFields = { readonly [Algorithm in ChecksumAlgorithm as `Checksum${Algorithm}`]?: string };

export const partChecksum = (fields: ChecksumFields): Part["checksum"] =>
  shownChecksum((algorithm) => fields[`Checksum${algorithm}`]);

export const partChecksumFields = (checksum: Pick<Checksum, "algorithm" | "value"> | undefined): ChecksumFields =>
  checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value } : {};

export const objectState = (key: string, head: HeadObjectOutput): ObjectState => ({
  key,
  versionId: head.VersionId,
  etag: required(head.ETag, "ETag"),
  size: required(head.ContentLength, "ContentLength"),
  lastModified: required(head.LastModified, "LastModified").getTime(),
  encryption: encryptionOf({
    algorithm: head.ServerSideEncryption,
    keyArn: head.SSEKMSKeyId,
    bucketKey: head.BucketKeyEnabled === true,
    customerAlgorithm: head.SSECustomerAlgorithm,
    customerKeyMd5: head.SSECustomerKeyMD5,
  }),
  storageClass: head.StorageClass ?? "STANDARD",
  archived: isArchived(head.StorageClass, head.ArchiveStatus, head.Restore),
  lock: lockOf(head.ObjectLockMode, head.ObjectLockRetainUntilDate?.getTime(), head.ObjectLockLegalHoldStatus),
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
  checksum: checksumOf(partChecksum(head), head.ChecksumType),
});
