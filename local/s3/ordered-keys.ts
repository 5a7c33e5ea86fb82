/**
 * S3 lists keys in the order of their UTF-8 bytes. JavaScript compares UTF-16 units, which puts characters beyond
 * U+FFFF (surrogate pairs, units D800 to DFFF) before U+E000 to U+FFFF; in UTF-8 they come after.
 */
export function compareKeys(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return utf8Rank(a) - utf8Rank(b);
  }
  return left.length - right.length;
}

const utf8Rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

const unlikeUtf16 = /[\ud800-\uffff]/;

/** Whether a key comes at or after this one. Without units from D800 on in it UTF-16 has the same order, and is fast. */
const atOrAfter = (key: string): ((candidate: string) => boolean) =>
  unlikeUtf16.test(key) ? (candidate) => compareKeys(candidate, key) >= 0 : (candidate) => candidate >= key;

/** A map whose keys stay in S3's order. */
export interface Keys<Value> {
  readonly size: number;
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): boolean;
  /** From the first key for which `isAtOrAfter` holds; it must hold for every later key as well. */
  scan(isAtOrAfter?: (key: string) => boolean): Iterable<readonly [string, Value]>;
}

interface Entry<Value> {
  readonly key: string;
  value: Value;
}

const blockSize = 512;

/**
 * Stores all of its keys. Look-up, insertion and the start of a scan cost a binary search over blocks and
 * one within a block, so that a page of a listing costs its own length and not the bucket's.
 */
export class OrderedKeys<Value> implements Keys<Value> {
  /** No block is empty. */
  private readonly blocks: Entry<Value>[][] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(key: string): Value | undefined {
    const { block, index } = this.find(atOrAfter(key));
    const entry = this.blocks[block]?.[index];
    return entry?.key === key ? entry.value : undefined;
  }

  set(key: string, value: Value): void {
    let { block, index } = this.find(atOrAfter(key));
    const present = this.blocks[block]?.[index];
    if (present?.key === key) {
      present.value = value;
      return;
    }
    this.count += 1;
    // Behind the last key: append to the last block, so that sorted loading fills blocks.
    if (block === this.blocks.length && block > 0) {
      block -= 1;
      index = this.blocks[block]?.length ?? 0;
    }
    const target = this.blocks[block];
    if (!target) {
      this.blocks.push([{ key, value }]);
      return;
    }
    target.splice(index, 0, { key, value });
    if (target.length > blockSize) this.blocks.splice(block + 1, 0, target.splice(splitAt(index)));
  }

  delete(key: string): boolean {
    const { block, index } = this.find(atOrAfter(key));
    const target = this.blocks[block];
    if (target?.[index]?.key !== key) return false;
    target.splice(index, 1);
    if (target.length === 0) this.blocks.splice(block, 1);
    this.count -= 1;
    return true;
  }

  *scan(isAtOrAfter: (key: string) => boolean = () => true): Generator<readonly [string, Value]> {
    let { block, index } = this.find(isAtOrAfter);
    for (; block < this.blocks.length; block += 1, index = 0) {
      const entries = this.blocks[block] ?? [];
      for (; index < entries.length; index += 1) {
        const entry = entries[index];
        if (entry) yield [entry.key, entry.value];
      }
    }
  }

  private find(isAtOrAfter: (key: string) => boolean): { block: number; index: number } {
    const block = firstIndex(this.blocks.length, (at) => isAtOrAfter(this.blocks[at]?.at(-1)?.key ?? ""));
    const entries = this.blocks[block] ?? [];
    return { block, index: firstIndex(entries.length, (at) => isAtOrAfter(entries[at]?.key ?? "")) };
  }
}

/** A block that grew at its end was filled in order: keep it full. */
const splitAt = (insertedAt: number): number => (insertedAt >= blockSize ? blockSize : blockSize / 2);

/** The first index below `length` that holds; `length` if none does. */
export function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
