import { keyOf, numberOf } from "./keys";

/** How an object is stored, as the headers of HeadObject show it. */
export interface Shown {
  readonly algorithm: string;
  readonly keyArn?: string;
  readonly bucketKey?: boolean;
}

/** What clients have done since the bucket was filled. */
export interface Seen {
  /** Requests by operation. */
  readonly requests: Readonly<Record<string, number>>;
  /** Objects that are encrypted as they were to be. */
  readonly converted: number;
  /** Those whose state was read at least once after their last change. */
  readonly readBack: number;
}

/** What the null server keeps of a bucket: for each object one byte of how it is encrypted, and one of who looked since. */
export interface NullBucket {
  readonly objects: number;
  /** How the object of a key is shown, and that it was looked at. Nothing where no object has this key. */
  read(key: string): Shown | undefined;
  /** False where no object has this key. */
  change(key: string, to: Shown): boolean;
  /** Keys in order of their bytes, all behind `after`, and whether there are more. */
  list(after: string, limit: number): { readonly keys: readonly string[]; readonly more: boolean };
  count(operation: string): void;
  seen(goal: Shown): Seen;
}

const same = (one: Shown, other: Shown): boolean =>
  one.algorithm === other.algorithm && one.keyArn === other.keyArn && one.bucketKey === other.bucketKey;

/** A bucket of so many small objects, none of which is stored. */
export function nullBucket(objects: number, filledWith: Shown): NullBucket {
  const known: Shown[] = [filledWith];
  const state = new Uint8Array(objects); // an index into what is known
  const looked = new Uint8Array(objects);
  // Kept up at each request: ten million would have to be counted four times a second while memory is watched.
  const stored = [objects];
  const readBack = [0];
  const requests: Record<string, number> = {};

  const indexOf = (to: Shown): number => {
    const index = known.findIndex((one) => same(one, to));
    if (index >= 0) return index;
    if (known.length === 256) throw new Error("More encryptions than one byte can name.");
    stored.push(0);
    readBack.push(0);
    return known.push(to) - 1;
  };
  const find = (key: string): number | undefined => {
    const number = numberOf(key);
    return number !== undefined && number < objects ? number : undefined;
  };

  return {
    objects,
    read: (key) => {
      const number = find(key);
      if (number === undefined) return undefined;
      const index = state[number] ?? 0;
      readBack[index] = (readBack[index] ?? 0) + 1 - (looked[number] ?? 0);
      looked[number] = 1;
      return known[index];
    },
    change: (key, to) => {
      const number = find(key);
      if (number === undefined) return false;
      const before = state[number] ?? 0;
      const index = indexOf(to);
      stored[before] = (stored[before] ?? 0) - 1;
      stored[index] = (stored[index] ?? 0) + 1;
      readBack[before] = (readBack[before] ?? 0) - (looked[number] ?? 0);
      state[number] = index;
      looked[number] = 0;
      return true;
    },
    list: (after, limit) => {
      const first = firstBehind(after, objects);
      const end = Math.min(first + limit, objects);
      return {
        keys: Array.from({ length: Math.max(end - first, 0) }, (_, index) => keyOf(first + index)),
        more: end < objects,
      };
    },
    count: (operation) => {
      requests[operation] = (requests[operation] ?? 0) + 1;
    },
    seen: (goal) => {
      const wanted = known.findIndex((one) => same(one, goal));
      return { requests, converted: stored[wanted] ?? 0, readBack: readBack[wanted] ?? 0 };
    },
  };
}

/** The number of the first key behind a text, which need not be a key. */
function firstBehind(after: string, objects: number): number {
  let low = 0;
  let high = objects;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(middle) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
