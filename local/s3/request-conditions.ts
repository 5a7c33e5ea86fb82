import type { Conditions } from "../identity/request-keys";
import type { Context } from "../service";

/** The condition key that shows a request's member to policies. Source: Service Authorization Reference, "Condition keys for Amazon S3". */
const keyOf: Readonly<Record<string, string>> = {
  ServerSideEncryption: "s3:x-amz-server-side-encryption",
  SSEKMSKeyId: "s3:x-amz-server-side-encryption-aws-kms-key-id",
  SSECustomerAlgorithm: "s3:x-amz-server-side-encryption-customer-algorithm",
  ACL: "s3:x-amz-acl",
  GrantFullControl: "s3:x-amz-grant-full-control",
  GrantRead: "s3:x-amz-grant-read",
  GrantReadACP: "s3:x-amz-grant-read-acp",
  GrantWrite: "s3:x-amz-grant-write",
  GrantWriteACP: "s3:x-amz-grant-write-acp",
  StorageClass: "s3:x-amz-storage-class",
  CopySource: "s3:x-amz-copy-source",
  MetadataDirective: "s3:x-amz-metadata-directive",
  WebsiteRedirectLocation: "s3:x-amz-website-redirect-location",
  Prefix: "s3:prefix",
  Delimiter: "s3:delimiter",
  MaxKeys: "s3:max-keys",
  VersionId: "s3:VersionId",
  ObjectLockMode: "s3:object-lock-mode",
  ObjectLockRetainUntilDate: "s3:object-lock-retain-until-date",
  ObjectLockLegalHoldStatus: "s3:object-lock-legal-hold",
};

const textOf = (value: unknown): string | undefined => {
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
};

/** What policies can ask of a request to S3: those keys that it has. */
export function requestConditions(context: Context, input: object): Conditions {
  const conditions: Record<string, string> = {};
  for (const [member, value] of Object.entries(input)) {
    const key = keyOf[member];
    const text = key === undefined ? undefined : textOf(value);
    if (key !== undefined && text !== undefined) conditions[key] = text;
  }
  const keyName = "s3:x-amz-server-side-encryption-aws-kms-key-id";
  const keyId = conditions[keyName];
  if (keyId !== undefined) conditions[keyName] = fullKeyArn(context, keyId);
  return conditions;
}

/** Policies name keys by ARN, and clients may send the bare id of a key of their own account. An alias stays as it is. */
function fullKeyArn(context: Context, keyId: string): string {
  if (!/^[0-9a-f-]{36}$/.test(keyId) || !("account" in context.caller)) return keyId;
  return `arn:${context.partition}:kms:${context.region}:${context.caller.account}:key/${keyId}`;
}

/** The keys of a write that may carry conditions, and of those of an upload that may not. */
export const creationConditions = (
  input: { readonly IfMatch?: string; readonly IfNoneMatch?: string },
  creates: boolean,
): Conditions => ({
  "s3:if-match": input.IfMatch,
  "s3:if-none-match": input.IfNoneMatch,
  "s3:ObjectCreationOperation": String(creates),
});
