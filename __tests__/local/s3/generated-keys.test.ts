import fc from "fast-check";
import { signed, type Unsigned } from "../../../bench/signed";
import { createLocalAws, type LocalAws } from "../../../local/aws";
import { GeneratedKeys } from "../../../local/s3/generated-keys";
import { generatedObjects } from "../../../local/s3/generated-objects";
import { compareKeys } from "../../../local/s3/ordered-keys";
import { createBucket } from "../../../local/s3/state";

const account = "111122223333";
const origin = "https://127.0.0.1";
const name = "large";
const count = 1_203;
const seed = 5;

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
const escaped = (key: string): string => `/${name}/${key.split("/").map(encoded).join("/")}`;

const bucketOf = (aws: LocalAws) => {
  const bucket = aws.state.s3.buckets.get(name);
  if (!bucket) throw new Error("There is no bucket.");
  return bucket;
};

const unlike = new Set(["x-amz-request-id", "x-amz-id-2", "date"]);

/** An AWS at a clock of its own, which answers in text without what differs from request to request. */
async function world(start: number) {
  let time = start;
  const aws = createLocalAws({ now: () => time });
  const credentials = aws.addAccount(account);
  const ask = async (unsigned: Unsigned) => {
    const { status, headers, body } = await aws.handle(signed(origin, unsigned, credentials));
    const shown = Object.entries(headers).filter(([header]) => !unlike.has(header));
    const text = Buffer.from(body)
      .toString()
      .replace(/<RequestId>.*<\/HostId>/, "");
    return JSON.parse(JSON.stringify({ status, headers: shown, text }).replace(/key\/[0-9a-f-]{36}/g, "key/ID"));
  };
  await ask({ method: "PUT", path: `/${name}` });
  const keyArn = await managedKey(aws, credentials);
  const pass = (): void => {
    time += 700;
  };
  return { aws, ask, keyArn, pass };
}

/** The ARN of `aws/s3`, which comes into being at its first use. */
async function managedKey(
  aws: LocalAws,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Promise<string> {
  const put = { method: "PUT", path: `/${name}/first`, headers: { "x-amz-server-side-encryption": "aws:kms" } };
  const { headers } = await aws.handle(signed(origin, put, credentials));
  await aws.handle(signed(origin, { method: "DELETE", path: `/${name}/first` }, credentials));
  return headers["x-amz-server-side-encryption-aws-kms-key-id"] ?? "";
}

const now = Math.floor(Date.now() / 1000) * 1000;
const lastModified = Date.parse("2022-05-06T07:08:09Z");
const keyNames = generatedObjects(bucketOf(createdFor()), { count, seed, prefix: "" });

function createdFor(): LocalAws {
  const aws = createLocalAws();
  const identity = { name, account, region: "us-east-1", partition: "aws", createdAt: 0 };
  aws.state.s3.buckets.set(name, createBucket(identity));
  return aws;
}

/** The same bucket twice: generated, and stored object by object with what the generated one gave out. */
async function twins() {
  const generated = await world(now);
  generated.aws.seedKeys({ bucket: name, count, seed, lastModified });
  const stored = await world(now);
  for (let index = 0; index < count; index += 1) {
    const key = keyNames.keyAt(index);
    const encryption = { is: "none" } as const;
    const { body } = keyNames.objectAt(index, key, { encryption, etag: "content", sequence: 0, lastModified });
    const bytes = Buffer.concat(body.extents.map((extent) => extent.bytes));
    stored.aws.seedObject({ bucket: name, key, body: bytes, lastModified, grants: [] });
  }
  generated.aws.state.s3.sequence = stored.aws.state.s3.sequence;
  return { generated, stored };
}

const existing = fc.integer({ min: 0, max: count - 1 }).map(keyNames.keyAt);
const invented = fc.constantFrom("0/000", "0/5", "1/", "1/100-zz", "a", "\u{1f40e}", "0/500-0000.json");
// Often the same few keys, so that changes meet changes.
const few = fc.integer({ min: 0, max: 4 }).map((index) => keyNames.keyAt(index * 250));
const keys = fc.oneof({ weight: 4, arbitrary: few }, { weight: 3, arbitrary: existing }, invented);

const kms = (keyArn: string, bucketKey: boolean) => ({
  "x-amz-server-side-encryption": "aws:kms",
  "x-amz-server-side-encryption-aws-kms-key-id": keyArn,
  "x-amz-server-side-encryption-bucket-key-enabled": String(bucketKey),
});
const inUse = { "x-amz-server-side-encryption": "AES256" };
const updateBody = (keyArn: string): string =>
  `<ObjectEncryption><SSE-KMS><BucketKeyEnabled>true</BucketKeyEnabled><KMSKeyArn>${keyArn}</KMSKeyArn></SSE-KMS></ObjectEncryption>`;
const tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
const versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

type Make = (key: string, keyArn: string) => Unsigned;
const copied =
  (headers: (keyArn: string) => Record<string, string>): Make =>
  (key, keyArn) => ({
    method: "PUT",
    path: escaped(key),
    headers: { "x-amz-copy-source": escaped(key), ...headers(keyArn) },
  });
const operations: Readonly<Record<string, Make>> = {
  head: (key) => ({ method: "HEAD", path: escaped(key) }),
  get: (key) => ({ method: "GET", path: escaped(key) }),
  "copy to AES256": copied(() => inUse),
  "copy to KMS with a bucket key": copied((keyArn) => kms(keyArn, true)),
  "copy to KMS without": copied((keyArn) => kms(keyArn, false)),
  "copy with other metadata": copied(() => ({ "x-amz-metadata-directive": "REPLACE", "x-amz-meta-a": "b" })),
  update: (key, keyArn) => ({ method: "PUT", path: escaped(key), query: "encryption=", body: updateBody(keyArn) }),
  put: (key) => ({ method: "PUT", path: escaped(key), body: "new" }),
  delete: (key) => ({ method: "DELETE", path: escaped(key) }),
  tag: (key) => ({ method: "PUT", path: escaped(key), query: "tagging=", body: tagging }),
  "list from": (key) => ({
    method: "GET",
    path: `/${name}`,
    query: `encoding-type=url&list-type=2&max-keys=40&start-after=${encoded(key)}`,
  }),
  "list the folder": (key) => ({
    method: "GET",
    path: `/${name}`,
    query: `delimiter=%2F&encoding-type=url&list-type=2&max-keys=7&prefix=${encoded(key.slice(0, 4))}`,
  }),
  "turn versioning on": () => ({ method: "PUT", path: `/${name}`, query: "versioning=", body: versioning }),
};
const weighted = Object.keys(operations).filter((operation) => operation !== "turn versioning on");
const steps = fc.array(
  fc.tuple(fc.oneof({ weight: 40, arbitrary: fc.constantFrom(...weighted) }, fc.constant("turn versioning on")), keys),
  { minLength: 1, maxLength: 30 },
);

const listing = (query: string): Unsigned => ({ method: "GET", path: `/${name}`, query });
const everything = [listing("encoding-type=url&list-type=2"), listing("encoding-type=url&versions=")];

test("a generated bucket answers as one that stores the same objects, whatever is done to it", async () => {
  const property = fc.asyncProperty(steps, async (history) => {
    const { generated, stored } = await twins();
    for (const [operation, key] of history) {
      const ask = ({ ask, keyArn }: typeof stored) => ask(operations[operation]?.(key, keyArn) ?? listing(""));
      expect([operation, key, await ask(generated)]).toEqual([operation, key, await ask(stored)]);
      for (const { pass } of [generated, stored]) pass();
    }
    for (const page of everything) expect(await generated.ask(page)).toEqual(await stored.ask(page));
    expect(bucketOf(generated.aws).keys.size).toBe(bucketOf(stored.aws).keys.size);
  });
  await fc.assert(property, { numRuns: 10 });
});

test("keys of ten million rise in the order of UTF-8, and each leads back to its number", () => {
  const large = generatedObjects(bucketOf(createdFor()), { count: 10_000_000, seed, prefix: "data/" });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: large.count - 2 }), (index) => {
      expect(compareKeys(large.keyAt(index), large.keyAt(index + 1))).toBeLessThan(0);
      expect(large.indexOf(large.keyAt(index))).toBe(index);
      expect(large.indexOf(`${large.keyAt(index)}x`)).toBeUndefined();
    }),
  );
  expect(large.indexOf("")).toBeUndefined();
});

test("conversions of generated objects are kept in their bytes, and other changes beside them", async () => {
  const { aws, ask, keyArn, pass } = await world(now);
  aws.seedKeys({ bucket: name, count, seed, lastModified });
  const { keys: space } = bucketOf(aws);
  if (!(space instanceof GeneratedKeys)) throw new Error("The keys are not generated.");
  const keyAt = (index: number): string => keyNames.keyAt(index);
  const each = ["copy to AES256", "copy to KMS with a bucket key", "update", "copy to KMS with a bucket key"];
  for (const operation of each) {
    for (let index = 0; index < 25; index += 1) {
      const { status } = await ask(operations[operation]?.(keyAt(index), keyArn) ?? listing(""));
      expect([operation, status]).toEqual([operation, 200]);
      pass();
    }
    expect(space.stored).toBe(0);
  }
  await ask(operations["tag"]?.(keyAt(7), keyArn) ?? listing(""));
  await ask(operations["delete"]?.(keyAt(8), keyArn) ?? listing(""));
  expect(space.stored).toBe(2);
});
