import { isDeepStrictEqual } from "node:util";
import type { PutObjectCommandInput, S3 } from "@aws-sdk/client-s3";
import type { Check } from "./report";

const fiveMebibytes = "5 MiB of it".padEnd(5 * 1024 ** 2, ".");

/** One object for each way in which a conversion goes about it, as far as a bucket of today can have it. */
const objects: Readonly<Record<string, Omit<PutObjectCommandInput, "Bucket" | "Key">>> = {
  plain: { Body: "under S3's own keys" },
  "with attributes/ž+%41 🐎": {
    Body: "with all that goes along",
    Metadata: { of: "smoke" },
    Tagging: "team=web",
    CacheControl: "max-age=60",
    StorageClass: "STANDARD_IA",
  },
  empty: { Body: new Uint8Array() },
  managed: { Body: "under aws/s3", ServerSideEncryption: "aws:kms" },
  double: { Body: "under two layers", ServerSideEncryption: "aws:kms:dsse", Metadata: { of: "smoke" } },
};

/** What a reader sees of an object, but for its encryption. */
interface Seen {
  readonly body: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly unknown[];
  readonly cacheControl?: string;
  readonly contentType?: string;
  readonly storageClass?: string;
}

export type SeenObjects = ReadonlyMap<string, Seen>;

/** Puts the objects, one of them in parts. */
export async function putObjects(s3: S3, Bucket: string): Promise<SeenObjects> {
  for (const [Key, object] of Object.entries(objects)) await s3.putObject({ Bucket, Key, ...object });
  const id = { Bucket, Key: "in parts" };
  const { UploadId } = await s3.createMultipartUpload({ ...id, Metadata: { of: "smoke" } });
  const Parts = [];
  for (const [index, Body] of [fiveMebibytes, "the rest"].entries()) {
    const part = { ...id, UploadId, PartNumber: index + 1 };
    Parts.push({ PartNumber: part.PartNumber, ETag: (await s3.uploadPart({ ...part, Body })).ETag });
  }
  await s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload: { Parts } });
  return see(s3, Bucket);
}

/** All objects of the bucket but the one that puts are tried on. */
export async function see(s3: S3, Bucket: string): Promise<SeenObjects> {
  const seen = new Map<string, Seen>();
  for (const Key of [...Object.keys(objects), "in parts"]) {
    const got = await s3.getObject({ Bucket, Key });
    const { TagSet = [] } = await s3.getObjectTagging({ Bucket, Key });
    seen.set(Key, {
      body: (await got.Body?.transformToString()) ?? "",
      metadata: got.Metadata ?? {},
      tags: TagSet,
      cacheControl: got.CacheControl,
      contentType: got.ContentType,
      storageClass: got.StorageClass,
    });
  }
  return seen;
}

/** Whether every object is what it was, and under the key with a bucket key. */
export async function checkConverted(s3: S3, Bucket: string, before: SeenObjects, keyArn: string): Promise<Check[]> {
  const after = await see(s3, Bucket);
  const changed = [...before].filter(([key, was]) => !isDeepStrictEqual(after.get(key), was)).map(([key]) => key);
  const elsewhere: string[] = [];
  for (const Key of before.keys()) {
    const { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled } = await s3.headObject({ Bucket, Key });
    const isThere = ServerSideEncryption === "aws:kms" && SSEKMSKeyId === keyArn && BucketKeyEnabled;
    if (!isThere) elsewhere.push(`${Key}: ${ServerSideEncryption} ${SSEKMSKeyId} ${BucketKeyEnabled}`);
  }
  return [
    {
      claim: "content, metadata, tags, class and headers of every object are what they were",
      holds: changed.length === 0,
      found: changed.length === 0 ? `${before.size} objects` : changed.join(", "),
    },
    {
      claim: "every object is under the stack's key, with a bucket key",
      holds: elsewhere.length === 0,
      found: elsewhere.length === 0 ? `${before.size} objects` : elsewhere.join("; "),
    },
  ];
}
