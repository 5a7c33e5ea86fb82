import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { connect as connectSecurely, type SecureContext } from "node:tls";
import { errors } from "undici";
import { AnswerReader } from "./answer-reader";
import type { HttpResponse } from "./http";

/** Where a connection leads to, and how it is made. */
export interface Origin {
  readonly hostname: string;
  readonly port: number;
  /** For TLS, and whom to trust there. One for all connections: to read the authorities takes longer than to connect. */
  readonly secureContext?: SecureContext;
  /** The last one that the other side gave, so that the next connection need not begin anew. */
  session?: Buffer;
}

/** One request, as it goes over the wire, and who waits for its answer. */
export interface Exchange {
  /** One character a byte. */
  readonly text: string;
  readonly toHead: boolean;
  /** Bytes of the answer's body. */
  readonly largestAnswer: number;
  /** Milliseconds without a byte of the answer. */
  readonly patience: number;
  readonly signal?: AbortSignal;
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (error: Error) => void;
}

export interface ConnectionProps {
  readonly origin: Origin;
  /** Milliseconds. */
  readonly timeout: number;
  /** It has brought a whole answer, and can bring another. */
  readonly onFree: (connection: Connection) => void;
  /** It is of no use any more. */
  readonly onGone: (connection: Connection) => void;
}

/** Bytes that are read at a time, which is as much as TLS can have in one record. */
const READ_SIZE = 16 * 1024;
/** Milliseconds after which nobody relies on a connection that was not used: the other side may be about to end it. */
const IDLE = 4_000;

function open(origin: Origin, onread: OnReadOpts): Socket {
  const { hostname, port, secureContext, session } = origin;
  const common = { host: hostname, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, onread };
  if (!secureContext) return connect(common);
  const servername = isIP(hostname) ? "" : hostname;
  return connectSecurely({ ...common, secureContext, servername, session, ALPNProtocols: ["http/1.1"] }).on(
    "session",
    (given) => {
      origin.session = given;
    },
  );
}

/** One connection, with one request on it at a time. Whatever is not as it should be ends it. */
export class Connection {
  readonly #props: ConnectionProps;
  readonly #socket: Socket;
  #exchange: Exchange | undefined;
  #reader: AnswerReader | undefined;
  #connected = false;
  #gone = false;
  /** Milliseconds, as the clock that calls `passed` counts them. */
  #silentFor = 0;

  constructor(props: ConnectionProps) {
    this.#props = props;
    const buffer = Buffer.allocUnsafeSlow(READ_SIZE);
    const callback = (length: number): boolean => {
      this.#took(buffer.subarray(0, length));
      return true;
    };
    this.#socket = open(props.origin, { buffer, callback });
    this.#socket
      .unref()
      .once(props.origin.secureContext ? "secureConnect" : "connect", () => {
        this.#connected = true;
        this.#silentFor = 0;
      })
      .on("error", (error) => this.end(error))
      .on("end", () => this.#ended())
      .on("close", () => this.end(new errors.SocketError("other side closed")));
  }

  /** Its request is not sent before `send`: until then it is seen whether the other side says something unasked. */
  begin(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#silentFor = 0;
    if (exchange.signal?.aborted) this.#abort();
    else exchange.signal?.addEventListener("abort", this.#abort);
  }

  send(): void {
    if (!this.#exchange) return;
    this.#reader = new AnswerReader(this.#exchange.toHead, this.#exchange.largestAnswer);
    this.#socket.write(this.#exchange.text, "latin1");
  }

  /** Time has gone by. */
  passed(milliseconds: number): void {
    this.#silentFor += milliseconds;
    if (!this.#exchange) {
      if (this.#silentFor >= IDLE) this.end(new errors.InformationalError("idle"));
    } else if (!this.#connected) {
      if (this.#silentFor >= this.#props.timeout) this.end(new errors.ConnectTimeoutError());
    } else if (this.#silentFor >= this.#exchange.patience) {
      this.end(this.#reader?.hasHead ? new errors.BodyTimeoutError() : new errors.HeadersTimeoutError());
    }
  }

  /** The request on it, if there is one, has no answer. */
  end(error: Error): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket.destroy();
    const exchange = this.#finish();
    this.#props.onGone(this);
    exchange?.reject(error);
  }

  readonly #abort = (): void => {
    const reason: unknown = this.#exchange?.signal?.reason;
    this.end(reason instanceof Error ? reason : new errors.RequestAbortedError());
  };

  #took(bytes: Buffer): void {
    if (this.#gone) return;
    this.#silentFor = 0;
    try {
      if (!this.#reader) throw new errors.SocketError("the other side spoke unasked");
      const taken = this.#reader.take(bytes);
      if (this.#reader.isWhole) this.#answered(this.#reader, taken === bytes.length);
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #ended(): void {
    if (this.#reader?.end()) this.#answered(this.#reader, false);
    else this.end(new errors.SocketError("other side closed"));
  }

  #answered({ response, keepsConnection }: AnswerReader, isClean: boolean): void {
    const exchange = this.#finish();
    if (keepsConnection && isClean) this.#props.onFree(this);
    else this.end(new errors.InformationalError("closed"));
    exchange?.resolve(response);
  }

  #finish(): Exchange | undefined {
    const exchange = this.#exchange;
    exchange?.signal?.removeEventListener("abort", this.#abort);
    this.#exchange = undefined;
    this.#reader = undefined;
    this.#silentFor = 0;
    return exchange;
  }
}
