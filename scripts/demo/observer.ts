import { createHash } from "node:crypto";
import {
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";

/** Everything of one version of an object that a conversion must leave as it was, and its encryption apart. */
export interface Observation {
  /** Stable text of content digest, size, metadata, headers, tags, ACL, class, lock, redirect. */
  readonly kept: string;
  /** As a person would say it, such as "SSE-S3" or "SSE-KMS, key 1b2c..., bucket key". */
  readonly encryption: string;
}

export interface ObservedBucket {
  /** Current versions by key. */
  readonly current: ReadonlyMap<string, Observation>;
  /** How many noncurrent versions and delete markers there are, by encryption. */
  readonly noncurrent: number;
}

/** GET bodies larger than this are compared by their first and last MiB, so that a 6 GiB object does not take minutes. */
const wholeBodyLimit = 64 * 1024 * 1024;
const mebibyte = 1024 * 1024;

/**
 * Looks at every object of a bucket with nothing but the AWS SDK: the demo's witness shares no code with the conversion.
 *
 * @param customerKeys - the customer keys (base64) of the objects under SSE-C, by key.
 */
export const observe = async (
  s3: S3Client,
  bucket: string,
  customerKeys: ReadonlyMap<string, string>,
): Promise<ObservedBucket> => {
  const keys: string[] = [];
  let noncurrent = 0;
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, EncodingType: "url", ...marker }));
    for (const version of page.Versions ?? []) {
      if (version.IsLatest) keys.push(decodeKey(version.Key ?? ""));
      else noncurrent += 1;
    }
    if (!page.IsTruncated) break;
    marker = {
      KeyMarker: page.NextKeyMarker && decodeKey(page.NextKeyMarker),
      VersionIdMarker: page.NextVersionIdMarker,
    };
  }
  const current = new Map<string, Observation>();
  const queue = keys.values();
  const worker = async (): Promise<void> => {
    for (const key of queue) current.set(key, await observeObject(s3, bucket, key, customerKeys.get(key)));
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return { current, noncurrent };
};

/** How S3 encodes keys under `encoding-type=url`: a plus sign is a space there. */
const decodeKey = (encoded: string): string => decodeURIComponent(encoded.replaceAll("+", " "));

const observeObject = async (
  s3: S3Client,
  bucket: string,
  key: string,
  customerKey: string | undefined,
): Promise<Observation> => {
  const id = { Bucket: bucket, Key: key };
  const customer = customerKey ? { SSECustomerAlgorithm: "AES256", SSECustomerKey: customerKey } : {};
  const head = await s3.send(new HeadObjectCommand({ ...id, ...customer }));
  const size = head.ContentLength ?? 0;
  const archived = head.StorageClass === "GLACIER" || head.StorageClass === "DEEP_ARCHIVE";
  const ranges =
    size <= wholeBodyLimit ? [undefined] : [`bytes=0-${mebibyte - 1}`, `bytes=${size - mebibyte}-${size - 1}`];
  const digest = createHash("sha256");
  // An archived object has no body to read until it is restored: its ETag stands for it.
  if (archived) digest.update(head.ETag ?? "");
  else
    for (const Range of ranges) {
      const got = await s3.send(new GetObjectCommand({ ...id, ...customer, Range }));
      digest.update((await got.Body?.transformToByteArray()) ?? new Uint8Array());
    }
  const tags = (await s3.send(new GetObjectTaggingCommand(id))).TagSet ?? [];
  const acl = await s3.send(new GetObjectAclCommand(id));
  return {
    kept: JSON.stringify({
      digest: digest.digest("hex"),
      size,
      metadata: Object.entries(head.Metadata ?? {}).sort(),
      headers: [
        head.ContentType,
        head.CacheControl,
        head.ContentDisposition,
        head.ContentEncoding,
        head.ContentLanguage,
        head.ExpiresString,
      ],
      tags: tags.map((tag) => `${tag.Key}=${tag.Value}`).sort(),
      owner: acl.Owner?.ID,
      grants: (acl.Grants ?? []).map((grant) => JSON.stringify([grant.Grantee, grant.Permission])).sort(),
      storageClass: head.StorageClass,
      lock: [head.ObjectLockMode, head.ObjectLockRetainUntilDate?.toISOString(), head.ObjectLockLegalHoldStatus],
      redirect: head.WebsiteRedirectLocation,
    }),
    encryption: describeEncryption(head),
  };
};

const describeEncryption = (head: {
  ServerSideEncryption?: string;
  SSEKMSKeyId?: string;
  BucketKeyEnabled?: boolean;
  SSECustomerAlgorithm?: string;
}): string => {
  if (head.SSECustomerAlgorithm) return "SSE-C";
  switch (head.ServerSideEncryption) {
    case undefined:
      return "not encrypted";
    case "AES256":
      return "SSE-S3";
    case "aws:kms:dsse":
      return "DSSE-KMS";
    default:
      return `SSE-KMS ${head.SSEKMSKeyId}${head.BucketKeyEnabled ? ", bucket key" : ""}`;
  }
};
