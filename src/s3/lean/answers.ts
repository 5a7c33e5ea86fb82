import { type Acl, type Checksum, checksumAlgorithms, type Grant, permissions, type Tag } from "../object-store";
import { booleanOf, expectName, numberOf } from "./list-pages";
import { UnreadableXml, type XmlElement } from "./xml";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
  readonly hostId?: string;
  /** Where the bucket really is, of PermanentRedirect and AuthorizationHeaderMalformed. */
  readonly region?: string;
  readonly endpoint?: string;
}

/** Of an answer with any status: S3 answers 200 to a copy and may fail in the body. */
export function errorAnswer(root: XmlElement): ErrorAnswer | undefined {
  if (root.name !== "Error") return undefined;
  return {
    code: root.requiredText("Code"),
    message: root.textOf("Message") ?? "",
    requestId: root.textOf("RequestId"),
    hostId: root.textOf("HostId"),
    region: root.textOf("Region"),
    endpoint: root.textOf("Endpoint"),
  };
}

type PartChecksum = Pick<Checksum, "algorithm" | "value">;

function checksumIn(element: XmlElement): PartChecksum | undefined {
  for (const algorithm of checksumAlgorithms) {
    const value = element.textOf(`Checksum${algorithm}`);
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export function copyObjectResult(root: XmlElement): { readonly etag: string } {
  expectName(root, "CopyObjectResult");
  return { etag: root.requiredText("ETag") };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export function copyPartResult(root: XmlElement): { readonly etag: string; readonly checksum?: PartChecksum } {
  expectName(root, "CopyPartResult");
  return { etag: root.requiredText("ETag"), checksum: checksumIn(root) };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export function createdUpload(root: XmlElement): { readonly uploadId: string } {
  expectName(root, "InitiateMultipartUploadResult");
  return { uploadId: root.requiredText("UploadId") };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export function completedUpload(root: XmlElement): { readonly etag: string } {
  expectName(root, "CompleteMultipartUploadResult");
  return { etag: root.requiredText("ETag") };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export function tagging(root: XmlElement): readonly Tag[] {
  expectName(root, "Tagging");
  const set = root.child("TagSet");
  if (!set) throw new UnreadableXml("Tagging has no TagSet");
  return set.childrenNamed("Tag").map((tag) => ({ key: tag.requiredText("Key"), value: tag.requiredText("Value") }));
}

function grantOf(grant: XmlElement): Grant {
  const name = grant.requiredText("Permission");
  const permission = permissions.find((known) => known === name);
  if (!permission) throw new UnreadableXml(`a grant of ${name}, which is none of ${permissions.join(", ")}`);
  const grantee = grant.child("Grantee");
  const id = grantee?.textOf("ID");
  if (id !== undefined) return { grantee: { is: "id", value: id }, permission };
  const uri = grantee?.textOf("URI");
  if (uri !== undefined) return { grantee: { is: "uri", value: uri }, permission };
  const emailAddress = grantee?.textOf("EmailAddress");
  if (emailAddress !== undefined) return { grantee: { is: "emailAddress", value: emailAddress }, permission };
  throw new UnreadableXml("a grant to nobody");
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export function accessControlPolicy(root: XmlElement): Acl {
  expectName(root, "AccessControlPolicy");
  const owner = root.child("Owner")?.textOf("ID");
  const grants = root.child("AccessControlList");
  if (owner === undefined || !grants) throw new UnreadableXml("AccessControlPolicy has no owner or no list");
  return { owner, grants: grants.childrenNamed("Grant").map(grantOf) };
}

export interface ListedPart {
  readonly number: number;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly checksum?: PartChecksum;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export function partsPage(root: XmlElement): { readonly parts: readonly ListedPart[]; readonly next?: number } {
  expectName(root, "ListPartsResult");
  const parts = root.childrenNamed("Part").map((part) => ({
    number: numberOf(part.requiredText("PartNumber")),
    etag: part.requiredText("ETag"),
    size: numberOf(part.requiredText("Size")),
    checksum: checksumIn(part),
  }));
  if (!booleanOf(root.requiredText("IsTruncated"))) return { parts };
  return { parts, next: numberOf(root.requiredText("NextPartNumberMarker")) };
}
