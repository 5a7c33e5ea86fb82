import { type Command, InvalidArgumentError, Option } from "commander";
import {
  type CountOrPercentage,
  defaultPreferences,
  type OperationPreferences,
} from "../../../src/rollout/preferences";
import { isAlarmArn } from "./alarms";
import { Stop } from "./stop";

export interface PreferenceOptions {
  readonly failureToleranceCount?: number;
  readonly failureTolerancePercentage?: number;
  readonly maxConcurrentCount?: number;
  readonly maxConcurrentPercentage?: number;
  readonly concurrencyMode: OperationPreferences["concurrencyMode"];
  readonly regionConcurrencyType: OperationPreferences["regionConcurrencyType"];
  readonly regionOrder?: string[];
}

export function whole(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  return Number(value);
}

function percentage(value: string): number {
  const number = whole(value);
  if (number > 100) throw new InvalidArgumentError("It must be a percentage, at most 100.");
  return number;
}

export function minutes(value: string): number {
  const number = Number(value);
  if (!(number >= 0) || !Number.isFinite(number)) throw new InvalidArgumentError("It must be minutes, 0 or more.");
  return number;
}

export function alarmArns(value: string, before: string[] | undefined): string[] {
  if (!isAlarmArn(value)) throw new InvalidArgumentError("It must be the ARN of a CloudWatch alarm.");
  return [...(before ?? []), value];
}

/** The words are those of CloudFormation StackSets. */
export const addPreferenceOptions = (command: Command): Command =>
  command
    .optionsGroup("How, in the words of StackSets; counted within a Region:")
    .option("--failure-tolerance-count <n>", "targets that may fail (default: 0)", whole)
    .option("--failure-tolerance-percentage <n>", "the same, rounded down", percentage)
    .option("--max-concurrent-count <n>", "targets at the same time (default: 1)", whole)
    .option("--max-concurrent-percentage <n>", "the same, rounded down, at least 1", percentage)
    .addOption(
      new Option("--concurrency-mode <mode>", "strict: no more at work than may still fail, and one")
        .choices(["STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE"])
        .default(defaultPreferences.concurrencyMode),
    )
    .addOption(
      new Option("--region-concurrency-type <type>", "Regions one after the other, or all at once")
        .choices(["SEQUENTIAL", "PARALLEL"])
        .default(defaultPreferences.regionConcurrencyType),
    )
    .option("--region-order <regions...>", "Regions that come first (default: as in the fleet)");

function one(
  name: string,
  count: number | undefined,
  percent: number | undefined,
  otherwise: CountOrPercentage,
): CountOrPercentage {
  if (count !== undefined && percent !== undefined) {
    throw new Stop(`--${name}-count and --${name}-percentage say the same thing twice.`, "Give one of them.");
  }
  if (count !== undefined) return { count };
  return percent === undefined ? otherwise : { percentage: percent };
}

/** @throws Stop where two options contradict each other */
export function preferencesOf(options: PreferenceOptions): OperationPreferences {
  const { failureToleranceCount, failureTolerancePercentage, maxConcurrentCount, maxConcurrentPercentage } = options;
  const { failureTolerance, maxConcurrent } = defaultPreferences;
  return {
    failureTolerance: one("failure-tolerance", failureToleranceCount, failureTolerancePercentage, failureTolerance),
    maxConcurrent: one("max-concurrent", maxConcurrentCount, maxConcurrentPercentage, maxConcurrent),
    concurrencyMode: options.concurrencyMode,
    regionConcurrencyType: options.regionConcurrencyType,
    regionOrder: options.regionOrder ?? [],
  };
}
