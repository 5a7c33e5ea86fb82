import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  type IAMClient,
  PutGroupPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { assumedRole } from "../../../src/checks/caller";
import { preflight } from "../../../src/checks/preflight/preflight";
import type { Statement } from "../../../src/fleet/policy";
import { s3Client } from "../../../src/s3/clients";
import { account } from "../../support/legacy-bucket";
import { requestHandler } from "../../support/request-handler";
import { administer, inShort, policyOf, throughS3 } from "./arrange";
import { type Live, live, usersByIam } from "./live-bucket";

// Preflight's own client asks the local IAM, whose answers come from AWS's documentation.

const allow = (Action: string | string[], Condition?: Statement): Statement => ({
  ...{ Effect: "Allow", Action, Resource: "*" },
  ...(Condition ? { Condition } : {}),
});
const deny = (Action: string, Condition: Statement): Statement => ({ ...allow(Action, Condition), Effect: "Deny" });
const json = (...statements: Statement[]): string => JSON.stringify(policyOf(...statements));
const trust = json({ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" });
const arnOf = (name: string): string => `arn:aws:iam::${account}:${name}`;
const readsS3 = allow("s3:GetObject");

/** A role that may read objects, and what else its inline policy says. */
async function roleWith(iam: IAMClient, RoleName: string, ...statements: Statement[]): Promise<string> {
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const PolicyDocument = json(readsS3, ...statements);
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "inline", PolicyDocument }));
  return arnOf(`role/${RoleName}`);
}

/** The ARN of a managed policy. */
async function managed(iam: IAMClient, PolicyName: string, ...statements: Statement[]): Promise<string> {
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: json(...statements) }));
  return Policy?.Arn ?? "";
}

/** Somebody who reads, with the credentials to try it. */
interface Reader {
  readonly arn: string;
  readonly credentials: Parameters<typeof s3Client>[0]["credentials"];
}

const role =
  (...statements: Statement[]) =>
  async ({ clients, configuration }: Live): Promise<Reader> => {
    const arn = await roleWith(clients.iam, "reader", ...statements);
    return { arn, credentials: assumedRole(new STSClient(configuration), arn) };
  };

const withManaged =
  (...statements: Statement[]) =>
  async (world: Live): Promise<Reader> => {
    const reader = await role()(world);
    const PolicyArn = await managed(world.clients.iam, "managed", ...statements);
    await world.clients.iam.send(new AttachRolePolicyCommand({ RoleName: "reader", PolicyArn }));
    return reader;
  };

const bounded =
  (...boundary: Statement[]) =>
  async (world: Live): Promise<Reader> => {
    const reader = await role(allow("*"))(world);
    const PermissionsBoundary = await managed(world.clients.iam, "limit", ...boundary);
    await world.clients.iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: "reader", PermissionsBoundary }));
    return reader;
  };

const inGroup =
  (...statements: Statement[]) =>
  async ({ clients: { iam } }: Live): Promise<Reader> => {
    const UserName = "reader";
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new CreateGroupCommand({ GroupName: "readers" }));
    const PolicyDocument = json(readsS3, ...statements);
    await iam.send(new PutGroupPolicyCommand({ GroupName: "readers", PolicyName: "group", PolicyDocument }));
    await iam.send(new AddUserToGroupCommand({ GroupName: "readers", UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
    return { arn: arnOf("user/reader"), credentials: { accessKeyId, secretAccessKey } };
  };

const decrypts = allow("kms:Decrypt");
const viaS3In = (region: string) => ({ StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } });
const contextOf = (arn: string) => ({ StringLike: { "kms:EncryptionContext:aws:s3:arn": arn } });
const inRegion = (region: string): Statement => ({ StringNotEquals: { "aws:RequestedRegion": region } });
const refusal = "error principal-without-key";
const undecided = "warning principal-not-decided";
const says = (evidence: string) => `reader (fleet, reads): ${evidence}`;
const notAllowed = (by = "") => [refusal, says(`its IAM policies do not allow kms:Decrypt${by}`)];

/** What preflight says of the reader, and what KMS does with a real GET of theirs. */
test.each<[string, (world: Live) => Promise<Reader>, string[], "reads" | "is refused"]>([
  ["nothing of the key", role(), notAllowed(), "is refused"],
  ["an inline policy", role(decrypts), [], "reads"],
  ["a managed policy", withManaged(decrypts), [], "reads"],
  ["a group's policy", inGroup(decrypts), [], "reads"],
  ["a group's policy that says nothing of the key", inGroup(), notAllowed(), "is refused"],
  [
    "a managed policy that denies it",
    withManaged(allow("*"), deny("kms:*", {})),
    notAllowed(" (managed)"),
    "is refused",
  ],
  ["a boundary that allows it", bounded(allow(["s3:*", "kms:*"])), [], "reads"],
  [
    "a boundary that says nothing of it",
    bounded(allow("s3:*")),
    notAllowed(" (its permissions boundary)"),
    "is refused",
  ],
  [
    "a boundary that denies it",
    bounded(allow("*"), deny("kms:Decrypt", {})),
    notAllowed(" (its permissions boundary)"),
    "is refused",
  ],
  ["an Allow through S3", role(allow("kms:Decrypt", viaS3In("eu-west-1"))), [], "reads"],
  [
    "an Allow through another Region's S3",
    role(allow("kms:Decrypt", viaS3In("us-east-1"))),
    notAllowed(),
    "is refused",
  ],
  ["an Allow for the bucket's key", role(allow("kms:Decrypt", contextOf("arn:aws:s3:::acme-uploads"))), [], "reads"],
  [
    "an Allow for objects, where there is a bucket key",
    role(allow("kms:Decrypt", contextOf("arn:aws:s3:::acme-uploads/*"))),
    notAllowed(),
    "is refused",
  ],
  ["a Deny outside its Region", role(decrypts, deny("*", inRegion("eu-west-1"))), [], "reads"],
  [
    "a Deny outside another Region",
    role(decrypts, deny("kms:*", inRegion("us-east-1"))),
    notAllowed(" (inline)"),
    "is refused",
  ],
  ["a Deny of plain HTTP", role(decrypts, deny("*", { Bool: { "aws:SecureTransport": "false" } })), [], "reads"],
  [
    "an Allow for itself",
    role(allow("kms:Decrypt", { ArnEquals: { "aws:PrincipalArn": arnOf("role/reader") } })),
    [],
    "reads",
  ],
  [
    "a condition on a key of another service",
    role(decrypts, allow("iam:PassRole", { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } })),
    [],
    "reads",
  ],
  [
    "an Allow for who has a tag",
    role(allow("kms:Decrypt", { StringEquals: { "aws:PrincipalTag/team": "blue" } })),
    [undecided, says("whether its IAM policies allow kms:Decrypt hangs on aws:PrincipalTag/team")],
    "is refused",
  ],
  [
    "a Deny to all but an address",
    role(decrypts, deny("kms:*", { NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" } })),
    [undecided, says("whether its IAM policies allow kms:Decrypt hangs on aws:SourceIp (inline)")],
    "is refused",
  ],
  [
    "a Deny to who has a tag",
    role(decrypts, deny("kms:*", { StringEquals: { "aws:PrincipalTag/team": "red" } })),
    [
      "note principal-not-decided",
      says("its IAM policies allow it, unless a Deny holds that hangs on aws:PrincipalTag/team"),
    ],
    "reads",
  ],
])("a reader whose IAM policies have %s", async (_, reads, expected, outcome) => {
  const world = await live();
  const { aws, kmsTarget, name, put } = world.legacy;
  const KeyId = kmsTarget.keyArn;
  await put("theirs", "content", { ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyId, BucketKeyEnabled: true });
  const reader = await reads(world);
  await world.clients.kms.send(new PutKeyPolicyCommand({ KeyId, Policy: json(administer) }));

  const found = preflight(await world.facts({ readers: [reader.arn] })).filter(({ id }) => id.startsWith("principal-"));
  const evidence = found.map((one) => one.evidence.replace(/^arn:\S+\//, ""));
  expect([...inShort(found), ...evidence]).toEqual(expected);
  const s3 = s3Client({
    ...{ region: "eu-west-1", concurrency: 1, credentials: reader.credentials },
    requestHandler: requestHandler(aws.handle),
  });
  const got = await s3.send(new GetObjectCommand({ Bucket: name, Key: "theirs" })).then(
    () => "reads",
    (error: unknown) => (error instanceof Error && error.name === "AccessDenied" ? "is refused" : error),
  );
  expect(got).toBe(outcome);
});

describe("who of the account reads and writes by IAM alone", () => {
  const administrator = arnOf("user/administrator");

  test("is every role and user whose policies let it, or may, but for the conversion role", async () => {
    const world = await live();
    const { iam } = world.clients;
    const { intent } = await world.facts();
    const roleArn = await roleWith(iam, "converter", allow("*"));
    await roleWith(iam, "app", allow("s3:PutObject"));
    const AWS = { StringEquals: { "aws:SourceVpce": "vpce-1" } };
    await roleWith(iam, "in-a-network", allow("s3:PutObject", AWS));
    await roleWith(iam, "of-another-bucket", { ...deny("s3:*", {}), Resource: "arn:aws:s3:::acme-uploads/*" });
    await roleWith(iam, "limited");
    const PermissionsBoundary = await managed(iam, "limit", allow("kms:*"));
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: "limited", PermissionsBoundary }));
    await inGroup()(world);
    await iam.send(new CreateUserCommand({ UserName: "nobody" }));
    const PolicyDocument = json(allow("kms:*"));
    await iam.send(new PutUserPolicyCommand({ UserName: "nobody", PolicyName: "inline", PolicyDocument }));

    const asked = await usersByIam(iam, { ...intent, roleArn });
    if (asked.is === "unseen") throw new Error(asked.why);
    const { users, undecided } = asked.value;
    expect(users.map(({ arn, does }) => `${arn.split(":").at(-1)} ${does}s`)).toEqual([
      "role/app reads",
      "role/app writes",
      "role/in-a-network reads",
      "user/administrator reads",
      "user/administrator writes",
      "user/reader reads",
    ]);
    expect(undecided).toEqual([{ arn: arnOf("role/in-a-network"), hangsOn: ["aws:SourceVpce"] }]);
  });

  test("is found where the bucket leaves aws/s3 for a key with named readers, and each that loses it is named", async () => {
    const world = await live();
    const { put, kmsTarget, log } = world.legacy;
    const { iam, kms } = world.clients;
    await put("managed", "content", { ServerSideEncryption: "aws:kms" });
    const asked = () => log.some(({ operation }) => operation === "ListRoles");
    await world.facts();
    expect(asked()).toBe(false); // the target key lets in the account, as aws/s3 does
    const named = { ...throughS3, Principal: { AWS: administrator } };
    await kms.send(new PutKeyPolicyCommand({ KeyId: kmsTarget.keyArn, Policy: json(administer, named) }));
    await roleWith(iam, "app");
    await roleWith(iam, "may-decrypt", decrypts);
    await iam.send(new CreateRoleCommand({ RoleName: "in-a-network", AssumeRolePolicyDocument: trust }));
    const PolicyDocument = json(allow("s3:GetObject", { StringEquals: { "aws:SourceVpce": "vpce-1" } }));
    await iam.send(new PutRolePolicyCommand({ RoleName: "in-a-network", PolicyName: "inline", PolicyDocument }));
    const found = preflight(await world.facts()).filter(({ id }) => /^principal-|aws-s3$/.test(id));
    expect(asked()).toBe(true);
    expect(found.map(({ level, id, evidence }) => `${level} ${id}: ${evidence.replace(/^arn:[^;]*?\//, "")}`)).toEqual([
      "error principal-without-key: app (IAM, reads): its IAM policies do not allow kms:Decrypt",
      expect.stringMatching(/^warning objects-under-aws-s3: .*whoever of the account reads or writes by IAM policies/),
      expect.stringMatching(/^warning principal-not-decided: .*in-a-network \(aws:SourceVpce\)$/),
    ]);
  });
});
