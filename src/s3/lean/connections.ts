import { errors } from "undici";
import { Connection, type Exchange, type Origin } from "./connection";

export interface ConnectionsProps {
  readonly origin: Origin;
  /** At the same time: further requests wait, in the order in which they come. */
  readonly most: number;
  /** Milliseconds for a connection to be there. */
  readonly timeout: number;
  /** Nobody waits for an answer any more. */
  readonly onIdle: () => void;
}

/**
 * Kept connections to one origin, one request at a time on each.
 *
 * The one that became free last is taken first, so that no more of them are open than are needed, and those stay warm.
 */
export class Connections {
  readonly #props: ConnectionsProps;
  readonly #all = new Set<Connection>();
  #free: Connection[] = [];
  readonly #waiting: Exchange[] = [];
  #due: Connection[] = [];
  #closed = false;

  constructor(props: ConnectionsProps) {
    this.#props = props;
  }

  /** Whether anybody waits for an answer. */
  get isBusy(): boolean {
    return this.#free.length < this.#all.size;
  }

  exchange(exchange: Exchange): void {
    if (this.#closed) {
      exchange.reject(new errors.ClientDestroyedError());
      return;
    }
    const connection = this.#free.pop() ?? (this.#all.size < this.#props.most ? this.#another() : undefined);
    if (connection) this.#begin(connection, exchange);
    else this.#waiting.push(exchange);
  }

  passed(milliseconds: number): void {
    for (const connection of this.#all) connection.passed(milliseconds);
  }

  /** Ends them all, with an error for all that is on its way or waits. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new errors.ClientDestroyedError());
    for (const connection of this.#all) connection.end(new errors.ClientDestroyedError());
  }

  /**
   * Requests of one turn of the event loop are sent at its end. What a server has said before it was asked has been read
   * by then, and cannot be taken for an answer.
   */
  #begin(connection: Connection, exchange: Exchange): void {
    connection.begin(exchange);
    if (this.#due.push(connection) === 1) setImmediate(this.#send);
  }

  readonly #send = (): void => {
    const due = this.#due;
    this.#due = [];
    for (const connection of due) connection.send();
  };

  #another(): Connection {
    const connection = new Connection({
      origin: this.#props.origin,
      timeout: this.#props.timeout,
      onFree: this.#onFree,
      onGone: this.#onGone,
    });
    this.#all.add(connection);
    return connection;
  }

  readonly #onFree = (connection: Connection): void => {
    const next = this.#waiting.shift();
    if (next) this.#begin(connection, next);
    else this.#free.push(connection);
    if (!this.isBusy) this.#props.onIdle();
  };

  readonly #onGone = (connection: Connection): void => {
    this.#all.delete(connection);
    this.#free = this.#free.filter((free) => free !== connection);
    const next = this.#closed ? undefined : this.#waiting.shift();
    if (next) this.exchange(next);
    if (!this.isBusy) this.#props.onIdle();
  };
}
