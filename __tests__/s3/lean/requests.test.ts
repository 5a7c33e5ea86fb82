import type { S3Client } from "@aws-sdk/client-s3";
import type { HttpRequest } from "../../../local/service";
import { s3Client } from "../../../src/s3/clients";
import type {
  CompleteUpload,
  CopyPart,
  CopyRequest,
  CreateUpload,
  NotInherited,
  ObjectStore,
} from "../../../src/s3/object-store";
import { requestHandler } from "../../support/request-handler";
import { openStore, storeKinds } from "../stores";

const keyArn = "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const target: NotInherited = { encryption: { algorithm: "AES256" }, storageClass: "STANDARD", grants: [] };
const etag = '"9b2cf535f27731c974343645a3985328"';

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI", sessionToken: "a//long+token==" };

/** What either store sends for the same call. */
async function sentBy(call: (store: ObjectStore) => Promise<unknown>): Promise<Record<"sdk" | "lean", HttpRequest>> {
  const sent: Partial<Record<"sdk" | "lean", HttpRequest>> = {};
  for (const kind of storeKinds) {
    const send = async (request: HttpRequest) => {
      sent[kind] = request;
      return { status: 500, headers: {}, body: Buffer.alloc(0) };
    };
    const client: S3Client = s3Client({
      region: "eu-west-1",
      credentials,
      concurrency: 1,
      requestHandler: requestHandler(send),
    });
    await call(await openStore(kind, { client, send, bucket: "acme-uploads" }));
  }
  if (!sent.sdk || !sent.lean) throw new Error("a store sent nothing");
  return { sdk: sent.sdk, lean: sent.lean };
}

/** Of the SDK alone, or of the moment. */
const leftOut =
  /^(amz-sdk-.*|user-agent|x-amz-user-agent|x-amz-date|authorization|content-length|content-type|x-amz-content-sha256|x-amz-checksum-crc32|x-amz-checksum-sha256|x-amz-sdk-checksum-algorithm)$/;

const comparable = ({ method, url, headers, body }: HttpRequest) => {
  const { origin, searchParams } = new URL(url.replace(/[?&]x-id=\w+/, (x) => (x.startsWith("?") ? "?" : "")));
  return {
    method,
    origin,
    path: url.slice(origin.length).split("?")[0],
    query: [...searchParams].sort(),
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !leftOut.test(name))),
    body:
      body && body.length > 0
        ? Buffer.from(body)
            .toString()
            .replace(/^<\?xml[^>]*\?>\n?/, "")
        : undefined,
  };
};

const nastyKeys = [
  "plain",
  "a b+c%20",
  "ü/🐎",
  "\u0001\u001f\u007f",
  "a//b",
  "/a",
  "a/",
  "x?y#z&=;:@$,!'()*~",
  "line\nbreak\r\ttab",
  "a/../b/./c",
  "..",
  "<&'\">",
  "=?UTF-8?B?w7w=?=",
  "k".repeat(1024),
];

const copyOf = (key: string, more: Partial<CopyRequest> = {}): CopyRequest => ({
  ...target,
  key,
  source: { key, ifMatch: etag },
  ...more,
});
const uploadOf = (more: Partial<CreateUpload> = {}): CreateUpload => ({
  ...target,
  key: "a",
  headers: {},
  metadata: {},
  tags: [],
  checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT" },
  ...more,
});
const uploadId = "VXBsb2FkIElEIGZvciA2aWWpbmcncyBteS1tb3ZpZS5tMnRzIHVwbG9hZA+/=";
const partOf = (more: Partial<CopyPart> = {}): CopyPart => ({
  key: "a",
  uploadId,
  source: { key: "a", ifMatch: etag },
  number: 1,
  first: 0,
  last: 5_368_709_119,
  ...more,
});
const completionOf = (more: Partial<CompleteUpload> = {}): CompleteUpload => ({
  key: "a",
  uploadId,
  parts: [{ number: 1, etag }],
  ...more,
});
const grants = [
  { grantee: { is: "id", value: "79a59df900b949e5" }, permission: "FULL_CONTROL" },
  { grantee: { is: "uri", value: "http://acs.amazonaws.com/groups/global/AllUsers" }, permission: "READ" },
  { grantee: { is: "id", value: "0123" }, permission: "READ" },
  { grantee: { is: "id", value: "0123" }, permission: "READ_ACP" },
  { grantee: { is: "emailAddress", value: "a@example.com" }, permission: "WRITE_ACP" },
] as const;
const tags = [
  { key: "team", value: "a b&c=d+e/f" },
  { key: "ü", value: "" },
];

const calls: readonly (readonly [string, (store: ObjectStore) => Promise<unknown>])[] = [
  ["list: the first page", (store) => store.list({ limit: 1000 })],
  ["list: after a key", (store) => store.list({ after: "ü b+", prefix: "a&b=/", limit: 7 })],
  ["list: an empty prefix", (store) => store.list({ prefix: "", limit: 1 })],
  ["listVersions: the first page", (store) => store.listVersions({ limit: 1000 })],
  [
    "listVersions: after a version",
    (store) => store.listVersions({ keyMarker: "ü b", versionIdMarker: "v+1/=", prefix: "p q", limit: 3 }),
  ],
  ...nastyKeys.map((key) => [`head of ${JSON.stringify(key)}`, (store: ObjectStore) => store.head({ key })] as const),
  ["head of a version", (store) => store.head({ key: "a", versionId: "3/L4kqtJl+cpXroDTDmJ=" })],
  ["head with its checksum", (store) => store.head({ key: "a", checksum: true })],
  ["getTags", (store) => store.getTags({ key: "ü b" })],
  ["getTags of a version", (store) => store.getTags({ key: "a", versionId: "v+1" })],
  ["getAcl", (store) => store.getAcl({ key: "ü b" })],
  ["getAcl of a version", (store) => store.getAcl({ key: "a", versionId: "v+1" })],
  ...nastyKeys.map(
    (key) => [`copy of ${JSON.stringify(key)}`, (store: ObjectStore) => store.copy(copyOf(key))] as const,
  ),
  ["copy of a version", (store) => store.copy(copyOf("a", { source: { key: "a", versionId: "v+1", ifMatch: etag } }))],
  [
    "copy from another bucket",
    (store) => store.copy(copyOf("a/b", { source: { bucket: "acme-backup", key: "b c", ifMatch: etag } })),
  ],
  ["copy on a condition", (store) => store.copy(copyOf("a", { ifMatch: etag }))],
  ["copy with no tags", (store) => store.copy(copyOf("a", { tags: [] }))],
  ["copy with tags", (store) => store.copy(copyOf("a", { tags }))],
  ["copy with grants", (store) => store.copy(copyOf("a", { grants }))],
  [
    "copy with class and redirect",
    (store) => store.copy(copyOf("a", { storageClass: "STANDARD_IA", websiteRedirect: "https://example.com/a?b=c d" })),
  ],
  [
    "copy to SSE-KMS",
    (store) => store.copy(copyOf("a", { encryption: { algorithm: "aws:kms", keyArn, bucketKey: false } })),
  ],
  ["copy to DSSE-KMS", (store) => store.copy(copyOf("a", { encryption: { algorithm: "aws:kms:dsse", keyArn } }))],
  [
    "updateEncryption",
    (store) => store.updateEncryption({ key: "ü", encryption: { algorithm: "aws:kms", keyArn, bucketKey: true } }),
  ],
  [
    "updateEncryption of a version",
    (store) =>
      store.updateEncryption({
        key: "a",
        versionId: "v+1",
        encryption: { algorithm: "aws:kms", keyArn: "arn:aws:kms:<&>", bucketKey: false },
      }),
  ],
  ["createUpload", (store) => store.createUpload(uploadOf())],
  [
    "createUpload with all that an object can have",
    (store) =>
      store.createUpload(
        uploadOf({
          key: "ü b",
          headers: {
            cacheControl: "max-age=60,  no-transform",
            contentDisposition: 'attachment; filename="a  b.txt"',
            contentEncoding: "gzip",
            contentLanguage: "de, en",
            expires: "Thu, 01 Dec 2033 16:00:00 GMT",
          },
          metadata: { owner: "team a", "x.y-z_1": "  blanks  within  ", empty: "", "=?x?=": "1".repeat(1900) },
          tags,
          grants,
          storageClass: "GLACIER_IR",
          websiteRedirect: "/elsewhere",
          encryption: { algorithm: "aws:kms", keyArn, bucketKey: true },
          checksum: { algorithm: "SHA256", type: "COMPOSITE" },
        }),
      ),
  ],
  ["createUpload with the checksum that S3 chooses", (store) => store.createUpload(uploadOf({ checksum: undefined }))],
  ["copyPart", (store) => store.copyPart(partOf())],
  [
    "copyPart of a version of another bucket",
    (store) =>
      store.copyPart(
        partOf({ number: 10_000, source: { bucket: "acme-backup", key: "ü b", versionId: "v+1", ifMatch: etag } }),
      ),
  ],
  ["completeUpload", (store) => store.completeUpload(completionOf())],
  [
    "completeUpload with conditions and checksums",
    (store) =>
      store.completeUpload(
        completionOf({
          key: "ü b",
          ifMatch: etag,
          checksumType: "COMPOSITE",
          parts: [
            { number: 1, etag, checksum: { algorithm: "CRC32C", value: "a+/=" } },
            { number: 2, etag, checksum: { algorithm: "CRC32C", value: "b+/=" } },
          ],
        }),
      ),
  ],
  ["abortUpload", (store) => store.abortUpload({ key: "ü b", uploadId })],
];

test.each(calls)("%s: the lean store asks what the SDK asks", async (_, call) => {
  const { sdk, lean } = await sentBy(call);
  expect(comparable(lean)).toEqual(comparable(sdk));
});
