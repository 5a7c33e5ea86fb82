import type { Interval } from "./intervals";
import { KeyRange, type Page } from "./key-range";
import { Alphabet } from "./key-space";
import type { Listed, Listing } from "./listing";
import { split } from "./split";

/** Ranges that are listed at the same time. S3's request rates are of partitions, and those are ranges of keys. */
const LANES = 16;
/** One key in so many is looked at for the characters that keys are made of. */
const SAMPLE = 100;

/** One object that is somebody's turn. */
export interface Turn {
  readonly lane: Lane;
  readonly page: Page;
  /** Of the object in its page. */
  readonly index: number;
  readonly object: Listed;
}

/** A range of keys that is being worked on. */
interface Lane {
  readonly range: KeyRange;
  /** Whose objects are next. Earlier pages may still have some in flight. */
  page: Page | undefined;
  /** The next object of the page. */
  index: number;
  inFlight: number;
  pages: number;
  /** How many pages the lane has to have had before it is cut in two. */
  splitAt: number;
}

export interface LanesProps {
  readonly listing: Listing;
  /** What there is to do: intervals that do not overlap. */
  readonly intervals: readonly Interval[];
  /** Called with every page before its first object's turn comes. */
  readonly onPage: (page: Page) => Promise<void>;
  /** Called once if the bucket cannot be listed, or a page was not taken. Nothing is listed after it. */
  readonly onError: (error: unknown) => void;
}

/**
 * Lists a bucket in several lanes, each a range of keys, and says whose turn it is.
 *
 * It begins with few lanes and cuts them in two while there is room for more. The lane with the fewest objects in flight
 * is next, so that all get the same share and a slow one does not hold up the others.
 */
export class Lanes {
  readonly #props: LanesProps;
  readonly #alphabet = new Alphabet();
  readonly #waiting: Interval[];
  readonly #lanes = new Set<Lane>();
  #splitting = 0;
  #stopped = false;
  #wake: (() => void)[] = [];

  constructor(props: LanesProps) {
    this.#props = props;
    this.#waiting = [...props.intervals];
    this.#begin();
  }

  /** Nothing if no object is ready: then there is `change` to wait for, unless it is `over`. */
  take(): Turn | undefined {
    let chosen: Lane | undefined;
    for (const lane of this.#lanes) {
      if (lane.page && (!chosen || lane.inFlight < chosen.inFlight)) chosen = lane;
    }
    const object = chosen?.page?.objects[chosen.index];
    if (!chosen?.page || !object) return undefined;
    const turn = { lane: chosen, page: chosen.page, index: chosen.index, object };
    chosen.index++;
    chosen.inFlight++;
    if (chosen.index === chosen.page.objects.length) {
      chosen.page = undefined;
      this.#guard(this.#turnPage(chosen));
    }
    return turn;
  }

  finished({ lane }: Turn): void {
    lane.inFlight--;
  }

  /** No object is left whose turn has not come. */
  get over(): boolean {
    return this.#stopped || (this.#lanes.size === 0 && this.#splitting === 0 && this.#waiting.length === 0);
  }

  change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** Lists no more; whoever waits for a change is woken. */
  stop(): void {
    this.#stopped = true;
    this.#changed();
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const one of wake) one();
  }

  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#stopped) this.#props.onError(error);
      this.stop();
    });
  }

  #begin(): void {
    while (this.#lanes.size < LANES) {
      const interval = this.#waiting.shift();
      if (!interval) return;
      this.#open(new KeyRange(this.#props.listing, interval));
    }
  }

  #open(range: KeyRange): void {
    const lane: Lane = { range, page: undefined, index: 0, inFlight: 0, pages: 0, splitAt: 1 };
    this.#lanes.add(lane);
    this.#guard(this.#turnPage(lane));
  }

  async #turnPage(lane: Lane): Promise<void> {
    for (;;) {
      const page = await lane.range.nextPage();
      if (this.#stopped) return;
      if (!page) break;
      await this.#props.onPage(page);
      lane.pages++;
      if (page.objects.length === 0) continue;
      lane.page = page;
      lane.index = 0;
      this.#changed();
      this.#guard(this.#split(lane, page));
      return;
    }
    this.#lanes.delete(lane);
    this.#begin();
    this.#changed();
  }

  async #split(lane: Lane, { objects }: Page): Promise<void> {
    for (let index = 0; index < objects.length; index += SAMPLE) this.#alphabet.add(objects[index]?.key ?? "");
    if (lane.pages < lane.splitAt || this.#lanes.size + this.#splitting >= LANES || this.#waiting.length > 0) return;
    lane.splitAt = Number.POSITIVE_INFINITY; // one attempt at a time
    this.#splitting++;
    try {
      const upper = await split(this.#props.listing, lane.range, this.#alphabet);
      // Where no place was found it is tried again later, and ever less often.
      lane.splitAt = upper ? lane.pages + 1 : lane.pages * 2;
      if (upper && !this.#stopped) this.#open(upper);
    } finally {
      this.#splitting--;
      this.#changed();
    }
  }
}
