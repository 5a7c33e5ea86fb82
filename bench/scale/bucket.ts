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
      ...{ key, etag: '"00000000000000000000000000000000"', size: 1000, lastModified: 0, storageClass: "STANDARD" },
      ...{ archived: false, headers: { contentType: "binary/octet-stream" }, metadata: {}, missingMetadata: 0 },
      encryption: shares[number % 20] ?? { is: "AES256" },
      ...(number % 1000 === 999 && { lock: { legalHold: true } }),
    };
  };

  return {
    list: ({ after, limit }) => {
      const from = after === undefined ? 0 : firstAfter(after);
      const length = Math.min(limit, keys - from);
      const objects = Array.from({ length }, (_, index): ListedObject => ({ key: keyOf(from + index), size: 1000 }));
      return done({ objects, more: from + length < keys });
    },
    head: ({ key }) => done(stateOf(key)),
    getTags: () => done([]),
    hasAnnotations: () => done(false),
    listVersions: never,
    listUploads: never,
    getAcl: never,
    copy: never,
    updateEncryption: never,
    createUpload: never,
    copyPart: never,
    completeUpload: never,
    abortUpload: never,
  };
}
