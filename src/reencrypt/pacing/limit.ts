/** How fast requests of one kind may go. */
export interface Limit {
  /** Requests a second. */
  readonly rate: number;
  /** What got through when it was last too fast. Absent until it was, and once the rate has left it well behind. */
  readonly ceiling?: number;
}

/** What came of requests that were sent under one limit. */
export interface Observation {
  /** How long it was looked at. */
  readonly milliseconds: number;
  /** Throttled ones included. */
  readonly answered: number;
  readonly throttled: number;
  /** Whether the limit made anybody wait. Where it did not, going well says nothing about going faster. */
  readonly heldBack: boolean;
}

/**
 * Where slow start begins, in requests a second: at what one partition of S3 takes at least. The quota of KMS is the
 * region's and the account's, so that there it is a mere beginning.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
 */
export const FIRST_RATES = { read: 5500, write: 3500, kms: 5500 } as const;

/** Requests a second. Above zero, so that there is always an answer to learn from. */
const LOWEST_RATE = 1;
/** In slow start the rate doubles in this time. */
const DOUBLING_MS = 500;
/** Afterwards it grows by this share of the ceiling a second. */
const GROWTH = 0.06;
/** Where the rate is so much above the ceiling, the capacity has changed and slow start begins again. */
const CEILING_LEFT_BEHIND = 1.15;
/** How much of what got through is used after a decrease. What others send on the same partition needs the rest. */
const DECREASE = 0.9;
const LARGEST_DECREASE = 0.5;
/** Fewer throttled answers happen by chance: S3 gives a few at any rate, and each request is asked again by itself. */
const TOO_MANY = { number: 3, share: 0.02 };

/** Whether enough has been seen to decide by. */
export const isConclusive = ({ milliseconds, answered }: Omit<Observation, "throttled" | "heldBack">): boolean =>
  milliseconds >= 1000 || (milliseconds >= 50 && answered >= 20);

export const isTooFast = ({ answered, throttled }: Pick<Observation, "answered" | "throttled">): boolean =>
  throttled >= TOO_MANY.number && throttled > answered * TOO_MANY.share;

/** The limit where so many a second got through: a little below that, and never less than about half of what it was. */
export function decreased({ rate }: Limit, gotThrough: number): Limit {
  const ceiling = Math.max(LOWEST_RATE, Math.min(rate, Math.max(rate * LARGEST_DECREASE, gotThrough)));
  return { rate: Math.max(LOWEST_RATE, ceiling * DECREASE), ceiling };
}

/**
 * The limit after what was observed.
 *
 * | observed                     | rate                                                        |
 * |------------------------------|-------------------------------------------------------------|
 * | too many throttled           | 90 % of what got through, but at least 45 % of what it was  |
 * | else, it held nobody back    | as it was                                                   |
 * | else, no ceiling is known    | doubles every half second (slow start)                      |
 * | else                         | grows by 6 % of the ceiling a second                        |
 */
export function adapt(limit: Limit, observation: Observation): Limit {
  const { answered, throttled, heldBack } = observation;
  // Counted over time, since what is throttled is answered sooner than what is done, and so is seen too much of at first.
  const gotThrough = ((answered - throttled) / observation.milliseconds) * 1000;
  if (isTooFast(observation)) return decreased(limit, gotThrough);
  if (!heldBack) return limit;
  const { rate, ceiling } = limit;
  // What was seen over a long time does not allow a leap.
  const milliseconds = Math.min(observation.milliseconds, 1000);
  if (ceiling === undefined) return { rate: rate * 2 ** (milliseconds / DOUBLING_MS) };
  const grown = rate + (ceiling * GROWTH * milliseconds) / 1000;
  return grown > ceiling * CEILING_LEFT_BEHIND ? { rate: grown } : { rate: grown, ceiling };
}

/** A steady rate, as the time between two turns and the time by which a late one may be made up for. */
export interface Pace {
  readonly intervalMs: number;
  /** Whole intervals, at most 10 ms: any second then has at most 1 % more turns than the rate. */
  readonly slackMs: number;
}

export function paceOf(perSecond: number): Pace {
  const intervalMs = 1000 / perSecond;
  return { intervalMs, slackMs: Math.floor(perSecond / 100) * intervalMs };
}

/** When the turn after one that is taken now is due. `due` is when this one was. */
export const nextTurn = (due: number, now: number, { intervalMs, slackMs }: Pace): number =>
  Math.max(due, now - slackMs) + intervalMs;
