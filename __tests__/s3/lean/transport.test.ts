import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalAws } from "../../../local/aws";
import { listen } from "../../../local/http/server";
import { leanStore } from "../../../src/s3/lean/lean-store";
import { type TransportProps, transport } from "../../../src/s3/lean/transport";
import type { CopyRequest, ObjectStore } from "../../../src/s3/object-store";
import { answering, type RawServer, type Respond, rawServer, tunneling } from "./raw-server";

const patient = { connect: 10_000, read: 10_000, write: 10_000 };

const toClose: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of toClose.splice(0).reverse()) await one.close();
});

const served = async (respond: Respond): Promise<RawServer> => {
  const server = await rawServer(respond);
  toClose.push(server);
  return server;
};

const opened = (props: Partial<TransportProps> = {}) => {
  const one = transport({ connections: 4, environment: {}, timeouts: patient, ...props });
  toClose.push(one);
  return one;
};

function storeAt(url: string, props: Partial<TransportProps> = {}): ObjectStore {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  return leanStore({
    send: opened(props).send,
    bucket: "acme-uploads",
    expectedBucketOwner: "111111111111",
    endpoint: { origin: url, host: new URL(url).host, path: "/acme-uploads", signingRegion: "eu-west-1" },
    identity: { current: () => credentials, renewed: async () => credentials },
    now: Date.now,
  });
}

const headHeaders = ['ETag: "1"', "Last-Modified: Wed, 12 Oct 2022 17:50:00 GMT"];
const copied = "<CopyObjectResult><ETag>&quot;2&quot;</ETag></CopyObjectResult>";
const page = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
const copyRequest: CopyRequest = {
  source: { key: "a", ifMatch: '"1"' },
  key: "a",
  encryption: { algorithm: "AES256" },
  storageClass: "STANDARD",
  grants: [],
};

/** As S3 answers: without a Connection header, which HTTP/1.1 does not need. */
const asS3: Respond = (socket, request) => {
  if (request.startsWith("HEAD")) socket.write(answering(200, headHeaders));
  else if (request.startsWith("PUT")) socket.write(answering(200, [], copied));
  else socket.write(answering(200, [], page));
};

describe("connections", () => {
  test("are kept after every kind of answer", async () => {
    const server = await served((socket, request, index) => {
      if (index === 3) socket.write("HTTP/1.1 404 x\r\nTransfer-Encoding: chunked\r\n\r\n");
      else asS3(socket, request, index);
    });
    const store = storeAt(server.url, { connections: 1 });
    for (const look of [0, 1, 2]) expect(await store.head({ key: `${look}` })).toMatchObject({ is: "done" });
    expect(await store.head({ key: "missing" })).toMatchObject({ is: "refused", code: "NoSuchKey" });
    expect(await store.copy(copyRequest)).toMatchObject({ is: "done" });
    expect(await store.list({ limit: 1 })).toMatchObject({ is: "done" });
    expect(await store.head({ key: "a" })).toMatchObject({ is: "done" });
    expect(server.connections).toBe(1);
  });

  test("are never more than allowed, and none carries two requests at once", async () => {
    let open = 0;
    let most = 0;
    const server = await served((socket, request, index) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        asS3(socket, request, index);
      });
    });
    const store = storeAt(server.url, { connections: 3 });
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => store.head({ key: `${index}` })));
    expect(answers.filter(({ is }) => is === "done")).toHaveLength(30);
    expect(server.mostConnections).toBe(3);
    expect(most).toBeLessThanOrEqual(3);
  });

  test("are no more than there are requests at a time", async () => {
    const server = await served(asS3);
    const store = storeAt(server.url, { connections: 30 });
    const oneAfterTheOther = async (worker: number) => {
      for (let index = 0; index < 20; index++) await store.head({ key: `${worker}-${index}` });
    };
    await Promise.all([0, 1, 2].map(oneAfterTheOther));
    expect(server.connections).toBe(3);
  });

  test("that broke are replaced, also for those who wait", async () => {
    const server = await served((socket, request, index) => {
      if (index % 3 === 0) socket.destroy();
      else asS3(socket, request, index);
    });
    const store = storeAt(server.url, { connections: 2 });
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => store.head({ key: `${index}` })));
    expect(answers.filter(({ is }) => is === "done")).toHaveLength(20);
    expect(answers.filter(({ is }) => is === "unknown")).toHaveLength(10);
    expect(server.mostConnections).toBeLessThanOrEqual(2);
  });

  test("that are closed end every request with an error, also those that wait and those that come later", async () => {
    const server = await served(() => undefined);
    const { send, close } = transport({ connections: 1, environment: {}, timeouts: patient });
    const look = () => send({ method: "HEAD", url: `${server.url}/`, headers: {} });
    const pending = [look(), look(), look()].map((one) => expect(one).rejects.toThrow("destroyed"));
    await close();
    await Promise.all(pending);
    await expect(look()).rejects.toThrow("destroyed");
  });
});

describe("what nobody asked for", () => {
  const stray = answering(200, ['ETag: "stray"', "Last-Modified: Wed, 12 Oct 2022 17:50:00 GMT"]);
  const asked = { is: "done", value: { etag: '"1"' } };

  test("is not the answer to the next request where it comes with an answer", async () => {
    const server = await served((socket, request, index) => {
      asS3(socket, request, index);
      if (index === 0) socket.write(stray);
    });
    const store = storeAt(server.url, { connections: 1 });
    expect(await store.head({ key: "a" })).toMatchObject(asked);
    expect(await store.head({ key: "b" })).toMatchObject({ is: expect.stringMatching(/done|unknown/) });
    expect(await store.head({ key: "c" })).toMatchObject(asked);
    expect(server.connections).toBe(2);
  });

  test("ends a connection that waits for its next request", async () => {
    // Without the clock it cannot end for having been idle.
    const clock = jest.spyOn(globalThis, "setInterval").mockReturnValue(setTimeout(() => undefined, 0));
    let closed: Promise<unknown> | undefined;
    const server = await served((socket, request, index) => {
      asS3(socket, request, index);
      if (index === 0) closed = new Promise((resolve) => socket.once("close", resolve));
    });
    const store = storeAt(server.url, { connections: 1 });
    expect(await store.head({ key: "a" })).toMatchObject(asked);
    server.toAll(stray);
    await closed;
    expect(await store.head({ key: "b" })).toMatchObject(asked);
    expect(server.connections).toBe(2);
    clock.mockRestore();
  }, 5_000);
});

test("a request that is given up ends with the reason, and the next one has another connection", async () => {
  const server = await served((socket, request, index) => {
    if (request.startsWith("HEAD /given")) giveUp.abort(new Error("enough"));
    else asS3(socket, request, index);
  });
  const { send } = opened({ connections: 1 });
  const giveUp = new AbortController();
  const look = (key: string, signal?: AbortSignal) =>
    send({ method: "HEAD", url: `${server.url}/${key}`, headers: {}, signal });
  const given = look("given", giveUp.signal);
  const waiting = look("waiting");
  const never = look("never", giveUp.signal);
  await expect(given).rejects.toThrow("enough");
  await expect(never).rejects.toThrow("enough");
  expect(await waiting).toMatchObject({ status: 200 });
  expect(server.requests.map((request) => request.split(" ")[1])).toEqual(["/given", "/waiting"]);
});

test.each([
  ["a header", "/a", { "x-a": "b\r\nx-c: d" }],
  ["a path", "/a b HTTP/1.1\r\nx-c: d\r\n\r\n", {}],
])("%s that could be read as more than it is is not sent", async (_, path, headers) => {
  const server = await served(asS3);
  const { send } = opened();
  await expect(send({ method: "HEAD", url: `${server.url}${path}`, headers })).rejects.toThrow(TypeError);
  expect(server.connections).toBe(0);
});

describe("what goes over the wire", () => {
  test("the path as it is, however it looks", async () => {
    const server = await served(asS3);
    const store = storeAt(server.url);
    for (const key of ["a/../b", "..", "//a", "a b", "ü"]) await store.head({ key });
    expect(server.requests.map((request) => request.split(" ")[1])).toEqual([
      "/acme-uploads/a/../b",
      "/acme-uploads/..",
      "/acme-uploads///a",
      "/acme-uploads/a%20b",
      "/acme-uploads/%C3%BC",
    ]);
  });

  test("headers are UTF-8 both ways, and what is none comes byte by byte", async () => {
    const server = await served((socket) => {
      const value = (bytes: Buffer) => Buffer.concat([Buffer.from("x-amz-meta-a: "), bytes]).toString("latin1");
      const head = answering(200, [...headHeaders, value(Buffer.from("grün 🐎")), "x-amz-meta-b: gr\xfcn"]);
      socket.write(
        head.toString().replace(/grün|Ã¼/g, (text) => text),
        "latin1",
      );
    });
    const { send } = opened();
    await send({ method: "HEAD", url: `${server.url}/a`, headers: { host: "x", "x-amz-meta-a": "grün 🐎" } });
    expect(Buffer.from(server.requests[0] ?? "", "latin1").toString()).toContain("x-amz-meta-a: grün 🐎");
    expect(await storeAt(server.url).head({ key: "a" })).toMatchObject({
      value: { metadata: { a: "grün 🐎", b: "grün" } },
    });
  });

  test("a body with its length", async () => {
    const server = await served((socket) => socket.write(answering(200, [])));
    const encryption = {
      algorithm: "aws:kms",
      keyArn: "arn:aws:kms:eu-west-1:111111111111:key/1",
      bucketKey: true,
    } as const;
    expect(await storeAt(server.url).updateEncryption({ key: "a", encryption })).toMatchObject({ is: "done" });
    expect(server.requests[0]).toMatch(/^content-length: [1-9]\d+$/im);
  });
});

describe("an answer", () => {
  test("follows what is only informational", async () => {
    const server = await served((socket, request, index) => {
      socket.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
      asS3(socket, request, index);
    });
    expect(await storeAt(server.url).head({ key: "a" })).toMatchObject({ is: "done", value: { etag: '"1"' } });
  });

  test("in many pieces is put together", async () => {
    const server = await served((socket) => {
      socket.write("HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n");
      // S3 sends blanks while it copies, so that the connection is not taken for dead.
      for (const piece of [" ", "\n", ...copied]) socket.write(`1\r\n${piece}\r\n`);
      socket.write("0\r\n\r\n");
    });
    expect(await storeAt(server.url).copy(copyRequest)).toMatchObject({ is: "done", value: { etag: '"2"' } });
  });
});

const cut = (bytes: Buffer, length: number): Buffer => bytes.subarray(0, bytes.length - length);
const whole = answering(200, [], copied);

const broken: readonly (readonly [string, Respond, RegExp])[] = [
  ["a reset before an answer", (socket) => socket.resetAndDestroy(), /ECONNRESET|other side closed/],
  ["an end before an answer", (socket) => socket.end(), /other side closed/],
  [
    "a reset within the headers",
    (socket) => afterWriting(socket, "HTTP/1.1 200 x\r\nA: b", "reset"),
    /ECONNRESET|other side/,
  ],
  [
    "a reset within the body",
    (socket) => afterWriting(socket, cut(whole, 5), "reset"),
    /ECONNRESET|other side|aborted/,
  ],
  ["an end within the body", (socket) => afterWriting(socket, cut(whole, 5), "end"), /other side|length/i],
  [
    "an end within a body without length",
    (socket) => afterWriting(socket, "HTTP/1.1 200 x\r\n\r\n<CopyObjectResult><ETag>", "end"),
    /UnreadableXml/,
  ],
  [
    "an end within a chunked body",
    (socket) =>
      afterWriting(
        socket,
        `HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n${copied.length.toString(16)}\r\n${copied}\r\n`,
        "end",
      ),
    /other side|invalid|EOF/i,
  ],
  ["no HTTP at all", (socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n"), /HTTPParserError/],
  ["a body that is no XML", (socket) => socket.write(answering(200, [], "\u0000\u0001 <html>")), /UnreadableXml/],
  ["XML of something else", (socket) => socket.write(answering(200, [], "<html></html>")), /UnreadableXml/],
];

function afterWriting(socket: Socket, bytes: string | Buffer, then: "reset" | "end"): void {
  socket.write(bytes, () => (then === "end" ? socket.end() : socket.resetAndDestroy()));
}

describe("may have had an effect, and must be looked at again:", () => {
  test.each(broken)("%s", async (_, respond, cause) => {
    const server = await served((socket, request, index) => (index === 0 ? respond : asS3)(socket, request, index));
    const store = storeAt(server.url);
    expect(await store.copy(copyRequest)).toEqual({ is: "unknown", cause: expect.stringMatching(cause) });
    expect(server.requests).toHaveLength(1); // sent once, whatever came of it
    expect(await store.copy(copyRequest)).toMatchObject({ is: "done" });
  });

  test("silence before the answer, and within it; a write may be silent for longer than a read", async () => {
    const copies: Socket[] = [];
    const server = await served((socket, request) => {
      if (request.startsWith("PUT")) copies.push(socket);
      else if (request.startsWith("GET")) socket.write("HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\n<List");
    });
    const store = storeAt(server.url, { timeouts: { connect: 10_000, read: 50, write: 60_000 } });
    const copying = store.copy(copyRequest);
    const [looked, listed] = await Promise.all([store.head({ key: "a" }), store.list({ limit: 1 })]);
    expect(looked).toEqual({ is: "unknown", cause: expect.stringContaining("HeadersTimeoutError") });
    expect(listed).toEqual({ is: "unknown", cause: expect.stringContaining("BodyTimeoutError") });
    for (const socket of copies) socket.write(whole);
    expect(await copying).toMatchObject({ is: "done" });
  });

  test("more than an answer can have, announced or not", async () => {
    const large = Buffer.alloc(2_000, " ");
    const server = await served((socket, request, index) => {
      if (index === 0) socket.write(answering(200, [], large));
      else if (index === 1) socket.write(Buffer.concat([Buffer.from("HTTP/1.1 200 x\r\n\r\n"), large]));
      else asS3(socket, request, index);
    });
    const store = storeAt(server.url, { largestAnswer: 1_000 });
    const tooLarge = { is: "unknown", cause: expect.stringContaining("ResponseExceededMaxSizeError") };
    expect(await store.list({ limit: 1 })).toEqual(tooLarge);
    expect(await store.list({ limit: 1 })).toEqual(tooLarge);
    expect(await store.list({ limit: 1 })).toMatchObject({ is: "done" });
  });

  test("nobody there", async () => {
    const server = await rawServer(asS3);
    await server.close();
    const answer = await storeAt(server.url).copy(copyRequest);
    expect(answer).toEqual({ is: "unknown", cause: expect.stringContaining("ECONNREFUSED") });
  });
});

describe("over TLS", () => {
  const directory = mkdtempSync(join(tmpdir(), "transport-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  async function secureServer() {
    const server = await listen(createLocalAws(), { httpsPort: 0, httpPort: 0 });
    toClose.push(server);
    const bundle = join(directory, "ca.pem");
    writeFileSync(bundle, server.caPem);
    return { url: server.httpsUrl, bundle };
  }

  const missing = { is: "refused", status: 403, code: "InvalidAccessKeyId" }; // it has been read

  test("an authority that nobody named is not trusted", async () => {
    const { url } = await secureServer();
    expect(await storeAt(url).list({ limit: 1 })).toEqual({
      is: "unknown",
      cause: expect.stringMatching(/certificate|issuer/),
    });
  });

  test("AWS_CA_BUNDLE is trusted", async () => {
    const { url, bundle } = await secureServer();
    const store = storeAt(url, { environment: { AWS_CA_BUNDLE: bundle } });
    expect(await store.list({ limit: 1 })).toMatchObject(missing);
  });

  test("NODE_EXTRA_CA_CERTS is trusted beside a bundle that does not have it", async () => {
    const { url, bundle } = await secureServer();
    const other = join(directory, "other.pem");
    writeFileSync(other, "");
    const environment = { AWS_CA_BUNDLE: other, NODE_EXTRA_CA_CERTS: bundle };
    expect(await storeAt(url, { environment }).list({ limit: 1 })).toMatchObject(missing);
  });

  test("a bundle that is not there is said at once", () => {
    expect(() => opened({ environment: { AWS_CA_BUNDLE: "/nonexistent/ca.pem" } })).toThrow("/nonexistent/ca.pem");
  });

  test("through a proxy", async () => {
    const { url, bundle } = await secureServer();
    const proxy = await served(tunneling());
    const environment = { AWS_CA_BUNDLE: bundle, HTTPS_PROXY: proxy.url };
    expect(await storeAt(url, { environment }).list({ limit: 1 })).toMatchObject(missing);
    expect(proxy.requests.map((request) => request.split("\r\n")[0])).toEqual([
      `CONNECT ${new URL(url).host} HTTP/1.1`,
    ]);
  });
});

describe("through a proxy", () => {
  test("plain HTTP is tunneled as well, over connections that are kept", async () => {
    const server = await served(asS3);
    const proxy = await served(tunneling());
    const store = storeAt(server.url, {
      connections: 1,
      environment: { http_proxy: proxy.url.replace("http://", "http://user:p%40ss@") },
    });
    for (const look of [0, 1, 2]) expect(await store.head({ key: `${look}` })).toMatchObject({ is: "done" });
    expect(proxy.requests).toHaveLength(1);
    const expected = `proxy-authorization: Basic ${Buffer.from("user:p@ss").toString("base64")}`;
    expect(proxy.requests[0]?.toLowerCase()).toContain(expected.toLowerCase());
    expect(server.requests.join()).not.toMatch(/proxy-authorization/i);
  });

  test("an exempt name is reached directly", async () => {
    const server = await served(asS3);
    const proxy = await served(tunneling());
    const store = storeAt(server.url, { environment: { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" } });
    expect(await store.head({ key: "a" })).toMatchObject({ is: "done" });
    expect(proxy.requests).toHaveLength(0);
  });

  test("a proxy that refuses is not S3's answer", async () => {
    const proxy = await served((socket) => socket.end("HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n"));
    const store = storeAt("http://s3.invalid", { environment: { HTTP_PROXY: proxy.url } });
    expect(await store.head({ key: "a" })).toEqual({ is: "unknown", cause: expect.stringContaining("407") });
  });
});
