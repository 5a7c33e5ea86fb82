import { CreateUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { EncryptCommand } from "@aws-sdk/client-kms";
import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { Faults } from "../../../local/faults/faults";
import { refusal } from "../s3/world";
import { always, Bucket, faultyWorld } from "./world";

const Key = "key";
const put = new PutObjectCommand({ Bucket, Key, Body: "after" });

test.each([
  ["internalErrorBefore", { code: "InternalError", status: 500 }, "before"],
  ["internalErrorAfter", { code: "InternalError", status: 500 }, "after"],
  ["slowDown", { code: "SlowDown", status: 503, message: "Please reduce your request rate." }, "before"],
  ["resetBefore", { code: "ECONNRESET" }, "before"],
  ["resetAfter", { code: "ECONNRESET" }, "after"],
  ["expiredToken", { code: "ExpiredToken", status: 400, message: "The provided token has expired." }, "before"],
  ["clockSkew", { code: "RequestTimeTooSkewed", status: 403 }, "before"],
])("%s: the client sees it, and the put has taken effect or not", async (fault, seen, body) => {
  const { aws, s3, log } = await faultyWorld();
  aws.faults = always("PutObject", fault);
  expect(await refusal(s3.send(put))).toMatchObject(seen);
  expect(log.at(-1)).toMatchObject({ operation: "PutObject", bucket: Bucket, key: Key, injected: fault });
  aws.faults = undefined;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(await Body?.transformToString()).toBe(body);
});

test("a connection that is reset rejects as a network does, and is logged without a status", async () => {
  const { aws, s3, log } = await faultyWorld();
  aws.faults = always("*", "resetBefore");
  await expect(s3.send(put)).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(log).toMatchObject([{ operation: "PutObject", status: 0, injected: "resetBefore" }]);
});

test.each(["stallBefore", "stallAfter", "slowHeaders"])("%s: the answer comes, but late", async (fault) => {
  const { aws, s3, slept } = await faultyWorld();
  aws.faults = { ...always("PutObject", fault), stallMilliseconds: 7_000, slowMilliseconds: 7_000 };
  await s3.send(put);
  expect(slept).toEqual([7_000]);
});

test("what stalls before takes effect at the end of it, what stalls after at once", async () => {
  const { aws, s3, pass } = await faultyWorld();
  const writtenAt = async (fault: string): Promise<number> => {
    aws.faults = { ...always("PutObject", fault), stallMilliseconds: 7_000 };
    await s3.send(put);
    pass(0);
    return (await s3.send(new HeadObjectCommand({ Bucket, Key }))).LastModified?.getTime() ?? 0;
  };
  const first = await writtenAt("stallAfter");
  expect((await writtenAt("stallBefore")) - first).toBe(14_000);
});

test.each(["errorInside200", "slowDownInside200"])("%s strikes copies, and nothing else", async (fault) => {
  const { aws, s3, etag } = await faultyWorld();
  aws.faults = always("*", fault);
  const copy: CopyObjectCommandInput = { Bucket, Key, CopySource: `${Bucket}/${Key}`, ServerSideEncryption: "AES256" };
  expect(await refusal(s3.send(new CopyObjectCommand({ ...copy, StorageClass: "STANDARD_IA" })))).toMatchObject({
    code: fault === "errorInside200" ? "InternalError" : "SlowDown",
  });
  const { ETag, StorageClass } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  expect({ ETag, StorageClass }).toEqual({ ETag: etag, StorageClass: undefined });
});

test.each([
  ["kmsSlowDown", "SlowDown", 503, "Please reduce your request rate for operations involving AWS KMS."],
  [
    "kmsThrottling",
    "KMS.ThrottlingException",
    400,
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
  ],
])("%s strikes what asks KMS, in the words of S3", async (fault, code, status, message) => {
  const { aws, s3, keyArn } = await faultyWorld();
  aws.faults = always("PutObject", fault);
  await s3.send(put);
  const sealed = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn } as const;
  const again = s3.send(new PutObjectCommand({ Bucket, Key, Body: "sealed", ...sealed }));
  expect(await refusal(again)).toMatchObject({ code, status, message });
});

test("KMS itself throttles in its own words", async () => {
  const { aws, kms, keyArn } = await faultyWorld();
  aws.faults = always("Encrypt", "kmsThrottling");
  const encrypt = kms.send(new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from("text") }));
  expect(await refusal(encrypt)).toMatchObject({ code: "ThrottlingException", status: 400 });
});

test("IAM throttles in words of its own, and did nothing", async () => {
  const { aws, iam } = await faultyWorld();
  aws.faults = always("CreateUser", "throttling");
  const UserName = "alice";
  const refused = { code: "Throttling", status: 400, message: "Rate exceeded" };
  expect(await refusal(iam.send(new CreateUserCommand({ UserName })))).toMatchObject(refused);
  expect((await iam.send(new ListUsersCommand({}))).Users).not.toContainEqual(expect.objectContaining({ UserName }));
});

test("a rate of an operation replaces the one for all, and lists are left in peace by a plan for writes", async () => {
  const { aws, s3 } = await faultyWorld();
  aws.faults = { rates: { "*": { slowDown: 1 }, ListObjectsV2: { slowDown: 0 } } };
  await s3.send(new ListObjectsV2Command({ Bucket }));
  expect(await refusal(s3.send(new HeadObjectCommand({ Bucket, Key })))).toMatchObject({ status: 503 });
});

test("the same plan does the same to the same requests, another seed does something else, and rates are kept", () => {
  const request = {
    service: "s3",
    operation: "HeadObject",
    method: "HEAD",
    caller: "",
    account: "",
    region: "",
  } as const;
  const drawn = (seed: number): (string | undefined)[] => {
    const rates = { HeadObject: { slowDown: 0.1, internalErrorBefore: 0.05 } };
    const faults = new Faults({ seed, rates }, 0, async () => {});
    return Array.from({ length: 10_000 }, (_, now) => faults.disturb({ ...request, now }).fault);
  };
  const first = drawn(7);
  expect(drawn(7)).toEqual(first);
  expect(drawn(8)).not.toEqual(first);
  expect(Math.abs(first.filter((fault) => fault === "slowDown").length - 1_000)).toBeLessThan(100);
  expect(Math.abs(first.filter((fault) => fault === "internalErrorBefore").length - 500)).toBeLessThan(80);
});

const overwrite = new PutObjectCommand({ Bucket, Key, Body: "before", Metadata: { by: "somebody else" } });
const writes = {
  copy: (more: object) =>
    new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Key}`, StorageClass: "STANDARD", ...more }),
  put: (more: object) => new PutObjectCommand({ Bucket, Key, Body: "ours", ...more }),
};

describe("409 on a concurrent write", () => {
  const conflict = { code: "ConditionalRequestConflict", status: 409 };

  test.each([
    ["copy", "an overwrite with the same bytes", overwrite],
    ["copy", "a deletion", new DeleteObjectCommand({ Bucket, Key })],
    ["put", "an overwrite with the same bytes", overwrite],
    ["put", "a deletion", new DeleteObjectCommand({ Bucket, Key })],
  ] as const)("a %s with a condition conflicts with %s in between", async (write, _, other) => {
    const { aws, s3, etag, meanwhile } = await faultyWorld();
    aws.faults = { conflictOnConcurrentWrite: true };
    meanwhile(() => (other instanceof PutObjectCommand ? s3.send(other) : s3.send(other)));
    const IfMatch = etag;
    const ours = write === "copy" ? s3.send(writes.copy({ IfMatch })) : s3.send(writes.put({ IfMatch }));
    expect(await refusal(ours)).toMatchObject({ ...conflict, Condition: "If-Match" });
  });

  test("without a condition, and without the option, the same bytes in between are no conflict", async () => {
    const { aws, s3, etag, meanwhile } = await faultyWorld();
    meanwhile(() => s3.send(overwrite));
    await s3.send(writes.copy({ IfMatch: etag }));
    aws.faults = { conflictOnConcurrentWrite: true };
    meanwhile(() => s3.send(overwrite));
    await s3.send(writes.copy({}));
  });
});
