import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** What the process that sends is told: requests as bytes of HTTP, in turn until there were so many. */
export interface Load {
  readonly port: number;
  readonly requests: readonly string[];
  readonly total: number;
  readonly connections: number;
  /** The authority of a server that speaks TLS. @default plain HTTP */
  readonly ca?: string;
}

/** The end of a whole answer in the text, or -1. Throws if it is an error's. */
function answerEnd(text: string, toHead: boolean): number {
  const end = text.indexOf("\r\n\r\n") + 4;
  if (end < 4) return -1;
  if (!/^HTTP\/1\.1 2\d\d /.test(text)) throw new Error(text);
  const length = toHead ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return text.length < end + length ? -1 : end + length;
}

function send({ port, requests, total, connections, ca }: Load): Promise<void> {
  let sent = 0;
  const one = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      let text = "";
      let toHead = false;
      const next = (): void => {
        const request = sent < total ? requests[sent % requests.length] : undefined;
        if (request === undefined) {
          socket.destroy();
          resolve();
          return;
        }
        sent += 1;
        toHead = request.startsWith("HEAD ");
        socket.write(request);
      };
      socket
        .setEncoding("latin1")
        .setNoDelay(true)
        .on(ca === undefined ? "connect" : "secureConnect", next)
        .on("error", reject);
      socket.on("end", () => reject(new Error("The server closed a connection.")));
      socket.on("data", (data: string) => {
        text += data;
        const end = answerEnd(text, toHead);
        if (end < 0) return;
        text = text.slice(end);
        next();
      });
    });
  const open = (): Socket =>
    ca === undefined ? connect(port, "127.0.0.1") : connectTls({ port, host: "127.0.0.1", ca });
  const sockets = Array.from({ length: connections }, () => one(open()));
  return Promise.all(sockets).then(() => undefined);
}

// A load, then the word to begin, so that the server's CPU time can be read in between.
let load: Load | undefined;
process.on("message", (message: Load | "go") => {
  if (message !== "go") {
    load = message;
    process.send?.("ready");
  } else if (load) void send(load).then(() => process.send?.("done"));
});
