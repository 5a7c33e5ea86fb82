import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectAclCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  type GetObjectTaggingCommandInput,
  HeadObjectCommand,
  type ObjectLockRetention,
  PutObjectAclCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  type Tag,
} from "@aws-sdk/client-s3";
import { createWorld, refusal, type World } from "./world";

let world: World;
beforeEach(async () => {
  world = createWorld();
  await world.bucket("versioned", { versioning: "Enabled" });
});
const at = { Bucket: "versioned", Key: "key" };
const put = (input: Partial<PutObjectCommandInput> = {}) =>
  world.s3.send(new PutObjectCommand({ ...at, Body: "hello", ...input }));

describe("tags", () => {
  const tags = async (input: Partial<GetObjectTaggingCommandInput> = {}) =>
    (await world.s3.send(new GetObjectTaggingCommand({ ...at, ...input }))).TagSet;
  const tag = (TagSet: Tag[], more: object = {}) =>
    world.s3.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet }, ...more }));

  test("belong to a version, are replaced as a whole, and go with an overwrite", async () => {
    const { VersionId } = await put({ Tagging: "a=1&b=2" });
    await put();
    expect(await tags()).toEqual([]);
    await tag([{ Key: "c", Value: "" }], { VersionId });
    expect(await tags({ VersionId })).toEqual([{ Key: "c", Value: "" }]);
    await world.s3.send(new DeleteObjectTaggingCommand({ ...at, VersionId }));
    expect(await tags({ VersionId })).toEqual([]);
  });

  test.each<[string, Tag[], object]>([
    [
      "a key twice",
      [
        { Key: "k", Value: "1" },
        { Key: "k", Value: "2" },
      ],
      { code: "InvalidTag", message: "Cannot provide multiple Tags with the same key", TagKey: "k" },
    ],
    [
      "a comma in a key",
      [{ Key: "a,b", Value: "1" }],
      { code: "InvalidTag", message: "The TagKey you have provided is invalid" },
    ],
    [
      "a comma in a value",
      [{ Key: "a", Value: "1,2" }],
      { code: "InvalidTag", message: "The TagValue you have provided is invalid" },
    ],
    [
      "aws:",
      [{ Key: "aws:a", Value: "1" }],
      { code: "InvalidTag", message: "Your TagKey cannot be prefixed with aws:" },
    ],
    [
      "eleven",
      Array.from({ length: 11 }, (_, index) => ({ Key: `${index}`, Value: "" })),
      { code: "BadRequest", message: "Object tags cannot be greater than 10" },
    ],
  ])("%s are refused, as AWS answered in 2026", async (_, TagSet, expected) => {
    await put({ Tagging: "a=1" });
    expect(await refusal(tag(TagSet))).toMatchObject({ status: 400, ...expected });
    expect(await tags()).toEqual([{ Key: "a", Value: "1" }]);
  });
});

test("a delete marker has no tags, ACL or lock, as AWS answered in 2026", async () => {
  await put();
  const { VersionId } = await world.s3.send(new DeleteObjectCommand(at));
  const notAllowed = (Method: string) => ({
    code: "MethodNotAllowed",
    status: 405,
    Method,
    ResourceType: "DeleteMarker",
  });
  const Tagging = { TagSet: [] };
  for (const version of [{}, { VersionId }]) {
    const get = new GetObjectTaggingCommand({ ...at, ...version });
    const put = new PutObjectTaggingCommand({ ...at, ...version, Tagging });
    const acl = new PutObjectAclCommand({ ...at, ...version, ACL: "private" });
    expect(await refusal(world.s3.send(get))).toMatchObject(notAllowed("GET"));
    expect(await refusal(world.s3.send(put))).toMatchObject(notAllowed("PUT"));
    expect(await refusal(world.s3.send(acl))).toMatchObject(notAllowed("PUT"));
  }
  expect(await refusal(world.s3.send(new GetObjectAclCommand(at)))).toMatchObject({ code: "NoSuchKey", status: 404 });
});

describe("object lock, as AWS answered in 2026", () => {
  const locked = { Bucket: "locked", Key: "key" };
  const day = 24 * 60 * 60;
  beforeEach(() => world.bucket("locked", { create: { ObjectLockEnabledForBucket: true } }));
  const inDays = (days: number): Date => new Date(world.now() + days * day * 1000);
  const retain = (Retention: ObjectLockRetention, more: object = {}) =>
    world.s3.send(new PutObjectRetentionCommand({ ...locked, Retention, ...more }));
  const remove = (VersionId: string | undefined, more: object = {}) =>
    world.s3.send(new DeleteObjectCommand({ ...locked, VersionId, ...more }));
  const protectedByLock = {
    code: "AccessDenied",
    status: 403,
    message: "Access Denied because object protected by object lock.",
  };

  test("governance holds until its date, for all but who bypasses it", async () => {
    const { VersionId } = await put({ ...locked, ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: inDays(1) });
    expect(await refusal(remove(VersionId))).toMatchObject(protectedByLock);
    expect((await remove(undefined)).DeleteMarker).toBe(true);
    await remove(VersionId, { BypassGovernanceRetention: true });
    const again = await put({ ...locked, ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: inDays(1) });
    world.pass(day + 1);
    await remove(again.VersionId);
  });

  test("compliance holds for everyone, and can only be prolonged", async () => {
    const { VersionId } = await put(locked);
    await retain({ Mode: "COMPLIANCE", RetainUntilDate: inDays(2) });
    const bypass = { BypassGovernanceRetention: true };
    expect(await refusal(remove(VersionId, bypass))).toMatchObject(protectedByLock);
    expect(await refusal(retain({ Mode: "COMPLIANCE", RetainUntilDate: inDays(1) }, bypass))).toMatchObject(
      protectedByLock,
    );
    expect(await refusal(retain({ Mode: "GOVERNANCE", RetainUntilDate: inDays(3) }, bypass))).toMatchObject(
      protectedByLock,
    );
    await retain({ Mode: "COMPLIANCE", RetainUntilDate: inDays(3) });
  });

  test("governance can be prolonged, and shortened only with a bypass", async () => {
    await put({ ...locked, ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: inDays(2) });
    await retain({ Mode: "GOVERNANCE", RetainUntilDate: inDays(3) });
    const shorter = { Mode: "GOVERNANCE", RetainUntilDate: inDays(1) } as const;
    expect(await refusal(retain(shorter))).toMatchObject(protectedByLock);
    await retain(shorter, { BypassGovernanceRetention: true });
    await retain({}, { BypassGovernanceRetention: true });
    expect((await world.s3.send(new HeadObjectCommand(locked))).ObjectLockMode).toBeUndefined();
  });

  test("a legal hold holds until it is taken off", async () => {
    const { VersionId } = await put({ ...locked, ObjectLockLegalHoldStatus: "ON" });
    expect(await refusal(remove(VersionId, { BypassGovernanceRetention: true }))).toMatchObject(protectedByLock);
    const LegalHold = { Status: "OFF" } as const;
    await world.s3.send(new PutObjectLegalHoldCommand({ ...locked, LegalHold }));
    expect(await world.s3.send(new GetObjectLegalHoldCommand(locked))).toMatchObject({ LegalHold });
    await remove(VersionId);
  });

  test("the bucket's default is applied to what is put without a lock", async () => {
    const DefaultRetention = { Mode: "GOVERNANCE", Days: 10 } as const;
    const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention } } as const;
    await world.s3.send(new PutObjectLockConfigurationCommand({ Bucket: "locked", ObjectLockConfiguration }));
    await put(locked);
    const { Retention } = await world.s3.send(new GetObjectRetentionCommand(locked));
    expect(Retention?.Mode).toBe("GOVERNANCE");
    expect(Math.round(((Retention?.RetainUntilDate?.getTime() ?? 0) - world.now()) / 1000 / day)).toBe(10);
  });

  test.each<[string, Partial<PutObjectCommandInput>, object]>([
    [
      "a mode without a date",
      { ObjectLockMode: "GOVERNANCE" },
      { ArgumentName: "x-amz-object-lock-retain-until-date" },
    ],
    [
      "a date without a mode",
      { ObjectLockRetainUntilDate: new Date("2030-01-01") },
      { ArgumentName: "x-amz-object-lock-mode" },
    ],
    [
      "a mode that is none",
      { ObjectLockMode: "BAD-VALUE" as never, ObjectLockRetainUntilDate: new Date("2030-01-01") },
      { message: "Unknown wormMode directive.", ArgumentValue: "BAD-VALUE" },
    ],
    [
      "a date in the past",
      { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: new Date("2020-01-01") },
      { message: "The retain until date must be in the future!" },
    ],
  ])("%s is refused", async (_, input, expected) => {
    expect(await refusal(put({ ...locked, ...input }))).toMatchObject({
      code: "InvalidArgument",
      status: 400,
      ...expected,
    });
  });

  test("where nothing was set there is nothing, and where nothing can be set it is refused", async () => {
    await put(locked);
    expect(await refusal(world.s3.send(new GetObjectRetentionCommand(locked)))).toMatchObject({
      code: "NoSuchObjectLockConfiguration",
      status: 404,
      message: "The specified object does not have a ObjectLock configuration",
    });
    await put();
    expect(await refusal(world.s3.send(new GetObjectLegalHoldCommand(at)))).toMatchObject({
      code: "InvalidRequest",
      message: "Bucket is missing Object Lock Configuration",
    });
  });
});
