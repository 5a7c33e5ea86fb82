import { compareKeys, type Interval } from "./intervals";
import { type Batch, batches, type Listed, type Listing } from "./listing";

/** What a stretch of keys holds. Intervals end on keys, also where one key has many versions. */
export interface Page extends Interval {
  readonly objects: readonly Listed[];
}

/** A stretch of keys that is listed page by page. Its upper part can be given away as long as it has not been listed. */
export class KeyRange {
  readonly #listing: Listing;
  readonly #batches: AsyncGenerator<Batch>;
  #after: string | null;
  #through: string | null;
  #ended = false;

  constructor(listing: Listing, { after, through }: Interval) {
    this.#listing = listing;
    this.#batches = batches(listing, after);
    this.#after = after;
    this.#through = through;
  }

  /** What has not been listed yet; nothing once everything has. */
  get rest(): Interval | undefined {
    return this.#ended ? undefined : { after: this.#after, through: this.#through };
  }

  /** The next page; nothing after the last. Together they cover the range without gaps or overlaps. @throws ListRefused */
  async nextPage(): Promise<Page | undefined> {
    if (this.#ended) return undefined;
    const { done, value: batch } = await this.#batches.next();
    if (done) throw new Error("a listing went on after its last batch");
    // Read after the wait, since the upper part may have been given away meanwhile.
    const through = this.#through;
    const objects =
      through === null ? batch.objects : batch.objects.filter(({ key }) => compareKeys(key, through) <= 0);
    const end = batch.objects.at(-1)?.key ?? null;
    this.#ended = batch.last || objects.length < batch.objects.length || end === through;
    const page = { after: this.#after, through: this.#ended ? through : end, objects };
    this.#after = page.through;
    return page;
  }

  /** The keys above `cut` as a range of their own. Nothing if the cut does not lie in what is left to list. */
  giveAway(cut: string): KeyRange | undefined {
    const after = this.#after;
    const through = this.#through;
    const isInside =
      !this.#ended &&
      (after === null || compareKeys(cut, after) > 0) &&
      (through === null || compareKeys(cut, through) < 0);
    if (!isInside) return undefined;
    this.#through = cut;
    return new KeyRange(this.#listing, { after: cut, through });
  }
}
