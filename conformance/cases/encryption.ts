import type { ServerSideEncryptionRule } from "@aws-sdk/client-s3";
import { type Area, behaviour, type Case, recordedBy, s3Api, s3Guide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import type { World } from "../world";
import { begunUpload, textOf } from "./objects";

const motoDoesNotCheckKeys = "AWS is right: recorded. moto keeps any text as a key and asks KMS for nothing.";

/** A bucket whose default is this. */
const withDefault = async ({ s3, bucket }: World, ...Rules: readonly ServerSideEncryptionRule[]): Promise<string> => {
  const Bucket = await bucket();
  await s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules: [...Rules] } });
  return Bucket;
};

const kmsDefault = (KMSMasterKeyID?: string, BucketKeyEnabled = true): ServerSideEncryptionRule => ({
  ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", ...(KMSMasterKeyID && { KMSMasterKeyID }) },
  BucketKeyEnabled,
});

const configuration: Case[] = [
  behaviour(
    "a new bucket has SSE-S3 as its default",
    "GetBucketEncryption",
    recordedBy("test_s3_default_bucket_encryption"),
    async ({ s3, bucket }) => {
      await answers(s3.getBucketEncryption({ Bucket: await bucket() }), {
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }],
        },
      });
    },
    { moto: "AWS is right: recorded. Since 2023-01-05 every bucket has a default; moto answers as before." },
  ),
  behaviour(
    "deleting the default leads back to SSE-S3, and can be repeated",
    "DeleteBucketEncryption",
    recordedBy("test_s3_default_bucket_encryption"),
    async (world) => {
      const Bucket = await withDefault(world, kmsDefault());
      await world.s3.deleteBucketEncryption({ Bucket });
      await world.s3.deleteBucketEncryption({ Bucket });
      await answers(world.s3.putObject({ Bucket, Key: "k", Body: "b" }), { ServerSideEncryption: "AES256" });
    },
  ),
  ...[
    { name: "no rule", Rules: [] },
    { name: "two rules", Rules: [kmsDefault(), kmsDefault()] },
  ].map(({ name, Rules }) =>
    behaviour(
      `a default of ${name} is MalformedXML`,
      "PutBucketEncryption",
      recordedBy("test_s3_default_bucket_encryption_exc"),
      async ({ s3, bucket }) => {
        const Bucket = await bucket();
        await refuses(
          s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules } }),
          400,
          "MalformedXML",
        );
      },
      { moto: "AWS is right: recorded. moto keeps any number of rules." },
    ),
  ),
  behaviour(
    "a default of SSE-S3 with a key is InvalidArgument",
    "PutBucketEncryption",
    recordedBy("test_s3_default_bucket_encryption_exc"),
    async (world) => {
      const rule = {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const, KMSMasterKeyID: "anything" },
      };
      await refuses(
        withDefault(world, rule),
        400,
        "InvalidArgument",
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
      );
    },
    { moto: "AWS is right: recorded. moto checks no default." },
  ),
  behaviour(
    "a default with a key that is not there is accepted, and makes puts fail",
    "PutBucketEncryption PutObject",
    s3Guide("Setting default server-side encryption behavior for Amazon S3 buckets"),
    async (world) => {
      const Bucket = await withDefault(
        world,
        kmsDefault(`arn:aws:kms:${world.server.region}:${world.account}:key/00000000-0000-4000-8000-000000000000`),
      );
      await refuses(world.s3.putObject({ Bucket, Key: "k", Body: "b" }), 400, "KMS.NotFoundException");
    },
    { moto: motoDoesNotCheckKeys },
  ),
  ...(["getBucketEncryption", "deleteBucketEncryption"] as const).map((call) =>
    behaviour(
      `${call} of a bucket that is not there is NoSuchBucket`,
      "GetBucketEncryption DeleteBucketEncryption",
      recordedBy("test_s3_default_bucket_encryption_exc"),
      async (world) => {
        await refuses(
          world.s3[call]({ Bucket: world.bucketName() }),
          404,
          "NoSuchBucket",
          "The specified bucket does not exist",
        );
      },
    ),
  ),
  behaviour(
    "the default is shown as it was put",
    "GetBucketEncryption",
    recordedBy("test_s3_bucket_encryption_sse_kms", "test_s3_sse_bucket_key_default"),
    async (world) => {
      const KMSMasterKeyID = (await world.key()).split("/").at(-1) ?? "";
      const Bucket = await withDefault(world, kmsDefault(KMSMasterKeyID));
      await answers(world.s3.getBucketEncryption({ Bucket }), {
        ServerSideEncryptionConfiguration: {
          Rules: [
            { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID }, BucketKeyEnabled: true },
          ],
        },
      });
    },
  ),
];

interface Precedence {
  readonly name: string;
  readonly rule?: (arn: string) => ServerSideEncryptionRule;
  readonly put: (arn: string) => object;
  readonly expected: (arn: string) => object;
  readonly source?: string;
  readonly moto?: string;
}

const noHeaders = () => ({});
const motoForgets =
  "AWS is right: recorded. moto does not bring the default's key and bucket key to the object, or invents neither for aws/s3.";

const precedence: readonly Precedence[] = [
  {
    name: "nothing, without a default put, is SSE-S3",
    put: noHeaders,
    expected: () => ({ ServerSideEncryption: "AES256", SSEKMSKeyId: undefined }),
  },
  {
    name: "nothing takes the default's key and bucket key",
    rule: (arn) => kmsDefault(arn),
    put: noHeaders,
    expected: (arn) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: arn, BucketKeyEnabled: true }),
    moto: motoForgets,
  },
  {
    name: "nothing takes the default's key without a bucket key",
    rule: (arn) => kmsDefault(arn, false),
    put: noHeaders,
    expected: (arn) => ({ SSEKMSKeyId: arn, BucketKeyEnabled: undefined }),
    moto: motoForgets,
  },
  {
    name: "nothing shows the ARN where the default names the key's id",
    rule: (arn) => kmsDefault(arn.split("/").at(-1)),
    put: noHeaders,
    expected: (arn) => ({ SSEKMSKeyId: arn }),
    moto: motoForgets,
  },
  {
    name: "nothing takes a default of DSSE-KMS",
    rule: (arn) => ({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms:dsse", KMSMasterKeyID: arn } }),
    put: noHeaders,
    expected: (arn) => ({ ServerSideEncryption: "aws:kms:dsse", SSEKMSKeyId: arn }),
    source: s3Guide("Using dual-layer server-side encryption with AWS KMS keys (DSSE-KMS)"),
    moto: motoForgets,
  },
  {
    name: "AES256 wins over a default of SSE-KMS",
    rule: (arn) => kmsDefault(arn),
    put: () => ({ ServerSideEncryption: "AES256" }),
    expected: () => ({ ServerSideEncryption: "AES256", SSEKMSKeyId: undefined, BucketKeyEnabled: undefined }),
    moto: motoForgets,
  },
  {
    name: "aws:kms without a key means aws/s3, not the default's key",
    rule: (arn) => kmsDefault(arn),
    put: () => ({ ServerSideEncryption: "aws:kms" }),
    expected: () => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: /^arn:aws[-a-z]*:kms:.*:key\// }),
    source: s3Api("PutObject"),
    moto: motoForgets,
  },
  {
    name: "aws:kms with a key takes it",
    put: (arn) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: arn }),
    expected: (arn) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: arn, BucketKeyEnabled: undefined }),
  },
  {
    name: "aws:kms with a key's id shows its ARN",
    put: (arn) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: arn.split("/").at(-1) }),
    expected: (arn) => ({ SSEKMSKeyId: arn }),
    source: recordedBy("test_s3_sse_validate_kms_key"),
    moto: motoDoesNotCheckKeys,
  },
  {
    name: "a bucket key that is asked for is there",
    put: (arn) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: arn, BucketKeyEnabled: true }),
    expected: () => ({ BucketKeyEnabled: true }),
  },
  {
    name: "a bucket key that is refused is not there, whatever the default",
    rule: (arn) => kmsDefault(arn),
    put: (arn) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: arn, BucketKeyEnabled: false }),
    expected: () => ({ BucketKeyEnabled: undefined }),
    source: s3Guide("Configuring an S3 Bucket Key at the object level"),
  },
  {
    name: "the default's bucket key holds for a put that names a key itself",
    rule: (arn) => kmsDefault(arn),
    put: (arn) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: arn }),
    expected: () => ({ BucketKeyEnabled: true }),
    source: s3Guide("Configuring an S3 Bucket Key at the object level"),
    moto: motoForgets,
  },
  {
    name: "aws:kms:dsse never has a bucket key",
    put: (arn) => ({ ServerSideEncryption: "aws:kms:dsse", SSEKMSKeyId: arn }),
    expected: (arn) => ({ ServerSideEncryption: "aws:kms:dsse", SSEKMSKeyId: arn, BucketKeyEnabled: undefined }),
    source: s3Guide("Using dual-layer server-side encryption with AWS KMS keys (DSSE-KMS)"),
  },
];

const headers: Case[] = precedence.flatMap(
  ({
    name,
    rule,
    put,
    expected,
    source = recordedBy(
      "test_s3_bucket_encryption_sse_s3",
      "test_s3_bucket_encryption_sse_kms",
      "test_s3_bucket_encryption_sse_kms_aws_managed_key",
      "test_s3_multipart_upload_sse",
      "test_s3_sse_default_kms_key",
    ),
    moto,
  }) =>
    (["PutObject", "CopyObject", "CreateMultipartUpload"] as const).map((operation) =>
      behaviour(
        `${operation}: ${name}`,
        `${operation} HeadObject`,
        source,
        async (world) => {
          const arn = await world.key();
          const Bucket = rule ? await withDefault(world, rule(arn)) : await world.bucket();
          const id = { Bucket, Key: "key" };
          const asked = put(arn);
          if (operation === "PutObject")
            await answers(world.s3.putObject({ ...id, Body: "body", ...asked }), expected(arn));
          if (operation === "CopyObject") {
            await world.s3.putObject({ Bucket, Key: "source", Body: "body", ServerSideEncryption: "AES256" });
            await answers(world.s3.copyObject({ ...id, CopySource: `${Bucket}/source`, ...asked }), expected(arn));
          }
          if (operation === "CreateMultipartUpload") {
            const { UploadId } = await answers(world.s3.createMultipartUpload({ ...id, ...asked }), expected(arn));
            const { ETag } = await world.s3.uploadPart({ ...id, UploadId, PartNumber: 1, Body: "body" });
            await world.s3.completeMultipartUpload({
              ...id,
              UploadId,
              MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
            });
          }
          await answers(world.s3.headObject(id), expected(arn));
          expectThat(await textOf(await world.s3.getObject(id)), "body");
        },
        moto ? { moto } : {},
      ),
    ),
);

const badKeys = [
  { name: "that is no key id", key: () => "fake-key-id", message: "Invalid keyId 'fake-key-id'" },
  {
    name: "whose id is not there",
    key: () => "134f2428-cec1-4b25-a1ae-9048164dba47",
    message: /^Key 'arn:.*134f2428.*' does not exist$/,
  },
  {
    name: "whose ARN is not there",
    key: ({ server, account }: World) =>
      `arn:aws:kms:${server.region}:${account}:key/134f2428-cec1-4b25-a1ae-9048164dba47`,
    message: /does not exist$/,
  },
  {
    name: "of another region",
    key: ({ account }: World) => `arn:aws:kms:ap-south-1:${account}:key/134f2428-cec1-4b25-a1ae-9048164dba47`,
    message: /^Invalid arn/,
  },
];

const keys: Case[] = [
  ...badKeys.map(({ name, key, message }) =>
    behaviour(
      `a put under a key ${name} is KMS.NotFoundException`,
      "PutObject",
      recordedBy("test_s3_sse_validate_kms_key"),
      async (world) => {
        const Bucket = await world.bucket();
        await refuses(
          world.s3.putObject({ Bucket, Key: "k", Body: "b", ServerSideEncryption: "aws:kms", SSEKMSKeyId: key(world) }),
          400,
          "KMS.NotFoundException",
          message,
        );
      },
      { moto: motoDoesNotCheckKeys },
    ),
  ),
  behaviour(
    "an upload begun under a key that is no key id is KMS.NotFoundException",
    "CreateMultipartUpload",
    recordedBy("test_s3_sse_validate_kms_key"),
    async ({ s3, bucket }) => {
      await refuses(
        s3.createMultipartUpload({
          Bucket: await bucket(),
          Key: "k",
          ServerSideEncryption: "aws:kms",
          SSEKMSKeyId: "fake-key-id",
        }),
        400,
        "KMS.NotFoundException",
      );
    },
    { moto: motoDoesNotCheckKeys },
  ),
  ...(["PutObject", "GetObject"] as const).map((operation) =>
    behaviour(
      `${operation} under a disabled key is KMS.DisabledException`,
      `${operation} DisableKey`,
      recordedBy("test_s3_sse_validate_kms_key_state"),
      async (world) => {
        const KeyId = await world.ownKey();
        const id = { Bucket: await world.bucket(), Key: "k" };
        const put = () => world.s3.putObject({ ...id, Body: "b", ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyId });
        await put();
        await world.kms.disableKey({ KeyId });
        await refuses(
          operation === "PutObject" ? put() : world.s3.getObject(id),
          400,
          "KMS.DisabledException",
          `${KeyId} is disabled.`,
        );
      },
      { moto: motoDoesNotCheckKeys },
    ),
  ),
  behaviour(
    "a get under a key that awaits deletion is KMS.KMSInvalidStateException",
    "GetObject ScheduleKeyDeletion",
    recordedBy("test_s3_sse_validate_kms_key_state"),
    async (world) => {
      const KeyId = await world.ownKey();
      const id = { Bucket: await world.bucket(), Key: "k" };
      await world.s3.putObject({ ...id, Body: "b", ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyId });
      await world.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
      await refuses(world.s3.getObject(id), 400, "KMS.KMSInvalidStateException", `${KeyId} is pending deletion.`);
    },
    { moto: motoDoesNotCheckKeys },
  ),
  behaviour(
    "the metadata of an object under a disabled key can still be read",
    "HeadObject DisableKey",
    s3Guide("Using server-side encryption with AWS KMS keys (SSE-KMS)"),
    async (world) => {
      const KeyId = await world.ownKey();
      const id = { Bucket: await world.bucket(), Key: "k" };
      await world.s3.putObject({ ...id, Body: "b", ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyId });
      await world.kms.disableKey({ KeyId });
      await answers(world.s3.headObject(id), { SSEKMSKeyId: KeyId });
    },
  ),
  behaviour(
    "an object is read again once its key is enabled again",
    "GetObject EnableKey",
    s3Guide("Using server-side encryption with AWS KMS keys (SSE-KMS)"),
    async (world) => {
      const KeyId = await world.ownKey();
      const id = { Bucket: await world.bucket(), Key: "k" };
      await world.s3.putObject({ ...id, Body: "b", ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyId });
      await world.kms.disableKey({ KeyId });
      await world.kms.enableKey({ KeyId });
      expectThat(await textOf(await world.s3.getObject(id)), "b");
    },
  ),
  behaviour(
    "an object put before the default changed keeps its encryption",
    "PutBucketEncryption HeadObject",
    recordedBy("test_s3_sse_bucket_key_default"),
    async (world) => {
      const id = { Bucket: await world.bucket(), Key: "k" };
      await world.s3.putObject({ ...id, Body: "b" });
      await world.s3.putBucketEncryption({
        Bucket: id.Bucket,
        ServerSideEncryptionConfiguration: { Rules: [kmsDefault(await world.key())] },
      });
      await answers(world.s3.headObject(id), { ServerSideEncryption: "AES256", SSEKMSKeyId: undefined });
    },
  ),
  behaviour(
    "an upload begun before the default changed completes under the old one",
    "PutBucketEncryption CompleteMultipartUpload",
    s3Guide("Setting default server-side encryption behavior for Amazon S3 buckets"),
    async (world) => {
      const id = { Bucket: await world.bucket(), Key: "k" };
      const upload = await begunUpload(world, id, "part");
      await world.s3.putBucketEncryption({
        Bucket: id.Bucket,
        ServerSideEncryptionConfiguration: { Rules: [kmsDefault(await world.key())] },
      });
      await world.s3.completeMultipartUpload(upload);
      await answers(world.s3.headObject(id), { ServerSideEncryption: "AES256" });
    },
  ),
  behaviour(
    "a copy takes the destination's default, never the source's encryption",
    "CopyObject",
    s3Api("CopyObject"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({
        Bucket,
        Key: "source",
        Body: "b",
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: await world.key(),
      });
      await answers(world.s3.copyObject({ Bucket, Key: "copy", CopySource: `${Bucket}/source` }), {
        ServerSideEncryption: "AES256",
      });
    },
  ),
  behaviour(
    "a get that names an encryption is InvalidArgument",
    "GetObject",
    s3Guide("Specifying server-side encryption with Amazon S3 managed keys (SSE-S3)"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({ Bucket, Key: "key", Body: "b" });
      const answer = await world.http({
        bucket: Bucket,
        key: "key",
        headers: { "x-amz-server-side-encryption": "AES256" },
      });
      expectThat(answer, { status: 400, code: "InvalidArgument" });
    },
    { moto: "AWS is right: documented. moto ignores the header." },
  ),
  behaviour(
    "an encryption that there is not is InvalidArgument",
    "PutObject",
    s3Api("PutObject"),
    async (world) => {
      const answer = await world.http({
        method: "PUT",
        bucket: await world.bucket(),
        key: "k",
        headers: { "x-amz-server-side-encryption": "rot13" },
      });
      expectThat(answer, { status: 400, code: "InvalidArgument" });
    },
    { moto: "AWS is right. moto keeps any text." },
  ),
  behaviour(
    "a key id without aws:kms is InvalidArgument",
    "PutObject",
    s3Api("PutObject"),
    async (world) => {
      const headers = {
        "x-amz-server-side-encryption": "AES256",
        "x-amz-server-side-encryption-aws-kms-key-id": await world.key(),
      };
      expectThat(await world.http({ method: "PUT", bucket: await world.bucket(), key: "k", headers }), {
        status: 400,
        code: "InvalidArgument",
      });
    },
    { moto: "AWS is right. moto keeps both." },
  ),
  behaviour(
    "the ETag under SSE-KMS is not the MD5, under SSE-S3 it is",
    "PutObject",
    s3Api("Object"),
    async (world) => {
      const Bucket = await world.bucket();
      const { ETag } = await world.s3.putObject({
        Bucket,
        Key: "k",
        Body: "body",
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: await world.key(),
      });
      expectThat(ETag === '"841a2d689ad86bd1611447453c22c6fc"', false);
      await answers(world.s3.putObject({ Bucket, Key: "k", Body: "body" }), {
        ETag: '"841a2d689ad86bd1611447453c22c6fc"',
      });
    },
    { moto: "AWS is right: documented. moto's ETag is always the MD5." },
  ),
];

export const encryption: Area = {
  name: "Encryption by default and by header",
  needs: ["tls"],
  cases: [...configuration, ...headers, ...keys],
};
