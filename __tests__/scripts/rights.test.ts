import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { CreateBucketCommand, DeleteObjectCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { reencryptionRoleArn } from "../../src/fleet/names";
import { type AtRestWorld, account, atRestWorld, bucket, type Ended, region } from "../support/at-rest-world";
import { requestHandler } from "../support/request-handler";
import { withTheRightsOfTheStack } from "../support/stack-rights";

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

// Each test is many processes, one after the other.
jest.setTimeout(240_000);

const roleArn = reencryptionRoleArn({ partition: "aws", id: account }, region);

/** Runs a command that has to find all its permissions. */
async function allowed(exitCode: number, ...words: string[]): Promise<Ended> {
  world.denied.length = 0;
  const ended = await world.atRest(...words);
  expect({ words, denied: world.denied, exitCode: ended.exitCode }).toEqual({ words, denied: [], exitCode });
  expect(ended.stderr).not.toMatch(/denied/i);
  return ended;
}

const other = "acme-restored";
const withHistory = "acme-restored-versions";

/** Versions, a bucket to restore to, an old key, and the role with the rights of the stack. */
async function fleetWithOldKey(): Promise<{ readonly sourceKey: string; readonly settings: string }> {
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  for (const Bucket of [other, withHistory]) {
    await world.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  }
  const VersioningConfiguration = { Status: "Enabled" } as const;
  for (const Bucket of [bucket, withHistory]) {
    await world.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  const { KeyMetadata } = await world.kms.send(new CreateKeyCommand({}));
  const sourceKey = KeyMetadata?.Arn ?? "";
  const settings = `sourceKeys: ["${sourceKey}"]`;
  await withTheRightsOfTheStack(
    world,
    `[{ name: ${bucket}, ${settings} }, { name: ${other} }, { name: ${withHistory} }]`,
  );
  await world.put("under the old key", { ServerSideEncryption: "aws:kms", SSEKMSKeyId: sourceKey, Tagging: "a=b" });
  await world.put("of two versions");
  await world.put("of two versions");
  await world.putUnencrypted("unencrypted");
  return { sourceKey, settings };
}

describe("with the rights of the stack nothing is denied", () => {
  test("before a conversion: snapshot, preflight, backup and restore", async () => {
    const { settings } = await fleetWithOldKey();
    world.fleet("prepare", {}, settings, other, withHistory);
    await allowed(0, "snapshot");
    await allowed(0, "preflight", "--canary");
    await allowed(0, "backup", "--bucket", bucket, "--versions", "all", "--yes");
    await world.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "under the old key" }));
    await allowed(0, "restore", "--bucket", bucket, "--yes");
    await allowed(0, "restore", "--bucket", bucket, "--to", other, "--yes");
    await allowed(0, "restore", "--bucket", bucket, "--to", withHistory, "--versions", "all", "--yes");
  });

  test("from stage encrypt on: backup, reencrypt, audit, preflight and key-usage", async () => {
    const { sourceKey, settings } = await fleetWithOldKey();
    world.fleet("encrypt", {}, settings, other);
    await world.apply("encrypt");
    const block = { RestrictPublicBuckets: true };
    world.aws.state.exposure.accessPoints.push({ name: "p", account, region, bucket, policyIsPublic: true, block });
    await allowed(0, "backup", "--bucket", bucket, "--yes");
    await allowed(0, "reencrypt", "--bucket", bucket, "--yes");
    await allowed(0, "audit", "--bucket", bucket, "--versions", "all");
    await allowed(0, "preflight", "--bucket", bucket, "--canary");
    // Noncurrent versions are left as they are, and none of them is under the old key.
    await allowed(0, "key-usage", "--key", sourceKey, "--fleet", "fleet.yaml", "--role-arn", roleArn);
    await allowed(1, "key-usage", "--key", world.keyArn, "--fleet", "fleet.yaml", "--role-arn", roleArn);
  });
});

/** A role that reads by its IAM policies alone, and an object under aws/s3. The key's policy leaves all to IAM. */
async function readerByIamAlone(): Promise<void> {
  const allow = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const trust = allow({ Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" });
  await world.iam.send(new CreateRoleCommand({ RoleName: "app", AssumeRolePolicyDocument: trust }));
  const PolicyDocument = allow({ Action: "s3:GetObject", Resource: "*" });
  await world.iam.send(new PutRolePolicyCommand({ RoleName: "app", PolicyName: "reads", PolicyDocument }));
  await world.put("under aws/s3", { ServerSideEncryption: "aws:kms" });
  world.fleet("prepare");
}

describe("who lives on aws/s3", () => {
  test("is asked of IAM with the rights of a stack whose key lets in named principals only", async () => {
    await readerByIamAlone();
    await withTheRightsOfTheStack(world, `[{ name: ${bucket} }]`, "keyAccess: named");
    // DescribeKey takes a permission on aws/s3 that nobody can name beforehand; its alias is looked at instead.
    const describesAwsS3 = [`DescribeKey /`];
    const { exitCode, stderr } = await world.atRest("preflight");
    expect({ denied: world.denied, exitCode }).toEqual({ denied: describesAwsS3, exitCode: 1 });
    expect(stderr).not.toMatch(/denied|account-not-asked|source-key-not-in-fleet/);
    expect(stderr).toMatch(/warning +objects-under-aws-s3/);
    expect(stderr).toContain(`role/app (IAM, reads): its IAM policies do not allow kms:Decrypt`);
    expect(stderr).not.toContain("user/administrator (IAM");
  });

  test("is not known without those rights, which is a finding with the permission and no failure", async () => {
    await readerByIamAlone();
    await withTheRightsOfTheStack(world, `[{ name: ${bucket} }]`);
    const { exitCode, stderr } = await world.atRest("preflight");
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/warning +account-not-asked +iam:ListRoles: denied to this caller/);
    expect(stderr).not.toContain("could-not-look");
  });
});

test("with the permissions that docs/discover.md names nothing is denied to a discovery", async () => {
  const page = readFileSync(join(__dirname, "../../docs/discover.md"), "utf8");
  const paragraph = page.slice(page.indexOf("Discover needs these")).split("\n\n")[1] ?? "";
  const Action = [...paragraph.matchAll(/`([^`]+)`/g)].map(([, action = ""]) => action);
  const allow = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const RoleName = "reader";
  const trust = allow({ Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" });
  const { Role } = await world.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const PolicyDocument = allow({ Action, Resource: "*" });
  await world.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "read", PolicyDocument }));
  const sts = new STSClient({
    region,
    credentials: world.aws.addAccount(account),
    requestHandler: requestHandler(world.aws.handle),
  });
  const assume = { RoleArn: Role?.Arn, RoleSessionName: "discovery" };
  const { Credentials } = await sts.send(new AssumeRoleCommand(assume));
  const environment = {
    ...world.environment,
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? "",
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? "",
  };
  world.denied.length = 0;
  // Of CloudWatch there is none on this machine.
  const { exitCode, stderr } = await world.atRestIn(environment, "discover", "--no-sizes", "--fleet", "drafted.yaml");
  expect({ stderr, denied: world.denied }).toEqual({ stderr: expect.not.stringMatching(/denied/i), denied: [] });
  expect(exitCode).toBe(0);
  expect(readFileSync(join(world.directory, "drafted.yaml"), "utf8")).toContain(`- name: ${bucket}`);
});
