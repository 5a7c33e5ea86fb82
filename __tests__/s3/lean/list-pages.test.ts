import fc from "fast-check";
import { listPage, versionPage } from "../../../src/s3/lean/list-pages";
import { readXml, UnreadableXml } from "../../../src/s3/lean/xml";

const pageOf = (xml: string) => listPage(readXml(Buffer.from(xml)));
const versionsOf = (xml: string) => versionPage(readXml(Buffer.from(xml)));

const listOf = (...within: string[]) =>
  `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${within.join("")}</ListBucketResult>`;
const versionsListOf = (...within: string[]) => `<ListVersionsResult>${within.join("")}</ListVersionsResult>`;
const contents = (key: string, size = 1) => `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`;
const last = "<IsTruncated>false</IsTruncated>";
const notLast = "<IsTruncated>true</IsTruncated>";
const url = "<EncodingType>url</EncodingType>";

// As in the example of https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, with two objects.
const wholePage = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>bucket</Name>
  <Prefix/>
  <EncodingType>url</EncodingType>
  <KeyCount>2</KeyCount>
  <MaxKeys>1000</MaxKeys>
  <IsTruncated>true</IsTruncated>
  <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
  <Contents>
    <Key>my+image%2B%C3%BC.jpg</Key>
    <LastModified>2009-10-12T17:50:30.000Z</LastModified>
    <ETag>"fba9dede5f27731c9771645a39863328"</ETag>
    <Size>434234</Size>
    <StorageClass>STANDARD</StorageClass>
  </Contents>
  <Contents>
    <Key>photos/%F0%9F%90%8E%0A%01</Key>
    <Size>0</Size>
    <RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>
  </Contents>
</ListBucketResult>`;

const wholeVersions = `<?xml version="1.0" encoding="UTF-8"?>
<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <EncodingType>url</EncodingType>
  <IsTruncated>true</IsTruncated>
  <NextKeyMarker>b+c</NextKeyMarker>
  <NextVersionIdMarker>v+2</NextVersionIdMarker>
  <Version><Key>a</Key><VersionId>null</VersionId><IsLatest>true</IsLatest><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;e-2&quot;</ETag><Size>3</Size></Version>
  <DeleteMarker><Key>a</Key><VersionId>2</VersionId><IsLatest>false</IsLatest><LastModified>2026-01-01T00:00:00.000Z</LastModified></DeleteMarker>
  <Version><Key>a</Key><VersionId>3</VersionId><IsLatest>false</IsLatest><LastModified>2025-12-31T00:00:00.000Z</LastModified></Version>
  <DeleteMarker><Key>b+c</Key><VersionId>v+2</VersionId><IsLatest>true</IsLatest><LastModified>2025-12-30T00:00:00.000Z</LastModified></DeleteMarker>
</ListVersionsResult>`;

test("a page of objects", () => {
  expect(pageOf(wholePage)).toEqual({
    objects: [
      {
        ...{ key: "my image+ü.jpg", size: 434234 },
        ...{ lastModified: Date.UTC(2009, 9, 12, 17, 50, 30), etag: '"fba9dede5f27731c9771645a39863328"' },
      },
      { key: "photos/🐎\n\u0001", size: 0 },
    ],
    more: true,
    token: "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=",
  });
});

test("a page of versions: those of a key from the current one on, noncurrent delete markers behind them", () => {
  expect(versionsOf(wholeVersions)).toEqual({
    versions: [
      {
        ...{ key: "a", versionId: "null", current: true, deleteMarker: false },
        ...{ lastModified: Date.UTC(2026, 0, 2, 3, 4, 5), etag: '"e-2"' },
      },
      { key: "a", versionId: "3", current: false, deleteMarker: false, lastModified: Date.UTC(2025, 11, 31) },
      { key: "a", versionId: "2", current: false, deleteMarker: true, lastModified: Date.UTC(2026, 0, 1) },
      { key: "b c", versionId: "v+2", current: true, deleteMarker: true, lastModified: Date.UTC(2025, 11, 30) },
    ],
    next: { keyMarker: "b c", versionIdMarker: "v+2" },
  });
});

test("an empty bucket", () => {
  expect(pageOf(listOf("<KeyCount>0</KeyCount>", last))).toEqual({ objects: [], more: false });
  expect(versionsOf(versionsListOf("<VersionIdMarker/>", last))).toEqual({ versions: [] });
});

test("the next page of versions begins at a key where S3 names no version", () => {
  const page = versionsListOf(notLast, "<NextKeyMarker>a</NextKeyMarker><NextVersionIdMarker/>");
  expect(versionsOf(page).next).toEqual({ keyMarker: "a" });
});

test("a server that does not encode keys is taken at its word", () => {
  expect(pageOf(listOf(last, contents(" a+b%2Bc&amp;"))).objects).toEqual([{ key: " a+b%2Bc&", size: 1 }]);
});

test("common prefixes are no objects", () => {
  const page = listOf(last, contents("a"), "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>");
  expect(pageOf(page).objects).toEqual([{ key: "a", size: 1 }]);
});

const codePoint = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

test("any key comes back from the encoding of a page", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: codePoint, minLength: 1, maxLength: 12 }), { maxLength: 8 }), (keys) => {
      const encoded = keys.map((key) => contents(encodeURIComponent(key).replaceAll("%20", "+")));
      expect(pageOf(listOf(url, last, ...encoded)).objects.map(({ key }) => key)).toEqual(keys);
    }),
  );
});

function isRefused(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof UnreadableXml) return true;
    throw error;
  }
}

describe.each([
  ["objects", wholePage, pageOf],
  ["versions", wholeVersions, versionsOf],
] as const)("a page of %s", (_, page, read) => {
  test("that is cut anywhere is refused", () => {
    const cuts = Array.from({ length: page.length }, (_, length) => page.slice(0, length));
    expect(cuts.filter((cut) => !isRefused(() => read(cut)))).toEqual([]);
    expect(() => read(page)).not.toThrow();
  });
});

describe("refused is", () => {
  test.each([
    ["another document", "<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>"],
    ["an error", "<Error><Code>InternalError</Code><Message>Try again.</Message></Error>"],
    ["a page that does not say whether it is the last", listOf(contents("a"))],
    ["a page that says it twice", listOf(last, notLast)],
    ["a page that says it otherwise", listOf("<IsTruncated>True</IsTruncated>")],
    ["an object without a key", listOf(last, "<Contents><Size>1</Size></Contents>")],
    ["an object with two keys", listOf(last, "<Contents><Key>a</Key><Key>b</Key><Size>1</Size></Contents>")],
    ["an object without a size", listOf(last, "<Contents><Key>a</Key></Contents>")],
    ["a size that is none", listOf(last, "<Contents><Key>a</Key><Size>1e3</Size></Contents>")],
    ["a size beyond what can be counted", listOf(last, contents("a", 2 ** 53))],
    [
      "an object written at no time",
      listOf(last, "<Contents><Key>a</Key><LastModified>soon</LastModified><Size>1</Size></Contents>"),
    ],
    ["an unknown encoding", listOf("<EncodingType>base64</EncodingType>", last)],
    ["half a percent escape", listOf(url, last, contents("a%2"))],
    ["an escape that is no UTF-8", listOf(url, last, contents("a%FF"))],
    ["an escape of half a surrogate pair", listOf(url, last, contents("%ED%A0%80"))],
  ])("%s, among objects", (_, page) => {
    expect(() => pageOf(page)).toThrow(UnreadableXml);
  });

  test.each([
    ["a version without an id", "<Version><Key>a</Key><IsLatest>true</IsLatest></Version>"],
    ["a version that may be the current one", "<Version><Key>a</Key><VersionId>1</VersionId></Version>"],
    ["a delete marker without a key", "<DeleteMarker><VersionId>1</VersionId><IsLatest>true</IsLatest></DeleteMarker>"],
  ])("%s, among versions", (_, within) => {
    expect(() => versionsOf(versionsListOf(last, within))).toThrow(UnreadableXml);
  });

  test("another document than a page of versions", () => {
    expect(() => versionsOf(listOf(last))).toThrow("ListBucketResult instead of ListVersionsResult");
  });

  test("a page of versions that has a next one and does not say where", () => {
    expect(() => versionsOf(versionsListOf(notLast, "<NextVersionIdMarker>1</NextVersionIdMarker>"))).toThrow(
      "no NextKeyMarker",
    );
  });
});
