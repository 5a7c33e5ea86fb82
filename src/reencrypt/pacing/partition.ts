import { compareKeys } from "../intervals";

/** The answer to one request. */
export interface Sample {
  readonly key: string;
  readonly sentAt: number;
  readonly throttled: boolean;
}

/** Keys from `from` on, up to where the next part begins. */
export interface Part {
  /** Null is the beginning of the range that was looked at. */
  readonly from: string | null;
  readonly answered: number;
  readonly throttled: number;
}

/** So unlikely must it be that a stretch of keys was spared by chance. */
const CHANCE = 1e-4;

/** So many requests before a throttled one, and after it, count as sent at the same time. */
const AT_THE_SAME_TIME = 25;

/**
 * What was sent at the time of a throttled request, with those, and neither before the first nor after the last of them.
 *
 * Keys come in order of time as well. Without this, before and after would be taken for here and there, and what a lane
 * sent between two short bursts of throttling for keys that are spared.
 */
export function duringThrottling(samples: readonly Sample[]): readonly Sample[] {
  const inOrder = samples.toSorted((one, other) => one.sentAt - other.sentAt);
  const places = inOrder.flatMap(({ throttled }, place) => (throttled ? [place] : []));
  const [first = 0, last = 0] = [places.at(0), places.at(-1)];
  return inOrder.filter(
    (_, place) => place >= first && place <= last && places.some((one) => Math.abs(one - place) <= AT_THE_SAME_TIME),
  );
}

/**
 * Parts of a range whose keys seem to be in different partitions of S3, which nobody tells us: some are throttled and
 * others, asked at the same time, never are. One part where all may be alike.
 *
 * Of n answers t were throttled. By chance
 * - all of them lie within w of the answers, side by side by key, with probability t (w/n)^(t - 1);
 * - some g of the answers, side by side by key, have none of them with probability (t + 1) (1 - g/n)^t.
 */
export function partition(samples: readonly Sample[]): readonly Part[] {
  const sorted = samples.toSorted((a, b) => compareKeys(a.key, b.key));
  const throttled = sorted.flatMap((sample, index) => (sample.throttled ? [index] : []));
  const n = sorted.length;
  const t = throttled.length;
  const w = (throttled.at(-1) ?? n) - (throttled[0] ?? 0) + 1;
  const areTogether = t * (w / n) ** (t - 1) < CHANCE;
  // Next to a throttled key so many of its partition do not go well by chance.
  const margin = Math.ceil((10 * w) / t);

  const cuts = [0];
  for (let gap = 0; gap <= t; gap++) {
    const begin = gap === 0 ? 0 : (throttled[gap - 1] ?? 0) + 1;
    const end = throttled[gap] ?? n;
    const isEdge = gap === 0 || gap === t;
    const isSpared = (t + 1) * (1 - (end - begin) / n) ** t < CHANCE;
    if (!isSpared && !(isEdge && areTogether)) continue;
    const lower = gap === 0 ? 0 : earliestDifference(sorted, begin, Math.min(begin + margin, end));
    const upper = gap === t ? n : earliestDifference(sorted, end, Math.max(end - margin, begin));
    if (lower === undefined || upper === undefined || lower >= upper) continue;
    cuts.push(lower, upper);
  }
  const starts = [...new Set(cuts)].filter((cut) => cut < n);
  return starts.map((start, index) => {
    const part = sorted.slice(start, starts[index + 1]);
    const from = start === 0 ? null : separator(sorted[start - 1]?.key ?? "", sorted[start]?.key ?? "");
    return { from, answered: part.length, throttled: part.filter((sample) => sample.throttled).length };
  });
}

/**
 * Where between two places keys differ from their neighbour earliest, since partitions are of prefixes.
 *
 * The one closest to `near` of several. Nothing if all keys are the same.
 */
function earliestDifference(sorted: readonly Sample[], near: number, far: number): number | undefined {
  let best: { readonly index: number; readonly length: number } | undefined;
  const step = near <= far ? 1 : -1;
  for (let index = near; index !== far + step; index += step) {
    const below = sorted[index - 1]?.key;
    const key = sorted[index]?.key;
    if (below === undefined || key === undefined || below === key) continue;
    const { length } = separator(below, key);
    if (!best || length < best.length) best = { index, length };
  }
  return best?.index;
}

/** The shortest beginning of `key` that is above `below`. */
function separator(below: string, key: string): string {
  const other = Array.from(below);
  const characters = Array.from(key);
  const differs = characters.findIndex((character, index) => character !== other[index]);
  return characters.slice(0, differs + 1).join("");
}
