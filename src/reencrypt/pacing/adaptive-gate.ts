import type { Clock } from "../clock";
import { RateGate, type Waiting } from "./gates";
import { adapt, isConclusive, isTooFast, type Limit } from "./limit";

/** What a look at the answers led to: a decrease, nothing throttled at all, or neither. */
export type Finding = "tooFast" | "calm" | "inBetween";

/** A rate gate whose limit follows from the answers to what it let through. */
export class AdaptiveGate {
  readonly #gate: RateGate;
  #limit: Limit;
  /** Of the last decrease. */
  #decreasedAt = Number.NEGATIVE_INFINITY;
  #lookingSince: number;
  #answered = 0;
  #throttled = 0;
  #heldBack = false;

  constructor(limit: Limit, clock: Clock) {
    this.#limit = limit;
    this.#gate = new RateGate(limit.rate, clock);
    this.#lookingSince = clock.now();
  }

  get limit(): Limit {
    return this.#limit;
  }

  enter(key: string, now: number): Promise<void> | undefined {
    const turn = this.#gate.enter(key, now);
    if (turn) this.#heldBack = true;
    return turn;
  }

  queue(waiting: readonly Waiting[]): void {
    this.#gate.queue(waiting);
  }

  empty(): Waiting[] {
    return this.#gate.empty();
  }

  /** Nothing as long as there is not enough to decide by. */
  answered(sentAt: number, now: number, throttled: boolean, retryAfterMs = 0): Finding | undefined {
    if (retryAfterMs > 0) this.#gate.pauseUntil(now + retryAfterMs);
    if (now < this.#lookingSince) this.#lookAnew(now); // the clock was set back
    // What was sent before the last decrease tells of a rate that is no more: so there is one decrease a round trip.
    if (throttled && sentAt <= this.#decreasedAt) return undefined;
    this.#answered++;
    if (throttled) this.#throttled++;
    const milliseconds = now - this.#lookingSince;
    if (milliseconds < 50) return undefined; // spares the common case what follows
    const observation = {
      milliseconds,
      answered: this.#answered,
      throttled: this.#throttled,
      heldBack: this.#heldBack,
    };
    if (!isConclusive(observation)) return undefined;

    const tooFast = isTooFast(observation);
    this.#limit = adapt(this.#limit, observation);
    this.#gate.rate = this.#limit.rate;
    this.#lookAnew(now);
    if (tooFast) this.#decreasedAt = now;
    return tooFast ? "tooFast" : observation.throttled === 0 ? "calm" : "inBetween";
  }

  #lookAnew(now: number): void {
    this.#decreasedAt = Math.min(this.#decreasedAt, now);
    this.#lookingSince = now;
    this.#answered = 0;
    this.#throttled = 0;
    this.#heldBack = false;
  }
}
