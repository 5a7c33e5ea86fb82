/**
 * Keeps a uniform sample of what passes by, however much that is: Algorithm R.
 *
 * Vitter, "Random sampling with a reservoir", ACM TOMS 11 (1985), https://doi.org/10.1145/3147.3165
 */
export class Reservoir<T> {
  readonly #kept: T[] = [];
  #passed = 0;

  /** @param random evenly from 0 to below 1 */
  constructor(
    readonly size: number,
    readonly random: () => number,
  ) {}

  add(item: T): void {
    this.#passed++;
    if (this.#kept.length < this.size) {
      this.#kept.push(item);
      return;
    }
    const place = Math.floor(this.random() * this.#passed);
    if (place < this.size) this.#kept[place] = item;
  }

  get kept(): readonly T[] {
    return this.#kept;
  }

  /** How many there were. */
  get passed(): number {
    return this.#passed;
  }
}
