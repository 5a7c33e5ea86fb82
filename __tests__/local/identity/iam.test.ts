import { account, allow, deny, errorOf, otherAccount, policy, world } from "./world";

const trust = policy(allow({ Principal: { AWS: account }, Action: "sts:AssumeRole" }));
const reads = policy(allow({ Action: "s3:GetObject", Resource: "*" }));
const everyAction = { Action: "*", Resource: "*" };

/** A policy of exactly so many characters, white space apart. */
const policyOfSize = (size: number): string => {
  const empty = policy(allow({ Action: "s3:GetObject", Resource: "arn:" }));
  return policy(allow({ Action: "s3:GetObject", Resource: `arn:${"x".repeat(size - empty.length)}` }));
};

function withRole() {
  const aws = world();
  aws.iam("CreateRole", { RoleName: "converter", AssumeRolePolicyDocument: trust, Path: "/at-rest/" });
  const { Policy } = aws.iam("CreatePolicy", { PolicyName: "reads", PolicyDocument: reads });
  return { ...aws, policyArn: Policy.Arn as string };
}

describe("roles", () => {
  test("are returned with their trust policy percent-encoded", () => {
    const { Role } = withRole().iam("GetRole", { RoleName: "converter" });
    expect(Role).toMatchObject({
      RoleName: "converter",
      Path: "/at-rest/",
      Arn: `arn:aws:iam::${account}:role/at-rest/converter`,
      MaxSessionDuration: 3600,
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
    });
    expect(Role.AssumeRolePolicyDocument).toMatch(/^%7B%22Version%22/);
    expect(decodeURIComponent(Role.AssumeRolePolicyDocument)).toBe(trust);
  });

  test("can be described, tagged and trusted anew", () => {
    const { iam } = withRole();
    const newTrust = policy(
      allow({ Principal: { Service: "batchoperations.s3.amazonaws.com" }, Action: "sts:AssumeRole" }),
    );
    iam("UpdateRole", { RoleName: "converter", Description: "converts", MaxSessionDuration: 7200 });
    iam("UpdateAssumeRolePolicy", { RoleName: "converter", PolicyDocument: newTrust });
    iam("TagRole", {
      RoleName: "converter",
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ],
    });
    iam("UntagRole", { RoleName: "converter", TagKeys: ["a"] });
    const { Role } = iam("GetRole", { RoleName: "converter" });
    expect(Role).toMatchObject({ Description: "converts", MaxSessionDuration: 7200, Tags: [{ Key: "b", Value: "2" }] });
    expect(decodeURIComponent(Role.AssumeRolePolicyDocument)).toBe(newTrust);
    expect(iam("ListRoleTags", { RoleName: "converter" }).Tags).toEqual([{ Key: "b", Value: "2" }]);
  });

  test("go only when nothing hangs on them", () => {
    const { iam, policyArn } = withRole();
    iam("AttachRolePolicy", { RoleName: "converter", PolicyArn: policyArn });
    iam("PutRolePolicy", { RoleName: "converter", PolicyName: "inline", PolicyDocument: reads });
    const refusal = () => errorOf(() => iam("DeleteRole", { RoleName: "converter" }));
    expect(refusal()).toEqual({
      code: "DeleteConflict",
      status: 409,
      message: "Cannot delete entity, must detach all policies first.",
    });
    iam("DetachRolePolicy", { RoleName: "converter", PolicyArn: policyArn });
    expect(refusal().message).toBe("Cannot delete entity, must delete policies first.");
    iam("DeleteRolePolicy", { RoleName: "converter", PolicyName: "inline" });
    iam("DeleteRole", { RoleName: "converter" });
    expect(errorOf(() => iam("GetRole", { RoleName: "converter" }))).toEqual({
      code: "NoSuchEntity",
      status: 404,
      message: "The role with name converter cannot be found.",
    });
  });

  test.each<[string, object, string, string]>([
    [
      "a name that is taken",
      { RoleName: "Converter" },
      "EntityAlreadyExists",
      "Role with name Converter already exists.",
    ],
    [
      "no JSON",
      { AssumeRolePolicyDocument: "trust" },
      "MalformedPolicyDocument",
      "Policies must be valid JSON and the first byte must be '{'",
    ],
    [
      "a resource in the trust policy",
      { AssumeRolePolicyDocument: policy(allow({ Principal: "*", ...everyAction })) },
      "MalformedPolicyDocument",
      "Has prohibited field Resource",
    ],
    [
      "trust in somebody who is not there",
      {
        AssumeRolePolicyDocument: policy(
          allow({ Principal: { AWS: `arn:aws:iam::${account}:role/gone` }, Action: "sts:AssumeRole" }),
        ),
      },
      "MalformedPolicyDocument",
      "Invalid principal in policy",
    ],
    [
      "a session of two minutes",
      { MaxSessionDuration: 120 },
      "ValidationError",
      "1 validation error detected: Value '120' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200",
    ],
    [
      "a boundary that is not there",
      { PermissionsBoundary: `arn:aws:iam::${account}:policy/gone` },
      "NoSuchEntity",
      `Scope ARN: arn:aws:iam::${account}:policy/gone does not exist or is not attachable.`,
    ],
  ])("are not created with %s", (_, more, code, message) => {
    const { iam } = withRole();
    const create = () => iam("CreateRole", { RoleName: "other", AssumeRolePolicyDocument: trust, ...more });
    expect(errorOf(create)).toMatchObject({ code, message });
  });

  test("are listed page by page, by path", () => {
    const { iam } = withRole();
    for (const name of ["a", "b", "c"]) iam("CreateRole", { RoleName: name, AssumeRolePolicyDocument: trust });
    const first = iam("ListRoles", { MaxItems: 3 });
    const second = iam("ListRoles", { MaxItems: 3, Marker: first.Marker });
    const namesOf = ({ Roles }: { Roles: { RoleName: string }[] }) => Roles.map(({ RoleName }) => RoleName);
    expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false]);
    expect([...namesOf(first), ...namesOf(second)]).toEqual(["converter", "a", "b", "c"]);
    expect(namesOf(iam("ListRoles", { PathPrefix: "/at-rest/" }))).toEqual(["converter"]);
  });
});

describe("managed policies", () => {
  test("give what their default version says", () => {
    const { iam, policyArn } = withRole();
    const writes = policy(allow({ Action: "s3:PutObject", Resource: "*" }));
    iam("CreatePolicyVersion", { PolicyArn: policyArn, PolicyDocument: writes });
    const documentOf = (VersionId: string) =>
      decodeURIComponent(iam("GetPolicyVersion", { PolicyArn: policyArn, VersionId }).PolicyVersion.Document);
    expect([documentOf("v1"), documentOf("v2")]).toEqual([reads, writes]);
    expect(iam("GetPolicy", { PolicyArn: policyArn }).Policy.DefaultVersionId).toBe("v1");
    iam("SetDefaultPolicyVersion", { PolicyArn: policyArn, VersionId: "v2" });
    expect(iam("ListPolicyVersions", { PolicyArn: policyArn }).Versions).toMatchObject([
      { VersionId: "v2", IsDefaultVersion: true },
      { VersionId: "v1", IsDefaultVersion: false },
    ]);
  });

  test("hold 6,144 characters and not one more, white space apart", () => {
    const { iam } = world();
    const fits = JSON.stringify(JSON.parse(policyOfSize(6_144)), null, 8);
    expect(fits.length).toBeGreaterThan(6_144);
    iam("CreatePolicy", { PolicyName: "fits", PolicyDocument: fits });
    const tooLong = () => iam("CreatePolicy", { PolicyName: "tooLong", PolicyDocument: policyOfSize(6_145) });
    expect(errorOf(tooLong)).toEqual({
      code: "LimitExceeded",
      status: 409,
      message: "Cannot exceed quota for PolicySize: 6144",
    });
  });

  test("have five versions at most, and their ids never come back", () => {
    const { iam, policyArn } = withRole();
    const add = () => iam("CreatePolicyVersion", { PolicyArn: policyArn, PolicyDocument: reads, SetAsDefault: true });
    for (let version = 2; version <= 5; version += 1) add();
    expect(errorOf(add)).toMatchObject({ code: "LimitExceeded", status: 409 });
    iam("DeletePolicyVersion", { PolicyArn: policyArn, VersionId: "v4" });
    expect(add().PolicyVersion.VersionId).toBe("v6");
    const deleteDefault = () => iam("DeletePolicyVersion", { PolicyArn: policyArn, VersionId: "v6" });
    expect(errorOf(deleteDefault).message).toBe("Cannot delete the default version of a policy.");
  });

  test("say what they are attached to, and go only when that is nothing", () => {
    const { iam, policyArn } = withRole();
    iam("AttachRolePolicy", { RoleName: "converter", PolicyArn: policyArn });
    iam("AttachUserPolicy", { UserName: "administrator", PolicyArn: policyArn });
    expect(iam("ListAttachedRolePolicies", { RoleName: "converter" }).AttachedPolicies).toEqual([
      { PolicyName: "reads", PolicyArn: policyArn },
    ]);
    expect(iam("GetPolicy", { PolicyArn: policyArn }).Policy.AttachmentCount).toBe(2);
    expect(iam("ListEntitiesForPolicy", { PolicyArn: policyArn })).toMatchObject({
      PolicyRoles: [{ RoleName: "converter" }],
      PolicyUsers: [{ UserName: "administrator" }],
    });
    expect(errorOf(() => iam("DeletePolicy", { PolicyArn: policyArn })).code).toBe("DeleteConflict");
    iam("DetachRolePolicy", { RoleName: "converter", PolicyArn: policyArn });
    iam("DetachUserPolicy", { UserName: "administrator", PolicyArn: policyArn });
    iam("DeletePolicy", { PolicyArn: policyArn });
    expect(errorOf(() => iam("GetPolicy", { PolicyArn: policyArn })).code).toBe("NoSuchEntity");
    expect(errorOf(() => iam("AttachRolePolicy", { RoleName: "converter", PolicyArn: policyArn })).message).toBe(
      `Policy ${policyArn} does not exist or is not attachable.`,
    );
  });

  test("need a name of their own, and no principal", () => {
    const { iam } = withRole();
    const create = (PolicyName: string, PolicyDocument: string) => () =>
      iam("CreatePolicy", { PolicyName, PolicyDocument });
    expect(errorOf(create("Reads", reads)).code).toBe("EntityAlreadyExists");
    expect(errorOf(create("other", policy(allow({ Principal: "*", ...everyAction })))).code).toBe(
      "MalformedPolicyDocument",
    );
  });

  test("are listed, AWS's own apart", () => {
    const { iam, policyArn } = withRole();
    const arnsOf = ({ Policies }: { Policies: { Arn: string }[] }) => Policies.map(({ Arn }) => Arn);
    expect(arnsOf(iam("ListPolicies", { Scope: "Local" }))).toEqual([policyArn]);
    expect(arnsOf(iam("ListPolicies", { Scope: "AWS" }))).toContain("arn:aws:iam::aws:policy/ReadOnlyAccess");
    expect(arnsOf(iam("ListPolicies"))).toContain(policyArn);
  });

  test("name resources by ARN", () => {
    const { iam } = world();
    const bare = policy(allow({ Action: "s3:GetObject", Resource: "photos/*" }));
    expect(errorOf(() => iam("CreatePolicy", { PolicyName: "bare", PolicyDocument: bare }))).toEqual({
      code: "MalformedPolicyDocument",
      status: 400,
      message: 'Resource photos/* must be in ARN format or "*".',
    });
  });

  test("ten fit on a role", () => {
    const { iam } = withRole();
    const attach = (name: string) => {
      const { Policy } = iam("CreatePolicy", { PolicyName: name, PolicyDocument: reads });
      iam("AttachRolePolicy", { RoleName: "converter", PolicyArn: Policy.Arn });
    };
    for (let index = 0; index < 10; index += 1) attach(`p${index}`);
    expect(errorOf(() => attach("p10")).message).toBe("Cannot exceed quota for PoliciesPerRole: 10");
  });
});

describe("inline policies", () => {
  test("are put, listed, read and deleted by name", () => {
    const { iam } = withRole();
    iam("PutRolePolicy", { RoleName: "converter", PolicyName: "inline", PolicyDocument: reads });
    expect(iam("ListRolePolicies", { RoleName: "converter" }).PolicyNames).toEqual(["inline"]);
    const got = iam("GetRolePolicy", { RoleName: "converter", PolicyName: "inline" });
    expect(got).toMatchObject({ RoleName: "converter", PolicyName: "inline" });
    expect(decodeURIComponent(got.PolicyDocument)).toBe(reads);
    iam("DeleteRolePolicy", { RoleName: "converter", PolicyName: "inline" });
    expect(errorOf(() => iam("GetRolePolicy", { RoleName: "converter", PolicyName: "inline" })).message).toBe(
      "The role policy with name inline cannot be found.",
    );
  });

  test("of a role are 10,240 characters together", () => {
    const { iam } = withRole();
    const put = (PolicyName: string, size: number) => () =>
      iam("PutRolePolicy", { RoleName: "converter", PolicyName, PolicyDocument: policyOfSize(size) });
    put("first", 8_000)();
    expect(errorOf(put("second", 2_241)).code).toBe("LimitExceeded");
    put("second", 2_240)();
    put("first", 7_000)();
  });
});

describe("users and their keys", () => {
  test("a user has two keys at most, and stays while it has one", () => {
    const { iam, user } = world();
    user("ann");
    const create = () => iam("CreateAccessKey", { UserName: "ann" }).AccessKey;
    const keys = [create(), create()];
    expect(errorOf(create).code).toBe("LimitExceeded");
    expect(iam("ListAccessKeys", { UserName: "ann" }).AccessKeyMetadata).toHaveLength(2);
    for (const { AccessKeyId } of keys) {
      expect(errorOf(() => iam("DeleteUser", { UserName: "ann" })).code).toBe("DeleteConflict");
      iam("DeleteAccessKey", { UserName: "ann", AccessKeyId });
    }
    iam("DeleteUser", { UserName: "ann" });
    expect(errorOf(() => iam("GetUser", { UserName: "ann" })).code).toBe("NoSuchEntity");
  });

  test("whoever leaves out a name means themselves", () => {
    const { iam } = world();
    expect(iam("GetUser").User.UserName).toBe("administrator");
    expect(iam("ListUsers").Users).toMatchObject([{ UserName: "administrator" }]);
  });

  test("an account does not see another's", () => {
    const { iam, user, stranger } = world();
    user("ann");
    expect(errorOf(() => iam("GetUser", { UserName: "ann" }, stranger)).code).toBe("NoSuchEntity");
    expect(iam("GetUser", { UserName: "administrator" }, stranger).User.Arn).toContain(otherAccount);
  });
});

describe("groups", () => {
  test("hold users, who may do what their groups may", () => {
    const aws = world();
    const { iam } = aws;
    const alice = aws.user("alice");
    iam("CreateGroup", { GroupName: "auditors", Path: "/team/" });
    iam("PutGroupPolicy", {
      ...{ GroupName: "auditors", PolicyName: "lists" },
      PolicyDocument: policy(allow({ Action: "iam:ListUsers", Resource: "*" })),
    });
    const lists = () => iam("ListUsers", {}, alice);
    expect(errorOf(lists).code).toBe("AccessDenied");
    iam("AddUserToGroup", { GroupName: "auditors", UserName: "alice" });
    expect(lists().Users).toHaveLength(2);
    expect(iam("ListGroupsForUser", { UserName: "alice" }).Groups).toMatchObject([
      { GroupName: "auditors", Arn: `arn:aws:iam::${account}:group/team/auditors` },
    ]);
    expect(iam("GetGroup", { GroupName: "auditors" }).Users).toMatchObject([{ UserName: "alice" }]);
    iam("RemoveUserFromGroup", { GroupName: "auditors", UserName: "alice" });
    expect(errorOf(lists).code).toBe("AccessDenied");
  });

  test("go only when nothing hangs on them, and users only out of them", () => {
    const aws = world();
    const { iam } = aws;
    aws.user("alice");
    iam("CreateGroup", { GroupName: "auditors" });
    iam("PutGroupPolicy", { GroupName: "auditors", PolicyName: "reads", PolicyDocument: reads });
    iam("AddUserToGroup", { GroupName: "auditors", UserName: "alice" });
    expect(errorOf(() => iam("DeleteUser", { UserName: "alice" })).code).toBe("DeleteConflict");
    const remove = () => iam("DeleteGroup", { GroupName: "auditors" });
    expect(errorOf(remove).code).toBe("DeleteConflict");
    iam("DeleteGroupPolicy", { GroupName: "auditors", PolicyName: "reads" });
    expect(errorOf(remove).code).toBe("DeleteConflict");
    iam("RemoveUserFromGroup", { GroupName: "auditors", UserName: "alice" });
    remove();
    expect(iam("ListGroups").Groups).toEqual([]);
    iam("DeleteUser", { UserName: "alice" });
  });

  test("have a name of their own, and members who are there", () => {
    const { iam } = world();
    iam("CreateGroup", { GroupName: "auditors" });
    expect(errorOf(() => iam("CreateGroup", { GroupName: "Auditors" })).code).toBe("EntityAlreadyExists");
    const add = () => iam("AddUserToGroup", { GroupName: "auditors", UserName: "gone" });
    expect(errorOf(add).code).toBe("NoSuchEntity");
    expect(errorOf(() => iam("GetGroup", { GroupName: "gone" })).code).toBe("NoSuchEntity");
  });
});

test("a boundary is shown, counted and keeps its policy", () => {
  const { iam, policyArn } = withRole();
  iam("PutRolePermissionsBoundary", { RoleName: "converter", PermissionsBoundary: policyArn });
  const shown = { PermissionsBoundaryType: "PermissionsBoundaryPolicy", PermissionsBoundaryArn: policyArn };
  expect(iam("GetRole", { RoleName: "converter" }).Role.PermissionsBoundary).toEqual(shown);
  // API_ListRoles leaves it out.
  expect(iam("ListRoles").Roles[0].PermissionsBoundary).toBeUndefined();
  expect(iam("GetPolicy", { PolicyArn: policyArn }).Policy.PermissionsBoundaryUsageCount).toBe(1);
  expect(errorOf(() => iam("DeletePolicy", { PolicyArn: policyArn })).code).toBe("DeleteConflict");
  iam("DeleteRolePermissionsBoundary", { RoleName: "converter" });
  iam("DeletePolicy", { PolicyArn: policyArn });
  expect(iam("GetRole", { RoleName: "converter" }).Role.PermissionsBoundary).toBeUndefined();
});

test("a denied role cannot do what its managed policy allows", () => {
  const { iam, role, policyArn } = { ...withRole() };
  const caller = role("plan", {
    may: [allow({ Action: "iam:*", Resource: "*" }), deny({ Action: "iam:Delete*", Resource: "*" })],
  });
  expect(iam("GetPolicy", { PolicyArn: policyArn }, caller).Policy.Arn).toBe(policyArn);
  expect(errorOf(() => iam("DeletePolicy", { PolicyArn: policyArn }, caller)).message).toMatch(
    /iam:DeletePolicy on resource: arn:.* with an explicit deny in an identity-based policy$/,
  );
});
