import { compareKeys } from "../../src/reencrypt/intervals";
import type { Answer, Encryption, ListedObject, ObjectState, ObjectStore } from "../../src/s3/object-store";

export const targetKeyArn = "arn:aws:kms:eu-west-1:111111111111:key/target";

const PREFIXES = "abcdefghijklmnop";
const DIGITS = 12;

const shares: readonly Encryption[] = [
  { is: "none" },
  { is: "aws:kms", keyArn: targetKeyArn, bucketKey: true },
  { is: "aws:kms:dsse", keyArn: targetKeyArn },
  { is: "aws:kms", keyArn: targetKeyArn.replace("target", "other"), bucketKey: false },
];

const done = <T>(value: T): Promise<Answer<T>> => Promise.resolve({ is: "done", value });

const never = (): never => {
  throw new Error("a dry run changes nothing");
};

const neverAsked: ObjectStore = {
  list: never,
  listVersions: never,
  listUploads: never,
  head: never,
  getTags: never,
  getAcl: never,
  hasAnnotations: never,
  copy: never,
  updateEncryption: never,
  createUpload: never,
  copyPart: never,
  completeUpload: never,
  abortUpload: never,
};

const plainObject: Omit<ObjectState, "key" | "encryption"> = {
  ...{ etag: '"00000000000000000000000000000000"', size: 1000, lastModified: 0, storageClass: "STANDARD" },
  ...{ archived: false, headers: { contentType: "binary/octet-stream" }, metadata: {}, missingMetadata: 0 },
};

/**
 * A bucket of so many keys under sixteen prefixes, none of which is kept: lists and looks are computed when asked for.
 *
 * Of twenty objects sixteen are under SSE-S3, and one each is unencrypted, right, under DSSE-KMS and under another key.
 * One of a thousand is locked.
 */
export function syntheticBucket(keys: number): ObjectStore {
  const each = Math.ceil(keys / PREFIXES.length);
  const keyOf = (number: number): string =>
    `${PREFIXES.charAt(Math.floor(number / each))}/${String(number).padStart(DIGITS, "0")}`;
  const numberOf = (key: string): number => Number(key.slice(2));

  /** The number of the first key after it, which need not be a key itself. */
  const firstAfter = (after: string): number => {
    let [low, high] = [-1, keys];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (compareKeys(keyOf(middle), after) <= 0) low = middle;
      else high = middle;
    }
    return high;
  };

  const stateOf = (key: string): ObjectState => {
    const number = numberOf(key);
    return {
      ...plainObject,
      key,
      encryption: shares[number % 20] ?? { is: "AES256" },
      ...(number % 1000 === 999 && { lock: { legalHold: true } }),
    };
  };

  return {
    ...neverAsked,
    list: ({ after, limit }) => {
      const from = after === undefined ? 0 : firstAfter(after);
      const length = Math.min(limit, keys - from);
      const objects = Array.from({ length }, (_, index): ListedObject => ({ key: keyOf(from + index), size: 1000 }));
      return done({ objects, more: from + length < keys });
    },
    head: ({ key }) => done(stateOf(key)),
    getTags: () => done([]),
    hasAnnotations: () => done(false),
  };
}

/** A bucket with so many versions of one key of 1,024 bytes, none of which can be converted but the current one. */
export function bucketOfOneKey(versions: number): ObjectStore {
  const key = "k".repeat(1024);
  return {
    ...neverAsked,
    listVersions: ({ versionIdMarker, limit, keyMarker }) => {
      const from = versionIdMarker === undefined ? (keyMarker === undefined ? 0 : versions) : Number(versionIdMarker);
      const length = Math.min(limit, versions - from);
      const page = Array.from({ length }, (_, index) => {
        const versionId = String(from + index + 1).padStart(DIGITS, "0");
        // A string of its own each time, as out of S3's XML.
        const itsKey = Buffer.from(key).toString();
        return { key: itsKey, versionId, current: from + index === 0, deleteMarker: false, lastModified: 0 };
      });
      const last = from + length < versions ? page.at(-1) : undefined;
      return done({ versions: page, next: last && { keyMarker: key, versionIdMarker: last.versionId } });
    },
    head: ({ key, versionId }) => done({ ...plainObject, key, versionId, encryption: { is: "none" } }),
    getTags: () => done([]),
    hasAnnotations: () => done(false),
  };
}
