import { type Command, InvalidArgumentError, Option } from "commander";
import { documentedQuota } from "../../src/checks/preflight/rate-checks";
import { estimate as estimateOf } from "../../src/reencrypt/cost/estimate";
import type { Place } from "../../src/reencrypt/cost/model";
import { virginia } from "../../src/reencrypt/cost/prices";
import { ListRefused } from "../../src/reencrypt/listing";
import { connect } from "./support/connect";
import { type FactsOptions, factsOfSample } from "./support/estimate-facts";
import { factsOfInventory } from "./support/inventory-facts";
import { inventorySource } from "./support/inventory-source";
import {
  addRequestOptions,
  addWhereOptions,
  engineOption,
  rate,
  type WhereOptions,
  wholeNumber,
} from "./support/options";
import { type ExitCode, Stop, worst } from "./support/stop";
import { tellEstimate } from "./support/tell-estimate";
import { sayStop } from "./support/terminal";
import { findWork, type Work } from "./support/work";

interface Options extends WhereOptions, FactsOptions {
  readonly latency: number;
  readonly partitions: number;
  readonly share: number;
  readonly kmsQuota?: number;
  readonly json?: boolean;
}

/** Microseconds that this program takes for an object: docs/performance.md. */
const CPU = 200;

function share(value: string): number {
  const number = Number(value);
  if (!(number > 0) || number > 100) throw new InvalidArgumentError("It must be a number above 0, and at most 100.");
  return number;
}

const sourceOption = (): Option =>
  new Option("--source <inventory=...>", "count what an S3 Inventory lists: s3://<bucket>/.../manifest.json, or a path")
    .argParser(inventorySource)
    .conflicts(["objects", "bytes"]);

export function define(command: Command): void {
  addRequestOptions(addWhereOptions(command).optionsGroup("By which means:").addOption(engineOption()))
    .optionsGroup("What is in it:")
    .addOption(sourceOption())
    .option("--objects <n>", "how many there are (default: counted by a few lists, or by CloudWatch)", wholeNumber)
    .option("--bytes <n>", "how many they have (default: CloudWatch's, or as the sample's)", wholeNumber)
    .option("--sample <n>", "objects that are looked at", wholeNumber, 200)
    .optionsGroup("What is taken for granted:")
    .option("--latency <ms>", "from a request to its answer", rate, 100)
    .option("--partitions <n>", "prefixes that S3 has split the bucket into", wholeNumber, 1)
    .option("--share <percent>", "of the rates of S3 and KMS, what applications leave over", share, 80)
    .option("--kms-quota <n>", "KMS requests per second of the account (default: the documented quota)", rate)
    .optionsGroup("Output:")
    .option("--json", "one JSON document a bucket on standard output")
    .addHelpText(
      "after",
      `
Reads only. A sample says how the objects are encrypted; it is taken from all over the keys, and is no uniform one.
An inventory names every object, as of its day; reencrypt --dry-run looks at everything.

Examples:
  at-rest estimate
  at-rest estimate --bucket acme-uploads --objects 1200000000 --concurrency 1000 --partitions 4
  at-rest estimate --bucket acme-uploads --source inventory=s3://acme-inventories/acme-uploads/all/2026-11-26T01-00Z/manifest.json`,
    )
    .action(async (options: Options) => {
      process.exitCode = await estimate(options);
    });
}

/** One bucket that cannot be looked at hides no other. */
async function estimate(options: Options): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  const works = findWork(options, ["prepare", "encrypt", "enforce"], ({ bucket, stop }) => {
    sayStop(bucket.name, stop);
    codes.push(2);
  });
  if (options.source && works.length > 1) throw new Stop("An inventory is of one bucket.", "Name it with --bucket.");
  for (const work of works) {
    try {
      await oneBucket(work, options);
      codes.push(0);
    } catch (error) {
      if (!(error instanceof Stop || error instanceof ListRefused)) throw error;
      sayStop(work.bucket, error);
      codes.push(2);
    }
  }
  return worst(codes);
}

async function oneBucket(work: Work, options: Options): Promise<void> {
  const connection = await connect(work, options);
  const facts = options.source
    ? await factsOfInventory(connection, options, options.source)
    : await factsOfSample(connection, options);
  const { groups, objects, bytes, looked, from } = facts;
  const keepsVersions = connection.traits.versioning === "Enabled";
  const made = estimateOf(
    { groups, objects, bytes, target: work.target, keepsVersions },
    placeOf(options, work),
    virginia,
  );
  if (options.json) {
    const document = { bucket: work.bucket, objects, bytes, sample: looked, from, ...made };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  }
  tellEstimate(work, facts, made);
}

const placeOf = (options: Options, { region }: Work): Place => ({
  concurrency: options.concurrency,
  latencyMs: options.latency,
  partitions: options.partitions,
  share: options.share / 100,
  kmsQuota: options.kmsQuota ?? documentedQuota(region),
  cpuMicroseconds: CPU,
  dollarsAnHour: 0,
});
