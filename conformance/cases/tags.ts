import type { Tag, TaggingDirective } from "@aws-sdk/client-s3";
import { type Area, behaviour, type Case, recordedBy } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { element } from "../http";
import type { World } from "../world";
import { withObject } from "./objects";

const tags = (...pairs: readonly string[]): Tag[] =>
  pairs.map((pair) => {
    const [Key, Value] = pair.split("=");
    return { Key, Value };
  });
const tagging = (...pairs: readonly string[]) => ({ Tagging: { TagSet: tags(...pairs) } });
const shows = (...pairs: readonly string[]) => ({ TagSet: tags(...pairs) });
const noTagSet = [404, "NoSuchTagSet", "The TagSet does not exist"] as const;
const noBucket = [404, "NoSuchBucket", "The specified bucket does not exist"] as const;
const noKey = [404, "NoSuchKey", "The specified key does not exist."] as const;
const deleted = { $metadata: { httpStatusCode: 204 } };

const ofBuckets: Case[] = [
  behaviour(
    "a bucket's tags are put, shown, replaced and deleted",
    "PutBucketTagging GetBucketTagging DeleteBucketTagging",
    recordedBy("test_bucket_tagging_crud"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await refuses(s3.getBucketTagging({ Bucket }), ...noTagSet);
      await answers(s3.putBucketTagging({ Bucket, ...tagging("tag1=tag1", "tag2=") }), deleted);
      await answers(s3.getBucketTagging({ Bucket }), shows("tag1=tag1", "tag2="));
      await s3.putBucketTagging({ Bucket, ...tagging("tag3=tag3") });
      await answers(s3.getBucketTagging({ Bucket }), shows("tag3=tag3"));
      await answers(s3.deleteBucketTagging({ Bucket }), deleted);
      await refuses(s3.getBucketTagging({ Bucket }), ...noTagSet);
    },
  ),
  behaviour(
    "an empty tag set of a bucket is none",
    "PutBucketTagging GetBucketTagging",
    recordedBy("test_bucket_tagging_crud", "test_put_bucket_tagging_none_value"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await s3.putBucketTagging({ Bucket, ...tagging("a=b") });
      await answers(s3.putBucketTagging({ Bucket, Tagging: { TagSet: [] } }), deleted);
      await refuses(s3.getBucketTagging({ Bucket }), ...noTagSet);
    },
  ),
  behaviour(
    "tags of a bucket that is not there are NoSuchBucket",
    "PutBucketTagging GetBucketTagging DeleteBucketTagging",
    recordedBy("test_bucket_tagging_exc"),
    async ({ s3, bucketName }) => {
      const Bucket = bucketName();
      await refuses(s3.getBucketTagging({ Bucket }), ...noBucket);
      await refuses(s3.deleteBucketTagging({ Bucket }), ...noBucket);
      await refuses(s3.putBucketTagging({ Bucket, ...tagging("a=b") }), ...noBucket);
    },
  ),
];

const made = (Tags: readonly Tag[] | undefined) => ({ CreateBucketConfiguration: { Tags: Tags && [...Tags] } });
const yours = [
  409,
  "BucketAlreadyOwnedByYou",
  "Your previous request to create the named bucket succeeded and you already own it.",
] as const;
const ofNewBuckets: Case[] = [
  behaviour(
    "a bucket is made with tags",
    "CreateBucket GetBucketTagging",
    recordedBy("test_create_bucket_with_tags"),
    async ({ s3, bucketName }) => {
      const Bucket = bucketName();
      await s3.createBucket({ Bucket, ...made(tags("tag1=value1")) });
      await answers(s3.getBucketTagging({ Bucket }), shows("tag1=value1"));
    },
    { needs: ["usEast1"] },
  ),
  behaviour(
    "a bucket is made with an empty list of tags, which is none",
    "CreateBucket GetBucketTagging",
    recordedBy("test_create_bucket_with_empty_tags"),
    async ({ s3, bucketName }) => {
      const Bucket = bucketName();
      await answers(s3.createBucket({ Bucket, ...made([]) }), { Location: `/${Bucket}` });
      await refuses(s3.getBucketTagging({ Bucket }), ...noTagSet);
      await answers(s3.createBucket({ Bucket }), { Location: `/${Bucket}` });
    },
    { needs: ["usEast1"] },
  ),
  behaviour(
    "a bucket that is one's own in us-east-1 can be made again without tags, and not with any",
    "CreateBucket GetBucketTagging",
    recordedBy("test_create_bucket_with_tags_us_east_1_idempotency"),
    async ({ s3, bucketName }) => {
      const Bucket = bucketName();
      await s3.createBucket({ Bucket, ...made(tags("tag1=value1")) });
      await refuses(s3.createBucket({ Bucket, ...made(tags("tag2=value2")) }), ...yours);
      await refuses(s3.createBucket({ Bucket, ...made(tags("tag1=value1")) }), ...yours);
      await answers(s3.createBucket({ Bucket }));
      await answers(s3.createBucket({ Bucket, ...made([]) }));
      await answers(s3.getBucketTagging({ Bucket }), shows("tag1=value1"));
    },
    { needs: ["usEast1"] },
  ),
];

const one = (inner: string): string => `<Tag>${inner}</Tag>`;
const pair = (key: string, value: string): string => one(`<Key>${key}</Key><Value>${value}</Value>`);
interface Refused {
  readonly name: string;
  readonly tags: string;
  readonly code: string;
  readonly message?: string;
  readonly fields?: Readonly<Record<string, string>>;
}
const notATag = "InvalidTag";
const refusedTags: readonly Refused[] = [
  {
    name: "one key twice",
    tags: pair("Key1", "Val1") + pair("Key1", "Val1"),
    code: notATag,
    message: "Cannot provide multiple Tags with the same key",
    fields: { TagKey: "Key1" },
  },
  {
    name: "a comma in a key",
    tags: pair("Key1,Key2", "Val1"),
    code: notATag,
    message: "The TagKey you have provided is invalid",
    fields: { TagKey: "Key1,Key2" },
  },
  {
    name: "a comma in a value",
    tags: pair("Key1", "Val1,Val2"),
    code: notATag,
    message: "The TagValue you have provided is invalid",
    fields: { TagKey: "Key1", TagValue: "Val1,Val2" },
  },
  { name: "no key", tags: one("<Value>Val1</Value>"), code: "MalformedXML" },
  { name: "no value", tags: one("<Key>Key1</Key>"), code: "MalformedXML" },
];
const reserved = {
  name: "a key that begins with aws:",
  tags: pair("aws:prefixed", "Val1"),
  code: notATag,
};

const sent = (subject: string, row: Refused, source: string, send: (world: World) => ReturnType<World["http"]>): Case =>
  behaviour(
    `tags of ${subject} with ${row.name} are ${row.code}`,
    subject === "an object" ? "PutObjectTagging" : subject === "a bucket" ? "PutBucketTagging" : "CreateBucket",
    source,
    async (world) => {
      const answer = await send(world);
      expectThat(answer, { status: 400, code: row.code });
      if (row.message) expectThat(element(answer.text, "Message")?.replaceAll("&quot;", '"'), row.message);
      for (const [field, value] of Object.entries(row.fields ?? {}))
        expectThat(element(answer.text, field), value, field);
    },
    subject === "a new bucket" ? { needs: ["usEast1"] } : {},
  );

const refused: Case[] = [
  ...[
    ...refusedTags,
    { ...reserved, message: "System tags cannot be added/updated by requester", fields: { TagKey: "aws:prefixed" } },
  ].map((row) =>
    sent("a bucket", row, recordedBy("test_tagging_validation"), async ({ http, bucket }) =>
      http({
        method: "PUT",
        bucket: await bucket(),
        query: { tagging: "" },
        body: `<Tagging><TagSet>${row.tags}</TagSet></Tagging>`,
      }),
    ),
  ),
  ...[
    ...refusedTags,
    { ...reserved, message: "Your TagKey cannot be prefixed with aws:", fields: { TagKey: "aws:prefixed" } },
  ].map((row) =>
    sent("an object", row, recordedBy("test_tagging_validation"), async (world) => {
      const { Bucket, Key } = await withObject(world);
      return world.http({
        method: "PUT",
        bucket: Bucket,
        key: Key,
        query: { tagging: "" },
        body: `<Tagging><TagSet>${row.tags}</TagSet></Tagging>`,
      });
    }),
  ),
  ...[
    ...refusedTags.filter(({ name }) => name !== "one key twice"),
    {
      ...reserved,
      message:
        'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.',
    },
  ].map((row) =>
    sent("a new bucket", row, recordedBy("test_create_bucket_with_tags_exc"), ({ http, bucketName }) =>
      http({
        method: "PUT",
        bucket: bucketName(),
        body: `<CreateBucketConfiguration><Tags>${row.tags}</Tags></CreateBucketConfiguration>`,
      }),
    ),
  ),
  ...["key1=val1&key1=val2", "key1=val1,key2=val2"].map((Tagging) =>
    behaviour(
      `a put with the tags ${Tagging} is InvalidArgument`,
      "PutObject",
      recordedBy("test_object_tagging_exc"),
      async ({ s3, bucket }) => {
        await refuses(
          s3.putObject({ Bucket: await bucket(), Key: "k", Body: "b", Tagging }),
          400,
          "InvalidArgument",
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
          { ArgumentName: "x-amz-tagging", ArgumentValue: Tagging },
        );
      },
    ),
  ),
];

const ofObjects: Case[] = [
  behaviour(
    "an object's tags are put, counted, replaced and deleted",
    "PutObjectTagging GetObjectTagging DeleteObjectTagging GetObject",
    recordedBy("test_object_tagging_crud", "test_delete_object_tagging", "test_put_object_tagging_empty_list"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const id = { Bucket, Key };
      const { s3 } = world;
      await answers(s3.getObjectTagging(id), { TagSet: [] });
      await s3.putObjectTagging({ ...id, ...tagging("tag1=tag1", "tag2=") });
      await answers(s3.getObjectTagging(id), shows("tag1=tag1", "tag2="));
      await s3.putObjectTagging({ ...id, ...tagging("tag3=tag3") });
      await answers(s3.getObjectTagging(id), shows("tag3=tag3"));
      await answers(s3.getObject(id), { TagCount: 1 });
      await answers(s3.deleteObjectTagging(id), deleted);
      await answers(s3.getObjectTagging(id), { TagSet: [] });
      await answers(s3.getObject(id), { TagCount: undefined });
    },
  ),
  behaviour(
    "an empty tag set of an object deletes its tags",
    "PutObjectTagging GetObjectTagging",
    recordedBy("test_put_object_tagging_none_value", "test_put_object_tagging_empty_list"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket(), Key: "k" };
      await s3.putObject({ ...id, Body: "b", Tagging: "tag1=tag1&tag2=" });
      await answers(s3.putObjectTagging({ ...id, Tagging: { TagSet: [] } }));
      await answers(s3.getObjectTagging(id), { TagSet: [] });
    },
  ),
  behaviour(
    "tags of a put are kept and counted",
    "PutObject GetObjectTagging HeadObject",
    recordedBy("test_put_object_with_tags", "test_head_object_with_tags"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket(), Key: "k" };
      await s3.putObject({ ...id, Body: "b", Tagging: "tag1=tag1&tag2=tag2&tag=" });
      const { TagSet = [] } = await s3.getObjectTagging(id);
      expectThat(TagSet.map(({ Key, Value }) => `${Key}=${Value}`).sort(), ["tag1=tag1", "tag2=tag2", "tag="].sort());
      await answers(s3.headObject(id), { TagCount: 3 });
      await s3.putObjectTagging({ ...id, ...tagging("tag3=tag3") });
      await answers(s3.headObject(id), { TagCount: 1 });
      await answers(s3.getObject(id), { TagCount: 1 });
    },
  ),
  ...[
    { Tagging: "wrongquery&wrongagain", keys: ["wrongagain", "wrongquery"] },
    { Tagging: "key1&&&key2", keys: ["key1", "key2"] },
  ].map(({ Tagging, keys }) =>
    behaviour(
      `a put with the tags ${Tagging} has keys without values`,
      "PutObject GetObjectTagging",
      recordedBy("test_put_object_with_tags"),
      async ({ s3, bucket }) => {
        const id = { Bucket: await bucket(), Key: "k" };
        await s3.putObject({ ...id, Body: "b", Tagging });
        const { TagSet = [] } = await s3.getObjectTagging(id);
        expectThat(
          TagSet.map(({ Key, Value }) => `${Key}=${Value}`).sort(),
          keys.map((key) => `${key}=`),
        );
      },
    ),
  ),
  behaviour(
    "tags go with the object that they were put on",
    "PutObject DeleteObject GetObjectTagging",
    recordedBy("test_object_tags_delete_or_overwrite_object"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket(), Key: "k" };
      await s3.putObject({ ...id, Body: "create", Tagging: "tag1=val1" });
      await s3.putObject({ ...id, Body: "overwrite" });
      await answers(s3.getObjectTagging(id), { TagSet: [] });
      await s3.putObject({ ...id, Body: "create", Tagging: "tag1=val1" });
      await s3.deleteObject(id);
      await s3.putObject({ ...id, Body: "recreate" });
      await answers(s3.getObjectTagging(id), { TagSet: [] });
    },
  ),
  behaviour(
    "tags of what is not there are NoSuchBucket and NoSuchKey",
    "PutObjectTagging GetObjectTagging DeleteObjectTagging",
    recordedBy("test_object_tagging_exc"),
    async ({ s3, bucket, bucketName }) => {
      const none = { Bucket: bucketName(), Key: "k" };
      await refuses(s3.getObjectTagging(none), ...noBucket);
      await refuses(s3.deleteObjectTagging(none), ...noBucket);
      await refuses(s3.putObjectTagging({ ...none, ...tagging("a=b") }), ...noBucket);
      const id = { Bucket: await bucket(), Key: "k" };
      await refuses(s3.getObjectTagging(id), ...noKey);
      await refuses(s3.deleteObjectTagging(id), ...noKey, { Key: "k" });
      await refuses(s3.putObjectTagging({ ...id, ...tagging("a=b") }), ...noKey, { Key: "k" });
    },
  ),
  behaviour(
    "each version has its own tags, and the current one's are meant where none is named",
    "PutObjectTagging GetObjectTagging DeleteObjectTagging",
    recordedBy("test_object_tagging_versioned"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket({ versioned: true }), Key: "k" };
      const { VersionId: first } = await s3.putObject({ ...id, Body: "one", Tagging: "test_tag=tagv1" });
      const { VersionId: second } = await s3.putObject({ ...id, Body: "two" });
      await answers(s3.putObjectTagging({ ...id, ...tagging("tag3=tag3") }), { VersionId: second });
      await answers(s3.getObjectTagging(id), { ...shows("tag3=tag3"), VersionId: second });
      const older = { ...id, VersionId: first };
      await answers(s3.getObjectTagging(older), { ...shows("test_tag=tagv1"), VersionId: first });
      await answers(s3.putObjectTagging({ ...older, ...tagging("tag1=tag1") }), { VersionId: first });
      await s3.deleteObjectTagging(id);
      await answers(s3.getObjectTagging(id), { TagSet: [], VersionId: second });
      await answers(s3.getObjectTagging(older), shows("tag1=tag1"));
    },
  ),
  behaviour(
    "a delete marker has no tags, and takes none",
    "PutObjectTagging GetObjectTagging DeleteObjectTagging",
    recordedBy("test_object_tagging_versioned"),
    async ({ s3, bucket }) => {
      const current = { Bucket: await bucket({ versioned: true }), Key: "k" };
      await s3.putObject({ ...current, Body: "b" });
      const { VersionId } = await s3.deleteObject(current);
      for (const id of [current, { ...current, VersionId }]) {
        const call = (Method: string) =>
          [
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            { Method, ResourceType: "DeleteMarker" },
          ] as const;
        await refuses(s3.putObjectTagging({ ...id, ...tagging("a=b") }), ...call("PUT"));
        await refuses(s3.getObjectTagging(id), ...call("GET"));
        await refuses(s3.deleteObjectTagging(id), ...call("DELETE"));
      }
    },
  ),
];

const directives: readonly (TaggingDirective | undefined)[] = ["COPY", "REPLACE", undefined];
const copies: Case[] = directives.map((TaggingDirective) =>
  behaviour(
    `a copy with tagging directive ${TaggingDirective ?? "left out"} has the ${TaggingDirective === "REPLACE" ? "request's tags, also none" : "source version's tags"}`,
    "CopyObject GetObjectTagging",
    recordedBy("test_s3_copy_tagging_directive", "test_s3_copy_tagging_directive_versioned"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket({ versioned: true });
      const { VersionId } = await s3.putObject({ Bucket, Key: "k", Body: "one", Tagging: "key1=value1" });
      await s3.putObject({ Bucket, Key: "k", Body: "two", Tagging: "key1=value1-v2" });
      for (const source of [`${Bucket}/k`, `${Bucket}/k?versionId=${VersionId}`]) {
        const own = source.includes("?") ? "key1=value1" : "key1=value1-v2";
        for (const Tagging of ["key2=value2", ""]) {
          await s3.copyObject({ Bucket, Key: "copy", CopySource: source, TaggingDirective, Tagging });
          const expected = TaggingDirective === "REPLACE" ? [Tagging].filter((text) => text !== "") : [own];
          await answers(s3.getObjectTagging({ Bucket, Key: "copy" }), shows(...expected));
        }
      }
    },
  ),
);

export const tagsOfAll: Area = {
  name: "Tags",
  cases: [...ofBuckets, ...ofNewBuckets, ...ofObjects, ...refused, ...copies],
};
