import type { AccessControlPolicy, Grant } from "@aws-sdk/client-s3";
import { type Area, behaviour, type Case, recordedBy, s3Guide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { element } from "../http";
import type { World } from "../world";
import { textOf, withObject } from "./objects";

const allUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
const logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";
const noSuchGroup = "http://acs.amazonaws.com/groups/s3/FakeGroup";

const toGroup = (URI: string, Permission: Grant["Permission"]): Grant => ({
  Grantee: { Type: "Group", URI },
  Permission,
});
const toOwner = (ID: string | undefined): Grant => ({
  Grantee: { Type: "CanonicalUser", ID },
  Permission: "FULL_CONTROL",
});

type Subject = "bucket" | "object";
const subjects: readonly Subject[] = ["bucket", "object"];

/** A bucket that takes ACLs, public ones too, with one object, and what reads and writes the ACL of either. */
async function withAcl({ s3, http, bucket }: World, subject: Subject) {
  const Bucket = await bucket({ ownership: "ObjectWriter", open: true });
  if (subject === "object") await s3.putObject({ Bucket, Key: "key", Body: "body" });
  const id = { Bucket, Key: "key" };
  const read = () => (subject === "bucket" ? s3.getBucketAcl({ Bucket }) : s3.getObjectAcl(id));
  const { Owner } = await read();
  return {
    Bucket,
    owner: Owner?.ID,
    read,
    put: (acl: {
      ACL?: "public-read" | "public-read-write" | "private";
      GrantRead?: string;
      AccessControlPolicy?: AccessControlPolicy;
    }) => (subject === "bucket" ? s3.putBucketAcl({ ...acl, Bucket }) : s3.putObjectAcl({ ...acl, ...id })),
    send: (headers: Readonly<Record<string, string>>, body = "") =>
      http({
        method: "PUT",
        bucket: Bucket,
        ...(subject === "object" && { key: "key" }),
        query: { acl: "" },
        headers,
        body,
      }),
  };
}

const kept: Case[] = subjects.flatMap((subject) => [
  behaviour(
    `the ACL of a new ${subject} gives its owner full control`,
    subject === "bucket" ? "GetBucketAcl" : "GetObjectAcl",
    recordedBy("test_bucket_exists", "test_s3_object_acl"),
    async (world) => {
      const { owner, read } = await withAcl(world, subject);
      await answers(read(), { Owner: { ID: /^[0-9a-f]{64}$/ }, Grants: [toOwner(owner)] });
    },
  ),
  behaviour(
    `a canned ACL of a ${subject} is shown as grants`,
    subject === "bucket" ? "PutBucketAcl GetBucketAcl" : "PutObjectAcl GetObjectAcl",
    recordedBy(`test_s3_${subject}_acl`),
    async (world) => {
      const { owner, read, put } = await withAcl(world, subject);
      await put({ ACL: "public-read" });
      await answers(read(), { Grants: [toOwner(owner), toGroup(allUsers, "READ")] });
      await put({ ACL: "private" });
      await answers(read(), { Grants: [toOwner(owner)] });
    },
  ),
  behaviour(
    `grants in headers are the whole ACL of a ${subject}, its owner's control not among them`,
    subject === "bucket" ? "PutBucketAcl GetBucketAcl" : "PutObjectAcl GetObjectAcl",
    recordedBy(`test_s3_${subject}_acl`),
    async (world) => {
      const { read, put } = await withAcl(world, subject);
      await put({ GrantRead: `uri="${logDelivery}"` });
      await answers(read(), { Grants: [toGroup(logDelivery, "READ")] });
    },
  ),
  behaviour(
    `an access control policy of a ${subject} is shown as it was put`,
    subject === "bucket" ? "PutBucketAcl GetBucketAcl" : "PutObjectAcl GetObjectAcl",
    recordedBy(`test_s3_${subject}_acl`),
    async (world) => {
      const { owner, read, put } = await withAcl(world, subject);
      const Grants = [toOwner(owner), toGroup(logDelivery, "WRITE")];
      await put({ AccessControlPolicy: { Owner: { ID: owner }, Grants } });
      await answers(read(), { Grants });
    },
  ),
]);

const xml = (owner: string | undefined, grantee: string, permission = "FULL_CONTROL"): string =>
  `<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${owner ? `<Owner><ID>${owner}</ID></Owner>` : ""}<AccessControlList><Grant>${grantee}<Permission>${permission}</Permission></Grant></AccessControlList></AccessControlPolicy>`;
const grantee = (type: string, inner: string): string =>
  `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}">${inner}</Grantee>`;

interface Refused {
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: (owner: string) => string;
  readonly code: string;
  readonly fields?: Readonly<Record<string, string>>;
}
const malformed = "MalformedACLError";
const invalid = "InvalidArgument";
const refusedAcls: readonly Refused[] = [
  {
    name: "a canned ACL that there is not",
    headers: { "x-amz-acl": "fake-acl" },
    code: invalid,
    fields: { ArgumentName: "x-amz-acl", ArgumentValue: "fake-acl" },
  },
  {
    name: "a grant to a group that there is not",
    headers: { "x-amz-grant-write": `uri="${noSuchGroup}"` },
    code: invalid,
    fields: { Message: "Invalid group uri", ArgumentName: "uri", ArgumentValue: noSuchGroup },
  },
  {
    name: "a grant to a kind of grantee that there is not",
    headers: { "x-amz-grant-write": 'fakekey="1234"' },
    code: invalid,
    fields: { Message: "Argument format not recognized", ArgumentName: "x-amz-grant-write" },
  },
  {
    name: "a grant to a canonical user that there is not",
    headers: { "x-amz-grant-write": 'id="wrong-id"' },
    code: invalid,
    fields: { Message: "Invalid id", ArgumentName: "id", ArgumentValue: "wrong-id" },
  },
  {
    name: "an access control policy without owner",
    body: () => xml(undefined, grantee("Group", `<URI>${logDelivery}</URI>`), "WRITE"),
    code: malformed,
  },
  {
    name: "an access control policy with a permission that there is not",
    body: (owner) => xml(owner, grantee("Group", `<URI>${logDelivery}</URI>`), "WRONG-PERMISSION"),
    code: malformed,
  },
  {
    name: "an access control policy of an owner that there is not",
    body: () => xml("wrong-id", grantee("Group", `<URI>${logDelivery}</URI>`)),
    code: invalid,
    fields: { Message: "Invalid id", ArgumentName: "CanonicalUser/ID", ArgumentValue: "wrong-id" },
  },
  {
    name: "an access control policy for a group that there is not",
    body: (owner) => xml(owner, grantee("Group", `<URI>${noSuchGroup}</URI>`)),
    code: invalid,
    fields: { Message: "Invalid group uri", ArgumentName: "Group/URI", ArgumentValue: noSuchGroup },
  },
  {
    name: "an access control policy for a canonical user that there is not",
    body: (owner) => xml(owner, grantee("CanonicalUser", "<ID>wrong-id</ID>")),
    code: invalid,
    fields: { Message: "Invalid id", ArgumentName: "CanonicalUser/ID", ArgumentValue: "wrong-id" },
  },
  {
    name: "an access control policy for a kind of grantee that there is not",
    body: (owner) => xml(owner, grantee("BadType", "<ID>wrong-id</ID>")),
    code: malformed,
  },
  {
    name: "an empty access control policy",
    body: () => '<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>',
    code: malformed,
  },
  { name: "nothing at all", code: "MissingSecurityHeader", fields: { MissingHeaderName: "x-amz-acl" } },
  {
    name: "a canned ACL and grants in headers",
    headers: { "x-amz-acl": "private", "x-amz-grant-read": `uri="${logDelivery}"` },
    code: "InvalidRequest",
    fields: { Message: "Specifying both Canned ACLs and Header Grants is not allowed" },
  },
  {
    name: "a canned ACL and an access control policy",
    headers: { "x-amz-acl": "private" },
    body: (owner) => xml(owner, grantee("CanonicalUser", `<ID>${owner}</ID>`)),
    code: "UnexpectedContent",
    fields: { Message: "This request does not support content" },
  },
];

const refused: Case[] = subjects.flatMap((subject) =>
  refusedAcls.map(({ name, headers = {}, body, code, fields = {} }) =>
    behaviour(
      `the ACL of a ${subject} cannot be ${name}: ${code}`,
      subject === "bucket" ? "PutBucketAcl" : "PutObjectAcl",
      recordedBy(`test_s3_${subject}_acl_exceptions`),
      async (world) => {
        const { owner = "", send } = await withAcl(world, subject);
        const answer = await send(headers, body?.(owner));
        expectThat(answer, { status: 400, code });
        for (const [field, value] of Object.entries(fields)) expectThat(element(answer.text, field), value, field);
      },
    ),
  ),
);

const furtherAcls: Case[] = [
  behaviour(
    "an upload's canned ACL is that of the object",
    "CreateMultipartUpload GetObjectAcl",
    recordedBy("test_s3_multipart_upload_acls"),
    async (world) => {
      const { Bucket, owner } = await withAcl(world, "bucket");
      const id = { Bucket, Key: "k" };
      const { UploadId } = await world.s3.createMultipartUpload({ ...id, ACL: "public-read-write" });
      const { ETag } = await world.s3.uploadPart({ ...id, UploadId, PartNumber: 1, Body: "b" });
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      await world.s3.completeMultipartUpload({ ...id, UploadId, MultipartUpload });
      await answers(world.s3.getObjectAcl(id), {
        Grants: [toOwner(owner), toGroup(allUsers, "READ"), toGroup(allUsers, "WRITE")],
      });
    },
  ),
  behaviour(
    "a bucket's ACL is not that of its objects",
    "GetObjectAcl",
    recordedBy("test_s3_multipart_upload_acls"),
    async (world) => {
      const { Bucket, owner, put } = await withAcl(world, "bucket");
      await put({ ACL: "public-read" });
      await world.s3.putObject({ Bucket, Key: "k", Body: "b" });
      await answers(world.s3.getObjectAcl({ Bucket, Key: "k" }), { Grants: [toOwner(owner)] });
    },
  ),
  behaviour(
    "the ACL of a delete marker can be neither read nor put",
    "GetObjectAcl PutObjectAcl",
    recordedBy("test_put_object_acl_on_delete_marker"),
    async ({ s3, bucket }) => {
      const id = { Bucket: await bucket({ versioned: true, ownership: "ObjectWriter", open: true }), Key: "k" };
      await s3.putObject({ ...id, Body: "b" });
      const { VersionId } = await s3.deleteObject(id);
      const put = { Method: "PUT", ResourceType: "DeleteMarker" };
      await refuses(s3.putObjectAcl({ ...id, ACL: "public-read" }), 405, "MethodNotAllowed", undefined, put);
      await refuses(s3.putObjectAcl({ ...id, VersionId, ACL: "private" }), 405, "MethodNotAllowed", undefined, put);
      await refuses(s3.getObjectAcl(id), 404, "NoSuchKey");
      await refuses(s3.getObjectAcl({ ...id, VersionId }), 405, "MethodNotAllowed", undefined, { Method: "GET" });
    },
  ),
  behaviour(
    "an object under public-read is read by who signs nothing",
    "PutObject GetObject",
    recordedBy("test_get_object_with_anon_credentials"),
    async (world) => {
      const { Bucket } = await withAcl(world, "bucket");
      await world.s3.putObject({ Bucket, Key: "k", Body: "body", ACL: "public-read" });
      await world.s3.putObject({ Bucket, Key: "own", Body: "body" });
      expectThat(await world.http({ bucket: Bucket, key: "k", as: "nobody" }), { status: 200, text: "body" });
      expectThat(await world.http({ bucket: Bucket, key: "own", as: "nobody" }), { status: 403 });
    },
    { needs: ["permissions"] },
  ),
  behaviour(
    "in a bucket under public-read-write who signs nothing puts and deletes",
    "PutObject DeleteObjects",
    recordedBy("test_s3_batch_delete_public_objects_using_requests"),
    async (world) => {
      const { Bucket, put } = await withAcl(world, "bucket");
      await put({ ACL: "public-read-write" });
      const request = { bucket: Bucket, as: "nobody" } as const;
      for (const key of ["a", "b"]) {
        expectThat(await world.http({ ...request, method: "PUT", key, body: "b" }), { status: 200 });
      }
      const body = "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>";
      const headers = { "content-md5": "gnFQWv8HmHVEQ7mTrck6JQ==" };
      const answer = await world.http({ ...request, method: "POST", query: { delete: "" }, headers, body });
      expectThat(answer, { status: 200, text: /<Deleted><Key>a<\/Key><\/Deleted>/ });
      await answers(world.s3.listObjectsV2({ Bucket }), { KeyCount: 0 });
    },
    { needs: ["permissions"] },
  ),
  behaviour(
    "a bucket whose owner owns all objects takes no ACL but the owner's full control",
    "PutBucketAcl PutObject",
    s3Guide("Controlling ownership of objects and disabling ACLs for your bucket"),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const call = [400, "AccessControlListNotSupported", "The bucket does not allow ACLs"] as const;
      await refuses(world.s3.putBucketAcl({ Bucket, ACL: "public-read" }), ...call);
      await refuses(world.s3.putObjectAcl({ Bucket, Key, ACL: "public-read" }), ...call);
      await refuses(world.s3.putObject({ Bucket, Key, Body: "b", ACL: "public-read" }), ...call);
      await answers(world.s3.putObject({ Bucket, Key, Body: "b", ACL: "bucket-owner-full-control" }));
    },
  ),
  behaviour(
    "public ACLs are AccessDenied where they are blocked",
    "PutBucketAcl PutObject PutPublicAccessBlock",
    s3Guide("Blocking public access to your Amazon S3 storage"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket({ ownership: "ObjectWriter" });
      await refuses(s3.putBucketAcl({ Bucket, ACL: "public-read" }), 403, "AccessDenied");
      await refuses(s3.putObject({ Bucket, Key: "k", Body: "b", ACL: "public-read" }), 403, "AccessDenied");
      await answers(s3.putObject({ Bucket, Key: "k", Body: "b", ACL: "private" }));
    },
    { needs: ["permissions"] },
  ),
  behaviour(
    "public ACLs that are ignored give nothing",
    "PutPublicAccessBlock GetObject",
    s3Guide("Blocking public access to your Amazon S3 storage"),
    async (world) => {
      const { Bucket } = await withAcl(world, "bucket");
      await world.s3.putObject({ Bucket, Key: "k", Body: "body", ACL: "public-read" });
      await world.s3.putPublicAccessBlock({
        Bucket,
        PublicAccessBlockConfiguration: { IgnorePublicAcls: true },
      });
      expectThat(await world.http({ bucket: Bucket, key: "k", as: "nobody" }), { status: 403 });
      expectThat(await textOf(await world.s3.getObject({ Bucket, Key: "k" })), "body");
    },
    { needs: ["permissions"] },
  ),
];

const controls = (rules: string): string =>
  `<OwnershipControls xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rules}</OwnershipControls>`;
const rule = (ownership: string): string => `<Rule><ObjectOwnership>${ownership}</ObjectOwnership></Rule>`;

const ownership: Case[] = [
  behaviour(
    "ownership controls are the owner's by default, and can be put, deleted, and deleted again",
    "PutBucketOwnershipControls GetBucketOwnershipControls DeleteBucketOwnershipControls",
    recordedBy("test_crud_bucket_ownership_controls"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      const rules = (ObjectOwnership: "BucketOwnerEnforced" | "ObjectWriter" | "BucketOwnerPreferred") => ({
        OwnershipControls: { Rules: [{ ObjectOwnership }] },
      });
      await answers(s3.getBucketOwnershipControls({ Bucket }), rules("BucketOwnerEnforced"));
      await s3.putBucketOwnershipControls({ Bucket, ...rules("ObjectWriter") });
      await answers(s3.getBucketOwnershipControls({ Bucket }), rules("ObjectWriter"));
      await s3.deleteBucketOwnershipControls({ Bucket });
      await refuses(
        s3.getBucketOwnershipControls({ Bucket }),
        404,
        "OwnershipControlsNotFoundError",
        "The bucket ownership controls were not found",
      );
      await answers(s3.deleteBucketOwnershipControls({ Bucket }), { $metadata: { httpStatusCode: 204 } });
      const Other = await bucket({ ownership: "BucketOwnerPreferred" });
      await answers(s3.getBucketOwnershipControls({ Bucket: Other }), rules("BucketOwnerPreferred"));
    },
  ),
  ...[
    { name: "of two rules", body: controls(rule("ObjectWriter") + rule("BucketOwnerPreferred")) },
    { name: "of no rule", body: controls("") },
    { name: "of a value that there is not", body: controls(rule("RandomValue")) },
  ].map(({ name, body }) =>
    behaviour(
      `ownership controls ${name} are MalformedXML`,
      "PutBucketOwnershipControls",
      recordedBy("test_bucket_ownership_controls_exc"),
      async (world) => {
        const bucket = await world.bucket();
        expectThat(await world.http({ method: "PUT", bucket, query: { ownershipControls: "" }, body }), {
          status: 400,
          code: "MalformedXML",
        });
      },
    ),
  ),
  ...["RandomValue", ""].map((value) =>
    behaviour(
      `a bucket cannot be made with the object ownership ${JSON.stringify(value)}`,
      "CreateBucket",
      recordedBy("test_bucket_ownership_controls_exc"),
      async (world) => {
        const headers = { "x-amz-object-ownership": value };
        expectThat(await world.http({ method: "PUT", bucket: world.bucketName(), headers }), {
          status: 400,
          code: "InvalidArgument",
          text: new RegExp(`<Message>Invalid x-amz-object-ownership header: ${value}</Message>`),
        });
      },
    ),
  ),
  behaviour(
    "public access is blocked by default, and the block can be put, deleted, and deleted again",
    "PutPublicAccessBlock GetPublicAccessBlock DeletePublicAccessBlock",
    recordedBy("test_crud_public_access_block"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      const all = (on: boolean) => ({
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: on,
          BlockPublicPolicy: on,
          IgnorePublicAcls: on,
          RestrictPublicBuckets: on,
        },
      });
      await answers(s3.getPublicAccessBlock({ Bucket }), all(true));
      const three = { BlockPublicAcls: false, IgnorePublicAcls: false, BlockPublicPolicy: false };
      await s3.putPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration: three });
      await answers(s3.getPublicAccessBlock({ Bucket }), all(false));
      await s3.deletePublicAccessBlock({ Bucket });
      await refuses(
        s3.getPublicAccessBlock({ Bucket }),
        404,
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
      );
      await answers(s3.deletePublicAccessBlock({ Bucket }), { $metadata: { httpStatusCode: 204 } });
    },
  ),
];

export const acls: Area = { name: "ACLs", cases: [...kept, ...refused, ...furtherAcls] };
export const objectOwnership: Area = { name: "Ownership and public access", cases: ownership };
