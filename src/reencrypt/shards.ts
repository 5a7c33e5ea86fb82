import { compareKeys, type Interval } from "./intervals";

/** One of so many equal parts of a bucket. */
export interface Shard {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

/** Each shard has a folder, and each range takes a few requests to find. */
export const MOST_SHARDS = 256;
const RANGES_A_SHARD = 64;
const MOST_RANGES = 1024;

/**
 * Ranges of keys that a bucket is cut into for so many shards.
 *
 * Many for each, since nobody knows how many keys are in a range without listing it: a shard has every so many-th, and what
 * one of them has too much the others have too little.
 */
export const rangesFor = (shards: number): number =>
  Math.max(2 * shards, Math.min(RANGES_A_SHARD * shards, MOST_RANGES));

/**
 * Where to cut, in ascending order: between any two cuts are about as many of the keys. None twice.
 *
 * @param keys a sample, in any order
 */
export function cutsAt(keys: readonly string[], ranges: number): string[] {
  const sorted = [...keys].sort(compareKeys);
  const cuts: string[] = [];
  for (let range = 1; range < ranges; range++) {
    const cut = sorted[Math.floor((sorted.length * range) / ranges)];
    if (cut !== undefined && cut !== cuts.at(-1)) cuts.push(cut);
  }
  return cuts;
}

/** The keys of one shard. Those of all shards are all keys there can be, and none is in two. */
export const rangesOf = (cuts: readonly string[], { number, of }: Shard): Interval[] =>
  [null, ...cuts]
    .map((after, index): Interval => ({ after, through: cuts[index] ?? null }))
    .filter((_, index) => index % of === number - 1);
