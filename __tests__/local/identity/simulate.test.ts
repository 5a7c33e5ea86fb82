// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
import { account, allow, deny, errorOf, otherAccount, policy, world } from "./world";

const key = `arn:aws:kms:eu-west-1:${account}:key/1`;
const decrypts = allow({ Action: "kms:Decrypt", Resource: "*" });
const everything = allow({ Action: "*", Resource: "*" });
const viaS3 = { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } };

const entry = (ContextKeyName: string, ContextKeyType: string, ...ContextKeyValues: string[]) => ({
  ...{ ContextKeyName, ContextKeyType, ContextKeyValues },
});

/** What IAM says of `kms:Decrypt` on one key to an entity. */
function simulated(aws: ReturnType<typeof world>, PolicySourceArn: string, more: object = {}) {
  const input = { PolicySourceArn, ActionNames: ["kms:Decrypt"], ResourceArns: [key], ...more };
  const { EvaluationResults } = aws.iam("SimulatePrincipalPolicy", input);
  return EvaluationResults[0];
}

describe("EvalDecision", () => {
  // API Reference, EvaluationResult: allowed, explicitDeny, implicitDeny; a deny overrides any allow.
  test.each<[string, readonly object[], string]>([
    ["nothing is attached", [], "implicitDeny"],
    ["a statement allows it", [decrypts], "allowed"],
    ["another action is allowed", [allow({ Action: "kms:Encrypt", Resource: "*" })], "implicitDeny"],
    ["another resource is allowed", [allow({ Action: "kms:*", Resource: `${key}0` })], "implicitDeny"],
    ["one statement allows and another denies", [everything, deny({ Action: "kms:*", Resource: key })], "explicitDeny"],
    ["the condition holds", [{ ...decrypts, Condition: viaS3 }], "allowed"],
    [
      "a deny's condition holds",
      [decrypts, deny({ Action: "*", Resource: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } })],
      "explicitDeny",
    ],
    [
      "a deny's condition does not hold",
      [decrypts, deny({ Action: "*", Resource: "*", Condition: { StringNotEquals: viaS3.StringEquals } })],
      "allowed",
    ],
    [
      "the condition's key was not given",
      [{ ...decrypts, Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } } }],
      "implicitDeny",
    ],
    [
      "a negated condition's key was not given",
      [decrypts, deny({ Action: "*", Resource: "*", Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1" } } })],
      "explicitDeny",
    ],
  ])("where %s", (_, may, decision) => {
    const aws = world();
    const ContextEntries = [
      entry("kms:ViaService", "string", "s3.eu-west-1.amazonaws.com"),
      entry("aws:SecureTransport", "boolean", "false"),
    ];
    const given = may.length > 0 ? { may } : {};
    aws.user("alice", given);
    aws.role("app", given);
    for (const name of ["user/alice", "role/app"])
      expect(simulated(aws, `arn:aws:iam::${account}:${name}`, { ContextEntries }).EvalDecision).toBe(decision);
  });

  test("policies are inline, managed, AWS's own and those of a user's groups, and the deciding ones are named", () => {
    const aws = world();
    const { iam } = aws;
    aws.user("alice");
    const arn = `arn:aws:iam::${account}:user/alice`;
    iam("CreateGroup", { GroupName: "readers" });
    iam("AddUserToGroup", { GroupName: "readers", UserName: "alice" });
    iam("PutGroupPolicy", { GroupName: "readers", PolicyName: "inGroup", PolicyDocument: policy(decrypts) });
    const { Policy } = iam("CreatePolicy", { PolicyName: "managed", PolicyDocument: policy(decrypts) });
    expect(simulated(aws, arn).MatchedStatements).toEqual([{ SourcePolicyId: "inGroup", SourcePolicyType: "group" }]);
    iam("AttachUserPolicy", { UserName: "alice", PolicyArn: Policy.Arn });
    const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    iam("AttachGroupPolicy", { GroupName: "readers", PolicyArn: administrator });
    expect(simulated(aws, arn).MatchedStatements).toEqual([
      { SourcePolicyId: "managed", SourcePolicyType: "user-managed" },
      { SourcePolicyId: "inGroup", SourcePolicyType: "group" },
      { SourcePolicyId: "AdministratorAccess", SourcePolicyType: "aws-managed" },
    ]);
    expect(simulated(aws, `arn:aws:iam::${account}:group/readers`).EvalDecision).toBe("allowed");
    // "The deny statement is the only entry included in the result": API Reference, EvaluationResult.
    const No = policy(deny({ Action: "kms:Decrypt", Resource: "*" }));
    iam("PutUserPolicy", { UserName: "alice", PolicyName: "no", PolicyDocument: No });
    expect(simulated(aws, arn)).toMatchObject({
      EvalDecision: "explicitDeny",
      MatchedStatements: [{ SourcePolicyId: "no", SourcePolicyType: "user" }],
    });
    iam("DeleteUserPolicy", { UserName: "alice", PolicyName: "no" });
    iam("DetachUserPolicy", { UserName: "alice", PolicyArn: Policy.Arn });
    iam("RemoveUserFromGroup", { GroupName: "readers", UserName: "alice" });
    expect(simulated(aws, arn)).toMatchObject({ EvalDecision: "implicitDeny", MatchedStatements: [] });
  });

  test("further policies can be given, and are named by their place", () => {
    const aws = world();
    const { arn } = aws.role("app");
    const PolicyInputList = [policy(allow({ Action: "s3:*", Resource: "*" })), policy(decrypts)];
    expect(simulated(aws, arn, { PolicyInputList })).toMatchObject({
      EvalDecision: "allowed",
      MatchedStatements: [{ SourcePolicyId: "PolicyInputList.2", SourcePolicyType: "none" }],
    });
  });
});

// API Reference, PermissionsBoundaryDecisionDetail: false where the boundary denies, explicitly or not.
describe("a permissions boundary", () => {
  const withBoundary = (...statements: object[]) => {
    const aws = world();
    const { arn } = aws.role("app", { may: [everything] });
    const { Policy } = aws.iam("CreatePolicy", { PolicyName: "limit", PolicyDocument: policy(...statements) });
    aws.iam("PutRolePermissionsBoundary", { RoleName: "app", PermissionsBoundary: Policy.Arn });
    return { aws, arn };
  };

  test.each<[string, readonly object[], string, boolean]>([
    ["that allows it", [decrypts], "allowed", true],
    ["that says nothing", [allow({ Action: "s3:*", Resource: "*" })], "implicitDeny", false],
    ["that denies it", [decrypts, deny({ Action: "kms:*", Resource: "*" })], "explicitDeny", false],
  ])("%s", (_, statements, decision, AllowedByPermissionsBoundary) => {
    const { aws, arn } = withBoundary(...statements);
    const result = simulated(aws, arn);
    const detail = { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary } };
    expect(result).toMatchObject({ EvalDecision: decision, ...detail });
    expect(result.ResourceSpecificResults).toMatchObject([{ EvalResourceDecision: decision, ...detail }]);
  });

  test("gives nothing by itself, and another one can be tried in its place", () => {
    const { aws, arn } = withBoundary(everything);
    const PermissionsBoundaryPolicyInputList = [policy(allow({ Action: "s3:*", Resource: "*" }))];
    expect(simulated(aws, arn, { PermissionsBoundaryPolicyInputList }).EvalDecision).toBe("implicitDeny");
    expect(simulated(aws, arn).EvalDecision).toBe("allowed");
    aws.iam("DeleteRolePolicy", { RoleName: "app", PolicyName: "may" });
    expect(simulated(aws, arn).EvalDecision).toBe("implicitDeny");
    aws.iam("DeleteRolePermissionsBoundary", { RoleName: "app" });
    expect(simulated(aws, arn).PermissionsBoundaryDecisionDetail).toBeUndefined();
  });
});

describe("MissingContextValues", () => {
  // boto/boto3#3111 shows an answer of AWS: keys of statements about other actions are listed, and variables.
  test("are all keys that the policies name and nobody gave, each once", () => {
    const aws = world();
    const may = [
      { ...decrypts, Condition: { ...viaS3, StringLike: { "aws:PrincipalTag/team": "a" } } },
      allow({ Action: "s3:GetObject", Resource: "arn:aws:s3:::homes/${aws:username}/*" }),
      allow({ Action: "s3:PutObject", Resource: "*", Condition: { StringLike: { "AWS:principaltag/team": "b" } } }),
    ];
    const { arn } = aws.role("app", { may });
    const ContextEntries = [entry("KMS:viaservice", "string", "s3.eu-west-1.amazonaws.com")];
    const result = simulated(aws, arn, { ContextEntries });
    expect(result.MissingContextValues.map((name: string) => name.toLowerCase()).sort()).toEqual([
      "aws:principaltag/team",
      "aws:username",
    ]);
    expect(result.ResourceSpecificResults[0].MissingContextValues).toEqual(result.MissingContextValues);
  });

  test("a key that is given counts under any case, and of several values each", () => {
    const aws = world();
    const Condition = { "ForAnyValue:StringEquals": { "aws:TagKeys": ["b"] } };
    const { arn } = aws.role("app", { may: [{ ...decrypts, Condition }] });
    const asked = (...values: string[]) =>
      simulated(aws, arn, { ContextEntries: [entry("AWS:tagkeys", "stringList", ...values)] });
    expect(asked("a", "b")).toMatchObject({ EvalDecision: "allowed", MissingContextValues: [] });
    expect(asked("a").EvalDecision).toBe("implicitDeny");
  });
});

describe("results", () => {
  test("there is one for each action, the most restrictive of its resources', which are below it", () => {
    const aws = world();
    const { arn } = aws.role("app", { may: [decrypts, deny({ Action: "kms:*", Resource: `${key}2` })] });
    const ResourceArns = [key, `${key}2`];
    const input = { PolicySourceArn: arn, ActionNames: ["kms:Decrypt", "kms:Encrypt"], ResourceArns };
    const { EvaluationResults, IsTruncated } = aws.iam("SimulatePrincipalPolicy", input);
    expect(IsTruncated).toBe(false);
    expect(EvaluationResults).toMatchObject([
      {
        EvalActionName: "kms:Decrypt",
        EvalDecision: "explicitDeny",
        ResourceSpecificResults: [
          { EvalResourceName: key, EvalResourceDecision: "allowed" },
          { EvalResourceName: `${key}2`, EvalResourceDecision: "explicitDeny" },
        ],
      },
      { EvalActionName: "kms:Encrypt", EvalDecision: "explicitDeny" },
    ]);
  });

  test("without resources the question is about all of them, and nothing is below", () => {
    const aws = world();
    const { arn } = aws.role("app", { may: [decrypts] });
    const result = simulated(aws, arn, { ResourceArns: undefined });
    expect(result).toMatchObject({ EvalResourceName: "*", EvalDecision: "allowed", ResourceSpecificResults: [] });
  });

  test("come in pages, of 100 where nobody says how many", () => {
    const aws = world();
    const { arn } = aws.role("app", { may: [decrypts] });
    const ActionNames = Array.from({ length: 101 }, (_, place) => `kms:Action${place}`);
    const page = (more: object) =>
      aws.iam("SimulatePrincipalPolicy", { PolicySourceArn: arn, ActionNames, ResourceArns: [key], ...more });
    const first = page({});
    expect(first).toMatchObject({ IsTruncated: true, EvaluationResults: { length: 100 } });
    expect(page({ Marker: first.Marker })).toMatchObject({
      IsTruncated: false,
      EvaluationResults: [{ EvalActionName: "kms:Action100" }],
    });
    expect(page({ MaxItems: 2 }).EvaluationResults).toHaveLength(2);
    expect(errorOf(() => page({ MaxItems: 1_001 }))).toMatchObject({ code: "ValidationError" });
  });
});

describe("a resource's policy", () => {
  const lets = (AWS: string) => policy(allow({ Principal: { AWS }, Action: "kms:Decrypt", Resource: "*" }));

  test("adds to a user's own, and denies", () => {
    const aws = world();
    aws.user("alice");
    const arn = `arn:aws:iam::${account}:user/alice`;
    expect(simulated(aws, arn, { ResourcePolicy: lets(arn) })).toMatchObject({
      EvalDecision: "allowed",
      MatchedStatements: [{ SourcePolicyType: "resource" }],
    });
    expect(simulated(aws, arn, { ResourcePolicy: lets(account) }).EvalDecision).toBe("implicitDeny");
    const no = policy(deny({ Principal: "*", Action: "*", Resource: "*" }));
    expect(simulated(aws, arn, { ResourcePolicy: no, PolicyInputList: [policy(everything)] }).EvalDecision).toBe(
      "explicitDeny",
    );
  });

  test("names the caller, who may have somebody else's policies", () => {
    const aws = world();
    const { arn } = aws.role("app");
    aws.user("bob");
    const CallerArn = `arn:aws:iam::${account}:user/bob`;
    expect(simulated(aws, arn, { CallerArn, ResourcePolicy: lets(CallerArn) }).EvalDecision).toBe("allowed");
  });

  test("is not simulated for roles, and a group is no caller of one", () => {
    const aws = world();
    const { arn } = aws.role("app");
    aws.iam("CreateGroup", { GroupName: "readers" });
    for (const source of [arn, `arn:aws:iam::${account}:group/readers`])
      expect(errorOf(() => simulated(aws, source, { ResourcePolicy: lets("*") }))).toMatchObject({
        code: "InvalidInput",
        status: 400,
      });
  });
});

describe("what cannot be simulated", () => {
  test.each<[string, object, string]>([
    ["an entity that is not there", { PolicySourceArn: `arn:aws:iam::${account}:role/nobody` }, "NoSuchEntity"],
    ["an entity in another path", { PolicySourceArn: `arn:aws:iam::${account}:role/team/app` }, "NoSuchEntity"],
    ["a session", { PolicySourceArn: `arn:aws:sts::${account}:assumed-role/app/session` }, "InvalidInput"],
    ["the root", { PolicySourceArn: `arn:aws:iam::${account}:root` }, "InvalidInput"],
    ["a session as the caller", { CallerArn: `arn:aws:sts::${account}:assumed-role/app/s` }, "InvalidInput"],
    ["an action without its service", { ActionNames: ["Decrypt"] }, "InvalidInput"],
    ["no actions", { ActionNames: [] }, "ValidationError"],
    ["a resource without an ARN", { ResourceArns: ["my-bucket"] }, "InvalidInput"],
    ["a policy that is none", { PolicyInputList: ["{"] }, "InvalidInput"],
    ["two boundaries", { PermissionsBoundaryPolicyInputList: [policy(decrypts), policy(decrypts)] }, "InvalidInput"],
    [
      "two values of a key that has one",
      { ContextEntries: [entry("aws:username", "string", "a", "b")] },
      "InvalidInput",
    ],
    ["another account's resource", { ResourceOwner: otherAccount }, "NotImplemented"],
    ["EC2", { ResourceHandlingOption: "EC2-VPC-EBS" }, "NotImplemented"],
    ["policies to leave out", { PolicyExclusionList: [{ PolicyType: "scp" }] }, "NotImplemented"],
  ])("%s", (_, input, code) => {
    const aws = world();
    const { arn } = aws.role("app");
    expect(errorOf(() => simulated(aws, arn, input)).code).toBe(code);
  });

  test("what the caller may not ask about: the permission is on the entity", () => {
    const aws = world();
    const { arn } = aws.role("app");
    const other = aws.role("other");
    const asks = allow({ Action: "iam:SimulatePrincipalPolicy", Resource: arn });
    const asker = aws.user("asker", { may: [asks] });
    const input = { PolicySourceArn: arn, ActionNames: ["kms:Decrypt"] };
    expect(aws.iam("SimulatePrincipalPolicy", input, asker).EvaluationResults).toHaveLength(1);
    const refused = errorOf(() => aws.iam("SimulatePrincipalPolicy", { ...input, PolicySourceArn: other.arn }, asker));
    expect(refused).toMatchObject({ code: "AccessDenied", status: 403 });
  });
});
