import { existsSync, readFileSync } from "node:fs";
import type { Fleet, FleetBucket, Stage, Target } from "../../../src/fleet/fleet";
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
import type { Unready, Work } from "./work";

/** @throws Stop if the fleet cannot be read, with every mistake in it */
export function readFleet(file: string): Fleet {
  if (!existsSync(file)) {
    throw new Stop(
      `${file} is not there.`,
      "Name the fleet's file with --fleet or FLEET; at-rest discover drafts one.",
    );
  }
  try {
    return loadFleet(file);
  } catch (error) {
    if (error instanceof FleetError) throw new Stop(error.mistakes);
    throw error;
  }
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

/** The buckets of the fleet, or those of them that are named. @throws Stop */
export function workOfFleet(options: WhereOptions, stages: readonly Stage[], unready?: (one: Unready) => void): Work[] {
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
          `Change its stage in ${fleet.file} and apply the stack first.`,
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
