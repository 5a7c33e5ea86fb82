import { appendFileSync, lstatSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import { auditCovers, parseAuditRecord } from "../../src/fleet/audit-record";
import { auditPath } from "../../src/fleet/names";
import { type AtRestWorld, account, atRestWorld, bucket, region } from "../support/at-rest-world";

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

const encrypted = () => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: world.keyArn, BucketKeyEnabled: "true" });
const today = () => new Date().toISOString().slice(0, 10);

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => lstatSync(join(directory, name)).isFile())
    .sort();

test("a bucket as its stack left it is proven: nothing is written to S3, the review gets a record, the evidence shows any change of it", async () => {
  world.fleet("encrypt");
  await world.apply("encrypt");
  for (const key of ["a", "b/<script>alert(1)</script>", "b/\u0001"]) await world.put(key, encrypted());
  world.writes.length = 0;

  const { exitCode, stderr, stdout } = await world.atRest("audit", "--evidence", "proof", "--log-objects", "--json");
  expect(stderr).toContain("12 of 12 checks passed, 0 failed");
  expect(exitCode).toBe(0);
  expect(world.writes).toEqual([]);
  expect(JSON.parse(stdout)).toMatchObject({ counts: { alreadyRight: 3 }, exitCode: 0, sample: null });

  const path = auditPath(world.directory, account, region, bucket);
  const text = readFileSync(path, "utf8");
  const target = { algorithm: "aws:kms", keyArn: world.keyArn, bucketKey: true } as const;
  const next = { account, region, bucket, stage: "enforce", target, today: today() } as const;
  expect(auditCovers(parseAuditRecord(JSON.parse(text)), next)).toBe(true);
  await world.put("c", encrypted());
  expect((await world.atRest("audit")).stderr).toContain("as before");
  expect(readFileSync(path, "utf8")).toBe(text);

  const proof = join(world.directory, "proof");
  expect(filesBelow(proof)).toEqual(
    [
      "audit.json",
      "index.html",
      "manifest.json",
      ...["configuration.json", "objects.jsonl", "report.html", "summary.json"].map((name) => `${bucket}/${name}`),
    ].sort(),
  );
  for (const name of filesBelow(proof)) expect(lstatSync(join(proof, name)).mode & 0o777).toBe(0o600);
  const all = filesBelow(proof)
    .map((name) => readFileSync(join(proof, name), "utf8"))
    .join("");
  expect(all).not.toContain(world.environment["AWS_SECRET_ACCESS_KEY"]);
  expect(readFileSync(join(proof, "index.html"), "utf8")).not.toMatch(/<script>alert|https?:\/\/(?!docs\.aws)/);
  const objects = readFileSync(join(proof, bucket, "objects.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(objects.filter(({ t }) => t === "object")).toContainEqual({
    t: "object",
    key: "b/<script>alert(1)</script>",
    versionId: undefined,
    outcome: "alreadyRight",
    encryption: `SSE-KMS ${world.keyArn}, bucket key on`,
  });

  // Offline: no credentials, and nobody who answers.
  const offline = { PATH: world.environment["PATH"] ?? "", AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
  const [, sum = ""] = /manifest ([0-9a-f]{64})/.exec(stderr) ?? [];
  const verify = (...words: string[]) => world.atRestIn(offline, "audit", "--verify", "proof", ...words);
  expect(await verify("--manifest-sha256", sum)).toMatchObject({ exitCode: 0 });
  appendFileSync(join(proof, bucket, "objects.jsonl"), "\n");
  rmSync(join(proof, bucket, "summary.json"));
  writeFileSync(join(proof, bucket, "extra.json"), "{}");
  symlinkSync("/etc/hostname", join(proof, "link"));
  const changed = await verify(
    "--manifest-sha256",
    sum.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
  );
  expect(changed.exitCode).toBe(1);
  for (const what of [
    "objects.jsonl: was edited",
    "summary.json: is missing",
    "extra.json: was added",
    "link: was added",
    "manifest.json: was edited",
  ]) {
    expect(changed.stderr).toContain(what);
  }
  rmSync(join(proof, "manifest.json"));
  expect((await verify()).exitCode).toBe(2);
  expect((await world.atRest("audit", "--evidence", "proof")).stderr).toContain("is not empty");
});

test("what fails, what is waived and what cannot be looked at each has its exit code, and hides nothing else", async () => {
  world.fleet("encrypt");
  await world.apply("encrypt");
  await world.put("a", encrypted());
  // Somebody takes a statement out.
  const open = { Sid: "Tls", Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${bucket}/*` };
  const Condition = { Bool: { "aws:SecureTransport": "false" } };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...open, Condition }] });
  await world.s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  const failed = await world.atRest("audit");
  expect(failed.exitCode).toBe(1);
  expect(failed.stderr).toMatch(
    /fail +wrong-algorithm +not denied: a put that carries AES256, from a role of the account/,
  );
  expect(failed.stderr).toMatch(/fail +plain-http +not denied: s3:ListBucket over plain HTTP/);

  world.fleet(
    "encrypt",
    {},
    "policy: external, accept: [{ what: plain-http, reason: old scanners, until: 2999-01-01 }]",
  );
  await world.apply("encrypt", "accept: [{ what: plain-http, reason: old scanners, until: 2999-01-01 }]");
  const waived = await world.atRest("audit");
  expect(waived.stderr).toContain("waived until 2999-01-01: old scanners [S3.5]");
  expect(waived.exitCode).toBe(3);
  const recorded = readFileSync(auditPath(world.directory, account, region, bucket), "utf8");
  expect(JSON.parse(recorded).configuration).toContainEqual(
    expect.objectContaining({ id: "plain-http", result: "waived", waivedUntil: "2999-01-01" }),
  );

  world.fleet("encrypt", {}, "accept: [{ what: plain-http, reason: old scanners, until: 2026-01-01 }]");
  const over = await world.atRest("audit");
  expect(over.stderr).toContain("the waiver ran out on 2026-01-01");
  expect(over.exitCode).toBe(1);

  world.fleet("encrypt", {}, "", "acme-gone");
  const { exitCode, stderr, stdout } = await world.atRest("audit", "--json");
  expect(stderr).toContain("s3://acme-gone: there is no such bucket");
  const [gone, there] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect([gone, there].map(({ bucket: name }) => name).sort()).toEqual(["acme-gone", bucket]);
  expect([1, 2]).toContain(exitCode);
});

test("noncurrent versions are reported apart, with the day on which their lifecycle ends them", async () => {
  world.fleet("encrypt");
  await world.apply("encrypt");
  await world.s3.send(
    new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );
  await world.s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket,
      LifecycleConfiguration: {
        Rules: [
          {
            ID: "old ones",
            Status: "Enabled",
            Filter: { Prefix: "a" },
            NoncurrentVersionExpiration: { NoncurrentDays: 30 },
          },
        ],
      },
    }),
  );
  await world.s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(allowAll) }));
  for (const key of ["a", "b"]) await world.put(key, { ServerSideEncryption: "AES256" });
  for (const key of ["a", "b"]) await world.put(key, encrypted());
  await world.apply("encrypt");

  const { exitCode, stdout } = await world.atRest("audit", "--versions", "all", "--json");
  expect(exitCode).toBe(0);
  const { counts, exceptions } = JSON.parse(stdout);
  expect(counts).toEqual({ alreadyRight: 2, noncurrentLeft: 2 });
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const ends = exceptions.map(({ key, message }: { key: string; message: string }) => `${key}: ${message}`).sort();
  expect(ends[1]).toBe("b: SSE-S3; no lifecycle rule ends it");
  expect(ends[0]).toMatch(
    new RegExp(`^a: SSE-S3; lifecycle rule old ones ends it from (${inDays(31)}|${inDays(30)}) on$`),
  );
  expect((await world.atRest("audit", "--json")).stdout).toContain('"alreadyRight":2}');
});

const allowAll = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "s3:*",
      Resource: `arn:aws:s3:::${bucket}/*`,
    },
  ],
};

test("a sample is looked at in place of everything, says how sure that makes, and is no proof", async () => {
  world.fleet("encrypt");
  await world.apply("encrypt");
  for (let i = 0; i < 40; i++) await world.put(`key-${i}`, encrypted());
  const { exitCode, stdout, stderr } = await world.atRest("audit", "--sample", "10", "--json");
  expect(exitCode).toBe(0);
  const document = JSON.parse(stdout);
  expect(document.counts).toEqual({ alreadyRight: 10 });
  expect(document.sample).toMatchObject({ population: 40, looked: 10, wrong: 0, confidence: 0.95 });
  expect(document.sample.atMost).toBeCloseTo(1 - 0.05 ** 0.1, 6);
  expect(stderr).toContain("10 of 40 objects were looked at, chosen evenly at random");
  expect(() => readFileSync(auditPath(world.directory, account, region, bucket))).toThrow("ENOENT");
  expect((await world.atRest("audit", "--sample", "3", "--versions", "all")).exitCode).toBe(2);
});
