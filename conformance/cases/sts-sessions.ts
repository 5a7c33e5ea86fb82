import { randomBytes } from "node:crypto";
import type { AssumeRoleCommandInput, STS } from "@aws-sdk/client-sts";
import { type Area, behaviour, type Case, iamGuide, stsApi } from "../case";
import type { Clients } from "../clients";
import { answers, expectThat } from "../expect";
import { namePrefix } from "../suite";
import type { World } from "../world";
import { refuses } from "./iam-sources";
import { type MotoDifferences, withMoto } from "./moto";

const needs = ["permissions"] as const;
const acrossAccounts = ["permissions", "otherAccount"] as const;
const documentOf = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const settle = ({ server }: World): Promise<void> => new Promise((resolve) => setTimeout(resolve, server.settling));
const mayAssume = { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" };
const nothing = { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" };

interface Target {
  readonly arn: string;
  readonly name: string;
  readonly id: string;
}

/** A role that trusts whom the statements name, deleted afterwards. */
const trusting =
  (
    statements: (world: World) => Promise<readonly object[]> | readonly object[],
    run: (world: World, role: Target) => Promise<unknown>,
    more: { readonly MaxSessionDuration?: number } = {},
  ) =>
  async (world: World): Promise<void> => {
    const RoleName = `${namePrefix}${randomBytes(6).toString("hex")}`;
    const AssumeRolePolicyDocument = documentOf(
      ...(await statements(world)).map((statement) => ({ Effect: "Allow", Action: "sts:AssumeRole", ...statement })),
    );
    const { Role } = await world.iam.createRole({ RoleName, AssumeRolePolicyDocument, ...more });
    try {
      await settle(world);
      await run(world, { arn: Role?.Arn ?? "", name: RoleName, id: Role?.RoleId ?? "" });
    } finally {
      await world.iam.deleteRole({ RoleName });
    }
  };
const byAccount = ({ account }: World): object[] => [{ Principal: { AWS: account } }];

const assume = (sts: STS, { arn }: Pick<Target, "arn">, more: Partial<AssumeRoleCommandInput> = {}) =>
  sts.assumeRole({ RoleArn: arn, RoleSessionName: "conformance", ...more });

const clientsOf = async (world: World, call: ReturnType<typeof assume>): Promise<Clients> => {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken } = (await call).Credentials ?? {};
  return world.clients({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
};

const sessions: Case[] = [
  behaviour(
    "a session is named in its ARN and its id",
    "AssumeRole GetCallerIdentity",
    stsApi("AssumeRole"),
    trusting(byAccount, async (world, role) => {
      const AssumedRoleUser = {
        Arn: `arn:aws:sts::${world.account}:assumed-role/${role.name}/conformance`,
        AssumedRoleId: `${role.id}:conformance`,
      };
      const call = assume(world.sts, role);
      await answers(call, { AssumedRoleUser, Credentials: { AccessKeyId: /^ASIA[A-Z0-9]{16}$/ } });
      const { sts } = await clientsOf(world, call);
      await answers(sts.getCallerIdentity({}), {
        Account: world.account,
        Arn: AssumedRoleUser.Arn,
        UserId: AssumedRoleUser.AssumedRoleId,
      });
    }),
  ),
  ...([undefined, 900, 7_200] as const).map((DurationSeconds) =>
    behaviour(
      `a session lasts ${DurationSeconds ?? "an hour where nothing is asked, in"} seconds`.replace(", in seconds", ""),
      "AssumeRole",
      stsApi("AssumeRole"),
      trusting(
        byAccount,
        async (world, role) => {
          const { Credentials } = await assume(world.sts, role, { DurationSeconds });
          const seconds = ((Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 1_000;
          expectThat(Math.abs(seconds - (DurationSeconds ?? 3_600)) < 60, true, `it lasts ${seconds} s`);
        },
        { MaxSessionDuration: 7_200 },
      ),
    ),
  ),
  ...[
    { what: "shorter than 900 seconds", DurationSeconds: 899 },
    { what: "longer than the role allows", DurationSeconds: 3_601 },
    { what: "longer than 12 hours", DurationSeconds: 43_201 },
  ].map(({ what, DurationSeconds }) =>
    behaviour(
      `a session ${what} is a validation error`,
      "AssumeRole",
      stsApi("AssumeRole"),
      trusting(byAccount, async (world, role) =>
        refuses(
          assume(world.sts, role, { DurationSeconds }),
          400,
          "ValidationError",
          DurationSeconds === 3_601
            ? "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            : undefined,
        ),
      ),
    ),
  ),
  ...["a", "a b", "a/b", "a".repeat(65)].map((RoleSessionName) =>
    behaviour(
      `${RoleSessionName.length > 5 ? "65 characters are" : `"${RoleSessionName}" is`} no name of a session`,
      "AssumeRole",
      stsApi("AssumeRole"),
      trusting(byAccount, async (world, role) =>
        refuses(assume(world.sts, role, { RoleSessionName }), 400, "ValidationError"),
      ),
    ),
  ),
  behaviour(
    "a session that was assumed by a session lasts an hour at most",
    "AssumeRole",
    iamGuide("Roles terms and concepts"),
    trusting(
      byAccount,
      async (world, role) => {
        const first = await world.role([mayAssume]);
        await answers(assume(first.sts, role, { DurationSeconds: 3_600 }));
        await refuses(
          assume(first.sts, role, { DurationSeconds: 3_601 }),
          400,
          "ValidationError",
          "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        );
      },
      { MaxSessionDuration: 7_200 },
    ),
    { needs },
  ),
  behaviour(
    "a session policy that is no policy is MalformedPolicyDocument",
    "AssumeRole",
    stsApi("AssumeRole"),
    trusting(byAccount, async (world, role) =>
      refuses(assume(world.sts, role, { Policy: "{}" }), 400, "MalformedPolicyDocument"),
    ),
  ),
  behaviour(
    "a session policy gives nothing that the role does not have",
    "AssumeRole ListBuckets",
    stsApi("AssumeRole"),
    trusting(byAccount, async (world, role) => {
      const Policy = documentOf({ Effect: "Allow", Action: "*", Resource: "*" });
      const { s3 } = await clientsOf(world, assume(world.sts, role, { Policy }));
      await refuses(s3.listBuckets({}), 403, "AccessDenied", /no identity-based policy allows/);
    }),
    { needs },
  ),
  behaviour(
    "a session's key signs nothing without its token",
    "GetCallerIdentity",
    iamGuide("Request temporary security credentials"),
    trusting(byAccount, async (world, role) => {
      const { AccessKeyId = "", SecretAccessKey = "" } = (await assume(world.sts, role)).Credentials ?? {};
      const { sts } = world.clients({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey });
      await refuses(sts.getCallerIdentity({}), 403, "InvalidClientTokenId");
    }),
    { needs },
  ),
  behaviour(
    "whoever may nothing is told who it is",
    "GetCallerIdentity",
    stsApi("GetCallerIdentity"),
    async (world) => {
      const role = await world.role([{ Effect: "Deny", Action: "*", Resource: "*" }]);
      await answers(role.sts.getCallerIdentity({}), { Account: world.account });
    },
    { needs },
  ),
  behaviour(
    "a session gets no further session by GetSessionToken",
    "GetSessionToken",
    stsApi("GetSessionToken"),
    async (world) => {
      const role = await world.role([{ Effect: "Allow", Action: "*", Resource: "*" }]);
      await refuses(
        role.sts.getSessionToken({}),
        403,
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
      );
    },
    { needs },
  ),
];

interface TrustRow {
  readonly name: string;
  readonly trust: (world: World, caller: string) => readonly object[];
  readonly caller: "may assume" | "may nothing";
  readonly ask?: Partial<AssumeRoleCommandInput>;
  readonly allowed: boolean;
}
const trusts = (more: (world: World, caller: string) => object) => (world: World, caller: string) => [
  more(world, caller),
];
const rows: readonly TrustRow[] = [
  {
    name: "the account, and the caller's policies allow it",
    trust: (world) => byAccount(world),
    caller: "may assume",
    allowed: true,
  },
  {
    name: "the account, and the caller's policies do not",
    trust: (world) => byAccount(world),
    caller: "may nothing",
    allowed: false,
  },
  {
    name: "the calling role by its ARN",
    trust: trusts((_, caller) => ({ Principal: { AWS: caller } })),
    caller: "may nothing",
    allowed: true,
  },
  {
    name: "somebody else",
    trust: trusts(() => ({ Principal: { Service: "ec2.amazonaws.com" } })),
    caller: "may assume",
    allowed: false,
  },
  {
    name: "the account, and denies the calling role",
    trust: (world, caller) => [
      ...byAccount(world),
      { Effect: "Deny", Principal: "*", Condition: { ArnEquals: { "aws:PrincipalArn": caller } } },
    ],
    caller: "may assume",
    allowed: false,
  },
  {
    name: "the account for the calling role's ARN",
    trust: trusts(({ account }, caller) => ({
      Principal: { AWS: account },
      Condition: { ArnLike: { "aws:PrincipalArn": caller } },
    })),
    caller: "may assume",
    allowed: true,
  },
  {
    name: "the account for another role's ARN",
    trust: trusts(({ account }, caller) => ({
      Principal: { AWS: account },
      Condition: { ArnLike: { "aws:PrincipalArn": `${caller}x` } },
    })),
    caller: "may assume",
    allowed: false,
  },
  ...(
    [
      ["an external id that is given", "secret", true],
      ["an external id where another is given", "Secret", false],
      ["an external id where none is given", undefined, false],
    ] as const
  ).map(([name, ExternalId, allowed]) => ({
    name: `the account under ${name}`,
    trust: trusts(({ account }) => ({
      Principal: { AWS: account },
      Condition: { StringEquals: { "sts:ExternalId": "secret" } },
    })),
    caller: "may assume" as const,
    ask: { ExternalId },
    allowed,
  })),
  ...([true, false] as const).map((allowed) => ({
    name: `the account for sessions of ${allowed ? "the" : "another"} name`,
    trust: trusts(({ account }) => ({
      Principal: { AWS: account },
      Condition: { StringLike: { "sts:RoleSessionName": "deploy-*" } },
    })),
    caller: "may assume" as const,
    ask: { RoleSessionName: allowed ? "deploy-1" : "test-1" },
    allowed,
  })),
];

const trustPolicies: Case[] = [
  ...rows.map(({ name, trust, caller, ask, allowed }) =>
    behaviour(
      `a role that trusts ${name} ${allowed ? "can" : "cannot"} be assumed`,
      "AssumeRole",
      iamGuide("Policy evaluation logic"),
      async (world) => {
        const asking = await world.role([caller === "may assume" ? mayAssume : nothing]);
        await trusting(
          () => trust(world, asking.arn),
          async (_, role) => {
            const call = assume(asking.sts, role, ask);
            await (allowed
              ? answers(call)
              : refuses(call, 403, "AccessDenied", /is not authorized to perform: sts:AssumeRole/));
          },
        )(world);
      },
      { needs },
    ),
  ),
  behaviour(
    "a role that is not there is refused like one that trusts somebody else",
    "AssumeRole",
    stsApi("AssumeRole"),
    async ({ sts, account }) =>
      refuses(assume(sts, { arn: `arn:aws:iam::${account}:role/${namePrefix}none` }), 403, "AccessDenied"),
    { needs },
  ),
  behaviour(
    "a session of a role that was deleted signs nothing",
    "DeleteRole GetCallerIdentity",
    iamGuide("Delete roles or instance profiles"),
    async (world) => {
      let session: Clients | undefined;
      await trusting(byAccount, async (_, role) => {
        session = await clientsOf(world, assume(world.sts, role));
        await answers(session.sts.getCallerIdentity({}));
      })(world);
      await settle(world);
      if (session) await refuses(session.s3.listBuckets({}), 403);
    },
    { needs },
  ),
  behaviour(
    "a role trusts another account's administrator, whose own policies allow it",
    "AssumeRole",
    iamGuide("Cross-account policy evaluation logic"),
    trusting(
      async ({ other }) => [{ Principal: { AWS: (await other.sts.getCallerIdentity({})).Account } }],
      async (world, role) => {
        const call = assume(world.other.sts, role);
        await answers(call);
        const { sts } = await clientsOf(world, call);
        await answers(sts.getCallerIdentity({}), { Account: world.account });
      },
    ),
    { needs: acrossAccounts },
  ),
  behaviour(
    "a role does not trust another account that it does not name",
    "AssumeRole",
    iamGuide("Cross-account policy evaluation logic"),
    trusting(byAccount, async (world, role) => refuses(assume(world.other.sts, role), 403, "AccessDenied")),
    { needs: acrossAccounts },
  ),
];

const identities: Case[] = [
  behaviour(
    "ReadOnlyAccess reads buckets, keys and roles, and changes none",
    "AttachRolePolicy ListBuckets PutObject DescribeKey CreateKey GetRole DeleteRole",
    iamGuide("AWS managed policies for job functions"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({ Bucket, Key: "k", Body: "b" });
      const KeyId = await world.key();
      await trusting(byAccount, async (_, role) => {
        const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        await world.iam.attachRolePolicy({ RoleName: role.name, PolicyArn });
        try {
          await settle(world);
          const { s3, kms, iam } = await clientsOf(world, assume(world.sts, role));
          await answers(s3.getBucketEncryption({ Bucket }));
          await answers(s3.getObject({ Bucket, Key: "k" }));
          await answers(kms.describeKey({ KeyId }));
          await answers(kms.getKeyPolicy({ KeyId }));
          await answers(iam.getRole({ RoleName: role.name }));
          await refuses(s3.putObject({ Bucket, Key: "k", Body: "b" }), 403, "AccessDenied");
          await refuses(s3.deleteObject({ Bucket, Key: "k" }), 403, "AccessDenied");
          await refuses(kms.createKey({}), 400, "AccessDeniedException");
          await refuses(kms.encrypt({ KeyId, Plaintext: Buffer.from("b") }), 400, "AccessDeniedException");
          await refuses(iam.deleteRole({ RoleName: role.name }), 403, "AccessDenied");
        } finally {
          await world.iam.detachRolePolicy({ RoleName: role.name, PolicyArn });
        }
      })(world);
    },
    { needs },
  ),
  behaviour(
    "a change of a role's policies counts for sessions that began before",
    "PutRolePolicy DeleteRolePolicy",
    iamGuide("Permissions for temporary security credentials"),
    trusting(byAccount, async (world, role) => {
      const { s3 } = await clientsOf(world, assume(world.sts, role));
      const policy = { RoleName: role.name, PolicyName: "list" };
      await refuses(s3.listBuckets({}), 403, "AccessDenied");
      await world.iam.putRolePolicy({ ...policy, PolicyDocument: documentOf(nothing) });
      await settle(world);
      await answers(s3.listBuckets({}));
      await world.iam.deleteRolePolicy(policy);
      await settle(world);
      await refuses(s3.listBuckets({}), 403, "AccessDenied");
    }),
    { needs },
  ),
  ...[
    { what: "another role", Resource: "arn:aws:iam::*:role/another", allowed: false },
    { what: "roles of its prefix", Resource: `arn:aws:iam::*:role/${namePrefix}*`, allowed: true },
  ].map(({ what, Resource, allowed }) =>
    behaviour(
      `a permission for ${what} ${allowed ? "lets" : "does not let"} a role be read`,
      "GetRole",
      iamGuide("IAM JSON policy elements: Resource"),
      trusting(byAccount, async (world, role) => {
        const { iam } = await world.role([{ Effect: "Allow", Action: "iam:GetRole", Resource }]);
        const call = iam.getRole({ RoleName: role.name });
        await (allowed
          ? answers(call)
          : refuses(call, 403, "AccessDenied", /is not authorized to perform: iam:GetRole/));
      }),
      { needs },
    ),
  ),
  ...(["ReadOnlyAccess", "AdministratorAccess"] as const).map((name) =>
    behaviour(
      `a permission to attach what iam:PolicyARN allows ${name === "ReadOnlyAccess" ? "attaches" : "does not attach"} ${name}`,
      "AttachRolePolicy",
      iamGuide("Controlling access to policies"),
      trusting(byAccount, async (world, role) => {
        const PolicyArn = `arn:aws:iam::aws:policy/${name}`;
        const Condition = { ArnEquals: { "iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess" } };
        const { iam } = await world.role([
          { Effect: "Allow", Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"], Resource: "*", Condition },
        ]);
        const of = { RoleName: role.name, PolicyArn };
        if (name !== "ReadOnlyAccess") return refuses(iam.attachRolePolicy(of), 403, "AccessDenied");
        await answers(iam.attachRolePolicy(of));
        await answers(iam.detachRolePolicy(of));
      }),
      { needs },
    ),
  ),
];

const moto: MotoDifferences = [
  [
    /validation error$|is no name of a session/,
    "AWS is right: documented. moto checks neither the duration nor the name of a session.",
  ],
  [/no policy is MalformedPolicyDocument/, "AWS is right: documented. moto does not read the session's policy."],
];

export const stsSessions: Area = {
  name: "STS: sessions and trust",
  cases: withMoto(moto, [...sessions, ...trustPolicies]),
};
export const iamPermissions: Area = { name: "IAM: permissions", cases: identities };
