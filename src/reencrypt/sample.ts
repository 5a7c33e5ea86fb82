import type { ObjectId } from "../s3/object-store";
import { KeyRange } from "./key-range";
import { Alphabet } from "./key-space";
import type { Listing } from "./listing";
import { split } from "./split";

export interface SampleSize {
  /** Pages of the listing that are read at most. */
  readonly pages: number;
  /** Objects that are taken from them at most. */
  readonly objects: number;
}

export interface Sample {
  readonly objects: readonly ObjectId[];
  /** Objects of the pages that were read. */
  readonly listed: number;
  /** Whether these are all that there are, so that `listed` is their number. */
  readonly whole: boolean;
}

/**
 * Objects from all over a bucket, for a few requests.
 *
 * It is no uniform sample: that takes the whole listing. Pages are read where the key space can be cut in two, again
 * and again, and each page gives about as many objects, at random.
 *
 * @param random from 0 up to 1
 * @throws ListRefused
 */
export async function sampleOf(listing: Listing, size: SampleSize, random: () => number): Promise<Sample> {
  const alphabet = new Alphabet();
  const pages: (readonly ObjectId[])[] = [];
  const open: KeyRange[] = [];
  const read = async (range: KeyRange): Promise<void> => {
    const page = await range.nextPage();
    if (!page) return;
    for (const { key } of page.objects) alphabet.add(key);
    pages.push(page.objects);
    if (range.rest) open.push(range);
  };

  await read(new KeyRange(listing, { after: null, through: null }));
  const whole = open.length === 0;
  while (pages.length < size.pages) {
    const range = open.shift(); // the one that was cut longest ago
    if (!range) break;
    const upper = await split(listing, range, alphabet);
    if (!upper) continue;
    open.push(range);
    await read(upper);
  }
  const listed = pages.reduce((sum, objects) => sum + objects.length, 0);
  return { objects: drawn(pages, size.objects, random), listed, whole };
}

/** As many from each page as from the others, as long as it has some. */
function drawn(pages: readonly (readonly ObjectId[])[], count: number, random: () => number): ObjectId[] {
  const left = pages.map((objects) => [...objects]);
  const taken: ObjectId[] = [];
  while (taken.length < count && left.some((objects) => objects.length > 0)) {
    for (const objects of left) {
      if (taken.length === count) break;
      const [one] = objects.splice(Math.floor(random() * objects.length), 1);
      if (one) taken.push(one);
    }
  }
  return taken;
}
