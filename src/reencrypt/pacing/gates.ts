import type { Clock } from "../clock";
import { nextTurn, type Pace, paceOf } from "./limit";

/** Longest time for which S3's wish to be left alone is heard; what it asks for is seconds. */
export const LONGEST_RETRY_AFTER_MS = 60_000;

export interface Waiting {
  readonly key: string;
  readonly go: () => void;
}

/** Lets requests through at a steady rate, in the order in which they come. */
export class RateGate {
  readonly #clock: Clock;
  #pace: Pace;
  #due = Number.NEGATIVE_INFINITY;
  #waiting: Waiting[] = [];
  #releasing = false;

  constructor(perSecond: number, clock: Clock) {
    this.#clock = clock;
    this.#pace = paceOf(perSecond);
  }

  set rate(perSecond: number) {
    this.#pace = paceOf(perSecond);
  }

  /** Nothing, so that nothing is allocated, if it may go on at once. */
  enter(key: string, now: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#take(now)) return undefined;
    return new Promise((go) => this.queue([{ key, go }]));
  }

  /** Behind those who wait already. */
  queue(waiting: readonly Waiting[]): void {
    this.#waiting.push(...waiting);
    if (!this.#releasing && this.#waiting.length > 0) void this.#release();
  }

  /** Who waits, to be queued elsewhere. */
  empty(): Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  pauseUntil(moment: number): void {
    this.#due = Math.max(this.#due, moment);
  }

  #take(now: number): boolean {
    // Only a clock that was set back leads further than this.
    if (this.#due - now > LONGEST_RETRY_AFTER_MS + this.#pace.intervalMs) this.#due = now;
    if (this.#due > now) return false;
    this.#due = nextTurn(this.#due, now, this.#pace);
    return true;
  }

  /** One timer for all who wait, so that a new rate holds for every one of them. */
  async #release(): Promise<void> {
    this.#releasing = true;
    while (this.#waiting.length > 0) {
      const now = this.#clock.now();
      if (this.#take(now)) this.#waiting.shift()?.go();
      else await this.#clock.sleep(this.#due - now);
    }
    this.#releasing = false;
  }
}

/** Lets so many requests be in flight, in the order in which they come. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  enter(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((go) => this.#waiting.push(go));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
