import { accepts, type FleetBucket, type Partition, type Waivable } from "./fleet";
import { type Mistake, type Path, show, showPath } from "./mistakes";
import type { BucketSettings } from "./schema";

/** Where a bucket is, as far as its rules have to know. */
export interface Place {
  readonly partition: string;
  readonly region: string;
}

const regionsOf: Readonly<Record<Exclude<Partition, "aws">, RegExp>> = {
  "aws-cn": /^cn-/,
  "aws-us-gov": /^us-gov-/,
  "aws-iso": /^us-iso-/,
  "aws-iso-b": /^us-isob-/,
  "aws-iso-e": /^eu-isoe-/,
  "aws-iso-f": /^us-isof-/,
  "aws-eusc": /^eusc-/,
};

/** Whether a region is one of the partition's. Every region that no other partition claims is one of `aws`. */
export const isRegionOf = (partition: string, region: string): boolean => {
  const claimed = Object.entries(regionsOf).find(([, regions]) => regions.test(region));
  return partition === (claimed?.[0] ?? "aws");
};

function keyMistakes(arn: string, place: Place, path: Path): Mistake[] {
  const [, partition, , region] = arn.split(":");
  if (partition !== place.partition) {
    return [{ path, says: `${show(arn)} is in partition ${partition}, the bucket in ${place.partition}` }];
  }
  return region === place.region
    ? []
    : [{ path, says: `${show(arn)} is in ${region}, the bucket in ${place.region}: S3 uses keys of its own region` }];
}

/** An IAM principal has to be in the partition of the account that lets it in. */
export function principalMistakes(arn: string, { partition }: { partition: string }, path: Path): Mistake[] {
  const [, other] = arn.split(":");
  return other === partition ? [] : [{ path, says: `${show(arn)} is in partition ${other}, not in ${partition}` }];
}

const arnMistakes = (bucket: FleetBucket, place: Place): Mistake[] => [
  ...(bucket.keyArn === null ? [] : keyMistakes(bucket.keyArn, place, ["keyArn"])),
  ...bucket.sourceKeys.flatMap((arn, index) => keyMistakes(arn, place, ["sourceKeys", index])),
  ...(["readers", "writers", "headerlessWriters"] as const).flatMap((field) =>
    bucket[field].flatMap((arn, index) => principalMistakes(arn, place, [field, index])),
  ),
];

/** What a class refuses. What may be lifted is lifted by a waiver, which says who takes the consequence. */
function classMistakes(bucket: FleetBucket): Mistake[] {
  const changes = bucket.stage === "encrypt" || bucket.stage === "enforce";
  const kms = bucket.encryption !== "AES256";
  const unless = (waiver: Waivable, when: boolean, path: Path, says: string): Mistake[] =>
    when && !accepts(bucket, waiver) ? [{ path, says: `${says}; accept "${waiver}" if that is understood` }] : [];
  switch (bucket.class) {
    case "plain":
      return [];
    case "log-target":
    case "alb-logs": {
      const service = bucket.class === "log-target" ? "S3 server access logging" : "Elastic Load Balancing";
      const refused = kms
        ? [
            {
              path: ["encryption"],
              says: `${show(bucket.encryption)} stops ${service}, which delivers to AES256 buckets only`,
            },
          ]
        : [];
      const headerless = unless(
        "log-delivery",
        bucket.stage === "enforce" && !accepts(bucket, "missing-header"),
        ["stage"],
        `"enforce" refuses puts without the encryption header, and ${service} may deliver as an account instead of a service principal, without it`,
      );
      return [...refused, ...headerless];
    }
    case "replication-destination":
      return unless(
        "replicas",
        changes,
        ["stage"],
        `${show(bucket.stage)} does not reach replicas, whose encryption the source bucket's rule decides, and copies made here are versions that the source does not know`,
      );
    case "object-locked":
      return unless(
        "object-lock",
        changes,
        ["stage"],
        `${show(bucket.stage)} leaves versions under retention or legal hold as they are: S3 refuses to update them, and a copy is a new version beside them`,
      );
  }
}

/** Combinations that mean nothing or cannot work. `given` is the bucket's own entry, without the defaults. */
function combinationMistakes(bucket: FleetBucket, given: BucketSettings): Mistake[] {
  const mistakes: Mistake[] = [];
  if (given.bucketKey && bucket.encryption !== "aws:kms") {
    mistakes.push({
      path: ["bucketKey"],
      says: `true is impossible with ${bucket.encryption}: only aws:kms has bucket keys`,
    });
  }
  if (given.keyArn && bucket.encryption === "AES256") {
    mistakes.push({
      path: ["keyArn"],
      says: `${show(given.keyArn)} is impossible with AES256, which uses S3's own keys`,
    });
  }
  if (given.blockSseC && bucket.defaultEncryption === "external") {
    mistakes.push({
      path: ["blockSseC"],
      says: "true is impossible with defaultEncryption: external, whose owner decides it",
    });
  }
  if (given.dropPrincipals && bucket.policy === "external") {
    mistakes.push({
      path: ["dropPrincipals"],
      says: `${show(given.dropPrincipals)} is impossible with policy: external, whose owner decides it`,
    });
  }
  bucket.accept.forEach(({ what }, index) => {
    if (bucket.accept.findIndex((other) => other.what === what) < index) {
      mistakes.push({ path: ["accept", index, "what"], says: `${show(what)} is accepted twice` });
    }
  });
  return mistakes;
}

/**
 * What is wrong with a bucket though each of its fields is well formed. Paths are the bucket's.
 *
 * @param place unknown while its account is wrong: then its ARNs are not judged
 */
export const bucketMistakes = (bucket: FleetBucket, given: BucketSettings, place: Place | undefined): Mistake[] => [
  ...combinationMistakes(bucket, given),
  ...classMistakes(bucket),
  ...(place ? arnMistakes(bucket, place) : []),
];

/** Something that has to be unique, and where it was said. */
export interface Claim {
  readonly value: string;
  readonly path: Path;
}

/** Every claim to a value that an earlier one has. `why` finishes the sentence. */
export function duplicates(claims: readonly Claim[], why: string): Mistake[] {
  const first = new Map<string, Path>();
  return claims.flatMap(({ value, path }) => {
    const earlier = first.get(value);
    if (earlier) return [{ path, says: `${show(value)} is ${showPath(earlier)} too: ${why}` }];
    first.set(value, path);
    return [];
  });
}
