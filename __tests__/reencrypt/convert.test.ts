import {
  DeleteObjectCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectAclCommand,
  PutObjectLockConfigurationCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { canonicalUserId } from "../../local/s3/arns";
import { bodyOf } from "../../local/s3/bodies";
import type { HttpRequest, HttpResponse } from "../../local/service";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import { hasNullVersion } from "../../src/reencrypt/plan";
import type { VersionPage } from "../../src/s3/object-store";
import { type LegacyBucket, legacyBucket, setVersioning } from "../support/legacy-bucket";
import { onlyAnswering } from "../support/only-answering";

const sseS3: EncryptionTarget = { algorithm: "AES256" };

const at = ({ name }: LegacyBucket, Key: string, VersionId?: string) => ({ Bucket: name, Key, VersionId });

const head = (bucket: LegacyBucket, key: string) => bucket.client.send(new HeadObjectCommand(at(bucket, key)));

const contentOf = async (bucket: LegacyBucket, key: string) => {
  const { Body } = await bucket.client.send(new GetObjectCommand(at(bucket, key)));
  return Body?.transformToString();
};

const tagsOf = async (bucket: LegacyBucket, key: string) =>
  (await bucket.client.send(new GetObjectTaggingCommand(at(bucket, key)))).TagSet;

const operations = ({ log }: LegacyBucket) => log.map(({ operation }) => operation);

const everything = {
  Metadata: { author: "ana", "with-dash": "a b  c" },
  ContentType: "text/csv",
  CacheControl: "max-age=60",
  ContentDisposition: 'attachment; filename="a b.csv"',
  ContentEncoding: "identity",
  ContentLanguage: "cs",
  Expires: new Date("2031-01-01T00:00:00Z"),
  Tagging: "team=blue&cost%20center=a%2Fb",
  StorageClass: "STANDARD_IA",
  WebsiteRedirectLocation: "/elsewhere",
} as const;

describe("an update", () => {
  test("re-keys an object under SSE-S3 and leaves all else as it is", async () => {
    const bucket = await legacyBucket();
    await bucket.put("a", "content", everything);
    const before = await head(bucket, "a");
    const convert = await bucket.convert(bucket.kmsTarget);

    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "updated" });

    const { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled, $metadata, ...after } = await head(bucket, "a");
    const { ServerSideEncryption: _, $metadata: __, ...same } = before;
    expect({ ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled }).toEqual({
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: bucket.kmsTarget.keyArn,
      BucketKeyEnabled: true,
    });
    expect(after).toEqual(same);
    expect(await contentOf(bucket, "a")).toBe("content");
    expect(operations(bucket)).not.toContain("CopyObject");
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "alreadyRight" });
  });

  test("takes objects under another key, without a bucket key, and archived ones", async () => {
    const bucket = await legacyBucket();
    const underOther = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: bucket.otherKeyArn } as const;
    await bucket.put("other", "1", underOther);
    await bucket.put("no-bucket-key", "2", { ServerSideEncryption: "aws:kms", SSEKMSKeyId: bucket.kmsTarget.keyArn });
    await bucket.put("archived", "3", { StorageClass: "DEEP_ARCHIVE" });
    const convert = await bucket.convert(bucket.kmsTarget);
    for (const key of ["other", "no-bucket-key", "archived"]) {
      expect(await convert({ key })).toEqual({ key, outcome: "updated" });
      expect(await head(bucket, key)).toMatchObject({ SSEKMSKeyId: bucket.kmsTarget.keyArn, BucketKeyEnabled: true });
    }
  });

  test("names the version, so that what is written meanwhile is not re-keyed unseen", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.put("a", "old");
    const theirs = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: bucket.otherKeyArn } as const;
    const updated: (string | null)[] = [];
    bucket.fault = async ({ method, url }) => {
      const query = new URL(url).searchParams;
      if (method !== "PUT" || !query.has("encryption")) return undefined;
      updated.push(query.get("versionId"));
      if (updated.length === 1) await bucket.put("a", "new", theirs);
      return undefined;
    };
    const convert = await bucket.convert(bucket.kmsTarget);

    expect(await convert({ key: "a" })).toMatchObject({ outcome: "updated" });
    const { Versions = [] } = await bucket.client.send(new ListObjectVersionsCommand({ Bucket: bucket.name }));
    expect(updated).toEqual(Versions.map(({ VersionId }) => VersionId).reverse());
    expect(await contentOf(bucket, "a")).toBe("new");
  });
});

describe("a copy", () => {
  test.each([
    ["from nothing to SSE-S3", "AES256"],
    ["from nothing to SSE-KMS", "aws:kms"],
  ] as const)("%s keeps metadata, headers, tags, ACL, class and redirect", async (_, algorithm) => {
    const bucket = await legacyBucket({ acls: true });
    await bucket.putUnencrypted("a b+c%/ü", "content", { ...everything, ACL: "public-read" });
    const key = "a b+c%/ü";
    const before = await head(bucket, key);
    const acl = await bucket.client.send(new GetObjectAclCommand(at(bucket, key)));
    const convert = await bucket.convert(algorithm === "AES256" ? sseS3 : bucket.kmsTarget);

    expect(await convert({ key })).toEqual({ key, outcome: "copied" });

    const after = await head(bucket, key);
    expect(after.ServerSideEncryption).toBe(algorithm);
    for (const field of ["Metadata", "ContentType", "CacheControl", "ContentDisposition", "ContentEncoding"] as const) {
      expect(after[field]).toEqual(before[field]);
    }
    for (const field of ["ContentLanguage", "ExpiresString", "StorageClass", "WebsiteRedirectLocation"] as const) {
      expect(after[field]).toEqual(before[field]);
      expect(before[field]).toBeDefined();
    }
    expect(await tagsOf(bucket, key)).toEqual([
      { Key: "team", Value: "blue" },
      { Key: "cost center", Value: "a/b" },
    ]);
    const aclAfter = await bucket.client.send(new GetObjectAclCommand(at(bucket, key)));
    expect(aclAfter.Grants).toEqual(acl.Grants);
    expect(await contentOf(bucket, key)).toBe("content");
  });

  test("does not undo a put that comes between its read and its commit", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "old");
    bucket.between = async () => void (await bucket.put("a", "new", { Metadata: { by: "application" } }));
    const convert = await bucket.convert(sseS3);

    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "changedMeanwhile" });
    expect(await contentOf(bucket, "a")).toBe("new");
    expect((await head(bucket, "a")).Metadata).toEqual({ by: "application" });
  });

  test("converts what was put meanwhile, if that is not right either", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "old");
    bucket.between = async () => void (await bucket.putUnencrypted("a", "new"));
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
    expect(await contentOf(bucket, "a")).toBe("new");
  });

  test("does not bring back what is deleted meanwhile", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "old");
    bucket.between = async () => {
      await bucket.client.send(new DeleteObjectCommand(at(bucket, "a")));
    };
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "gone" });
    await expect(head(bucket, "a")).rejects.toMatchObject({ name: "NotFound" });
  });

  test("in a versioned bucket puts back all of an equal put that it could not see", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled", acls: true });
    await bucket.putUnencrypted("a", "same bytes", { Metadata: { revision: "1" }, Tagging: "revision=1" });
    bucket.between = async () =>
      void (await bucket.putUnencrypted("a", "same bytes", { ...everything, ACL: "public-read" }));
    const convert = await bucket.convert(sseS3);

    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
    const { Tagging: _, ...shown } = everything;
    expect(await head(bucket, "a")).toMatchObject({ ...shown, ServerSideEncryption: "AES256" });
    expect(await tagsOf(bucket, "a")).toHaveLength(2);
    const { Grants } = await bucket.client.send(new GetObjectAclCommand(at(bucket, "a")));
    expect(Grants?.map(({ Permission }) => Permission)).toEqual(["FULL_CONTROL", "READ"]);
  });

  test("sends an ACL that grants all to somebody else alone", async () => {
    const bucket = await legacyBucket({ acls: true });
    await bucket.putUnencrypted("a", "content");
    const ID = canonicalUserId("222222222222");
    tamper(bucket, "a", { grants: [{ Grantee: { Type: "CanonicalUser", ID }, Permission: "FULL_CONTROL" }] });
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
    const { Grants } = await bucket.client.send(new GetObjectAclCommand(at(bucket, "a")));
    expect(Grants).toMatchObject([{ Grantee: { ID }, Permission: "FULL_CONTROL" }]);
  });

  test.each([
    ["of parts", { algorithm: "CRC32", type: "COMPOSITE", value: "AAAAAA==-2" }],
    ["of no kind", undefined],
  ])("a checksum %s has no counterpart in it", async (_, checksum) => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "content");
    tamper(bucket, "a", { checksum });
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
  });

  test("in a versioned bucket puts back tags that were changed in that instant", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("a", "bytes", { Tagging: "state=old" });
    bucket.between = async () => {
      const Tagging = { TagSet: [{ Key: "state", Value: "new" }] };
      await bucket.client.send(new PutObjectTaggingCommand({ ...at(bucket, "a"), Tagging }));
    };
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
    expect(await tagsOf(bucket, "a")).toEqual([{ Key: "state", Value: "new" }]);
  });

  test("never touches noncurrent versions", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("a", "first");
    await bucket.putUnencrypted("a", "second");
    const convert = await bucket.convert(sseS3);
    await convert({ key: "a" });
    const { Versions = [] } = await bucket.client.send(new ListObjectVersionsCommand({ Bucket: bucket.name }));
    expect(Versions).toHaveLength(3);
    const oldest = await bucket.client.send(new HeadObjectCommand(at(bucket, "a", Versions.at(-1)?.VersionId)));
    expect(oldest.ServerSideEncryption).toBeUndefined();
  });

  test("of 6 GiB goes in parts, and keeps what an upload does not inherit", async () => {
    const bucket = await legacyBucket({ acls: true });
    bucket.aws.seedObject({
      bucket: bucket.name,
      key: "video",
      size: 6 * 1024 ** 3,
      contentType: "video/mp4",
      encryption: "none",
    });
    tamper(bucket, "video", {
      headers: {
        ContentType: "video/mp4",
        CacheControl: "max-age=60",
        ContentDisposition: "attachment",
        ContentEncoding: "identity",
        ContentLanguage: "de",
        ExpiresString: "Wed, 21 Oct 2026 07:28:00 GMT",
      },
      metadata: { director: "A. Varda" },
      storageClass: "STANDARD_IA",
      websiteRedirectLocation: "/elsewhere",
    });
    const tagging = { TagSet: [{ Key: "a b", Value: "c=d e/+" }] };
    await bucket.client.send(new PutObjectTaggingCommand({ ...at(bucket, "video"), Tagging: tagging }));
    await bucket.client.send(new PutObjectAclCommand({ ...at(bucket, "video"), ACL: "public-read" }));
    const before = await head(bucket, "video");
    const { Grants } = await bucket.client.send(new GetObjectAclCommand(at(bucket, "video")));
    const convert = await bucket.convert(bucket.kmsTarget);

    expect(await convert({ key: "video" })).toEqual({ key: "video", outcome: "copiedInParts" });
    const { $metadata, ETag, LastModified, VersionId, ServerSideEncryption, ...kept } = before;
    expect(kept).toMatchObject({ StorageClass: "STANDARD_IA", WebsiteRedirectLocation: "/elsewhere" });
    expect(await head(bucket, "video")).toMatchObject({
      ...kept,
      SSEKMSKeyId: bucket.kmsTarget.keyArn,
      BucketKeyEnabled: true,
    });
    expect(await tagsOf(bucket, "video")).toEqual(tagging.TagSet);
    expect(await bucket.client.send(new GetObjectAclCommand(at(bucket, "video")))).toMatchObject({ Grants });
    expect(Grants).toHaveLength(2);
    expect(bucket.lines).toMatchObject([{ t: "intent", key: "video", uploadId: expect.any(String) }]);
  });

  test.each([
    ["CRC32C", "FULL_OBJECT"],
    ["CRC64NVME", "FULL_OBJECT"],
    ["SHA256", "COMPOSITE"],
    ["SHA512", "COMPOSITE"],
    ["MD5", "COMPOSITE"],
  ])("in parts asks for a checksum by %s where the object has one", async (algorithm, type) => {
    const bucket = await legacyBucket();
    bucket.aws.seedObject({ bucket: bucket.name, key: "video", size: 6 * 1024 ** 3, encryption: "none" });
    tamper(bucket, "video", { checksum: { algorithm, type: "FULL_OBJECT", value: "AAAAAA==" } });
    const asked: (string | undefined)[] = [];
    bucket.fault = ({ url, headers }) => {
      if (!new URL(url).searchParams.has("uploads")) return undefined;
      asked.push(headers["x-amz-checksum-algorithm"], headers["x-amz-checksum-type"]);
      return { status: 403, headers: {}, body: new Uint8Array() }; // digests of 6 GiB take long
    };
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "video" })).toMatchObject({ outcome: "failed" });
    expect(asked).toEqual([algorithm, type]);
  });

  test("an object of which S3 copies a part once more when its answer was lost is copied anew", async () => {
    const bucket = await legacyBucket();
    bucket.aws.seedObject({ bucket: bucket.name, key: "video", size: 6 * 1024 ** 3, encryption: "none" });
    let copyOnceMore: (() => Promise<unknown>) | undefined;
    bucket.fault = async (request) => {
      if (new URL(request.url).searchParams.get("partNumber") !== "1") return undefined;
      if (!copyOnceMore) {
        copyOnceMore = () => bucket.aws.handle(request);
        throw new Error("socket hang up");
      }
      bucket.fault = undefined;
      const response = await bucket.aws.handle(request);
      await copyOnceMore();
      return response;
    };
    const convert = await bucket.convert({ algorithm: "aws:kms:dsse", keyArn: bucket.otherKeyArn });
    expect(await convert({ key: "video" })).toEqual({ key: "video", outcome: "copiedInParts" });
    expect(bucket.log.map(({ code }) => code)).toContain("InvalidPart");
    expect(bucket.aws.state.s3.buckets.get(bucket.name)?.uploads.size).toBe(0);
  });

  test("of exactly 5 GiB goes in one request", async () => {
    const bucket = await legacyBucket();
    bucket.aws.seedObject({ bucket: bucket.name, key: "video", size: 5 * 1024 ** 3, encryption: "none" });
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "video" })).toEqual({ key: "video", outcome: "copied" });
    expect(operations(bucket)).toContain("CopyObject");
  });

  test("in parts does not undo a put that comes after the last part", async () => {
    const bucket = await legacyBucket();
    bucket.aws.seedObject({ bucket: bucket.name, key: "video", size: 6 * 1024 ** 3, encryption: "none" });
    bucket.fault = async ({ method, url }) => {
      if (method === "POST" && new URL(url).searchParams.has("uploadId")) await bucket.put("video", "a short one");
      return undefined;
    };
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "video" })).toEqual({ key: "video", outcome: "changedMeanwhile" });
    expect(await contentOf(bucket, "video")).toBe("a short one");
    expect(bucket.aws.state.s3.buckets.get(bucket.name)?.uploads.size).toBe(0);
  });

  test("takes tags along that were changed before S3 read them, where no version is kept", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "bytes", { Tagging: "state=old" });
    const TagSet = [{ Key: "state", Value: "new" }];
    bucket.fault = async (request) => {
      if (!isCopy(request)) return undefined;
      bucket.fault = undefined;
      await bucket.client.send(new PutObjectTaggingCommand({ ...at(bucket, "a"), Tagging: { TagSet } }));
      return undefined;
    };
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "changedMeanwhile" });
    expect(await tagsOf(bucket, "a")).toEqual(TagSet);
  });

  test("says before it is made what it replaces, where that is kept", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("kept", "bytes", { Tagging: "state=old" });
    await setVersioning(bucket, "Suspended");
    await bucket.putUnencrypted("not kept", "bytes", { Tagging: "state=old" });
    const convert = await bucket.convert(sseS3);
    for (const key of ["kept", "not kept"]) expect(await convert({ key })).toMatchObject({ outcome: "copied" });
    const intents = bucket.lines.filter(({ t }) => t === "intent");
    expect(intents).toMatchObject([
      { key: "kept", versionId: expect.any(String), seen: { tags: [{ key: "state", value: "old" }] } },
      { key: "not kept", versionId: "null" },
    ]);
    expect(intents[1]).not.toHaveProperty("seen");
  });

  test("in parts gives up, and leaves no upload, when the object is written meanwhile", async () => {
    const bucket = await legacyBucket();
    bucket.aws.seedObject({ bucket: bucket.name, key: "video", size: 6 * 1024 ** 3, encryption: "none" });
    bucket.between = async () => void (await bucket.put("video", "a short one"));
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "video" })).toEqual({ key: "video", outcome: "changedMeanwhile" });
    expect(await contentOf(bucket, "video")).toBe("a short one");
    expect(bucket.aws.state.s3.buckets.get(bucket.name)?.uploads.size).toBe(0);
  });
});

/** Lets the server answer the first such request, and comes in before the answer arrives. */
const afterFirst = (bucket: LegacyBucket, matches: (request: HttpRequest) => boolean, then: () => Promise<void>) => {
  let first = true;
  bucket.fault = async (request) => {
    if (!first || !matches(request)) return undefined;
    first = false;
    const response = await bucket.aws.handle(request);
    await then();
    return response;
  };
};
const isCopy = ({ headers }: HttpRequest) => headers["x-amz-copy-source"] !== undefined;
const isUpdate = ({ method, url }: HttpRequest) => method === "PUT" && new URL(url).searchParams.has("encryption");

/** Changes the stored current version behind S3's back. */
const tamper = ({ aws, name }: LegacyBucket, key: string, changes: object): void => {
  Object.assign(aws.state.s3.buckets.get(name)?.keys.get(key)?.[0] ?? {}, changes);
};

describe("what is there after a change is compared with what was there before", () => {
  test("a put right after the copy is the application's, and stays", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "old");
    afterFirst(bucket, isCopy, async () => void (await bucket.put("a", "new")));
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "changedMeanwhile" });
    expect(await contentOf(bucket, "a")).toBe("new");
  });

  test("the same bytes that are put right after the copy are the application's, in a versioned bucket too", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("a", "same bytes", { Metadata: { revision: "1" } });
    afterFirst(bucket, isCopy, async () => void (await bucket.put("a", "same bytes", { Metadata: { revision: "2" } })));
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "changedMeanwhile" });
    expect((await head(bucket, "a")).Metadata).toEqual({ revision: "2" });
    expect(operations(bucket).filter((operation) => operation === "CopyObject")).toHaveLength(1);
  });

  test.each([
    [undefined, "changedMeanwhile"],
    ["Enabled", "copied"],
  ] as const)("tags that are put on the copy are the application's, and stay (versioning %s)", async (...row) => {
    const [versioning, outcome] = row;
    const bucket = await legacyBucket({ versioning });
    await bucket.putUnencrypted("a", "content", { Tagging: "revision=1" });
    const TagSet = [{ Key: "revision", Value: "2" }];
    afterFirst(bucket, isCopy, async () => {
      await bucket.client.send(new PutObjectTaggingCommand({ ...at(bucket, "a"), Tagging: { TagSet } }));
    });
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome });
    expect(await tagsOf(bucket, "a")).toEqual(TagSet);
  });

  const answering = (status: number) => async () => ({ status, headers: {}, body: new Uint8Array() });
  const writing = (bucket: LegacyBucket) => bucket.put("a", "new").then(() => undefined);
  const deleting = (bucket: LegacyBucket) =>
    bucket.client.send(new DeleteObjectCommand(at(bucket, "a"))).then(() => undefined);
  const notAllowed = /^a change of somebody else could not be put back on top of the copy: \w+ \(403\)/;
  test.each<["Enabled" | "Suspended", string, (bucket: LegacyBucket) => Promise<HttpResponse | undefined>, object]>([
    [
      "Enabled",
      "is not allowed",
      answering(403),
      { outcome: "notAsBefore", message: expect.stringMatching(notAllowed) },
    ],
    ["Enabled", "comes after another write", writing, { outcome: "changedMeanwhile" }],
    ["Enabled", "comes after a delete", deleting, { outcome: "gone" }],
    ["Suspended", "comes after a delete", deleting, { outcome: "gone" }],
    ["Enabled", "is in conflict with what came to nothing", answering(409), { outcome: "copied" }],
  ])("versioning %s: a copy on top of the copy that %s", async (versioning, _, secondCopy, outcome) => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("a", "bytes", { Tagging: "state=old" });
    await setVersioning(bucket, versioning);
    const TagSet = [{ Key: "state", Value: "new" }];
    bucket.between = async () => {
      await bucket.client.send(new PutObjectTaggingCommand({ ...at(bucket, "a"), Tagging: { TagSet } }));
    };
    let copies = 0;
    bucket.fault = async (request) => (isCopy(request) && ++copies === 2 ? secondCopy(bucket) : undefined);
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toMatchObject(outcome);
    expect(copies).toBeGreaterThan(1);
    if (Object.values(outcome).includes("copied")) expect(await tagsOf(bucket, "a")).toEqual(TagSet);
  });

  test("what is deleted right after the copy is gone", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "old");
    afterFirst(bucket, isCopy, async () => void (await bucket.client.send(new DeleteObjectCommand(at(bucket, "a")))));
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "gone" });
  });

  test("a copy that cannot be read back does not count", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "old");
    afterFirst(bucket, isCopy, async () => {
      bucket.fault = ({ method }) =>
        method === "HEAD" ? { status: 403, headers: {}, body: new Uint8Array() } : undefined;
    });
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({
      key: "a",
      outcome: "notAsBefore",
      message: expect.stringMatching(/^could not be read back: \w+ \(403\)/),
    });
  });

  test.each([
    ["algorithm", { is: "AES256" }],
    ["key", { is: "aws:kms", keyArn: "arn:aws:kms:eu-west-1:111111111111:key/other", bucketKey: true }],
    ["bucket key", { bucketKey: false }],
  ])("a copy that HEAD shows with another %s does not count", async (_, encryption) => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "content");
    const stored = () => bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("a")?.[0];
    bucket.fault = async (request) => {
      if (!isCopy(request)) return undefined;
      const response = await bucket.aws.handle(request);
      const copied = stored();
      if (copied?.is === "object") tamper(bucket, "a", { encryption: { ...copied.encryption, ...encryption } });
      return response;
    };
    const convert = await bucket.convert(bucket.kmsTarget, { engine: "copy" });
    expect(await convert({ key: "a" })).toEqual({
      key: "a",
      outcome: "failed",
      message: "not done after 8 attempts: S3 said that it was done, and HEAD still shows another encryption",
    });
  });

  test("the same bytes with other metadata that were put before S3 read them are copied as they are", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("a", "same bytes", { Metadata: { revision: "1" } });
    bucket.fault = async (request) => {
      if (!isCopy(request)) return undefined;
      bucket.fault = undefined;
      await bucket.putUnencrypted("a", "same bytes", { Metadata: { revision: "2" } });
      return undefined;
    };
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
    expect((await head(bucket, "a")).Metadata).toEqual({ revision: "2" });
    expect(operations(bucket).filter((operation) => operation === "CopyObject")).toHaveLength(1);
  });

  test.each([
    ["its versions could not be listed", ({ searchParams }: URL) => searchParams.has("versions")],
    ["version \\S+ could not be looked at", ({ searchParams }: URL) => searchParams.has("versionId")],
  ])("a copy under which nobody can look does not count: %s", async (message, isAbout) => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("a", "content");
    let copied = false;
    bucket.fault = async (request) => {
      if (isCopy(request)) copied = true;
      const isRefused = copied && isAbout(new URL(request.url)) && !new URL(request.url).searchParams.has("tagging");
      return isRefused ? { status: 403, headers: {}, body: new Uint8Array() } : undefined;
    };
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({
      key: "a",
      outcome: "notAsBefore",
      message: expect.stringMatching(new RegExp(`^${message}: \\w+ \\(403\\)`)),
    });
  });

  test("a copy whose answer is lost does not count where its versions cannot be listed", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("a", "content");
    afterFirst(bucket, isCopy, async () => {
      // What is right below it is found; what has been written since it was seen is not.
      bucket.fault = ({ url }) =>
        new URL(url).searchParams.get("max-keys") === "100"
          ? { status: 403, headers: {}, body: new Uint8Array() }
          : undefined;
      throw new Error("socket hang up");
    });
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toMatchObject({
      outcome: "notAsBefore",
      message: expect.stringMatching(/^its versions could not be looked at: \w+ \(403\)/),
    });
  });

  test("somebody who changes the tags in the instant before each copy is named in the end", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("a", "bytes", { Tagging: "revision=0" });
    let revision = 0;
    const change = async () => {
      const Tagging = { TagSet: [{ Key: "revision", Value: String(++revision) }] };
      await bucket.client.send(new PutObjectTaggingCommand({ ...at(bucket, "a"), Tagging }));
      bucket.between = change;
    };
    bucket.between = change;
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({
      key: "a",
      outcome: "notAsBefore",
      message: "somebody else's changes could not be put back on top of the copy",
    });
    expect(revision).toBe(6); // one copy, and five on top of it
  });

  test.each([
    ["metadata", { metadata: {} }],
    ["headers", { headers: {} }],
    ["storage class", { storageClass: "STANDARD" }],
    ["website redirect", { websiteRedirectLocation: undefined }],
    ["tags", { tags: [] }],
    ["ACL", { grants: [] }],
    ["owner", { owner: "222222222222" }],
    ["size", { body: bodyOf(new Uint8Array()) }],
    ["checksum", { checksum: undefined }],
    ["checksum", { checksum: { algorithm: "CRC32", type: "FULL_OBJECT", value: "AAAAAA==" } }],
    ["checksum", { checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT", value: "AAAAAAAAAAA=" } }],
  ])("a server that loses %s in a copy is found out", async (aspect, changes) => {
    const bucket = await legacyBucket({ acls: true });
    await bucket.putUnencrypted("a", "content", { ...everything, ACL: "public-read" });
    afterFirst(bucket, isCopy, async () => tamper(bucket, "a", changes));
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({
      key: "a",
      outcome: "notAsBefore",
      message: `differs after the copy: ${aspect}`,
    });
  });

  test("a server that loses metadata in an update is found out", async () => {
    const bucket = await legacyBucket();
    await bucket.put("a", "content", everything);
    afterFirst(bucket, isUpdate, async () => tamper(bucket, "a", { metadata: {} }));
    const convert = await bucket.convert(bucket.kmsTarget);
    expect(await convert({ key: "a" })).toMatchObject({
      outcome: "notAsBefore",
      message: "differs after the update: metadata",
    });
  });

  test.each([
    ["other bytes, in the same second,", "CONTENT", {}, 0],
    ["the same bytes with other metadata, in the same second,", "content", { Metadata: { by: "application" } }, 0],
    ["the same bytes", "content", {}, 1000],
  ])("%s that were put between the look and the update are the application's", async (...row) => {
    const [, body, attributes, later] = row;
    const bucket = await legacyBucket();
    await bucket.put("a", "content");
    const { lastModified = 0 } = bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("a")?.[0] ?? {};
    bucket.fault = async (request) => {
      if (!isUpdate(request)) return undefined;
      await bucket.put("a", body, attributes);
      tamper(bucket, "a", { lastModified: lastModified + later });
      return undefined;
    };
    const convert = await bucket.convert(bucket.kmsTarget);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "changedMeanwhile" });
    expect(await contentOf(bucket, "a")).toBe(body);
  });
});

describe("what cannot be converted is refused by name, and not touched", () => {
  test("objects of another owner, which a copy would take over", async () => {
    const bucket = await legacyBucket({ acls: true });
    await bucket.putUnencrypted("a", "content");
    tamper(bucket, "a", { owner: "222222222222" });
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "foreignOwner" });
  });

  test("objects with a grant of WRITE in their ACL, for which a copy has no header", async () => {
    const bucket = await legacyBucket({ acls: true });
    await bucket.putUnencrypted("a", "content");
    const { Owner, Grants = [] } = await bucket.client.send(new GetObjectAclCommand(at(bucket, "a")));
    const everybody = { Type: "Group", URI: "http://acs.amazonaws.com/groups/global/AllUsers" } as const;
    const given = [...Grants, { Permission: "WRITE", Grantee: everybody } as const];
    await bucket.client.send(
      new PutObjectAclCommand({ ...at(bucket, "a"), AccessControlPolicy: { Owner, Grants: given } }),
    );
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "aclCannotBeResent" });
  });

  test("copies in a bucket whose default retention would lock them", async () => {
    const bucket = await legacyBucket({ objectLock: true });
    await bucket.putUnencrypted("a", "content");
    const ObjectLockConfiguration = {
      ObjectLockEnabled: "Enabled",
      Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } },
    } as const;
    await bucket.client.send(new PutObjectLockConfigurationCommand({ Bucket: bucket.name, ObjectLockConfiguration }));
    const convert = await bucket.convert(bucket.kmsTarget);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "defaultRetention" });
  });

  test("large objects with metadata that S3 does not show as it is", async () => {
    const bucket = await legacyBucket();
    bucket.aws.seedObject({ bucket: bucket.name, key: "video", size: 6 * 1024 ** 3, encryption: "none" });
    tamper(bucket, "video", { metadata: { title: "=?UTF-8?B?w6k=?=" } });
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "video" })).toEqual({
      key: "video",
      outcome: "cannot",
      because: "metadataCannotBeResent",
    });
  });

  test("SSE-C", async () => {
    const bucket = await legacyBucket();
    await bucket.put("a", "secret", { SSECustomerAlgorithm: "AES256", SSECustomerKey: "k".repeat(32) });
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "customerKey" });
  });

  test("archived objects that need a copy", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "old", { StorageClass: "GLACIER" });
    const convert = await bucket.convert(bucket.kmsTarget);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "archived" });
  });

  test("objects that a lifecycle rule archives between the look and the copy", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "old");
    const convert = await bucket.convert(bucket.kmsTarget);
    bucket.fault = ({ method }) => {
      if (method === "PUT") tamper(bucket, "a", { storageClass: "GLACIER" });
      return undefined;
    };
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "archived" });
  });

  test("locked objects, by update and by copy", async () => {
    const bucket = await legacyBucket({ objectLock: true });
    const until = new Date(Date.now() + 86_400_000);
    const lock = { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: until } as const;
    await bucket.put("retained", "1", lock);
    await bucket.putUnencrypted("held", "2", { ObjectLockLegalHoldStatus: "ON" });
    const convert = await bucket.convert(bucket.kmsTarget);
    for (const key of ["retained", "held"]) {
      expect(await convert({ key })).toEqual({ key, outcome: "cannot", because: "locked" });
    }
    const { Versions } = await bucket.client.send(new ListObjectVersionsCommand({ Bucket: bucket.name }));
    expect(Versions).toHaveLength(2);
  });

  test("a null version is found on whatever page of its key's versions it is", async () => {
    const version = (key: string, versionId: string) => ({
      ...{ key, versionId, current: false, deleteMarker: false, lastModified: 0 },
    });
    const pages: Readonly<Record<string, VersionPage>> = {
      start: { versions: [version("a", "3")], next: { keyMarker: "a", versionIdMarker: "3" } },
      "3": { versions: [version("a", "2")], next: { keyMarker: "a", versionIdMarker: "2" } },
      "2": { versions: [version("a", "null"), version("ab", "1")], next: { keyMarker: "ab", versionIdMarker: "1" } },
    };
    const store = onlyAnswering({
      listVersions: async ({ versionIdMarker = "start" }) => ({
        is: "done",
        value: pages[versionIdMarker] ?? { versions: [version("abc", "null")] },
      }),
    });
    expect(await hasNullVersion(store, "a")).toEqual({ is: "done", value: true });
    const others = (one: { versionId: string }) => one.versionId !== "null";
    expect(await hasNullVersion(store, "a", others)).toEqual({ is: "done", value: false });
  });

  test("a key whose noncurrent null version a copy would destroy", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "null version");
    await setVersioning(bucket, "Enabled");
    await bucket.putUnencrypted("a", "current");
    await setVersioning(bucket, "Suspended");
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "nullVersionWouldBeLost" });

    // Where nobody can say whether there is one, nothing is copied.
    const body = Buffer.from("<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
    bucket.fault = ({ url }) =>
      new URL(url).searchParams.has("versions") ? { status: 403, headers: {}, body } : undefined;
    const message = "could not be looked at: AccessDenied (403): no";
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "failed", message });
    expect(operations(bucket)).not.toContain("CopyObject");
  });

  test("but no key without a noncurrent null version, though versioning is suspended", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("no null version", "1");
    await bucket.putUnencrypted("current null version", "1");
    await setVersioning(bucket, "Suspended");
    await bucket.putUnencrypted("current null version", "2");
    const convert = await bucket.convert(sseS3);
    for (const key of ["no null version", "current null version"]) {
      expect(await convert({ key })).toEqual({ key, outcome: "copied" });
    }
  });

  test("an object with an ACL that grants nothing, which cannot be sent", async () => {
    const bucket = await legacyBucket({ acls: true });
    await bucket.putUnencrypted("a", "content");
    bucket.fault = async (request) => {
      if (!new URL(request.url).searchParams.has("acl")) return undefined;
      const response = await bucket.aws.handle(request);
      const text = Buffer.from(response.body).toString();
      const body = Buffer.from(text.replace(/<AccessControlList>.*<\/AccessControlList>/s, "<AccessControlList/>"));
      return { ...response, body };
    };
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "aclCannotBeResent" });
  });

  test("copies, where only updates were asked for", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "old");
    const convert = await bucket.convert(bucket.kmsTarget, { engine: "update" });
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "needsCopy" });
  });

  test("noncurrent versions that need a copy, while those that S3 can update are", async () => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.putUnencrypted("a", "unencrypted");
    await bucket.put("a", "sse-s3");
    await bucket.put("a", "current");
    const { Versions = [] } = await bucket.client.send(new ListObjectVersionsCommand({ Bucket: bucket.name }));
    const [, middle, oldest] = Versions.map(({ VersionId: versionId }) => ({ key: "a", versionId }));
    const convert = await bucket.convert(bucket.kmsTarget);
    expect(await convert(middle ?? { key: "" })).toEqual({ ...middle, outcome: "updated" });
    expect(await convert(oldest ?? { key: "" })).toEqual({ ...oldest, outcome: "cannot", because: "noncurrent" });
  });
});

describe("answers that cannot be relied on", () => {
  test("a copy whose answer is lost is looked at again before it counts", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "content", { Metadata: { a: "b" } });
    // It has its effect, and nobody hears of it.
    afterFirst(bucket, isCopy, () => Promise.reject(new Error("socket hang up")));
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
    expect(await head(bucket, "a")).toMatchObject({ ServerSideEncryption: "AES256", Metadata: { a: "b" } });
  });

  test("a 200 with an error in its body is no success", async () => {
    const bucket = await legacyBucket();
    await bucket.putUnencrypted("a", "content");
    const body = Buffer.from("<Error><Code>InternalError</Code><Message>We encountered an error.</Message></Error>");
    bucket.fault = (request) => {
      if (!isCopy(request)) return undefined;
      bucket.fault = undefined;
      return { status: 200, headers: { "content-type": "application/xml" }, body };
    };
    const convert = await bucket.convert(sseS3);
    expect(await convert({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
    expect(bucket.log.filter(({ operation }) => operation === "CopyObject")).toHaveLength(1);
  });

  test("a server that says done and does nothing is found out, and not copied around unless that was allowed", async () => {
    const bucket = await legacyBucket();
    for (const key of ["a", "b"]) await bucket.put(key, "content");
    bucket.fault = (request) => (isUpdate(request) ? { status: 200, headers: {}, body: new Uint8Array() } : undefined);
    const notices: string[] = [];
    const notice = (message: string) => void notices.push(message);
    const refused = await bucket.convert(bucket.kmsTarget, { notice });
    for (const key of ["a", "b"]) {
      expect(await refused({ key })).toEqual({ key, outcome: "cannot", because: "updateWithoutEffect" });
    }
    expect(notices).toEqual([
      "UpdateObjectEncryption is answered with 200 and changes nothing: without --allow-copy nothing is copied instead.",
    ]);
    const allowed = await bucket.convert(bucket.kmsTarget, { allowCopy: true, notice });
    for (const key of ["a", "b"]) expect(await allowed({ key })).toEqual({ key, outcome: "copied" });
    expect(notices.at(-1)).toContain("what is left is copied");
  });

  test("an update that was seen to take effect is not taken for one that does nothing, whatever comes later", async () => {
    const bucket = await legacyBucket();
    for (const key of ["a", "b", "c"]) await bucket.put(key, "content");
    const convert = await bucket.convert(bucket.kmsTarget);
    expect(await convert({ key: "a" })).toMatchObject({ outcome: "updated" });
    bucket.fault = (request) => (isUpdate(request) ? { status: 200, headers: {}, body: new Uint8Array() } : undefined);
    expect(await convert({ key: "b" })).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining("HEAD still shows another encryption"),
    });
    bucket.fault = undefined;
    expect(await convert({ key: "c" })).toMatchObject({ outcome: "updated" });
  });

  test("a server without the update is not copied around, unless that was allowed", async () => {
    const bucket = await legacyBucket();
    await bucket.put("a", "content");
    const body = Buffer.from("<Error><Code>NotImplemented</Code></Error>");
    bucket.fault = (request) => (isUpdate(request) ? { status: 501, headers: {}, body } : undefined);
    const refused = await bucket.convert(bucket.kmsTarget);
    expect(await refused({ key: "a" })).toEqual({ key: "a", outcome: "cannot", because: "updateNotAvailable" });
    const allowed = await bucket.convert(bucket.kmsTarget, { allowCopy: true });
    expect(await allowed({ key: "a" })).toEqual({ key: "a", outcome: "copied" });
  });
});

describe("what a conversion asks for", () => {
  const asked = async (bucket: LegacyBucket, convert: Awaited<ReturnType<LegacyBucket["convert"]>>, key: string) => {
    const from = bucket.log.length;
    await convert({ key });
    return operations(bucket).slice(from).sort();
  };

  test("once a copy was needed the next object is looked at closely at once, and what needs none gets a HEAD again", async () => {
    const bucket = await legacyBucket();
    for (const key of ["a", "b", "c", "d"]) await bucket.put(key, key, { ServerSideEncryption: "AES256" });
    const toDsse: EncryptionTarget = { algorithm: "aws:kms:dsse", keyArn: bucket.kmsTarget.keyArn };
    const convert = await bucket.convert(toDsse);

    const close = ["GetObjectTagging", "HeadObject"];
    expect(await asked(bucket, convert, "a")).toEqual(["HeadObject", ...close, "CopyObject", ...close].sort());
    expect(await asked(bucket, convert, "b")).toEqual([...close, "CopyObject", ...close].sort());
    expect(await asked(bucket, convert, "b")).toEqual(close);
    expect(await asked(bucket, convert, "b")).toEqual(["HeadObject"]);
  });

  test("an update, and a refusal, need no more than a HEAD", async () => {
    const bucket = await legacyBucket();
    await bucket.put("a", "content");
    const updating = await bucket.convert(bucket.kmsTarget);
    expect(await asked(bucket, updating, "a")).toEqual(["HeadObject", "HeadObject", "UpdateObjectEncryption"]);
    await bucket.putUnencrypted("b", "old", { StorageClass: "GLACIER" });
    expect(await asked(bucket, updating, "b")).toEqual(["HeadObject"]);
  });

  test("tags that may not be read hold back a copy, and not what needs none, though what came before was copied", async () => {
    const bucket = await legacyBucket();
    const body = Buffer.from("<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
    const afterACopy = async (key: string) => {
      const convert = await bucket.convert(bucket.kmsTarget);
      await bucket.putUnencrypted("a", "content");
      expect(await convert({ key: "a" })).toMatchObject({ outcome: "copied" });
      bucket.fault = ({ url }) =>
        new URL(url).searchParams.has("tagging") ? { status: 403, headers: {}, body } : undefined;
      const outcome = await convert({ key });
      bucket.fault = undefined;
      return outcome;
    };
    await bucket.put("update", "content");
    await bucket.putUnencrypted("copy", "content");
    expect(await afterACopy("update")).toEqual({ key: "update", outcome: "updated" });
    const message = "could not be looked at: AccessDenied (403): no";
    expect(await afterACopy("copy")).toEqual({ key: "copy", outcome: "failed", message });
  });
});
