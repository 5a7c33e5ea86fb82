import { buildConnector, Client, type Dispatcher, ProxyAgent } from "undici";
import { trustedAuthorities } from "./authorities";
import { Connections } from "./connections";
import { Exchange } from "./exchange";
import type { HttpResponse, Send } from "./http";
import { proxyFor } from "./proxy";

export interface TransportProps {
  /** Sockets to one origin. Further requests wait. */
  readonly connections: number;
  /** Of HTTPS_PROXY, HTTP_PROXY, NO_PROXY, AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds without a byte of the answer. A copy of 5 GiB takes minutes on the server's side. */
  readonly timeouts?: { readonly connect: number; readonly read: number; readonly write: number };
  /** Bytes of an answer's body. */
  readonly largestAnswer?: number;
}

export interface Transport {
  readonly send: Send;
  /** Ends every connection, and what is on its way with an error. */
  close(): Promise<void>;
}

const usualTimeouts = { connect: 5_000, read: 30_000, write: 15 * 60_000 };
/** A page of 1,000 keys of 1,024 bytes, each byte written as `%XX`, has 4 MB. */
const usualLargestAnswer = 64 * 1024 * 1024;

const printable = /^[\t\x20-\x7e]*$/;

/** Header values go out as UTF-8, which is how S3 reads and signs them; undici writes one byte a character. */
function onTheWire(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let changed: Record<string, string> | undefined;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || printable.test(value)) continue;
    changed ??= { ...headers };
    changed[name] = Buffer.from(value).toString("latin1");
  }
  return changed ?? headers;
}

/** How an origin is reached: directly, or through a proxy. */
interface Way {
  exchange(
    options: Dispatcher.DispatchOptions,
    signal: AbortSignal | undefined,
    resolve: (response: HttpResponse) => void,
    reject: (error: Error) => void,
  ): void;
  close(): Promise<void>;
}

const through = (proxy: ProxyAgent): Way => ({
  exchange: (options, signal, resolve, reject) => proxy.dispatch(options, new Exchange(resolve, reject, signal)),
  close: () => proxy.destroy(),
});

const over = (connections: Connections): Way => ({
  exchange: (options, signal, resolve, reject) =>
    connections.take((connection) => {
      const answered = (response: HttpResponse) => {
        connections.giveBack(connection);
        resolve(response);
      };
      const failed = (error: Error) => {
        connections.discard(connection);
        reject(error);
      };
      connection.dispatch(options, new Exchange(answered, failed, signal));
    }),
  close: () => connections.close(),
});

/**
 * HTTP/1.1 over connections that are kept. One attempt a request; rejects where no whole answer came.
 *
 * Which proxy an origin needs is looked up once, when the first request goes there.
 */
export function transport(props: TransportProps): Transport {
  const { connections, environment = process.env, timeouts = usualTimeouts } = props;
  const ca = trustedAuthorities(environment);
  const tls = { timeout: timeouts.connect, ...(ca && { ca }) };
  const common = { pipelining: 1, maxResponseSize: props.largestAnswer ?? usualLargestAnswer };
  const ways = new Map<string, Way>();

  const wayTo = (origin: string): Way => {
    const known = ways.get(origin);
    if (known) return known;
    const proxy = proxyFor(origin, environment);
    const connect = buildConnector(tls);
    const way =
      proxy === undefined
        ? over(new Connections(() => new Client(origin, { ...common, connect }), connections))
        : through(new ProxyAgent({ ...common, connections, uri: proxy, requestTls: tls, proxyTls: tls }));
    ways.set(origin, way);
    return way;
  };

  return {
    send: ({ method, url, headers, body, signal }) => {
      const pathAt = url.indexOf("/", url.indexOf("://") + 3);
      const origin = url.slice(0, pathAt);
      const patience = method === "GET" || method === "HEAD" ? timeouts.read : timeouts.write;
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const options = {
          origin,
          path: url.slice(pathAt),
          method,
          headers: onTheWire(headers),
          body: body ?? null,
          headersTimeout: patience,
          bodyTimeout: patience,
          reset: false, // else undici closes the connection after each HEAD
        };
        wayTo(origin).exchange(options, signal, resolve, reject);
      });
    },
    close: async () => {
      await Promise.all([...ways.values()].map((way) => way.close()));
    },
  };
}
