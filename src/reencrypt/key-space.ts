/** One more than the last code point there is. */
const END = 0x110000;

/**
 * A key between two others to cut a stretch of keys at: keys up to and with it are the lower part.
 *
 * It differs from `after` as far to the left as it can, by a character that keys of this bucket have been seen to use.
 * Code points, since their order is that of UTF-8 bytes; JavaScript's own order of characters is another one.
 *
 * @param after the last key known to be below the cut
 * @param before what the cut must be below; null for the end of all keys that begin with `prefix`
 * @param alphabet code points in ascending order
 * @returns nothing where no character of the alphabet leads in between
 */
export function keyBetween(
  after: string,
  before: string | null,
  prefix: string,
  alphabet: readonly number[],
): string | undefined {
  const low = Array.from(after);
  const high = before === null ? undefined : Array.from(before);
  let shared = high ? 0 : Array.from(prefix).length;
  while (high && shared < low.length && low[shared] === high[shared]) shared++;

  for (let depth = shared; depth <= low.length; depth++) {
    const above = low[depth]?.codePointAt(0) ?? -1;
    const below = depth === shared ? (high?.[depth]?.codePointAt(0) ?? END) : END;
    const candidates = alphabet.filter((point) => point > above && point < below);
    const middle = candidates[candidates.length >> 1];
    if (middle !== undefined) return low.slice(0, depth).join("") + String.fromCodePoint(middle);
  }
  return undefined;
}

/**
 * The first string above every key that begins with the first `length` characters of `key`.
 *
 * Nothing where there is none, since the last of those characters is the last one that there is.
 */
export function firstAbove(key: string, length: number): string | undefined {
  const characters = Array.from(key).slice(0, length);
  const last = characters.pop()?.codePointAt(0);
  if (last === undefined || last + 1 === END) return undefined;
  return characters.join("") + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1); // no surrogates
}

/** Which characters the keys of a bucket are made of, as far as it has been seen. */
export class Alphabet {
  readonly #points = new Set<number>();
  #sorted: readonly number[] | undefined;

  add(key: string): void {
    for (const character of key) {
      const point = character.codePointAt(0);
      if (point === undefined || this.#points.has(point)) continue;
      this.#points.add(point);
      this.#sorted = undefined;
    }
  }

  /** In ascending order. */
  get points(): readonly number[] {
    this.#sorted ??= [...this.#points].sort((a, b) => a - b);
    return this.#sorted;
  }
}
