import { type HistoryEnd, runHistory } from "./history";
import type { Tamper } from "./product";
import { createWorld } from "./world";

/** Histories that share a local AWS before it is thrown away with all its objects. */
const PER_WORLD = 500;

export interface Findings {
  readonly histories: number;
  readonly firstSeed: number;
  /** How many objects came to which end. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Histories with something that must never be. */
  readonly bad: readonly HistoryEnd[];
  /** Histories with a change of somebody else that was undone where nothing can prevent it, by kind of bucket. */
  readonly unpreventable: ReadonlyMap<string, number>;
}

interface Options {
  /** Stops after so many bad ones, which are for people to read. @default 10 */
  readonly mostBad?: number;
  readonly tamper?: Tamper;
  /** @default false */
  readonly forgetful?: boolean;
  readonly onProgress?: (done: number) => void;
  /** Told of each bad one at once: hours of histories may be ended before their time. */
  readonly onBad?: (end: HistoryEnd) => void;
  /** Once it is aborted no further history begins. @default never */
  readonly stop?: AbortSignal;
}

/** Runs histories with the seeds from `firstSeed` on. */
export async function runHistories(
  firstSeed: number,
  histories: number,
  { mostBad = 10, tamper, forgetful, onProgress, onBad, stop }: Options = {},
): Promise<Findings> {
  const outcomes = new Map<string, number>();
  const unpreventable = new Map<string, number>();
  const bad: HistoryEnd[] = [];
  const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  let world = await createWorld();
  let done = 0;
  for (; done < histories && bad.length < mostBad && !stop?.aborted; done++) {
    if (done % PER_WORLD === PER_WORLD - 1) {
      world = await createWorld();
      onProgress?.(done);
    }
    const end = await runHistory(world, firstSeed + done, tamper, forgetful);
    for (const { outcome, because } of end.outcomes) count(outcomes, because ? `${outcome}: ${because}` : outcome);
    if (end.unpreventable.length > 0) count(unpreventable, end.versioning);
    if (end.violations.length === 0) continue;
    bad.push(end);
    onBad?.(end);
  }
  return { histories: done, firstSeed, outcomes, bad, unpreventable };
}
