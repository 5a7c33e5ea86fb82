import { CreateBucketCommand, GetObjectCommand, GetObjectTaggingCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { type BackupContext, backuper } from "../../src/reencrypt/backup";
import { backupKey } from "../../src/reencrypt/manifest/keys";
import type { ObjectStore } from "../../src/s3/object-store";
import { sdkStore } from "../../src/s3/sdk-store";
import { account, type LegacyBucket, legacyBucket } from "../support/legacy-bucket";

const backupBucket = "at-rest-backup";

const backupOf = async (bucket: LegacyBucket, changes: Partial<BackupContext> = {}) => {
  await bucket.client.send(
    new CreateBucketCommand({
      Bucket: backupBucket,
      CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
    }),
  );
  const documents = new Map<string, unknown>();
  const visit = backuper({
    ...(await bucket.context(bucket.kmsTarget)),
    bucketName: bucket.name,
    run: "run",
    destination: sdkStore({ client: bucket.client, bucket: backupBucket, expectedBucketOwner: account }),
    destinationEncryption: { algorithm: "AES256" },
    scope: "all",
    putJson: async (key, value) => {
      documents.set(key, value);
      return { is: "done", value: undefined };
    },
    ...changes,
  });
  return { visit, documents };
};

const copyOf = (key: string) => ({ Bucket: backupBucket, Key: `acme-uploads/run/${key}` });

test("a copy has content, metadata, headers, tags and class, and the ACL is kept beside it", async () => {
  const bucket = await legacyBucket({ acls: true });
  await bucket.putUnencrypted("a b/ü", "content", {
    Metadata: { author: "ana" },
    ContentType: "text/csv",
    Tagging: "team=blue",
    StorageClass: "STANDARD_IA",
    WebsiteRedirectLocation: "/there",
    ACL: "public-read",
  });
  const { visit, documents } = await backupOf(bucket);
  expect(await visit({ key: "a b/ü" })).toMatchObject({ key: "a b/ü", outcome: "backedUp" });

  const got = await bucket.client.send(new GetObjectCommand(copyOf("a b/ü")));
  expect(await got.Body?.transformToString()).toBe("content");
  expect(got).toMatchObject({
    Metadata: { author: "ana" },
    ContentType: "text/csv",
    StorageClass: "STANDARD_IA",
    WebsiteRedirectLocation: "/there",
    ServerSideEncryption: "AES256",
  });
  const { TagSet } = await bucket.client.send(new GetObjectTaggingCommand(copyOf("a b/ü")));
  expect(TagSet).toEqual([{ Key: "team", Value: "blue" }]);
  expect([...documents.values()]).toMatchObject([
    { key: "a b/ü", grants: expect.arrayContaining([expect.objectContaining({ permission: "READ" })]) },
  ]);
});

test("an object of 6 GiB is backed up in parts", async () => {
  const bucket = await legacyBucket();
  bucket.aws.seedObject({ bucket: bucket.name, key: "video", size: 6 * 1024 ** 3, encryption: "AES256" });
  const { visit } = await backupOf(bucket);
  expect(await visit({ key: "video" })).toMatchObject({ key: "video", outcome: "backedUp" });
  const { ContentLength } = await bucket.client.send(new HeadObjectCommand(copyOf("video")));
  expect(ContentLength).toBe(6 * 1024 ** 3);
});

test("what is written while it is being copied is copied as it then is", async () => {
  const bucket = await legacyBucket();
  await bucket.put("a", "old");
  let once = true;
  bucket.fault = async ({ headers }) => {
    if (headers["x-amz-copy-source"] !== undefined && once) {
      once = false;
      await bucket.put("a", "new");
    }
    return undefined;
  };
  const { visit } = await backupOf(bucket);
  expect(await visit({ key: "a" })).toMatchObject({ key: "a", outcome: "backedUp" });
  const got = await bucket.client.send(new GetObjectCommand(copyOf("a")));
  expect(await got.Body?.transformToString()).toBe("new");
});

test("what cannot be copied is named", async () => {
  const bucket = await legacyBucket();
  await bucket.put("secret", "1", { SSECustomerAlgorithm: "AES256", SSECustomerKey: "k".repeat(32) });
  await bucket.put("archived", "2", { StorageClass: "DEEP_ARCHIVE" });
  const long = "k".repeat(1020);
  await bucket.put(long, "3");
  const { visit } = await backupOf(bucket);
  expect(await visit({ key: "secret" })).toEqual({ key: "secret", outcome: "cannot", because: "customerKey" });
  expect(await visit({ key: "archived" })).toEqual({ key: "archived", outcome: "cannot", because: "archived" });
  expect(await visit({ key: long })).toEqual({ key: long, outcome: "cannot", because: "keyTooLong" });
  expect(await visit({ key: "never" })).toEqual({ key: "never", outcome: "gone" });
});

test("of what a conversion will rewrite: only that is copied", async () => {
  const bucket = await legacyBucket();
  await bucket.put("updatable", "1");
  await bucket.putUnencrypted("rewritten", "2");
  const { visit } = await backupOf(bucket, { scope: "rewritten" });
  expect(await visit({ key: "updatable" })).toEqual({ key: "updatable", outcome: "alreadyRight" });
  expect(await visit({ key: "rewritten" })).toMatchObject({ key: "rewritten", outcome: "backedUp" });
});

test("a large object with metadata that S3 does not show as it is is named, since an upload would change it", async () => {
  const bucket = await legacyBucket();
  const metadata = { title: "=?UTF-8?B?w6k=?=" };
  bucket.aws.seedObject({ bucket: bucket.name, key: "video", size: 6 * 1024 ** 3, metadata });
  const { visit } = await backupOf(bucket);
  const because = "metadataCannotBeResent";
  expect(await visit({ key: "video" })).toEqual({ key: "video", outcome: "cannot", because });
});

test.each([
  ["differs: metadata", { metadata: {} }],
  ["differs: tags", { tags: [] }],
  ["differs: checksum", { checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT", value: "AAAAAAAAAAA=" } }],
  ["differs: ETag", { etag: '"00000000000000000000000000000000"' }],
  ["is not encrypted as the backup bucket says", { encryption: { is: "none" } }],
])("a copy that %s is no backup", async (what, changes) => {
  const bucket = await legacyBucket();
  await bucket.put("a", "content", { Metadata: { author: "ana" }, Tagging: "team=blue" });
  const store = sdkStore({ client: bucket.client, bucket: backupBucket, expectedBucketOwner: account });
  const destination: ObjectStore = {
    ...store,
    copy: async (request) => {
      const answer = await store.copy(request);
      Object.assign(bucket.aws.state.s3.buckets.get(backupBucket)?.keys.get(request.key)?.[0] ?? {}, changes);
      return answer;
    },
  };
  const { visit } = await backupOf(bucket, { destination });
  expect(await visit({ key: "a" })).toEqual({ key: "a", outcome: "failed", message: `its copy ${what}` });
});

test("of what a conversion will rewrite: what cannot be looked at is no object that is right", async () => {
  const bucket = await legacyBucket();
  await bucket.putUnencrypted("a", "content");
  const { visit } = await backupOf(bucket, { scope: "rewritten" });
  bucket.fault = ({ method }) => (method === "HEAD" ? { status: 403, headers: {}, body: new Uint8Array() } : undefined);
  expect(await visit({ key: "a" })).toMatchObject({ outcome: "failed", message: expect.stringMatching(/looked at/) });
  bucket.fault = undefined;
  expect(await visit({ key: "deleted" })).toEqual({ key: "deleted", outcome: "gone" });
});

test("an ACL that cannot be kept makes the backup fail", async () => {
  const bucket = await legacyBucket({ acls: true });
  await bucket.put("a", "1", { ACL: "public-read" });
  const denied = { is: "refused", status: 403, code: "AccessDenied", message: "no" } as const;
  const { visit } = await backupOf(bucket, { putJson: async () => denied });
  expect(await visit({ key: "a" })).toMatchObject({ outcome: "failed" });
});

test("no bucket's objects can meet another's, or the manifests", () => {
  expect(backupKey("acme-uploads", "run", { key: "/a" })).toBe("acme-uploads/run//a");
});
