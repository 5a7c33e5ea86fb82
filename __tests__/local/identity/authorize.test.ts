// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
import { type AccessRequest, authorize, decide } from "../../../local/identity/authorize";
import type { Caller, Context } from "../../../local/service";
import { account, allow, deny, errorOf, otherAccount, policy, world } from "./world";

const bucket = "arn:aws:s3:::photos";
const object = `${bucket}/cat.jpg`;
const everything = { Action: "s3:*", Resource: "*" };
const getObject: AccessRequest = { action: "s3:GetObject", resource: object, resourceAccount: account };

const outcome = (context: Context, more: Partial<AccessRequest> = {}): string => {
  const decision = decide(context, { ...getObject, ...more });
  if (decision.is === "explicitDeny") return `denied by ${decision.by}`;
  return decision.is === "allowed" ? "allowed" : `not allowed by ${decision.missing}`;
};

describe("how policies combine (IAM User Guide, Policy evaluation logic)", () => {
  const aws = world();
  const { context, root } = aws;
  const may = [allow(everything)];
  const mayNot = [allow(everything), deny(everything)];
  const plain = aws.user("plain");
  const reader = aws.user("reader", { may });
  const denied = aws.user("denied", { may: mayNot });
  const plainRole = aws.role("plainRole");
  const readerRole = aws.role("readerRole", { may });
  const foreign = aws.user("foreign", { in: otherAccount });
  const foreignReader = aws.user("foreignReader", { in: otherAccount, may });
  const onlyLists = policy(allow({ Action: "s3:ListBucket", Resource: "*" }));
  const narrowed = { ...readerRole, sessionPolicy: onlyLists };
  const anonymous: Caller = { is: "anonymous" };
  const logging: Caller = { is: "service", service: "logging.s3.amazonaws.com" };
  const to = (Principal: unknown, effect = allow) => policy(effect({ Principal, ...everything }));
  const toUser = to({ AWS: `arn:aws:iam::${account}:user/plain` });

  test.each<[string, Caller, string | undefined, string]>([
    ["the owner's root needs nothing", root, undefined, "allowed"],
    ["the owner's root is bound by a deny", root, to("*", deny), "denied by resource-based"],
    ["nothing allows", plain, undefined, "not allowed by identity-based"],
    ["its own policy allows", reader, undefined, "allowed"],
    ["its own policy denies", denied, to("*"), "denied by identity-based"],
    ["the bucket's policy names the user", plain, toUser, "allowed"],
    ["the bucket's policy names everyone", plain, to("*"), "allowed"],
    ["the bucket's policy names everyone as AWS", plain, to({ AWS: "*" }), "allowed"],
    ["naming the account only delegates", plain, to({ AWS: account }), "not allowed by identity-based"],
    [
      "naming the account only delegates, by ARN too",
      plain,
      to({ AWS: `arn:aws:iam::${account}:root` }),
      "not allowed by identity-based",
    ],
    ["delegated, and allowed", reader, to({ AWS: account }), "allowed"],
    ["a deny for the account is one for all in it", reader, to({ AWS: account }, deny), "denied by resource-based"],
    ["a deny for somebody else", reader, to({ AWS: `arn:aws:iam::${account}:user/plain` }, deny), "allowed"],
    ["the role is named", plainRole, to({ AWS: plainRole.arn }), "allowed"],
    ["the session is named", plainRole, to({ AWS: plainRole.sessionArn }), "allowed"],
    ["the session's policy narrows the role's", narrowed, undefined, "not allowed by session"],
    [
      "the session's policy narrows what the role is given",
      narrowed,
      to({ AWS: readerRole.arn }),
      "not allowed by session",
    ],
    ["it does not narrow what the session is given", narrowed, to({ AWS: readerRole.sessionArn }), "allowed"],
    ["it does not narrow what everyone is given", narrowed, to("*"), "allowed"],
    [
      "from elsewhere: the bucket allows, the user's policies do not",
      foreign,
      to("*"),
      "not allowed by identity-based",
    ],
    [
      "from elsewhere: the user's policies allow, the bucket does not",
      foreignReader,
      undefined,
      "not allowed by resource-based",
    ],
    ["from elsewhere: both allow", foreignReader, to({ AWS: otherAccount }), "allowed"],
    ["nobody signed, the bucket is silent", anonymous, undefined, "not allowed by resource-based"],
    ["nobody signed, the bucket is for its account", anonymous, to({ AWS: account }), "not allowed by resource-based"],
    ["nobody signed, the bucket is public", anonymous, to("*"), "allowed"],
    ["a service that is named", logging, to({ Service: "logging.s3.amazonaws.com" }), "allowed"],
    ["a service that is not", logging, to({ Service: "s3.amazonaws.com" }), "not allowed by resource-based"],
    [
      "a federated principal is nobody here",
      plain,
      to({ Federated: "cognito-identity.amazonaws.com" }),
      "not allowed by identity-based",
    ],
  ])("%s", (_, caller, resourcePolicy, expected) => {
    expect(outcome(context(caller), { resourcePolicy })).toBe(expected);
  });

  // IAM User Guide, "Permissions boundaries for IAM entities", "Evaluating effective permissions with boundaries".
  describe("a permissions boundary", () => {
    const bounded = (kind: "User" | "Role", statement: object): Caller => {
      const name = `bounded${kind}${JSON.stringify(statement).length}`;
      const who = kind === "User" ? aws.user(name, { may }) : aws.role(name, { may });
      const { Policy } = aws.iam("CreatePolicy", { PolicyName: name, PolicyDocument: policy(statement) });
      aws.iam(`Put${kind}PermissionsBoundary`, { [`${kind}Name`]: name, PermissionsBoundary: Policy.Arn });
      return who;
    };
    const silent = bounded("User", allow({ Action: "kms:*", Resource: "*" }));
    const silentRole = bounded("Role", allow({ Action: "kms:*", Resource: "*" }));
    const denying = bounded("User", deny({ Action: "s3:*", Resource: "*" }));
    const arnOf = (caller: Caller) => ("arn" in caller ? caller.arn : "");
    const sessionOf = (caller: Caller) => (caller.is === "role" ? caller.sessionArn : "");

    test.each<[string, Caller, string | undefined, string]>([
      ["that is silent narrows a user's own", silent, undefined, "not allowed by permissions boundary"],
      ["that is silent narrows a role's own", silentRole, undefined, "not allowed by permissions boundary"],
      ["does not narrow what a user is given by name", silent, to({ AWS: arnOf(silent) }), "allowed"],
      [
        "narrows what a role is given by name",
        silentRole,
        to({ AWS: arnOf(silentRole) }),
        "not allowed by permissions boundary",
      ],
      ["does not narrow what a session is given by name", silentRole, to({ AWS: sessionOf(silentRole) }), "allowed"],
      ["narrows what is delegated", silent, to({ AWS: account }), "not allowed by permissions boundary"],
      ["that denies is a deny", denying, to({ AWS: arnOf(denying) }), "denied by permissions boundary"],
    ])("%s", (_, caller, resourcePolicy, expected) => {
      expect(outcome(context(caller), { resourcePolicy })).toBe(expected);
    });

    // "Troubleshoot access denied error messages".
    test("has no exception from a Deny with NotPrincipal", () => {
      const may = bounded("Role", allow({ Action: "s3:*", Resource: "*" }));
      const deniesBut = policy(
        deny({ NotPrincipal: { AWS: [arnOf(may), sessionOf(may), account] }, Action: "s3:*", Resource: "*" }),
      );
      expect(outcome(context(may), {})).toBe("allowed");
      expect(outcome(context(may), { resourcePolicy: deniesBut })).toBe("denied by resource-based");
    });

    test("is named as what does not allow, and as what denies", () => {
      const message = (caller: Caller) => errorOf(() => authorize(context(caller), getObject)).message;
      expect(message(silentRole)).toMatch(/because no permissions boundary allows the s3:GetObject action$/);
      expect(message(denying)).toMatch(/with an explicit deny in a permissions boundary$/);
    });
  });

  test("NotPrincipal with Deny spares only who is listed together with the account", () => {
    const deniesBut = (...arns: string[]) => policy(deny({ NotPrincipal: { AWS: arns }, ...everything }));
    const owner = `arn:aws:iam::${account}:root`;
    const arn = `arn:aws:iam::${account}:user/reader`;
    expect(outcome(context(reader), { resourcePolicy: deniesBut(arn, owner) })).toBe("allowed");
    expect(outcome(context(reader), { resourcePolicy: deniesBut(arn) })).toBe("denied by resource-based");
    expect(outcome(context(anonymous), { resourcePolicy: deniesBut(owner) })).toBe("denied by resource-based");
  });

  test("NotAction and NotResource are everything else", () => {
    const but = (more: object) => policy(deny({ Principal: "*", ...more }));
    const notAction = { NotAction: ["s3:Get*", "s3:List*"], Resource: "*" };
    const notResource = { Action: "s3:*", NotResource: `${bucket}/cat*` };
    expect(outcome(context(reader), { resourcePolicy: but(notAction) })).toBe("allowed");
    expect(outcome(context(reader), { resourcePolicy: but(notAction), action: "s3:PutObject" })).toMatch(/^denied/);
    expect(outcome(context(reader), { resourcePolicy: but(notResource) })).toBe("allowed");
    expect(outcome(context(reader), { resourcePolicy: but(notResource), resource: `${bucket}/dog` })).toMatch(
      /^denied/,
    );
  });

  test("actions are compared without regard to case, resources with it", () => {
    const deniesWriting = policy(deny({ Principal: "*", Action: "S3:getOBJECT", Resource: object }));
    expect(outcome(context(reader), { resourcePolicy: deniesWriting })).toMatch(/^denied/);
    expect(outcome(context(reader), { resourcePolicy: deniesWriting, resource: object.toUpperCase() })).toBe("allowed");
  });

  test("the administrator loses its rights with its policy, at once", () => {
    const arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    expect(outcome(context(aws.administrator))).toBe("allowed");
    aws.iam("DetachUserPolicy", { UserName: "administrator", PolicyArn: arn }, root);
    expect(outcome(context(aws.administrator))).toBe("not allowed by identity-based");
    aws.iam("AttachUserPolicy", { UserName: "administrator", PolicyArn: arn }, root);
  });
});

describe("condition keys of every request", () => {
  const aws = world();
  const reader = aws.user("ann", { may: [allow(everything)] });
  const role = aws.role("writer", { may: [allow(everything)] });
  aws.iam("TagRole", { RoleName: "writer", Tags: [{ Key: "team", Value: "blue" }] });
  const service: Caller = { is: "service", service: "s3.amazonaws.com", sourceArn: bucket, sourceAccount: account };
  const matches = (
    caller: Caller,
    Condition: object,
    more: Partial<Context> = {},
    request: Partial<AccessRequest> = {},
  ) =>
    outcome(aws.context(caller, more), {
      ...request,
      resourcePolicy: policy(deny({ Principal: "*", ...everything, Condition })),
    }) === "denied by resource-based";

  test.each<[Caller, object, boolean]>([
    [reader, { StringEquals: { "aws:username": "ann" } }, true],
    [reader, { StringEquals: { "aws:PrincipalAccount": account } }, true],
    [reader, { StringEquals: { "aws:PrincipalType": "User" } }, true],
    [role, { StringEquals: { "aws:PrincipalType": "AssumedRole" } }, true],
    [role, { ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${account}:role/writer` } }, true],
    [role, { StringLike: { "aws:userid": "AROA*:session" } }, true],
    [role, { Null: { "aws:username": "true" } }, true],
    [role, { StringEquals: { "aws:PrincipalTag/team": "blue" } }, true],
    [reader, { StringEquals: { "aws:PrincipalTag/team": "blue" } }, false],
    [reader, { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } }, true],
    [reader, { StringEquals: { "aws:RequestedRegion": "eu-west-1" } }, true],
    [reader, { StringEquals: { "aws:ResourceAccount": account } }, true],
    [reader, { DateGreaterThan: { "aws:CurrentTime": "2025-12-31T23:59:59Z" } }, true],
    [reader, { NumericEquals: { "aws:EpochTime": "1767225600" } }, true],
    [reader, { Bool: { "aws:PrincipalIsAWSService": "false" } }, true],
    [service, { Bool: { "aws:PrincipalIsAWSService": "true" } }, true],
    [service, { ArnLike: { "aws:SourceArn": bucket } }, true],
    [service, { StringEquals: { "aws:SourceAccount": account } }, true],
    [service, { StringEquals: { "aws:PrincipalServiceName": "s3.amazonaws.com" } }, true],
    [service, { Null: { "aws:SecureTransport": "true", "aws:SourceIp": "true" } }, true],
    [reader, { Bool: { "aws:ViaAWSService": "true" } }, false],
    [reader, { Bool: { "AWS:SECURETRANSPORT": "true" } }, true],
  ])("%j %j: %s", (caller, condition, expected) => {
    expect(matches(caller, condition)).toBe(expected);
  });

  test("plain HTTP shows", () => {
    const plain = { Bool: { "aws:SecureTransport": "false" } };
    expect(matches(reader, plain)).toBe(false);
    expect(matches(reader, plain, { secure: false })).toBe(true);
  });

  test("a service that asks for the caller shows neither the caller's address nor its transport", () => {
    const hidden = {
      Null: { "aws:SourceIp": "true", "aws:SecureTransport": "true" },
      Bool: { "aws:ViaAWSService": "true" },
    };
    expect(matches(reader, hidden)).toBe(false);
    expect(matches(reader, hidden, {}, { viaService: true })).toBe(true);
  });

  test("an operation's own keys count, and absent ones are missing", () => {
    const missing = { Null: { "s3:x-amz-server-side-encryption": "true" } };
    const conditions = { "s3:x-amz-server-side-encryption": "AES256", "s3:x-amz-acl": undefined };
    expect(matches(reader, missing)).toBe(true);
    expect(matches(reader, missing, {}, { conditions })).toBe(false);
    expect(matches(reader, { Null: { "s3:x-amz-acl": "true" } }, {}, { conditions })).toBe(true);
  });

  test("a multivalued key is no variable, even where it has one value", () => {
    const named = { StringEquals: { "aws:username": "${s3:RequestObjectTagKeys}" } };
    expect(matches(reader, named, {}, { conditions: { "s3:RequestObjectTagKeys": ["ann"] } })).toBe(false);
    expect(matches(reader, named, {}, { conditions: { "s3:RequestObjectTagKeys": "ann" } })).toBe(true);
  });

  test("all operators and all keys of a statement must hold", () => {
    const both = {
      StringEquals: { "aws:username": "ann", "aws:PrincipalType": "User" },
      Bool: { "aws:SecureTransport": "true" },
    };
    expect(matches(reader, both)).toBe(true);
    expect(matches(reader, both, { secure: false })).toBe(false);
    expect(matches(role, both)).toBe(false);
  });
});

describe("what the refused are told", () => {
  const aws = world();
  const plain = aws.user("plain");
  const user = `User: arn:aws:iam::${account}:user/plain is not authorized to perform:`;
  const refusal = (caller: Caller, request: Partial<AccessRequest>) =>
    errorOf(() => authorize(aws.context(caller), { ...getObject, ...request }));

  test("S3 puts the resource in quotation marks and says which policy", () => {
    expect(refusal(plain, {})).toEqual({
      code: "AccessDenied",
      status: 403,
      message: `${user} s3:GetObject on resource: "${object}" because no identity-based policy allows the s3:GetObject action`,
    });
    const resourcePolicy = policy(deny({ Principal: "*", ...everything }));
    expect(refusal(plain, { resourcePolicy }).message).toBe(
      `${user} s3:GetObject on resource: "${object}" with an explicit deny in a resource-based policy`,
    );
  });

  test("S3 tells a role's session by the session's ARN", () => {
    const role = aws.role("none");
    expect(refusal(role, {}).message).toMatch(`User: arn:aws:sts::${account}:assumed-role/none/session is not`);
  });

  test("S3 tells strangers nothing", () => {
    expect(refusal(aws.stranger, {}).message).toBe("Access Denied");
    expect(refusal({ is: "anonymous" }, {}).message).toBe("Access Denied");
  });

  test("KMS answers 400, with the resource bare, and to strangers that there may be nothing", () => {
    const key = `arn:aws:kms:eu-west-1:${account}:key/1`;
    const request = { action: "kms:Decrypt", resource: key, resourceMustAllow: true } as const;
    expect(refusal(plain, request)).toEqual({
      code: "AccessDeniedException",
      status: 400,
      message: `${user} kms:Decrypt on resource: ${key} because no resource-based policy allows the kms:Decrypt action`,
    });
    expect(refusal(aws.stranger, { ...request, action: "kms:DescribeKey" }).message).toBe(
      `User: arn:aws:iam::${otherAccount}:user/administrator is not authorized to perform: kms:DescribeKey on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
    );
  });

  test("IAM answers 403", () => {
    expect(errorOf(() => aws.iam("GetRole", { RoleName: "none" }, plain))).toEqual({
      code: "AccessDenied",
      status: 403,
      message: `${user} iam:GetRole on resource: arn:aws:iam::${account}:role/none because no identity-based policy allows the iam:GetRole action`,
    });
  });
});
