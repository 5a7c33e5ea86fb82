import { checksumOf, encryptionOf, isArchived, lockOf, shownChecksum } from "../head-rules";
import { type ChecksumAlgorithm, checksumAlgorithms, type ObjectState } from "../object-store";
import { required } from "../shapes";

const metadataPrefix = "x-amz-meta-";

const checksumHeaders = new Map<ChecksumAlgorithm, string>(
  checksumAlgorithms.map((algorithm) => [algorithm, `x-amz-checksum-${algorithm.toLowerCase()}`]),
);

type Headers = Readonly<Record<string, string>>;

/** Milliseconds since the epoch. */
function time(text: string, header: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new Error(`S3's answer has ${text} as ${header}, which is no time`);
  return at;
}

function count(text: string, header: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new Error(`S3's answer has ${text} as ${header}, which is no number`);
  return number;
}

function metadataIn(headers: Headers): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null); // for metadata that is called __proto__
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && name.startsWith(metadataPrefix)) metadata[name.slice(metadataPrefix.length)] = value;
  }
  return metadata;
}

function lockIn(headers: Headers): ObjectState["lock"] {
  const until = headers["x-amz-object-lock-retain-until-date"];
  return lockOf(
    headers["x-amz-object-lock-mode"],
    until === undefined ? undefined : time(until, "x-amz-object-lock-retain-until-date"),
    headers["x-amz-object-lock-legal-hold"],
  );
}

/**
 * What the headers of HeadObject tell. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 *
 * @throws Error for headers that are not those of an object
 */
export function objectState(key: string, headers: Headers): ObjectState {
  const storageClass = headers["x-amz-storage-class"];
  const checksum = shownChecksum((algorithm) => headers[checksumHeaders.get(algorithm) ?? ""]);
  return {
    key,
    versionId: headers["x-amz-version-id"],
    etag: required(headers["etag"], "ETag"),
    size: count(required(headers["content-length"], "Content-Length"), "Content-Length"),
    lastModified: time(required(headers["last-modified"], "Last-Modified"), "Last-Modified"),
    encryption: encryptionOf({
      algorithm: headers["x-amz-server-side-encryption"],
      keyArn: headers["x-amz-server-side-encryption-aws-kms-key-id"],
      bucketKey: headers["x-amz-server-side-encryption-bucket-key-enabled"] === "true",
      customerAlgorithm: headers["x-amz-server-side-encryption-customer-algorithm"],
      customerKeyMd5: headers["x-amz-server-side-encryption-customer-key-md5"],
    }),
    storageClass: storageClass ?? "STANDARD",
    archived: isArchived(storageClass, headers["x-amz-archive-status"], headers["x-amz-restore"]),
    lock: lockIn(headers),
    headers: {
      contentType: headers["content-type"],
      cacheControl: headers["cache-control"],
      contentDisposition: headers["content-disposition"],
      contentEncoding: headers["content-encoding"],
      contentLanguage: headers["content-language"],
      expires: headers["expires"],
    },
    metadata: metadataIn(headers),
    missingMetadata: count(headers["x-amz-missing-meta"] ?? "0", "x-amz-missing-meta"),
    websiteRedirect: headers["x-amz-website-redirect-location"],
    checksum: checksumOf(checksum, headers["x-amz-checksum-type"]),
  };
}
