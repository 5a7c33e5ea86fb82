import type { S3 } from "@aws-sdk/client-s3";
import { type Area, behaviour, type Case, recordedBy } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { element } from "../http";
import type { World } from "../world";
import { begunUpload } from "./objects";

async function withKeys({ s3, bucket }: World, keys: readonly string[], versioned = false): Promise<string> {
  const Bucket = await bucket({ versioned });
  await Promise.all(keys.map((Key) => s3.putObject({ Bucket, Key, Body: "b" })));
  return Bucket;
}
/** Of one key, in a bucket of their own; the newest first. */
async function fiveVersions({ s3, bucket }: World) {
  const Bucket = await bucket({ versioned: true });
  const ids: (string | undefined)[] = [];
  for (let count = 0; count < 5; count++) {
    ids.unshift((await s3.putObject({ Bucket, Key: "prefixed_key", Body: "b" })).VersionId);
  }
  return { Bucket, ids };
}
const keysOf = ({ Contents = [] }: { Contents?: { Key?: string }[] }) => Contents.map(({ Key }) => Key);

const folder = ["folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/file1", "folder/file2"];
const sub = "folder/aSubfolder/";
const inFolder = { Prefix: "folder/", Delimiter: "/" };

const first: Case[] = [
  behaviour(
    "a listing shows of its objects checksum algorithm, type, size and class",
    "ListObjects ListObjectsV2",
    recordedBy("test_list_objects_with_prefix", "test_delete_bucket_with_content", "test_empty_bucket_fixture"),
    async (world) => {
      const Bucket = await withKeys(world, ["k"]);
      const Contents = [
        { Key: "k", Size: 1, StorageClass: "STANDARD", ChecksumAlgorithm: ["CRC32"], ChecksumType: "FULL_OBJECT" },
      ];
      await answers(world.s3.listObjects({ Bucket }), { Contents, IsTruncated: false, MaxKeys: 1000, Name: Bucket });
      await answers(world.s3.listObjectsV2({ Bucket }), { Contents, KeyCount: 1, MaxKeys: 1000 });
    },
  ),
  behaviour(
    "an empty delimiter is none, and one that is in no key rolls nothing up",
    "ListObjects",
    recordedBy("test_list_objects_with_prefix"),
    async (world) => {
      const Bucket = await withKeys(world, ["test/foo/bar/123"]);
      const of = (Delimiter: string) => world.s3.listObjects({ Bucket, Prefix: "test/", MaxKeys: 1, Delimiter });
      await answers(of(""), { Contents: [{ Key: "test/foo/bar/123" }], CommonPrefixes: undefined });
      await answers(of("/"), { Contents: undefined, CommonPrefixes: [{ Prefix: "test/foo/" }] });
      await answers(of("%2F"), { Contents: [{ Key: "test/foo/bar/123" }], CommonPrefixes: undefined });
    },
  ),
  behaviour(
    "a marker is behind what was listed, and an empty one is none",
    "ListObjects",
    recordedBy("test_list_objects_next_marker", "test_s3_list_objects_empty_marker"),
    async (world) => {
      const Bucket = await withKeys(world, ["a", "b", "c"]);
      await answers(world.s3.listObjects({ Bucket, Marker: "a", MaxKeys: 1 }), {
        Contents: [{ Key: "b" }],
        Marker: "a",
        IsTruncated: true,
      });
      await answers(world.s3.listObjects({ Bucket, Marker: "", MaxKeys: 1 }), { Contents: [{ Key: "a" }], Marker: "" });
    },
  ),
  behaviour(
    "a marker that is a common prefix is behind all of its keys, and so is one of its keys",
    "ListObjects",
    recordedBy("test_list_objects_marker_common_prefixes"),
    async (world) => {
      const Bucket = await withKeys(world, folder);
      const page = (Marker?: string) => world.s3.listObjects({ Bucket, ...inFolder, MaxKeys: 1, Marker });
      await answers(page(), { CommonPrefixes: [{ Prefix: sub }], NextMarker: sub, IsTruncated: true });
      for (const marker of [sub, `${sub}subFile1`]) {
        await answers(page(marker), {
          Contents: [{ Key: "folder/file1" }],
          CommonPrefixes: undefined,
          NextMarker: "folder/file1",
        });
      }
      await answers(page("folder/file1"), { Contents: [{ Key: "folder/file2" }], IsTruncated: false });
    },
  ),
  behaviour(
    "a listing of more than 1,000 keys goes on behind the thousandth",
    "ListObjects",
    recordedBy("test_s3_put_more_than_1000_items"),
    async (world) => {
      const Bucket = await world.bucket();
      const keys = Array.from({ length: 1010 }, (_, index) => `test-key-${index}`);
      for (let index = 0; index < keys.length; index += 101) {
        const some = keys.slice(index, index + 101);
        await Promise.all(some.map((key) => world.http({ method: "PUT", bucket: Bucket, key, body: "b" })));
      }
      const sorted = [...keys].sort();
      const page = await answers(world.s3.listObjects({ Bucket, Delimiter: "/" }), {
        IsTruncated: true,
        NextMarker: sorted[999],
      });
      expectThat(keysOf(page), sorted.slice(0, 1000));
      expectThat(keysOf(await world.s3.listObjects({ Bucket, Marker: page.NextMarker })), sorted.slice(1000));
    },
  ),
];

const encoded = ["date=2026-01-01/", "date=2026-02-01/", "date=2026-03-01/", "file%2Fname", "test key//", "test@key/"];
const second: Case[] = [
  behaviour(
    "prefixes need not end with a delimiter",
    "ListObjectsV2",
    recordedBy("test_list_objects_v2_with_prefix", "test_list_objects_v2_with_prefix_and_delimiter"),
    async (world) => {
      const Bucket = await withKeys(world, ["test/bar/foo/123", "test/foo/bar/123", "test/foo/bar/456"]);
      for (const [Prefix, KeyCount] of [
        ["test/", 3],
        ["test/foo", 2],
        ["test/foo/bar", 2],
      ] as const) {
        await answers(world.s3.listObjectsV2({ Bucket, Prefix }), { KeyCount, Prefix, IsTruncated: false });
      }
      for (const [Prefix, common] of [
        ["test/foo", "test/foo/"],
        ["test/foo/bar", "test/foo/bar/"],
      ] as const) {
        await answers(world.s3.listObjectsV2({ Bucket, Prefix, Delimiter: "/" }), {
          CommonPrefixes: [{ Prefix: common }],
          KeyCount: 1,
          Contents: undefined,
        });
      }
    },
  ),
  behaviour(
    "a continuation token goes on behind the page, and wins over start-after",
    "ListObjectsV2",
    recordedBy("test_list_objects_v2_continuation_start_after"),
    async (world) => {
      const keys = Array.from({ length: 12 }, (_, index) => `test_${index}`);
      const Bucket = await withKeys(world, keys);
      const sorted = [...keys].sort();
      const page = await answers(world.s3.listObjectsV2({ Bucket, MaxKeys: 5 }), { IsTruncated: true, KeyCount: 5 });
      const { NextContinuationToken: ContinuationToken } = page;
      expectThat(keysOf(page), sorted.slice(0, 5));
      for (const StartAfter of [undefined, "test_7"]) {
        const rest = await answers(world.s3.listObjectsV2({ Bucket, ContinuationToken, StartAfter }), {
          ContinuationToken,
          KeyCount: 7,
          StartAfter: undefined,
          NextContinuationToken: undefined,
        });
        expectThat(keysOf(rest), sorted.slice(5));
      }
      await answers(world.s3.listObjectsV2({ Bucket, StartAfter: "test_7", MaxKeys: 2 }), {
        Contents: [{ Key: "test_8" }, { Key: "test_9" }],
        IsTruncated: false,
      });
    },
  ),
  behaviour(
    "a continuation token that is empty is InvalidArgument",
    "ListObjectsV2",
    recordedBy("test_list_objects_v2_continuation_start_after"),
    async ({ http, bucket }) => {
      const query = { "list-type": "2", "continuation-token": "" };
      const answer = await http({ bucket: await bucket(), query });
      expectThat(answer, { status: 400, code: "InvalidArgument" });
      expectThat(
        [element(answer.text, "ArgumentName"), element(answer.text, "Message")],
        ["continuation-token", "The continuation token provided is incorrect"],
      );
    },
  ),
  behaviour(
    "pages go on behind common prefixes",
    "ListObjectsV2",
    recordedBy("test_list_objects_v2_continuation_common_prefixes"),
    async (world) => {
      const Bucket = await withKeys(world, folder);
      const page = (ContinuationToken?: string) =>
        world.s3.listObjectsV2({ Bucket, ...inFolder, MaxKeys: 1, ContinuationToken });
      const one = await answers(page(), { CommonPrefixes: [{ Prefix: sub }], KeyCount: 1, Contents: undefined });
      const two = await answers(page(one.NextContinuationToken), { Contents: [{ Key: "folder/file1" }], KeyCount: 1 });
      await answers(page(two.NextContinuationToken), { Contents: [{ Key: "folder/file2" }], IsTruncated: false });
    },
  ),
  behaviour(
    "pages and start-after take keys as they are, whatever is in them",
    "ListObjectsV2",
    recordedBy("test_list_objects_v2_continuation_token_safe_chars"),
    async (world) => {
      const Bucket = await world.bucket();
      await Promise.all(encoded.map((key) => world.http({ method: "PUT", bucket: Bucket, key, body: "b" })));
      const all: (string | undefined)[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await world.s3.listObjectsV2({ Bucket, MaxKeys: 2, ContinuationToken });
        all.push(...keysOf(page));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken);
      expectThat(all, encoded);
      const after = (StartAfter: string) => world.s3.listObjectsV2({ Bucket, StartAfter, MaxKeys: 2 });
      await answers(after("date=2026-01-01/"), { Contents: [{ Key: "date=2026-02-01/" }, {}] });
      await answers(after("date%3D2026-02-01/"), { Contents: [{ Key: "date=2026-01-01/" }, {}] });
    },
  ),
  behaviour(
    "encoding type url encodes start-after as well",
    "ListObjectsV2",
    recordedBy("test_list_objects_v2_continuation_token_safe_chars"),
    async (world) => {
      const bucket = await world.bucket();
      for (const key of encoded) await world.http({ method: "PUT", bucket, key, body: "b" });
      const query = { "list-type": "2", "encoding-type": "url", "start-after": "date=2026-02-01/" };
      const { text } = await world.http({ bucket, query });
      expectThat([element(text, "StartAfter"), element(text, "Key")], ["date%3D2026-02-01/", "date%3D2026-03-01/"]);
    },
  ),
  ...["", "uploads", "versions"].flatMap((kind) =>
    ["value", ""].map((encoding) =>
      behaviour(
        `a listing of ${kind || "keys"} in the encoding ${JSON.stringify(encoding)} is InvalidArgument`,
        kind === "uploads" ? "ListMultipartUploads" : kind === "versions" ? "ListObjectVersions" : "ListObjects",
        recordedBy("test_list_ops_encoding_type_validation"),
        async (world) => {
          const query = { ...(kind && { [kind]: "" }), "encoding-type": encoding };
          const answer = await world.http({ bucket: await world.bucket(), query });
          expectThat(answer, { status: 400, code: "InvalidArgument" });
          expectThat(
            [element(answer.text, "ArgumentName"), element(answer.text, "Message")],
            ["encoding-type", "Invalid Encoding Method specified in Request"],
          );
        },
      ),
    ),
  ),
];

/** test_0 and test_1 were put, deleted and put again; test_2 was put twice and deleted. */
async function nineVersions({ s3, bucket }: World) {
  const Bucket = await bucket({ versioned: true });
  const put = async (Key: string) => (await s3.putObject({ Bucket, Key, Body: "version" })).VersionId;
  const remove = async (Key: string) => (await s3.deleteObject({ Bucket, Key })).VersionId;
  const oldest = [await put("test_0"), await put("test_1"), await put("test_2"), await put("test_2")];
  const markers = [await remove("test_0"), await remove("test_1"), await remove("test_2")];
  const newest = [await put("test_0"), await put("test_1")];
  return { Bucket, oldest, markers, newest };
}

const versions: Case[] = [
  behaviour(
    "a version listing shows each key's versions and markers, and goes on behind a key, or behind a version of it",
    "ListObjectVersions",
    recordedBy("test_list_objects_versions_markers", "test_get_bucket_versioning_order"),
    async (world) => {
      const { Bucket, oldest, markers, newest } = await nineVersions(world);
      const of = (input: Omit<Parameters<S3["listObjectVersions"]>[0], "Bucket">) =>
        world.s3.listObjectVersions({ Bucket, ...input });
      await answers(of({}), {
        Versions: [newest[0], oldest[0], newest[1], oldest[1], oldest[3], oldest[2]].map((VersionId) => ({
          VersionId,
        })),
        DeleteMarkers: [
          { VersionId: markers[0], IsLatest: false },
          { VersionId: markers[1], IsLatest: false },
          { VersionId: markers[2], IsLatest: true },
        ],
      });
      await answers(of({ MaxKeys: 5 }), {
        Versions: [newest[0], oldest[0], newest[1]].map((VersionId) => ({ VersionId })),
        DeleteMarkers: [{ VersionId: markers[0] }, { VersionId: markers[1] }],
        IsTruncated: true,
        NextKeyMarker: "test_1",
        NextVersionIdMarker: markers[1],
      });
      await answers(of({ MaxKeys: 1, KeyMarker: "test_1" }), {
        DeleteMarkers: [{ Key: "test_2", VersionId: markers[2] }],
        NextKeyMarker: "test_2",
        NextVersionIdMarker: markers[2],
      });
      await answers(of({ MaxKeys: 1, KeyMarker: "test_2" }), { Versions: undefined, DeleteMarkers: undefined });
      await answers(of({ MaxKeys: 1, KeyMarker: "test_1", VersionIdMarker: markers[1] }), {
        Versions: [{ Key: "test_1", VersionId: oldest[1] }],
        NextVersionIdMarker: oldest[1],
        IsTruncated: true,
      });
      await answers(of({ MaxKeys: 1, KeyMarker: "test_2", VersionIdMarker: oldest[3] }), {
        Versions: [{ VersionId: oldest[2] }],
        IsTruncated: false,
      });
      await answers(of({ MaxKeys: 1, KeyMarker: "" }), {
        Versions: [{ VersionId: newest[0] }],
        NextKeyMarker: "test_0",
      });
    },
  ),
  behaviour(
    "a version listing goes on behind common prefixes",
    "ListObjectVersions",
    recordedBy("test_list_object_versions_pagination_common_prefixes"),
    async (world) => {
      const Bucket = await withKeys(world, folder, true);
      const page = (KeyMarker?: string, VersionIdMarker?: string) =>
        world.s3.listObjectVersions({ Bucket, ...inFolder, MaxKeys: 1, KeyMarker, VersionIdMarker });
      await answers(page(), {
        CommonPrefixes: [{ Prefix: sub }],
        NextKeyMarker: sub,
        NextVersionIdMarker: undefined,
        IsTruncated: true,
      });
      for (const marker of [sub, `${sub}subFile1`]) {
        await answers(page(marker), {
          CommonPrefixes: undefined,
          Versions: [{ Key: "folder/file1" }],
          NextKeyMarker: "folder/file1",
          NextVersionIdMarker: /./,
        });
      }
      await answers(page("folder/file1"), { Versions: [{ Key: "folder/file2" }], IsTruncated: false });
    },
  ),
  behaviour(
    "a version listing with prefix and delimiter rolls up, and shows each version of the rest",
    "ListObjectVersions",
    recordedBy("test_list_objects_versions_with_prefix"),
    async (world) => {
      const Bucket = await withKeys(world, ["dir/test", "dir/subdir/test2"], true);
      for (const Key of ["dir/test", "dir/subdir/test2"]) await world.s3.putObject({ Bucket, Key, Body: "again" });
      const rolled = [{ Prefix: "dir/subdir/" }];
      for (const [Prefix, count, CommonPrefixes] of [
        ["dir/", 2, rolled],
        ["dir/s", undefined, rolled],
        ["dir/test", 2, undefined],
        ["dir/subdir", undefined, rolled],
        ["dir/subdir/", 2, undefined],
        ["dir/subdir/test2", 2, undefined],
      ] as const) {
        const answer = await answers(world.s3.listObjectVersions({ Bucket, Prefix, Delimiter: "/" }), {
          CommonPrefixes,
        });
        expectThat(answer.Versions?.length, count, Prefix);
      }
    },
  ),
  behaviour(
    "pages of one key's versions go on behind a version, and behind the key there is nothing",
    "ListObjectVersions",
    recordedBy("test_list_objects_versions_with_prefix_only_and_pagination"),
    async (world) => {
      const { s3 } = world;
      const { Bucket, ids } = await fiveVersions(world);
      const page = await answers(s3.listObjectVersions({ Bucket, Prefix: "prefix", MaxKeys: 3 }), {
        Versions: ids.slice(0, 3).map((VersionId, index) => ({ VersionId, IsLatest: index === 0 })),
        NextKeyMarker: "prefixed_key",
        NextVersionIdMarker: ids[2],
      });
      const KeyMarker = page.NextKeyMarker;
      await answers(s3.listObjectVersions({ Bucket, Prefix: "prefix", KeyMarker, MaxKeys: 4 }), {
        Versions: undefined,
      });
      await answers(
        s3.listObjectVersions({ Bucket, Prefix: "prefix", KeyMarker, VersionIdMarker: ids[2], MaxKeys: 5 }),
        { Versions: ids.slice(3).map((VersionId) => ({ VersionId, IsLatest: false })), IsTruncated: false },
      );
    },
  ),
  behaviour(
    "a version listing goes on behind a version that was deleted since",
    "ListObjectVersions DeleteObject",
    recordedBy("test_list_objects_versions_with_prefix_only_and_pagination"),
    async (world) => {
      const { s3 } = world;
      const { Bucket, ids } = await fiveVersions(world);
      for (const VersionId of ids.slice(0, 3)) await s3.deleteObject({ Bucket, Key: "prefixed_key", VersionId });
      await answers(
        s3.listObjectVersions({
          Bucket,
          Prefix: "prefix",
          KeyMarker: "prefixed_key",
          VersionIdMarker: ids[2],
          MaxKeys: 5,
        }),
        {
          Versions: [
            { VersionId: ids[3], IsLatest: true },
            { VersionId: ids[4], IsLatest: false },
          ],
        },
      );
    },
  ),
  behaviour(
    "a bucket without versions lists its objects as null versions, in the order of their keys",
    "ListObjectVersions",
    recordedBy("test_list_object_versions_order_unversioned"),
    async (world) => {
      const empty = await world.bucket();
      await answers(world.s3.listObjectVersions({ Bucket: empty }), { Versions: undefined, DeleteMarkers: undefined });
      const Bucket = await withKeys(world, ["a-object", "c-object", "b-object"]);
      await answers(world.s3.listObjectVersions({ Bucket }), {
        Versions: ["a-object", "b-object", "c-object"].map((Key) => ({ Key, VersionId: "null", IsLatest: true })),
      });
    },
  ),
];

const uploads: Case[] = [
  behaviour(
    "uploads are listed by key and then by when they began, in pages",
    "ListMultipartUploads",
    recordedBy("test_list_multiparts_next_marker"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await answers(s3.listMultipartUploads({ Bucket }), {
        Uploads: undefined,
        NextKeyMarker: "",
        NextUploadIdMarker: "",
      });
      const begin = async (Key: string) => (await s3.createMultipartUpload({ Bucket, Key })).UploadId;
      const [third, secondOf] = [await begin("key-3"), await begin("key-2")];
      const ofFirst = [await begin("key-1"), await begin("key-1"), await begin("key-1")];
      const of = (input: Omit<Parameters<S3["listMultipartUploads"]>[0], "Bucket">) =>
        s3.listMultipartUploads({ Bucket, ...input });
      const all = await answers(of({}), {
        Uploads: [{ Key: "key-1" }, { Key: "key-1" }, { Key: "key-1" }, { Key: "key-2" }, { Key: "key-3" }],
        NextKeyMarker: "key-3",
        NextUploadIdMarker: third,
        IsTruncated: false,
      });
      const listed = all.Uploads?.map(({ UploadId }) => UploadId) ?? [];
      expectThat([...listed.slice(0, 3)].sort(), [...ofFirst].sort());
      const begun = all.Uploads?.slice(0, 3).map(({ Initiated }) => Initiated?.getTime() ?? 0) ?? [];
      expectThat([...begun].sort(), begun);
      await answers(of({ MaxUploads: 1 }), {
        Uploads: [{ UploadId: listed[0] }],
        IsTruncated: true,
        NextKeyMarker: "key-1",
        NextUploadIdMarker: listed[0],
      });
      await answers(of({ MaxUploads: 1, KeyMarker: "key-1" }), { Uploads: [{ UploadId: secondOf }] });
      await answers(of({ MaxUploads: 1, KeyMarker: "key-3" }), { Uploads: undefined, NextKeyMarker: "" });
      await answers(of({ MaxUploads: 1, UploadIdMarker: listed[1] }), {
        Uploads: [{ UploadId: listed[0] }],
        UploadIdMarker: "",
      });
      await answers(of({ MaxUploads: 1, KeyMarker: "key-1", UploadIdMarker: listed[0] }), {
        Uploads: [{ UploadId: listed[1] }],
      });
      await answers(of({ MaxUploads: 1, KeyMarker: "key-1", UploadIdMarker: listed[2] }), {
        Uploads: [{ UploadId: secondOf }],
      });
      await answers(of({ MaxUploads: 1, KeyMarker: "key-2", UploadIdMarker: secondOf }), {
        Uploads: [{ UploadId: third }],
        IsTruncated: false,
      });
      await refuses(
        of({ KeyMarker: "key-1", UploadIdMarker: secondOf }),
        400,
        "InvalidArgument",
        "Invalid uploadId marker",
        {
          ArgumentName: "upload-id-marker",
        },
      );
    },
  ),
  behaviour(
    "uploads are rolled up by a delimiter",
    "ListMultipartUploads",
    recordedBy("test_list_multiparts_with_prefix_and_delimiter"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      for (const Key of ["test/foo/bar/1", "test/foo/bar/2", "test/bar/foo/1"]) {
        await s3.createMultipartUpload({ Bucket, Key });
      }
      const of = (Prefix: string) => s3.listMultipartUploads({ Bucket, Prefix, Delimiter: "/" });
      const rolled = (...prefixes: string[]) => ({
        CommonPrefixes: prefixes.map((Prefix) => ({ Prefix })),
        Uploads: undefined,
        IsTruncated: false,
      });
      await answers(of("test/"), rolled("test/bar/", "test/foo/"));
      await answers(of("test/foo/"), rolled("test/foo/bar/"));
      await answers(of("test/foo/bar"), rolled("test/foo/bar/"));
    },
  ),
  behaviour(
    "a listing of uploads goes on behind a common prefix, and behind a key under it",
    "ListMultipartUploads",
    recordedBy("test_list_multipart_uploads_marker_common_prefixes"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      for (const Key of folder) await s3.createMultipartUpload({ Bucket, Key });
      const page = (KeyMarker?: string) => s3.listMultipartUploads({ Bucket, ...inFolder, MaxUploads: 1, KeyMarker });
      await answers(page(), {
        CommonPrefixes: [{ Prefix: sub }],
        IsTruncated: true,
        NextKeyMarker: "",
        NextUploadIdMarker: "",
      });
      for (const marker of [sub, `${sub}subFile1`]) {
        await answers(page(marker), { Uploads: [{ Key: "folder/file1" }], NextKeyMarker: "folder/file1" });
      }
    },
  ),
  behaviour(
    "parts are listed in pages, empty ones too",
    "ListParts",
    recordedBy("test_list_parts_pagination"),
    async (world) => {
      const Bucket = await world.bucket();
      const { s3 } = world;
      const none = await begunUpload(world, { Bucket, Key: "none" });
      await answers(s3.listParts({ Bucket, Key: "none", UploadId: none.UploadId }), {
        Parts: undefined,
        NextPartNumberMarker: "0",
        PartNumberMarker: "0",
      });
      const { UploadId } = await begunUpload(world, { Bucket, Key: "k" }, "aaaa", "aaaa");
      const of = (input: { MaxParts?: number; PartNumberMarker?: string }) =>
        s3.listParts({ Bucket, Key: "k", UploadId, ...input });
      await answers(of({}), {
        Parts: [
          { PartNumber: 1, Size: 4 },
          { PartNumber: 2, Size: 4 },
        ],
        NextPartNumberMarker: "2",
        MaxParts: 1000,
      });
      await answers(of({ MaxParts: 1, PartNumberMarker: "10" }), {
        Parts: undefined,
        PartNumberMarker: "10",
        NextPartNumberMarker: "0",
        IsTruncated: false,
      });
    },
  ),
  behaviour(
    "empty parameters of a listing of parts are none",
    "ListParts",
    recordedBy("test_list_parts_empty_part_number_marker"),
    async (world) => {
      const bucket = await world.bucket();
      const { UploadId = "" } = await begunUpload(world, { Bucket: bucket, Key: "k" }, "aaaa");
      for (const name of ["part-number-marker", "max-parts"]) {
        expectThat(await world.http({ bucket, key: "k", query: { uploadId: UploadId, [name]: "" } }), {
          status: 200,
          text: /<PartNumberMarker>0<.*<MaxParts>1000<.*<PartNumber>1</s,
        });
      }
    },
  ),
];

export const listings: Area = { name: "Listings in pages", cases: [...first, ...second, ...versions, ...uploads] };
