import { type Area, behaviour, type Case, s3Api, s3Guide } from "../case";
import { answers, expectThat, refusalOf, refuses } from "../expect";
import { customerKey, type World } from "../world";
import { begunUpload, fiveMebibytes, textOf } from "./objects";

const page = s3Guide("Updating server-side encryption for existing data");
const moto = { moto: "AWS is right: documented, since 2026-01-28. moto does not have the operation." };

type Put = Parameters<World["s3"]["putObject"]>[0];

const object = async (world: World, put: Partial<Put> = {}, options: Parameters<World["bucket"]>[0] = {}) => {
  const id = { Bucket: await world.bucket(options), Key: "key" };
  const { VersionId } = await world.s3.putObject({ ...id, Body: "body", ...put });
  return { id, VersionId };
};
const to = (KMSKeyArn: string, BucketKeyEnabled?: boolean) => ({
  ObjectEncryption: { SSEKMS: { KMSKeyArn, BucketKeyEnabled } },
});

const sources: readonly { name: string; put: (world: World) => Promise<Partial<Put>> }[] = [
  { name: "SSE-S3", put: async () => ({}) },
  {
    name: "SSE-KMS under another key",
    put: async (world) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: await world.key("second") }),
  },
  {
    name: "SSE-KMS under the same key, without a bucket key",
    put: async (world) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: await world.key() }),
  },
  { name: "SSE-KMS under aws/s3", put: async () => ({ ServerSideEncryption: "aws:kms" }) },
  { name: "a class with an archive", put: async () => ({ StorageClass: "GLACIER_IR" }) },
  { name: "a class that is archived", put: async () => ({ StorageClass: "DEEP_ARCHIVE" }) },
];

const converted: Case[] = [
  ...sources.map(({ name, put }) =>
    behaviour(
      `an object of ${name} comes under the key, and nothing else of it changes`,
      "UpdateObjectEncryption HeadObject",
      page,
      async (world) => {
        const { id } = await object(world, { ...(await put(world)), Metadata: { a: "b" } });
        const { ETag, LastModified, StorageClass } = await world.s3.headObject(id);
        const arn = await world.key();
        await world.s3.updateObjectEncryption({ ...id, ...to(arn, true) });
        await answers(world.s3.headObject(id), {
          ServerSideEncryption: "aws:kms",
          SSEKMSKeyId: arn,
          BucketKeyEnabled: true,
          ETag,
          LastModified,
          StorageClass,
          Metadata: { a: "b" },
        });
      },
      moto,
    ),
  ),
  behaviour(
    "its bytes are read as before",
    "UpdateObjectEncryption GetObject",
    page,
    async (world) => {
      const { id } = await object(world);
      await world.s3.updateObjectEncryption({ ...id, ...to(await world.key(), true) });
      expectThat(await textOf(await world.s3.getObject(id)), "body");
    },
    moto,
  ),
  behaviour(
    "the bucket key is off unless it is asked for, whatever the bucket's default",
    "UpdateObjectEncryption",
    s3Api("UpdateObjectEncryption"),
    async (world) => {
      const { id } = await object(world);
      const arn = await world.key();
      await world.s3.putBucketEncryption({
        Bucket: id.Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: arn },
              BucketKeyEnabled: true,
            },
          ],
        },
      });
      await world.s3.updateObjectEncryption({ ...id, ...to(arn) });
      await answers(world.s3.headObject(id), { SSEKMSKeyId: arn, BucketKeyEnabled: undefined });
    },
    moto,
  ),
  behaviour(
    "it is the current version where none is named, and no version is added",
    "UpdateObjectEncryption ListObjectVersions",
    page,
    async (world) => {
      const { id, VersionId } = await object(world, {}, { versioned: true });
      await world.s3.putObject({ ...id, Body: "newer" });
      await world.s3.updateObjectEncryption({ ...id, ...to(await world.key()) });
      await answers(world.s3.headObject(id), { ServerSideEncryption: "aws:kms" });
      await answers(world.s3.headObject({ ...id, VersionId }), { ServerSideEncryption: "AES256" });
      expectThat((await world.s3.listObjectVersions({ Bucket: id.Bucket })).Versions?.length, 2);
    },
    moto,
  ),
  behaviour(
    "a noncurrent version is converted by its id",
    "UpdateObjectEncryption",
    page,
    async (world) => {
      const { id, VersionId } = await object(world, {}, { versioned: true });
      await world.s3.putObject({ ...id, Body: "newer" });
      await world.s3.updateObjectEncryption({ ...id, VersionId, ...to(await world.key()) });
      await answers(world.s3.headObject({ ...id, VersionId }), { ServerSideEncryption: "aws:kms" });
      await answers(world.s3.headObject(id), { ServerSideEncryption: "AES256" });
    },
    moto,
  ),
  behaviour(
    "an object of parts keeps its ETag and its parts",
    "UpdateObjectEncryption GetObject",
    page,
    async (world) => {
      const id = { Bucket: await world.bucket(), Key: "key" };
      const { ETag } = await world.s3.completeMultipartUpload(await begunUpload(world, id, fiveMebibytes, "last"));
      await world.s3.updateObjectEncryption({ ...id, ...to(await world.key()) });
      await answers(world.s3.headObject({ ...id, PartNumber: 2 }), { ETag, PartsCount: 2, ContentLength: 4 });
    },
    moto,
  ),
  behaviour(
    "it can be repeated",
    "UpdateObjectEncryption",
    page,
    async (world) => {
      const { id } = await object(world);
      const update = { ...id, ...to(await world.key(), true) };
      await world.s3.updateObjectEncryption(update);
      await answers(world.s3.updateObjectEncryption(update));
    },
    moto,
  ),
  behaviour(
    "an object whose key awaits deletion cannot be converted away from it",
    "UpdateObjectEncryption ScheduleKeyDeletion",
    page,
    async (world) => {
      const KeyId = await world.ownKey();
      const { id } = await object(world, { ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyId });
      await world.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
      expectThat(await refusalOf(world.s3.updateObjectEncryption({ ...id, ...to(await world.key()) })), {
        status: 400,
      });
    },
    moto,
  ),
];

const refused: Case[] = [
  behaviour(
    "an object under DSSE-KMS is InvalidRequest",
    "UpdateObjectEncryption",
    s3Api("UpdateObjectEncryption"),
    async (world) => {
      const { id } = await object(world, { ServerSideEncryption: "aws:kms:dsse", SSEKMSKeyId: await world.key() });
      await refuses(
        world.s3.updateObjectEncryption({ ...id, ...to(await world.key()) }),
        400,
        "InvalidRequest",
        /encryption type DSSE-KMS or SSE-C/,
      );
    },
    moto,
  ),
  behaviour(
    "an object under a customer key is InvalidRequest",
    "UpdateObjectEncryption",
    s3Api("UpdateObjectEncryption"),
    async (world) => {
      const { id } = await object(world, customerKey("a"), { customerKeys: true });
      await refuses(
        world.s3.updateObjectEncryption({ ...id, ...to(await world.key()) }),
        400,
        "InvalidRequest",
        /encryption type DSSE-KMS or SSE-C/,
      );
    },
    { ...moto, needs: ["tls"] },
  ),
  ...[
    { name: "under legal hold", lock: { ObjectLockLegalHoldStatus: "ON" } as const },
    {
      name: "under governed retention",
      lock: { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: new Date(Date.now() + 86_400_000) } as const,
    },
  ].map(({ name, lock }) =>
    behaviour(
      `an object ${name} is AccessDenied`,
      "UpdateObjectEncryption",
      s3Api("UpdateObjectEncryption"),
      async (world) => {
        const { id } = await object(world, lock, { locked: true });
        await refuses(
          world.s3.updateObjectEncryption({ ...id, ...to(await world.key()) }),
          403,
          "AccessDenied",
          /protected by S3 Object Lock/,
        );
        await answers(world.s3.headObject(id), { ServerSideEncryption: "AES256" });
      },
      moto,
    ),
  ),
  behaviour(
    "a key that is not there is NoSuchKey",
    "UpdateObjectEncryption",
    s3Api("UpdateObjectEncryption"),
    async (world) => {
      await refuses(
        world.s3.updateObjectEncryption({ Bucket: await world.bucket(), Key: "none", ...to(await world.key()) }),
        404,
        "NoSuchKey",
      );
    },
    moto,
  ),
  behaviour(
    "a key whose current version is a delete marker is NoSuchKey",
    "UpdateObjectEncryption DeleteObject",
    s3Api("UpdateObjectEncryption"),
    async (world) => {
      const { id } = await object(world, {}, { versioned: true });
      await world.s3.deleteObject(id);
      await refuses(world.s3.updateObjectEncryption({ ...id, ...to(await world.key()) }), 404, "NoSuchKey");
    },
    moto,
  ),
  ...[
    { name: "a key id instead of an ARN", arn: (arn: string) => arn.split("/").at(-1) ?? "" },
    { name: "an alias", arn: (arn: string) => arn.replace(/key\/.*/, "alias/some") },
    { name: "no key at all", arn: () => "" },
  ].map(({ name, arn }) =>
    behaviour(
      `${name} is InvalidRequest`,
      "UpdateObjectEncryption",
      s3Api("UpdateObjectEncryption"),
      async (world) => {
        const { id } = await object(world);
        await refuses(
          world.s3.updateObjectEncryption({ ...id, ...to(arn(await world.key())) }),
          400,
          "InvalidRequest",
          /Amazon Resource Name \(ARN\)/,
        );
      },
      moto,
    ),
  ),
  behaviour(
    "a key of another account is AccessDenied",
    "UpdateObjectEncryption",
    s3Api("UpdateObjectEncryption"),
    async (world) => {
      const { id } = await object(world);
      const foreign = `arn:aws:kms:${world.server.region}:999988887777:key/00000000-0000-4000-8000-000000000000`;
      await refuses(world.s3.updateObjectEncryption({ ...id, ...to(foreign) }), 403, "AccessDenied", /same account/);
    },
    moto,
  ),
  behaviour(
    "SSE-S3 cannot be asked for",
    "UpdateObjectEncryption",
    s3Api("UpdateObjectEncryption"),
    async (world) => {
      const { id } = await object(world);
      const body = '<ObjectEncryption xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><SSE-S3/></ObjectEncryption>';
      const answer = await world.http({
        method: "PUT",
        bucket: id.Bucket,
        key: id.Key,
        query: { encryption: "" },
        body,
      });
      expectThat(answer, { status: 400 });
    },
    moto,
  ),
  behaviour(
    "it needs s3:PutObject besides s3:UpdateObjectEncryption",
    "UpdateObjectEncryption",
    s3Api("UpdateObjectEncryption"),
    async (world) => {
      const { id } = await object(world);
      const KMSKeyArn = await world.key();
      const onObject = { Effect: "Allow", Resource: `arn:aws:s3:::${id.Bucket}/*` };
      const onKey = { Effect: "Allow", Action: "kms:*", Resource: "*" };
      const one = await world.role([{ ...onObject, Action: "s3:UpdateObjectEncryption" }, onKey]);
      await refuses(one.s3.updateObjectEncryption({ ...id, ...to(KMSKeyArn) }), 403, "AccessDenied");
      const both = await world.role([{ ...onObject, Action: ["s3:UpdateObjectEncryption", "s3:PutObject"] }, onKey]);
      await answers(both.s3.updateObjectEncryption({ ...id, ...to(KMSKeyArn) }));
    },
    { ...moto, needs: ["permissions"] },
  ),
  behaviour(
    "it needs kms:Decrypt on the key that the object is under",
    "UpdateObjectEncryption",
    s3Api("UpdateObjectEncryption"),
    async (world) => {
      const { id } = await object(world, { ServerSideEncryption: "aws:kms", SSEKMSKeyId: await world.key("second") });
      const role = await world.role([
        {
          Effect: "Allow",
          Action: ["s3:UpdateObjectEncryption", "s3:PutObject"],
          Resource: `arn:aws:s3:::${id.Bucket}/*`,
        },
        { Effect: "Allow", Action: "kms:*", Resource: await world.key() },
      ]);
      await refuses(role.s3.updateObjectEncryption({ ...id, ...to(await world.key()) }), 403, "AccessDenied");
      await answers(world.s3.headObject(id), { SSEKMSKeyId: await world.key("second") });
    },
    { ...moto, needs: ["permissions"] },
  ),
];

export const updateEncryption: Area = {
  name: "UpdateObjectEncryption",
  needs: ["tls"],
  cases: [...converted, ...refused],
};
