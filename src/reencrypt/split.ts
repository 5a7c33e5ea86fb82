import { compareKeys } from "./intervals";
import type { KeyRange } from "./key-range";
import { type Alphabet, firstAbove, keyBetween } from "./key-space";
import { firstKeyAfter, type Listing } from "./listing";

/** Characters of an alphabet that are tried at most: each one halves what is left of it. */
const GUESSES = 8;
/** Bytes of UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const LONGEST_KEY = 1024;

/**
 * Cuts a range in two where both parts may hold keys, and gives the upper one.
 *
 * Where the keys are is found out by asking for the first one after a guess. Nothing if there is no such place: what is
 * left of the range is a few keys, or was listed meanwhile.
 *
 * @throws ListRefused
 */
export async function split(listing: Listing, range: KeyRange, alphabet: Alphabet): Promise<KeyRange | undefined> {
  const rest = range.rest;
  if (!rest || rest.after === null) return undefined;
  const { after, through } = rest;
  const isAnyKeyAbove = async (guess: string): Promise<boolean> => {
    const key = await firstKeyAfter(listing, guess);
    if (key === undefined) return false;
    alphabet.add(key);
    return through === null || compareKeys(key, through) <= 0;
  };

  let before = await lowestKnownEdge(after, through, listing.prefix ?? "", isAnyKeyAbove);
  for (let guess = 0; guess < GUESSES; guess++) {
    const cut = keyBetween(after, before, listing.prefix ?? "", alphabet.points);
    if (cut === undefined || Buffer.byteLength(cut) > LONGEST_KEY) return undefined;
    if (await isAnyKeyAbove(cut)) return range.giveAway(cut);
    before = cut;
  }
  return undefined;
}

/**
 * A string with no key above it, as low as a search over the characters of `after` finds one.
 *
 * All keys that are left begin with what `after` and this edge have in common, however long that is.
 */
async function lowestKnownEdge(
  after: string,
  through: string | null,
  prefix: string,
  isAnyKeyAbove: (guess: string) => Promise<boolean>,
): Promise<string | null> {
  let edge = through;
  let without = Array.from(prefix).length; // keys all have this many characters of `after`
  let within = Array.from(after).length + 1; // there may be keys that do not have as many
  while (within - without > 1) {
    const length = (without + within) >> 1;
    const guess = firstAbove(after, length);
    const isOutside = guess === undefined || (edge !== null && compareKeys(guess, edge) >= 0);
    if (isOutside || !(await isAnyKeyAbove(guess))) {
      without = length;
      if (!isOutside) edge = guess;
    } else {
      within = length;
    }
  }
  return edge;
}
