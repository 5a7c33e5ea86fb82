import { randomUUID } from "node:crypto";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyRotationCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from "@aws-sdk/client-kms";
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectLockConfigurationCommand,
} from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { assumedRole } from "../../../src/checks/caller";
import { canaries } from "../../../src/checks/preflight/canaries";
import { steadyAnswer } from "../../../src/checks/preflight/canary-failure";
import type { Facts } from "../../../src/checks/preflight/facts";
import { exitCodeOf, preflight } from "../../../src/checks/preflight/preflight";
import type { Statement } from "../../../src/fleet/policy";
import { s3Client } from "../../../src/s3/clients";
import { account, type LegacyBucketProps } from "../../support/legacy-bucket";
import { requestHandler } from "../../support/request-handler";
import { accepted, administer, type fleetBucket, inShort, policyOf, throughS3 } from "./arrange";
import { type Live, live } from "./live-bucket";

const reader = ({ legacy }: Live) => ({ client: legacy.client, bucket: legacy.name, expectedBucketOwner: account });
const notBlocked = "warning sse-c-writers-refused";

test("a bucket with ordinary settings is seen as it is, and nothing is changed", async () => {
  const world = await live();
  const before = world.legacy.log.length;
  const found = preflight(await world.facts({ stage: "prepare" }));
  expect(inShort(found)).toEqual([notBlocked]);
  expect(
    world.legacy.log
      .slice(before)
      .filter(({ operation = "" }) => !/^(Get|List|Head|Describe|Simulate)/.test(operation)),
  ).toEqual([]);
});

test("what is set is found: lifecycle, uploads, ACLs, and a key that is disabled", async () => {
  const world = await live({ acls: true });
  const { client, name, kmsTarget } = world.legacy;
  const Rules = [{ ID: "old", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 30 } }] as const;
  await client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket: name, LifecycleConfiguration: { Rules: [...Rules] } }),
  );
  await client.send(new CreateMultipartUploadCommand({ Bucket: name, Key: "half" }));
  await world.clients.kms.send(new DisableKeyCommand({ KeyId: kmsTarget.keyArn }));
  const found = preflight(await world.facts());
  expect(inShort(found)).toEqual([
    "error key-not-enabled",
    "warning lifecycle",
    "warning uploads-in-progress",
    "note acls-on",
  ]);
});

test("objects show which keys they are under, and that some need a customer's", async () => {
  const world = await live();
  const { put, kmsTarget, otherKeyArn } = world.legacy;
  const under = (SSEKMSKeyId?: string) => ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId }) as const;
  await put("own", "content", under(kmsTarget.keyArn));
  await put("other", "content", under(otherKeyArn));
  await put("managed", "content", under());
  const SSECustomerKey = "x".repeat(32);
  await put("theirs", "content", { SSECustomerAlgorithm: "AES256", SSECustomerKey });
  const found = preflight(await world.facts());
  expect(inShort(found)).toEqual([
    "error source-key-not-in-fleet",
    "warning sse-c-objects",
    "note objects-under-aws-s3",
  ]);
  expect(found[0]?.evidence).toBe(otherKeyArn);
  const named = preflight(await world.facts({ sourceKeys: [otherKeyArn] }));
  expect(inShort(named)).not.toContain("error source-key-not-in-fleet");
  await world.deny("s3:GetObject");
  expect(preflight(await world.facts()).map(({ evidence }) => evidence)).toContain(
    "s3://acme-uploads: s3:GetObject: denied to this caller",
  );
});

test("a key of another account is asked for all but its policy, which KMS shows to that account alone", async () => {
  const world = await live();
  const { aws, log } = world.legacy;
  const region = "eu-west-1";
  const credentials = aws.addAccount("222222222222");
  const owner = new KMSClient({ region, maxAttempts: 1, credentials, requestHandler: requestHandler(aws.handle) });
  const theirRoot = { ...administer, Principal: { AWS: "arn:aws:iam::222222222222:root" } };
  const shared = {
    ...{ Effect: "Allow", Principal: { AWS: account }, Resource: "*" },
    Action: ["kms:DescribeKey", "kms:GetKeyRotationStatus", "kms:GetKeyPolicy"],
  };
  const Policy = JSON.stringify(policyOf(theirRoot, shared));
  const { KeyMetadata } = await owner.send(new CreateKeyCommand({ Policy }));
  const keyArn = KeyMetadata?.Arn ?? "";
  await owner.send(new EnableKeyRotationCommand({ KeyId: keyArn }));
  const before = log.length;
  const found = preflight(await world.facts({ keyArn }, { algorithm: "aws:kms", keyArn, bucketKey: true }));
  expect(log.slice(before).map(({ operation }) => operation)).not.toContain("GetKeyPolicy");
  expect(inShort(found)).toEqual(["warning key-other-account", "warning principal-not-decided"]);
  expect(exitCodeOf(found)).toBe(0);
});

test("what is denied is an error that names the permission, never absent", async () => {
  const world = await live();
  for (const permission of [
    "s3:GetBucketPolicy",
    "s3:GetBucketWebsite",
    "s3:GetReplicationConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetBucketNotification",
    "s3:GetBucketAcl",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetEncryptionConfiguration",
    "s3:GetBucketObjectLockConfiguration",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucket",
    "s3:GetBucketLocation",
  ]) {
    await world.deny(permission);
    const found = preflight(await world.facts()).filter(({ id }) => id === "could-not-look");
    expect(found.map(({ evidence }) => evidence)).toEqual([`s3://acme-uploads: ${permission}: denied to this caller`]);
  }
});

test("a key that is not there, and a key whose policy denies looking", async () => {
  const world = await live();
  const keyArn = world.legacy.kmsTarget.keyArn.replace(/key\/.*/, "key/00000000-0000-4000-8000-000000000000");
  const gone = preflight(await world.facts({}, { algorithm: "aws:kms", keyArn, bucketKey: true }));
  expect(inShort(gone)).toContain("error key-missing");
  const closed = { ...administer, Sid: "Closed", Effect: "Deny", Action: "kms:GetKeyRotationStatus" };
  const Policy = JSON.stringify(policyOf(administer, throughS3, closed));
  await world.clients.kms.send(new PutKeyPolicyCommand({ KeyId: world.legacy.kmsTarget.keyArn, Policy }));
  expect(preflight(await world.facts()).map(({ evidence }) => evidence)).toContain(
    `${world.legacy.kmsTarget.keyArn}: kms:GetKeyRotationStatus: denied to this caller`,
  );
});

test.each<[string, LegacyBucketProps]>([
  ["without versions", {}],
  ["with versions", { versioning: "Enabled" }],
  ["with versions suspended", { versioning: "Suspended" }],
  ["with Object Lock", { objectLock: true }],
])("canaries pass and leave nothing behind %s", async (_, props) => {
  const world = await live(props);
  await world.legacy.put("theirs", "content");
  for (const target of [world.legacy.kmsTarget, { algorithm: "AES256" } as const]) {
    expect(await canaries(reader(world), await world.facts({ stage: "prepare" }, target))).toEqual([]);
    expect(await world.versions()).toBe(1);
  }
});

test("a key that new objects come under today, and that the conversion may only decrypt with, fails no canary", async () => {
  const world = await live();
  const { client, name, otherKeyArn } = world.legacy;
  const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: "aws:kms", KMSMasterKeyID: otherKeyArn } as const;
  const ServerSideEncryptionConfiguration = { Rules: [{ ApplyServerSideEncryptionByDefault }] };
  await client.send(new PutBucketEncryptionCommand({ Bucket: name, ServerSideEncryptionConfiguration }));
  const mayOnlyDecrypt = { ...throughS3, Action: ["kms:Decrypt", "kms:ReEncryptFrom"] };
  const Policy = JSON.stringify(policyOf({ ...administer, Action: "kms:PutKeyPolicy" }, mayOnlyDecrypt));
  await world.clients.kms.send(new PutKeyPolicyCommand({ KeyId: otherKeyArn, Policy }));
  expect(await canaries(reader(world), await world.facts({ stage: "prepare" }))).toMatchObject([
    { level: "note", id: "canary-refused", evidence: expect.stringContaining(otherKeyArn) },
  ]);
  expect(await world.versions()).toBe(0);
});

test("a canary that S3 refuses says so, and all are removed", async () => {
  const world = await live({ versioning: "Enabled" });
  await world.deny("s3:PutObject", { Null: { "s3:if-match": "false" } });
  const { keyArn } = world.legacy.kmsTarget;
  const asked = `CopyObject onto itself, if the ETag matches, with aws:kms, ${keyArn}, bucket key`;
  expect(await canaries(reader(world), await world.facts())).toEqual([
    {
      id: "canary-failed",
      level: "error",
      evidence: `conditional-copy: ${asked}: AccessDenied: User: arn:aws:iam::${account}:user/administrator is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::acme-uploads/at-rest-canary/*/conditional-copy" with an explicit deny in a resource-based policy`,
      fix: expect.stringContaining("Change the policy that the message names"),
    },
  ]);
  expect(await world.versions()).toBe(0);
});

test("a canary that a key refuses shows the key's state, and that the key is to be made usable", async () => {
  const world = await live();
  const facts = await world.facts({ stage: "prepare" });
  await world.clients.kms.send(new DisableKeyCommand({ KeyId: world.legacy.kmsTarget.keyArn }));
  const found = await canaries(reader(world), facts);
  expect(found).toContainEqual({
    id: "canary-failed",
    level: "error",
    evidence: expect.stringMatching(
      /^put-with-header: PutObject with aws:kms, \S+, bucket key: KMS\.Disabled\w+: .*disabled/,
    ),
    fix: expect.stringContaining("Make the key usable"),
  });
});

test("what a canary was refused with is the same each time: its key, the role's session and the request are left out", () => {
  const error = (id: string) =>
    Object.assign(
      new Error(
        `User: arn:aws:sts::${account}:assumed-role/at-rest/at-rest-${id} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::acme-uploads/at-rest-canary/${randomUUID()}/update" (Service: Kms, Request ID: ${randomUUID()})`,
      ),
      { name: "AccessDenied" },
    );
  expect(steadyAnswer(error("41"))).toBe(steadyAnswer(error("42")));
  expect(steadyAnswer(error("41"))).toContain(`:assumed-role/at-rest/* is not authorized to perform: s3:PutObject`);
  expect(steadyAnswer(error("41"))).toContain(`"arn:aws:s3:::acme-uploads/at-rest-canary/*/update"`);
});

test("a canary says what S3 refused an update with, and what an object is under that is not under the target", async () => {
  const world = await live();
  await world.deny("s3:UpdateObjectEncryption");
  const facts = await world.facts();
  const evidences = async (of: Facts) => (await canaries(reader(world), of)).map(({ evidence }) => evidence);
  const { keyArn } = world.legacy.kmsTarget;
  expect(await evidences(facts)).toEqual([
    expect.stringMatching(
      `^update: UpdateObjectEncryption to aws:kms, ${keyArn}, bucket key: AccessDenied: .* s3:UpdateObjectEncryption on `,
    ),
  ]);

  const alias = { AliasName: "alias/uploads", TargetKeyId: keyArn };
  await world.clients.kms.send(new CreateAliasCommand(alias));
  const target = { ...world.legacy.kmsTarget, keyArn: `arn:aws:kms:eu-west-1:${account}:alias/uploads` };
  const named = { ...facts, intent: { ...facts.intent, target } };
  expect(await evidences(named)).toContain(
    `put-with-header: PutObject with aws:kms, ${target.keyArn}, bucket key: S3 took it, and shows aws:kms, ${keyArn}, bucket key`,
  );
});

test("a put without the header has to be refused from stage enforce on, unless the fleet lets it through", async () => {
  const world = await live();
  const evidences = async (fleet: Parameters<typeof fleetBucket>[0]) =>
    (await canaries(reader(world), await world.facts({ stage: "enforce", ...fleet }))).map(({ evidence }) => evidence);
  const letThrough = [
    { headerlessWriters: [`arn:aws:iam::${account}:user/admin*`] },
    { accept: [accepted("missing-header")] },
  ];
  expect(await evidences({})).toEqual([
    "put-without-header: PutObject without an encryption header: S3 took it, and should have denied it at stage enforce",
  ]);
  for (const fleet of letThrough) expect(await evidences(fleet)).toEqual([]);
  await world.deny("s3:PutObject", { Null: { "s3:x-amz-server-side-encryption": "true" } });
  expect(await evidences({})).toEqual([]);
  const refused = /^put-without-header: PutObject without an encryption header: AccessDenied: User: /;
  for (const fleet of letThrough) expect(await evidences(fleet)).toContainEqual(expect.stringMatching(refused));
});

test("where it could not be seen whether new versions are retained no canary is put", async () => {
  const world = await live();
  await world.deny("s3:GetBucketObjectLockConfiguration");
  expect(await canaries(reader(world), await world.facts())).toEqual([
    expect.objectContaining({
      id: "canary-refused",
      evidence: "s3:GetBucketObjectLockConfiguration: denied to this caller",
    }),
  ]);
  expect(await world.versions()).toBe(0);
});

test("a canary that cannot be deleted is named with its version", async () => {
  const world = await live({ versioning: "Enabled" });
  await world.deny("s3:DeleteObjectVersion");
  const left = await canaries(reader(world), await world.facts({ stage: "prepare" }));
  expect(left.length).toBeGreaterThanOrEqual(5);
  expect(new Set(left.map(({ id }) => id))).toEqual(new Set(["canary-left"]));
  expect(left[0]?.evidence).toMatch(
    /^at-rest-canary\/.*, version \S+: AccessDenied: User: .* s3:DeleteObjectVersion on /,
  );
});

test("where new versions are retained no canary is put", async () => {
  const world = await live({ objectLock: true });
  const Rule = { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule } as const;
  await world.legacy.client.send(
    new PutObjectLockConfigurationCommand({ Bucket: "acme-uploads", ObjectLockConfiguration }),
  );
  expect(inShort(await canaries(reader(world), await world.facts()))).toEqual(["note canary-refused"]);
  expect(await world.versions()).toBe(0);
});

const otherRoles = { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::111111111111:role/other" } };
const denied = (Condition: Statement): Statement => ({
  ...throughS3,
  Sid: "No",
  Effect: "Deny",
  Condition,
});
const context = "kms:EncryptionContext:aws:s3:arn";

/** Two evaluators that share no code: what preflight says of the key's policy, and what KMS does with a real GET. */
test.each<[string, Statement[], string[], "reads" | "is refused"]>([
  ["everybody through S3", [administer, throughS3], [], "reads"],
  ["the reader by name", [administer, { ...throughS3, Principal: { AWS: "reader" }, Condition: {} }], [], "reads"],
  ["the account, whose IAM says nothing", [administer], ["error principal-without-key"], "is refused"],
  [
    "all but what is denied",
    [administer, throughS3, denied(otherRoles)],
    ["error principal-without-key"],
    "is refused",
  ],
  [
    "only those who come another way",
    [administer, throughS3, denied({ StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } })],
    ["error principal-without-key"],
    "is refused",
  ],
  [
    "the context of an object, where there is a bucket key",
    [administer, throughS3, denied({ StringNotLike: { [context]: "arn:aws:s3:::acme-uploads/*" } })],
    ["error principal-without-key"],
    "is refused",
  ],
  [
    "the context of the bucket",
    [administer, throughS3, denied({ StringNotLike: { [context]: "arn:aws:s3:::acme-uploads*" } })],
    [],
    "reads",
  ],
  [
    "all who come through a service",
    [administer, throughS3, denied({ Null: { "kms:ViaService": "true" } })],
    [],
    "reads",
  ],
])("a key's policy that lets in %s", async (_, statements, expected, outcome) => {
  const world = await live();
  const { iam, kms } = world.clients;
  const { aws, kmsTarget, put, name } = world.legacy;
  const root = { AWS: `arn:aws:iam::${account}:root` };
  const AssumeRolePolicyDocument = JSON.stringify(
    policyOf({ Effect: "Allow", Principal: root, Action: "sts:AssumeRole" }),
  );
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "reader", AssumeRolePolicyDocument }));
  const RoleArn = Role?.Arn ?? "";
  const PolicyDocument = JSON.stringify(policyOf({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }));
  await iam.send(new PutRolePolicyCommand({ RoleName: "reader", PolicyName: "s3", PolicyDocument }));
  const { keyArn } = kmsTarget;
  await put("theirs", "content", { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn, BucketKeyEnabled: true });
  const Policy = JSON.stringify(policyOf(...statements)).replaceAll('"reader"', JSON.stringify(RoleArn));
  await kms.send(new PutKeyPolicyCommand({ KeyId: keyArn, Policy }));

  const found = preflight(await world.facts({ readers: [RoleArn] }));
  expect(inShort(found.filter(({ id }) => id.startsWith("principal-")))).toEqual(expected);
  const sts = new STSClient(world.configuration);
  const s3 = s3Client({
    region: "eu-west-1",
    concurrency: 1,
    credentials: assumedRole(sts, RoleArn),
    requestHandler: requestHandler(aws.handle),
  });
  const got = await s3.send(new GetObjectCommand({ Bucket: name, Key: "theirs" })).then(
    () => "reads",
    (error: unknown) => (error instanceof Error && error.name === "AccessDenied" ? "is refused" : error),
  );
  expect(got).toBe(outcome);
});
