import { CreateKeyCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { LogEntry } from "../../local/aws";
import { requestHandler } from "../support/request-handler";
import { account, localS3, refused } from "./clients";

const Bucket = "my-bucket";

test("an object goes in and comes out through the SDK, with what its headers said", async () => {
  const { s3 } = localS3();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const Key = "a b/+%41☃\u0001//../x";
  const put = {
    Body: Buffer.from("body"),
    Metadata: { color: "bleu ☃" },
    ContentType: "text/x",
    CacheControl: "no-store",
  };
  await s3.send(new PutObjectCommand({ Bucket, Key, ...put }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(await got.Body?.transformToString()).toBe("body");
  expect(got).toMatchObject({ ContentType: "text/x", CacheControl: "no-store", ServerSideEncryption: "AES256" });
  expect(got.Metadata).toEqual({ color: "=?UTF-8?B?YmxldSDimIM=?=" });
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: "url" }));
  expect(Contents?.map((object) => decodeURIComponent((object.Key ?? "").replace(/\+/g, " ")))).toEqual([Key]);
});

test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
  "a body is checked against its %s, in a header and in a trailer",
  async (ChecksumAlgorithm) => {
    const { s3 } = localS3();
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "body", ChecksumAlgorithm }));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "key", ChecksumMode: "ENABLED" }));
    expect(Object.keys(head)).toContain(`Checksum${ChecksumAlgorithm}`);
    const wrong = { [`Checksum${ChecksumAlgorithm}`]: head[`Checksum${ChecksumAlgorithm}`] };
    expect(await refused(s3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "other", ...wrong })))).toMatchObject(
      {
        code: "BadDigest",
        status: 400,
        message: `The ${ChecksumAlgorithm} you specified did not match the calculated checksum.`,
      },
    );
  },
);

test.each([
  ["CalculatedDigest", "CY9rzUYh03PK3k6DJie09g==", "BadDigest"],
  ["Content-MD5", "not base64", "InvalidDigest"],
])("a wrong Content-MD5 is refused with the field %s", async (field, ContentMD5, code) => {
  const { s3 } = localS3();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const answer = await refused(s3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "other", ContentMD5 })));
  expect(answer).toMatchObject({ code, status: 400 });
  expect(answer.fields).toHaveProperty([field]);
});

test("an algorithm without a checksum is no promise, and two checksums are one too many", async () => {
  const { aws, s3 } = localS3();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const put = (headers: Record<string, string>) =>
    aws.handle({ method: "PUT", url: "https://127.0.0.1/my-bucket/key", headers, body: Buffer.from("body") });
  const bucket = aws.state.s3.buckets.get(Bucket);
  if (!bucket) throw new Error("The bucket is missing.");
  delete bucket.settings.publicAccessBlock;
  const allow = { Effect: "Allow", Principal: "*", Action: "s3:PutObject", Resource: "arn:aws:s3:::my-bucket/*" };
  bucket.settings.policy = JSON.stringify({ Version: "2012-10-17", Statement: allow });
  expect(await put({ "x-amz-sdk-checksum-algorithm": "SHA256" })).toMatchObject({ status: 200 });
  const two = await put({ "x-amz-checksum-crc32": "2H9+DA==", "x-amz-checksum-crc32c": "hqBywA==" });
  expect(Buffer.from(two.body).toString()).toMatch(/<Message>Expecting a single x-amz-checksum- header/);
});

test("a wrong secret, an unknown key and an ended session are each refused as such", async () => {
  const signedIn = { now: Date.now() };
  const { aws, client } = localS3({ now: () => signedIn.now });
  const credentials = aws.addAccount(account);
  const ask = (changed: object) =>
    refused(client({ ...credentials, ...changed }).send(new GetBucketPolicyCommand({ Bucket })));
  expect(await ask({ secretAccessKey: "wrong" })).toMatchObject({ code: "SignatureDoesNotMatch", status: 403 });
  expect(await ask({ accessKeyId: "AKIAUNKNOWN" })).toMatchObject({ code: "InvalidAccessKeyId", status: 403 });
  expect(await ask({ sessionToken: "made up" })).toMatchObject({ code: "InvalidToken", status: 400 });
  signedIn.now += 16 * 60_000;
  expect(await ask({})).toMatchObject({ code: "RequestTimeTooSkewed", status: 403 });
});

test("KMS and STS answer in their own protocols, and refuse in their own words", async () => {
  const { aws } = localS3();
  const credentials = aws.addAccount(account);
  const settings = {
    region: "eu-west-1",
    credentials,
    endpoint: "https://127.0.0.1",
    requestHandler: requestHandler(aws.handle),
    maxAttempts: 1,
  };
  const kms = new KMSClient(settings);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  expect(KeyMetadata?.CreationDate).toBeInstanceOf(Date);
  const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId: KeyMetadata?.KeyId, KeySpec: "AES_256" }));
  expect(dataKey.Plaintext).toHaveLength(32);
  const identity = await new STSClient(settings).send(new GetCallerIdentityCommand({}));
  expect(identity.Arn).toBe(`arn:aws:iam::${account}:user/administrator`);
  const unknown = { ...settings, credentials: { ...credentials, accessKeyId: "AKIAUNKNOWN" } };
  expect(await refused(new KMSClient(unknown).send(new CreateKeyCommand({})))).toMatchObject({
    code: "UnrecognizedClientException",
    status: 400,
  });
  expect(await refused(new STSClient(unknown).send(new GetCallerIdentityCommand({})))).toMatchObject({
    code: "InvalidClientTokenId",
    status: 403,
  });
  const role = { RoleArn: `arn:aws:iam::${account}:role/nobody`, RoleSessionName: "session" };
  expect(await refused(new STSClient(settings).send(new AssumeRoleCommand(role)))).toMatchObject({
    code: "AccessDenied",
    status: 403,
  });
});

test("what nobody wrote yet is answered as not implemented, and logged", async () => {
  const log: LogEntry[] = [];
  const { aws } = localS3({ log: (entry) => log.push(entry) });
  const answer = await aws.handle({
    method: "GET",
    url: "https://127.0.0.1/my-bucket?metrics&id=x&secret=hidden",
    headers: {},
  });
  expect(answer.status).toBe(501);
  expect(log).toMatchObject([
    {
      service: "s3",
      operation: "GetBucketMetricsConfiguration",
      method: "GET",
      path: "/my-bucket",
      status: 501,
      code: "NotImplemented",
    },
  ]);
  expect(JSON.stringify(log)).not.toContain("hidden");
});

test("a mistake of its own is an InternalError to the client, and a fault in the log", async () => {
  const log: LogEntry[] = [];
  const { aws, s3 } = localS3({ log: (entry) => log.push(entry) });
  Object.defineProperty(aws.state.s3, "buckets", {
    get: () => {
      throw new TypeError("broken");
    },
  });
  expect(await refused(s3.send(new GetBucketPolicyCommand({ Bucket })))).toMatchObject({
    code: "InternalError",
    status: 500,
  });
  expect(log).toMatchObject([{ code: "InternalError", fault: new TypeError("broken") }]);
});

test("an object of 6 GiB can be seeded, and read in part", async () => {
  const { aws, s3 } = localS3();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const size = 6 * 1024 ** 3 + 1;
  aws.seedObject({ bucket: Bucket, key: "large", size, contentType: "video/x", encryption: "none" });
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "large" }));
  expect(head).toMatchObject({ ContentLength: size, ContentType: "video/x" });
  expect(head.ServerSideEncryption).toBeUndefined();
  const part = await s3.send(new GetObjectCommand({ Bucket, Key: "large", Range: `bytes=${size - 2}-${size - 1}` }));
  expect(part).toMatchObject({
    ContentRange: `bytes ${size - 2}-${size - 1}/${size}`,
    $metadata: { httpStatusCode: 206 },
  });
  expect(await part.Body?.transformToByteArray()).toHaveLength(2);
});

test("a bucket is addressed by host name as well as by path", async () => {
  const { aws, s3 } = localS3();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const credentials = aws.addAccount(account);
  const settings = { region: "us-east-1", credentials, requestHandler: requestHandler(aws.handle), maxAttempts: 1 };
  for (const endpoint of ["https://s3.localhost", undefined]) {
    const byHost = new S3Client({ ...settings, ...(endpoint ? { endpoint } : {}) });
    await byHost.send(new PutObjectCommand({ Bucket, Key: `by ${endpoint}`, Body: "body" }));
  }
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  expect(Contents?.map(({ Key }) => Key)).toEqual(["by https://s3.localhost", "by undefined"]);
});
