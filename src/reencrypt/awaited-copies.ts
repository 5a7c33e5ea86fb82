import type { Intent } from "./journal";

/** Copies of one object that processes which are gone had begun. */
export interface Awaited {
  /** In order. */
  readonly intents: readonly Intent[];
  /** Versions that the run has written since, so none of theirs. */
  readonly ours: ReadonlySet<string>;
}

/** What a visit has learnt of them: that one is there, or of a version that this process wrote itself. */
export type AwaitedNews = { readonly found: true } | { readonly found: false; readonly ours: string };

export type AwaitedNewsOfKey = AwaitedNews & { readonly key: string };

/**
 * Copies that processes which are gone had begun, and that nobody has found. S3 may make them as long as it likes, so
 * that each sweep looks for them again, whatever process makes it.
 */
export class AwaitedCopies {
  readonly #byKey = new Map<string, { readonly intents: Intent[]; readonly ours: Set<string> }>();

  /** @param key of the object that is visited */
  begin(key: string, intents: readonly Intent[]): void {
    const before = this.#byKey.get(key);
    if (before) before.intents.push(...intents);
    else this.#byKey.set(key, { intents: [...intents], ours: new Set() });
  }

  learn(news: AwaitedNewsOfKey): void {
    if (news.found) this.#byKey.delete(news.key);
    else this.#byKey.get(news.key)?.ours.add(news.ours);
  }

  of(key: string): Awaited | undefined {
    return this.#byKey.get(key);
  }

  get intents(): readonly Intent[] {
    return [...this.#byKey.values()].flatMap(({ intents }) => intents);
  }
}
