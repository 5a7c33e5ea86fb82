import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Credentials, createLocalAws, type LocalAws } from "../local/aws";
import { listen } from "../local/http/server";
import type { HttpRequest } from "../local/service";
import type { Load } from "./load";
import { messageOf } from "./message";
import { median, type Report } from "./report";
import { signed, type Unsigned } from "./signed";

const rounds = 3;
const keys = 1_000;
const connections = 16;
const account = "111122223333";
const bucket = "bench";

const body = "0123456789abcdef".repeat(16);
const keyOf = (index: number): string => `/${bucket}/folder-${index % 10}/object-${index}`;

interface Measured {
  readonly name: string;
  readonly total: number;
  readonly request: (index: number) => Unsigned;
}

const copy = (index: number, encryption: string): Unsigned => ({
  method: "PUT",
  path: keyOf(index),
  headers: {
    "x-amz-copy-source": keyOf(index),
    "x-amz-metadata-directive": "COPY",
    "x-amz-server-side-encryption": encryption,
  },
});

const put = (index: number): Unsigned => ({
  method: "PUT",
  path: keyOf(index),
  headers: { "content-type": "text/plain", "x-amz-meta-owner": "bench" },
  body,
});

const operations: readonly Measured[] = [
  { name: "put", total: 5_000, request: put },
  { name: "head", total: 10_000, request: (index) => ({ method: "HEAD", path: keyOf(index) }) },
  { name: "get", total: 5_000, request: (index) => ({ method: "GET", path: keyOf(index) }) },
  { name: "copy", total: 5_000, request: (index) => copy(index, "AES256") },
  {
    name: "list (1,000 keys)",
    total: 100,
    request: () => ({ method: "GET", path: `/${bucket}`, query: "list-type=2" }),
  },
];

/** KMS takes no part over plain HTTP, so this one is measured in process alone. */
const copyToKms: Measured = { name: "copy to aws:kms", total: 2_000, request: (index) => copy(index, "aws:kms") };

interface Cost {
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
}

/** CPU of this process, all its threads together, while it does something so many times. */
async function costOf(total: number, work: () => Promise<void>): Promise<Cost> {
  const before = process.cpuUsage();
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { cpuMicroseconds: (user + system) / total, perSecond: total / seconds };
}

async function answeredBy(aws: LocalAws, request: HttpRequest): Promise<void> {
  const answer = await aws.handle(request);
  if (answer.status < 200 || answer.status > 299) throw new Error(Buffer.from(answer.body).toString());
}

const requestsOf = ({ request }: Measured, origin: string, credentials: Credentials): readonly HttpRequest[] =>
  Array.from({ length: keys }, (_, index) => signed(origin, request(index), credentials));

async function inProcess(aws: LocalAws, measured: Measured, credentials: Credentials): Promise<Cost> {
  const requests = requestsOf(measured, "https://127.0.0.1", credentials);
  const { total } = measured;
  return costOf(total, async () => {
    for (let sent = 0; sent < total; sent += 1) await answeredBy(aws, requests[sent % keys] as HttpRequest);
  });
}

const textOf = ({ method, url, headers, body }: HttpRequest): string => {
  const { pathname, search } = new URL(url);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n${Buffer.from(body ?? "").toString()}`;
};

async function overHttp(
  sender: ChildProcess,
  url: string,
  measured: Measured,
  credentials: Credentials,
): Promise<Cost> {
  const requests = requestsOf(measured, url, credentials).map(textOf);
  const load: Load = { port: Number(new URL(url).port), requests, total: measured.total, connections };
  sender.send(load);
  await messageOf(sender);
  return costOf(measured.total, async () => {
    sender.send("go");
    await messageOf(sender);
  });
}

/** Bytes in use by this process, once garbage is gone. */
function memoryMeter(): () => number {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  return () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
}

/** An AWS of this process with one bucket, and the way to ask it. */
async function emptyBucket() {
  const aws = createLocalAws();
  const credentials = aws.addAccount(account);
  const ask = (unsigned: Unsigned): Promise<void> =>
    answeredBy(aws, signed("https://127.0.0.1", unsigned, credentials));
  await ask({ method: "PUT", path: `/${bucket}` });
  return { aws, ask };
}

/** What an object of few bytes and one line of metadata costs this process. */
async function bytesPerObject(): Promise<number> {
  const inUse = memoryMeter();
  const { ask } = await emptyBucket();
  const putAll = async (from: number, to: number): Promise<void> => {
    for (let index = from; index < to; index += 1) {
      await ask({ ...put(index), body: "0123456789abcdef" });
    }
  };
  await putAll(0, 5_000);
  const before = inUse();
  const count = 50_000;
  await putAll(5_000, 5_000 + count);
  const bytes = (inUse() - before) / count;
  await ask({ method: "HEAD", path: keyOf(0) }); // the bucket is still in use when the memory is read
  return bytes;
}

/** A generated bucket: what its keys cost at once, and what a conversion of an object adds. */
async function generatedBucket(): Promise<Report["rows"][number]> {
  const inUse = memoryMeter();
  const { aws, ask } = await emptyBucket();
  const count = 10_000_000;
  const converted = 20_000;
  const before = inUse();
  aws.seedKeys({ bucket, count });
  const atOnce = inUse() - before;
  const keys = aws.state.s3.buckets.get(bucket)?.keys.scan() ?? [];
  let done = 0;
  let warm = 0;
  for (const [key] of keys) {
    if (!/^[\w/.-]+$/.test(key)) continue; // the path is signed as it is
    const path = `/${bucket}/${key}`;
    const headers = { "x-amz-copy-source": path, "x-amz-server-side-encryption": "AES256" };
    await ask({ method: "PUT", path, headers });
    done += 1;
    if (done === 10_000) warm = inUse();
    if (done === 10_000 + converted) break;
  }
  const bytes = (inUse() - warm) / converted;
  await ask({ method: "GET", path: `/${bucket}`, query: "list-type=2" }); // still in use when the memory is read
  return {
    keys: count,
    "MB at once": Math.round(atOnce / 1e6),
    "bytes a converted object": Math.round(bytes),
  };
}

const rowOf = (name: string, where: string, costs: readonly Cost[]): Report["rows"][number] => {
  const { cpuMicroseconds, perSecond } = median(costs, (cost) => cost.cpuMicroseconds);
  return {
    operation: name,
    where,
    "us CPU a request": Math.round(cpuMicroseconds),
    "requests/s": Math.round(perSecond),
  };
};

/** The servers over it, without what they are over: every request is answered with nothing. */
async function withoutAws(sender: ChildProcess, credentials: Credentials): Promise<readonly Cost[]> {
  const empty = { status: 200, headers: {}, body: new Uint8Array() };
  const { httpUrl, close } = await listen({ handle: async () => empty }, { httpsPort: 0, httpPort: 0 });
  const costs: Cost[] = [];
  const [, head] = operations;
  if (!head) throw new Error("There is nothing to measure.");
  for (let round = 0; round <= rounds; round += 1) costs.push(await overHttp(sender, httpUrl, head, credentials));
  await close();
  return costs.slice(1);
}

/** Requests in process and over plain HTTP from another process, and memory. */
async function measured(): Promise<readonly Report[]> {
  const aws = createLocalAws();
  const credentials = aws.addAccount(account);
  const { httpUrl, close } = await listen(aws, { httpsPort: 0, httpPort: 0 });
  const sender = fork(join(__dirname, "load"));
  try {
    const create = signed("https://127.0.0.1", { method: "PUT", path: `/${bucket}` }, credentials);
    await answeredBy(aws, create);
    const rows: Report["rows"][number][] = [];
    for (const [where, list, run] of [
      ["in process", [...operations, copyToKms], (one: Measured) => inProcess(aws, one, credentials)],
      ["plain HTTP", operations, (one: Measured) => overHttp(sender, httpUrl, one, credentials)],
    ] as const) {
      for (const measured of list) {
        await run(measured); // until the code is compiled
        const costs: Cost[] = [];
        for (let round = 0; round < rounds; round += 1) costs.push(await run(measured));
        rows.push(rowOf(measured.name, where, costs));
      }
    }
    rows.push(rowOf("nothing", "plain HTTP", await withoutAws(sender, credentials)));
    const memory = Math.round(await bytesPerObject());
    return [
      { title: `The local AWS on one process: median of ${rounds}, ${connections} connections over HTTP`, rows },
      { title: "Memory of a small object", rows: [{ "bytes an object": memory }] },
      { title: "Memory of a bucket whose objects are generated", rows: [await generatedBucket()] },
    ];
  } finally {
    sender.kill();
    await close();
  }
}

void measured().then((reports) => process.send?.(reports));
