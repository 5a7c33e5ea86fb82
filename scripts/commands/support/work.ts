import type { EncryptionTarget, FleetBucket, Stage, Target } from "../../../src/fleet/fleet";
import { keyArnPattern } from "../../../src/fleet/names";
import type { WhereOptions } from "./options";
import { Stop } from "./stop";
import type * as OfFleet from "./work-of-fleet";

/** One bucket, and all that a command has to know of it before it looks. */
export interface Work {
  readonly bucket: string;
  readonly region: string;
  readonly endpointUrl?: string;
  /** Whose the bucket must be. @default the caller's account */
  readonly account?: string;
  /** Assumed first. @default the caller's own permissions */
  readonly roleArn?: string;
  readonly target: EncryptionTarget;
  /** What the fleet adds. Nothing for a bucket by hand. */
  readonly fleet?: {
    readonly bucket: FleetBucket;
    readonly accountName: string;
    readonly backupBucket: string;
    readonly batchRoleArn?: string;
  };
}

export const isKeyArn = (text: string): boolean => keyArnPattern.test(text);

function targetByHand({ sse, kmsKeyArn, bucketKey }: WhereOptions): EncryptionTarget {
  if (sse === undefined) throw new Stop("--kms-key-arn does not say what to encrypt with.", "Add --sse aws:kms.");
  if (sse === "AES256") {
    if (kmsKeyArn !== undefined)
      throw new Stop("--kms-key-arn says nothing with --sse AES256.", "Leave it out, or use --sse aws:kms.");
    return { algorithm: "AES256" };
  }
  if (kmsKeyArn === undefined) throw new Stop(`--sse ${sse} needs a key.`, "Add --kms-key-arn.");
  if (!isKeyArn(kmsKeyArn)) {
    throw new Stop(
      `--kms-key-arn "${kmsKeyArn}" is no full key ARN.`,
      "S3 compares key ARNs only: arn:aws:kms:<region>:<account>:key/<id>, no alias and no bare key id.",
    );
  }
  return sse === "aws:kms" ? { algorithm: sse, keyArn: kmsKeyArn, bucketKey } : { algorithm: sse, keyArn: kmsKeyArn };
}

function workByHand(options: WhereOptions): Work[] {
  const region = options.region ?? (process.env["AWS_REGION"] || process.env["AWS_DEFAULT_REGION"]);
  if (!options.bucket) throw new Stop("--sse is for a bucket by hand, and none is named.", "Add --bucket.");
  if (!region) throw new Stop("No region is named.", "Add --region, or set AWS_REGION.");
  const target = targetByHand(options);
  return options.bucket.map((bucket) => ({
    bucket,
    region,
    endpointUrl: options.endpointUrl,
    account: options.expectedBucketOwner,
    roleArn: options.roleArn,
    target,
  }));
}

/** The fleet says where its buckets are and whose: who says otherwise beside it would believe to be heard. @throws Stop */
function refuseByHandOnly({ fleet, region, expectedBucketOwner, bucketKey }: WhereOptions): void {
  const [flag] = [
    ...(region === undefined ? [] : ["--region"]),
    ...(expectedBucketOwner === undefined ? [] : ["--expected-bucket-owner"]),
    ...(bucketKey ? [] : ["--no-bucket-key"]),
  ];
  if (flag === undefined) return;
  throw new Stop(
    `${flag} is of a bucket by hand; for its own buckets ${fleet} says that. Nothing was changed.`,
    `Leave ${flag} out, or add --sse and --bucket for a bucket by hand.`,
  );
}

/** A bucket of the fleet that nothing can be done with yet, and why. */
export interface Unready {
  readonly bucket: FleetBucket;
  readonly target: Target;
  readonly stop: Stop;
}

/**
 * The buckets that the options name, by hand or from the fleet.
 *
 * @param stages stages of the fleet at which the command has something to do
 * @param unready told of buckets whose stack has not answered, for commands that go on with the others. @default Stop
 * @throws Stop
 */
export function findWork(options: WhereOptions, stages: readonly Stage[], unready?: (one: Unready) => void): Work[] {
  if (options.sse !== undefined || options.kmsKeyArn !== undefined) return workByHand(options);
  refuseByHandOnly(options);
  // What reads a fleet takes its time to load, and a bucket by hand needs none of it.
  const { workOfFleet }: typeof OfFleet = require("./work-of-fleet");
  let left = 0;
  const work = workOfFleet(
    options,
    stages,
    unready &&
      ((one) => {
        left++;
        unready(one);
      }),
  );
  if (work.length + left === 0) {
    throw new Stop(
      `${options.fleet} has no bucket at stage ${stages.join(" or ")}.`,
      "Move a bucket on there and apply the stack; or name a bucket by hand, with --bucket and --sse.",
    );
  }
  return work;
}
