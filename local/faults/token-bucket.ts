import type { PerSecond } from "./plan";

/** What would be admitted between two times, in milliseconds since the plan was set. */
function admitted(rate: PerSecond, from: number, until: number): number {
  if (typeof rate === "number") return (rate * (until - from)) / 1000;
  return rate.reduce((sum, step, index) => {
    const start = Math.max(index === 0 ? 0 : step.from, from);
    const end = Math.min(rate[index + 1]?.from ?? Number.POSITIVE_INFINITY, until);
    return end > start ? sum + (step.perSecond * (end - start)) / 1000 : sum;
  }, 0);
}

/** The rate at a time; before the first step that of the first. */
const rateAt = (rate: PerSecond, at: number): number =>
  typeof rate === "number" ? rate : ((rate.findLast((step) => step.from <= at) ?? rate[0])?.perSecond ?? 0);

/** Admits so many a second, and after a pause as many at once as `burstMilliseconds` would have brought; always at least one. */
export class TokenBucket {
  private tokens: number;
  private filledAt = 0;

  constructor(
    private readonly rate: PerSecond,
    private readonly burstMilliseconds: number,
  ) {
    this.tokens = this.most(0);
  }

  /** @param at milliseconds since the plan was set; what is refused takes nothing */
  take(at: number): boolean {
    this.tokens = Math.min(this.tokens + admitted(this.rate, this.filledAt, at), this.most(at));
    this.filledAt = Math.max(this.filledAt, at);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  private most(at: number): number {
    return Math.max(1, (rateAt(this.rate, at) * this.burstMilliseconds) / 1000);
  }
}
