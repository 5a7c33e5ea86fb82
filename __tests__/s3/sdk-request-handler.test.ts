import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { HttpRequest } from "@smithy/core/protocols";
import { createLocalAws } from "../../local/aws";
import { listen } from "../../local/http/server";
import type { TransportProps } from "../../src/s3/lean/transport";
import { sdkRequestHandler } from "../../src/s3/sdk-request-handler";
import { sdkStore } from "../../src/s3/sdk-store";
import { answering, type RawServer, type Respond, rawServer, tunneling } from "./lean/raw-server";

const toClose: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of toClose.splice(0).reverse()) await one.close();
});

const region = "eu-west-1";
const Bucket = "acme-uploads";
const patient = { connect: 10_000, read: 10_000, write: 10_000 };

async function served(respond: Respond): Promise<RawServer> {
  const server = await rawServer(respond);
  toClose.push(server);
  return server;
}

function handler(props: Partial<TransportProps> = {}) {
  const one = sdkRequestHandler({ connections: 4, timeouts: patient, environment: {}, ...props });
  toClose.push({ close: async () => one.destroy?.() });
  return one;
}

/** On a server of the test's own bytes. */
const s3At = (endpoint: string, props: Partial<TransportProps> = {}): S3Client =>
  new S3Client({
    region,
    endpoint,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    forcePathStyle: true,
    maxAttempts: 1,
    expectContinueHeader: false,
    requestHandler: handler(props),
  });

describe("through a proxy, with AWS_CA_BUNDLE, to the local AWS over TLS", () => {
  const directory = mkdtempSync(join(tmpdir(), "request-handler-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  async function behindProxy() {
    const aws = createLocalAws();
    const server = await listen(aws, { httpsPort: 0, httpPort: 0 });
    toClose.push(server);
    const proxy = await served(tunneling(Number(new URL(server.httpsUrl).port)));
    const bundle = join(directory, "ca.pem");
    writeFileSync(bundle, server.caPem);
    const environment = { AWS_CA_BUNDLE: bundle, HTTPS_PROXY: proxy.url };
    const configuration = {
      region,
      credentials: aws.addAccount("111111111111"),
      endpoint: "https://127.0.0.1:1", // nobody is there
      forcePathStyle: true,
      requestHandler: handler({ environment }),
    };
    return { configuration, proxy };
  }

  test("STS tells who the caller is", async () => {
    const { configuration, proxy } = await behindProxy();
    const identity = await new STSClient(configuration).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: "111111111111" });
    expect(proxy.requests.join()).toContain("CONNECT 127.0.0.1:1 HTTP/1.1");
  });

  test("settings are written and read, objects as well, of any size and name", async () => {
    const { configuration } = await behindProxy();
    const s3 = new S3Client({ ...configuration, expectContinueHeader: false });
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } }));
    const TagSet = [{ Key: "team", Value: "a b" }];
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect(await s3.send(new GetBucketTaggingCommand({ Bucket }))).toMatchObject({ TagSet });

    const Body = Buffer.alloc(3 * 1024 * 1024, "abc");
    for (const Key of ["a", "\u00fc b+/../%20\u{1f40e}", "//x?y=&z#"]) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata: { owner: "x  y" } }));
      const { Body: read, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      expect(Metadata).toEqual({ owner: "x  y" });
      expect(Buffer.compare(Buffer.from((await read?.transformToByteArray()) ?? []), Body)).toBe(0);
    }
  });
});

test("a bundle that is not there is said at once", () => {
  expect(() => handler({ environment: { AWS_CA_BUNDLE: "/nonexistent/ca.pem" } })).toThrow("/nonexistent/ca.pem");
});

test("what is neither text nor bytes is refused before it is sent", async () => {
  const server = await served((socket) => socket.write(answering(200, [])));
  const { protocol, hostname, port } = new URL(server.url);
  const to = { protocol, hostname, port: Number(port), method: "PUT", path: "/a" };
  const put = handler().handle(new HttpRequest({ ...to, body: Readable.from(["a"]) }));
  await expect(put).rejects.toThrow("nothing is streamed here");
  expect(server.requests).toEqual([]);
});

test("the silence of a server ends after the transport's time", async () => {
  const server = await served(() => undefined);
  const s3 = s3At(server.url, { timeouts: { ...patient, read: 50 } });
  await expect(s3.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toThrow("Headers Timeout");
});

test("metadata that the SDK cannot keep counts as metadata that S3 does not show, so that no copy in parts leaves it out", async () => {
  const shown = ['ETag: "x"', "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT", "x-amz-meta-team: red"];
  const looked = async (...more: string[]) => {
    const server = await served((socket) => socket.write(answering(200, [...shown, ...more])));
    const store = sdkStore({ client: s3At(server.url), bucket: Bucket, expectedBucketOwner: "111111111111" });
    const head = await store.head({ key: "a" });
    return head.is === "done" ? head.value.missingMetadata : head;
  };
  expect(await looked()).toBe(0);
  expect(await looked("x-amz-meta-__proto__: 1")).toBe(1);
  expect(await looked("x-amz-meta-__proto__: 1", "x-amz-missing-meta: 2")).toBe(3);
});

test("a client that may try again does so where the network failed", async () => {
  const said =
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
  const server = await served((socket, _, index) => {
    if (index === 0) socket.end();
    else socket.write(answering(200, ["Content-Type: text/xml"], said));
  });
  const sts = new STSClient({
    region,
    endpoint: server.url,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    requestHandler: handler(),
  });
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: "111111111111" });
  expect(server.requests).toHaveLength(2);
});

describe("an abort", () => {
  test("ends a request that is on its way, and its connection", async () => {
    const controller = new AbortController();
    const server = await served((socket, _, index) => {
      if (index === 0) controller.abort();
      else socket.write(answering(200, [], "<Tagging><TagSet></TagSet></Tagging>"));
    });
    const s3 = s3At(server.url, { connections: 1 });
    const get = () => s3.send(new GetBucketTaggingCommand({ Bucket }), { abortSignal: controller.signal });
    await expect(get()).rejects.toMatchObject({ name: "AbortError" });
    await expect(get()).rejects.toMatchObject({ name: "AbortError" }); // aborted from the beginning: not sent
    expect(server.requests).toHaveLength(1);
    expect(await s3.send(new GetBucketTaggingCommand({ Bucket }))).toMatchObject({ TagSet: [] });
    expect(server.connections).toBe(2);
  });

  test("after the answer has no effect", async () => {
    const server = await served((socket) => socket.write(answering(200, [], "<Tagging><TagSet></TagSet></Tagging>")));
    const controller = new AbortController();
    const s3 = s3At(server.url, { connections: 1 });
    await s3.send(new GetBucketTaggingCommand({ Bucket }), { abortSignal: controller.signal });
    controller.abort();
    expect(await s3.send(new GetBucketTaggingCommand({ Bucket }))).toMatchObject({ TagSet: [] });
    expect(server.connections).toBe(1);
  });
});
