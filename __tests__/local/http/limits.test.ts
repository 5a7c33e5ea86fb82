import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createLocalAws } from "../../../local/aws";
import type { Limits } from "../../../local/http/limits";
import { type Listening, listen } from "../../../local/http/server";

const servers: Listening[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map(({ close }) => close()));
});

/** A server with these limits, as a function that connects to it. */
async function serverWith(limits: Partial<Limits>): Promise<() => Socket> {
  const server = await listen(createLocalAws(), { httpsPort: 0, httpPort: 0 }, limits);
  servers.push(server);
  return () => connect(Number(new URL(server.httpUrl).port), "127.0.0.1").setEncoding("latin1");
}

const request = (method: string, more = ""): string =>
  `${method} /bucket/key HTTP/1.1\r\nHost: 127.0.0.1\r\n${more}\r\n`;
const put = (size: number): string => request("PUT", `Content-Length: ${size}\r\nConnection: close\r\n`);

/** All that comes back until the server ends the connection. */
async function conversation(socket: Socket, text: string): Promise<string> {
  let answered = "";
  socket.on("data", (data) => {
    answered += data;
  });
  socket.write(text);
  await once(socket, "close");
  return answered;
}

const status = (answer: string): string | undefined => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];

test("who does not come to the end of the headers is let go", async () => {
  const open = await serverWith({ headersTimeout: 50 });
  expect(status(await conversation(open(), "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"))).toBe("408");
  expect(await conversation(open(), "")).toMatch(/^(HTTP\/1\.1 408|$)/);
});

test("who does not come to the end of the body is let go", async () => {
  const open = await serverWith({ headersTimeout: 50, requestTimeout: 100 });
  expect(await conversation(open(), `${put(10)}12345`)).not.toMatch(/^HTTP\/1\.1 200/);
});

test("who neither asks nor reads is let go", async () => {
  const open = await serverWith({ idleTimeout: 50, headersTimeout: 10_000 });
  expect(await conversation(open(), "")).toBe("");
});

test("one connection too many is closed, and the others are served", async () => {
  const open = await serverWith({ connections: 1 });
  const first = open();
  await once(first, "connect");
  const second = open();
  second.on("error", () => {}); // reset or ended: closed either way
  await once(second, "close");
  expect(status(await conversation(first, request("GET", "Connection: close\r\n")))).toBe("404");
});

test("bodies beyond what is held at once are refused, and there is room again when they are gone", async () => {
  const open = await serverWith({ heldBodies: 1_000 });
  const ask = async (size: number): Promise<string | undefined> =>
    status(await conversation(open(), `${put(size)}${"x".repeat(size)}`));
  expect(await ask(1_001)).toBe("503");
  const slow = open();
  slow.write(`${put(900)}${"x".repeat(800)}`);
  while ((await ask(201)) !== "503"); // until the server has read what the slow one sent
  slow.destroy();
  while ((await ask(201)) === "503"); // until the server has seen that it is gone
  expect(await ask(300)).toBe("404");
});

test("the answers of those who are gone take no room", async () => {
  const open = await serverWith({ heldBodies: 2_000 });
  for (let time = 0; time < 20; time += 1) {
    expect(status(await conversation(open(), request("GET", "Connection: close\r\n")))).toBe("404");
  }
});

const kms = { host: "127.0.0.1", "x-amz-target": "TrentService.ListKeys" };
const large = new Uint8Array(9 * 1024 * 1024).fill(32);

test("a call to KMS is as long as it needs to be at most", async () => {
  const { status, body } = await createLocalAws().handle({
    method: "POST",
    url: "https://127.0.0.1/",
    headers: kms,
    body: large,
  });
  expect(status).toBe(413);
  expect(Buffer.from(body).toString()).toContain("RequestEntityTooLarge");
});

test("XML is as long as it needs to be at most, whoever sends it", async () => {
  const url = "https://127.0.0.1/bucket?tagging";
  const { status, body } = await createLocalAws().handle({ method: "PUT", url, headers: {}, body: large });
  expect(status).toBe(400);
  expect(Buffer.from(body).toString()).toContain("<Code>MaxMessageLengthExceeded</Code>");
});
