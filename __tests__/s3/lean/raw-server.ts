import { connect, createServer, type Server, type Socket } from "node:net";

export interface RawServer {
  readonly port: number;
  readonly url: string;
  /** So far. */
  readonly connections: number;
  /** At the same time, at most. */
  readonly mostConnections: number;
  /** The head of each request, as it came. */
  readonly requests: readonly string[];
  /** Says something over every connection. */
  toAll(bytes: Buffer): void;
  close(): Promise<void>;
}

/** @param request without its body, of whose end it is told by Content-Length */
export type Respond = (socket: Socket, request: string, index: number) => void;

const bodyLength = (head: string): number => Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);

/** A server that answers with exactly the bytes that a test gives it, or with none. */
export async function rawServer(respond: Respond): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  let connections = 0;
  let mostConnections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    mostConnections = Math.max(mostConnections, sockets.size);
    let received = "";
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined); // the client goes away when it has had enough
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      for (;;) {
        const end = received.indexOf("\r\n\r\n");
        const head = received.slice(0, end);
        const whole = end + 4 + bodyLength(head);
        if (end === -1 || received.length < whole) return;
        received = received.slice(whole);
        requests.push(head);
        respond(socket, head, requests.length - 1);
      }
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    toAll: (bytes) => {
      for (const socket of sockets) socket.write(bytes);
    },
    get connections() {
      return connections;
    },
    get mostConnections() {
      return mostConnections;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** An answer with its length. */
export const answering = (status: number, headers: readonly string[], body: string | Buffer = ""): Buffer =>
  Buffer.concat([
    Buffer.from([`HTTP/1.1 ${status} x`, `Content-Length: ${body.length}`, ...headers, "", ""].join("\r\n")),
    Buffer.from(body),
  ]);

/** A proxy: joins the connection with the one that it asks for, or with this port whatever it asks for. */
export const tunneling =
  (port?: number): Respond =>
  (socket, request) => {
    const [, asked] = /^CONNECT 127\.0\.0\.1:(\d+) /.exec(request) ?? [];
    const other = connect(port ?? Number(asked), "127.0.0.1", () => {
      socket.removeAllListeners("data");
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(other).pipe(socket);
    });
    other.on("error", () => socket.destroy());
    socket.on("close", () => other.destroy());
  };
