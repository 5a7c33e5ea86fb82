import { type Random, seeded } from "../random";

/**
 * When a process is killed, as seen from one of its requests.
 *
 * | moment   | the request                                    |
 * |----------|------------------------------------------------|
 * | lost     | never takes effect                             |
 * | unheard  | takes effect some time after the process is gone |
 * | answered | has taken effect, and its answer is never read |
 */
export type Moment = "lost" | "unheard" | "answered";

/** Of one process of the conversion: it may be killed, and then nothing of it goes on. */
export class Life {
  readonly ended: Promise<"killed">;
  #end: (how: "killed") => void = () => undefined;
  #over = false;
  #requests = 0;

  /** @param death at which request, from 1; absent if it is not killed */
  constructor(private readonly death?: { readonly request: number; readonly moment: Moment }) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Whether this request, which is about to be sent, is the one at which it dies. */
  next(): Moment | undefined {
    return ++this.#requests === this.death?.request ? this.death.moment : undefined;
  }

  /** Never comes back. */
  end<T>(): Promise<T> {
    this.#over = true;
    this.#end("killed");
    return new Promise(() => undefined);
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Comes back at once if the process is there, and never if it was killed. */
  async goOn(): Promise<void> {
    if (this.#over) await this.end();
  }
}

/** How many requests a process has sent when it is killed, at most. */
const MOST_REQUESTS = 24;

/**
 * The lives of the processes of a run, one after the other: most runs have only one.
 *
 * The chance is another one than that of the history, which is the same with and without a kill until then.
 */
export function lives(seed: number): () => Life {
  const random: Random = seeded(seed ^ 0x2545f491);
  let deaths = random.chance(0.3) ? random.pick([1, 1, 2, 3]) : 0;
  return () => {
    if (deaths-- <= 0) return new Life();
    const request = 1 + Math.floor(random.next() * MOST_REQUESTS);
    return new Life({ request, moment: random.pick(["lost", "unheard", "answered"]) });
  };
}
