import { parseOfFormat } from "../format";
import { hashOf, newestRun, otherThan, type RunFile, type RunRequest, UnfinishedRun } from "../open-run";
import type { RunStore } from "../run-store";
import type { Shard } from "../shards";
import type { RunObjects } from "./run-objects";

/** How a bucket is divided into shards: written by whoever comes first, and read by all others. */
export interface Division {
  readonly format: 1;
  /** From 1. */
  readonly number: number;
  readonly shards: number;
  /** Of all shards alike. */
  readonly request: RunRequest;
  readonly requestHash: string;
  /** ISO 8601. */
  readonly dividedAt: string;
  /** Who divided. */
  readonly by: string;
  /** Keys in ascending order: each is the last one of its range. */
  readonly cuts: readonly string[];
}

const DIGITS = 6;
const fileName = /^shards-(\d{6})\.json$/;
/** As it is called in messages and in reports. */
export const nameOf = ({ number }: Pick<Division, "number">): string =>
  `shards-${String(number).padStart(DIGITS, "0")}`;

/** Below which the runs of a shard are. */
export const folderOf = (division: Division, shard: number): string => `${nameOf(division)}/${shard}/`;

/** The newest one; nothing where none was made. @throws UnfinishedRun if it cannot be read. @throws RunsNotReached */
export async function newestDivision(objects: RunObjects): Promise<Division | undefined> {
  const newest = (await objects.top()).names.filter((name) => fileName.test(name)).at(-1);
  const found = newest === undefined ? undefined : await objects.read(newest);
  if (newest === undefined || !found) return undefined;
  const division = parseOfFormat<Division>(found.text);
  if (division && fileName.exec(newest)?.[1] === String(division.number).padStart(DIGITS, "0")) return division;
  throw new UnfinishedRun(`${objects.placeOf(newest)} is not the file of shards of this format`);
}

/** How far a shard is. */
export interface ShardState {
  readonly number: number;
  /** Its newest run; nothing where nobody has begun it. */
  readonly run: RunFile | undefined;
  /** Nothing where it has not come to its end. */
  readonly exitCode: number | undefined;
}

/** @param storeOf the runs of a shard */
export async function shardState(store: RunStore, number: number): Promise<ShardState> {
  const run = await newestRun(store);
  return { number, run, exitCode: run && (await store.exitCode(run.id)) };
}

export interface DivisionProps {
  readonly objects: RunObjects;
  readonly shard: Shard;
  readonly request: RunRequest;
  readonly dividedAt: string;
  readonly by: string;
  /** Where to cut, if nobody has before. */
  readonly cuts: () => Promise<readonly string[]>;
  /** Whether to divide anew for the same run, once all shards of the last one have come to their end. */
  readonly newRun: boolean;
  readonly states: (division: Division) => Promise<readonly ShardState[]>;
}

/**
 * The division that is to be worked on: the newest one, unless it is over and something else, or a new run, is asked for.
 *
 * So a shard whose machine is started again, after it and all others have come to their end, begins nothing by itself.
 *
 * @throws UnfinishedRun if the newest one is into another number of shards, or of another run
 * @throws RunsNotReached
 */
export async function joinDivision(props: DivisionProps): Promise<Division> {
  const { objects, shard, request } = props;
  for (;;) {
    const newest = await newestDivision(objects);
    const isSame = newest?.shards === shard.of && newest.requestHash === hashOf(request);
    const over = newest === undefined || isOver(await props.states(newest));
    if (newest && isSame && !(over && props.newRun)) return newest;
    if (newest && !over) {
      const place = objects.placeOf(`${nameOf(newest)}.json`);
      if (newest.shards !== shard.of) {
        throw new UnfinishedRun(`${place} divides the bucket into ${newest.shards} shards, not into ${shard.of}`);
      }
      throw new UnfinishedRun(
        `${place} is of an unfinished run, and of another one: ${otherThan(newest.request, request)}`,
      );
    }
    const number = (newest?.number ?? 0) + 1;
    const { dividedAt, by } = props;
    const common = { format: 1, number, shards: shard.of, request, requestHash: hashOf(request) } as const;
    const division: Division = { ...common, dividedAt, by, cuts: await props.cuts() };
    // Of several that come at the same time one is first, and its cuts are everybody's.
    await objects.create(`${nameOf(division)}.json`, `${JSON.stringify(division)}\n`);
  }
}

export const isOver = (states: readonly ShardState[]): boolean =>
  states.every(({ exitCode }) => exitCode !== undefined);
