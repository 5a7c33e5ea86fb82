import { createSecureContext } from "node:tls";
import { type Dispatcher, ProxyAgent } from "undici";
import { trustedAuthorities } from "./authorities";
import { Connections } from "./connections";
import { Exchange } from "./exchange";
import type { HttpRequest, Send } from "./http";
import { proxyFor } from "./proxy";
import { onTheWire, requestText } from "./request-text";

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

/** How often connections are looked at, in milliseconds, if no time limit is shorter. */
const LOOK = 1_000;

/** How an origin is reached. */
interface Way {
  readonly send: Send;
  /** Whether the process has to stay alive for it. */
  readonly isBusy: boolean;
  passed(milliseconds: number): void;
  close(): Promise<void> | void;
}

const originOf = (url: string): string => url.slice(0, url.indexOf("/", url.indexOf("://") + 3));

/**
 * HTTP/1.1 over connections that are kept. One attempt a request; rejects where no whole answer came.
 *
 * Which proxy an origin needs is looked up once, when the first request goes there.
 */
export function transport(props: TransportProps): Transport {
  const { environment = process.env, timeouts = usualTimeouts, largestAnswer = usualLargestAnswer } = props;
  const ca = trustedAuthorities(environment);
  const ways = new Map<string, Way>();
  const patienceFor = ({ method }: HttpRequest) =>
    method === "GET" || method === "HEAD" ? timeouts.read : timeouts.write;

  // One timer for all time limits, and for the process to stay alive by while it waits: connections do not hold it.
  const every = Math.max(1, Math.min(LOOK, ...Object.values(timeouts).map((limit) => limit / 4)));
  const timer = setInterval(() => {
    for (const way of ways.values()) way.passed(every);
  }, every).unref();
  const onIdle = () => {
    for (const way of ways.values()) if (way.isBusy) return;
    timer.unref();
  };

  const directly = (origin: string): Way => {
    const { protocol, hostname, port, host } = new URL(origin);
    const secure = protocol === "https:";
    const place = {
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || (secure ? 443 : 80)),
      ...(secure && { secureContext: createSecureContext({ ca }) }),
    };
    const connections = new Connections({ origin: place, most: props.connections, timeout: timeouts.connect, onIdle });
    return {
      send: (request) =>
        new Promise((resolve, reject) => {
          const { method, signal } = request;
          signal?.throwIfAborted();
          const text = requestText(request, request.url.slice(origin.length), host);
          const toHead = method === "HEAD";
          if (!timer.hasRef()) timer.ref();
          connections.exchange({
            text,
            toHead,
            largestAnswer,
            patience: patienceFor(request),
            signal,
            resolve,
            reject,
          });
        }),
      get isBusy() {
        return connections.isBusy;
      },
      passed: (milliseconds) => connections.passed(milliseconds),
      close: () => connections.close(),
    };
  };

  const through = (proxy: string): Way => {
    const tls = { timeout: timeouts.connect, ...(ca && { ca }) };
    const limits = { connections: props.connections, pipelining: 1, maxResponseSize: largestAnswer };
    const agent = new ProxyAgent({ ...limits, uri: proxy, requestTls: tls, proxyTls: tls });
    return {
      send: (request) =>
        new Promise((resolve, reject) => {
          const { method, url, headers, body, signal } = request;
          signal?.throwIfAborted();
          const origin = originOf(url);
          const patience = patienceFor(request);
          const options: Dispatcher.DispatchOptions = {
            ...{ origin, path: url.slice(origin.length), method, headers: onTheWire(headers), body: body ?? null },
            ...{ headersTimeout: patience, bodyTimeout: patience },
            reset: false, // else undici closes the connection after each HEAD
          };
          agent.dispatch(options, new Exchange(resolve, reject, signal));
        }),
      isBusy: false, // undici keeps its own time
      passed: () => undefined,
      close: () => agent.destroy(),
    };
  };

  const wayTo = (origin: string): Way => {
    const known = ways.get(origin);
    if (known) return known;
    const proxy = proxyFor(origin, environment);
    const way = proxy === undefined ? directly(origin) : through(proxy);
    ways.set(origin, way);
    return way;
  };

  return {
    send: (request) => wayTo(originOf(request.url)).send(request),
    close: async () => {
      clearInterval(timer);
      await Promise.all([...ways.values()].map((way) => way.close()));
    },
  };
}
