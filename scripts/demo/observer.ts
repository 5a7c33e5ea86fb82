import { createHash } from "node:crypto";
import {
  GetObjectAclCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandInput,
  type HeadObjectCommandOutput,
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
 * @param prefix - only keys that begin with it.
 */
export const observe = async (
  s3: S3Client,
  bucket: string,
  customerKeys: ReadonlyMap<string, string>,
  prefix = "",
): Promise<ObservedBucket> => {
  const listed: Listed[] = [];
  let noncurrent = 0;
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, EncodingType: "url", ...marker }),
    );
    for (const { Key = "", Size = 0, StorageClass = "STANDARD", IsLatest } of page.Versions ?? []) {
      if (IsLatest) listed.push({ key: decodeKey(Key), size: Size, storageClass: StorageClass });
      else noncurrent += 1;
    }
    if (!page.IsTruncated) break;
    marker = {
      KeyMarker: page.NextKeyMarker && decodeKey(page.NextKeyMarker),
      VersionIdMarker: page.NextVersionIdMarker,
    };
  }
  const current = new Map<string, Observation>();
  const queue = listed.values();
  const worker = async (): Promise<void> => {
    for (const one of queue) current.set(one.key, await observeObject(s3, bucket, one, customerKeys.get(one.key)));
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return { current, noncurrent };
};

interface Listed {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly storageClass: string;
}

/** How S3 encodes keys under `encoding-type=url`: a plus sign is a space there. */
const decodeKey = (encoded: string): string => decodeURIComponent(encoded.replaceAll("+", " "));

/** What both HEAD and GET answer of an object beside its body, with the digest of what could be read of the body. */
type Looked = HeadObjectCommandOutput & { readonly digest: string };

const look = async (s3: S3Client, id: HeadObjectCommandInput, { size, storageClass }: Listed): Promise<Looked> => {
  // An archived object has no body to read until it is restored: its ETag stands for it.
  if (storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE") {
    const head = await s3.send(new HeadObjectCommand(id));
    return { ...head, digest: head.ETag ?? "" };
  }
  const digest = createHash("sha256");
  const read = async (Range?: string): Promise<GetObjectCommandOutput> => {
    const got = await s3.send(new GetObjectCommand({ ...id, Range }));
    digest.update((await got.Body?.transformToByteArray()) ?? new Uint8Array());
    return got;
  };
  if (size <= wholeBodyLimit) return { ...(await read()), digest: digest.digest("hex") };
  await read(`bytes=0-${mebibyte - 1}`);
  return { ...(await read(`bytes=${size - mebibyte}-${size - 1}`)), digest: digest.digest("hex") };
};

const observeObject = async (
  s3: S3Client,
  bucket: string,
  listed: Listed,
  customerKey: string | undefined,
): Promise<Observation> => {
  const id = { Bucket: bucket, Key: listed.key };
  const customer = customerKey ? { SSECustomerAlgorithm: "AES256", SSECustomerKey: customerKey } : {};
  const head = await look(s3, { ...id, ...customer }, listed);
  const tags = (head.TagCount && (await s3.send(new GetObjectTaggingCommand(id))).TagSet) || [];
  const acl = await s3.send(new GetObjectAclCommand(id));
  return {
    kept: JSON.stringify({
      digest: head.digest,
      size: listed.size,
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
      storageClass: listed.storageClass,
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
