import { type Clients, clientsOf } from "../../conformance/clients";
import { startLocal } from "../../conformance/local-server";
import type { Server } from "../../conformance/server";
import { checkAccount, checkUnused } from "../../smoke/account";
import { cleanUp } from "../../smoke/clean-up";
import { Refused } from "../../smoke/request";
import { prefixOf, type Run, stackNameOf, stackOwns } from "../../smoke/run-id";

const run: Run = { id: "0123abcd", account: "111122223333", region: "us-east-1" };
const another: Run = { ...run, id: "89abcdef" };
const owns = stackOwns(run);
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: run.account }, Action: "sts:AssumeRole" }],
});
const nothing = (description: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: description, Effect: "Deny", Action: "s3:*", Resource: "*" }],
  });

let server: Server;
let clients: Clients;

beforeEach(async () => {
  server = await startLocal();
  clients = clientsOf(server, server.credentials);
});
afterEach(async () => {
  clients.destroy();
  await server.stop();
});

/** What a run makes: a bucket of a probe with versions, a role, a key, and a stack. Returns the ids of its keys. */
async function leave(of: Run): Promise<string[]> {
  const { s3, kms, iam } = clients;
  const Bucket = `${prefixOf(of)}bucket`;
  await s3.createBucket({ Bucket });
  await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Enabled" } });
  await s3.putObject({ Bucket, Key: "key", Body: "old" });
  await s3.deleteObject({ Bucket, Key: "key" });
  const RoleName = `${prefixOf(of)}role`;
  await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust });
  await iam.putRolePolicy({ RoleName, PolicyName: "only", PolicyDocument: nothing("inline") });
  const { KeyMetadata } = await kms.createKey({ Description: `${prefixOf(of)}first` });
  return [KeyMetadata?.KeyId ?? ""];
}

async function leaveStack(of: Run): Promise<string[]> {
  const { s3, kms, iam } = clients;
  const tag = { Key: "stack", Value: stackNameOf(of) };
  await s3.createBucket({ Bucket: owns.backupBucket });
  await s3.putBucketTagging({ Bucket: owns.backupBucket, Tagging: { TagSet: [tag] } });
  await s3.putObject({ Bucket: owns.backupBucket, Key: "backup", Body: "body" });
  await iam.createRole({ RoleName: owns.role, AssumeRolePolicyDocument: trust, Tags: [tag] });
  const PolicyName = `${owns.role}-keys-1`;
  const { Policy } = await iam.createPolicy({ PolicyName, PolicyDocument: nothing("first"), Tags: [tag] });
  const PolicyArn = Policy?.Arn ?? "";
  await iam.createPolicyVersion({ PolicyArn, PolicyDocument: nothing("second"), SetAsDefault: true });
  await iam.attachRolePolicy({ RoleName: owns.role, PolicyArn });
  const { KeyMetadata } = await kms.createKey({ Tags: [{ TagKey: tag.Key, TagValue: tag.Value }] });
  await kms.createAlias({ AliasName: owns.alias, TargetKeyId: KeyMetadata?.KeyId });
  return [KeyMetadata?.KeyId ?? ""];
}

async function thereIs() {
  const { s3, kms, iam } = clients;
  const { Keys = [] } = await kms.listKeys({});
  const states = await Promise.all(Keys.map(({ KeyId }) => kms.describeKey({ KeyId })));
  return {
    buckets: ((await s3.listBuckets({})).Buckets ?? []).map(({ Name }) => Name),
    roles: ((await iam.listRoles({})).Roles ?? []).map(({ RoleName }) => RoleName),
    policies: ((await iam.listPolicies({ Scope: "Local" })).Policies ?? []).map(({ PolicyName }) => PolicyName),
    keys: states.flatMap(({ KeyMetadata: key }) => (key?.KeyState === "Enabled" ? (key.KeyId ?? "") : [])),
    aliases: ((await kms.listAliases({})).Aliases ?? []).flatMap(({ AliasName }) =>
      AliasName?.startsWith("alias/aws/") ? [] : AliasName,
    ),
  };
}

test("everything that a run has made goes, and its keys after seven days; what is not the run's stays", async () => {
  const { s3, kms, iam } = clients;
  await s3.createBucket({ Bucket: "acme-uploads" });
  await iam.createRole({ RoleName: "platform", AssumeRolePolicyDocument: trust });
  const { KeyMetadata } = await kms.createKey({ Description: "somebody's" });
  const others = await leave(another);
  const own = [...(await leave(run)), ...(await leaveStack(run))];

  const { removed, left } = await cleanUp(server, clients, run);
  expect(left).toEqual([]);
  expect(removed).toHaveLength(7);
  const there = await thereIs();
  expect(there.buckets.sort()).toEqual(["acme-uploads", `${prefixOf(another)}bucket`]);
  expect(there.roles.sort()).toEqual([`${prefixOf(another)}role`, "platform"]);
  expect(there.policies).toEqual([]);
  expect(there.aliases).toEqual([]);
  expect(there.keys.sort()).toEqual([KeyMetadata?.KeyId ?? "", ...others].sort());
  for (const KeyId of own) {
    const { KeyMetadata: key } = await kms.describeKey({ KeyId });
    expect(key?.KeyState).toBe("PendingDeletion");
    const days = ((key?.DeletionDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(7);
  }
  expect(await cleanUp(server, clients, run)).toEqual({ removed: [], left: [] });
});

test("the stack of another run, or of a user, is left alone and named", async () => {
  const [key] = await leaveStack(another);
  const { removed, left } = await cleanUp(server, clients, run);
  expect(removed).toEqual([]);
  expect(left.map((what) => what.replace(/arn:\S+\//, "").split(":")[0])).toEqual([
    `bucket ${owns.backupBucket}`,
    `role ${owns.role}`,
    `policy ${owns.role}-keys-1`,
  ]);
  expect((await thereIs()).keys).toEqual([key]);
});

test("what cannot be removed, or not be looked for, is named, and the rest goes all the same", async () => {
  await leave(run);
  const s3 = Object.create(clients.s3, {
    deleteBucket: { value: () => Promise.reject(new Error("no bucket goes")) },
  });
  const iam = Object.create(clients.iam, {
    listPolicies: { value: () => Promise.reject(new Error("nobody may look")) },
  });
  const { left } = await cleanUp(server, { ...clients, s3, iam }, run);
  expect(left).toEqual([`bucket ${prefixOf(run)}bucket: Error: no bucket goes`, "policies: Error: nobody may look"]);
  const there = await thereIs();
  expect(there.roles).toEqual([]);
  expect(there.keys).toEqual([]);
});

test("an account other than the one that was named is refused, and so is one where the stack is applied", async () => {
  await expect(checkAccount(clients, "444455556666")).rejects.toThrow(Refused);
  expect(await checkAccount(clients, run.account)).toBe("aws");
  await expect(checkUnused(clients, run)).resolves.toBeUndefined();
  await leaveStack(another);
  await expect(checkUnused(clients, run)).rejects.toThrow(
    `key ${owns.alias}, role ${owns.role}, bucket ${owns.backupBucket}`,
  );
});
