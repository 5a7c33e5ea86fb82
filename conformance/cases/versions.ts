import { type Area, behaviour, type Case, recordedBy, s3Api, s3Guide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import type { World } from "../world";
import { textOf, withObject } from "./objects";

const twoVersions = async (world: World) => {
  const first = await withObject(world, { versioned: true, Body: "one" });
  const { VersionId: second } = await world.s3.putObject({ Bucket: first.Bucket, Key: first.Key, Body: "two" });
  return { id: { Bucket: first.Bucket, Key: first.Key }, first: first.VersionId, second };
};
const badVersion = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD";

const versioning: Case[] = [
  behaviour(
    "each put is a version, the newest first, and only that is the latest",
    "ListObjectVersions",
    s3Guide("Listing objects in a versioning-enabled bucket"),
    async (world) => {
      const { id, first, second } = await twoVersions(world);
      await answers(world.s3.listObjectVersions({ Bucket: id.Bucket }), {
        Versions: [
          { VersionId: second, IsLatest: true },
          { VersionId: first, IsLatest: false },
        ],
      });
    },
  ),
  behaviour(
    "a deletion puts a delete marker, and the versions stay",
    "DeleteObject GetObject",
    recordedBy("test_delete_object_versioned"),
    async (world) => {
      const { id, first } = await twoVersions(world);
      await answers(world.s3.deleteObject(id), { DeleteMarker: true, VersionId: /./ });
      await refuses(world.s3.getObject(id), 404, "NoSuchKey");
      expectThat(await textOf(await world.s3.getObject({ ...id, VersionId: first })), "one");
    },
  ),
  behaviour(
    "a delete marker cannot be read: 405, and it says that it is one",
    "GetObject DeleteObject",
    recordedBy("test_delete_object_versioned"),
    async (world) => {
      const { id } = await twoVersions(world);
      const { VersionId = "" } = await world.s3.deleteObject(id);
      const answer = await world.http({ bucket: id.Bucket, key: id.Key, query: { versionId: VersionId } });
      expectThat(answer, { status: 405, code: "MethodNotAllowed", headers: { "x-amz-delete-marker": "true" } });
    },
  ),
  behaviour(
    "deleting the delete marker brings the object back",
    "DeleteObject GetObject",
    s3Guide("Managing delete markers"),
    async (world) => {
      const { id } = await twoVersions(world);
      const { VersionId } = await world.s3.deleteObject(id);
      await answers(world.s3.deleteObject({ ...id, VersionId }), { DeleteMarker: true, VersionId });
      expectThat(await textOf(await world.s3.getObject(id)), "two");
    },
  ),
  behaviour(
    "deleting the newest version makes the one before the current one",
    "DeleteObject GetObject",
    s3Guide("Deleting object versions from a versioning-enabled bucket"),
    async (world) => {
      const { id, second } = await twoVersions(world);
      await answers(world.s3.deleteObject({ ...id, VersionId: second }), {
        VersionId: second,
        DeleteMarker: undefined,
      });
      expectThat(await textOf(await world.s3.getObject(id)), "one");
    },
  ),
  behaviour(
    "a deletion of a key that is not there puts a delete marker too",
    "DeleteObject",
    recordedBy("test_delete_object_versioned"),
    async ({ s3, bucket }) => {
      await answers(s3.deleteObject({ Bucket: await bucket({ versioned: true }), Key: "none" }), {
        DeleteMarker: true,
      });
    },
  ),
  behaviour(
    "a version that was deleted is NoSuchVersion",
    "GetObject DeleteObject",
    recordedBy("test_delete_object_versioned"),
    async (world) => {
      const { id, first } = await twoVersions(world);
      await world.s3.deleteObject({ ...id, VersionId: first });
      await refuses(
        world.s3.getObject({ ...id, VersionId: first }),
        404,
        "NoSuchVersion",
        "The specified version does not exist.",
      );
    },
  ),
  ...(["getObject", "deleteObject"] as const).map((call) =>
    behaviour(
      `${call} of a version in a bucket without versions is InvalidArgument`,
      "GetObject DeleteObject",
      recordedBy("test_get_object_with_version_unversioned_bucket", "test_delete_object"),
      async (world) => {
        const { Bucket, Key } = await withObject(world);
        await refuses(
          call === "getObject"
            ? world.s3.getObject({ Bucket, Key, VersionId: badVersion })
            : world.s3.deleteObject({ Bucket, Key, VersionId: badVersion }),
          400,
          "InvalidArgument",
          "Invalid version id specified",
        );
      },
    ),
  ),
  behaviour(
    "the null version is the object of a bucket without versions",
    "GetObject",
    recordedBy("test_get_object_with_version_unversioned_bucket", "test_delete_object"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      expectThat(await textOf(await world.s3.getObject({ Bucket, Key, VersionId: "null" })), "body");
    },
  ),
  behaviour(
    "with versioning suspended a put replaces the null version only",
    "PutObject PutBucketVersioning",
    recordedBy("test_put_object_on_suspended_bucket"),
    async (world) => {
      const { id } = await twoVersions(world);
      await world.s3.putBucketVersioning({ Bucket: id.Bucket, VersioningConfiguration: { Status: "Suspended" } });
      for (const Body of ["three", "four"])
        await answers(world.s3.putObject({ ...id, Body }), { VersionId: undefined });
      const { Versions } = await world.s3.listObjectVersions({ Bucket: id.Bucket });
      expectThat([Versions?.length, Versions?.[0]?.VersionId], [3, "null"]);
    },
  ),
  behaviour(
    "with versioning suspended a deletion puts a null delete marker in place of the null version",
    "DeleteObject",
    recordedBy("test_delete_object_on_suspended_bucket"),
    async (world) => {
      const { id } = await twoVersions(world);
      await world.s3.putBucketVersioning({ Bucket: id.Bucket, VersioningConfiguration: { Status: "Suspended" } });
      await world.s3.putObject({ ...id, Body: "three" });
      await answers(world.s3.deleteObject(id), { DeleteMarker: true, VersionId: "null" });
      await answers(world.s3.listObjectVersions({ Bucket: id.Bucket }), {
        Versions: [{}, {}],
        DeleteMarkers: [{ VersionId: "null", IsLatest: true }],
      });
    },
  ),
  behaviour(
    "a bucket with nothing but a delete marker is BucketNotEmpty",
    "DeleteBucket",
    recordedBy("test_delete_versioned_bucket_with_objects"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket({ versioned: true });
      await s3.deleteObject({ Bucket, Key: "k" });
      await refuses(
        s3.deleteBucket({ Bucket }),
        409,
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
      );
    },
  ),
  behaviour(
    "a bucket that never had versions says nothing, and one that had is never without",
    "GetBucketVersioning",
    s3Api("GetBucketVersioning"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await answers(s3.getBucketVersioning({ Bucket }), { Status: undefined });
      await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Suspended" } });
      await answers(s3.getBucketVersioning({ Bucket }), { Status: "Suspended" });
    },
  ),
  behaviour(
    "tags of a delete marker are 405",
    "GetObjectTagging",
    recordedBy("test_object_tagging_versioned"),
    async (world) => {
      const { id } = await twoVersions(world);
      await world.s3.deleteObject(id);
      await refuses(world.s3.getObjectTagging(id), 405, "MethodNotAllowed");
    },
    { moto: "AWS is right: recorded. moto answers NoSuchKey." },
  ),
];

const day = 86_400_000;
const lock: Case[] = [
  behaviour(
    "a version under legal hold cannot be deleted until the hold is off",
    "DeleteObject PutObjectLegalHold",
    recordedBy("test_delete_locked_object"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket({ locked: true }), Key: "k" };
      const { VersionId } = await s3.putObject({ ...id, Body: "b", ObjectLockLegalHoldStatus: "ON" });
      await refuses(
        s3.deleteObject({ ...id, VersionId }),
        403,
        "AccessDenied",
        "Access Denied because object protected by object lock.",
      );
      await s3.putObjectLegalHold({ ...id, VersionId, LegalHold: { Status: "OFF" } });
      await answers(s3.deleteObject({ ...id, VersionId }));
    },
  ),
  behaviour(
    "a legal hold does not hinder a delete marker",
    "DeleteObject",
    recordedBy("test_delete_locked_object"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket({ locked: true }), Key: "k" };
      await s3.putObject({ ...id, Body: "b", ObjectLockLegalHoldStatus: "ON" });
      await answers(s3.deleteObject(id), { DeleteMarker: true });
    },
  ),
  behaviour(
    "governed retention yields to who may bypass it and asks for it",
    "DeleteObject",
    recordedBy("test_s3_object_retention"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket({ locked: true }), Key: "k" };
      const { VersionId } = await s3.putObject({
        ...id,
        Body: "b",
        ObjectLockMode: "GOVERNANCE",
        ObjectLockRetainUntilDate: new Date(Date.now() + day),
      });
      await refuses(s3.deleteObject({ ...id, VersionId }), 403, "AccessDenied");
      await answers(s3.deleteObject({ ...id, VersionId, BypassGovernanceRetention: true }));
    },
  ),
  behaviour(
    "compliance retention yields to nobody",
    "DeleteObject PutObjectRetention",
    recordedBy("test_s3_object_retention_compliance_mode"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket({ locked: true }), Key: "k" };
      const { VersionId } = await s3.putObject({
        ...id,
        Body: "b",
        ObjectLockMode: "COMPLIANCE",
        ObjectLockRetainUntilDate: new Date(Date.now() + day),
      });
      await refuses(s3.deleteObject({ ...id, VersionId, BypassGovernanceRetention: true }), 403, "AccessDenied");
      await refuses(
        s3.putObjectRetention({
          ...id,
          VersionId,
          BypassGovernanceRetention: true,
          Retention: { Mode: "GOVERNANCE", RetainUntilDate: new Date(Date.now() + day) },
        }),
        403,
        "AccessDenied",
      );
    },
    { needs: ["throwAway"] },
  ),
  behaviour(
    "a bucket's default retention is that of a new object",
    "PutObjectLockConfiguration HeadObject",
    recordedBy("test_bucket_config_default_retention"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket({ locked: true });
      await s3.putObjectLockConfiguration({
        Bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: "Enabled",
          Rule: { DefaultRetention: { Days: 1, Mode: "GOVERNANCE" } },
        },
      });
      await s3.putObject({ Bucket, Key: "k", Body: "b" });
      await answers(s3.headObject({ Bucket, Key: "k" }), { ObjectLockMode: "GOVERNANCE" });
    },
  ),
  behaviour(
    "a lock in a bucket without Object Lock is InvalidRequest",
    "PutObject",
    recordedBy("test_put_object_legal_hold_exc"),
    async ({ s3, bucket }) => {
      await refuses(
        s3.putObject({ Bucket: await bucket(), Key: "k", Body: "b", ObjectLockLegalHoldStatus: "ON" }),
        400,
        "InvalidRequest",
        "Bucket is missing Object Lock Configuration",
      );
    },
  ),
  behaviour(
    "versioning of a bucket with Object Lock cannot be suspended",
    "PutBucketVersioning",
    recordedBy("test_disable_versioning_on_locked_bucket"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket({ locked: true });
      await refuses(
        s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
        409,
        "InvalidBucketState",
      );
    },
    { moto: "AWS is right: recorded. moto suspends it." },
  ),
  behaviour(
    "Object Lock needs versioning",
    "PutObjectLockConfiguration",
    recordedBy("test_put_object_lock_configuration_on_existing_bucket", "test_get_object_lock_configuration_exc"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await refuses(
        s3.putObjectLockConfiguration({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" } }),
        409,
        "InvalidBucketState",
      );
    },
  ),
  behaviour(
    "a bucket without Object Lock has no configuration of it",
    "GetObjectLockConfiguration",
    recordedBy("test_put_object_lock_configuration_on_existing_bucket", "test_get_object_lock_configuration_exc"),
    async ({ s3, bucket }) => {
      await refuses(
        s3.getObjectLockConfiguration({ Bucket: await bucket() }),
        404,
        "ObjectLockConfigurationNotFoundError",
      );
    },
  ),
];

export const versions: Area = { name: "Versions", cases: versioning };
export const objectLock: Area = { name: "Object Lock", cases: lock };
