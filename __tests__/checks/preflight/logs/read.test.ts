import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { readLogs } from "../../../../src/checks/preflight/logs/read";
import { type BucketUsage, UsageOf } from "../../../../src/checks/preflight/logs/usage";
import { describeWith, findMotoServer } from "../../../clients/tools";
import { startMoto } from "../../../support/moto";
import { temporaryDirectory } from "../../../support/temporary-directory";
import { account, bucket, keyArn, roleArn } from "../arrange";
import { folderOf } from "./arrange";
import { accessLogLine, assumedRole, cloudTrailFile } from "./shapes";

const target = { algorithm: "aws:kms", keyArn, bucketKey: true } as const;
const nowhere = new S3Client({ region: "eu-west-1" });

async function read(where: { cloudtrail?: string[]; accessLogs?: string[] }, client = nowhere) {
  const usage = new UsageOf(target, roleArn);
  const sources = { cloudtrail: where.cloudtrail ?? [], accessLogs: where.accessLogs ?? [] };
  const reading = await readLogs(sources, client, new Map([[bucket, usage]]));
  return { reading, usage: usage.result() };
}

const seenIn = ({ users }: BucketUsage) =>
  Object.fromEntries([...users].map(([name, { seen }]) => [name, Object.fromEntries(seen)]));
const app = `arn:aws:iam::${account}:role/app`;
const sse = "x-amz-server-side-encryption";

test("events of all folders are counted by principal, habit and last day, and other events are read over", async () => {
  const cloudtrail = folderOf({
    "AWSLogs/111111111111/CloudTrail/eu-west-1/2026/11/06/a.json.gz": cloudTrailFile(
      {},
      { time: "2026-11-08T00:00:00Z" },
      { time: "2026-11-07T00:00:00Z", parameters: { [sse]: "AES256" }, extra: { SSEApplied: "SSE_S3" } },
      { name: "GetObject", identity: assumedRole("reader") },
      { bucket: "another" },
      { more: { eventSource: "kms.amazonaws.com" } },
    ),
    "AWSLogs/111111111111/CloudTrail/eu-west-1/2026/11/07/b.json": cloudTrailFile(
      { more: { errorCode: "AccessDenied" } },
      {
        name: "PutBucketEncryption",
        time: "2026-11-05T12:00:00Z",
        more: { managementEvent: true, eventCategory: "Management" },
      },
    ),
    "AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2026/11/06/digest.json.gz": '{"logFiles":[{"s3Object":"a"}]}',
  });
  const { reading, usage } = await read({ cloudtrail: [cloudtrail] });
  expect(reading).toMatchObject({ files: 2, records: 8, unread: 0 });
  expect(usage).toMatchObject({
    requests: 6,
    refused: 1,
    dataEvents: { from: "2026-11-06", to: "2026-11-08" },
    defaultChanged: Date.parse("2026-11-05T12:00:00Z"),
  });
  expect(seenIn(usage)).toEqual({
    [app]: {
      write: { requests: 3, lastSeen: "2026-11-08" },
      "missing-header": { requests: 2, lastSeen: "2026-11-08" },
      "wrong-algorithm": { requests: 1, lastSeen: "2026-11-07" },
    },
    [`arn:aws:iam::${account}:role/reader`]: { read: { requests: 1, lastSeen: "2026-11-06" } },
  });
});

test("lines of access logs that do not parse are counted and named, and the rest is read", async () => {
  const accessLogs = folderOf({
    "2026-11-06-00-01-57-EXAMPLE": [accessLogLine(), "what is this", "", accessLogLine({ tls: "-", cipher: "-" })].join(
      "\n",
    ),
  });
  const { reading, usage } = await read({ accessLogs: [accessLogs] });
  expect(reading).toMatchObject({ files: 1, records: 3, unread: 1 });
  expect(reading.firstUnread).toEqual([
    { file: join(accessLogs, "2026-11-06-00-01-57-EXAMPLE"), place: 2, why: "not of the documented form" },
  ]);
  expect(seenIn(usage)).toEqual({
    [`arn:aws:iam::${account}:user/alice`]: {
      write: { requests: 2, lastSeen: "2026-11-06" },
      "plain-http": { requests: 1, lastSeen: "2026-11-06" },
    },
  });
  expect(usage).toMatchObject({ accessLogs: { from: "2026-11-06", to: "2026-11-06" }, dataEvents: undefined });
});

test("a file that is cut is named, after what was whole in it", async () => {
  const directory = temporaryDirectory();
  const packed = gzipSync(cloudTrailFile({}, {}));
  writeFileSync(join(directory, "cut.json.gz"), packed.subarray(0, packed.length - 30));
  writeFileSync(join(directory, "text.json"), cloudTrailFile({}, {}).slice(0, -20));
  writeFileSync(join(directory, "whole.json.gz"), gzipSync(cloudTrailFile({})));
  const { reading, usage } = await read({ cloudtrail: [directory] });
  expect(reading).toMatchObject({ files: 3, unread: 2 });
  expect(reading.firstUnread.map(({ file, why }) => `${file.slice(directory.length)} ${why}`).sort()).toEqual([
    expect.stringMatching(/^\/cut\.json\.gz Error: unexpected end of file/),
    expect.stringMatching(/^\/text\.json Error: it ends within, after 1 whole records/),
  ]);
  expect(usage.requests).toBeGreaterThanOrEqual(2);
});

test("a folder that is not there is an error", async () => {
  await expect(read({ cloudtrail: ["/no/such/folder"] })).rejects.toThrow("ENOENT");
});

test("what is kept of many requests is users and minutes, and both have an end", () => {
  const usage = new UsageOf(target, roleArn);
  const start = Date.parse("2026-11-01T00:00:00Z");
  for (let number = 0; number < 40_000; number += 1) {
    usage.add({
      ...{ from: "access-log", isData: true, bucket, does: "read", refused: false, transport: "modern" },
      ...{ said: { is: "unknown" }, presigned: false, signature: "SigV4" },
      at: start + number * 30_000 + (number >= 20_000 && number < 20_600 ? -number * 30_000 : 0),
      principal: { is: "iam", arn: `arn:aws:iam::${account}:user/${number}` },
    } as const);
  }
  const { users, busiest } = usage.result();
  expect(users.size).toBe(10_001);
  expect([...users.values()].reduce((sum, { seen }) => sum + (seen.get("read")?.requests ?? 0), 0)).toBe(40_000);
  // Six hundred in one minute, a month late.
  expect(busiest).toEqual({ reads: 600 / 60, writes: 0 });
});

describeWith(findMotoServer(), "moto", "pip install moto[server]", (program) => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  beforeAll(async () => {
    moto = await startMoto(program);
  });
  afterAll(() => moto.stop());

  test("every object below a prefix is read, in pages", async () => {
    const client = new S3Client({
      region: "us-east-1",
      endpoint: moto.url,
      forcePathStyle: true,
      credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    });
    await client.send(new CreateBucketCommand({ Bucket: "trail" }));
    const put = (Key: string, Body: Buffer) => client.send(new PutObjectCommand({ Bucket: "trail", Key, Body }));
    for (const name of ["1", "2", "3"]) await put(`AWSLogs/${name}.json.gz`, gzipSync(cloudTrailFile({})));
    await put("elsewhere/4.json.gz", gzipSync(cloudTrailFile({})));
    await put("AWSLogs/empty", Buffer.from(""));
    const { reading, usage } = await read({ cloudtrail: ["s3://trail/AWSLogs/"] }, client);
    expect(reading).toMatchObject({ files: 4, records: 3, unread: 1 });
    expect(reading.firstUnread).toEqual([
      { file: "s3://trail/AWSLogs/empty", why: 'Error: it is no {"Records":[...]}' },
    ]);
    expect(usage.requests).toBe(3);
    await expect(read({ cloudtrail: ["s3://no-such-trail/"] }, client)).rejects.toThrow("bucket does not exist");
  });
});
