import { type Area, behaviour, type Case, recordedBy, s3Guide } from "../case";
import { answers, expectThat, refusalOf, refuses } from "../expect";
import { customerKey, type World } from "../world";
import { textOf } from "./objects";

const motoLooksAtNothing = "AWS is right: recorded. moto keeps the headers and never asks for the key again.";
const further = { needs: ["tls"], moto: motoLooksAtNothing } as const;
const parametersMissing =
  "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.";
const keyWrong =
  "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.";

const header = (key: ReturnType<typeof customerKey>): Record<string, string> => ({
  "x-amz-server-side-encryption-customer-algorithm": key.SSECustomerAlgorithm,
  "x-amz-server-side-encryption-customer-key": key.SSECustomerKey,
  "x-amz-server-side-encryption-customer-key-md5": key.SSECustomerKeyMD5,
});
const without = (headers: Record<string, string>, end: string): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.endsWith(end)));

const a = header(customerKey("a"));
const algorithm = "x-amz-server-side-encryption-customer-algorithm";
const md5 = "x-amz-server-side-encryption-customer-key-md5";

const wrong: readonly { name: string; headers: Record<string, string>; code: string; message: string }[] = [
  {
    name: "and SSE-S3 as well",
    headers: { ...a, "x-amz-server-side-encryption": "AES256" },
    code: "InvalidArgument",
    message: "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
  },
  {
    name: "of another algorithm",
    headers: { ...a, [algorithm]: "KMS" },
    code: "InvalidEncryptionAlgorithmError",
    message: "The Encryption request you specified is not valid. Supported value: AES256.",
  },
  {
    name: "without the algorithm",
    headers: without(a, "algorithm"),
    code: "InvalidArgument",
    message:
      "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.",
  },
  {
    name: "without the key itself",
    headers: without(a, "-key"),
    code: "InvalidArgument",
    message:
      "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.",
  },
  {
    name: "of the wrong length",
    headers: {
      ...a,
      "x-amz-server-side-encryption-customer-key": Buffer.from("short").toString("base64"),
      [md5]: "Tx+VH4pcvC2z3UwB26Gmhw==",
    },
    code: "InvalidArgument",
    message: "The secret key was invalid for the specified algorithm.",
  },
  {
    name: "with another key's MD5",
    headers: { ...a, [md5]: customerKey("b").SSECustomerKeyMD5 },
    code: "InvalidArgument",
    message: "The calculated MD5 hash of the key did not match the hash that was provided.",
  },
];

const object = async (world: World): Promise<{ Bucket: string; Key: string }> => {
  const id = { Bucket: await world.bucket({ customerKeys: true }), Key: "key" };
  await world.s3.putObject({ ...id, Body: "secret", ...customerKey("a") });
  return id;
};

const source = (character: string) => {
  const key = customerKey(character);
  return {
    CopySourceSSECustomerAlgorithm: "AES256",
    CopySourceSSECustomerKey: key.SSECustomerKey,
    CopySourceSSECustomerKeyMD5: key.SSECustomerKeyMD5,
  };
};

const cases: Case[] = [
  ...wrong.map(({ name, headers, code, message }) =>
    behaviour(
      `a put under a customer key ${name} is ${code}`,
      "PutObject",
      recordedBy("test_put_object_validation_sse_c"),
      async (world) => {
        const answer = await world.http({
          method: "PUT",
          bucket: await world.bucket({ customerKeys: true }),
          key: "k",
          headers,
        });
        expectThat(answer, { status: 400, code, text: new RegExp(message.replace(/[().]/g, "\\$&")) });
      },
      further,
    ),
  ),
  behaviour(
    "a customer key is told back by its MD5 only",
    "PutObject HeadObject",
    recordedBy("test_object_retrieval_sse_c"),
    async (world) => {
      const id = await object(world);
      const { SSECustomerKeyMD5 } = customerKey("a");
      await answers(world.s3.headObject({ ...id, ...customerKey("a") }), {
        SSECustomerAlgorithm: "AES256",
        SSECustomerKeyMD5,
        ServerSideEncryption: undefined,
      });
    },
    { needs: ["tls"] },
  ),
  behaviour(
    "an object under a customer key is read with it",
    "GetObject",
    recordedBy("test_object_retrieval_sse_c"),
    async (world) => {
      expectThat(await textOf(await world.s3.getObject({ ...(await object(world)), ...customerKey("a") })), "secret");
    },
    { needs: ["tls"] },
  ),
  behaviour(
    "a get without the customer key is InvalidRequest",
    "GetObject",
    recordedBy("test_object_retrieval_sse_c"),
    async (world) => {
      await refuses(world.s3.getObject(await object(world)), 400, "InvalidRequest", parametersMissing);
    },
    further,
  ),
  behaviour(
    "a get with another customer key is AccessDenied",
    "GetObject",
    recordedBy("test_object_retrieval_sse_c"),
    async (world) => {
      await refuses(
        world.s3.getObject({ ...(await object(world)), ...customerKey("b") }),
        403,
        "AccessDenied",
        keyWrong,
      );
    },
    further,
  ),
  behaviour(
    "a head without the customer key is 400 without a body",
    "HeadObject",
    recordedBy("test_object_retrieval_sse_c"),
    async (world) => {
      const { Bucket, Key } = await object(world);
      expectThat(await world.http({ method: "HEAD", bucket: Bucket, key: Key }), { status: 400, text: "" });
    },
    further,
  ),
  behaviour(
    "a head with another customer key is 403",
    "HeadObject",
    recordedBy("test_object_retrieval_sse_c"),
    async (world) => {
      expectThat(await refusalOf(world.s3.headObject({ ...(await object(world)), ...customerKey("b") })), {
        status: 403,
      });
    },
    further,
  ),
  behaviour(
    "attributes without the customer key are InvalidRequest",
    "GetObjectAttributes",
    recordedBy("test_object_retrieval_sse_c"),
    async (world) => {
      await refuses(
        world.s3.getObjectAttributes({ ...(await object(world)), ObjectAttributes: ["ETag"] }),
        400,
        "InvalidRequest",
      );
    },
    further,
  ),
  behaviour(
    "a copy from a customer key without it is InvalidRequest",
    "CopyObject",
    recordedBy("test_copy_object_with_sse_c"),
    async (world) => {
      const { Bucket, Key } = await object(world);
      await refuses(
        world.s3.copyObject({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}` }),
        400,
        "InvalidRequest",
        parametersMissing,
      );
    },
    further,
  ),
  behaviour(
    "a copy from a customer key that names no encryption is SSE-S3",
    "CopyObject",
    recordedBy("test_copy_object_with_sse_c"),
    async (world) => {
      const { Bucket, Key } = await object(world);
      await answers(world.s3.copyObject({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}`, ...source("a") }), {
        ServerSideEncryption: "AES256",
        SSECustomerAlgorithm: undefined,
      });
      expectThat(await textOf(await world.s3.getObject({ Bucket, Key: "copy" })), "secret");
    },
    { needs: ["tls"] },
  ),
  behaviour(
    "a copy under a customer key and SSE-S3 is InvalidArgument",
    "CopyObject",
    recordedBy("test_copy_object_with_sse_c"),
    async (world) => {
      const { Bucket, Key } = await object(world);
      const both = { ...source("a"), ...customerKey("a"), ServerSideEncryption: "AES256" } as const;
      const copy = world.s3.copyObject({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}`, ...both });
      await refuses(copy, 400, "InvalidArgument");
    },
    further,
  ),
  behaviour(
    "each version is read with its own customer key",
    "GetObject",
    recordedBy("test_sse_c_with_versioning"),
    async (world) => {
      const Bucket = await world.bucket({ customerKeys: true, versioned: true });
      const { VersionId } = await world.s3.putObject({ Bucket, Key: "k", Body: "one", ...customerKey("a") });
      await world.s3.putObject({ Bucket, Key: "k", Body: "two", ...customerKey("b") });
      expectThat(await textOf(await world.s3.getObject({ Bucket, Key: "k", VersionId, ...customerKey("a") })), "one");
      await refuses(world.s3.getObject({ Bucket, Key: "k", ...customerKey("a") }), 403, "AccessDenied", keyWrong);
    },
    further,
  ),
  ...[
    {
      name: "without the upload's customer key",
      begin: customerKey("a"),
      part: {},
      message: /must include the appropriate encryption parameters/,
    },
    { name: "with a customer key that the upload has not", begin: {}, part: customerKey("a"), message: /./ },
    {
      name: "with another customer key than the upload's",
      begin: customerKey("a"),
      part: customerKey("b"),
      message: "The provided encryption parameters did not match the ones used originally.",
    },
  ].map(({ name, begin, part, message }) =>
    behaviour(
      `a part ${name} is InvalidRequest`,
      "UploadPart",
      recordedBy("test_multipart_upload_sse_c", "test_multipart_upload_sse_c_validation"),
      async (world) => {
        const id = { Bucket: await world.bucket({ customerKeys: true }), Key: "k" };
        const { UploadId } = await world.s3.createMultipartUpload({ ...id, ...begin });
        await refuses(
          world.s3.uploadPart({ ...id, UploadId, PartNumber: 1, Body: "part", ...part }),
          400,
          "InvalidRequest",
          message,
        );
      },
      further,
    ),
  ),
  behaviour(
    "an upload under a customer key is read with it",
    "CompleteMultipartUpload GetObject",
    recordedBy("test_multipart_upload_sse_c", "test_multipart_upload_sse_c_validation"),
    async (world) => {
      const id = { Bucket: await world.bucket({ customerKeys: true }), Key: "k" };
      const { UploadId } = await answers(world.s3.createMultipartUpload({ ...id, ...customerKey("a") }), {
        SSECustomerAlgorithm: "AES256",
      });
      const { ETag } = await world.s3.uploadPart({ ...id, UploadId, PartNumber: 1, Body: "part", ...customerKey("a") });
      await world.s3.completeMultipartUpload({
        ...id,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      });
      await refuses(world.s3.getObject(id), 400, "InvalidRequest", parametersMissing);
      expectThat(await textOf(await world.s3.getObject({ ...id, ...customerKey("a") })), "part");
    },
    further,
  ),
  behaviour(
    "a customer key over plain HTTP is refused",
    "PutObject",
    s3Guide("Using server-side encryption with customer-provided keys (SSE-C)"),
    async (world) => {
      const answer = await world.http({
        method: "PUT",
        bucket: await world.bucket({ customerKeys: true }),
        key: "k",
        headers: a,
        overPlainHttp: true,
      });
      expectThat(answer, { status: 400, code: "InvalidRequest" });
    },
    { needs: ["plainHttp"] },
  ),
];

const block = async (world: World, EncryptionType: "SSE-C" | "NONE", Bucket: string): Promise<void> => {
  await world.s3.putBucketEncryption({
    Bucket,
    ServerSideEncryptionConfiguration: {
      Rules: [
        {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
          BlockedEncryptionTypes: { EncryptionType: [EncryptionType] },
        },
      ],
    },
  });
};
const blockSource = s3Guide("Blocking or unblocking SSE-C for a general purpose bucket");
const blocked = {
  needs: ["tls"],
  moto: "AWS is right: documented, since 2025-11-19. moto does not know BlockedEncryptionTypes.",
} as const;

const blocking: Case[] = [
  ...(["PutObject", "CopyObject", "CreateMultipartUpload"] as const).map((operation) =>
    behaviour(
      `${operation} under a customer key is AccessDenied where customer keys are blocked`,
      operation,
      blockSource,
      async (world) => {
        const Bucket = await world.bucket();
        await world.s3.putObject({ Bucket, Key: "source", Body: "b" });
        await block(world, "SSE-C", Bucket);
        const id = { Bucket, Key: "k", ...customerKey("a") };
        const calls: Record<typeof operation, () => Promise<unknown>> = {
          PutObject: () => world.s3.putObject({ ...id, Body: "b" }),
          CopyObject: () => world.s3.copyObject({ ...id, CopySource: `${Bucket}/source` }),
          CreateMultipartUpload: () => world.s3.createMultipartUpload(id),
        };
        await refuses(calls[operation](), 403, "AccessDenied");
      },
      blocked,
    ),
  ),
  behaviour(
    "blocking customer keys leaves what is there readable",
    "PutBucketEncryption GetObject",
    blockSource,
    async (world) => {
      const id = await object(world);
      await block(world, "SSE-C", id.Bucket);
      expectThat(await textOf(await world.s3.getObject({ ...id, ...customerKey("a") })), "secret");
    },
    { needs: ["tls"] },
  ),
  behaviour(
    "customer keys that are blocked can be allowed again",
    "PutBucketEncryption PutObject",
    blockSource,
    async (world) => {
      const Bucket = await world.bucket();
      await block(world, "SSE-C", Bucket);
      await block(world, "NONE", Bucket);
      await answers(world.s3.putObject({ Bucket, Key: "k", Body: "b", ...customerKey("a") }), {
        SSECustomerAlgorithm: "AES256",
      });
    },
    { needs: ["tls"] },
  ),
  behaviour(
    "the block is shown, and stays where a later default does not name it",
    "GetBucketEncryption",
    blockSource,
    async (world) => {
      const Bucket = await world.bucket();
      await block(world, "SSE-C", Bucket);
      await world.s3.putBucketEncryption({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
      });
      await answers(world.s3.getBucketEncryption({ Bucket }), {
        ServerSideEncryptionConfiguration: { Rules: [{ BlockedEncryptionTypes: { EncryptionType: ["SSE-C"] } }] },
      });
    },
    { moto: blocked.moto },
  ),
  behaviour(
    "other encryption is not blocked with customer keys",
    "PutObject",
    blockSource,
    async (world) => {
      const Bucket = await world.bucket();
      await block(world, "SSE-C", Bucket);
      await answers(
        world.s3.putObject({
          Bucket,
          Key: "k",
          Body: "b",
          ServerSideEncryption: "aws:kms",
          SSEKMSKeyId: await world.key(),
        }),
        { ServerSideEncryption: "aws:kms" },
      );
    },
    { needs: ["tls"] },
  ),
];

export const customerKeys: Area = { name: "Customer keys", cases: [...cases, ...blocking] };
