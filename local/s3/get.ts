import type {
  GetObjectAttributesOutput,
  GetObjectAttributesRequest,
  GetObjectOutput,
  GetObjectRequest,
  HeadObjectOutput,
  HeadObjectRequest,
} from "@aws-sdk/client-s3";
import { AwsError, type Context } from "../service";
import { authorizeInput, findReadable, isAllowed } from "./access";
import { isArchived, restoreHeader } from "./archive";
import { type Body, bytesOf, sliced } from "./bodies";
import { checkReadConditions } from "./conditions";
import { checkCustomerKey, shownEncryption, unseal } from "./encryption";
import { customerKeyOf, refuseEncryptionHeader } from "./encryption-choice";
import { invalidRequest } from "./errors";
import { checksumField, shownChecksum } from "./object-checksums";
import { shownParts } from "./parts";
import { type ByteRange, requestedRange } from "./ranges";
import type { Bucket, StoredObject } from "./state";
import { shownVersionId } from "./versions";

type ReadRequest = GetObjectRequest | HeadObjectRequest;

/** What is read at once at most: a body is one piece of memory here. */
const largestAnswer = 256 * 1024 * 1024;

/** GetObject: only what can be unwrapped can be read. */
export function getObject(
  context: Context,
  input: GetObjectRequest,
): Omit<GetObjectOutput, "Body"> & { Body: Uint8Array } {
  const { bucket, object } = readable(context, input, "GET");
  if (isArchived(context, object)) {
    const message = "The operation is not valid for the object's storage class";
    throw new AwsError("InvalidObjectState", 403, message, { StorageClass: object.storageClass });
  }
  unseal(context, object.encryption, customerKeyOf(context, input));
  const { body, shown } = describe(context, bucket, object, input);
  if (body.size > largestAnswer) {
    const message = `This AWS answers at most ${largestAnswer} bytes at once; ask for a range.`;
    throw new AwsError("NotImplemented", 501, message);
  }
  return { ...shown, Body: bytesOf(body) };
}

/** HeadObject: the headers of GetObject, without asking KMS and without caring for archives. */
export function headObject(context: Context, input: HeadObjectRequest): HeadObjectOutput {
  const { bucket, object } = readable(context, input, "HEAD");
  checkCustomerKey(object.encryption, customerKeyOf(context, input));
  return describe(context, bucket, object, input).shown;
}

function readable(context: Context, input: ReadRequest, method: string): { bucket: Bucket; object: StoredObject } {
  const key = input.Key ?? "";
  refuseEncryptionHeader(context);
  const action = input.VersionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion";
  const bucket = authorizeInput(context, action, input);
  const object = findReadable(context, bucket, key, input.VersionId, method);
  const conditions = {
    match: input.IfMatch,
    noneMatch: input.IfNoneMatch,
    modifiedSince: input.IfModifiedSince,
    unmodifiedSince: input.IfUnmodifiedSince,
  };
  checkReadConditions(conditions, object, context.now);
  return { bucket, object };
}

interface Portion {
  readonly range?: ByteRange;
  readonly partsCount?: number;
  readonly checksum: ReturnType<typeof shownChecksum>;
}

/** The part or range asked for. A part's checksum is shown where checksums are composite, the object's only with all of it. */
function portionOf(object: StoredObject, input: ReadRequest): Portion {
  const { size } = object.body;
  if (input.PartNumber === undefined) {
    const range = requestedRange(input.Range, size);
    const whole = !range || (range.first === 0 && range.last === size - 1);
    return { range, checksum: whole ? shownChecksum(object.checksum) : {} };
  }
  if (input.Range !== undefined)
    throw invalidRequest("Cannot specify both Range header and partNumber query parameter");
  const parts = object.parts ?? [{ partNumber: 1, size, checksum: object.checksum?.value }];
  const index = parts.findIndex((part) => part.partNumber === input.PartNumber);
  const part = parts[index];
  if (!part) {
    const fields = { PartNumberRequested: input.PartNumber, ActualPartCount: parts.length };
    throw new AwsError("InvalidPartNumber", 416, "The requested partnumber is not satisfiable", fields);
  }
  const first = parts.slice(0, index).reduce((sum, before) => sum + before.size, 0);
  const range = part.size === 0 ? undefined : { first, last: first + part.size - 1 };
  if (!object.parts) return { range, checksum: shownChecksum(object.checksum) };
  const { checksum } = object;
  if (parts.length === 1 && checksum?.type === "FULL_OBJECT") {
    return { range, partsCount: 1, checksum: shownChecksum(checksum) };
  }
  const composite = checksum?.type === "COMPOSITE";
  return {
    range,
    partsCount: parts.length,
    checksum: composite ? { ...checksumField(checksum.algorithm, part.checksum), ChecksumType: "COMPOSITE" } : {},
  };
}

function describe(
  context: Context,
  bucket: Bucket,
  object: StoredObject,
  input: ReadRequest,
): { body: Body; shown: HeadObjectOutput } {
  const { range, partsCount, checksum } = portionOf(object, input);
  const { size } = object.body;
  const body = range ? sliced(object.body, range.first, range.last + 1) : object.body;
  const shown: HeadObjectOutput = {
    AcceptRanges: "bytes",
    LastModified: new Date(object.lastModified),
    ContentLength: body.size,
    ETag: object.etag,
    ...(input.ChecksumMode === "ENABLED" ? checksum : {}),
    VersionId: shownVersionId(bucket, object),
    ContentRange: range && `bytes ${range.first}-${range.last}/${size}`,
    PartsCount: partsCount,
    ...object.headers,
    ...overrides(input),
    WebsiteRedirectLocation: object.websiteRedirectLocation,
    ...shownEncryption(object.encryption),
    ...shownMetadata(object),
    StorageClass: object.storageClass === "STANDARD" ? undefined : object.storageClass,
    Restore: restoreHeader(context, object),
    ...shownLockAndTags(context, bucket, object, input.VersionId),
  };
  return { body, shown };
}

const overrides = (input: ReadRequest): Partial<HeadObjectOutput> =>
  Object.fromEntries(
    Object.entries({
      ContentType: input.ResponseContentType,
      CacheControl: input.ResponseCacheControl,
      ContentDisposition: input.ResponseContentDisposition,
      ContentEncoding: input.ResponseContentEncoding,
      ContentLanguage: input.ResponseContentLanguage,
      ExpiresString: input.ResponseExpires?.toUTCString(),
    }).filter(([, value]) => value !== undefined),
  );

/** Names that no header can have, as other interfaces than REST once took them, are only counted. API Reference, HeadObject, `x-amz-missing-meta`. */
function shownMetadata({ metadata }: StoredObject): Pick<HeadObjectOutput, "Metadata" | "MissingMeta"> {
  const entries = Object.entries(metadata);
  const shown = entries.filter(([name]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name));
  return { Metadata: Object.fromEntries(shown), MissingMeta: entries.length - shown.length || undefined };
}

/** Lock and number of tags are shown only to those who may read them. API Reference, GetObject. */
function shownLockAndTags(
  context: Context,
  bucket: Bucket,
  object: StoredObject,
  versionId: string | undefined,
): Partial<HeadObjectOutput> {
  const { retention, legalHold, tags } = object;
  const may = (action: string): boolean =>
    isAllowed(context, bucket, { action, bucket: bucket.name, key: object.key, versionId });
  const tagging = versionId === undefined ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging";
  const showsRetention = retention !== undefined && may("s3:GetObjectRetention");
  return {
    ObjectLockMode: showsRetention ? retention.Mode : undefined,
    ObjectLockRetainUntilDate: showsRetention ? retention.RetainUntilDate : undefined,
    ObjectLockLegalHoldStatus: legalHold && may("s3:GetObjectLegalHold") ? legalHold : undefined,
    TagCount: tags.length > 0 && may(tagging) ? tags.length : undefined,
  };
}

/** GetObjectAttributes: those named, and nothing of KMS. */
export function getObjectAttributes(context: Context, input: GetObjectAttributesRequest): GetObjectAttributesOutput {
  const key = input.Key ?? "";
  const version = input.VersionId === undefined ? "" : "Version";
  authorizeInput(context, `s3:GetObject${version}`, input);
  const bucket = authorizeInput(context, `s3:GetObject${version}Attributes`, input);
  const object = findReadable(context, bucket, key, input.VersionId, "GET");
  checkCustomerKey(object.encryption, customerKeyOf(context, input));
  const wants = new Set<string>(input.ObjectAttributes);
  const { algorithm, value, type } = object.checksum ?? {};
  return {
    LastModified: new Date(object.lastModified),
    VersionId: shownVersionId(bucket, object),
    ETag: wants.has("ETag") ? object.etag.replaceAll('"', "") : undefined,
    // Without the number of parts, unlike everywhere else.
    Checksum:
      wants.has("Checksum") && algorithm
        ? { ...checksumField(algorithm, value?.replace(/-\d+$/, "")), ChecksumType: type }
        : undefined,
    ObjectParts: wants.has("ObjectParts") ? shownParts(object, input) : undefined,
    StorageClass: wants.has("StorageClass") ? object.storageClass : undefined,
    ObjectSize: wants.has("ObjectSize") ? object.body.size : undefined,
  };
}
