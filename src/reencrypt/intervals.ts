/** The keys after `after`, up to and with `through`, in UTF-8 byte order. Null is the edge of the key space. */
export interface Interval {
  readonly after: string | null;
  readonly through: string | null;
}

const isAscii = (text: string): boolean => !/[^\x00-\x7f]/.test(text);

/** S3's order of keys: by their UTF-8 bytes, which is not JavaScript's order beyond the basic plane. */
export function compareKeys(left: string, right: string): number {
  if (isAscii(left) && isAscii(right)) return left < right ? -1 : left > right ? 1 : 0;
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Of the lower ends of intervals. */
export const compareAfter = (left: string | null, right: string | null): number =>
  left === null ? (right === null ? 0 : -1) : right === null ? 1 : compareKeys(left, right);

const compareThrough = (left: string | null, right: string | null): number =>
  left === null ? (right === null ? 0 : 1) : right === null ? -1 : compareKeys(left, right);

/** The same keys in the fewest intervals, in order. */
export function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => compareAfter(a.after, b.after))) {
    const last = merged.at(-1);
    const touches =
      last && (last.through === null || next.after === null || compareKeys(next.after, last.through) <= 0);
    if (!last || !touches) merged.push(next);
    else if (compareThrough(next.through, last.through) > 0) {
      merged[merged.length - 1] = { after: last.after, through: next.through };
    }
  }
  return merged;
}

/** The keys that none of the intervals has: what is left to do. */
export function gaps(covered: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  let after: string | null = null;
  for (const interval of merge(covered)) {
    if (interval.after !== null) left.push({ after, through: interval.after });
    if (interval.through === null) return left;
    after = interval.through;
  }
  left.push({ after, through: null });
  return left;
}

export const covers = (intervals: readonly Interval[], key: string): boolean =>
  intervals.some(
    ({ after, through }) =>
      (after === null || compareKeys(key, after) > 0) && (through === null || compareKeys(key, through) <= 0),
  );
