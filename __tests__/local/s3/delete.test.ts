import {
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  DeleteObjectsCommand,
  type ObjectIdentifier,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { createWorld, md5, otherAccount, refusal, type World } from "./world";

let world: World;
beforeEach(async () => {
  world = createWorld();
  await world.bucket("data");
  await world.bucket("versioned", { versioning: "Enabled" });
});

const put = (input: Partial<PutObjectCommandInput> = {}) =>
  world.s3.send(new PutObjectCommand({ Bucket: "data", Key: "key", Body: "hello", ...input }));
const remove = async (input: Partial<DeleteObjectCommandInput> = {}) => {
  const { VersionId, DeleteMarker } = await world.s3.send(
    new DeleteObjectCommand({ Bucket: "data", Key: "key", ...input }),
  );
  return { VersionId, DeleteMarker };
};
const versions = (bucket = "versioned") =>
  (world.aws.state.s3.buckets.get(bucket)?.keys.get("key") ?? []).map(({ is, versionId }) => [is, versionId]);

test("without versioning the object is gone, and deleting it again is no error", async () => {
  await put();
  expect(await remove()).toEqual({});
  expect(versions("data")).toEqual([]);
  expect(await remove()).toEqual({});
});

test("with versioning a marker hides the versions, which are removed one by one", async () => {
  const first = (await put({ Bucket: "versioned" })).VersionId;
  const marker = await remove({ Bucket: "versioned" });
  expect(marker).toEqual({ DeleteMarker: true, VersionId: expect.stringMatching(/^[A-Za-z0-9._]{32}$/) });
  expect(versions()).toEqual([
    ["deleteMarker", marker.VersionId],
    ["object", first],
  ]);
  expect(await remove({ Bucket: "versioned", VersionId: marker.VersionId })).toEqual(marker);
  expect(await remove({ Bucket: "versioned", VersionId: first })).toEqual({ VersionId: first });
  expect(versions()).toEqual([]);
  expect(await refusal(remove({ Bucket: "versioned", VersionId: "short" }))).toMatchObject({
    code: "InvalidArgument",
    message: "Invalid version id specified",
  });
});

test("suspended, the marker takes the place of the `null` version", async () => {
  const first = (await put({ Bucket: "versioned" })).VersionId;
  const VersioningConfiguration = { Status: "Suspended" } as const;
  await world.s3.send(new PutBucketVersioningCommand({ Bucket: "versioned", VersioningConfiguration }));
  await put({ Bucket: "versioned" });
  expect(versions()).toEqual([
    ["object", "null"],
    ["object", first],
  ]);
  expect(await remove({ Bucket: "versioned" })).toEqual({ DeleteMarker: true, VersionId: "null" });
  expect(versions()).toEqual([
    ["deleteMarker", "null"],
    ["object", first],
  ]);
});

describe("conditions, as AWS answered in 2026 and User Guide, conditional-deletes", () => {
  test.each<[string, Partial<DeleteObjectCommandInput>, object | "deleted"]>([
    ["its ETag", { IfMatch: md5("hello") }, "deleted"],
    ["any", { IfMatch: "*" }, "deleted"],
    ["another", { IfMatch: md5("other") }, { code: "PreconditionFailed", status: 412, Condition: "If-Match" }],
    ["of nothing", { IfMatch: "*", Key: "none" }, { code: "NoSuchKey", status: 404 }],
    [
      "a date",
      { IfMatchLastModifiedTime: new Date() },
      { code: "NotImplemented", status: 501, Header: "x-amz-if-match-last-modified-time" },
    ],
    ["a size", { IfMatchSize: 5 }, { code: "NotImplemented", status: 501, Header: "x-amz-if-match-size" }],
  ])("%s", async (_, input, expected) => {
    await put();
    if (expected === "deleted") await remove(input);
    else expect(await refusal(remove(input))).toMatchObject(expected);
    expect(versions("data")).toHaveLength(expected === "deleted" ? 0 : 1);
  });
});

describe("DeleteObjects", () => {
  const removeAll = async (Bucket: string, Objects: ObjectIdentifier[], Quiet = false) => {
    const { Deleted, Errors } = await world.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet } }));
    return { Deleted, Errors };
  };

  test("each key has its own outcome, as AWS answered in 2026", async () => {
    await put();
    const VersionId = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD";
    expect(await removeAll("data", [{ Key: "key", VersionId }])).toEqual({
      Errors: [{ Code: "NoSuchVersion", Key: "key", Message: "The specified version does not exist.", VersionId }],
    });
    expect(await removeAll("data", [{ Key: "none" }, { Key: "key" }])).toEqual({
      Deleted: [{ Key: "none" }, { Key: "key" }],
    });
    expect(await removeAll("data", [{ Key: "none" }], true)).toEqual({});
  });

  test("the expected owner is compared once, for all keys", async () => {
    const Delete = { Objects: [{ Key: "key" }] };
    const work = world.s3.send(new DeleteObjectsCommand({ Bucket: "data", Delete, ExpectedBucketOwner: otherAccount }));
    expect(await refusal(work)).toMatchObject({ code: "AccessDenied", status: 403 });
  });

  test("markers are told apart from versions", async () => {
    const { VersionId } = await put({ Bucket: "versioned" });
    const marked = await removeAll("versioned", [{ Key: "key" }]);
    const DeleteMarkerVersionId = marked.Deleted?.[0]?.DeleteMarkerVersionId;
    expect(marked).toEqual({ Deleted: [{ Key: "key", DeleteMarker: true, DeleteMarkerVersionId }] });
    const both = [
      { Key: "key", VersionId: DeleteMarkerVersionId },
      { Key: "key", VersionId },
    ];
    expect(await removeAll("versioned", both)).toEqual({
      Deleted: [
        { Key: "key", VersionId: DeleteMarkerVersionId, DeleteMarker: true, DeleteMarkerVersionId },
        { Key: "key", VersionId },
      ],
    });
  });
});

test("a bypass of governance is refused where nothing is locked", async () => {
  expect(await refusal(remove({ BypassGovernanceRetention: true }))).toMatchObject({
    code: "InvalidArgument",
    message: "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
  });
});
