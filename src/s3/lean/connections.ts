import type { Client } from "undici";

/**
 * Kept connections to one origin, one request at a time on each.
 *
 * The one that became free last is taken first, so that no more of them are open than are needed, and those stay warm.
 * undici's own Pool goes through them in order, and passes by those that have an answer which is just being handed on.
 */
export class Connections {
  readonly #open: () => Client;
  readonly #most: number;
  readonly #all = new Set<Client>();
  readonly #free: Client[] = [];
  readonly #waiting: ((connection: Client) => void)[] = [];
  #closed = false;

  /** @param most connections at the same time: further requests wait, in the order in which they come */
  constructor(open: () => Client, most: number) {
    this.#open = open;
    this.#most = most;
  }

  /** At once where there is one to be had. */
  take(use: (connection: Client) => void): void {
    const free = this.#free.pop();
    if (free) use(free);
    else if (this.#all.size < this.#most) use(this.#another());
    else this.#waiting.push(use);
  }

  /** After a whole answer. */
  giveBack(connection: Client): void {
    const next = this.#waiting.shift();
    if (next) next(connection);
    else this.#free.push(connection);
  }

  /** After an error: what state it is in is nobody's concern any more. */
  discard(connection: Client): void {
    this.#all.delete(connection);
    void connection.destroy();
    const next = this.#waiting.shift();
    if (next) next(this.#another());
  }

  /** Ends them all. Whatever is asked of one after that is an error, also for those who wait. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((connection) => connection.destroy()));
  }

  #another(): Client {
    const connection = this.#open();
    this.#all.add(connection);
    if (this.#closed) void connection.destroy();
    return connection;
  }
}
