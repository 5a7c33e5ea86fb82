/** Keeps what was asked for last, so many of them, and loads what it does not have. */
export class RecentlyUsed<Key, Value> {
  readonly #kept = new Map<Key, Value>();

  constructor(
    readonly size: number,
    readonly load: (key: Key) => Value,
  ) {}

  get(key: Key): Value {
    const value = this.#kept.get(key) ?? this.load(key);
    this.#kept.delete(key);
    this.#kept.set(key, value); // the last one to be asked for is the last one to go
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.size && oldest !== undefined) this.#kept.delete(oldest);
    return value;
  }
}
