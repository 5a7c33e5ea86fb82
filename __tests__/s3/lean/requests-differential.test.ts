import { S3Client } from "@aws-sdk/client-s3";
import type { HttpRequest, HttpResponse } from "@smithy/core/transport";
import type { HttpRequest as LeanRequest } from "../../../src/s3/lean/http";
import { leanStore } from "../../../src/s3/lean/lean-store";
import { sha256 } from "../../../src/s3/lean/sha256";
import { type SigningCredentials, signer } from "../../../src/s3/lean/sigv4";
import { encodeQuery } from "../../../src/s3/lean/uri";
import { readXml } from "../../../src/s3/lean/xml";
import type { ObjectStore } from "../../../src/s3/object-store";
import { sdkStore } from "../../../src/s3/sdk-store";
import { type Meaning, meaningOf } from "./meaning";
import { signedBySdk } from "./sdk-signer";

const region = "eu-west-1";
const bucket = "acme-uploads";
const expectedBucketOwner = "111122223333";
const at = Date.UTC(2026, 10, 22, 5, 6, 7, 890);
const keyArn = `arn:aws:kms:${region}:${expectedBucketOwner}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const keys = [
  "photos/2024/a.jpg",
  "//a b+c%20//~!*'()/./../",
  "..",
  "x?y#z&=;:@$,",
  '\u0001\n\u007f"<>\\^`{|}',
  "ü/漢/🐎",
  "漢".repeat(341),
  "line\nbreak\r\ttab",
  "=?UTF-8?B?w7w=?=",
  "<&'\">",
];

const credentialSets: readonly (SigningCredentials & { readonly name: string; readonly keys: readonly string[] })[] = [
  {
    name: "without a session token",
    keys,
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalr/UtnFEMI+K7MDENG",
  },
  {
    name: "with a session token",
    keys: keys.slice(0, 2),
    accessKeyId: "ASIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalr/UtnFEMI+K7MDENG",
    sessionToken: "IQoJb3Jp+/==".repeat(60),
  },
];

const etag = '"d41d8cd98f00b204e9800998ecf8427e-12"';
const versionId = "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY=";
const uploadId = "VXBsb2FkIElE.ZWx2aW5n_cyBt-b3ZpZS5tMnRz+/=";
const kms = { algorithm: "aws:kms", keyArn, bucketKey: true } as const;
const plain = { encryption: { algorithm: "AES256" }, storageClass: "STANDARD", grants: [] } as const;
const loaded = {
  encryption: kms,
  storageClass: "STANDARD_IA",
  websiteRedirect: "/a  b?c=d",
  grants: [
    { grantee: { is: "id", value: "75aa57f0" }, permission: "FULL_CONTROL" },
    { grantee: { is: "uri", value: "http://acs.amazonaws.com/groups/global/AllUsers" }, permission: "READ" },
    { grantee: { is: "emailAddress", value: "a+b@example.com" }, permission: "READ" },
    { grantee: { is: "id", value: "75aa57f0" }, permission: "WRITE_ACP" },
  ],
} as const;
const tags = [
  { key: "a b+c", value: "=&%/~*!'()" },
  { key: "ü", value: "" },
];
const operations: readonly (readonly [string, (store: ObjectStore, key: string) => Promise<unknown>])[] = [
  ["list the first page", (store) => store.list({ limit: 1000 })],
  ["list under an empty prefix", (store) => store.list({ prefix: "", limit: 1 })],
  ["list after a key", (store, key) => store.list({ after: key, prefix: key, limit: 1 })],
  ["list versions", (store) => store.listVersions({ limit: 1000 })],
  [
    "list versions after one",
    (store, key) => store.listVersions({ keyMarker: key, versionIdMarker: versionId, prefix: key, limit: 2 }),
  ],
  ["head", (store, key) => store.head({ key })],
  ["head a version for its checksum", (store, key) => store.head({ key, versionId, checksum: true })],
  ["tags", (store, key) => store.getTags({ key })],
  ["tags of a version", (store, key) => store.getTags({ key, versionId })],
  ["ACL", (store, key) => store.getAcl({ key, versionId })],
  ["copy", (store, key) => store.copy({ ...plain, key, source: { key, ifMatch: etag }, ifMatch: etag })],
  [
    "copy to where nothing is",
    (store, key) => store.copy({ ...plain, key, source: { key, ifMatch: etag }, ifNoneMatch: "*" }),
  ],
  [
    "copy with everything",
    (store, key) =>
      store.copy({ ...loaded, key, source: { key, versionId, bucket: "acme.backup", ifMatch: etag }, tags }),
  ],
  [
    "copy to SSE-KMS without a bucket key",
    (store, key) =>
      store.copy({ ...plain, encryption: { ...kms, bucketKey: false }, key, source: { key, ifMatch: etag } }),
  ],
  [
    "copy to DSSE without tags",
    (store, key) =>
      store.copy({
        ...plain,
        encryption: { algorithm: "aws:kms:dsse", keyArn },
        key,
        source: { key, ifMatch: etag },
        tags: [],
      }),
  ],
  ["update", (store, key) => store.updateEncryption({ key, encryption: kms })],
  [
    "update a version",
    (store, key) => store.updateEncryption({ key, versionId, encryption: { ...kms, bucketKey: false } }),
  ],
  [
    "update to a key whose name has to be escaped",
    (store, key) => store.updateEncryption({ key, encryption: { ...kms, keyArn: "arn:aws:kms:<&>" } }),
  ],
  ["create an upload", (store, key) => store.createUpload({ ...plain, key, headers: {}, metadata: {}, tags: [] })],
  [
    "create an upload with everything",
    (store, key) =>
      store.createUpload({
        ...loaded,
        key,
        headers: {
          contentType: "text/plain;  charset=utf-8",
          cacheControl: "no-cache, max-age=0",
          contentDisposition: 'attachment; filename="a  b.txt"',
          contentEncoding: "gzip",
          contentLanguage: "de-CH",
          expires: "Sun, 22 Nov 2026 05:06:07 GMT",
        },
        metadata: { a: "b", "two--words": "c   d", empty: "", quoted: '"x", y', spaced: "  e\t f  ", UpperCase: "g" },
        tags,
        checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT" },
      }),
  ],
  [
    "create an upload with long metadata and a checksum of the parts' checksums",
    (store, key) =>
      store.createUpload({
        ...plain,
        key,
        headers: {},
        metadata: { "=?x?=": "1".repeat(1900), "x.y-z_1": "" },
        tags: [],
        checksum: { algorithm: "SHA256", type: "COMPOSITE" },
      }),
  ],
  [
    "copy a part of a version of another bucket",
    (store, key) =>
      store.copyPart({
        key,
        uploadId,
        source: { bucket: "acme-backup", key, versionId, ifMatch: etag },
        number: 1,
        first: 1,
        last: 2,
      }),
  ],
  [
    "copy a part",
    (store, key) =>
      store.copyPart({ key, uploadId, source: { key, ifMatch: etag }, number: 10_000, first: 0, last: 5_368_709_119 }),
  ],
  [
    "complete an upload",
    (store, key) =>
      store.completeUpload({
        key,
        uploadId,
        ifMatch: etag,
        checksumType: "COMPOSITE",
        parts: [
          { number: 1, etag, checksum: { algorithm: "CRC32C", value: "AAAAAA==" } },
          { number: 2, etag },
        ],
      }),
  ],
  [
    "complete an upload of one part, whatever is there",
    (store, key) => store.completeUpload({ key, uploadId, parts: [{ number: 1, etag }] }),
  ],
  [
    "complete an upload where nothing is",
    (store, key) => store.completeUpload({ key, uploadId, ifNoneMatch: "*", parts: [{ number: 1, etag }] }),
  ],
  ["abort an upload", (store, key) => store.abortUpload({ key, uploadId })],
];

/** A request as it goes onto the wire. */
interface Sent {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Act = (store: ObjectStore) => Promise<unknown>;

const noAnswer = () => Promise.reject(new Error("no answer"));

function sdkClient(credentials: SigningCredentials): (act: Act) => Promise<Sent> {
  const all: Sent[] = [];
  const handle = (request: HttpRequest): Promise<{ response: HttpResponse }> => {
    const { method, hostname: host, path, headers, body = "" } = request;
    const query = Object.entries(request.query).map(([name, value]) => [name, value === null ? "" : String(value)]);
    all.push({ method, host, path, query: encodeQuery(Object.fromEntries(query)), headers, body: String(body) });
    return noAnswer();
  };
  const client = new S3Client({ region, credentials, maxAttempts: 1, requestHandler: { handle } });
  const store = sdkStore({ client, bucket, expectedBucketOwner });
  return async (act) => {
    await act(store);
    const sent = all.pop();
    if (!sent) throw new Error("the SDK sent nothing");
    return sent;
  };
}

function leanClient(credentials: SigningCredentials): (act: Act) => Promise<Sent> {
  const all: LeanRequest[] = [];
  const host = `${bucket}.s3.${region}.amazonaws.com`;
  const store = leanStore({
    bucket,
    expectedBucketOwner,
    endpoint: { origin: `https://${host}`, host, path: "", signingRegion: region },
    identity: { current: () => credentials, renewed: async () => credentials },
    now: () => at,
    send: (request) => {
      all.push(request);
      return noAnswer();
    },
  });
  return async (act) => {
    await act(store);
    const sent = all.pop();
    if (!sent) throw new Error("the lean client sent nothing");
    const { method, url, headers, body = new Uint8Array() } = sent;
    const [path = "", query = ""] = url.slice(`https://${host}`.length).split("?");
    return { method, host, path, query, headers, body: Buffer.from(body).toString() };
  };
}

const without = (
  headers: Readonly<Record<string, string>>,
  unwanted: (name: string) => boolean,
): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(headers).filter(([name]) => !unwanted(name)));

const signersOwn = /^(host|authorization|x-amz-date|x-amz-content-sha256|x-amz-security-token)$/;

/** What the SDK says of itself, and what differs with the body, whose hash we send with SHA-256 and it with CRC32. */
const incidental = /^(amz-sdk-.*|x-amz-user-agent|user-agent|content-length|host|authorization)$/;
const ofTheBody = /^(x-amz-content-sha256|x-amz-checksum-(crc32|sha256)|x-amz-sdk-checksum-algorithm)$/;

/** What S3 is asked to do. `x-id` is the SDK's remark for the readers of logs. */
function asked({ method, host, path, query, headers, body }: Sent) {
  const parameters = query.split("&").filter((parameter) => !parameter.startsWith("x-id="));
  const meaning = body && inAnyOrder(meaningOf(readXml(Buffer.from(body))));
  const isIncidental = (name: string) => incidental.test(name) || (body !== "" && ofTheBody.test(name));
  return { method, host, path, query: parameters.join("&"), headers: without(headers, isIncidental), meaning };
}

/** The order of fields has no meaning, that of a list's members has one. */
const inAnyOrder = ({ name, text, children }: Meaning): Meaning => ({
  name,
  text,
  children: children.map(inAnyOrder).sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1)),
});

beforeEach(() => {
  jest.spyOn(Date, "now").mockReturnValue(at);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(credentialSets)("$name", ({ keys, ...credentials }) => {
  const sentBySdk = sdkClient(credentials);
  const sentByUs = leanClient(credentials);
  const sign = signer({ region, service: "s3" });

  test.each(operations)("the SDK's requests bear the signatures that we would give them: %s", async (_, act) => {
    for (const key of keys) {
      const sent = await sentBySdk((store) => act(store, key));
      const signed = /SignedHeaders=([^,]*)/.exec(sent.headers["authorization"] ?? "")?.[1]?.split(";") ?? [];
      const headers = without(sent.headers, (name) => signersOwn.test(name) || !signed.includes(name));
      const payloadHash = sha256(sent.body);
      expect(sign({ ...sent, headers, payloadHash }, credentials, at)["authorization"]).toBe(
        sent.headers["authorization"],
      );
    }
  });

  test.each(operations)("our requests bear the signatures that the SDK would give them: %s", async (_, act) => {
    for (const key of keys) {
      const sent = await sentByUs((store) => act(store, key));
      const query = Object.fromEntries(new URLSearchParams(sent.query.replaceAll("+", "%2B")));
      const headers = without(sent.headers, (name) => signersOwn.test(name));
      const unsigned = { ...sent, query, headers, payloadHash: sha256(sent.body) };
      const signed = await signedBySdk(unsigned, credentials, { region, now: at });
      expect(sent.headers).toEqual(signed.headers);
    }
  });

  test.each(operations)("the two clients ask for the same: %s", async (_, act) => {
    for (const key of keys) {
      const sdks = await sentBySdk((store) => act(store, key));
      expect(asked(await sentByUs((store) => act(store, key)))).toEqual(asked(sdks));
    }
  });
});
