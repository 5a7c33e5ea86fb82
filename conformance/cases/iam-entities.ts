import { randomBytes } from "node:crypto";
import { type Area, behaviour, type Case, iamGuide } from "../case";
import { answers, expectThat } from "../expect";
import { namePrefix } from "../suite";
import type { World } from "../world";
import { iamApi, refuses } from "./iam-sources";
import { type MotoDifferences, withMoto } from "./moto";

const unique = (): string => `${namePrefix}${randomBytes(6).toString("hex")}`;
const documentOf = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const trustOf = (account: string): string =>
  documentOf({ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" });
const listBuckets = documentOf({ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" });

/** A role of the case, without permissions; whatever was attached is detached afterwards. */
export const withRole =
  (run: (world: World, RoleName: string, arn: string) => Promise<unknown>, more: { readonly Path?: string } = {}) =>
  async (world: World): Promise<void> => {
    const RoleName = unique();
    const AssumeRolePolicyDocument = trustOf(world.account);
    const { Role } = await world.iam.createRole({ RoleName, AssumeRolePolicyDocument, ...more });
    try {
      await run(world, RoleName, Role?.Arn ?? "");
    } finally {
      const { iam } = world;
      const { AttachedPolicies = [] } = await iam.listAttachedRolePolicies({ RoleName });
      for (const { PolicyArn } of AttachedPolicies) await iam.detachRolePolicy({ RoleName, PolicyArn });
      const { PolicyNames = [] } = await iam.listRolePolicies({ RoleName });
      for (const PolicyName of PolicyNames) await iam.deleteRolePolicy({ RoleName, PolicyName });
      await iam.deleteRole({ RoleName });
    }
  };

const withUser =
  (run: (world: World, UserName: string) => Promise<unknown>) =>
  async (world: World): Promise<void> => {
    const UserName = unique();
    await world.iam.createUser({ UserName });
    try {
      await run(world, UserName);
    } finally {
      const { AccessKeyMetadata = [] } = await world.iam.listAccessKeys({ UserName });
      for (const { AccessKeyId } of AccessKeyMetadata) await world.iam.deleteAccessKey({ UserName, AccessKeyId });
      await world.iam.deleteUser({ UserName });
    }
  };

/** A managed policy of the case, deleted with its versions. */
const withPolicy =
  (run: (world: World, PolicyArn: string, PolicyName: string) => Promise<unknown>) =>
  async (world: World): Promise<void> => {
    const PolicyName = unique();
    const { Policy } = await world.iam.createPolicy({ PolicyName, PolicyDocument: listBuckets });
    const PolicyArn = Policy?.Arn ?? "";
    try {
      await run(world, PolicyArn, PolicyName);
    } finally {
      const { Versions = [] } = await world.iam.listPolicyVersions({ PolicyArn });
      for (const { VersionId, IsDefaultVersion } of Versions) {
        if (!IsDefaultVersion) await world.iam.deletePolicyVersion({ PolicyArn, VersionId });
      }
      await world.iam.deletePolicy({ PolicyArn });
    }
  };

const roles: Case[] = [
  behaviour(
    "a new role is described with all that it is",
    "CreateRole GetRole",
    iamApi("GetRole"),
    withRole(
      async ({ iam, account }, RoleName) => {
        const { Role } = await answers(iam.getRole({ RoleName }), {
          Role: {
            RoleName,
            Path: "/conformance/",
            Arn: `arn:aws:iam::${account}:role/conformance/${RoleName}`,
            RoleId: /^AROA[A-Z0-9]{17}$/,
            MaxSessionDuration: 3600,
          },
        });
        expectThat(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")), JSON.parse(trustOf(account)));
      },
      { Path: "/conformance/" },
    ),
  ),
  behaviour("a role that is not there is NoSuchEntity", "GetRole", iamApi("GetRole"), async ({ iam }) => {
    const RoleName = unique();
    await refuses(iam.getRole({ RoleName }), 404, "NoSuchEntity", `The role with name ${RoleName} cannot be found.`);
  }),
  ...(["as it is", "in capitals"] as const).map((written) =>
    behaviour(
      `a role's name, ${written}, is given once`,
      "CreateRole",
      iamApi("CreateRole"),
      withRole(async ({ iam, account }, name) => {
        const RoleName = written === "as it is" ? name : name.toUpperCase();
        await refuses(
          iam.createRole({ RoleName, AssumeRolePolicyDocument: trustOf(account) }),
          409,
          "EntityAlreadyExists",
          `Role with name ${RoleName} already exists.`,
        );
      }),
    ),
  ),
  ...[
    { what: "of 65 characters", RoleName: "a".repeat(65) },
    { what: "with a slash", RoleName: "a/b" },
    { what: "with a space", RoleName: "a b" },
  ].map(({ what, RoleName }) =>
    behaviour(
      `a role's name ${what} is a validation error`,
      "CreateRole",
      iamApi("CreateRole"),
      async ({ iam, account }) =>
        refuses(iam.createRole({ RoleName, AssumeRolePolicyDocument: trustOf(account) }), 400, "ValidationError"),
    ),
  ),
  ...[3_599, 43_201].map((MaxSessionDuration) =>
    behaviour(
      `sessions of ${MaxSessionDuration} seconds are a validation error`,
      "CreateRole",
      iamApi("CreateRole"),
      async ({ iam, account }) =>
        refuses(
          iam.createRole({ RoleName: unique(), AssumeRolePolicyDocument: trustOf(account), MaxSessionDuration }),
          400,
          "ValidationError",
        ),
    ),
  ),
  behaviour("roles are listed by path, in pages", "ListRoles", iamApi("ListRoles"), async (world) => {
    const PathPrefix = `/${unique()}/`;
    const names: string[] = [];
    const made = (left: number): Promise<void> =>
      left === 0
        ? listed(world, PathPrefix, names)
        : withRole(
            async (_, name) => {
              names.push(name);
              await made(left - 1);
            },
            { Path: PathPrefix },
          )(world);
    await made(3);
  }),
  ...[0, 1_001].map((MaxItems) =>
    behaviour(`no page of roles has ${MaxItems}`, "ListRoles", iamApi("ListRoles"), async ({ iam }) =>
      refuses(iam.listRoles({ MaxItems }), 400, "ValidationError"),
    ),
  ),
  behaviour(
    "a role with a managed policy cannot be deleted",
    "DeleteRole",
    iamApi("DeleteRole"),
    withRole(async ({ iam }, RoleName) => {
      await iam.attachRolePolicy({ RoleName, PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" });
      await refuses(
        iam.deleteRole({ RoleName }),
        409,
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
      );
    }),
  ),
  behaviour(
    "a role with an inline policy cannot be deleted",
    "DeleteRole",
    iamApi("DeleteRole"),
    withRole(async ({ iam }, RoleName) => {
      await iam.putRolePolicy({ RoleName, PolicyName: "one", PolicyDocument: listBuckets });
      await refuses(
        iam.deleteRole({ RoleName }),
        409,
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
      );
    }),
  ),
  behaviour(
    "a role's tags are changed",
    "TagRole UntagRole ListRoleTags",
    iamApi("TagRole"),
    withRole(async ({ iam }, RoleName) => {
      const Tags = [
        { Key: "team", Value: "storage" },
        { Key: "stage", Value: "test" },
      ];
      await iam.tagRole({ RoleName, Tags });
      await iam.tagRole({ RoleName, Tags: [{ Key: "stage", Value: "production" }] });
      await iam.untagRole({ RoleName, TagKeys: ["team"] });
      await answers(iam.listRoleTags({ RoleName }), {
        Tags: [{ Key: "stage", Value: "production" }],
        IsTruncated: false,
      });
    }),
  ),
  behaviour(
    "a role is changed",
    "UpdateRole UpdateAssumeRolePolicy",
    iamApi("UpdateRole"),
    withRole(async ({ iam, account }, RoleName) => {
      await iam.updateRole({ RoleName, Description: "changed", MaxSessionDuration: 7_200 });
      const PolicyDocument = documentOf({ Effect: "Deny", Principal: { AWS: account }, Action: "sts:AssumeRole" });
      await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument });
      const { Role } = await answers(iam.getRole({ RoleName }), {
        Role: { Description: "changed", MaxSessionDuration: 7_200 },
      });
      expectThat(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")), JSON.parse(PolicyDocument));
    }),
  ),
];

async function listed({ iam }: World, PathPrefix: string, names: readonly string[]): Promise<void> {
  const first = await answers(iam.listRoles({ PathPrefix, MaxItems: 2 }), { IsTruncated: true });
  const rest = await answers(iam.listRoles({ PathPrefix, MaxItems: 2, Marker: first.Marker }), { IsTruncated: false });
  const found = [...(first.Roles ?? []), ...(rest.Roles ?? [])].map(({ RoleName = "" }) => RoleName);
  expectThat(found.sort(), [...names].sort());
}

const inline: Case[] = [
  behaviour(
    "an inline policy is put, replaced, listed and deleted",
    "PutRolePolicy GetRolePolicy ListRolePolicies DeleteRolePolicy",
    iamApi("PutRolePolicy"),
    withRole(async ({ iam }, RoleName) => {
      const one = { RoleName, PolicyName: "one" };
      await iam.putRolePolicy({ ...one, PolicyDocument: documentOf({ Effect: "Deny", Action: "*", Resource: "*" }) });
      await iam.putRolePolicy({ ...one, PolicyDocument: listBuckets });
      const { PolicyDocument = "" } = await answers(iam.getRolePolicy(one), one);
      expectThat(JSON.parse(decodeURIComponent(PolicyDocument)), JSON.parse(listBuckets));
      await answers(iam.listRolePolicies({ RoleName }), { PolicyNames: ["one"] });
      await iam.deleteRolePolicy(one);
      await refuses(iam.getRolePolicy(one), 404, "NoSuchEntity", "The role policy with name one cannot be found.");
    }),
  ),
  behaviour(
    "inline policies of a role have 10,240 characters together",
    "PutRolePolicy",
    iamGuide("IAM and AWS STS quotas"),
    withRole(async ({ iam }, RoleName) => {
      const half = sized(5_000);
      await iam.putRolePolicy({ RoleName, PolicyName: "one", PolicyDocument: half });
      await iam.putRolePolicy({ RoleName, PolicyName: "two", PolicyDocument: half });
      await refuses(
        iam.putRolePolicy({ RoleName, PolicyName: "three", PolicyDocument: sized(400) }),
        409,
        "LimitExceeded",
      );
    }),
  ),
  behaviour(
    "a trust policy has 2,048 characters",
    "CreateRole",
    iamGuide("IAM and AWS STS quotas"),
    async ({ iam, account }) =>
      refuses(
        iam.createRole({ RoleName: unique(), AssumeRolePolicyDocument: longTrust(account) }),
        409,
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
      ),
  ),
];

/** An identity policy of about so many characters, white space apart. */
const sized = (characters: number): string =>
  documentOf({
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: Array.from({ length: characters / 100 }, (_, index) => `arn:aws:s3:::${String(index).padStart(84, "b")}`),
  });

const longTrust = (account: string): string =>
  documentOf({
    Effect: "Allow",
    Principal: { AWS: account },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "sts:ExternalId": Array.from({ length: 30 }, (_, index) => `${index}`.padEnd(70, "x")) },
    },
  });

const managed: Case[] = [
  behaviour(
    "a managed policy is described, and its document given back",
    "CreatePolicy GetPolicy GetPolicyVersion",
    iamApi("CreatePolicy"),
    withPolicy(async ({ iam, account }, PolicyArn, PolicyName) => {
      await answers(iam.getPolicy({ PolicyArn }), {
        Policy: {
          PolicyName,
          Arn: `arn:aws:iam::${account}:policy/${PolicyName}`,
          Path: "/",
          DefaultVersionId: "v1",
          AttachmentCount: 0,
          IsAttachable: true,
          PolicyId: /^ANPA[A-Z0-9]{17}$/,
        },
      });
      const { PolicyVersion } = await answers(iam.getPolicyVersion({ PolicyArn, VersionId: "v1" }), {
        PolicyVersion: { VersionId: "v1", IsDefaultVersion: true },
      });
      expectThat(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? "")), JSON.parse(listBuckets));
    }),
  ),
  behaviour(
    "a managed policy's name is given once",
    "CreatePolicy",
    iamApi("CreatePolicy"),
    withPolicy(async ({ iam }, _, PolicyName) =>
      refuses(
        iam.createPolicy({ PolicyName, PolicyDocument: listBuckets }),
        409,
        "EntityAlreadyExists",
        `A policy called ${PolicyName} already exists. Duplicate names are not allowed.`,
      ),
    ),
  ),
  behaviour(
    "a managed policy has 6,144 characters, white space apart",
    "CreatePolicyVersion",
    iamGuide("IAM and AWS STS quotas"),
    withPolicy(async ({ iam }, PolicyArn) => {
      const spaced = JSON.stringify(JSON.parse(sized(5_900)), null, 40);
      await answers(iam.createPolicyVersion({ PolicyArn, PolicyDocument: spaced }));
      await refuses(
        iam.createPolicyVersion({ PolicyArn, PolicyDocument: sized(6_500) }),
        409,
        "LimitExceeded",
        "Cannot exceed quota for PolicySize: 6144",
      );
    }),
  ),
  behaviour(
    "a managed policy has five versions, whose ids are never used again",
    "CreatePolicyVersion DeletePolicyVersion ListPolicyVersions",
    iamGuide("Versioning IAM policies"),
    withPolicy(async ({ iam }, PolicyArn) => {
      const version = { PolicyArn, PolicyDocument: listBuckets };
      for (let count = 0; count < 4; count++) await iam.createPolicyVersion(version);
      await refuses(iam.createPolicyVersion(version), 409, "LimitExceeded", /can have up to 5 versions/);
      await iam.deletePolicyVersion({ PolicyArn, VersionId: "v5" });
      await answers(iam.createPolicyVersion({ ...version, SetAsDefault: true }), {
        PolicyVersion: { VersionId: "v6", IsDefaultVersion: true },
      });
      const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn });
      expectThat(Versions.map(({ VersionId = "" }) => VersionId).sort(), ["v1", "v2", "v3", "v4", "v6"]);
      expectThat(
        Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion).map(({ VersionId }) => VersionId),
        ["v6"],
      );
    }),
  ),
  behaviour(
    "the default version changes, and cannot be deleted",
    "SetDefaultPolicyVersion DeletePolicyVersion",
    iamApi("DeletePolicyVersion"),
    withPolicy(async ({ iam }, PolicyArn) => {
      await iam.createPolicyVersion({ PolicyArn, PolicyDocument: listBuckets });
      await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: "v2" });
      await answers(iam.getPolicy({ PolicyArn }), { Policy: { DefaultVersionId: "v2" } });
      await refuses(
        iam.deletePolicyVersion({ PolicyArn, VersionId: "v2" }),
        409,
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
      );
    }),
  ),
  behaviour(
    "a policy with several versions cannot be deleted",
    "DeletePolicy",
    iamApi("DeletePolicy"),
    withPolicy(async ({ iam }, PolicyArn) => {
      await iam.createPolicyVersion({ PolicyArn, PolicyDocument: listBuckets });
      await refuses(iam.deletePolicy({ PolicyArn }), 409, "DeleteConflict", /more than one version/);
    }),
  ),
  behaviour(
    "a policy that is attached cannot be deleted, and says to whom it is",
    "AttachRolePolicy DeletePolicy ListEntitiesForPolicy",
    iamApi("DeletePolicy"),
    withPolicy((outer, PolicyArn, PolicyName) =>
      withRole(async ({ iam }, RoleName) => {
        await iam.attachRolePolicy({ RoleName, PolicyArn });
        await refuses(
          iam.deletePolicy({ PolicyArn }),
          409,
          "DeleteConflict",
          "Cannot delete a policy attached to entities.",
        );
        await answers(iam.listEntitiesForPolicy({ PolicyArn }), { PolicyRoles: [{ RoleName }], PolicyUsers: [] });
        await answers(iam.listAttachedRolePolicies({ RoleName }), { AttachedPolicies: [{ PolicyName, PolicyArn }] });
        await answers(iam.getPolicy({ PolicyArn }), { Policy: { AttachmentCount: 1 } });
        await iam.detachRolePolicy({ RoleName, PolicyArn });
        await refuses(iam.detachRolePolicy({ RoleName, PolicyArn }), 404, "NoSuchEntity");
      })(outer),
    ),
  ),
  behaviour(
    "a policy that is not there is not attached",
    "AttachRolePolicy",
    iamApi("AttachRolePolicy"),
    withRole(async ({ iam, account }, RoleName) => {
      const PolicyArn = `arn:aws:iam::${account}:policy/${namePrefix}none`;
      await refuses(
        iam.attachRolePolicy({ RoleName, PolicyArn }),
        404,
        "NoSuchEntity",
        `Policy ${PolicyArn} does not exist or is not attachable.`,
      );
    }),
  ),
  behaviour(
    "AWS's own policies are there, and nobody's to change",
    "GetPolicy CreatePolicyVersion",
    iamGuide("AWS managed policies"),
    async ({ iam }) => {
      const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
      await answers(iam.getPolicy({ PolicyArn }), {
        Policy: { PolicyName: "ReadOnlyAccess", Path: "/", Arn: PolicyArn },
      });
      await refuses(iam.createPolicyVersion({ PolicyArn, PolicyDocument: listBuckets }), 403, "AccessDenied");
    },
  ),
  behaviour(
    "policies are listed by scope",
    "ListPolicies",
    iamApi("ListPolicies"),
    withPolicy(async ({ iam }, PolicyArn) => {
      const arns = async (Scope: "AWS" | "Local"): Promise<(string | undefined)[]> =>
        ((await iam.listPolicies({ Scope, MaxItems: 1_000 })).Policies ?? []).map(({ Arn }) => Arn);
      expectThat((await arns("Local")).includes(PolicyArn), true);
      expectThat((await arns("AWS")).includes(PolicyArn), false);
    }),
  ),
];

const malformed: readonly { readonly what: string; readonly document: string }[] = [
  { what: "that is not JSON", document: "policy" },
  { what: "without statements", document: JSON.stringify({ Version: "2012-10-17" }) },
  {
    what: "of a version that there is not",
    document: JSON.stringify({ Version: "2012-10-18", Statement: { Effect: "Allow", Action: "*", Resource: "*" } }),
  },
  { what: "without an effect", document: documentOf({ Action: "*", Resource: "*" }) },
  { what: "of an effect that there is not", document: documentOf({ Effect: "Permit", Action: "*", Resource: "*" }) },
  { what: "without an action", document: documentOf({ Effect: "Allow", Resource: "*" }) },
  {
    what: "of an action without a service",
    document: documentOf({ Effect: "Allow", Action: "GetObject", Resource: "*" }),
  },
  { what: "without a resource", document: documentOf({ Effect: "Allow", Action: "s3:GetObject" }) },
  {
    what: "of a resource that is no ARN",
    document: documentOf({ Effect: "Allow", Action: "s3:*", Resource: "bucket" }),
  },
  {
    what: "that names a principal",
    document: documentOf({ Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "*" }),
  },
  {
    what: "of an operator that there is not",
    document: documentOf({
      Effect: "Allow",
      Action: "s3:*",
      Resource: "*",
      Condition: { Equals: { "s3:prefix": "a" } },
    }),
  },
  {
    what: "of a statement id with spaces",
    document: documentOf({ Sid: "All of it", Effect: "Allow", Action: "s3:*", Resource: "*" }),
  },
  {
    what: "of two statements of one id",
    document: documentOf(
      { Sid: "One", Effect: "Allow", Action: "s3:*", Resource: "*" },
      { Sid: "One", Effect: "Allow", Action: "kms:*", Resource: "*" },
    ),
  },
  {
    what: "with an element that there is not",
    document: documentOf({ Effect: "Allow", Action: "s3:*", Resource: "*", Resources: "*" }),
  },
];

const malformedTrust: readonly { readonly what: string; readonly document: (account: string) => string }[] = [
  { what: "that names nobody", document: () => documentOf({ Effect: "Allow", Action: "sts:AssumeRole" }) },
  {
    what: "with a resource",
    document: (account) =>
      documentOf({ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole", Resource: "*" }),
  },
  {
    what: "that names a role that is not there",
    document: (account) =>
      documentOf({
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:role/${namePrefix}nobody` },
        Action: "sts:AssumeRole",
      }),
  },
];

const documents: Case[] = [
  ...malformed.map(({ what, document }) =>
    behaviour(
      `an identity policy ${what} is MalformedPolicyDocument`,
      "PutRolePolicy",
      iamGuide("Grammar of the IAM JSON policy language"),
      withRole(async ({ iam }, RoleName) =>
        refuses(
          iam.putRolePolicy({ RoleName, PolicyName: "one", PolicyDocument: document }),
          400,
          "MalformedPolicyDocument",
        ),
      ),
    ),
  ),
  ...malformedTrust.map(({ what, document }) =>
    behaviour(
      `a trust policy ${what} is MalformedPolicyDocument`,
      "UpdateAssumeRolePolicy",
      iamGuide("Grammar of the IAM JSON policy language"),
      withRole(async ({ iam, account }, RoleName) =>
        refuses(
          iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: document(account) }),
          400,
          "MalformedPolicyDocument",
        ),
      ),
    ),
  ),
];

const users: Case[] = [
  behaviour(
    "a user has two access keys at most, and stays while it has one",
    "CreateAccessKey DeleteUser",
    iamGuide("IAM and AWS STS quotas"),
    withUser(async ({ iam }, UserName) => {
      await iam.createAccessKey({ UserName });
      await iam.createAccessKey({ UserName });
      await refuses(
        iam.createAccessKey({ UserName }),
        409,
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
      );
      await refuses(
        iam.deleteUser({ UserName }),
        409,
        "DeleteConflict",
        "Cannot delete entity, must delete access keys first.",
      );
    }),
  ),
  behaviour(
    "an access key signs until it is deleted",
    "CreateAccessKey DeleteAccessKey GetCallerIdentity",
    iamApi("DeleteAccessKey"),
    withUser(async (world, UserName) => {
      const { AccessKey } = await world.iam.createAccessKey({ UserName });
      await settle(world);
      const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
      const { sts } = world.clients({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey });
      await answers(sts.getCallerIdentity({}), { Arn: `arn:aws:iam::${world.account}:user/${UserName}` });
      await world.iam.deleteAccessKey({ UserName, AccessKeyId });
      await settle(world);
      await refuses(sts.getCallerIdentity({}), 403, "InvalidClientTokenId");
    }),
    { needs: ["permissions"] },
  ),
  behaviour("a user that is not there is NoSuchEntity", "GetUser", iamApi("GetUser"), async ({ iam }) => {
    const UserName = unique();
    await refuses(iam.getUser({ UserName }), 404, "NoSuchEntity", `The user with name ${UserName} cannot be found.`);
  }),
  behaviour(
    "a user's name, in capitals too, is given once",
    "CreateUser",
    iamApi("CreateUser"),
    withUser(async ({ iam }, name) =>
      refuses(iam.createUser({ UserName: name.toUpperCase() }), 409, "EntityAlreadyExists"),
    ),
  ),
];

const settle = ({ server }: World): Promise<void> => new Promise((resolve) => setTimeout(resolve, server.settling));

const moto: MotoDifferences = [
  [
    /^a role that is not there|^an inline policy is put/,
    "The words are those that AWS's clients are known to be told; moto has words of its own, with the right code.",
  ],
  [
    /in capitals/,
    "AWS is right: documented. moto tells names apart by their case: names are unique without regard to it.",
  ],
  [
    /role's name of|role's name with|seconds are a validation error|no page of roles/,
    "AWS is right: documented. moto checks no such constraints of requests.",
  ],
  [
    /managed policy cannot be deleted|^AWS.s own policies/,
    "AWS is right: documented. moto's server as it comes has no policies of AWS; an option loads them.",
  ],
  [/10,240|2,048|6,144/, "AWS is right: documented. moto has no such quotas."],
  [
    /^a managed policy is described/,
    "AWS is right: documented. moto's ids of policies do not begin with ANPA: User Guide, Unique identifiers.",
  ],
  [/several versions|that is attached/, "AWS is right: documented. moto deletes the policy."],
  [
    /that names a principal|statement id with spaces|trust policy/,
    "AWS is right: documented. moto's check of documents does not know this.",
  ],
  [/two access keys at most/, "AWS is right: documented. moto deletes a user with its access keys."],
];

export const iamEntities: Area = {
  name: "IAM: roles, users and policies",
  cases: withMoto(moto, [...roles, ...inline, ...managed, ...documents, ...users]),
};
