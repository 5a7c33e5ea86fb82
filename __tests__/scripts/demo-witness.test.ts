import {
  CopyObjectCommand,
  DeleteObjectCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { canonicalUserId } from "../../local/s3/arns";
import { Application } from "../../scripts/demo/application";
import { changedObjects } from "../../scripts/demo/comparison";
import { observe } from "../../scripts/demo/observer";
import { account, createWorld, otherAccount } from "../local/s3/world";

const nobodys = new Map<string, string>();

test("the demo's witness sees a change of content, metadata, tags, ACL or class, and a loss, and nothing else", async () => {
  const { s3, bucket } = createWorld();
  const Bucket = await bucket("watched", { create: { ObjectOwnership: "ObjectWriter" } });
  const keys = ["content", "metadata", "tags", "acl", "class", "lost", "untouched", "re-encrypted"];
  for (const Key of keys)
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: "body", Metadata: { of: Key }, Tagging: "team=web" }));
  const before = await observe(s3, Bucket, nobodys);

  const onto = (Key: string) => ({ Bucket, Key, CopySource: `${Bucket}/${Key}` });
  await s3.send(
    new PutObjectCommand({ Bucket, Key: "content", Body: "Body", Metadata: { of: "content" }, Tagging: "team=web" }),
  );
  await s3.send(new CopyObjectCommand({ ...onto("metadata"), MetadataDirective: "REPLACE" }));
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: "tags", Tagging: { TagSet: [] } }));
  const owner = `id=${canonicalUserId(account)}`;
  const reader = `id=${canonicalUserId(otherAccount)}`;
  await s3.send(new PutObjectAclCommand({ Bucket, Key: "acl", GrantFullControl: owner, GrantRead: reader }));
  await s3.send(new CopyObjectCommand({ ...onto("class"), StorageClass: "STANDARD_IA" }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "lost" }));
  await s3.send(new CopyObjectCommand({ ...onto("re-encrypted"), ServerSideEncryption: "aws:kms" }));

  const after = await observe(s3, Bucket, nobodys);
  expect([...changedObjects(before, after, new Set())].sort()).toEqual([
    "acl",
    "class",
    "content",
    "lost",
    "metadata",
    "tags",
  ]);
  expect(after.current.get("re-encrypted")?.encryption).toMatch(/^SSE-KMS arn:/);
});

test("the demo's application tells which of its writes and deletes were lost", async () => {
  const { s3, bucket, createKey } = createWorld();
  const Bucket = await bucket("lived-in");
  const owned = ["a", "b", "c"];
  for (const Key of owned) await s3.send(new PutObjectCommand({ Bucket, Key, Body: "old" }));
  const application = new Application(s3, Bucket, owned);
  application.start();
  await application.release(await createKey());
  await application.stop();
  expect(application.report()).toMatchObject({ errors: [], wrongReads: [] });
  expect(application.touchedKeys.size).toBeGreaterThan(0);
  expect(await application.lostWrites()).toEqual([]);

  const [key = ""] = application.touchedKeys;
  await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: "what was there before" }));
  expect(await application.lostWrites()).toEqual([`${key}: not the content that was written last`]);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
  expect(await application.lostWrites()).toEqual([`${key}: written by the application, and gone`]);
});
