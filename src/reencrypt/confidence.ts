/** What a sample says of all: with this confidence at most this share is wrong. */
export interface Bound {
  /** 0 to 1. */
  readonly confidence: number;
  /** 0 to 1: the upper bound of the share that is wrong. */
  readonly atMost: number;
}

/** The natural logarithm of n!, exact enough for every sample: added up once. */
function logFactorials(n: number): Float64Array {
  const logs = new Float64Array(n + 1);
  for (let i = 2; i <= n; i++) logs[i] = (logs[i - 1] ?? 0) + Math.log(i);
  return logs;
}

/** The probability of at most `wrong` hits in `n` draws, each with probability `p`. */
function cumulativeBinomial(wrong: number, n: number, p: number, logs: Float64Array): number {
  if (p <= 0) return 1;
  if (p >= 1) return wrong >= n ? 1 : 0;
  const log = (i: number) => logs[i] ?? 0;
  let sum = 0;
  for (let k = 0; k <= wrong; k++) {
    sum += Math.exp(log(n) - log(k) - log(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
  }
  return Math.min(1, sum);
}

/** Halvings of an interval of length 1: as fine as a number can be. */
const HALVINGS = 60;

/**
 * The one-sided upper bound of Clopper and Pearson: the largest share at which a sample with so few wrong ones would
 * still come up with a probability of 1 - confidence. It is exact for draws that are put back, and too high rather than
 * too low for a sample without repetition. Without a wrong one and at 95 % it is close to 3 / n, the rule of three.
 *
 * Clopper, Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26
 * (1934), https://doi.org/10.1093/biomet/26.4.404
 * Hanley, Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 249 (1983),
 * https://doi.org/10.1001/jama.1983.03330370053031
 *
 * @param wrong those of the sample that are wrong
 * @param n those that were looked at
 */
export function upperBound(wrong: number, n: number, confidence: number): Bound {
  if (n === 0 || wrong >= n) return { confidence, atMost: 1 };
  const logs = logFactorials(n);
  let [low, high] = [wrong / n, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (cumulativeBinomial(wrong, n, middle, logs) > 1 - confidence) low = middle;
    else high = middle;
  }
  return { confidence, atMost: high };
}
