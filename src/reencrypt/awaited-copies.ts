import type { Intent } from "./journal";

/** Copies of one object of whose end nobody knows. */
export interface Awaited {
  /** In order. */
  readonly intents: readonly Intent[];
  /** Versions of other copies of the run, whose answers came. */
  readonly answered: readonly string[];
  /** Versions that were found to be copies, one of these or another one. */
  readonly known: readonly string[];
}

/** What a visit has learnt of them. */
export interface AwaitedNews {
  /** One of them is there, and no other is awaited any more. */
  readonly found?: true;
  /** Further ones: of this process, whose answer was lost. */
  readonly lost?: readonly Intent[];
  /** Versions of other copies, whose answers came. */
  readonly answered?: readonly string[];
  /** The version that was found to be a copy. */
  readonly known?: string;
}

export interface AwaitedNewsOfKey extends AwaitedNews {
  readonly key: string;
}

/**
 * Copies that were begun by processes which are gone, or whose answer was lost, and that nobody has found. S3 may make
 * them as long as it likes, so that each sweep looks for them again, whatever process makes it.
 */
export class AwaitedCopies {
  readonly #byKey = new Map<string, { intents: Intent[]; answered: string[]; known: string[] }>();

  /** @param key of the object that is visited */
  begin(key: string, intents: readonly Intent[]): void {
    const before = this.#byKey.get(key);
    if (before) before.intents.push(...intents);
    else this.#byKey.set(key, { intents: [...intents], answered: [], known: [] });
  }

  learn({ key, found, lost, answered = [], known }: AwaitedNewsOfKey): void {
    if (found) this.#byKey.delete(key);
    if (lost) this.begin(key, lost);
    const awaited = this.#byKey.get(key);
    awaited?.answered.push(...answered);
    if (known !== undefined) awaited?.known.push(known);
  }

  of(key: string): Awaited | undefined {
    return this.#byKey.get(key);
  }

  /** By the key of the object that is visited. */
  get intents(): readonly (readonly [key: string, readonly Intent[]])[] {
    return [...this.#byKey].map(([key, { intents }]) => [key, intents]);
  }
}
