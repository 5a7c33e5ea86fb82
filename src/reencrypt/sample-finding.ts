import { type Bound, upperBound } from "./confidence";

/** How sure a statement about all objects is that rests on some of them. */
const CONFIDENCE = 0.95;

/** Objects by the number. */
export interface Sampled {
  /** All that the sample was chosen from. */
  readonly population: number;
  /** Those that were looked at. */
  readonly looked: number;
  /** Of those: not as the target says, or not to be looked at. */
  readonly wrong: number;
}

/** What was found out from a sample. */
export interface SampleFinding extends Bound, Sampled {
  readonly inWords: string;
}

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;
const grouped = (value: number): string => value.toLocaleString("en-US");

/** @param what the objects that the sample was chosen from */
export function sampleFinding({ population, looked, wrong }: Sampled, what = "objects"): SampleFinding {
  const of = `${grouped(looked)} of ${grouped(population)} ${what} were looked at, chosen evenly at random`;
  if (looked >= population) {
    const atMost = population === 0 ? 0 : wrong / population;
    const inWords = `All ${grouped(population)} ${what} were looked at.`;
    return { confidence: 1, atMost, population, looked, wrong, inWords };
  }
  const bound = upperBound(wrong, looked, CONFIDENCE);
  const objects = grouped(Math.floor(bound.atMost * population));
  const inWords = `${of}, and ${grouped(wrong)} ${wrong === 1 ? "was" : "were"} wrong. With 95 % confidence at most ${percent(bound.atMost)} of all are wrong, which is ${objects} objects: of a hundred such samples about five would promise too much. This is no claim about any object that was not looked at.`;
  return { ...bound, population, looked, wrong, inWords };
}
