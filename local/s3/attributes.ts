import type { StorageClass } from "@aws-sdk/client-s3";
import type { Conditions } from "../identity/request-keys";
import { AwsError, type Context } from "../service";
import { type Addressed, authorizeInput } from "./access";
import { type AclRequest, hasAcl } from "./grants";
import type { LockHeaders } from "./object-lock";
import { creationConditions } from "./request-conditions";
import type { Bucket, ContentHeaders } from "./state";
import { tagsFromHeader } from "./tagging";

/** What PutObject, CopyObject and CreateMultipartUpload have in common. */
export interface WriteRequest extends Omit<Addressed, "VersionId">, AclRequest, LockHeaders {
  readonly Tagging?: string;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

/**
 * Whether the caller may write the key with all that the request says of it.
 *
 * @param creates whether the request makes the object: it is then that policies can ask for `s3:if-match`
 */
export function authorizeWrite(context: Context, input: WriteRequest, creates: boolean): Bucket {
  const tags = tagsFromHeader(input.Tagging);
  const conditions = (): Conditions => ({
    ...creationConditions(input, creates),
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`s3:RequestObjectTag/${Key}`, Value])),
    "s3:RequestObjectTagKeys": tags.length > 0 ? tags.flatMap(({ Key }) => Key ?? []) : undefined,
  });
  checkKey(input.Key ?? "");
  const bucket = authorizeInput(context, "s3:PutObject", input, conditions);
  const further: readonly (readonly [action: string, needed: boolean])[] = [
    ["s3:PutObjectAcl", hasAcl(input)],
    ["s3:PutObjectTagging", tags.length > 0],
    ["s3:PutObjectRetention", input.ObjectLockMode !== undefined],
    ["s3:PutObjectLegalHold", input.ObjectLockLegalHoldStatus !== undefined],
    // To compare ETags: User Guide, "How to prevent object overwrites with conditional writes".
    ["s3:GetObject", input.IfMatch !== undefined],
  ];
  for (const [action, needed] of further) if (needed) authorizeInput(context, action, input, conditions);
  return bucket;
}

function checkKey(key: string): void {
  const Size = Buffer.byteLength(key);
  if (Size > 1024) throw new AwsError("KeyTooLongError", 400, "Your key is too long", { Size, MaxSizeAllowed: 1024 });
}

export interface ContentRequest {
  readonly ContentType?: string;
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
  readonly Expires?: Date;
  readonly Metadata?: Readonly<Record<string, string>>;
}

const known = new Map<string, ContentHeaders>();
const knownLimit = 1_000;

/** The same one for all objects that have only a type, and the same: there are few types and many objects. */
function shared(headers: ContentHeaders): ContentHeaders {
  const { ContentType = "", ...others } = headers;
  if (Object.values(others).some((value) => value !== undefined)) return headers;
  const same = known.get(ContentType);
  if (same) return same;
  if (known.size >= knownLimit) known.clear();
  known.set(ContentType, headers);
  return headers;
}

export function contentHeaders(context: Context, input: ContentRequest): ContentHeaders {
  return shared({
    ContentType: input.ContentType ?? "binary/octet-stream",
    CacheControl: input.CacheControl,
    ContentDisposition: input.ContentDisposition,
    ContentEncoding: input.ContentEncoding,
    ContentLanguage: input.ContentLanguage,
    // The text, since S3 also keeps what is no date.
    ExpiresString: context.request.headers["expires"] ?? input.Expires?.toUTCString(),
  });
}

const noMetadata: Readonly<Record<string, string>> = {};

export function userMetadata(input: ContentRequest): Readonly<Record<string, string>> {
  const entries = Object.entries(input.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const Size = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (Size > 2048) {
    const message = "Your metadata headers exceed the maximum allowed metadata size";
    throw new AwsError("MetadataTooLarge", 400, message, { Size, MaxSizeAllowed: 2048 });
  }
  return entries.length > 0 ? Object.fromEntries(entries) : noMetadata;
}

const storageClasses: ReadonlySet<string> = new Set<StorageClass>([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
]);

export function storageClassOf(asked: StorageClass | undefined): StorageClass {
  if (asked === undefined) return "STANDARD";
  if (storageClasses.has(asked)) return asked;
  throw new AwsError("InvalidStorageClass", 400, "The storage class you specified is not valid", {
    StorageClassRequested: asked,
  });
}

/** The account that a request writes as. Objects of nobody are the bucket owner's here. */
export const writerOf = (context: Context, bucket: Bucket): string =>
  "account" in context.caller ? context.caller.account : bucket.account;
