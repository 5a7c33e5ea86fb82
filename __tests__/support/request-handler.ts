import { Readable } from "node:stream";
import type { HttpRequest, HttpResponse } from "../../local/service";

interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const escapeUri = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const queryOf = (query: SdkRequest["query"] = {}): string =>
  Object.entries(query)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one] as const))
    .map(([name, value]) => (value === null ? escapeUri(name) : `${escapeUri(name)}=${escapeUri(value)}`))
    .join("&");

async function bytesOf(body: unknown): Promise<Uint8Array | undefined> {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return Buffer.from(body);
  // A plain copy: the SDK hands over subclasses that warn when they are read.
  if (body instanceof Uint8Array) return new Uint8Array(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The local AWS in place of the network of an SDK client: the same client, the same server, no socket. */
export const requestHandler = (handle: (request: HttpRequest) => Promise<HttpResponse>) => ({
  metadata: { handlerProtocol: "http/1.1" },
  async handle({ method, protocol, hostname, port, path, query, headers, body }: SdkRequest) {
    const search = queryOf(query);
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    const url = `${protocol}//${host}${path}${search && `?${search}`}`;
    const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const response = await handle({ method, url, headers: { host, ...lowerCase }, body: await bytesOf(body) });
    return {
      response: {
        statusCode: response.status,
        headers: response.headers,
        body: Readable.from([Buffer.from(response.body)]),
      },
    };
  },
  updateHttpClientConfig() {},
  httpHandlerConfigs: () => ({}),
  destroy() {},
});
