import {
  DeleteObjectCommand,
  ListObjectsCommand,
  type ListObjectsCommandInput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  PutBucketOwnershipControlsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { canonicalUserId } from "../../../local/s3/arns";
import { linesOf, pageOf } from "../../../local/s3/listing";
import { compareKeys, OrderedKeys } from "../../../local/s3/ordered-keys";
import { account, createWorld, otherAccount, refusal, type World } from "./world";

let world: World;
beforeEach(async () => {
  world = createWorld();
  await world.bucket("data");
});

const put = (...keys: string[]) => {
  for (const key of keys) world.aws.seedObject({ bucket: "data", key, body: key, encryption: "AES256" });
};
const list = (input: Partial<ListObjectsV2CommandInput> = {}) =>
  world.s3.send(new ListObjectsV2Command({ Bucket: "data", ...input }));
const names = (answer: { Contents?: { Key?: string }[]; CommonPrefixes?: { Prefix?: string }[] }) => [
  ...(answer.Contents ?? []).map(({ Key }) => Key),
  ...(answer.CommonPrefixes ?? []).map(({ Prefix }) => `${Prefix} and below`),
];

test("keys come in the order of their UTF-8 bytes", async () => {
  put("b", "a/b", "a", "\u{1f40e}", "\uffee", "ž", "Z");
  expect(names(await list())).toEqual(["Z", "a", "a/b", "b", "ž", "\uffee", "\u{1f40e}"]);
});

test("pages can be shorter than they were asked for, and together they have every key", async () => {
  world.aws.state.s3.largestPage = 2;
  put("a", "b", "c", "d", "e");
  const first = await list();
  expect(first).toMatchObject({ KeyCount: 2, MaxKeys: 1000, IsTruncated: true });
  const second = await list({ ContinuationToken: first.NextContinuationToken, MaxKeys: 1 });
  const third = await list({ StartAfter: "c" });
  expect([first, second, third].map(names)).toEqual([["a", "b"], ["c"], ["d", "e"]]);
  expect(third.IsTruncated).toBe(false);
  const versions = await world.s3.send(new ListObjectVersionsCommand({ Bucket: "data", KeyMarker: "b" }));
  expect(versions).toMatchObject({ Versions: [{ Key: "c" }, { Key: "d" }], IsTruncated: true, NextKeyMarker: "d" });
});

test("an entry has what AWS answers, the owner if asked for", async () => {
  put("key");
  const entry = {
    Key: "key",
    LastModified: new Date("2026-03-01T12:00:00Z"),
    ETag: expect.stringMatching(/^"/),
    Size: 3,
    StorageClass: "STANDARD",
    ChecksumAlgorithm: ["CRC64NVME"],
    ChecksumType: "FULL_OBJECT",
  };
  expect((await list()).Contents).toEqual([entry]);
  expect((await list({ FetchOwner: true })).Contents).toEqual([
    { ...entry, Owner: { ID: expect.stringMatching(/^[0-9a-f]{64}$/) } },
  ]);
});

describe("delimiters, as AWS answered in 2026", () => {
  const keys = ["folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/file1", "folder/file2"];

  test("keys below the next delimiter are one line, which counts as one", async () => {
    put(...keys, "other");
    const page = { Prefix: "folder/", Delimiter: "/", MaxKeys: 1 };
    const first = await list(page);
    expect(first).toMatchObject({ KeyCount: 1, IsTruncated: true, MaxKeys: 1, Prefix: "folder/", Delimiter: "/" });
    expect(names(first)).toEqual(["folder/aSubfolder/ and below"]);
    const second = await list({ ...page, ContinuationToken: first.NextContinuationToken });
    expect(second.ContinuationToken).toBe(first.NextContinuationToken);
    expect(names(second)).toEqual(["folder/file1"]);
    const third = await list({ ...page, ContinuationToken: second.NextContinuationToken });
    expect(names(third)).toEqual(["folder/file2"]);
    expect([third.IsTruncated, third.NextContinuationToken]).toEqual([false, undefined]);
  });

  test("in ListObjects a marker inside a common prefix is behind all of it, and NextMarker needs a delimiter", async () => {
    put(...keys);
    const listV1 = (input: Partial<ListObjectsCommandInput>) =>
      world.s3.send(new ListObjectsCommand({ Bucket: "data", MaxKeys: 1, ...input }));
    const page = { Prefix: "folder/", Delimiter: "/" };
    expect(await listV1(page)).toMatchObject({ NextMarker: "folder/aSubfolder/", IsTruncated: true, Marker: "" });
    expect(names(await listV1({ ...page, Marker: "folder/aSubfolder/" }))).toEqual(["folder/file1"]);
    expect(names(await listV1({ ...page, Marker: "folder/aSubfolder/subFile1" }))).toEqual(["folder/file1"]);
    const plain = await listV1({ Marker: "folder/file1" });
    expect([names(plain), plain.NextMarker, plain.IsTruncated]).toEqual([["folder/file2"], undefined, false]);
  });

  test("a folder of deleted keys does not show", async () => {
    await world.bucket("versioned", { versioning: "Enabled" });
    for (const Key of ["gone/a", "gone/b", "here/a"]) {
      await world.s3.send(new PutObjectCommand({ Bucket: "versioned", Key, Body: "x" }));
    }
    for (const Key of ["gone/a", "gone/b"]) {
      await world.s3.send(new DeleteObjectCommand({ Bucket: "versioned", Key }));
    }
    expect(names(await list({ Bucket: "versioned", Delimiter: "/" }))).toEqual(["here/ and below"]);
    expect(names(await list({ Bucket: "versioned" }))).toEqual(["here/a"]);
  });
});

test("StartAfter begins behind a key that need not exist; a token beats it; a wrong token is refused", async () => {
  put("a", "b", "c", "d");
  expect(names(await list({ StartAfter: "aa" }))).toEqual(["b", "c", "d"]);
  const { NextContinuationToken } = await list({ MaxKeys: 2 });
  expect(names(await list({ ContinuationToken: NextContinuationToken, StartAfter: "c" }))).toEqual(["c", "d"]);
  expect(await refusal(list({ ContinuationToken: "wrong" }))).toMatchObject({
    code: "InvalidArgument",
    message: "The continuation token provided is incorrect",
    ArgumentName: "continuation-token",
  });
});

test.each([
  ["date=2026-01-01/", "date%3D2026-01-01/"],
  ["a b+c", "a+b%2Bc"],
  ["a/\u{1f600}/", "a/%F0%9F%98%80/"],
  ["*'()!~", "*%27%28%29%21%7E"],
  ["control\u0001", "control%01"],
])("with encoding-type=url the key %j is written %s", async (key, encoded) => {
  put(key);
  const answer = await list({ EncodingType: "url", Prefix: key });
  expect([answer.Contents?.[0]?.Key, answer.Prefix, answer.EncodingType]).toEqual([encoded, encoded, "url"]);
});

test("an encoding that is none is refused", async () => {
  expect(await refusal(list({ EncodingType: "value" as never }))).toMatchObject({
    code: "InvalidArgument",
    message: "Invalid Encoding Method specified in Request",
    ArgumentName: "encoding-type",
    ArgumentValue: "value",
  });
});

test("all pages together are all keys, whatever the page size, the prefix and the delimiter", () => {
  const key = fc.string({ unit: fc.constantFrom("a", "b", "/", "\uffff", "\u{10000}"), minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { maxLength: 30 }),
      fc.string({ unit: fc.constantFrom("a", "/"), maxLength: 2 }),
      fc.constantFrom("", "/", "b/"),
      fc.integer({ min: 1, max: 4 }),
      (keys, prefix, delimiter, size) => {
        const ordered = new OrderedKeys<string>();
        for (const name of keys) ordered.set(name, name);
        const lineOf = (name: string): string => {
          const at = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
          return at < 0 ? name : `${name.slice(0, at + delimiter.length)} and below`;
        };
        const sorted = keys.filter((name) => name.startsWith(prefix)).sort(compareKeys);
        const expected = [...new Set(sorted.map(lineOf))];
        const seen: string[] = [];
        let after = "";
        for (;;) {
          const request = { prefix, delimiter, after, shows: () => true };
          const { page, more } = pageOf(linesOf(ordered, request), size);
          seen.push(...page.map((line) => (line.is === "key" ? line.key : `${line.prefix} and below`)));
          const last = page.at(-1);
          if (!more || !last) break;
          after = last.is === "key" ? last.key : last.prefix;
        }
        expect(seen).toEqual(expected);
      },
    ),
  );
});

describe("versions", () => {
  const versions = (input: Partial<ListObjectVersionsCommandInput> = {}) =>
    world.s3.send(new ListObjectVersionsCommand({ Bucket: "versioned", ...input }));
  let ids: Record<string, string>;
  const change = async (label: string, Key: string, deletes = false): Promise<void> => {
    const command = deletes
      ? new DeleteObjectCommand({ Bucket: "versioned", Key })
      : new PutObjectCommand({ Bucket: "versioned", Key, Body: label });
    ids[label] = (await world.s3.send(command as PutObjectCommand)).VersionId ?? "";
  };
  beforeEach(async () => {
    ids = {};
    await world.bucket("versioned", { versioning: "Enabled" });
    await change("a1", "a");
    await change("a2", "a", true);
    await change("a3", "a");
    await change("b1", "b");
    await change("b2", "b", true);
  });
  const labels = (answer: Awaited<ReturnType<typeof versions>>): string[] =>
    [...(answer.Versions ?? []), ...(answer.DeleteMarkers ?? [])]
      .map(({ VersionId }) => Object.entries(ids).find(([, id]) => id === VersionId)?.[0] ?? "")
      .sort();

  test("versions and markers are told apart, the newest is the latest", async () => {
    const { Versions, DeleteMarkers } = await versions();
    const told = (list: { Key?: string; IsLatest?: boolean }[] = []) =>
      list.map(({ Key, IsLatest }) => [Key, IsLatest]);
    expect(told(Versions)).toEqual([
      ["a", true],
      ["a", false],
      ["b", false],
    ]);
    expect(told(DeleteMarkers)).toEqual([
      ["a", false],
      ["b", true],
    ]);
  });

  test("pages go on behind a version; with the key alone behind all its versions", async () => {
    const first = await versions({ MaxKeys: 2 });
    expect(labels(first)).toEqual(["a2", "a3"]);
    expect(first).toMatchObject({ IsTruncated: true, NextKeyMarker: "a", NextVersionIdMarker: ids["a2"] });
    const next = { KeyMarker: first.NextKeyMarker, VersionIdMarker: first.NextVersionIdMarker };
    const second = await versions({ MaxKeys: 2, ...next });
    expect(labels(second)).toEqual(["a1", "b2"]);
    expect(labels(await versions({ KeyMarker: "a" }))).toEqual(["b1", "b2"]);
  });

  test("a marker that has been deleted since still says where to go on", async () => {
    await world.s3.send(new DeleteObjectCommand({ Bucket: "versioned", Key: "a", VersionId: ids["a2"] }));
    expect(labels(await versions({ KeyMarker: "a", VersionIdMarker: ids["a2"] }))).toEqual(["a1", "b1", "b2"]);
  });

  test("a version marker needs a key marker", async () => {
    expect(await refusal(versions({ VersionIdMarker: ids["a1"] }))).toMatchObject({
      code: "InvalidArgument",
      message: "A version-id marker cannot be specified without a key marker.",
    });
  });
});

test("the owner shown is the writer where ACLs are on, and the bucket's once they are off", async () => {
  await world.bucket("acls", { create: { ObjectOwnership: "ObjectWriter" } });
  world.aws.seedObject({ bucket: "acls", key: "key", body: "x", owner: otherAccount });
  const owner = async () => (await list({ Bucket: "acls", FetchOwner: true })).Contents?.[0]?.Owner?.ID;
  expect(await owner()).toBe(canonicalUserId(otherAccount));
  const OwnershipControls = { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" as const }] };
  await world.s3.send(new PutBucketOwnershipControlsCommand({ Bucket: "acls", OwnershipControls }));
  expect(await owner()).toBe(canonicalUserId(account));
});
