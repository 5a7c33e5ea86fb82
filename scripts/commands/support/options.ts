import { type Command, InvalidArgumentError, Option } from "commander";
import { fleetFile } from "../../../src/fleet/load";
import { localDirectory, OWN_DIRECTORY, runPlace } from "./run-place";

/** Where the buckets come from: the fleet and what its stacks answered, or flags. */
export interface WhereOptions {
  readonly fleet: string;
  readonly bucket?: string[];
  readonly region?: string;
  readonly endpointUrl?: string;
  readonly sse?: "AES256" | "aws:kms" | "aws:kms:dsse";
  readonly kmsKeyArn?: string;
  readonly bucketKey: boolean;
  readonly expectedBucketOwner?: string;
  readonly roleArn?: string;
  readonly assumeRole: boolean;
}

export interface SweepOptions {
  readonly prefix?: string;
  readonly concurrency: number;
  readonly maxRequestsPerSecond?: number;
  readonly transport: "lean" | "sdk";
  readonly customerKeyFile?: string[];
  /** Minutes. @default no limit */
  readonly stopAfter?: number;
}

export interface OutputOptions {
  readonly json?: boolean;
  /** Whether the report names every object. @default false: the exceptions */
  readonly logObjects?: boolean;
}

export const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Each takes a few sockets, and the memory of what it has in its hands. */
const MOST_AT_ONCE = 10_000;

/** @throws InvalidArgumentError */
export function rate(value: string): number {
  const number = Number(value);
  if (!(number > 0) || !Number.isFinite(number)) throw new InvalidArgumentError("It must be a number above 0.");
  return number;
}

/** A week: no job lasts as long, and timers hold no more than 24 days. */
const LONGEST_IN_MINUTES = 10_080;

function minutes(value: string): number {
  const number = Number(value);
  if (!(number > 0) || number > LONGEST_IN_MINUTES) {
    throw new InvalidArgumentError(`It must be a number above 0, and at most ${LONGEST_IN_MINUTES}.`);
  }
  return number;
}

export function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError("It must be a whole number above 0.");
  return number;
}

function atOnce(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > MOST_AT_ONCE) {
    throw new InvalidArgumentError(`It must be a number above 0, whole, and at most ${MOST_AT_ONCE}.`);
  }
  return number;
}

/** @param whichBucket what `--bucket` is for. @default the buckets to work on */
export const addWhereOptions = (
  command: Command,
  whichBucket = "this bucket only; may be repeated (default: every bucket of the fleet)",
): Command =>
  command
    .optionsGroup("Which buckets:")
    .option("--fleet <file>", "the fleet; its stacks' outputs are beside it", fleetFile())
    .option("--bucket <name>", whichBucket, collect)
    .option("--no-assume-role", "use the caller's own permissions, not the stack's re-encryption role")
    .optionsGroup("A bucket by hand, without a fleet:")
    .addOption(new Option("--sse <algorithm>", "what to encrypt with").choices(["AES256", "aws:kms", "aws:kms:dsse"]))
    .option("--kms-key-arn <arn>", "the key, as a full key ARN")
    .option("--no-bucket-key", "without an S3 Bucket Key (default: with, for aws:kms)")
    .option("--region <region>", "where the bucket is (default: AWS_REGION)")
    .option("--endpoint-url <url>", "S3 at another place than AWS")
    .option("--expected-bucket-owner <account>", "12-digit account id (default: the caller's account)")
    .option("--role-arn <arn>", "assume this role first");

/** Of whatever asks S3 for many objects. */
export const addRequestOptions = (command: Command): Command =>
  command
    .optionsGroup("How fast, and how much:")
    .option("--prefix <prefix>", "only keys that begin with it")
    .option(
      "--customer-key-file <file>",
      "keys of objects under SSE-C: 32 bytes, or base64, one a line; may be repeated",
      collect,
    )
    .option("--concurrency <n>", "objects, and requests, at the same time", atOnce, 128)
    .option("--max-requests-per-second <n>", "never more (default: as many as S3 and KMS take)", rate)
    .addOption(
      new Option("--transport <client>", "sdk: through the AWS SDK, at twenty times the processor time")
        .choices(["lean", "sdk"])
        .default("lean"),
    );

/** @param then what the same command does after it */
export const addSweepOptions = (command: Command, then = "goes on from there"): Command =>
  addRequestOptions(command).option(
    "--stop-after <minutes>",
    `then stop as Ctrl-C does; the same command ${then}`,
    minutes,
  );

const newRunOption = ["--new-run", "leave an unfinished run as it is and begin anew"] as const;

/** @param instead of runs in S3 */
export const addRunOptions = (command: Command, instead: string): Command =>
  command
    .option(
      "--run-directory <directory>",
      "where runs are journaled, to be resumed",
      localDirectory(instead),
      OWN_DIRECTORY,
    )
    .option(...newRunOption);

export const addRunPlaceOption = (command: Command): Command =>
  command.option(
    "--run-directory <place>",
    "for the journals: a directory, or s3://<bucket>/<prefix>",
    runPlace,
    OWN_DIRECTORY,
  );

/** The same, where runs can be in S3. */
export const addRunPlaceOptions = (command: Command): Command => addRunPlaceOption(command).option(...newRunOption);

const engines = ["auto", "update", "copy"] as const;

export const engineOption = (): Option =>
  new Option("--engine <engine>", "auto: update where S3 can, copy otherwise").choices(engines).default("auto");

export const engineOrBatchOption = (): Option =>
  new Option(
    "--engine <engine>",
    "auto: update where S3 can, copy otherwise; batch: first by jobs of S3 Batch Operations, then auto",
  )
    .choices([...engines, "batch"])
    .default("auto");

export const versionsOption = (says = "noncurrent by update (default: the fleet's, or current)"): Option =>
  new Option("--versions <which>", says).choices(["current", "all"]);
