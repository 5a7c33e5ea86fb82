import { appendFileSync, lstatSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreateBucketCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";
import { Evidence, verify } from "../../scripts/commands/support/evidence";
import { parseAuditRecord, whyNotCovered } from "../../src/fleet/audit-record";
import { auditPath } from "../../src/fleet/names";
import { type AtRestWorld, account, atRestWorld, bucket, region } from "../support/at-rest-world";

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

const encrypted = () => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: world.keyArn, BucketKeyEnabled: "true" });
const today = () => new Date().toISOString().slice(0, 10);

const size = (path: string): number => lstatSync(path).size;

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

  const text = readFileSync(auditPath(world.directory, account, region, bucket), "utf8");
  const target = { algorithm: "aws:kms", keyArn: world.keyArn, bucketKey: true } as const;
  const next = { account, region, bucket, stage: "enforce", target, today: today() } as const;
  expect(whyNotCovered(parseAuditRecord(JSON.parse(text)), next)).toEqual([]);

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

  const [, sum = ""] = /manifest ([0-9a-f]{64})/.exec(stderr) ?? [];
  expect(await verify(proof)).toMatchObject({ sha256: sum, files: 6, differences: [] });
  expect(() => Evidence.begin(proof)).toThrow("is not empty");
  appendFileSync(join(proof, bucket, "objects.jsonl"), "\n");
  rmSync(join(proof, bucket, "summary.json"));
  writeFileSync(join(proof, bucket, "extra.json"), "{}");
  symlinkSync("/etc/hostname", join(proof, "link"));
  expect(await verify(proof)).toMatchObject({
    differences: [
      `${bucket}/objects.jsonl: was edited: it has ${size(join(proof, bucket, "objects.jsonl"))} bytes, and had ${size(join(proof, bucket, "objects.jsonl")) - 1}`,
      `${bucket}/summary.json: is missing`,
      `${bucket}/extra.json: was added`,
      "link: was added",
    ],
  });

  // Offline: no credentials, and nobody who answers.
  const offline = { PATH: world.environment["PATH"] ?? "", AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
  const other = sum.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
  const changed = await world.atRestIn(offline, "audit", "--verify", "proof", "--manifest-sha256", other);
  expect(changed.stderr).toContain("manifest.json: was edited");
  expect(changed.exitCode).toBe(1);
  rmSync(join(proof, "manifest.json"));
  await expect(verify(proof)).rejects.toThrow("is not there");
});

test("a statement that somebody takes out fails, and what the fleet waives is waived", async () => {
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
});

test("a bucket that is not there, and an account whose stack has not answered, hide no other", async () => {
  world.fleet("encrypt", {}, "", "acme-gone");
  appendFileSync(
    join(world.directory, "fleet.yaml"),
    `  - { name: far, id: "222222222222", regions: { ${region}: { buckets: [{ name: acme-far, stage: encrypt }] } } }\n`,
  );
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await world.s3.send(new CreateBucketCommand({ Bucket: "acme-stray", CreateBucketConfiguration }));
  await world.apply("encrypt");
  const { exitCode, stderr, stdout } = await world.atRest("audit", "--json");
  expect(stderr).toContain("s3://acme-gone: there is no such bucket");
  expect(stderr).not.toContain("s3://acme-gone: s3://");
  const documents = stdout.trim().split("\n");
  expect(documents.map((line) => JSON.parse(line))).toMatchObject([
    { bucket: "acme-far", errors: [expect.stringContaining("is not there, so the key and the role")], exitCode: 2 },
    { bucket, counts: {}, exitCode: 0 },
    { bucket: "acme-gone", errors: [expect.stringContaining("there is no such bucket")], exitCode: 2 },
  ]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`Outside the fleet: s3://acme-stray in account ${account}, ${region}`);
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
  expect((await world.atRest("audit", "--manifest-sha256", "03f2")).stderr).toContain("Add --verify <directory>.");
});
