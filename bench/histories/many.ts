import { type HistoryEnd, runHistory } from "./history";
import type { Tamper } from "./product";
import type { Gap } from "./unpreventable";
import { createWorld } from "./world";

/** Histories that share a local AWS before it is thrown away with all its objects. */
export const PER_WORLD = 100;

/** A history that somebody has to read. */
export interface Told {
  readonly seed: number;
  /** What happened, step by step. */
  readonly story: string;
}

export interface Findings {
  readonly histories: number;
  /** How many objects came to which end. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Histories with something that must never be. */
  readonly bad: readonly Told[];
  /** Histories with a change of somebody else that was undone where nothing can prevent it, by kind of bucket. */
  readonly unpreventable: Readonly<Record<HistoryEnd["versioning"], number>>;
  /** Those of them in buckets with versions: few, and each may be one that could have been prevented. */
  readonly despiteVersions: readonly (Told & { readonly why: Gap })[];
}

interface Options {
  /** Stops after so many bad ones, which are for people to read. @default 10 */
  readonly mostBad?: number;
  readonly tamper?: Tamper;
  /** @default false */
  readonly forgetful?: boolean;
}

export const nothingYet: Findings = {
  histories: 0,
  outcomes: new Map(),
  bad: [],
  unpreventable: { Disabled: 0, Enabled: 0, Suspended: 0 },
  despiteVersions: [],
};

/** What two lots of histories found together. */
export function together(one: Findings, other: Findings): Findings {
  const outcomes = new Map(one.outcomes);
  for (const [outcome, objects] of other.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + objects);
  const both = (versioning: HistoryEnd["versioning"]) =>
    one.unpreventable[versioning] + other.unpreventable[versioning];
  return {
    histories: one.histories + other.histories,
    outcomes,
    bad: [...one.bad, ...other.bad],
    unpreventable: { Disabled: both("Disabled"), Enabled: both("Enabled"), Suspended: both("Suspended") },
    despiteVersions: [...one.despiteVersions, ...other.despiteVersions],
  };
}

function findingsOf({ seed, versioning, violations, unpreventable, outcomes, story }: HistoryEnd): Findings {
  const ends = new Map<string, number>();
  for (const { outcome, because } of outcomes) {
    const end = because ? `${outcome}: ${because}` : outcome;
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  const isGood = violations.length === 0;
  const [first] = unpreventable;
  return {
    histories: 1,
    outcomes: ends,
    bad: isGood ? [] : [{ seed, story: story() }],
    unpreventable: { ...nothingYet.unpreventable, ...(first && { [versioning]: 1 }) },
    despiteVersions: first && versioning === "Enabled" ? [{ seed, story: story(), why: first.why }] : [],
  };
}

/** Runs histories with the seeds from `firstSeed` on, in this process. */
export async function runHistories(
  firstSeed: number,
  histories: number,
  { mostBad = 10, tamper, forgetful }: Options = {},
): Promise<Findings> {
  let found = nothingYet;
  let world = await createWorld();
  for (let done = 0; done < histories && found.bad.length < mostBad; done++) {
    if (done > 0 && done % PER_WORLD === 0) world = await createWorld();
    found = together(found, findingsOf(await runHistory(world, firstSeed + done, tamper, forgetful)));
  }
  return found;
}
