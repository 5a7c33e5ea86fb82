import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, Agent as SecureAgent } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createLocalAws, type LocalAws } from "../../../local/aws";
import { type Listening, listen } from "../../../local/http/server";
import { type Finished, findAwsCli, run } from "../../clients/tools";

const account = "111122223333";
const Bucket = "my-bucket";

let aws: LocalAws;
let server: Listening;
let s3: S3Client;
let directory: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "local-aws-test-"));
  aws = createLocalAws();
  server = await listen(aws, { httpsPort: 0, httpPort: 0 });
  const credentials = aws.addAccount(account);
  writeFileSync(join(directory, "ca.pem"), server.caPem);
  const httpsAgent = new SecureAgent({ ca: server.caPem, keepAlive: true });
  s3 = new S3Client({
    region: "us-east-1",
    credentials,
    endpoint: server.httpsUrl,
    requestHandler: { httpsAgent },
  });
  environment = {
    PATH: process.env["PATH"],
    HOME: directory,
    AWS_ENDPOINT_URL: server.httpsUrl,
    AWS_CA_BUNDLE: join(directory, "ca.pem"),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_DEFAULT_REGION: "us-east-1",
  };
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "hello", Body: "hello" }));
});

afterAll(async () => {
  s3.destroy();
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const ask = (method: string, url: string, headers: Record<string, string> = {}, agent?: Agent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    const outgoing = send(
      url,
      { method, headers, agent, ca: server.caPem } as Parameters<typeof httpRequest>[1],
      (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on("data", (piece) => pieces.push(piece));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(pieces).toString(),
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end();
  });

test("the SDK's stream, in chunks with a trailer over TLS, arrives whole", async () => {
  const body = Buffer.alloc(300_000, "0123456789");
  await s3.send(new PutObjectCommand({ Bucket, Key: "stream", Body: body, ContentLength: body.length }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "stream" }));
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
});

test("HEAD has the headers of GET and no body, and the connection is used again", async () => {
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/hello` }],
  });
  const bucket = aws.state.s3.buckets.get(Bucket);
  if (!bucket) throw new Error("The bucket is missing.");
  bucket.settings.policy = policy;
  delete bucket.settings.publicAccessBlock;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports: (number | undefined)[] = [];
  agent.on("free", (socket) => ports.push(socket.localPort));
  try {
    const head = await ask("HEAD", `${server.httpUrl}/${Bucket}/hello`, {}, agent);
    expect(head).toMatchObject({ status: 200, body: "", headers: { "content-length": "5" } });
    const get = await ask("GET", `${server.httpUrl}/${Bucket}/hello`, {}, agent);
    expect(get).toMatchObject({ status: 200, body: "hello", headers: { "content-length": "5" } });
    const missing = await ask("HEAD", `${server.httpUrl}/no-such-bucket`, {}, agent);
    expect(missing).toMatchObject({ status: 404, body: "" });
    expect(new Set(ports).size).toBe(1);
  } finally {
    agent.destroy();
  }
});

/** Sends bytes as they are, and gives what came back once `until` matches it. */
const raw = (text: string, until: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.httpUrl).port), "127.0.0.1", () => socket.write(text));
    let answered = "";
    const done = (): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.on("data", (data) => {
      answered += data;
      if (until.test(answered)) done();
    });
    socket.on("end", done);
    socket.on("error", reject);
  });

test("a client that waits for leave to send its body gets it", async () => {
  const put = `PUT /${Bucket}/key HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n`;
  expect(await raw(put, /\r\n\r\n/)).toMatch(/^HTTP\/1.1 100 Continue/);
});

test("what is too large is refused before it is sent", async () => {
  const put = (more: string): string => `PUT /${Bucket}/key HTTP/1.1\r\nHost: 127.0.0.1\r\n${more}\r\n\r\n`;
  expect(await raw(put(`Content-Length: ${300 * 1024 ** 2}`), /<\/Error>/)).toMatch(
    /400 Bad Request[\s\S]*<Code>EntityTooLarge</,
  );
  expect(await raw(put(`x-amz-meta-a: ${"a".repeat(70_000)}`), /\r\n\r\n/)).toMatch(/^HTTP\/1.1 431/);
});

test("it listens on loopback only", () => {
  expect([server.httpsUrl, server.httpUrl]).toEqual([
    expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  ]);
});

test("a port that is taken is said to be, and the other one is given back", async () => {
  const taken = Number(new URL(server.httpUrl).port);
  await expect(listen(aws, { httpsPort: 0, httpPort: taken })).rejects.toThrow(/EADDRINUSE/);
});

const awsCli = findAwsCli();
const withCli = awsCli ? test : test.skip;
const because = awsCli ? "" : " (skipped: no AWS CLI in .venv or on the PATH)";

/** Runs the AWS CLI against the server, and nothing else. */
const cli = (...parameters: string[]): Promise<Finished> => run(awsCli ?? "aws", parameters, environment, directory);

withCli(`the AWS CLI makes buckets, moves files in parts, and reads them back over TLS${because}`, async () => {
  const content = Buffer.alloc(9 * 1024 * 1024, "a line of a file\n");
  writeFileSync(join(directory, "file"), content);
  expect(await cli("s3", "mb", "s3://made-by-cli")).toMatchObject({ exitCode: 0 });
  expect((await cli("s3", "ls")).stdout).toMatch(/made-by-cli/);
  expect(await cli("s3", "cp", "file", "s3://made-by-cli/a b/ü+%.txt", "--sse", "AES256")).toMatchObject({
    exitCode: 0,
  });
  expect(await cli("s3", "cp", "s3://made-by-cli/a b/ü+%.txt", "back")).toMatchObject({ exitCode: 0 });
  expect(readFileSync(join(directory, "back")).equals(content)).toBe(true);
  const head = await cli("s3api", "head-object", "--bucket", "made-by-cli", "--key", "a b/ü+%.txt");
  expect(JSON.parse(head.stdout)).toMatchObject({ ServerSideEncryption: "AES256", ContentLength: content.length });
  const missing = await cli("s3api", "get-bucket-policy", "--bucket", "made-by-cli");
  expect(missing.stderr).toMatch(/An error occurred \(NoSuchBucketPolicy\) when calling the GetBucketPolicy operation/);
});

withCli(`the AWS CLI is told which location a bucket must have, and is led to the right region${because}`, async () => {
  const create = ["s3api", "create-bucket", "--bucket", "bucket-in-ireland", "--region", "eu-west-1"];
  expect((await cli(...create)).stderr).toMatch(/IllegalLocationConstraintException.*unspecified location constraint/);
  const configuration = ["--create-bucket-configuration", "LocationConstraint=eu-west-1"];
  expect(await cli(...create, ...configuration)).toMatchObject({ exitCode: 0 });
  const versioning = ["s3api", "put-bucket-versioning", "--versioning-configuration", "Status=Enabled"];
  expect(await cli(...versioning, "--bucket", "bucket-in-ireland", "--region", "us-west-2")).toMatchObject({
    exitCode: 0,
  });
});
