import type { BucketSnapshot } from "../../fleet/snapshot";
import { counted } from "../../reencrypt/report/words";
import { type Looked, unseen } from "../preflight/looked";
import type { KeyUse } from "./gather";

/** What of a bucket hangs on a key. */
export interface BucketUse {
  readonly bucket: string;
  /** Whether new objects get the key by default. */
  readonly byDefault: boolean;
  /** Objects under the key. */
  readonly underKey: number;
  /** Prefixes with most of them, with their number. */
  readonly prefixes: readonly { readonly prefix: string; readonly objects: number }[];
  /** What could not be looked at. */
  readonly unseen: readonly string[];
}

/** What nobody can find out by looking at S3 and at the key, so that no verdict is about it. */
export const notSeen: readonly string[] = [
  "data of other services under the key: EBS volumes and snapshots, RDS, DynamoDB, secrets, logs, backups (grants hint at some)",
  "buckets of other accounts and, for a multi-Region key, of other Regions; directory, table and vector buckets",
  "what clients have encrypted by themselves with data keys of the key",
  "uploads in parts that are in progress: S3 does not tell how they are going to be encrypted",
  "objects that were written after their keys had been passed",
];

/**
 * Whether a bucket's default names the key: by its ARN, its id or one of its aliases, as S3 keeps it; KMS without a key
 * means `aws/s3`.
 */
export function isDefaultKey(
  { algorithm, keyArn }: Pick<BucketSnapshot["defaultEncryption"], "algorithm" | "keyArn">,
  arn: string,
  aliases: readonly string[],
): boolean {
  if (keyArn === null) return algorithm !== "AES256" && aliases.includes("alias/aws/s3");
  const [, partition, , region, account] = arn.split(":");
  const names = aliases.flatMap((alias) => [alias, `arn:${partition}:kms:${region}:${account}:${alias}`]);
  return [arn, arn.slice(arn.indexOf("/") + 1), ...names].includes(keyArn);
}

export interface KeyVerdict {
  /** 0 nothing seen depends on it; 1 objects would be lost; 2 could not look at all; 3 something uses it, and nothing would be lost. */
  readonly exitCode: 0 | 1 | 2 | 3;
  readonly sentence: string;
  /** What could not be looked at. */
  readonly unseen: readonly string[];
}

const textOf = (looked: Looked<unknown>): string[] => (looked.is === "unseen" ? [unseen(looked)] : []);

/** @param more what kept whole buckets from being found */
export function keyVerdict(use: KeyUse, buckets: readonly BucketUse[], more: readonly string[]): KeyVerdict {
  const { key, grants, aliases } = use;
  const objects = buckets.reduce((sum, { underKey }) => sum + underKey, 0);
  const holding = buckets.filter(({ underKey }) => underKey > 0).length;
  const defaults = buckets.filter(({ byDefault }) => byDefault).length;
  const granted = grants.is === "seen" ? grants.value.length : 0;
  const missing = [
    ...textOf(key.description),
    ...textOf(grants),
    ...textOf(aliases),
    ...more,
    ...buckets.flatMap(({ bucket, unseen: parts }) => parts.map((part) => `s3://${bucket}: ${part}`)),
  ];
  const description = key.description.is === "seen" ? key.description.value : undefined;
  const deleted = description?.deletionDate ? ` KMS deletes it on ${description.deletionDate}.` : "";
  const gone = description === null ? " The key is not there any more: they cannot be read, and never will be." : "";
  if (objects > 0) {
    const sentence = `Deleting it loses ${counted(objects, "object")} in ${counted(holding, "bucket")} for ever; while it is disabled nobody can read them.${deleted}${gone}`;
    return { exitCode: 1, sentence, unseen: missing };
  }
  if (missing.length > 0) {
    const sentence = `No object that was looked at is under it, but not everything could be looked at: do not disable or delete it on this.${deleted}`;
    return { exitCode: 2, sentence, unseen: missing };
  }
  if (defaults + granted > 0) {
    const uses = [
      ...(defaults > 0 ? [`${counted(defaults, "bucket")} would put new objects under it, and puts would fail`] : []),
      ...(granted > 0 ? [`${counted(granted, "grant")} may stand for data of other services`] : []),
    ];
    const sentence = `No object is under it, so nothing in these buckets is lost with it, but it is in use: ${uses.join("; ")}.${deleted}`;
    return { exitCode: 3, sentence, unseen: missing };
  }
  return { exitCode: 0, sentence: `Nothing that can be seen from here depends on it.${deleted}`, unseen: missing };
}
