import { STSClient } from "@aws-sdk/client-sts";
import fc from "fast-check";
import { account, bucketName, keyOf, numberOf } from "../../bench/servers/keys";
import { answer } from "../../bench/servers/null-answers";
import { nullBucket } from "../../bench/servers/null-bucket";
import { serve } from "../../bench/servers/sockets";
import { readBucketTraits } from "../../src/checks/bucket-traits";
import { callerIdentity } from "../../src/checks/caller";
import { s3Client } from "../../src/s3/clients";
import { sdkStore } from "../../src/s3/sdk-store";
import { probeUpdate } from "../../src/s3/update-probe";

const keyArn = `arn:aws:kms:us-east-1:${account}:key/11111111-2222-3333-4444-555555555555`;
const toKms = { algorithm: "aws:kms", keyArn, bucketKey: true } as const;
const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not checked" };

/** The null server over its sockets, asked by the SDK, which knows nothing of it. */
async function nullServer(objects: number) {
  const bucket = nullBucket(objects, { algorithm: "AES256" });
  const server = await serve((request) => answer(bucket, request));
  const endpoint = server.httpUrl;
  const client = s3Client({ region: "us-east-1", endpointUrl: endpoint, credentials, concurrency: 4 });
  const store = sdkStore({ client, bucket: bucketName, expectedBucketOwner: account });
  const sts = new STSClient({ region: "us-east-1", endpoint, credentials });
  const close = async () => {
    client.destroy();
    sts.destroy();
    await server.close();
  };
  return { bucket, client, store, sts, close };
}

const done = <T>(answer: { is: string; value?: T }): T => {
  if (answer.is !== "done" || answer.value === undefined) throw new Error(JSON.stringify(answer));
  return answer.value;
};

describe("asked by the AWS SDK", () => {
  let world: Awaited<ReturnType<typeof nullServer>>;
  beforeEach(async () => {
    world = await nullServer(2_500);
  });
  afterEach(() => world.close());

  test("a second look shows what an update has changed, for that object alone", async () => {
    const { store, bucket } = world;
    expect(done(await store.head({ key: keyOf(7) })).encryption).toEqual({ is: "AES256" });
    expect(await store.updateEncryption({ key: keyOf(7), encryption: toKms })).toMatchObject({ is: "done" });
    expect(bucket.seen(toKms)).toMatchObject({ converted: 1, readBack: 0 });
    expect(done(await store.head({ key: keyOf(7) })).encryption).toEqual({ is: "aws:kms", keyArn, bucketKey: true });
    expect(done(await store.head({ key: keyOf(8) })).encryption).toEqual({ is: "AES256" });
    expect(bucket.seen(toKms)).toEqual({
      requests: { HeadObject: 3, UpdateObjectEncryption: 1 },
      converted: 1,
      readBack: 1,
    });
  });

  test("a copy onto itself changes it, and what was read before it counts no more", async () => {
    const { store, bucket } = world;
    const { etag } = done(await store.head({ key: keyOf(1) }));
    const request = { source: { key: keyOf(1), ifMatch: etag }, key: keyOf(1), storageClass: "STANDARD", grants: [] };
    expect(done(await store.copy({ ...request, encryption: toKms })).etag).toBe(etag);
    expect(bucket.seen(toKms)).toMatchObject({ converted: 1, readBack: 0 });
    done(await store.copy({ ...request, encryption: { algorithm: "AES256" } }));
    expect(bucket.seen(toKms)).toMatchObject({ converted: 0 });
  });

  test("listing gives every key once and in order", async () => {
    const keys: string[] = [];
    for (let after: string | undefined, more = true; more; after = keys.at(-1)) {
      const page = done(await world.store.list({ after, limit: 1000 }));
      keys.push(...page.objects.map(({ key }) => key));
      more = page.more;
    }
    expect(keys).toEqual(Array.from({ length: 2_500 }, (_, number) => keyOf(number)));
  });

  test("it is the bucket, the account and the operations that a run asks for beforehand", async () => {
    const { client, sts } = world;
    expect((await callerIdentity(sts)).account).toBe(account);
    expect(await readBucketTraits({ client, bucket: bucketName, expectedBucketOwner: account })).toEqual({
      versioning: "Disabled",
      aclOwner: undefined,
      objectLock: false,
      defaultRetention: false,
    });
    const probe = { client, bucket: bucketName, expectedBucketOwner: account, key: "no-object", encryption: toKms };
    expect(await probeUpdate(probe)).toEqual({ is: "there" });
  });

  test("an object that is not there is not found, and what it does not know is refused", async () => {
    const { store, bucket } = world;
    expect(await store.head({ key: keyOf(2_500) })).toMatchObject({ is: "refused", code: "NoSuchKey" });
    const aborted = await store.abortUpload({ key: keyOf(1), uploadId: "x" });
    expect(aborted).toMatchObject({ is: "refused", status: 501 });
    // Named by its query, whose order is the client's.
    const unknown = Object.entries(bucket.seen(toKms).requests).filter(([name]) => /^DELETE .*uploadId=x\b/.test(name));
    expect(unknown.map(([, times]) => times)).toEqual([1]);
  });
});

test("a key is its number, and nothing else is a key", () => {
  fc.assert(
    fc.property(fc.nat({ max: 999_999_999 }), fc.nat({ max: 999_999_999 }), (one, other) => {
      expect(numberOf(keyOf(one))).toBe(one);
      expect(keyOf(one) < keyOf(other)).toBe(one < other);
    }),
  );
  for (const text of ["", keyOf(1).slice(1), `${keyOf(1)}x`, keyOf(1).toUpperCase()]) {
    expect(numberOf(text)).toBeUndefined();
  }
});

test("a listing goes on behind any text, whether it is a key or not", () => {
  const bucket = nullBucket(50, { algorithm: "none" });
  const all = Array.from({ length: 50 }, (_, number) => keyOf(number));
  const texts = fc.oneof(
    fc.string(),
    fc.constantFrom(...all),
    fc.constantFrom(...all).map((key) => `${key}!`),
  );
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 60 }), (after, limit) => {
      const behind = all.filter((key) => key > after);
      expect(bucket.list(after, limit)).toEqual({ keys: behind.slice(0, limit), more: behind.length > limit });
    }),
  );
});

test("what is counted is what was changed and has been looked at since, whatever came in between", () => {
  const algorithms = ["AES256", "aws:kms", "aws:kms:dsse"] as const;
  const step = fc.record({ number: fc.nat(3), to: fc.option(fc.constantFrom(...algorithms), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const bucket = nullBucket(3, { algorithm: "AES256" });
      const objects = Array.from({ length: 3 }, () => ({ algorithm: "AES256", looked: false }));
      for (const { number, to } of steps) {
        if (to === undefined) bucket.read(keyOf(number));
        else bucket.change(keyOf(number), { algorithm: to });
        const object = objects[number]; // the fourth is not there
        if (object) Object.assign(object, to === undefined ? { looked: true } : { algorithm: to, looked: false });
      }
      for (const algorithm of algorithms) {
        const converted = objects.filter((object) => object.algorithm === algorithm);
        const readBack = converted.filter(({ looked }) => looked).length;
        expect(bucket.seen({ algorithm })).toMatchObject({ converted: converted.length, readBack });
      }
    }),
  );
});
