import type {
  ListedObject,
  ListedUpload,
  ListedVersion,
  ListedWrite,
  ListPage,
  UploadPage,
  VersionPage,
} from "../object-store";
import { inVersionOrder } from "../version-order";
import { UnreadableXml, type XmlElement } from "./xml";

/**
 * A page of https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 *
 * @throws UnreadableXml for any other document, and for a key or a number that is none
 */
export function listPage(root: XmlElement): ListPage {
  expectName(root, "ListBucketResult");
  const keyOf = keyDecoder(root);
  const objects: ListedObject[] = [];
  for (const listed of root.children) {
    if (listed.name !== "Contents") continue;
    objects.push({
      key: keyOf(listed.requiredText("Key")),
      size: numberOf(listed.requiredText("Size")),
      ...writeOf(listed),
    });
  }
  const more = booleanOf(root.requiredText("IsTruncated"));
  return { objects, more, token: ownTextOf(root, "NextContinuationToken") };
}

/**
 * A page of https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 *
 * @throws UnreadableXml for any other document, for a key that is none, and for a page that is not the last and does
 *   not say where the next begins
 */
export function versionPage(root: XmlElement): VersionPage {
  expectName(root, "ListVersionsResult");
  const keyOf = keyDecoder(root);
  const document: ListedVersion[] = [];
  for (const listed of root.children) {
    if (listed.name !== "Version" && listed.name !== "DeleteMarker") continue;
    document.push({
      key: keyOf(listed.requiredText("Key")),
      versionId: ownString(listed.requiredText("VersionId")),
      current: booleanOf(listed.requiredText("IsLatest")),
      deleteMarker: listed.name === "DeleteMarker",
      lastModified: timeOf(listed.requiredText("LastModified")),
      etag: ownTextOf(listed, "ETag"),
    });
  }
  const versions = inVersionOrder(document);
  if (!booleanOf(root.requiredText("IsTruncated"))) return { versions };
  return {
    versions,
    next: {
      keyMarker: keyOf(root.requiredText("NextKeyMarker")),
      // S3 refuses an empty marker.
      versionIdMarker: root.textOf("NextVersionIdMarker") || undefined,
    },
  };
}

/**
 * A page of https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 *
 * @throws UnreadableXml for any other document, for a key or a time that is none, and for a page that is not the last
 *   and does not say where the next begins
 */
export function uploadPage(root: XmlElement): UploadPage {
  expectName(root, "ListMultipartUploadsResult");
  const keyOf = keyDecoder(root);
  const uploads: ListedUpload[] = root.childrenNamed("Upload").map((listed) => ({
    key: keyOf(listed.requiredText("Key")),
    uploadId: ownString(listed.requiredText("UploadId")),
    initiated: timeOf(listed.requiredText("Initiated")),
  }));
  if (!booleanOf(root.requiredText("IsTruncated"))) return { uploads };
  return {
    uploads,
    next: {
      keyMarker: keyOf(root.requiredText("NextKeyMarker")),
      uploadIdMarker: root.textOf("NextUploadIdMarker") || undefined,
    },
  };
}

function ownTextOf(element: XmlElement, name: string): string | undefined {
  const text = element.textOf(name);
  return text === undefined ? undefined : ownString(text);
}

function writeOf(listed: XmlElement): ListedWrite {
  const written = listed.textOf("LastModified");
  return { lastModified: written === undefined ? undefined : timeOf(written), etag: ownTextOf(listed, "ETag") };
}

/** @throws UnreadableXml for another document */
export function expectName(root: XmlElement, name: string): void {
  if (root.name !== name) throw new UnreadableXml(`${root.name} instead of ${name}`);
}

/** A part of a longer string keeps all of it in memory: one key that somebody holds would hold its page. */
const ownString = (text: string): string => Buffer.from(text).toString();

/** With `encoding-type=url` a key is encoded as in an HTML form: a space is a plus. */
function keyDecoder(root: XmlElement): (key: string) => string {
  const encoding = root.textOf("EncodingType");
  if (encoding === undefined) return ownString;
  if (encoding !== "url") throw new UnreadableXml(`keys in the encoding ${encoding}`);
  return (key) => {
    try {
      // Also where there is nothing to decode, since that makes a string of its own.
      return decodeURIComponent(key.includes("+") ? key.replaceAll("+", " ") : key);
    } catch {
      throw new UnreadableXml(`the key ${key} is not URL-encoded`);
    }
  };
}

function booleanOf(text: string): boolean {
  if (text !== "true" && text !== "false") throw new UnreadableXml(`${text} is neither true nor false`);
  return text === "true";
}

function numberOf(text: string): number {
  const number = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new UnreadableXml(`${text} is not a number of bytes`);
  return number;
}

/** Milliseconds since the epoch. */
function timeOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new UnreadableXml(`${text} is not a time`);
  return time;
}
