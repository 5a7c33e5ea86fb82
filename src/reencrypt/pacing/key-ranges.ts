import type { Clock } from "../clock";
import { compareKeys } from "../intervals";
import { AdaptiveGate } from "./adaptive-gate";
import { decreased, type Limit } from "./limit";
import { duringThrottling, type Part, partition, type Sample } from "./partition";

/** Enough to tell partitions apart, and little to sort. */
const SAMPLES = 500;
const MOST_RANGES = 64;

interface Range {
  /** Its first key. Null is the beginning of the bucket. */
  readonly from: string | null;
  readonly gate: AdaptiveGate;
  /** From a throttled request until all is calm again. */
  unrest: { /** Of the limit when it began. */ readonly rate: number; readonly samples: Sample[] } | undefined;
  /** Of earlier unrest. */
  evidence: readonly Sample[];
}

const calmRange = (from: string | null, limit: Limit, clock: Clock): Range => ({
  from,
  gate: new AdaptiveGate(limit, clock),
  unrest: undefined,
  evidence: [],
});

export interface RangeLimit extends Limit {
  /** The first key that it is for. Null is the beginning of the bucket. */
  readonly from: string | null;
}

/**
 * Limits for ranges of keys: one for the whole bucket at first.
 *
 * S3 limits partitions of the key space and does not say where they are. So a range is cut only on evidence: where some
 * of its keys are throttled and others are not. Until then all its keys share a limit, also if they are listed apart.
 */
export class KeyRanges {
  readonly #clock: Clock;
  /** By `from`, ascending in UTF-8 byte order. */
  #ranges: readonly [Range, ...Range[]];

  constructor(firstLimit: Limit, clock: Clock) {
    this.#clock = clock;
    this.#ranges = [calmRange(null, firstLimit, clock)];
  }

  get limits(): readonly RangeLimit[] {
    return this.#ranges.map(({ from, gate }) => ({ from, ...gate.limit }));
  }

  enter(key: string, now: number): Promise<void> | undefined {
    return this.#rangeOf(key).gate.enter(key, now);
  }

  answered(key: string, sentAt: number, now: number, throttled: boolean, retryAfterMs = 0): void {
    const range = this.#rangeOf(key);
    const { gate } = range;
    if (throttled) range.unrest ??= { rate: gate.limit.rate, samples: [] };
    if (range.unrest && range.unrest.samples.length < SAMPLES) range.unrest.samples.push({ key, sentAt, throttled });
    const finding = gate.answered(sentAt, now, throttled, retryAfterMs);
    if (finding === undefined || !range.unrest) return;
    const evidence = [...range.evidence, ...duringThrottling(range.unrest.samples)].slice(-SAMPLES);
    if (this.#cut(range, evidence, range.unrest.rate) || finding !== "calm") return;
    range.evidence = evidence;
    range.unrest = undefined;
  }

  #rangeOf(key: string): Range {
    let [found] = this.#ranges;
    let low = 1;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const range = this.#ranges[middle];
      if (!range || range.from === null || compareKeys(range.from, key) > 0) {
        high = middle;
      } else {
        found = range;
        low = middle + 1;
      }
    }
    return found;
  }

  /** Into parts, if they seem to be in different partitions. What was not throttled goes on as if nothing had been. */
  #cut(range: Range, evidence: readonly Sample[], rate: number): boolean {
    const [first, ...others] = partition(evidence);
    if (!first || others.length === 0 || this.#ranges.length + others.length > MOST_RANGES) return false;
    const perAnswer = rate / evidence.length;
    const limitOf = ({ answered, throttled }: Part): Limit => {
      const share = { rate: perAnswer * answered };
      return throttled > 0 ? decreased(share, perAnswer * (answered - throttled)) : share;
    };
    const parts = [
      calmRange(range.from, limitOf(first), this.#clock),
      ...others.map((part) => calmRange(part.from, limitOf(part), this.#clock)),
    ];
    const [head, ...tail] = this.#ranges.flatMap((one) => (one === range ? parts : [one]));
    if (!head) return false;
    this.#ranges = [head, ...tail];
    for (const waiting of range.gate.empty()) this.#rangeOf(waiting.key).gate.queue([waiting]);
    return true;
  }
}
