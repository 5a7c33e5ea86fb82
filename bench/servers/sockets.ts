import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { createAuthority } from "../../local/http/certificate";
import { parse, type Request } from "./http";

export interface NullServer {
  readonly httpUrl: string;
  readonly httpsUrl: string;
  /** The authority that signed the certificate. */
  readonly caPem: string;
  close(): Promise<void>;
}

const host = "127.0.0.1";

const portOf = (server: Server): number => {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("The server does not listen on a port.");
  return address.port;
};

/**
 * HTTP/1.1 on plain sockets, with connections that stay open: nothing that costs, so that what is measured is the client.
 *
 * @param answer what goes over the wire, as text of one character a byte
 */
export async function serve(answer: (request: Request) => string): Promise<NullServer> {
  const sockets = new Set<Socket>();
  const speak = (socket: Socket): void => {
    let text = "";
    sockets.add(socket);
    socket.setEncoding("latin1").setNoDelay(true);
    socket.on("data", (data: string) => {
      text = text === "" ? data : text + data;
      for (let parsed = parse(text); parsed; parsed = parse(text)) {
        text = text.slice(parsed.length);
        socket.write(answer(parsed.request), "latin1");
      }
    });
    // Clients end by closing their connections as they like.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const { caPem, server: certificate } = createAuthority();
  const plain = createServer(speak);
  const secure = createTlsServer({ cert: certificate.pem, key: certificate.privateKeyPem }, speak);
  for (const server of [plain, secure]) {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, host, resolve));
  }
  return {
    httpUrl: `http://${host}:${portOf(plain)}`,
    httpsUrl: `https://${host}:${portOf(secure)}`,
    caPem,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      for (const server of [plain, secure]) await new Promise<void>((closed) => void server.close(() => closed()));
    },
  };
}
