import { type Area, behaviour, type Case, recordedBy, s3Api } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { textOf, withObject } from "./objects";

const badVersion = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD";
const day = 86_400_000;
const noVersion = { Code: "NoSuchVersion", Message: "The specified version does not exist." };

const single: Case[] = [
  behaviour(
    "a deletion of what is there and of what is not are both 204",
    "DeleteObject",
    recordedBy("test_delete_object"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      for (const key of [Key, Key, "never there"]) {
        await answers(world.s3.deleteObject({ Bucket, Key: key }), {
          $metadata: { httpStatusCode: 204 },
          DeleteMarker: undefined,
          VersionId: undefined,
        });
      }
    },
  ),
  behaviour(
    "with versions each deletion puts a marker, and one by id deletes that version or marker",
    "DeleteObject ListObjectVersions GetObject",
    recordedBy("test_delete_object_versioned", "test_get_object_after_deleted_in_versioned_bucket"),
    async (world) => {
      const { Bucket, Key, VersionId } = await withObject(world, { versioned: true });
      const { s3 } = world;
      const id = { Bucket, Key };
      const one = await answers(s3.deleteObject(id), { DeleteMarker: true, VersionId: /./ });
      const two = await answers(s3.deleteObject(id), { DeleteMarker: true, VersionId: /./ });
      await answers(s3.listObjectVersions({ Bucket }), {
        DeleteMarkers: [
          { VersionId: two.VersionId, IsLatest: true },
          { VersionId: one.VersionId, IsLatest: false },
        ],
        Versions: [{ VersionId, IsLatest: false }],
      });
      await answers(s3.deleteObject({ ...id, VersionId: one.VersionId }), {
        DeleteMarker: true,
        VersionId: one.VersionId,
      });
      await answers(s3.deleteObject({ ...id, VersionId }), { DeleteMarker: undefined, VersionId });
      await refuses(s3.getObject({ ...id, VersionId }), 404, "NoSuchVersion", noVersion.Message, {
        VersionId: VersionId ?? "",
      });
    },
  ),
  behaviour(
    "a deletion of a version id that is none is InvalidArgument with versions too",
    "DeleteObject",
    recordedBy("test_delete_object_versioned"),
    async (world) => {
      const { Bucket, Key } = await withObject(world, { versioned: true });
      await refuses(
        world.s3.deleteObject({ Bucket, Key, VersionId: "bad-version" }),
        400,
        "InvalidArgument",
        "Invalid version id specified",
        { ArgumentName: "versionId", ArgumentValue: "bad-version" },
      );
    },
  ),
  ...[true, false].map((BypassGovernanceRetention) =>
    behaviour(
      `bypassing retention (${BypassGovernanceRetention}) is InvalidArgument in a bucket without Object Lock`,
      "DeleteObject DeleteObjects",
      recordedBy("test_delete_object_with_no_locking"),
      async (world) => {
        const { Bucket, Key } = await withObject(world);
        const call = [
          400,
          "InvalidArgument",
          "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
          { ArgumentName: "x-amz-bypass-governance-retention" },
        ] as const;
        await refuses(world.s3.deleteObject({ Bucket, Key, BypassGovernanceRetention }), ...call);
        const Delete = { Objects: [{ Key }] };
        if (BypassGovernanceRetention) {
          await refuses(world.s3.deleteObjects({ Bucket, Delete, BypassGovernanceRetention }), ...call);
        }
      },
    ),
  ),
];

const many: Case[] = [
  behaviour(
    "a batch deletes what is there, and tells keys that are not as deleted",
    "DeleteObjects",
    recordedBy("test_delete_objects", "test_delete_non_existing_keys", "test_s3_batch_delete_objects"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const Objects = [{ Key }, { Key: "c-wrong-key" }, { Key: "a-wrong-key" }];
      const { Deleted = [] } = await answers(world.s3.deleteObjects({ Bucket, Delete: { Objects } }), {
        Errors: undefined,
      });
      expectThat(Deleted.map((one) => one.Key).sort(), ["a-wrong-key", "c-wrong-key", Key].sort());
      await answers(world.s3.listObjectsV2({ Bucket }), { KeyCount: 0 });
    },
  ),
  behaviour(
    "a quiet batch tells errors only",
    "DeleteObjects",
    recordedBy("test_delete_non_existing_keys_quiet"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const Objects = [{ Key }, { Key: "none" }];
      await answers(world.s3.deleteObjects({ Bucket, Delete: { Objects, Quiet: true } }), {
        Deleted: undefined,
        Errors: undefined,
      });
      await refuses(world.s3.getObject({ Bucket, Key }), 404, "NoSuchKey");
    },
  ),
  behaviour(
    "a version id in a batch that is not there is an error of its own, without versions too",
    "DeleteObjects",
    recordedBy("test_delete_objects", "test_delete_objects_versioned"),
    async (world) => {
      for (const versioned of [false, true]) {
        const { Bucket, Key } = await withObject(world, { versioned });
        const Objects = [{ Key, VersionId: badVersion }];
        await answers(world.s3.deleteObjects({ Bucket, Delete: { Objects } }), {
          Errors: [{ ...noVersion, Key, VersionId: badVersion }],
          Deleted: undefined,
        });
      }
    },
  ),
  behaviour(
    "a batch with versions puts markers, and deletes versions and markers by id",
    "DeleteObjects",
    recordedBy(
      "test_delete_objects_versioned",
      "test_delete_keys_in_versioned_bucket",
      "test_s3_delete_object_with_version_id",
    ),
    async (world) => {
      const { Bucket, Key, VersionId } = await withObject(world, { versioned: true });
      const remove = (...Objects: { Key: string; VersionId?: string }[]) =>
        world.s3.deleteObjects({ Bucket, Delete: { Objects } });
      const marked = await answers(remove({ Key }), {
        Deleted: [{ Key, DeleteMarker: true, DeleteMarkerVersionId: /./, VersionId: undefined }],
      });
      await answers(remove({ Key: "wrongkey" }), { Deleted: [{ DeleteMarker: true, DeleteMarkerVersionId: /./ }] });
      const marker = marked.Deleted?.[0]?.DeleteMarkerVersionId;
      await answers(remove({ Key, VersionId: marker }), {
        Deleted: [{ Key, DeleteMarker: true, DeleteMarkerVersionId: marker, VersionId: marker }],
      });
      expectThat(await textOf(await world.s3.getObject({ Bucket, Key })), "body");
      await answers(remove({ Key, VersionId }), {
        Deleted: [{ Key, VersionId, DeleteMarker: undefined, DeleteMarkerVersionId: undefined }],
      });
      await refuses(world.s3.getObject({ Bucket, Key }), 404, "NoSuchKey");
    },
  ),
  behaviour(
    "a batch takes keys as they are, whatever is in them",
    "DeleteObjects ListObjectsV2",
    recordedBy("test_delete_objects_encoding"),
    async (world) => {
      const Bucket = await world.bucket();
      const keys = ["a%2Fb", "a/%F0%9F%98%80"];
      for (const key of keys) await world.http({ method: "PUT", bucket: Bucket, key, body: "b" });
      await answers(world.s3.listObjectsV2({ Bucket }), { Contents: keys.map((Key) => ({ Key })) });
      const Delete = { Objects: keys.map((Key) => ({ Key })) };
      const { Deleted = [] } = await world.s3.deleteObjects({ Bucket, Delete });
      expectThat(Deleted.map(({ Key = "" }) => Key).sort(), keys);
      await answers(world.s3.listObjectsV2({ Bucket }), { KeyCount: 0 });
    },
  ),
  behaviour(
    "what is locked is an error of its own in a batch",
    "DeleteObjects",
    recordedBy("test_delete_locked_object"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket({ locked: true }), Key: "k" };
      const { VersionId } = await s3.putObject({ ...id, Body: "b", ObjectLockLegalHoldStatus: "ON" });
      await answers(s3.deleteObjects({ Bucket: id.Bucket, Delete: { Objects: [{ Key: "k", VersionId }] } }), {
        Errors: [
          {
            Code: "AccessDenied",
            Key: "k",
            VersionId,
            Message: "Access Denied because object protected by object lock.",
          },
        ],
      });
    },
  ),
  behaviour(
    "a batch of none, or of more than 1,000, is MalformedXML",
    "DeleteObjects",
    s3Api("DeleteObjects"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      for (const count of [0, 1001]) {
        const Objects = Array.from({ length: count }, (_, index) => ({ Key: `${index}` }));
        await refuses(s3.deleteObjects({ Bucket, Delete: { Objects } }), 400, "MalformedXML");
      }
    },
  ),
  behaviour(
    "with versioning suspended a batch puts the null marker in place of the null version",
    "DeleteObjects",
    recordedBy("test_delete_object_on_suspended_bucket", "test_put_object_on_suspended_bucket"),
    async (world) => {
      const { Bucket, Key, VersionId } = await withObject(world, { versioned: true });
      const { s3 } = world;
      await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Suspended" } });
      await s3.putObject({ Bucket, Key, Body: "b" });
      await answers(s3.getObject({ Bucket, Key }), { VersionId: "null" });
      await answers(s3.deleteObjects({ Bucket, Delete: { Objects: [{ Key }] } }), {
        Deleted: [{ DeleteMarker: true, DeleteMarkerVersionId: "null" }],
      });
      await answers(s3.listObjectVersions({ Bucket }), {
        DeleteMarkers: [{ VersionId: "null", IsLatest: true }],
        Versions: [{ VersionId, IsLatest: false }],
      });
    },
  ),
];

const lockedBucket = "Bucket is missing Object Lock Configuration";
const until = (milliseconds: number): Date => new Date(Date.now() + milliseconds);
const retention = (milliseconds: number) => ({
  Retention: { Mode: "GOVERNANCE" as const, RetainUntilDate: until(milliseconds) },
});
const lockedMessage = "Access Denied because object protected by object lock.";

const halfLocks: readonly {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: RegExp;
  readonly argument: string;
}[] = [
  {
    name: "a mode without a date",
    headers: { "x-amz-object-lock-mode": "GOVERNANCE" },
    message: /must both be supplied/,
    argument: "x-amz-object-lock-retain-until-date",
  },
  {
    name: "a date without a mode",
    headers: { "x-amz-object-lock-retain-until-date": until(day).toISOString() },
    message: /must both be supplied/,
    argument: "x-amz-object-lock-mode",
  },
  {
    name: "a mode that there is not",
    headers: {
      "x-amz-object-lock-mode": "BAD-VALUE",
      "x-amz-object-lock-retain-until-date": until(day).toISOString(),
    },
    message: /Unknown wormMode directive\./,
    argument: "x-amz-object-lock-mode",
  },
];

const holds: Case[] = [
  behaviour(
    "a legal hold is put, shown, and off again",
    "PutObjectLegalHold GetObjectLegalHold HeadObject",
    recordedBy(
      "test_put_get_object_legal_hold",
      "test_put_object_with_legal_hold",
      "test_s3_legal_hold_lock_versioned",
    ),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket({ locked: true }), Key: "k" };
      const { VersionId } = await s3.putObject({ ...id, Body: "b" });
      await refuses(
        s3.getObjectLegalHold({ ...id, VersionId }),
        404,
        "NoSuchObjectLockConfiguration",
        "The specified object does not have a ObjectLock configuration",
      );
      await s3.putObjectLegalHold({ ...id, VersionId, LegalHold: { Status: "ON" } });
      await s3.putObject({ ...id, Body: "newer" });
      await answers(s3.headObject({ ...id, VersionId }), { ObjectLockLegalHoldStatus: "ON" });
      await answers(s3.headObject(id), { ObjectLockLegalHoldStatus: undefined });
      await answers(s3.getObjectLegalHold({ ...id, VersionId }), { LegalHold: { Status: "ON" } });
      await s3.putObjectLegalHold({ ...id, VersionId, LegalHold: { Status: "OFF" } });
      await answers(s3.headObject({ ...id, VersionId }), { ObjectLockLegalHoldStatus: "OFF" });
    },
  ),
  behaviour(
    "a legal hold of what is not there, in a bucket without Object Lock, or of nothing is refused",
    "PutObjectLegalHold GetObjectLegalHold",
    recordedBy("test_put_object_legal_hold_exc"),
    async (world) => {
      const { s3 } = world;
      const LegalHold = { Status: "ON" as const };
      await refuses(s3.putObjectLegalHold({ Bucket: world.bucketName(), Key: "k", LegalHold }), 404, "NoSuchBucket");
      const Bucket = await world.bucket({ locked: true });
      await refuses(s3.putObjectLegalHold({ Bucket, Key: "none", LegalHold }), 404, "NoSuchKey");
      const plain = await withObject(world);
      const id = { Bucket: plain.Bucket, Key: plain.Key };
      await refuses(s3.putObjectLegalHold({ ...id, LegalHold }), 400, "InvalidRequest", lockedBucket);
      await refuses(s3.getObjectLegalHold(id), 400, "InvalidRequest", lockedBucket);
      await refuses(s3.putObjectLegalHold(id), 400, "MalformedXML");
    },
  ),
  behaviour(
    "retention of what is not there, never set, incomplete, or in a bucket without Object Lock is refused",
    "PutObjectRetention GetObjectRetention",
    recordedBy("test_s3_object_retention_exc"),
    async (world) => {
      const { s3 } = world;
      await refuses(
        s3.putObjectRetention({ Bucket: world.bucketName(), Key: "k", ...retention(day) }),
        404,
        "NoSuchBucket",
      );
      const Bucket = await world.bucket({ locked: true });
      const id = { Bucket, Key: "k" };
      await refuses(s3.putObjectRetention({ ...id, ...retention(day) }), 404, "NoSuchKey");
      await s3.putObject({ ...id, Body: "b" });
      await refuses(s3.getObjectRetention(id), 404, "NoSuchObjectLockConfiguration");
      const half = { ...id, BypassGovernanceRetention: true, Retention: { Mode: "GOVERNANCE" as const } };
      await refuses(s3.putObjectRetention(half), 400, "MalformedXML");
      const plain = await withObject(world);
      const other = { Bucket: plain.Bucket, Key: plain.Key };
      await refuses(s3.putObjectRetention({ ...other, ...retention(day) }), 400, "InvalidRequest", lockedBucket);
      await refuses(s3.getObjectRetention(other), 400, "InvalidRequest", lockedBucket);
    },
  ),
  behaviour(
    "retention that ends in the past is InvalidArgument, and a mode that there is not MalformedXML",
    "PutObjectRetention",
    recordedBy("test_s3_object_retention_exc"),
    async ({ s3, http, bucket }) => {
      const id = { Bucket: await bucket({ locked: true }), Key: "k" };
      await s3.putObject({ ...id, Body: "b" });
      await refuses(
        s3.putObjectRetention({ ...id, BypassGovernanceRetention: true, ...retention(-day) }),
        400,
        "InvalidArgument",
        "The retain until date must be in the future!",
        { ArgumentName: "RetainUntilDate" },
      );
      const date = until(day).toISOString();
      const body = `<Retention><Mode>BAD-VALUE</Mode><RetainUntilDate>${date}</RetainUntilDate></Retention>`;
      expectThat(await http({ method: "PUT", bucket: id.Bucket, key: "k", query: { retention: "" }, body }), {
        status: 400,
        code: "MalformedXML",
      });
    },
  ),
  behaviour(
    "governed retention is extended by anybody, and shortened or taken away with a bypass only",
    "PutObjectRetention GetObjectRetention HeadObject",
    recordedBy("test_s3_object_retention", "test_object_lock_extend_duration", "test_s3_object_retention_exc"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket({ locked: true }), Key: "k" };
      await s3.putObject({ ...id, Body: "b" });
      await s3.putObjectRetention({ ...id, ...retention(day) });
      await answers(s3.getObjectRetention(id), { Retention: { Mode: "GOVERNANCE" } });
      await answers(s3.headObject(id), { ObjectLockMode: "GOVERNANCE" });
      await answers(s3.putObjectRetention({ ...id, ...retention(2 * day) }));
      await refuses(s3.putObjectRetention({ ...id, ...retention(day) }), 403, "AccessDenied", lockedMessage);
      await answers(s3.putObjectRetention({ ...id, BypassGovernanceRetention: true, Retention: {} }));
      await answers(s3.headObject(id), { ObjectLockMode: undefined });
      await answers(s3.putObjectRetention({ ...id, ...retention(day) }));
    },
  ),
  behaviour(
    "a delete marker over a locked version takes no retention and shows none",
    "DeleteObject PutObjectRetention GetObjectRetention HeadObject",
    recordedBy("test_object_lock_delete_markers"),
    async ({ s3, bucket }) => {
      const key = { Bucket: await bucket({ locked: true }), Key: "k" };
      const lock = { ObjectLockMode: "GOVERNANCE" as const, ObjectLockRetainUntilDate: until(day) };
      await s3.putObject({ ...key, Body: "b", ...lock });
      const { VersionId } = await answers(s3.deleteObject(key), { DeleteMarker: true });
      const id = { ...key, VersionId };
      await refuses(s3.putObjectRetention({ ...id, ...retention(day) }), 405, "MethodNotAllowed", undefined, {
        Method: "PUT",
        ResourceType: "DeleteMarker",
      });
      await refuses(s3.getObjectRetention(id), 405, "MethodNotAllowed", undefined, { Method: "GET" });
      await refuses(s3.headObject(id), 405);
    },
  ),
  ...halfLocks.flatMap(({ name, headers, message, argument }) =>
    (["PutObject", "CreateMultipartUpload"] as const).map((operation) =>
      behaviour(
        `${operation} with ${name} is InvalidArgument`,
        operation,
        recordedBy("test_s3_object_lock_mode_validation", "test_bucket_config_default_retention"),
        async ({ http, bucket }) => {
          const put = operation === "PutObject";
          const answer = await http({
            method: put ? "PUT" : "POST",
            bucket: await bucket({ locked: true }),
            key: "k",
            headers: { ...headers, ...(put && { "content-md5": "kutf/uauL+w61xx3dTFXjw==" }) },
            ...(put ? { body: "b" } : { query: { uploads: "" } }),
          });
          expectThat(answer, { status: 400, code: "InvalidArgument", text: message });
          expectThat(answer.text.includes(`<ArgumentName>${argument}</ArgumentName>`), true);
        },
      ),
    ),
  ),
  behaviour(
    "a locked version in compliance mode outlives a delete marker, and is neither shortened nor made weaker",
    "DeleteObject PutObjectRetention",
    recordedBy("test_s3_object_retention_compliance_mode"),
    async ({ s3, bucket }) => {
      const key = { Bucket: await bucket({ locked: true }), Key: "k" };
      const lock = { ObjectLockMode: "COMPLIANCE" as const, ObjectLockRetainUntilDate: until(day) };
      const { VersionId } = await s3.putObject({ ...key, Body: "b", ...lock });
      const id = { ...key, VersionId };
      await refuses(s3.deleteObject(id), 403, "AccessDenied", lockedMessage);
      await answers(s3.deleteObject(key), { DeleteMarker: true });
      await refuses(s3.deleteObject(id), 403, "AccessDenied", lockedMessage);
      const shorter = { Mode: "COMPLIANCE" as const, RetainUntilDate: until(day / 2) };
      await refuses(s3.putObjectRetention({ ...id, Retention: shorter }), 403, "AccessDenied", lockedMessage);
      await refuses(s3.putObjectRetention({ ...id, ...retention(2 * day) }), 403, "AccessDenied", lockedMessage);
    },
    { needs: ["throwAway"] },
  ),
  behaviour(
    "an object's own retention wins over the bucket's default",
    "PutObjectLockConfiguration PutObject",
    recordedBy("test_bucket_config_default_retention", "test_get_put_object_lock_configuration"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket({ locked: true });
      const enabled = { ObjectLockEnabled: "Enabled" as const };
      await answers(s3.getObjectLockConfiguration({ Bucket }), {
        ObjectLockConfiguration: { ...enabled, Rule: undefined },
      });
      const ObjectLockConfiguration = {
        ...enabled,
        Rule: { DefaultRetention: { Days: 1, Mode: "GOVERNANCE" as const } },
      };
      await s3.putObjectLockConfiguration({ Bucket, ObjectLockConfiguration });
      await answers(s3.getObjectLockConfiguration({ Bucket }), { ObjectLockConfiguration });
      const own = new Date(Math.floor(Date.now() / 1000) * 1000 + 600_000);
      await s3.putObject({
        Bucket,
        Key: "k",
        Body: "b",
        ObjectLockMode: "GOVERNANCE",
        ObjectLockRetainUntilDate: own,
      });
      await answers(s3.headObject({ Bucket, Key: "k" }), { ObjectLockRetainUntilDate: own });
      await s3.putObjectLockConfiguration({ Bucket, ObjectLockConfiguration: enabled });
      await answers(s3.getObjectLockConfiguration({ Bucket }), {
        ObjectLockConfiguration: { ...enabled, Rule: undefined },
      });
    },
  ),
  ...[
    {
      name: "without ObjectLockEnabled",
      body: "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule>",
    },
    { name: "that is empty", body: "" },
    { name: "with an empty rule", body: "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule/>" },
    {
      name: "with an empty default retention",
      body: "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention/></Rule>",
    },
    {
      name: "without days and years",
      body: "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode></DefaultRetention></Rule>",
    },
    {
      name: "with a mode that there is not",
      body: "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>BAD</Mode><Days>1</Days></DefaultRetention></Rule>",
    },
    {
      name: "with days and years",
      body: "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years></DefaultRetention></Rule>",
    },
  ].map(({ name, body }) =>
    behaviour(
      `a configuration of Object Lock ${name} is MalformedXML`,
      "PutObjectLockConfiguration",
      recordedBy("test_put_object_lock_configuration_exc"),
      async ({ http, bucket }) => {
        const answer = await http({
          method: "PUT",
          bucket: await bucket({ locked: true }),
          query: { "object-lock": "" },
          body: `<ObjectLockConfiguration>${body}</ObjectLockConfiguration>`,
        });
        expectThat(answer, { status: 400, code: "MalformedXML" });
      },
    ),
  ),
  behaviour(
    "Object Lock comes to a bucket that is there once versioning is enabled, and not while it is suspended",
    "PutObjectLockConfiguration",
    recordedBy("test_put_object_lock_configuration_on_existing_bucket", "test_disable_versioning_on_locked_bucket"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      const lock = () =>
        s3.putObjectLockConfiguration({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" } });
      const refused = [
        409,
        "InvalidBucketState",
        "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
      ] as const;
      await refuses(lock(), ...refused);
      await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Suspended" } });
      await refuses(lock(), ...refused);
      await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Enabled" } });
      await answers(lock());
      await answers(s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
      await refuses(
        s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
        409,
        "InvalidBucketState",
        "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
      );
    },
  ),
];

export const deletions: Area = { name: "Deletions", cases: [...single, ...many] };
export const locks: Area = { name: "Legal holds and retention", cases: holds };
