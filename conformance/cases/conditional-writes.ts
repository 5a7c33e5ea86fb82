import { type Area, type Case, recordedBy, s3Guide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { begunUpload, withObject } from "./objects";

const failed = "At least one of the pre-conditions you specified did not hold";
const other = '"00000000000000000000000000000000"';
const motoKnowsFewerConditions =
  "AWS is right: recorded. moto checks If-None-Match and If-Match of PutObject only, and does not look at what else was sent.";

const put: Case[] = [
  {
    name: "a put with If-None-Match: * makes an object that was not there",
    operations: ["PutObject"],
    source: s3Guide("How to prevent object overwrites with conditional writes"),
    run: async ({ s3, bucket }) => {
      await answers(s3.putObject({ Bucket: await bucket(), Key: "new", Body: "new", IfNoneMatch: "*" }), {
        ETag: /^"/,
      });
    },
  },
  {
    name: "a put with If-None-Match: * onto an object is 412",
    operations: ["PutObject"],
    source: recordedBy("test_put_object_if_none_match"),
    run: async (world) => {
      const { Bucket, Key } = await withObject(world);
      await refuses(
        world.s3.putObject({ Bucket, Key, Body: "new", IfNoneMatch: "*" }),
        412,
        "PreconditionFailed",
        failed,
      );
    },
  },
  {
    name: "a put with If-None-Match: * succeeds onto a delete marker",
    operations: ["PutObject", "DeleteObject"],
    source: recordedBy("test_put_object_if_none_match_versioned_bucket"),
    run: async (world) => {
      const { Bucket, Key } = await withObject(world, { versioned: true });
      await world.s3.deleteObject({ Bucket, Key });
      await answers(world.s3.putObject({ Bucket, Key, Body: "new", IfNoneMatch: "*" }), { VersionId: /./ });
    },
  },
  {
    name: "a put with an ETag in If-None-Match is 501",
    operations: ["PutObject"],
    source: recordedBy("test_put_object_if_none_match_validation"),
    moto: motoKnowsFewerConditions,
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world);
      await refuses(
        world.s3.putObject({ Bucket, Key, Body: "new", IfNoneMatch: ETag }),
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
      );
    },
  },
  {
    name: "a put with the object's ETag in If-Match replaces it",
    operations: ["PutObject"],
    source: recordedBy("test_put_object_if_match"),
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world);
      await answers(world.s3.putObject({ Bucket, Key, Body: "newer", IfMatch: ETag }));
      await answers(world.s3.headObject({ Bucket, Key }), { ContentLength: 5 });
    },
  },
  {
    name: "a put with another ETag in If-Match is 412 and leaves the object",
    operations: ["PutObject"],
    source: recordedBy("test_put_object_if_match"),
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world);
      await refuses(
        world.s3.putObject({ Bucket, Key, Body: "newer", IfMatch: other }),
        412,
        "PreconditionFailed",
        failed,
      );
      await answers(world.s3.headObject({ Bucket, Key }), { ETag });
    },
  },
  {
    name: "an ETag without quotes matches in If-Match",
    operations: ["PutObject"],
    source: recordedBy("test_put_object_if_match_versioned_bucket"),
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world);
      await answers(world.s3.putObject({ Bucket, Key, Body: "newer", IfMatch: ETag.replaceAll('"', "") }));
    },
  },
  {
    name: "a put with If-Match where there is no object is 404",
    operations: ["PutObject"],
    source: recordedBy("test_put_object_if_match"),
    run: async ({ s3, bucket }) => {
      await refuses(
        s3.putObject({ Bucket: await bucket(), Key: "none", Body: "new", IfMatch: other }),
        404,
        "NoSuchKey",
        "The specified key does not exist.",
      );
    },
  },
  {
    name: "a put with If-Match onto a delete marker is 404, so nothing deleted comes back",
    operations: ["PutObject", "DeleteObject"],
    source: recordedBy("test_put_object_if_match_versioned_bucket"),
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world, { versioned: true });
      await world.s3.deleteObject({ Bucket, Key });
      await refuses(world.s3.putObject({ Bucket, Key, Body: "new", IfMatch: ETag }), 404, "NoSuchKey");
    },
  },
  {
    name: "a put with If-Match: * is 501",
    operations: ["PutObject"],
    source: recordedBy("test_put_object_if_match_validation"),
    moto: motoKnowsFewerConditions,
    run: async (world) => {
      const { Bucket, Key } = await withObject(world);
      await refuses(world.s3.putObject({ Bucket, Key, Body: "new", IfMatch: "*" }), 501, "NotImplemented");
    },
  },
  {
    name: "a put with both If-Match and If-None-Match is 501",
    operations: ["PutObject"],
    source: recordedBy("test_put_object_if_match_and_if_none_match_validation"),
    moto: motoKnowsFewerConditions,
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world);
      await refuses(
        world.s3.putObject({ Bucket, Key, Body: "new", IfMatch: ETag, IfNoneMatch: "*" }),
        501,
        "NotImplemented",
      );
    },
  },
  {
    name: "a refused put says which condition did not hold",
    operations: ["PutObject"],
    source: recordedBy("test_put_object_if_none_match"),
    run: async (world) => {
      const { Bucket, Key } = await withObject(world);
      const answer = await world.http({ method: "PUT", bucket: Bucket, key: Key, headers: { "if-none-match": "*" } });
      expectThat(answer, { status: 412, text: /<Condition>If-None-Match<\/Condition>/ });
    },
  },
];

const copy: Case[] = [
  {
    name: "a copy with If-None-Match: * onto an object is 412",
    operations: ["CopyObject"],
    source: recordedBy("test_copy_object_if_none_match", "test_copy_object_if_none_match_versioned_bucket"),
    moto: motoKnowsFewerConditions,
    run: async (world) => {
      const { Bucket, Key } = await withObject(world);
      await world.s3.copyObject({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}`, IfNoneMatch: "*" });
      await refuses(
        world.s3.copyObject({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}`, IfNoneMatch: "*" }),
        412,
        "PreconditionFailed",
        failed,
      );
    },
  },
  {
    name: "a copy onto itself with If-None-Match: * is 412, before it is illegal",
    operations: ["CopyObject"],
    source: recordedBy("test_copy_object_if_none_match_in_place"),
    moto: motoKnowsFewerConditions,
    run: async (world) => {
      const { Bucket, Key } = await withObject(world);
      await refuses(
        world.s3.copyObject({
          Bucket,
          Key,
          CopySource: `${Bucket}/${Key}`,
          IfNoneMatch: "*",
          MetadataDirective: "REPLACE",
        }),
        412,
        "PreconditionFailed",
      );
    },
  },
  {
    name: "a copy onto itself with its ETag in If-Match succeeds",
    operations: ["CopyObject"],
    source: recordedBy("test_copy_object_if_match_in_place"),
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world);
      await answers(
        world.s3.copyObject({
          Bucket,
          Key,
          CopySource: `${Bucket}/${Key}`,
          IfMatch: ETag,
          MetadataDirective: "REPLACE",
        }),
        { CopyObjectResult: { ETag } },
      );
    },
  },
  {
    name: "a copy with another ETag in If-Match is 412 and leaves the destination",
    operations: ["CopyObject"],
    source: recordedBy("test_copy_object_if_match"),
    moto: motoKnowsFewerConditions,
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world);
      await world.s3.putObject({ Bucket, Key: "source", Body: "source" });
      await refuses(
        world.s3.copyObject({ Bucket, Key, CopySource: `${Bucket}/source`, IfMatch: other }),
        412,
        "PreconditionFailed",
        failed,
      );
      await answers(world.s3.headObject({ Bucket, Key }), { ETag });
    },
  },
  {
    name: "a copy with If-Match where there is no destination is 404",
    operations: ["CopyObject"],
    source: recordedBy("test_copy_object_if_match"),
    moto: motoKnowsFewerConditions,
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world);
      await refuses(
        world.s3.copyObject({ Bucket, Key: "none", CopySource: `${Bucket}/${Key}`, IfMatch: ETag }),
        404,
        "NoSuchKey",
      );
    },
  },
  {
    name: "a copy with If-Match onto a delete marker is 404",
    operations: ["CopyObject"],
    source: recordedBy("test_copy_object_if_match_versioned_bucket"),
    moto: motoKnowsFewerConditions,
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world, { versioned: true });
      await world.s3.putObject({ Bucket, Key: "gone", Body: "x" });
      await world.s3.deleteObject({ Bucket, Key: "gone" });
      await refuses(
        world.s3.copyObject({ Bucket, Key: "gone", CopySource: `${Bucket}/${Key}`, IfMatch: ETag }),
        404,
        "NoSuchKey",
      );
    },
  },
  ...[
    { name: "with If-Match: *", conditions: { IfMatch: "*" } },
    { name: "with an ETag in If-None-Match", conditions: { IfNoneMatch: other } },
    { name: "with both If-Match and If-None-Match", conditions: { IfMatch: other, IfNoneMatch: "*" } },
  ].map(
    ({ name, conditions }): Case => ({
      name: `a copy ${name} is 501`,
      operations: ["CopyObject"],
      source: recordedBy("test_copy_object_precondition_write_validation"),
      moto: motoKnowsFewerConditions,
      run: async (world) => {
        const { Bucket, Key } = await withObject(world);
        await refuses(
          world.s3.copyObject({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}`, ...conditions }),
          501,
          "NotImplemented",
        );
      },
    }),
  ),
];

const future = new Date(Date.now() + 3_600_000);
const past = new Date(Date.now() - 3_600_000);

const onCopySources = recordedBy(
  "test_s3_copy_object_preconditions",
  "test_s3_copy_object_if_source_modified_since_versioned",
  "test_s3_copy_object_if_source_unmodified_since_versioned",
  "test_upload_part_copy_with_copy_source_if_match_and_if_unmodified_since_match",
  "test_upload_part_copy_with_copy_source_if_match_failed",
  "test_upload_part_copy_with_copy_source_if_match_none_success",
  "test_upload_part_copy_with_copy_source_if_match_success",
  "test_upload_part_copy_with_copy_source_if_modified_since_in_future_success",
  "test_upload_part_copy_with_copy_source_if_modified_since_success",
  "test_upload_part_copy_with_copy_source_if_none_match_and_if_unmodified_since_match_failed",
  "test_upload_part_copy_with_copy_source_if_none_match_failed",
  "test_upload_part_copy_with_copy_source_if_unmodified_since_match_failed",
  "test_upload_part_copy_with_copy_source_if_unmodified_since_success",
  "test_upload_part_copy_with_if_modified_since_failed",
);

/** `@` stands for the source's ETag, `@date` for when it was modified. */
const sourceConditions: readonly {
  name: string;
  conditions: Record<string, string | Date>;
  refused?: string;
  source: string;
  moto?: string;
}[] = [
  {
    name: "its own ETag in copy-source-if-match",
    conditions: { CopySourceIfMatch: "@" },
    source: onCopySources,
  },
  {
    name: "another ETag in copy-source-if-match",
    conditions: { CopySourceIfMatch: other },
    refused: "x-amz-copy-source-If-Match",
    source: onCopySources,
  },
  {
    name: "its own ETag in copy-source-if-none-match",
    conditions: { CopySourceIfNoneMatch: "@" },
    refused: "x-amz-copy-source-If-None-Match",
    source: onCopySources,
  },
  {
    name: "another ETag in copy-source-if-none-match",
    conditions: { CopySourceIfNoneMatch: other },
    source: onCopySources,
  },
  {
    name: "copy-source-if-unmodified-since an hour ago",
    conditions: { CopySourceIfUnmodifiedSince: past },
    refused: "x-amz-copy-source-If-Unmodified-Since",
    source: onCopySources,
  },
  {
    name: "copy-source-if-modified-since its own date",
    conditions: { CopySourceIfModifiedSince: "@date" },
    refused: "x-amz-copy-source-If-Modified-Since",
    source: onCopySources,
  },
  {
    name: "copy-source-if-unmodified-since its own date",
    conditions: { CopySourceIfUnmodifiedSince: "@date" },
    source: onCopySources,
  },
  {
    name: "another ETag in copy-source-if-none-match, and modified since copy-source-if-unmodified-since",
    conditions: { CopySourceIfNoneMatch: other, CopySourceIfUnmodifiedSince: past },
    refused: "x-amz-copy-source-If-Unmodified-Since",
    source: onCopySources,
  },
  {
    name: "copy-source-if-modified-since an hour ago",
    conditions: { CopySourceIfModifiedSince: past },
    source: onCopySources,
  },
  {
    name: "copy-source-if-modified-since in an hour, which is ignored",
    conditions: { CopySourceIfModifiedSince: future },
    source: onCopySources,
    moto: "AWS is right: recorded. HTTP says as well that a date in the future is ignored; moto compares it.",
  },
  {
    name: "its own ETag in copy-source-if-match, though it was modified since copy-source-if-unmodified-since",
    conditions: { CopySourceIfMatch: "@", CopySourceIfUnmodifiedSince: past },
    source: `Amazon S3 API Reference, "CopyObject"`,
    moto: "AWS is right: documented. moto takes each condition for itself.",
  },
  {
    name: "its own ETag in copy-source-if-none-match, though it was modified since copy-source-if-modified-since",
    conditions: { CopySourceIfNoneMatch: "@", CopySourceIfModifiedSince: past },
    refused: "x-amz-copy-source-If-None-Match",
    source: `Amazon S3 API Reference, "CopyObject"`,
  },
];

const source: Case[] = (["CopyObject", "UploadPartCopy"] as const).flatMap((operation) =>
  sourceConditions.map(
    ({ name, conditions, refused, source, moto }): Case => ({
      name: `${operation} of a source with ${name} ${refused ? "is 412" : "succeeds"}`,
      operations: [operation],
      source,
      ...(operation === "UploadPartCopy" && refused
        ? { moto: "AWS is right: recorded. moto does not look at conditions on the source of a part." }
        : moto && { moto }),
      run: async (world) => {
        const { Bucket, Key, ETag } = await withObject(world);
        const { LastModified = past } = await world.s3.headObject({ Bucket, Key });
        const meant = new Map<string | Date, string | Date>([
          ["@", ETag],
          ["@date", LastModified],
        ]);
        const sent = Object.fromEntries(
          Object.entries(conditions).map(([header, value]) => [header, meant.get(value) ?? value]),
        );
        const CopySource = `${Bucket}/${Key}`;
        const { UploadId } =
          operation === "CopyObject" ? {} : await world.s3.createMultipartUpload({ Bucket, Key: "copy" });
        const call: Promise<unknown> =
          operation === "CopyObject"
            ? world.s3.copyObject({ Bucket, Key: "copy", CopySource, ...sent })
            : world.s3.uploadPartCopy({ Bucket, Key: "copy", UploadId, PartNumber: 1, CopySource, ...sent });
        await (refused ? refuses(call, 412, "PreconditionFailed", failed, { Condition: refused }) : answers(call));
      },
    }),
  ),
);

const completions: Case[] = [
  {
    name: "a completion with the ETag of the object that was there all along succeeds",
    operations: ["CompleteMultipartUpload"],
    source: recordedBy("test_multipart_if_match_etag"),
    run: async (world) => {
      const { ETag, ...id } = await withObject(world);
      const upload = await begunUpload(world, id, "part");
      await answers(world.s3.completeMultipartUpload({ ...upload, IfMatch: ETag }), { ETag: /-1"$/ });
    },
  },
  {
    name: "a completion with another ETag is 412",
    operations: ["CompleteMultipartUpload"],
    source: recordedBy("test_multipart_if_match_etag"),
    run: async (world) => {
      const { Bucket, Key } = await withObject(world);
      const upload = await begunUpload(world, { Bucket, Key }, "part");
      await refuses(world.s3.completeMultipartUpload({ ...upload, IfMatch: other }), 412, "PreconditionFailed", failed);
    },
  },
  ...["newer", "body"].map(
    (Body): Case => ({
      name: `a completion with the current ETag is 409 if ${Body === "body" ? "identical bytes were" : "something was"} put since the upload began`,
      operations: ["CompleteMultipartUpload"],
      source: recordedBy("test_multipart_if_match_with_put", "test_multipart_if_match_with_put_identical"),
      moto: "AWS is right: recorded. moto does not remember when the upload began.",
      run: async (world) => {
        const { Bucket, Key } = await withObject(world);
        const upload = await begunUpload(world, { Bucket, Key }, "part");
        const { ETag } = await world.s3.putObject({ Bucket, Key, Body });
        await refuses(
          world.s3.completeMultipartUpload({ ...upload, IfMatch: ETag }),
          409,
          "ConditionalRequestConflict",
          "The conditional request cannot succeed due to a conflicting operation against this resource.",
        );
      },
    }),
  ),
  {
    name: "a completion with If-Match after a deletion is 404",
    operations: ["CompleteMultipartUpload", "DeleteObject"],
    source: recordedBy("test_multipart_if_match_with_delete"),
    run: async (world) => {
      const { ETag, Bucket, Key } = await withObject(world);
      const upload = await begunUpload(world, { Bucket, Key }, "part");
      await world.s3.deleteObject({ Bucket, Key });
      await refuses(world.s3.completeMultipartUpload({ ...upload, IfMatch: ETag }), 404, "NoSuchKey");
    },
  },
  {
    name: "a completion with If-None-Match: * onto an object is 412",
    operations: ["CompleteMultipartUpload"],
    source: recordedBy("test_multipart_if_none_match_with_put"),
    run: async (world) => {
      const id = { Bucket: await world.bucket(), Key: "key" };
      const upload = await begunUpload(world, id, "part");
      await world.s3.putObject({ ...id, Body: "x" });
      await refuses(
        world.s3.completeMultipartUpload({ ...upload, IfNoneMatch: "*" }),
        412,
        "PreconditionFailed",
        failed,
      );
    },
  },
  {
    name: "a completion with If-None-Match: * is 409 if the object was deleted since the upload began",
    operations: ["CompleteMultipartUpload", "DeleteObject"],
    source: recordedBy("test_multipart_if_none_match_with_delete"),
    moto: "AWS is right: recorded. moto does not remember what happened since the upload began.",
    run: async (world) => {
      const { Bucket, Key } = await withObject(world);
      const upload = await begunUpload(world, { Bucket, Key }, "part");
      await world.s3.deleteObject({ Bucket, Key });
      await refuses(
        world.s3.completeMultipartUpload({ ...upload, IfNoneMatch: "*" }),
        409,
        "ConditionalRequestConflict",
      );
    },
  },
];

const deletions: Case[] = [
  {
    name: "a deletion with another ETag in If-Match is 412 and deletes nothing",
    operations: ["DeleteObject"],
    source: recordedBy("test_delete_object_if_match_non_express"),
    moto: "AWS is right: recorded. moto does not look at conditions of deletions.",
    run: async (world) => {
      const { Bucket, Key } = await withObject(world);
      await refuses(world.s3.deleteObject({ Bucket, Key, IfMatch: other }), 412, "PreconditionFailed", failed);
      await answers(world.s3.headObject({ Bucket, Key }));
    },
  },
  ...[
    { name: "x-amz-if-match-last-modified-time", condition: { IfMatchLastModifiedTime: past } },
    { name: "x-amz-if-match-size", condition: { IfMatchSize: 4 } },
  ].map(
    ({ name, condition }): Case => ({
      name: `a deletion with ${name} is 501 outside directory buckets`,
      operations: ["DeleteObject"],
      source: recordedBy(
        "test_delete_object_if_match_modified_non_express",
        "test_delete_object_if_match_size_non_express",
        "test_delete_object_if_match_all_non_express",
      ),
      moto: "AWS is right: recorded. moto does not look at conditions of deletions.",
      run: async (world) => {
        const { Bucket, Key } = await withObject(world);
        await refuses(world.s3.deleteObject({ Bucket, Key, ...condition }), 501, "NotImplemented");
      },
    }),
  ),
  {
    name: "a deletion with the object's ETag deletes it",
    operations: ["DeleteObject"],
    source: s3Guide("How to perform conditional deletes"),
    run: async (world) => {
      const { Bucket, Key, ETag } = await withObject(world);
      await answers(world.s3.deleteObject({ Bucket, Key, IfMatch: ETag }));
      await refuses(world.s3.headObject({ Bucket, Key }), 404);
    },
  },
];

export const conditionalWrites: Area = {
  name: "Conditional writes",
  cases: [...put, ...copy, ...source, ...completions, ...deletions],
};
