import type { Interval } from "../../../src/reencrypt/intervals";
import { newestRun, type RunRequest, UnfinishedRun } from "../../../src/reencrypt/open-run";
import type { RunStore } from "../../../src/reencrypt/run-store";
import {
  type Division,
  folderOf,
  isOver,
  joinDivision,
  newestDivision,
  type ShardState,
  shardState,
} from "../../../src/reencrypt/s3-runs/division";
import { holderOf, type LeaseProps } from "../../../src/reencrypt/s3-runs/lease";
import { s3Runs } from "../../../src/reencrypt/s3-runs/s3-runs";
import { sampleOf } from "../../../src/reencrypt/sample";
import { cutsAt, rangesFor, rangesOf, type Shard } from "../../../src/reencrypt/shards";
import type { ObjectStore } from "../../../src/s3/object-store";
import { realClock } from "./clock";
import { say } from "./terminal";

/** Keys of the sample for each range: enough that no range is much larger than another by chance. */
const KEYS_A_RANGE = 16;

/** What a process works on that is one of several. */
export interface ShardRuns {
  readonly store: RunStore;
  readonly division: Division;
  /** Its keys. */
  readonly within: readonly Interval[];
  /** Below the runs of the bucket. */
  readonly folder: string;
  readonly shard: Shard;
  /** With which it has come to its end; nothing where it has not. */
  readonly exitCode: number | undefined;
  /** A line for each shard that has not come to its end, where this one has. */
  readonly left: readonly string[];
}

export interface ShardsProps {
  readonly props: LeaseProps;
  readonly shard: Shard;
  readonly request: RunRequest;
  readonly newRun: boolean;
  readonly listing: { readonly store: ObjectStore; readonly prefix?: string; readonly versions: "current" | "all" };
}

export const shardStore = (props: LeaseProps, division: Division, number: number): RunStore =>
  s3Runs({ ...props, objects: props.objects.below(folderOf(division, number)) });

export const statesOf = (props: LeaseProps, division: Division): Promise<readonly ShardState[]> =>
  Promise.all(
    Array.from({ length: division.shards }, (_, index) =>
      shardState(shardStore(props, division, index + 1), index + 1),
    ),
  );

/**
 * Finds the shards that are being worked on, or divides the bucket.
 *
 * @throws UnfinishedRun where another division, or a run without shards, is not finished
 * @throws RunsNotReached
 * @throws ListRefused
 */
export async function joinShards({ props, shard, request, newRun, listing }: ShardsProps): Promise<ShardRuns> {
  const whole = s3Runs(props);
  const run = await newestRun(whole);
  if (run && (await whole.exitCode(run.id)) === undefined) {
    throw new UnfinishedRun(`${whole.place}/${run.id} is an unfinished run without shards`);
  }
  let states: readonly ShardState[] = [];
  const division = await joinDivision({
    ...{ objects: props.objects, shard, request, newRun, by: props.holder.name },
    dividedAt: new Date(realClock.now()).toISOString(),
    cuts: async () => {
      say(`Dividing the bucket into ${shard.of} shards.`);
      const ranges = rangesFor(shard.of);
      const { objects } = await sampleOf(listing, { pages: ranges, objects: ranges * KEYS_A_RANGE }, realClock.random);
      return cutsAt(
        objects.map(({ key }) => key),
        ranges,
      );
    },
    states: async (found) => {
      states = await statesOf(props, found);
      return states;
    },
  });
  const exitCode = states[shard.number - 1]?.exitCode;
  return {
    ...{ store: shardStore(props, division, shard.number), division, shard, exitCode },
    within: rangesOf(division.cuts, shard),
    folder: folderOf(division, shard.number),
    left: exitCode === undefined ? [] : await unfinishedLines(props, division, states),
  };
}

/** @throws UnfinishedRun where shards of an earlier command have not all come to their end */
export async function refuseUnfinishedShards(props: LeaseProps): Promise<void> {
  const division = await newestDivision(props.objects);
  if (!division || isOver(await statesOf(props, division))) return;
  const { shards, number } = division;
  throw new UnfinishedRun(`${props.objects.placeOf("")} has an unfinished run in ${shards} shards, number ${number}`);
}

/** One line for each shard that has not come to its end: by whom it is held. */
export async function unfinishedLines(
  props: LeaseProps,
  division: Division,
  states: readonly ShardState[],
): Promise<string[]> {
  const left = states.filter(({ exitCode }) => exitCode === undefined);
  return Promise.all(
    left.map(async ({ number, run }) => {
      const holder = await holderOf(props.objects.below(folderOf(division, number)));
      const who = holder === undefined ? "nobody is at work on it" : `${holder} is at work on it, if it is not gone`;
      return `shard ${number}/${division.shards} ${run ? "has not come to its end" : "was not begun"}: ${who}`;
    }),
  );
}
