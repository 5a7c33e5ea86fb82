import type { Intent } from "./journal";

/** Copies of one object of whose end nobody knows. */
export interface Awaited {
  /** In order. */
  readonly intents: readonly Intent[];
  /** Versions that the run has written or found since, so none of theirs. */
  readonly ours: ReadonlySet<string>;
}

/** What a visit has learnt of them. */
export interface AwaitedNews {
  /** One of them is there, and no other is awaited any more. */
  readonly found?: true;
  /** Further ones: of this process, whose answer was lost. */
  readonly lost?: readonly Intent[];
  /** A version that this process has written or found, so none of theirs. */
  readonly ours?: string;
}

export interface AwaitedNewsOfKey extends AwaitedNews {
  readonly key: string;
}

/**
 * Copies that were begun by processes which are gone, or whose answer was lost, and that nobody has found. S3 may make
 * them as long as it likes, so that each sweep looks for them again, whatever process makes it.
 */
export class AwaitedCopies {
  readonly #byKey = new Map<string, { readonly intents: Intent[]; readonly ours: Set<string> }>();

  /** @param key of the object that is visited */
  begin(key: string, intents: readonly Intent[]): void {
    const before = this.#byKey.get(key);
    if (before) before.intents.push(...intents);
    else this.#byKey.set(key, { intents: [...intents], ours: new Set() });
  }

  learn({ key, found, lost, ours }: AwaitedNewsOfKey): void {
    if (found) this.#byKey.delete(key);
    if (lost) this.begin(key, lost);
    if (ours !== undefined) this.#byKey.get(key)?.ours.add(ours);
  }

  of(key: string): Awaited | undefined {
    return this.#byKey.get(key);
  }

  /** By the key of the object that is visited. */
  get intents(): readonly (readonly [key: string, readonly Intent[]])[] {
    return [...this.#byKey].map(([key, { intents }]) => [key, intents]);
  }
}
