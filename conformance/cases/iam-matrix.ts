import { randomBytes } from "node:crypto";
import { type Area, behaviour, type Case, iamGuide, kmsGuide } from "../case";
import type { Clients } from "../clients";
import { answers, refuses } from "../expect";
import { namePrefix } from "../suite";
import type { World } from "../world";

type Where = "the same account" | "another account";
type Identity = "allows" | "says nothing" | "denies";
type Resource = "says nothing" | "names the role" | "names the account" | "denies the role";

/**
 * Whether a role gets in, by what its own policy and the resource's say.
 *
 * | the resource's policy | its own: allows | says nothing       | denies |
 * |-----------------------|-----------------|--------------------|--------|
 * | says nothing          | same account    | no                 | no     |
 * | names the account     | yes             | no                 | no     |
 * | names the role        | yes             | same account       | no     |
 * | denies the role       | no              | no                 | no     |
 *
 * A key's policy that says nothing refuses its own account too.
 */
function getsIn(where: Where, identity: Identity, resource: Resource, isKey: boolean): boolean {
  if (identity === "denies" || resource === "denies the role") return false;
  const same = where === "the same account";
  switch (resource) {
    case "says nothing":
      return same && !isKey && identity === "allows";
    case "names the account":
      return identity === "allows";
    case "names the role":
      return identity === "allows" || same;
  }
}

const document = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const settle = ({ server }: World): Promise<void> => new Promise((resolve) => setTimeout(resolve, server.settling));

/** Runs with the clients of a new role of either account, which says this about an action on a resource. */
async function withRole(
  world: World,
  where: Where,
  identity: Identity,
  about: { readonly Action: string; readonly Resource: string },
  run: (role: Clients, arn: string, account: string) => Promise<unknown>,
): Promise<void> {
  const { iam, sts } = where === "the same account" ? world : world.other;
  const { Account: account = "" } = await sts.getCallerIdentity({});
  const RoleName = `${namePrefix}${randomBytes(6).toString("hex")}`;
  const trust = document({ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" });
  const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust });
  const policy = { RoleName, PolicyName: "only" };
  const said = identity === "says nothing" ? { Effect: "Allow", Action: "iam:ListUsers", Resource: "*" } : about;
  try {
    const Effect = identity === "denies" ? "Deny" : "Allow";
    await iam.putRolePolicy({ ...policy, PolicyDocument: document({ Effect, ...said }) });
    await settle(world);
    const { Credentials } = await sts.assumeRole({ RoleArn: Role?.Arn, RoleSessionName: "conformance" });
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken } = Credentials ?? {};
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    await run(world.clients(credentials), Role?.Arn ?? "", account);
  } finally {
    await iam.deleteRolePolicy(policy);
    await iam.deleteRole({ RoleName });
  }
}

/** What the resource's policy says about the role; nothing where it says nothing. */
function statements(resource: Resource, action: string, on: string, role: string, account: string): readonly object[] {
  const about = { Action: action, Resource: on };
  switch (resource) {
    case "says nothing":
      return [];
    case "names the role":
      return [{ Effect: "Allow", Principal: { AWS: role }, ...about }];
    case "names the account":
      return [{ Effect: "Allow", Principal: { AWS: account }, ...about }];
    case "denies the role":
      return [
        { Effect: "Allow", Principal: { AWS: account }, ...about },
        { Effect: "Deny", Principal: { AWS: role }, ...about },
      ];
  }
}

const wheres: readonly Where[] = ["the same account", "another account"];
const identities: readonly Identity[] = ["allows", "says nothing", "denies"];
const resources: readonly Resource[] = ["says nothing", "names the role", "names the account", "denies the role"];
const rows = wheres.flatMap((where) =>
  identities.flatMap((identity) => resources.map((resource) => ({ where, identity, resource }))),
);
const needsOf = (where: Where) =>
  where === "the same account" ? (["permissions"] as const) : (["permissions", "otherAccount"] as const);

const buckets: Case[] = rows.map(({ where, identity, resource }) => {
  const allowed = getsIn(where, identity, resource, false);
  return behaviour(
    `a role of ${where} whose policy ${identity} ${allowed ? "reads" : "does not read"} a bucket whose policy ${resource}`,
    "GetObject PutBucketPolicy",
    iamGuide(where === "the same account" ? "Policy evaluation logic" : "Cross-account policy evaluation logic"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({ Bucket, Key: "k", Body: "b" });
      const about = { Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` };
      await withRole(world, where, identity, about, async ({ s3 }, arn, account) => {
        const said = statements(resource, about.Action, about.Resource, arn, account);
        if (said.length > 0) await world.policy(Bucket, ...said);
        const get = s3.getObject({ Bucket, Key: "k" });
        await (allowed ? answers(get) : refuses(get, 403, "AccessDenied"));
      });
    },
    { needs: needsOf(where) },
  );
});

const keys: Case[] = rows.map(({ where, identity, resource }) => {
  const allowed = getsIn(where, identity, resource, true);
  return behaviour(
    `a role of ${where} whose policy ${identity} ${allowed ? "uses" : "does not use"} a key whose policy ${resource}`,
    "GenerateDataKey PutKeyPolicy",
    kmsGuide(
      where === "the same account" ? "Key policies in AWS KMS" : "Allowing users in other accounts to use a KMS key",
    ),
    async (world) => {
      const KeyId = await world.ownKey();
      const about = { Action: "kms:GenerateDataKey", Resource: KeyId };
      await withRole(world, where, identity, about, async ({ kms }, arn, account) => {
        // The account keeps its key, but for the role.
        const keeps = {
          Effect: "Allow",
          Principal: { AWS: world.account },
          Action: "kms:*",
          Resource: "*",
          Condition: { ArnNotEquals: { "aws:PrincipalArn": arn } },
        };
        const said = statements(resource, about.Action, "*", arn, account);
        await world.kms.putKeyPolicy({ KeyId, Policy: document(keeps, ...said) });
        await settle(world);
        const generate = kms.generateDataKey({ KeyId, KeySpec: "AES_256" });
        await (allowed ? answers(generate) : refuses(generate, 400, "AccessDeniedException"));
      });
    },
    { needs: needsOf(where) },
  );
});

export const iamMatrix: Area = {
  name: "IAM: identity and resource, within and across accounts",
  cases: [...buckets, ...keys],
};
