import { once } from "node:events";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { createLocalAws } from "../../../local/aws";
import type { FaultName } from "../../../local/faults/plan";
import { type Listening, listen } from "../../../local/http/server";

let server: Listening | undefined;
afterEach(() => server?.close());

const request = "GET /missing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

/** A connection to a server where all requests meet this fault, and the stall that it is in. */
async function meeting(fault: FaultName, scheme: "http" | "https" = "http") {
  let wake = (): void => {};
  const stalled = new Promise<() => void>((resolve) => {
    wake = () => resolve(() => {});
  });
  let go = (): void => {};
  const aws = createLocalAws({
    faults: { rates: { "*": { [fault]: 1 } }, slowMilliseconds: 40 },
    sleep: () =>
      new Promise((resolve) => {
        go = resolve;
        wake();
      }),
  });
  server = await listen(aws, { httpsPort: 0, httpPort: 0 });
  const port = Number(new URL(scheme === "http" ? server.httpUrl : server.httpsUrl).port);
  const socket: Socket =
    scheme === "http"
      ? connectPlain(port, "127.0.0.1")
      : connectSecure({ port, host: "127.0.0.1", rejectUnauthorized: false });
  socket.setEncoding("latin1");
  return { socket, stalled, goOn: () => go() };
}

test("a reset is one of the connection, not an end", async () => {
  const { socket } = await meeting("resetBefore");
  const failed = once(socket, "error");
  socket.write(request);
  expect(await failed).toMatchObject([{ code: "ECONNRESET" }]);
});

test("over TLS the connection is gone without an answer", async () => {
  const { socket } = await meeting("resetAfter", "https");
  const pieces: string[] = [];
  socket.on("error", () => {}).on("data", (piece: string) => pieces.push(piece));
  socket.write(request);
  await once(socket, "close");
  expect(pieces).toEqual([]);
});

test("a stall keeps the client waiting on an open connection, and ends with the answer", async () => {
  const { socket, stalled, goOn } = await meeting("stallBefore");
  const pieces: string[] = [];
  socket.on("data", (piece: string) => pieces.push(piece));
  socket.write(request);
  await stalled;
  expect(pieces).toEqual([]);
  goOn();
  await once(socket, "close");
  expect(pieces.join("")).toMatch(/^HTTP\/1\.1 404 /);
});

test.each(["http", "https"] as const)("slow headers come in many pieces over %s, and whole", async (scheme) => {
  const { socket } = await meeting("slowHeaders", scheme);
  const pieces: string[] = [];
  socket.on("data", (piece: string) => pieces.push(piece));
  socket.write(request);
  await once(socket, "close");
  expect(pieces.join("")).toMatch(/^HTTP\/1\.1 404 .*<Code>NoSuchBucket<.*<\/Error>$/s);
  expect(pieces.length).toBeGreaterThan(3);
});
