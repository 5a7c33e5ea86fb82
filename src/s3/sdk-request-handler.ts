import { Readable } from "node:stream";
import type { HttpHandler, HttpRequest } from "@smithy/core/protocols";
import { errors } from "undici";
import { type TransportProps, transport } from "./lean/transport";
import { encodeComponent } from "./lean/uri";

/** Of services that answer at once whatever they are asked, as STS and KMS do. Milliseconds. */
export const promptAnswers = { connect: 5_000, read: 30_000, write: 30_000 };

/** What the SDK does not know for failures of the network: clients that try again need to be told. */
const transient = [
  errors.ConnectTimeoutError,
  errors.HeadersTimeoutError,
  errors.BodyTimeoutError,
  errors.SocketError,
] as const;

function described(error: unknown): unknown {
  return transient.some((kind) => error instanceof kind) ? Object.assign(Object(error), { $retryable: {} }) : error;
}

function urlOf({ protocol, hostname, port, path, query }: HttpRequest): string {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${encodeComponent(name)}=${encodeComponent(one ?? "")}`),
  );
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  return `${protocol}//${host}${path || "/"}${parameters.length > 0 ? `?${parameters.join("&")}` : ""}`;
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError("a request's body must be text or bytes: nothing is streamed here");
}

const lostMetadata = "x-amz-meta-__proto__";
const missing = "x-amz-missing-meta";

/** The SDK keeps metadata in an object that loses one by this name. It is counted as S3 counts what it does not show itself. */
const withLostMetadata = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  headers[lostMetadata] === undefined
    ? headers
    : { ...headers, [missing]: String(Number(headers[missing] ?? "0") + 1) };

/**
 * The network of an SDK client: proxies, certificate authorities and time limits are the lean client's, and so are the
 * limits to what is kept in memory, since answers are read as a whole. `requestTimeout` of a command has no effect.
 *
 * @throws Error where AWS_CA_BUNDLE cannot be read
 */
export function sdkRequestHandler(props: TransportProps): HttpHandler {
  const { send, close } = transport(props);
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (request, { abortSignal } = {}) => {
      const { method, headers } = request;
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      try {
        const answer = await send({ method, url: urlOf(request), headers, body: bytesOf(request.body), signal });
        // The one operation of ours whose body the SDK hands on as a stream.
        const body = request.query["x-id"] === "GetObject" ? Readable.from([answer.body]) : answer.body;
        return { response: { statusCode: answer.status, headers: withLostMetadata(answer.headers), body } };
      } catch (error) {
        throw described(error);
      }
    },
    destroy: () => void close(),
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}
