import type { Random } from "../random";

/** Turns without any progress after which a history counts as stuck. */
const PATIENCE = 1000;

/**
 * Lets one waiting task go on at a time, as chance decides, and the next one only when nothing moves any more.
 *
 * All that the tasks of a history do between two pauses happens at once, so that a seed replays it.
 */
export class Scheduler {
  readonly #random: Random;
  readonly #waiting: (() => void)[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Waits for one's turn. */
  pause(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Gives turns until the tasks are done. */
  async run(tasks: Promise<unknown>): Promise<void> {
    let running = true;
    const ended = tasks.finally(() => {
      running = false;
    });
    ended.catch(() => undefined); // thrown below
    for (let idle = 0; running; ) {
      await new Promise(setImmediate); // lets all promises settle that can
      const [next] = this.#waiting.splice(Math.floor(this.#random.next() * this.#waiting.length), 1);
      next?.();
      idle = next ? 0 : idle + 1;
      if (idle > PATIENCE) throw new Error("nobody waits for a turn, and not all is done");
    }
    await ended;
  }
}
