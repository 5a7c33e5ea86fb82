import { compareKeys } from "../../reencrypt/intervals";
import type { Counts } from "../../reencrypt/outcome";
import type { Visit } from "../../reencrypt/sweep";
import type { ObjectStore } from "../../s3/object-store";
import { type Bound, upperBound } from "./confidence";

/** How sure a statement about all objects is that rests on some of them. */
const CONFIDENCE = 0.95;

/**
 * Keeps a uniform sample of what passes by, however much that is: Algorithm R.
 *
 * Vitter, "Random sampling with a reservoir", ACM TOMS 11 (1985), https://doi.org/10.1145/3147.3165
 */
export class Reservoir<T> {
  readonly #kept: T[] = [];
  #passed = 0;

  /** @param random evenly from 0 to below 1 */
  constructor(
    readonly size: number,
    readonly random: () => number,
  ) {}

  add(item: T): void {
    this.#passed++;
    if (this.#kept.length < this.size) {
      this.#kept.push(item);
      return;
    }
    const place = Math.floor(this.random() * this.#passed);
    if (place < this.size) this.#kept[place] = item;
  }

  get kept(): readonly T[] {
    return this.#kept;
  }

  /** How many there were. */
  get passed(): number {
    return this.#passed;
  }
}

/** Looks at nothing: only remembers what there is. */
export const choosing =
  (reservoir: Reservoir<string>): Visit =>
  async (id) => {
    reservoir.add(id.key);
    return { ...id, outcome: "alreadyRight" };
  };

/** The same bucket, as if it held the chosen keys only. */
export function onlyThese(store: ObjectStore, keys: readonly string[]): ObjectStore {
  const sorted = [...keys].sort(compareKeys);
  return {
    ...store,
    list: async ({ after, prefix = "", limit }) => {
      const rest = sorted.filter(
        (key) => key.startsWith(prefix) && (after === undefined || compareKeys(key, after) > 0),
      );
      // A size says nothing to a sweep.
      const objects = rest.slice(0, limit).map((key) => ({ key, size: 0 }));
      return { is: "done", value: { objects, more: rest.length > limit } };
    },
  };
}

/** What was found out from a sample. */
export interface SampleFinding extends Bound {
  /** Objects that were listed. */
  readonly population: number;
  /** Objects that were looked at. Those that were deleted meanwhile are not among them. */
  readonly looked: number;
  /** Of those: not as the target says, or not to be looked at. */
  readonly wrong: number;
  readonly inWords: string;
}

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;
const grouped = (value: number): string => value.toLocaleString("en-US");

/** @param counts of the objects of the sample */
export function sampleFinding(population: number, counts: Counts): SampleFinding {
  const wrong = (counts.notCompliant ?? 0) + (counts.cannot ?? 0) + (counts.failed ?? 0);
  const looked = wrong + (counts.alreadyRight ?? 0);
  const of = `${grouped(looked)} of ${grouped(population)} objects were looked at, chosen evenly at random`;
  if (looked >= population) {
    const atMost = population === 0 ? 0 : wrong / population;
    return {
      confidence: 1,
      atMost,
      population,
      looked,
      wrong,
      inWords: `All ${grouped(population)} objects were looked at.`,
    };
  }
  const bound = upperBound(wrong, looked, CONFIDENCE);
  const objects = grouped(Math.floor(bound.atMost * population));
  const inWords = `${of}, and ${grouped(wrong)} ${wrong === 1 ? "was" : "were"} wrong. With 95 % confidence at most ${percent(bound.atMost)} of all are wrong, which is ${objects} objects: of a hundred such samples about five would promise too much. This is no claim about any object that was not looked at.`;
  return { ...bound, population, looked, wrong, inWords };
}
