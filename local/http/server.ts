import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import type { LocalAws } from "../aws";
import { protocols } from "../codec/services";
import { ConnectionReset } from "../faults/answers";
import { AwsError, type HttpRequest, type HttpResponse } from "../service";
import { createAuthority } from "./certificate";
import { type HeldBodies, heldBodies, type Limits, usualLimits } from "./limits";

export interface Ports {
  /** 0 takes a free one. */
  readonly httpsPort: number;
  readonly httpPort: number;
}

export interface Listening {
  /** With an address, not a name: clients then address buckets by path, which needs no DNS. */
  readonly httpsUrl: string;
  readonly httpUrl: string;
  /** The authority that signed the server's certificate, for AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS. */
  readonly caPem: string;
  /** Ends every connection. */
  close(): Promise<void>;
}

const host = "127.0.0.1";

/**
 * Serves this AWS on loopback: HTTPS with a certificate made now, and plain HTTP. Throws if a port is taken.
 *
 * @param given those limits that are other than usual
 */
export async function listen(
  aws: Pick<LocalAws, "handle">,
  { httpsPort, httpPort }: Ports,
  given: Partial<Limits> = {},
): Promise<Listening> {
  const limits = { ...usualLimits, ...given };
  const { headersTimeout, requestTimeout } = limits;
  const options = {
    maxHeaderSize: 64 * 1024,
    keepAliveTimeout: 60_000,
    headersTimeout,
    requestTimeout,
    connectionsCheckingInterval: Math.min(headersTimeout, 5_000),
  };
  const { caPem, server } = createAuthority();
  const held = heldBodies(limits);
  const secure = createHttpsServer(
    { ...options, handshakeTimeout: headersTimeout, cert: server.pem, key: server.privateKeyPem },
    answer(aws, "https", held),
  );
  const plain = createHttpServer(options, answer(aws, "http", held));
  for (const one of [secure, plain]) {
    one.maxConnections = limits.connections;
    one.setTimeout(limits.idleTimeout);
  }
  const endSecure = await open(secure, httpsPort);
  const endPlain = await open(plain, httpPort).catch(async (error) => {
    await endSecure();
    throw error;
  });
  return {
    httpsUrl: `https://${host}:${portOf(secure)}`,
    httpUrl: `http://${host}:${portOf(plain)}`,
    caPem,
    close: async () => {
      await Promise.all([endSecure(), endPlain()]);
    },
  };
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("The server does not listen on a port.");
  return address.port;
}

function open(server: Server, port: number): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve(
        () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      );
    });
  });
}

const answer =
  (aws: Pick<LocalAws, "handle">, scheme: "http" | "https", held: HeldBodies) =>
  async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = "GET", url = "/" } = incoming;
    const headers = headersOf(incoming);
    let taken = 0;
    let gone = false;
    const take = (bytes: number): void => {
      if (gone) return;
      held.add(bytes);
      taken += bytes;
    };
    outgoing.once("close", () => {
      gone = true;
      held.release(taken);
    });
    let response: HttpResponse;
    let headersTake = 0;
    try {
      const body = await bodyOf(incoming, held.largestBody, take);
      const request: HttpRequest = { method, url: `${scheme}://${headers["host"] ?? host}${url}`, headers, body };
      response = await aws.handle(request, (milliseconds) => {
        headersTake = milliseconds;
      });
      take(response.body.length);
    } catch (error) {
      if (error instanceof ConnectionReset && scheme === "http") return void incoming.socket.resetAndDestroy();
      if (!(error instanceof AwsError)) return void outgoing.destroy(); // the client went away in the middle
      outgoing.shouldKeepAlive = false; // the rest of the body is still on its way
      response = protocols.s3.refuse(error, { method }, "");
    }
    if (headersTake > 0) sendSlowly(outgoing, method, response, headersTake);
    else send(outgoing, method, response);
  };

const printable = /^[\t\x20-\x7e]*$/;

/** S3 reads header values as UTF-8, where Node gives one character a byte. */
function fromLatin1(value: string): string {
  if (printable.test(value)) return value;
  const decoded = Buffer.from(value, "latin1").toString();
  return decoded.includes("\ufffd") ? value : decoded;
}

/** Responses can repeat what a request said (`response-content-type`): never a line break of their own. */
const toLatin1 = (value: string): string =>
  printable.test(value)
    ? value
    : Buffer.from(value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, " ")).toString("latin1");

function headersOf(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value = ""] of Object.entries(incoming.headers)) {
    headers[name] = fromLatin1(Array.isArray(value) ? value.join(",") : value);
  }
  return headers;
}

const nothing = new Uint8Array();

/** @param take is told the size of each piece, and throws where it is too much */
async function bodyOf(incoming: IncomingMessage, largest: number, take: (bytes: number) => void): Promise<Uint8Array> {
  const tooLarge = (): AwsError =>
    new AwsError("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size", {
      MaxSizeAllowed: largest,
    });
  const { "content-length": length, "transfer-encoding": encoding } = incoming.headers;
  if (encoding === undefined && Number(length ?? 0) === 0) return nothing;
  if (Number(length ?? 0) > largest) throw tooLarge();
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of incoming) {
    take(piece.length);
    pieces.push(piece);
    size += piece.length;
    if (size > largest) throw tooLarge();
  }
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, size);
}

const hasBody = (method: string, status: number): boolean => method !== "HEAD" && status !== 204 && status !== 304;

function shownHeaders(method: string, { status, headers, body }: HttpResponse): Record<string, string | number> {
  const shown: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(headers)) shown[name] = toLatin1(value);
  if (hasBody(method, status)) shown["content-length"] = body.length;
  return shown;
}

function send(outgoing: ServerResponse, method: string, response: HttpResponse): void {
  const { status, body } = response;
  outgoing.writeHead(status, shownHeaders(method, response)).end(hasBody(method, status) ? body : undefined);
}

const slowPieces = 20;

/** The headers in twenty pieces, by hand, since Node sends them in one; the connection ends with the answer. */
function sendSlowly(outgoing: ServerResponse, method: string, response: HttpResponse, milliseconds: number): void {
  const { socket } = outgoing;
  const { status, body } = response;
  const lines = Object.entries({
    ...shownHeaders(method, response),
    date: new Date().toUTCString(),
    connection: "close",
  });
  const text = `HTTP/1.1 ${status} \r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  const size = Math.ceil(text.length / slowPieces);
  const sendFrom = (start: number): void => {
    if (!socket?.writable) return;
    socket.write(text.slice(start, start + size), "latin1");
    if (start + size < text.length) setTimeout(sendFrom, milliseconds / slowPieces, start + size);
    else socket.end(hasBody(method, status) ? body : nothing);
  };
  sendFrom(0);
}
