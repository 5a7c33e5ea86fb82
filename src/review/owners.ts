import type { Fleet, FleetBucket, Target } from "../fleet/fleet";
import { isEmptyPart, type OwnersPart } from "../fleet/owners-part";
import { bucketsOf } from "./guards/stages";
import { isSameJson } from "./json";

/** What a bucket's other owners have to put: the stacks know it. `keyArn` is the target key's. */
export type PartOf = (of: { partition: string; bucket: FleetBucket; keyArn: string }) => OwnersPart;

/** What a pull request asks of a bucket's other owners. */
export interface OwnersChange {
  readonly stack: string;
  readonly bucket: string;
  /** Only what is new or different; a statement of an equal Sid takes the place of the other. Null: the key does not exist yet. */
  readonly part: OwnersPart | null;
  /** Sids of statements that may go: a stage went back, or a row is accepted. What is released stays as it is. */
  readonly noLongerAsked: readonly string[];
}

/** @param before nothing where it is not known, or was not asked for: then all of it is new */
function whatIsNew(now: OwnersPart, before: OwnersPart | undefined): OwnersPart {
  const had = before?.statements.map(({ statement }) => statement) ?? [];
  return {
    statements: now.statements.filter(({ statement }) => !had.some((one) => isSameJson(one, statement))),
    defaultEncryption: isSameJson(now.defaultEncryption, before?.defaultEncryption) ? null : now.defaultEncryption,
  };
}

function noLongerAsked(now: OwnersPart, before: OwnersPart | undefined): string[] {
  if (isEmptyPart(now) || !before) return [];
  const asked = new Set(now.statements.map(({ row }) => row));
  return before.statements.flatMap(({ row, statement }) => (asked.has(row) ? [] : [String(statement["Sid"])]));
}

/**
 * Bucket by bucket, against the base branch's fleet.
 *
 * @param base null where there is none, undefined where it was not given: then everything is asked
 * @param keyArnOf the ARN of a stack's key, where its plan shows it
 */
export function ownersChanges(
  targets: readonly Target[],
  base: Fleet | null | undefined,
  partOf: PartOf,
  keyArnOf: (target: Target) => string | undefined,
): OwnersChange[] {
  const before = base ? bucketsOf(base) : undefined;
  return targets.flatMap((target) => {
    const ownKeyArn = keyArnOf(target);
    const partAt = (bucket: FleetBucket) =>
      partOf({ partition: target.account.partition, bucket, keyArn: bucket.keyArn ?? ownKeyArn ?? "" });
    return target.buckets.flatMap((bucket): OwnersChange[] => {
      const was = before?.get(bucket.name)?.bucket;
      const [now, then] = [partAt(bucket), was && partAt(was)];
      const part = whatIsNew(now, then);
      const gone = noLongerAsked(now, then);
      if (isEmptyPart(part) && gone.length === 0) return [];
      const needsKey = bucket.encryption !== "AES256" && bucket.keyArn === null && ownKeyArn === undefined;
      return [{ stack: target.stackName, bucket: bucket.name, part: needsKey ? null : part, noLongerAsked: gone }];
    });
  });
}
