import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CreateKeyCommand, DisableKeyCommand, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { type AtRestWorld, atRestWorld, bucket, ended, region } from "../support/at-rest-world";

let world: AtRestWorld;
let noS3: Server;
beforeAll(async () => {
  world = await atRestWorld();
  const settings = world.aws.state.s3.buckets.get(bucket)?.settings;
  if (settings) settings.blockedEncryptionTypes = undefined;
  noS3 = createServer((_request, response) => response.end("<html><body>It works!</body></html>"));
  noS3.listen(0, "127.0.0.1");
  await once(noS3, "listening");
});
afterAll(async () => {
  noS3.close();
  await world.close();
});

const to = (keyArn: string) => ["--bucket", bucket, "--sse", "aws:kms", "--kms-key-arn", keyArn];
const convert = (...words: string[]) => world.atRest("reencrypt", ...to(world.keyArn), "--yes", ...words);
const setVersioning = (Status: "Enabled" | "Suspended") =>
  world.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }));
const head = (Key: string) => world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));

describe("objects under SSE-C", () => {
  const secret = "k".repeat(32);
  const keyFile = (mode: number): string => {
    const path = join(world.directory, `keys-${mode.toString(8)}`);
    writeFileSync(path, `${Buffer.alloc(32, "x").toString("base64")}\n${Buffer.from(secret).toString("base64")}\n`, {
      mode,
    });
    return path;
  };
  beforeAll(() => world.put("sse-c/a", { SSECustomerAlgorithm: "AES256", SSECustomerKey: secret }));

  test("are left, and the key is asked for", async () => {
    const { exitCode, stderr } = await convert("--prefix", "sse-c/");
    expect(exitCode).toBe(3);
    expect(stderr).toContain("is done, but 1 object cannot be converted.");
    expect(stderr).toMatch(/next +the same command with --customer-key-file <file>/);
  });

  test.each([
    ["a file that others may read", 0o644, [], "others may read it"],
    ["plain HTTP", 0o600, ["--endpoint-url", "http://127.0.0.1:9"], "not sent over plain HTTP"],
  ])("are not touched with %s", async (_, mode, words, message) => {
    const { exitCode, stderr } = await convert("--prefix", "sse-c/", "--customer-key-file", keyFile(mode), ...words);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  test("are converted with the key, of which no trace is left behind", async () => {
    const { exitCode, stdout, stderr } = await convert(
      ...["--prefix", "sse-c/", "--customer-key-file", keyFile(0o600), "--json", "--log-objects"],
    );
    const { counts, run } = JSON.parse(stdout);
    expect({ exitCode, counts }).toEqual({ exitCode: 0, counts: { copied: 1 } });
    expect(await head("sse-c/a")).toMatchObject({ SSEKMSKeyId: world.keyArn, BucketKeyEnabled: true });
    const files = ["run.json", "journal.jsonl", "report/summary.json", "report/objects.csv", "report/index.html"];
    const written = files.map((file) => readFileSync(join(world.directory, run, file), "utf8"));
    for (const text of [stdout, stderr, ...written]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString("base64"));
    }
  });
});

test("with --wait-for-uploads nothing is changed before an upload in progress is over, and then it is converted too", async () => {
  await world.put("uploads/a");
  const at = { Bucket: bucket, Key: "uploads/b" };
  const { UploadId } = await world.s3.send(new CreateMultipartUploadCommand(at));
  const { ETag } = await world.s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: "part" }));
  world.writes.length = 0;

  const child = world.start("reencrypt", ...to(world.keyArn), "--yes", "--prefix", "uploads/", "--wait-for-uploads");
  const end = ended(child);
  const told: string[] = [];
  await new Promise<void>((waits) => {
    child.stderr.on("data", (chunk) => {
      told.push(String(chunk));
      if (told.join("").includes("Waiting for 1 upload in parts")) waits();
    });
  });
  expect(told.join("")).toContain("1 upload in parts is in progress");
  // The probe for the update, at a key that no object has.
  expect(world.writes.filter((operation) => operation !== "UpdateObjectEncryption")).toEqual([]);
  expect(await head("uploads/a")).toMatchObject({ ServerSideEncryption: "AES256" });
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await world.s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));

  expect(await end).toMatchObject({ exitCode: 0 });
  for (const key of ["uploads/a", "uploads/b"]) {
    expect(await head(key)).toMatchObject({ SSEKMSKeyId: world.keyArn });
  }
});

test("a bucket whose versioning is changed after it was looked at is not converted by what was decided before", async () => {
  await world.putUnencrypted("switched/a");
  const at = { Bucket: bucket, Key: "switched/b" };
  const { UploadId } = await world.s3.send(new CreateMultipartUploadCommand(at));
  const words = ["reencrypt", ...to(world.keyArn), "--yes", "--prefix", "switched/"];
  const child = world.start(...words, "--wait-for-uploads");
  const end = ended(child);
  await new Promise<void>((waits) => {
    child.stderr.on("data", (chunk) => String(chunk).includes("Waiting for 1 upload in parts") && waits());
  });
  await setVersioning("Enabled");
  world.writes.length = 0;
  await world.s3.send(new AbortMultipartUploadCommand({ ...at, UploadId }));

  const { exitCode, stderr } = await end;
  expect(stderr).toContain(`The settings of s3://${bucket} have changed: versioning Enabled, not Disabled.`);
  expect(exitCode).toBe(130);
  expect(world.writes.filter((operation) => /^(Copy|Update)Object/.test(operation))).toEqual([]);
  expect(await world.atRest(...words)).toMatchObject({ exitCode: 0 });
  await setVersioning("Suspended");
});

describe("bad input ends with exit code 2, and nothing is touched:", () => {
  const newKey = async (): Promise<string> => (await world.kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
  const stored = () => world.aws.state.s3.buckets.get(bucket);
  const deny = async (Action: string) => {
    const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
    const Statement = [{ Effect: "Deny", Principal: "*", Action, Resource }];
    await world.s3.send(
      new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
    );
  };
  const noS3Url = () => `http://127.0.0.1:${(noS3.address() as AddressInfo).port}`;

  beforeAll(() => world.put("bad/a"));
  afterEach(() => {
    const found = stored();
    if (!found) return;
    found.settings.policy = undefined;
    world.aws.state.s3.buckets.set(bucket, { ...found, region });
  });

  test.each<[string, string | RegExp, () => Promise<string[]> | string[]]>([
    ["a bucket that is not there", "there is no such bucket", () => ["--bucket", "acme-nothing"]],
    [
      "a bucket in another region",
      "The bucket is in us-east-2: give that region",
      () => {
        const found = stored();
        if (found) world.aws.state.s3.buckets.set(bucket, { ...found, region: "us-east-2" });
        return [];
      },
    ],
    [
      "list denied",
      `s3:ListBucket on s3://${bucket} is denied to this caller`,
      async () => {
        await deny("s3:ListBucket");
        return [];
      },
    ],
    [
      "head denied",
      `s3:GetObject on s3://${bucket}/bad/* is denied to this caller`,
      async () => {
        await deny("s3:GetObject");
        return ["--prefix", "bad/"];
      },
    ],
    [
      "a key that is disabled",
      "cannot be used: it is Disabled",
      async () => {
        const KeyId = await newKey();
        await world.kms.send(new DisableKeyCommand({ KeyId }));
        return ["--kms-key-arn", KeyId];
      },
    ],
    [
      "a key pending deletion",
      /is pending deletion: it is deleted on \d{4}-\d\d-\d\d/,
      async () => {
        const KeyId = await newKey();
        await world.kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
        return ["--kms-key-arn", KeyId];
      },
    ],
    [
      "a key of another account",
      "is of account 222222222222, and the bucket of 111111111111",
      () => ["--kms-key-arn", world.keyArn.replace(":111111111111:", ":222222222222:")],
    ],
    [
      "a key of another region",
      "is in us-east-1, and the bucket in eu-west-1",
      () => ["--kms-key-arn", world.keyArn.replace(region, "us-east-1")],
    ],
    [
      "a key that is not there",
      "is not there",
      () => ["--kms-key-arn", world.keyArn.replace(/.{12}$/, "000000000000")],
    ],
    ["an alias", "is no full key ARN", () => ["--kms-key-arn", world.keyArn.replace(/key\/.*/, "alias/at-rest")]],
    ["a key id", "is no full key ARN", () => ["--kms-key-arn", world.keyArn.replace(/.*\//, "")]],
    ["a rate of 0", "must be a number above 0", () => ["--max-requests-per-second", "0"]],
    ["an endpoint that is not S3", /this is no S3|cannot be listed/, () => ["--endpoint-url", noS3Url()]],
  ])("%s", async (_, message, arrange) => {
    const words = await arrange();
    world.writes.length = 0;
    const where = to(world.keyArn).slice(words.includes("--bucket") ? 2 : 0);
    const { exitCode, stdout, stderr } = await world.atRest("reencrypt", ...where, "--yes", ...words);
    expect(stderr).toMatch(message);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    // What, where, what to do: and no stack trace.
    expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
    expect(world.writes).toEqual([]);
  });
});
