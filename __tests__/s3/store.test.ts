import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { HttpRequest } from "../../local/service";
import { listedKey } from "../../src/s3/sdk-shapes";
import { copySource } from "../../src/s3/shapes";
import { probeUpdate } from "../../src/s3/update-probe";
import { account, type LegacyBucket, legacyBucket } from "../support/legacy-bucket";
import { storeKinds, storeOf } from "./stores";

const watched = (bucket: LegacyBucket): HttpRequest[] => {
  const requests: HttpRequest[] = [];
  bucket.fault = (request) => {
    requests.push(request);
    return undefined;
  };
  return requests;
};

const awkward = ["a b+c%20", "ü/🐎", "\u0001\u001f", "a//b", "/a", "x?y#z&=", "line\nbreak", "..", "<&'\">"];

describe.each(storeKinds)("the %s store", (kind) => {
  test("every legal key is listed, looked at and copied as what it is", async () => {
    const bucket = await legacyBucket();
    for (const key of awkward) await bucket.putUnencrypted(key, "content");
    const store = await storeOf(kind, bucket);
    const listed = await store.list({ limit: 1000 });
    const keys = listed.is === "done" ? listed.value.objects.map(({ key }) => key) : [];
    expect(new Set(keys)).toEqual(new Set(awkward));
    const convert = await bucket.convert({ algorithm: "AES256" }, { store });
    for (const key of awkward) expect(await convert({ key })).toEqual({ key, outcome: "copied" });
  });

  test("every request names the account that must own the bucket, and S3 refuses any other", async () => {
    const bucket = await legacyBucket({ acls: true });
    await bucket.putUnencrypted("a", "content");
    bucket.aws.seedObject({ bucket: bucket.name, key: "large", size: 6 * 1024 ** 3, encryption: "none" });
    const store = await storeOf(kind, bucket);
    const convert = await bucket.convert(bucket.kmsTarget, { store });
    const requests = watched(bucket);
    await convert({ key: "a" });
    await convert({ key: "large" });
    await store.list({ limit: 1 });
    await store.listVersions({ limit: 1 });
    expect(requests.length).toBeGreaterThan(10);
    for (const { headers } of requests) expect(headers["x-amz-expected-bucket-owner"]).toBe(account);
    const others = await storeOf(kind, bucket, "999999999999");
    expect(await others.head({ key: "a" })).toMatchObject({ is: "refused", status: 403 });
  });

  test("a copy carries both conditions, and a KMS target always its full key ARN", async () => {
    const bucket = await legacyBucket();
    const etag = await bucket.putUnencrypted("a", "content");
    const requests = watched(bucket);
    const convert = await bucket.convert(bucket.kmsTarget, { store: await storeOf(kind, bucket) });
    await convert({ key: "a" });
    const copies = requests.filter(({ headers }) => headers["x-amz-copy-source"] !== undefined);
    expect(copies.map(({ headers }) => headers)).toMatchObject([
      {
        "if-match": etag,
        "x-amz-copy-source-if-match": etag,
        "x-amz-copy-source": `${bucket.name}/a`,
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": bucket.kmsTarget.keyArn,
        "x-amz-server-side-encryption-bucket-key-enabled": "true",
        "x-amz-storage-class": "STANDARD",
      },
    ]);
  });
});

test("the version id follows the encoded key", () => {
  expect(copySource("acme", { key: "a b/c?d", versionId: "v+1" })).toBe("acme/a%20b/c%3Fd?versionId=v%2B1");
});

test("in url encoding a plus is a space, and only there", () => {
  expect(listedKey("url", "a+b%2Bc%0A")).toBe("a b+c\n");
  expect(listedKey(undefined, "a+b%2B")).toBe("a+b%2B");
});

describe("before a server that is not AWS sees an update", () => {
  const probe = async (bucket: LegacyBucket) =>
    probeUpdate({
      client: bucket.client,
      bucket: bucket.name,
      expectedBucketOwner: account,
      key: "at-rest-probe",
      encryption: bucket.kmsTarget,
    });
  const isUpdate = ({ method, url }: HttpRequest) => method === "PUT" && new URL(url).searchParams.has("encryption");

  test("one that has it says that there is no such key", async () => {
    expect(await probe(await legacyBucket())).toEqual({ is: "there" });
  });

  test("one that takes it for a put is found out, and left as it was", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    bucket.fault = async (request) => {
      if (!isUpdate(request)) return undefined;
      await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: "at-rest-probe", Body: "<xml/>" }));
      return { status: 200, headers: {}, body: new Uint8Array() };
    };
    expect(await probe(bucket)).toEqual({ is: "missing" });
    const left = await (await storeOf("sdk", bucket)).listVersions({ limit: 10 });
    expect(left).toEqual({ is: "done", value: { versions: [], next: undefined } });
  });

  const refusing = async (status: number, code: string) => {
    const bucket = await legacyBucket();
    const body = Buffer.from(`<Error><Code>${code}</Code><Message>Not so</Message></Error>`);
    bucket.fault = (request) => (isUpdate(request) ? { status, headers: {}, body } : undefined);
    return probe(bucket);
  };

  test("one that does not let the caller is told from one that has none", async () => {
    expect(await refusing(403, "AccessDenied")).toEqual({ is: "denied", message: "AccessDenied: Not so" });
  });

  test("one that refuses for another reason leaves it open", async () => {
    expect(await refusing(400, "InvalidRequest")).toEqual({ is: "unclear", message: "InvalidRequest (400): Not so" });
  });
});
