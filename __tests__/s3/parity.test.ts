import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import type { CopyRequest, CreateUpload, ObjectStore } from "../../src/s3/object-store";
import { describeWith, findMotoServer } from "../clients/tools";
import { openStore, type StoreKind, storeKinds } from "./stores";
import { localWorld, motoWorld, type World } from "./worlds";

const buckets = ["plain", "versioned", "locked", "missing"] as const;
type BucketName = (typeof buckets)[number];

interface Given {
  readonly world: World;
  /** Of the bucket that the case is about. */
  readonly store: ObjectStore;
  /** What one store changes, the other must not see: every key that is written begins with it. */
  readonly own: string;
  /** @returns ETag and version */
  put(key: string, more?: Partial<PutObjectCommandInput>): Promise<{ etag: string; versionId?: string }>;
  /** Of an object that was put before. */
  readonly versions: ReadonlyMap<string, string>;
}

type Case = readonly [name: string, bucket: BucketName, run: (given: Given) => Promise<unknown>];

/** What moto answers with a Python traceback, or takes for a put whose body is the request's XML. */
const notOnMoto = new Set(["update to SSE-KMS", `copy of ${JSON.stringify("line\nbreak\r")}`]);

const nastyKeys = ["a b+c%20", "ü/🐎", "\u0001\u001f", "a//b", "/a", "a/../b", "x?y#z&=", "line\nbreak\r", "<&'\">"];
const customerKey = Buffer.alloc(32, 7);
const customer = {
  SSECustomerAlgorithm: "AES256",
  SSECustomerKey: customerKey.toString("base64"),
};

/** Objects that are only looked at. */
const furniture: Readonly<Record<string, Partial<PutObjectCommandInput>>> = {
  ...Object.fromEntries(nastyKeys.map((key) => [key, {}])),
  plain: {},
  headers: {
    ContentType: "text/plain; charset=utf-8",
    CacheControl: "max-age=60,  no-transform",
    ContentDisposition: 'attachment; filename="a  b.txt"',
    ContentEncoding: "gzip",
    ContentLanguage: "de, en",
    Expires: new Date("2033-12-01T16:00:00Z"),
    WebsiteRedirectLocation: "/elsewhere",
  },
  metadata: { Metadata: { owner: "team a", "x.y-z_1": "blanks  within", empty: "", long: "1".repeat(1900) } },
  "metadata beyond ASCII": { Metadata: { city: "=?UTF-8?B?TcO8bmNoZW4=?=", word: "=?UTF-8?Q?gr=C3=BCn?=" } },
  tagged: { Tagging: "team=a%20b%2Bc%3Dd&path=%2Fx%3A%40y_z.-&empty=" },
  "tagged beyond ASCII": { Tagging: "%C3%BC%20%E6%BC%A2=%C3%BC" },
  infrequent: { StorageClass: "STANDARD_IA" },
  archived: { StorageClass: "GLACIER" },
  deep: { StorageClass: "DEEP_ARCHIVE" },
  CRC32: { ChecksumAlgorithm: "CRC32" },
  SHA256: { ChecksumAlgorithm: "SHA256" },
};

const copyOf = (key: string, ifMatch: string, more: Partial<CopyRequest> = {}): CopyRequest => ({
  source: { key, ifMatch },
  key,
  encryption: { algorithm: "AES256" },
  storageClass: "STANDARD",
  grants: [],
  ...more,
});
const uploadOf = (key: string, more: Partial<CreateUpload> = {}): CreateUpload => ({
  key,
  encryption: { algorithm: "AES256" },
  storageClass: "STANDARD",
  grants: [],
  headers: {},
  metadata: {},
  tags: [],
  ...more,
});

const reads: readonly Case[] = [
  ["the whole list", "plain", ({ store }) => store.list({ limit: 1000 })],
  ["the list after a key", "plain", ({ store }) => store.list({ limit: 3, after: "a b+c%20" })],
  [
    "the list from a token",
    "plain",
    async ({ store }) => {
      const first = await store.list({ limit: 2 });
      return first.is === "done" ? store.list({ limit: 3, token: first.value.token }) : first;
    },
  ],
  ["the list under a prefix", "plain", ({ store }) => store.list({ limit: 1000, prefix: "ü/" })],
  ["the list of nothing", "plain", ({ store }) => store.list({ limit: 1000, prefix: "nothing" })],
  ["the list of no bucket", "missing", ({ store }) => store.list({ limit: 1000 })],
  ["the versions", "versioned", ({ store }) => store.listVersions({ limit: 1000 })],
  ["the first versions", "versioned", ({ store }) => store.listVersions({ limit: 1 })],
  [
    "the versions after one",
    "versioned",
    ({ store, versions }) =>
      store.listVersions({ limit: 1000, keyMarker: "a b", versionIdMarker: versions.get("a b") }),
  ],
  ["the versions of no bucket", "missing", ({ store }) => store.listVersions({ limit: 1000 })],
  ...Object.keys(furniture).map(
    (key): Case => [`head of ${JSON.stringify(key)}`, "plain", ({ store }) => store.head({ key })],
  ),
  ...["plain", "CRC32", "SHA256"].map(
    (key): Case => [`head of ${key} with its checksum`, "plain", ({ store }) => store.head({ key, checksum: true })],
  ),
  ["head under SSE-KMS", "plain", ({ store }) => store.head({ key: "kms" })],
  ["head under SSE-C", "plain", ({ store }) => store.head({ key: "customer" })],
  ["head of nothing", "plain", ({ store }) => store.head({ key: "nothing" })],
  ["head in no bucket", "missing", ({ store }) => store.head({ key: "nothing" })],
  [
    "head of a version",
    "versioned",
    ({ store, versions }) => store.head({ key: "a b", versionId: versions.get("a b") }),
  ],
  ["head of a version that is none", "versioned", ({ store }) => store.head({ key: "a b", versionId: "none" })],
  ["head of a deleted object", "versioned", ({ store }) => store.head({ key: "deleted" })],
  [
    "head of a delete marker",
    "versioned",
    ({ store, versions }) => store.head({ key: "deleted", versionId: versions.get("marker") }),
  ],
  ["head of a locked object", "locked", ({ store }) => store.head({ key: "locked" })],
  ["the tags", "plain", ({ store }) => store.getTags({ key: "tagged" })],
  ["tags beyond ASCII", "plain", ({ store }) => store.getTags({ key: "tagged beyond ASCII" })],
  ["no tags", "plain", ({ store }) => store.getTags({ key: "plain" })],
  ["the tags of nothing", "plain", ({ store }) => store.getTags({ key: "nothing" })],
  [
    "the tags of a version",
    "versioned",
    ({ store, versions }) => store.getTags({ key: "a b", versionId: versions.get("a b") }),
  ],
  ["the ACL", "plain", ({ store }) => store.getAcl({ key: "granted" })],
  ["the ACL of nothing", "plain", ({ store }) => store.getAcl({ key: "nothing" })],
];

const writes: readonly Case[] = [
  ...nastyKeys.map(
    (name): Case => [
      `copy of ${JSON.stringify(name)}`,
      "plain",
      async ({ store, own, put }) => {
        const key = `${own}${name}`;
        const { etag } = await put(key, { Tagging: "a=b", Metadata: { owner: "a" } });
        return [await store.copy(copyOf(key, etag)), await store.head({ key }), await store.getTags({ key })];
      },
    ],
  ),
  [
    "copy to SSE-KMS, with all that it does not inherit",
    "plain",
    async ({ store, own, put, world: { keyArn } }) => {
      const key = `${own}all`;
      const { etag } = await put(key);
      const copied = await store.copy(
        copyOf(key, etag, {
          ifMatch: etag,
          encryption: { algorithm: "aws:kms", keyArn, bucketKey: true },
          storageClass: "STANDARD_IA",
          websiteRedirect: "https://example.com/a?b=c",
          tags: [{ key: "ü +", value: "=@ /" }],
          grants: [
            { grantee: { is: "uri", value: "http://acs.amazonaws.com/groups/global/AllUsers" }, permission: "READ" },
          ],
        }),
      );
      return [copied, await store.head({ key }), await store.getTags({ key }), await store.getAcl({ key })];
    },
  ],
  [
    "copy of another source than was looked at",
    "plain",
    async ({ store, own, put }) => {
      await put(`${own}changed`);
      return store.copy(copyOf(`${own}changed`, '"0123456789abcdef0123456789abcdef"'));
    },
  ],
  [
    "copy onto another object than was looked at",
    "plain",
    async ({ store, own, put }) => {
      const { etag } = await put(`${own}changed`);
      return store.copy(copyOf(`${own}changed`, etag, { ifMatch: '"0123456789abcdef0123456789abcdef"' }));
    },
  ],
  [
    "copy to where nothing is, and then again",
    "plain",
    async ({ store, own, put }) => {
      const { etag } = await put(`${own}source`);
      const copy = copyOf(`${own}new`, etag, { source: { key: `${own}source`, ifMatch: etag }, ifNoneMatch: "*" });
      return [await store.copy(copy), await store.copy(copy)];
    },
  ],
  ["copy of nothing", "plain", ({ store }) => store.copy(copyOf("nothing", '"1"'))],
  ["copy in no bucket", "missing", ({ store }) => store.copy(copyOf("nothing", '"1"'))],
  [
    "copy of a version",
    "versioned",
    async ({ store, own, put }) => {
      const key = `${own}again`;
      const { etag, versionId } = await put(key);
      await put(key, { Body: "newer" });
      return [
        await store.copy(copyOf(key, etag, { source: { key, versionId, ifMatch: etag } })),
        await store.head({ key }),
      ];
    },
  ],
  [
    "update to SSE-KMS",
    "plain",
    async ({ store, own, put, world: { keyArn } }) => {
      const key = `${own}update`;
      await put(key);
      const encryption = { algorithm: "aws:kms", keyArn, bucketKey: true } as const;
      return [await store.updateEncryption({ key, encryption }), await store.head({ key })];
    },
  ],
  [
    "a copy in parts",
    "plain",
    async ({ store, own, put, world: { keyArn } }) => {
      const key = `${own}parts ü`;
      const { etag } = await put(key, { Body: Buffer.alloc(5 * 1024 * 1024 + 7, "a") });
      const created = await store.createUpload(
        uploadOf(key, {
          headers: { contentType: "text/plain", cacheControl: "no-cache", expires: "Thu, 01 Dec 2033 16:00:00 GMT" },
          metadata: { owner: "a  b", empty: "" },
          tags: [{ key: "ü +", value: "=@ /" }],
          encryption: { algorithm: "aws:kms", keyArn, bucketKey: true },
        }),
      );
      if (created.is !== "done") return created;
      const upload = { key, uploadId: created.value.uploadId };
      const source = { key, ifMatch: etag };
      const first = await store.copyPart({ ...upload, source, number: 1, first: 0, last: 5 * 1024 * 1024 - 1 });
      const last = await store.copyPart({
        ...upload,
        source,
        number: 2,
        first: 5 * 1024 * 1024,
        last: 5 * 1024 * 1024 + 6,
      });
      if (first.is !== "done" || last.is !== "done") return [first, last];
      const completed = await store.completeUpload({ ...upload, ifMatch: etag, parts: [first.value, last.value] });
      return [first, last, completed, await store.head({ key }), await store.getTags({ key })];
    },
  ],
  [
    "uploads that go wrong",
    "plain",
    async ({ store, own, put }) => {
      const key = `${own}wrong`;
      const { etag } = await put(key);
      const created = await store.createUpload(uploadOf(key));
      if (created.is !== "done") return created;
      const upload = { key, uploadId: created.value.uploadId };
      const part = { ...upload, number: 1, first: 0, last: 3 };
      const other = '"0123456789abcdef0123456789abcdef"';
      return [
        await store.copyPart({ ...part, source: { key, ifMatch: other } }),
        await store.copyPart({ ...part, source: { key: "nothing", ifMatch: etag } }),
        await store.copyPart({ ...part, source: { key, ifMatch: etag }, last: 5_000 }),
        await store.completeUpload({ ...upload, parts: [{ number: 1, etag: other }] }),
        await store.abortUpload(upload),
        await store.copyPart({ ...part, source: { key, ifMatch: etag } }),
        await store.completeUpload({ ...upload, parts: [{ number: 1, etag: other }] }),
        await store.abortUpload(upload),
      ];
    },
  ],
];

/** Without what each answer has for itself, and without the client's own words for what it could not read. */
const withoutRequestIds = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, (name, one) => {
      if (name === "cause") return "<cause>";
      return typeof one === "string" ? one.replace(/ \(x-amz-[^)]*\)/g, "") : one;
    }),
  );

const random = new Set(["versionId", "uploadId"]);

/** What two objects that were written in the same way cannot share. */
const withoutChance = (value: unknown, own: string): unknown =>
  JSON.parse(
    JSON.stringify(withoutRequestIds(value), (name, one) => {
      if (random.has(name) || name === "lastModified") return `<${name}>`;
      return typeof one === "string" ? one.replaceAll(/[0-9a-f]{32}/g, "<md5>").replaceAll(own, "<own>") : one;
    }),
  );

interface Place {
  readonly world: World;
  readonly bucketOf: (name: BucketName) => string;
  readonly versions: ReadonlyMap<string, string>;
}

async function furnish(world: World): Promise<Place> {
  const { client, keyArn } = world;
  const bucketOf = (name: BucketName) => `acme-${name}`;
  const versions = new Map<string, string>();
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
  const create = (Bucket: string, more: object = {}) =>
    client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration, ...more }));
  const put = (Bucket: string, Key: string, more: Partial<PutObjectCommandInput> = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: "content", ...more }));

  // What a server does not take is missing for both stores; the local AWS takes everything.
  const missing = (error: unknown): void => {
    if (world.takesAll) throw error;
  };

  const plain = bucketOf("plain");
  await create(plain, { ObjectOwnership: "ObjectWriter" });
  world.makeOld(plain);
  for (const [key, attributes] of Object.entries(furniture)) await put(plain, key, attributes).catch(missing);
  await put(plain, "kms", { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn, BucketKeyEnabled: true });
  await put(plain, "customer", customer).catch(missing);
  await put(plain, "granted");
  await client
    .send(
      new PutObjectAclCommand({
        Bucket: plain,
        Key: "granted",
        GrantRead: 'uri="http://acs.amazonaws.com/groups/global/AuthenticatedUsers"',
      }),
    )
    .catch(missing);

  const versioned = bucketOf("versioned");
  await create(versioned);
  await client.send(
    new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: "Enabled" } }),
  );
  for (const key of ["a b", "deleted", "z"]) {
    const { VersionId } = await put(versioned, key);
    versions.set(key, VersionId ?? "");
    await put(versioned, key, { Body: "newer" });
  }
  for (const key of ["n", "n!", "\u{fb01}", "\u{1f40e}"]) {
    await put(versioned, key);
    await client.send(new DeleteObjectCommand({ Bucket: versioned, Key: key }));
    if (key !== "n!") await put(versioned, key, { Body: "returned" });
  }
  const { VersionId } = await client.send(new DeleteObjectCommand({ Bucket: versioned, Key: "deleted" }));
  versions.set("marker", VersionId ?? "");

  const locked = bucketOf("locked");
  await create(locked, { ObjectLockEnabledForBucket: true });
  await put(locked, "locked", {
    ObjectLockMode: "GOVERNANCE",
    ObjectLockRetainUntilDate: new Date("2040-01-01T00:00:00Z"),
    ObjectLockLegalHoldStatus: "ON",
    ChecksumAlgorithm: "SHA256",
  });
  return { world, bucketOf, versions };
}

async function answersOf(run: Case[2], { world, bucketOf, versions }: Place, name: BucketName, kind: StoreKind) {
  const Bucket = bucketOf(name);
  const { client, send, account } = world;
  const own = `by ${kind}/`;
  return run({
    world,
    own,
    versions,
    store: await openStore(kind, { client, send, bucket: Bucket, expectedBucketOwner: account }),
    put: async (Key, more = {}) => {
      const { ETag = "", VersionId } = await client.send(
        new PutObjectCommand({ Bucket, Key, Body: "content", ...more }),
      );
      return { etag: ETag, versionId: VersionId };
    },
  });
}

function sameAnswers(open: () => Promise<World>, isLeftOut: (name: string) => boolean = () => false): void {
  let world: World;
  let place: Place;
  beforeAll(async () => {
    world = await open();
    place = await furnish(world);
  }, 60_000);
  afterAll(() => world?.stop());

  test.each(reads.filter(([name]) => !isLeftOut(name)))("%s", async (_, bucket, run) => {
    const [sdk, lean] = await Promise.all(storeKinds.map((kind) => answersOf(run, place, bucket, kind)));
    expect(withoutRequestIds(lean)).toEqual(withoutRequestIds(sdk));
  });

  test.each(writes.filter(([name]) => !isLeftOut(name)))("%s", async (_, bucket, run) => {
    const [sdk, lean] = await Promise.all(storeKinds.map((kind) => answersOf(run, place, bucket, kind)));
    expect(withoutChance(lean, "by lean/")).toEqual(withoutChance(sdk, "by sdk/"));
  });
}

describe("both stores give the same answers on the local AWS", () => {
  sameAnswers(localWorld);

  test("and none that says nothing: most of them are successes, the others have a code", async () => {
    const place = await furnish(await localWorld());
    const found = await Promise.all(
      [...reads, ...writes].map(([, bucket, run]) => answersOf(run, place, bucket, "lean")),
    );
    const answers = found.flat() as readonly { is: string }[];
    const counts = (is: string) => answers.filter((answer) => answer.is === is).length;
    expect(counts("done")).toBeGreaterThan(60);
    expect(counts("refused")).toBeGreaterThan(15);
    expect(counts("unknown")).toBe(0);
  });
});

describeWith(
  findMotoServer(),
  "both stores give the same answers on moto",
  "pip install 'moto[s3]' flask flask-cors",
  (program) => {
    sameAnswers(
      () => motoWorld(program),
      (name) => notOnMoto.has(name),
    );
  },
);
