import type { EncryptionTarget } from "../../fleet/fleet";
import { type CustomerKey, customerKeyWith } from "../customer-keys";
import {
  type Checksum,
  type CompleteUpload,
  type CopyPart,
  type CopyRequest,
  type CopySource,
  type CreateUpload,
  type Grant,
  type HeadRequest,
  type ListRequest,
  type ListUploadsRequest,
  type ListVersionsRequest,
  type NotInherited,
  type ObjectId,
  permissions,
  type SystemHeaders,
  type UpdateRequest,
  type UploadId,
} from "../object-store";
import { copySource, granteeList, taggingField } from "../shapes";
import { sha256 } from "./sha256";
import { encodeQuery } from "./uri";

/** A request to one bucket, before it has an address and a signature. */
export interface Operation {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** @default the bucket itself */
  readonly key?: string;
  /** Canonical, without the question mark. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: Payload;
}

export interface Payload {
  readonly body: Uint8Array;
  /** Hex SHA-256. */
  readonly hash: string;
}

function payload(text: string): Payload {
  const body = Buffer.from(text);
  return { body, hash: sha256(body) };
}

const none: Readonly<Record<string, string>> = {};

const versionQuery = (versionId: string | undefined): string =>
  versionId === undefined ? "" : `versionId=${encodeURIComponent(versionId)}`;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listObjectsV2 = ({ after, token, prefix, limit }: ListRequest): Operation => ({
  method: "GET",
  query: encodeQuery({
    "continuation-token": token,
    "encoding-type": "url", // keys may hold characters that XML cannot
    "list-type": "2",
    "max-keys": String(limit),
    prefix,
    "start-after": after,
  }),
  headers: none,
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export const listObjectVersions = (request: ListVersionsRequest): Operation => ({
  method: "GET",
  query: encodeQuery({
    "encoding-type": "url",
    "key-marker": request.keyMarker,
    "max-keys": String(request.limit),
    prefix: request.prefix,
    "version-id-marker": request.versionIdMarker,
    versions: "",
  }),
  headers: none,
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export const listMultipartUploads = (request: ListUploadsRequest): Operation => ({
  method: "GET",
  query: encodeQuery({
    "encoding-type": "url",
    "key-marker": request.keyMarker,
    "max-uploads": String(request.limit),
    prefix: request.prefix,
    "upload-id-marker": request.uploadIdMarker,
    uploads: "",
  }),
  headers: none,
});

const checksumMode = { "x-amz-checksum-mode": "ENABLED" };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html */
const customerKeyHeaders = ({ key, md5 }: CustomerKey, prefix: string): Record<string, string> => ({
  [`${prefix}-algorithm`]: "AES256",
  [`${prefix}-key`]: key,
  [`${prefix}-key-md5`]: md5,
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export function headObject({ key, versionId, checksum }: HeadRequest, customer?: CustomerKey): Operation {
  const asked = checksum ? checksumMode : none;
  const headers = customer
    ? { ...asked, ...customerKeyHeaders(customer, "x-amz-server-side-encryption-customer") }
    : asked;
  return { method: "HEAD", key, query: versionQuery(versionId), headers };
}

const oneByte = { range: "bytes=0-0" };

/** The first byte, whose error says what HEAD cannot. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getFirstByte = ({ key, versionId }: ObjectId): Operation => ({
  method: "GET",
  key,
  query: versionQuery(versionId),
  headers: oneByte,
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export const getObjectTagging = ({ key, versionId }: ObjectId): Operation => ({
  method: "GET",
  key,
  query: encodeQuery({ tagging: "", versionId }),
  headers: none,
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export const getObjectAcl = ({ key, versionId }: ObjectId): Operation => ({
  method: "GET",
  key,
  query: encodeQuery({ acl: "", versionId }),
  headers: none,
});

/**
 * A server that does not know the subresource answers with the object itself: one byte of it, since a range is asked for.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectAnnotations.html
 */
export const listObjectAnnotations = ({ key, versionId }: ObjectId): Operation => ({
  method: "GET",
  key,
  query: encodeQuery({ annotation: "", "max-annotation-results": "1", versionId }),
  headers: oneByte,
});

/** Where the requests go, and whose it must be. */
export interface Place {
  readonly bucket: string;
  /** 12-digit account id. */
  readonly expectedBucketOwner: string;
  /** Those that sources may be under. @default none */
  readonly customerKeys?: readonly CustomerKey[];
}

/** Source and destination are the same account's: its bucket, or its own backup bucket. */
function addSource(headers: Record<string, string>, source: CopySource, place: Place): void {
  headers["x-amz-copy-source"] = copySource(source.bucket ?? place.bucket, source);
  headers["x-amz-copy-source-if-match"] = source.ifMatch;
  headers["x-amz-source-expected-bucket-owner"] = place.expectedBucketOwner;
  if (source.customerKeyMd5 === undefined) return;
  const customer = customerKeyWith(place.customerKeys ?? [], source.customerKeyMd5);
  Object.assign(headers, customerKeyHeaders(customer, "x-amz-copy-source-server-side-encryption-customer"));
}

/** Always the full key ARN: `aws:kms` alone means the AWS managed key, whatever the bucket's default is. */
function addEncryption(headers: Record<string, string>, target: EncryptionTarget): void {
  headers["x-amz-server-side-encryption"] = target.algorithm;
  if (target.algorithm === "AES256") return;
  headers["x-amz-server-side-encryption-aws-kms-key-id"] = target.keyArn;
  if (target.algorithm === "aws:kms") {
    headers["x-amz-server-side-encryption-bucket-key-enabled"] = String(target.bucketKey);
  }
}

const grantHeaders = {
  FULL_CONTROL: "x-amz-grant-full-control",
  READ: "x-amz-grant-read",
  READ_ACP: "x-amz-grant-read-acp",
  WRITE: undefined, // has no meaning for an object
  WRITE_ACP: "x-amz-grant-write-acp",
} as const;

function addGrants(headers: Record<string, string>, grants: readonly Grant[]): void {
  if (grants.length === 0) return;
  for (const permission of permissions) {
    const header = grantHeaders[permission];
    const grantees = header && granteeList(grants, permission);
    if (header && grantees) headers[header] = grantees;
  }
}

function addNotInherited(headers: Record<string, string>, given: NotInherited): void {
  addEncryption(headers, given.encryption);
  addGrants(headers, given.grants);
  headers["x-amz-storage-class"] = given.storageClass;
  if (given.websiteRedirect !== undefined) headers["x-amz-website-redirect-location"] = given.websiteRedirect;
}

function addConditions(
  headers: Record<string, string>,
  { ifMatch, ifNoneMatch }: Pick<CopyRequest, "ifMatch" | "ifNoneMatch">,
): void {
  if (ifMatch !== undefined) headers["if-match"] = ifMatch;
  if (ifNoneMatch !== undefined) headers["if-none-match"] = ifNoneMatch;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export function copyObject(request: CopyRequest, place: Place): Operation {
  const headers: Record<string, string> = {};
  addSource(headers, request.source, place);
  addConditions(headers, request);
  headers["x-amz-metadata-directive"] = "COPY";
  headers["x-amz-tagging-directive"] = request.tags ? "REPLACE" : "COPY";
  const tagging = request.tags && taggingField(request.tags);
  if (tagging) headers["x-amz-tagging"] = tagging;
  addNotInherited(headers, request);
  return { method: "PUT", key: request.key, query: "", headers };
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
};
const escaped = (text: string): string => text.replaceAll(/[&<>"\r]/g, (character) => escapes[character] ?? character);

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const xml = { "content-type": "application/xml" };

type UpdateBody = Required<Pick<Operation, "headers" | "payload">>;

/** A run has one target, so that its body is written and hashed once. */
const updateBodies = new WeakMap<UpdateRequest["encryption"], UpdateBody>();

function updateBody(encryption: UpdateRequest["encryption"]): UpdateBody {
  const known = updateBodies.get(encryption);
  if (known) return known;
  const { keyArn, bucketKey } = encryption;
  const sent = payload(
    `<ObjectEncryption ${namespace}><SSE-KMS><KMSKeyArn>${escaped(keyArn)}</KMSKeyArn><BucketKeyEnabled>${bucketKey}</BucketKeyEnabled></SSE-KMS></ObjectEncryption>`,
  );
  const checksum = Buffer.from(sent.hash, "hex").toString("base64");
  // The operation wants a checksum of its body: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
  const headers = { ...xml, "x-amz-checksum-sha256": checksum, "x-amz-sdk-checksum-algorithm": "SHA256" };
  const body = { headers, payload: sent };
  updateBodies.set(encryption, body);
  return body;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html */
export const updateObjectEncryption = ({ key, versionId, encryption }: UpdateRequest): Operation => ({
  method: "PUT",
  key,
  query: encodeQuery({ encryption: "", versionId }),
  ...updateBody(encryption),
});

const systemHeaders: readonly (readonly [string, keyof SystemHeaders])[] = [
  ["content-type", "contentType"],
  ["cache-control", "cacheControl"],
  ["content-disposition", "contentDisposition"],
  ["content-encoding", "contentEncoding"],
  ["content-language", "contentLanguage"],
  ["expires", "expires"],
];

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export function createMultipartUpload(request: CreateUpload): Operation {
  const headers: Record<string, string> = {};
  for (const [header, field] of systemHeaders) {
    const value = request.headers[field];
    if (value !== undefined) headers[header] = value;
  }
  for (const [name, value] of Object.entries(request.metadata)) headers[`x-amz-meta-${name.toLowerCase()}`] = value;
  const tagging = taggingField(request.tags);
  if (tagging) headers["x-amz-tagging"] = tagging;
  addNotInherited(headers, request);
  if (request.checksum) {
    headers["x-amz-checksum-algorithm"] = request.checksum.algorithm;
    headers["x-amz-checksum-type"] = request.checksum.type;
  }
  return { method: "POST", key: request.key, query: "uploads=", headers };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export function uploadPartCopy(request: CopyPart, place: Place): Operation {
  const headers: Record<string, string> = {};
  addSource(headers, request.source, place);
  headers["x-amz-copy-source-range"] = `bytes=${request.first}-${request.last}`;
  const query = encodeQuery({ partNumber: String(request.number), uploadId: request.uploadId });
  return { method: "PUT", key: request.key, query, headers };
}

const checksumElement = (checksum: Pick<Checksum, "algorithm" | "value"> | undefined): string => {
  if (!checksum) return "";
  const name = `Checksum${checksum.algorithm}`;
  return `<${name}>${escaped(checksum.value)}</${name}>`;
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export function completeMultipartUpload(request: CompleteUpload): Operation {
  const { key, uploadId, parts, checksumType } = request;
  const headers: Record<string, string> = { ...xml };
  addConditions(headers, request);
  if (checksumType !== undefined) headers["x-amz-checksum-type"] = checksumType;
  const listed = parts.map(
    ({ number, etag, checksum }) =>
      `<Part><ETag>${escaped(etag)}</ETag>${checksumElement(checksum)}<PartNumber>${number}</PartNumber></Part>`,
  );
  const text = `<CompleteMultipartUpload ${namespace}>${listed.join("")}</CompleteMultipartUpload>`;
  return { method: "POST", key, query: encodeQuery({ uploadId }), headers, payload: payload(text) };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortMultipartUpload = ({ key, uploadId }: UploadId): Operation => ({
  method: "DELETE",
  key,
  query: encodeQuery({ uploadId }),
  headers: none,
});
