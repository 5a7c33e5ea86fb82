import { existsSync, readFileSync } from "node:fs";
import type { EncryptionTarget, Fleet, FleetBucket, Stage, Target } from "../../../src/fleet/fleet";
import { loadFleet } from "../../../src/fleet/load";
import { FleetError } from "../../../src/fleet/mistakes";
import { batchRoleArn, outputsPath } from "../../../src/fleet/names";
import {
  bucketOutputOf,
  checkStackOutputs,
  encryptionTarget,
  parseStackOutputs,
  type StackOutputs,
} from "../../../src/fleet/outputs";
import type { WhereOptions } from "./options";
import { Stop } from "./stop";
import { say } from "./terminal";

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

const keyArn = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/;

export const isKeyArn = (text: string): boolean => keyArn.test(text);

/** @throws Stop if the fleet cannot be read, with every mistake in it */
export function readFleet(file: string): Fleet {
  try {
    return loadFleet(file);
  } catch (error) {
    if (error instanceof FleetError) throw new Stop(error.message);
    throw error;
  }
}

function targetByHand({ sse, kmsKeyArn, bucketKey }: WhereOptions): EncryptionTarget {
  if (sse === undefined || sse === "AES256") {
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

/** What a stack has answered, if it agrees with the fleet. */
function readOutputs(fleet: Fleet, target: Target): StackOutputs {
  const path = outputsPath(fleet.directory, target.stackName);
  if (!existsSync(path)) {
    throw new Stop(
      `${path} is not there, so the key and the role of ${target.stackName} are not known.`,
      "Run at-rest outputs after the apply.",
    );
  }
  const outputs = parse(path);
  const mistakes = checkStackOutputs(target, outputs);
  if (mistakes.length > 0) {
    throw new Stop(
      `${path} disagrees with ${fleet.file}: ${mistakes.join("; ")}.`,
      "Apply the stack, then run at-rest outputs again.",
    );
  }
  return outputs;
}

function parse(path: string): StackOutputs {
  try {
    return parseStackOutputs(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new Stop(`${path}: ${error instanceof Error ? error.message : error}`, "Run at-rest outputs again.");
  }
}

/** A bucket of the fleet that nothing can be done with yet, and why. */
export interface Unready {
  readonly bucket: FleetBucket;
  readonly target: Target;
  readonly stop: Stop;
}

function workOfFleet(options: WhereOptions, stages: readonly Stage[], unready?: (one: Unready) => void): Work[] {
  const fleet = readFleet(options.fleet);
  const wanted = options.bucket && new Set(options.bucket);
  const known = new Set(fleet.targets.flatMap(({ buckets }) => buckets.map(({ name }) => name)));
  for (const name of wanted ?? []) {
    if (!known.has(name))
      throw new Stop(`${fleet.file} has no bucket ${name}.`, "Add it there, or name its target with --sse.");
  }
  return fleet.targets.flatMap((target) => {
    const buckets = target.buckets.filter(({ name }) => !wanted || wanted.has(name));
    const ready = buckets.filter(({ stage }) => stages.includes(stage));
    for (const { name, stage } of buckets.filter((bucket) => !ready.includes(bucket))) {
      if (wanted)
        throw new Stop(
          `s3://${name} is at stage ${stage}; this needs ${stages.join(" or ")}.`,
          `Move it on in ${fleet.file} first.`,
        );
      say(`s3://${name} is left out: it is at stage ${stage}.`);
    }
    if (ready.length === 0) return [];
    try {
      const outputs = readOutputs(fleet, target);
      return ready.map((bucket) => workOf(options, target, bucket, outputs));
    } catch (error) {
      if (!unready || !(error instanceof Stop)) throw error;
      for (const bucket of ready) unready({ bucket, target, stop: error });
      return [];
    }
  });
}

function workOf(options: WhereOptions, target: Target, bucket: FleetBucket, outputs: StackOutputs): Work {
  const output = bucketOutputOf(outputs, bucket.name);
  if (!output)
    throw new Stop(`The outputs of ${target.stackName} have no bucket ${bucket.name}.`, "Run at-rest outputs again.");
  return {
    bucket: bucket.name,
    region: target.region,
    endpointUrl: options.endpointUrl,
    account: target.account.id,
    roleArn: options.roleArn ?? (options.assumeRole ? outputs.roleArn : undefined),
    target: encryptionTarget(output),
    fleet: {
      ...{ bucket, accountName: target.account.name, backupBucket: outputs.backupBucket },
      ...(target.batchOperations && { batchRoleArn: batchRoleArn(target.account, target.region) }),
    },
  };
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
  if (work.length + left === 0) throw new Stop(`${options.fleet} has no bucket at stage ${stages.join(" or ")}.`);
  return work;
}
