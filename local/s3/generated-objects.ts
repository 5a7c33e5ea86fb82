import { bodyOf } from "./bodies";
import { etagOf } from "./encryption";
import { fullObjectChecksum } from "./object-checksums";
import type { Bucket, ObjectEncryption, StoredObject } from "./state";

/** Objects that need not be stored, since all of them follows from a number. */
export interface GeneratedObjects {
  readonly count: number;
  /** Rising with the index in the order of UTF-8. */
  keyAt(index: number): string;
  /** Undefined where no index has this key. */
  indexOf(key: string): number | undefined;
  /** @param key that of the index */
  objectAt(index: number, key: string, condition: Condition): StoredObject;
  /** The ETag of an object that is its content's MD5. */
  contentEtagAt(index: number): string;
}

/** What can change of a generated object and still be kept in a few bytes. */
export interface Condition {
  readonly encryption: ObjectEncryption;
  /** `content`: the MD5 of its bytes. `write`: the one that S3 gave to an encrypted write. */
  readonly etag: "content" | "write";
  /** Of its last write; 0 is none since it was generated. */
  readonly sequence: number;
  readonly lastModified: number;
}

export interface GeneratedKeyNames {
  readonly count: number;
  readonly seed: number;
  /** Of every key. */
  readonly prefix: string;
}

/** Thirty-two bits that look like chance and follow from two numbers. */
function mixed(seed: number, index: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

// Behind the number, so that they change nothing in the order.
const endings = [".json", ".bin", ".parquet", "", " (1).txt", "-é.txt", "+%41.csv", "-\u{1f40e}", "-\uffee", "/"];
const inFolder = 3;

/** `0001/234-9f3a.json`: a thousand keys a folder. The number comes first, so the order is the numbers'. */
function keyNames({ count, seed, prefix }: GeneratedKeyNames): Pick<GeneratedObjects, "count" | "keyAt" | "indexOf"> {
  const digits = Math.max(inFolder + 1, String(count - 1).length);
  const folderEnd = prefix.length + digits - inFolder;
  const keyAt = (index: number): string => {
    const number = String(index).padStart(digits, "0");
    const hash = mixed(seed, index);
    const suffix = (0x10000 + (hash & 0xffff)).toString(16).slice(1);
    const ending = endings[(hash >>> 16) % endings.length] ?? "";
    return `${prefix}${number.slice(0, -inFolder)}/${number.slice(-inFolder)}-${suffix}${ending}`;
  };
  const indexOf = (key: string): number | undefined => {
    const index = Number(key.slice(prefix.length, folderEnd) + key.slice(folderEnd + 1, folderEnd + 1 + inFolder));
    return Number.isInteger(index) && index >= 0 && index < count && keyAt(index) === key ? index : undefined;
  };
  return { count, keyAt, indexOf };
}

const variants = 1024;

/** Small objects of a bucket, each with a body, an ETag and a checksum that follow from its index. */
export function generatedObjects(bucket: Bucket, names: GeneratedKeyNames): GeneratedObjects {
  const keys = keyNames(names);
  // Bodies are few, so that their digests are computed once.
  const contents = Array.from({ length: variants }, (_, variant) => {
    const body = bodyOf(Buffer.from(`${names.seed}/${variant} `.repeat(variant % 7)));
    const etag = etagOf(bucket, { is: "none" }, body, "");
    return { body, etag, checksum: fullObjectChecksum(body, "CRC64NVME") };
  });
  const owner = bucket.account;
  const headers = { ContentType: "binary/octet-stream" };
  const metadata = {};
  const none: [] = [];
  const contentAt = (index: number) => {
    const content = contents[mixed(names.seed + 1, index) % variants];
    if (!content) throw new Error(`There is no content for object ${index}.`);
    return content;
  };
  return {
    ...keys,
    contentEtagAt: (index) => contentAt(index).etag,
    objectAt: (index, key, { encryption, etag, sequence, lastModified }) => {
      const { body, checksum, etag: contentEtag } = contentAt(index);
      const write = sequence > 0 ? `${sequence}` : `0/${index}`;
      return {
        is: "object",
        key,
        versionId: "null",
        sequence,
        lastModified,
        owner,
        body,
        checksum,
        etag: etag === "content" ? contentEtag : etagOf(bucket, encryption, body, write),
        encryption,
        headers,
        metadata,
        storageClass: "STANDARD",
        tags: none,
        grants: none,
      };
    },
  };
}
