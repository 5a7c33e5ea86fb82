import { PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  UpdateObjectEncryptionCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { canonicalUserId } from "../../../local/s3/arns";
import { account, createWorld, md5, otherAccount, refusal, text, type World } from "./world";

let world: World;
beforeEach(async () => {
  world = createWorld();
  await world.bucket("data");
});

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | string[];
  readonly Principal?: unknown;
  readonly Resource?: string | string[];
  readonly Condition?: unknown;
}
const policy = (...statements: Statement[]) =>
  world.s3.send(
    new PutBucketPolicyCommand({
      Bucket: "data",
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: statements.map((statement) => ({ Principal: "*", Resource: "arn:aws:s3:::data/*", ...statement })),
      }),
    }),
  );
const put = (input: Partial<PutObjectCommandInput> = {}, s3 = world.s3) =>
  s3.send(new PutObjectCommand({ Bucket: "data", Key: "key", Body: "hello", ...input }));
const get = (s3 = world.s3, Key = "key") => s3.send(new GetObjectCommand({ Bucket: "data", Key }));
const denied = { code: "AccessDenied", status: 403 };
const byPolicy = (action: string) => ({
  ...denied,
  message: `User: arn:aws:iam::${account}:user/administrator is not authorized to perform: ${action} on resource: "arn:aws:s3:::data/key" with an explicit deny in a resource-based policy`,
});

describe('a policy that looks at encryption headers: IAM User Guide, "Condition operators"', () => {
  const sse = "s3:x-amz-server-side-encryption";
  const keyId = "s3:x-amz-server-side-encryption-aws-kms-key-id";
  const customer = "s3:x-amz-server-side-encryption-customer-algorithm";
  const deny = (Condition: unknown): Statement => ({ Effect: "Deny", Action: "s3:PutObject", Condition });
  const key = "arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012";
  const withKey = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: key } as const;
  const aes = { ServerSideEncryption: "AES256" } as const;

  test.each<[string, Statement, Partial<PutObjectCommandInput>, boolean]>([
    ["missing is denied", deny({ Null: { [sse]: "true" } }), {}, true],
    ["missing is denied, AES256 is not", deny({ Null: { [sse]: "true" } }), aes, false],
    ["a wrong algorithm is denied", deny({ StringNotEquals: { [sse]: "aws:kms" } }), aes, true],
    ["StringNotEquals alone denies a missing one too", deny({ StringNotEquals: { [sse]: "aws:kms" } }), {}, true],
    [
      "wrong is denied, missing is not",
      deny({ StringNotEquals: { [sse]: "aws:kms" }, Null: { [sse]: "false" } }),
      {},
      false,
    ],
    [
      "another key is denied",
      deny({ StringNotEquals: { [keyId]: key }, Null: { [keyId]: "false" } }),
      { ...withKey, SSEKMSKeyId: key.replace("12345678", "87654321") },
      true,
    ],
    [
      "aws:kms without a key is denied",
      deny({ StringEquals: { [sse]: "aws:kms" }, Null: { [keyId]: "true" } }),
      { ServerSideEncryption: "aws:kms" },
      true,
    ],
    [
      "SSE-C is denied",
      deny({ Null: { [customer]: "false" } }),
      { SSECustomerAlgorithm: "AES256", SSECustomerKey: Buffer.alloc(32).toString("base64") },
      true,
    ],
    [
      "a class is denied",
      deny({ StringEquals: { "s3:x-amz-storage-class": "GLACIER" } }),
      { StorageClass: "GLACIER" },
      true,
    ],
    ["a tag is denied", deny({ StringEquals: { "s3:RequestObjectTag/a": "1" } }), { Tagging: "a=1" }, true],
  ])("%s", async (_, statement, input, isDenied) => {
    await policy(statement);
    if (isDenied) expect(await refusal(put(input))).toMatchObject(byPolicy("s3:PutObject"));
    else await put(input);
  });

  test("a bare key id is seen as the ARN of the caller's key", async () => {
    const keyArn = await world.createKey();
    await policy(deny({ StringNotEquals: { [keyId]: keyArn } }));
    await put({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn.split("/")[1] });
  });

  test("the parts of an upload are seen with the headers with which it began", async () => {
    await policy(deny({ Null: { [sse]: "true" } }));
    const at = { Bucket: "data", Key: "key" };
    expect(await refusal(world.s3.send(new CreateMultipartUploadCommand(at)))).toMatchObject(byPolicy("s3:PutObject"));
    const { UploadId } = await world.s3.send(new CreateMultipartUploadCommand({ ...at, ...aes }));
    const { ETag } = await world.s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: "x" }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await world.s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
  });

  test("a copy is a put, and UpdateObjectEncryption is seen as one with aws:kms and its key", async () => {
    const KMSKeyArn = await world.createKey();
    await put();
    await policy(deny({ Null: { [sse]: "true" } }));
    const copy = { Bucket: "data", Key: "key", CopySource: "data/key", StorageClass: "STANDARD" } as const;
    expect(await refusal(world.s3.send(new CopyObjectCommand(copy)))).toMatchObject(byPolicy("s3:PutObject"));
    await world.s3.send(new CopyObjectCommand({ ...copy, ...aes }));
    const update = new UpdateObjectEncryptionCommand({
      Bucket: "data",
      Key: "key",
      ObjectEncryption: { SSEKMS: { KMSKeyArn } },
    });
    await world.s3.send(update);
    await policy(deny({ StringEquals: { [keyId]: KMSKeyArn } }));
    expect(await refusal(world.s3.send(update))).toMatchObject(byPolicy("s3:PutObject"));
  });
});

test("a policy can ask for If-Match, and leaves uploads their parts: User Guide, conditional-writes-enforce", async () => {
  await put();
  await policy({
    Effect: "Deny",
    Action: "s3:PutObject",
    Condition: { Null: { "s3:if-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
  });
  expect(await refusal(put())).toMatchObject(byPolicy("s3:PutObject"));
  await put({ IfMatch: md5("hello") });
  const at = { Bucket: "data", Key: "key" };
  const { UploadId } = await world.s3.send(new CreateMultipartUploadCommand(at));
  await world.s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: "x" }));
});

test("to compare an ETag one has to be allowed to read: User Guide, conditional writes and deletes", async () => {
  await put();
  await policy({ Effect: "Deny", Action: "s3:GetObject" });
  const IfMatch = md5("hello");
  expect(await refusal(put({ IfMatch }))).toMatchObject(byPolicy("s3:GetObject"));
  await put({ Key: "new", IfNoneMatch: "*" });
  const remove = (condition: string) =>
    world.s3.send(new DeleteObjectCommand({ Bucket: "data", Key: "key", IfMatch: condition }));
  expect(await refusal(remove(IfMatch))).toMatchObject(byPolicy("s3:GetObject"));
  await remove("*");
});

test("plain HTTP is denied where the policy says so, on the bucket and on its keys", async () => {
  await put();
  await policy({
    Effect: "Deny",
    Action: "s3:*",
    Resource: ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
  const plain = world.client({}, "http");
  expect(await refusal(get(plain))).toMatchObject(denied);
  expect(await refusal(plain.send(new ListObjectsV2Command({ Bucket: "data" })))).toMatchObject(denied);
  expect(await text(await get())).toBe("hello");
});

test("tags of the object decide where the policy asks for them", async () => {
  await put({ Tagging: "level=secret" });
  await policy({
    Effect: "Deny",
    Action: "s3:GetObject",
    Condition: { StringEquals: { "s3:ExistingObjectTag/level": "secret" } },
  });
  expect(await refusal(get())).toMatchObject(byPolicy("s3:GetObject"));
  const Tagging = { TagSet: [{ Key: "level", Value: "open" }] };
  await world.s3.send(new PutObjectTaggingCommand({ Bucket: "data", Key: "key", Tagging }));
  expect(await text(await get())).toBe("hello");
});

test("listing can be limited to a prefix", async () => {
  await policy({
    Effect: "Deny",
    Action: "s3:ListBucket",
    Resource: "arn:aws:s3:::data",
    Condition: { StringNotEquals: { "s3:prefix": "open/" } },
  });
  const list = (Prefix?: string) => world.s3.send(new ListObjectsV2Command({ Bucket: "data", Prefix }));
  expect((await list("open/")).KeyCount).toBe(0);
  expect(await refusal(list())).toMatchObject(denied);
});

test("who may not list the bucket does not learn whether a key is missing: API Reference, GetObject", async () => {
  const missing = () => refusal(get(world.s3, "none"));
  expect(await missing()).toMatchObject({ code: "NoSuchKey", status: 404 });
  await policy({ Effect: "Deny", Action: "s3:ListBucket", Resource: "arn:aws:s3:::data" });
  expect(await missing()).toMatchObject({ ...denied, message: "Access Denied" });
  expect(await refusal(world.s3.send(new HeadObjectCommand({ Bucket: "data", Key: "none" })))).toMatchObject({
    status: 403,
  });
});

test("the expected owner is compared, as AWS answered in 2026", async () => {
  await put({ ExpectedBucketOwner: account });
  expect(await refusal(put({ ExpectedBucketOwner: otherAccount }))).toMatchObject({
    ...denied,
    message: "Access Denied",
  });
  expect(await refusal(put({ ExpectedBucketOwner: "abcd" }))).toMatchObject({
    code: "InvalidBucketOwnerAWSAccountID",
    status: 400,
    message: "The value of the expected bucket owner parameter must be an AWS Account ID... [abcd]",
  });
});

test("a bucket of another region answers with its own", async () => {
  const elsewhere = world.client({ region: "us-west-2", followRegionRedirects: false });
  expect(await refusal(put({}, elsewhere))).toMatchObject({ code: "PermanentRedirect", status: 301, Bucket: "data" });
});

describe("another account", () => {
  test("needs the bucket's policy and is not told why it has no access", async () => {
    await put();
    expect(await refusal(get(world.other))).toMatchObject({ ...denied, message: "Access Denied" });
    await policy({ Effect: "Allow", Principal: { AWS: otherAccount }, Action: "s3:GetObject" });
    expect(await text(await get(world.other))).toBe("hello");
  });

  test.each<[string, boolean]>([
    ["a key of the account", true],
    ["the managed key, which cannot be shared", false],
  ])("sees an object under %s, and reads it only where the key lets it", async (_, named) => {
    const SSEKMSKeyId = named ? await world.createKey() : undefined;
    await put({ ServerSideEncryption: "aws:kms", SSEKMSKeyId });
    await policy({ Effect: "Allow", Principal: { AWS: otherAccount }, Action: "s3:GetObject" });
    const seen = await world.other.send(new HeadObjectCommand({ Bucket: "data", Key: "key" }));
    expect(seen.ServerSideEncryption).toBe("aws:kms");
    const refused = { ...denied, message: expect.stringContaining("kms:Decrypt") };
    expect(await refusal(get(world.other))).toMatchObject(refused);
    if (SSEKMSKeyId === undefined) return;
    const everyone = { Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [everyone] });
    await world.kms.send(new PutKeyPolicyCommand({ KeyId: SSEKMSKeyId, PolicyName: "default", Policy }));
    expect(await text(await get(world.other))).toBe("hello");
  });

  test("what it puts is the bucket owner's, as buckets are made today", async () => {
    await policy({ Effect: "Allow", Principal: { AWS: otherAccount }, Action: "s3:PutObject" });
    await put({}, world.other);
    expect(await text(await get())).toBe("hello");
    const { Owner } = await world.s3.send(new GetObjectAclCommand({ Bucket: "data", Key: "key" }));
    expect(Owner?.ID).toBe(canonicalUserId(account));
  });

  test("what it puts where ACLs are on is its own: the bucket's owner reads it once it says so", async () => {
    await world.bucket("acls", { create: { ObjectOwnership: "ObjectWriter" } });
    const at = { Bucket: "acls", Key: "key" };
    const statement = {
      Effect: "Allow",
      Principal: { AWS: otherAccount },
      Action: "s3:PutObject*",
      Resource: "arn:aws:s3:::acls/*",
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await world.s3.send(new PutBucketPolicyCommand({ Bucket: "acls", Policy }));
    await put(at, world.other);
    const read = () => world.s3.send(new GetObjectCommand(at));
    expect(await refusal(read())).toMatchObject(denied);
    await world.other.send(new PutObjectAclCommand({ ...at, ACL: "bucket-owner-full-control" }));
    expect(await text(await read())).toBe("hello");
    const { Owner } = await world.s3.send(new GetObjectAclCommand(at));
    expect(Owner?.ID).toBe(canonicalUserId(otherAccount));
  });
});

describe("ACLs", () => {
  const anonymous = () =>
    world.client({
      credentials: async () => ({ accessKeyId: "", secretAccessKey: "" }),
      signer: { sign: async (request: never) => request },
    });
  const aclsOn = async (): Promise<void> => {
    await world.bucket("acls", { create: { ObjectOwnership: "ObjectWriter" } });
    const bucket = world.aws.state.s3.buckets.get("acls");
    if (bucket) bucket.settings.publicAccessBlock = undefined;
  };
  const at = { Bucket: "acls", Key: "key" };
  const grants = async () =>
    (await world.s3.send(new GetObjectAclCommand(at))).Grants?.map(({ Grantee, Permission }) => [
      Grantee?.URI?.split("/").at(-1) ?? (Grantee?.ID === canonicalUserId(account) ? "owner" : "another"),
      Permission,
    ]);

  test("are not accepted where they are off, but for the one that changes nothing", async () => {
    expect(await refusal(put({ ACL: "public-read" }))).toMatchObject({
      code: "AccessControlListNotSupported",
      status: 400,
      message: "The bucket does not allow ACLs",
    });
    await put({ ACL: "bucket-owner-full-control" });
    expect(
      await refusal(world.s3.send(new PutObjectAclCommand({ Bucket: "data", Key: "key", ACL: "public-read" }))),
    ).toMatchObject({
      code: "AccessControlListNotSupported",
    });
  });

  test.each<[Partial<PutObjectCommandInput>, string[][]]>([
    [{}, [["owner", "FULL_CONTROL"]]],
    [
      { ACL: "public-read" },
      [
        ["owner", "FULL_CONTROL"],
        ["AllUsers", "READ"],
      ],
    ],
    [{ ACL: "bucket-owner-read" }, [["owner", "FULL_CONTROL"]]],
    [{ GrantRead: 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"' }, [["LogDelivery", "READ"]]],
    [
      { GrantFullControl: `id="${canonicalUserId(account)}", id=${canonicalUserId(otherAccount)}` },
      [
        ["owner", "FULL_CONTROL"],
        ["another", "FULL_CONTROL"],
      ],
    ],
  ])("%j become grants", async (input, expected) => {
    await aclsOn();
    await put({ ...at, ...input });
    expect(await grants()).toEqual(expected);
  });

  test.each<[Partial<PutObjectCommandInput>, object]>([
    [{ ACL: "fake-acl" as never }, { code: "InvalidArgument", ArgumentName: "x-amz-acl", ArgumentValue: "fake-acl" }],
    [{ GrantRead: 'id="wrong-id"' }, { code: "InvalidArgument", message: "Invalid id", ArgumentName: "id" }],
    [
      { GrantRead: 'uri="http://acs.amazonaws.com/groups/s3/FakeGroup"' },
      { code: "InvalidArgument", message: "Invalid group uri", ArgumentName: "uri" },
    ],
    [{ GrantRead: 'fakekey="1234"' }, { code: "InvalidArgument", message: "Argument format not recognized" }],
    [
      { ACL: "public-read", GrantRead: `id=${canonicalUserId(account)}` },
      { code: "InvalidRequest", message: "Specifying both Canned ACLs and Header Grants is not allowed" },
    ],
  ])("%j are refused, as AWS answered in 2026", async (input, expected) => {
    await aclsOn();
    expect(await refusal(put({ ...at, ...input }))).toMatchObject({ status: 400, ...expected });
  });

  test("let anybody read what they say is public, unless public ACLs are ignored", async () => {
    await aclsOn();
    await put({ ...at, ACL: "public-read" });
    const read = () => anonymous().send(new GetObjectCommand(at));
    expect(await text(await read())).toBe("hello");
    const bucket = world.aws.state.s3.buckets.get("acls");
    if (bucket) bucket.settings.publicAccessBlock = { IgnorePublicAcls: true };
    expect(await refusal(read())).toMatchObject(denied);
    if (bucket) bucket.settings.publicAccessBlock = { BlockPublicAcls: true };
    expect(await refusal(put({ ...at, ACL: "public-read" }))).toMatchObject(denied);
  });

  test("do not open what is under a KMS key to anybody: User Guide, UsingKMSEncryption", async () => {
    await aclsOn();
    await put({ ...at, ACL: "public-read", ServerSideEncryption: "aws:kms" });
    expect(await refusal(anonymous().send(new GetObjectCommand(at)))).toMatchObject({
      code: "InvalidArgument",
      status: 400,
    });
  });
});
