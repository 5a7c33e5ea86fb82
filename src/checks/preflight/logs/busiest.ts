import type { LoggedRequest } from "./request";

/** Requests per second, on average over the busiest minute. */
export interface Rate {
  readonly reads: number;
  readonly writes: number;
}

const minute = 60_000;
/** Minutes that are counted at the same time. Logs are in order but for some hours: older ones are complete. */
const mostMinutes = 2_880;

/** Reads and writes of the busiest minutes, each for itself. */
export class Busiest {
  #reads = 0;
  #writes = 0;
  #minutes = new Map<number, { reads: number; writes: number }>();

  add(at: number, does: LoggedRequest["does"]): void {
    if (does !== "read" && does !== "write" && does !== "part") return;
    const number = Math.floor(at / minute);
    const counts = this.#minutes.get(number) ?? { reads: 0, writes: 0 };
    this.#minutes.set(number, counts);
    if (does === "read") counts.reads += 1;
    else counts.writes += 1;
    this.#reads = Math.max(this.#reads, counts.reads);
    this.#writes = Math.max(this.#writes, counts.writes);
    if (this.#minutes.size > mostMinutes) this.#forgetOldHalf();
  }

  #forgetOldHalf(): void {
    const kept = [...this.#minutes].sort(([a], [b]) => b - a).slice(0, mostMinutes / 2);
    this.#minutes = new Map(kept);
  }

  result(): Rate {
    return { reads: this.#reads / 60, writes: this.#writes / 60 };
  }
}
