import { findAccessKey, issueAccessKey } from "../../../local/identity/accounts";
import { principalsExist } from "../../../local/identity/principals";
import type { Caller } from "../../../local/service";
import { account, allow, errorOf, otherAccount, policy, world } from "./world";

const hour = 3_600_000;
const mayAssume = [allow({ Action: "sts:AssumeRole", Resource: "*" })];

function withRole(Principal: unknown, Condition?: object) {
  const aws = world();
  const users = {
    ann: aws.user("ann"),
    assumer: aws.user("assumer", { may: mayAssume }),
    foreign: aws.user("foreign", { in: otherAccount }),
    foreignAssumer: aws.user("foreignAssumer", { in: otherAccount, may: mayAssume }),
  };
  const trust = policy(allow({ Principal, Action: "sts:AssumeRole", Condition }));
  const { Role } = aws.iam("CreateRole", {
    RoleName: "converter",
    AssumeRolePolicyDocument: trust,
    MaxSessionDuration: 7200,
  });
  const assume = (caller: Caller, more: object = {}) =>
    aws.sts("AssumeRole", { RoleArn: Role.Arn, RoleSessionName: "run", ...more }, caller);
  return { ...aws, ...users, assume, roleArn: Role.Arn as string, roleId: Role.RoleId as string };
}

describe("assuming a role", () => {
  test("gives a session that signs as the role until it ends", () => {
    const { assume, ann, state, now, pass, roleArn, roleId } = withRole({ AWS: `arn:aws:iam::${account}:user/ann` });
    const { Credentials, AssumedRoleUser } = assume(ann);
    const sessionArn = `arn:aws:sts::${account}:assumed-role/converter/run`;
    expect(AssumedRoleUser).toEqual({ AssumedRoleId: `${roleId}:run`, Arn: sessionArn });
    expect(Credentials.Expiration).toEqual(new Date(now() + hour));
    const find = (token = Credentials.SessionToken) =>
      findAccessKey(state.identity, Credentials.AccessKeyId, token, now());
    expect(find()).toMatchObject({
      is: "found",
      key: {
        secretAccessKey: Credentials.SecretAccessKey,
        caller: { is: "role", account, arn: roleArn, roleName: "converter", sessionArn, userId: `${roleId}:run` },
      },
    });
    expect(find("another")).toEqual({ is: "wrongToken" });
    pass(hour - 1);
    expect(find().is).toBe("found");
    pass(1);
    expect(find()).toEqual({ is: "expired" });
  });

  test("needs the trust policy, and the caller's own where that only names the account", () => {
    const byAccount = withRole({ AWS: account });
    expect(byAccount.assume(byAccount.assumer).Credentials).toBeDefined();
    expect(errorOf(() => byAccount.assume(byAccount.ann)).message).toMatch(
      /because no identity-based policy allows the sts:AssumeRole action$/,
    );
    expect(errorOf(() => byAccount.assume(byAccount.foreignAssumer))).toEqual({
      code: "AccessDenied",
      status: 403,
      message: `User: arn:aws:iam::${otherAccount}:user/foreignAssumer is not authorized to perform: sts:AssumeRole on resource: ${byAccount.roleArn}`,
    });
  });

  test("from another account needs both", () => {
    const { assume, foreign, foreignAssumer } = withRole({ AWS: otherAccount });
    expect(assume(foreignAssumer).Credentials).toBeDefined();
    expect(errorOf(() => assume(foreign)).code).toBe("AccessDenied");
  });

  test("needs the external id that the trust policy asks for", () => {
    const { assume, assumer } = withRole({ AWS: account }, { StringEquals: { "sts:ExternalId": "secret" } });
    expect(errorOf(() => assume(assumer)).code).toBe("AccessDenied");
    expect(errorOf(() => assume(assumer, { ExternalId: "wrong" })).code).toBe("AccessDenied");
    expect(assume(assumer, { ExternalId: "secret" }).Credentials).toBeDefined();
  });

  test("keeps to the role's limit, and to an hour from a role to the next", () => {
    const { assume, assumer, role } = withRole({ AWS: account });
    expect(assume(assumer, { DurationSeconds: 7_200 }).Credentials).toBeDefined();
    expect(errorOf(() => assume(assumer, { DurationSeconds: 7_201 })).message).toBe(
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
    expect(errorOf(() => assume(assumer, { DurationSeconds: 899 })).code).toBe("ValidationError");
    const chained = role("first", { may: mayAssume });
    expect(errorOf(() => assume(chained, { DurationSeconds: 3_601 })).message).toMatch(/role chaining$/);
    expect(assume(chained, { DurationSeconds: 3_600 }).Credentials).toBeDefined();
  });

  test("hands the session policy to the session", () => {
    const { assume, assumer, state, now } = withRole({ AWS: account });
    const sessionPolicy = policy(allow({ Action: "s3:GetObject", Resource: "*" }));
    const { Credentials, PackedPolicySize } = assume(assumer, { Policy: sessionPolicy });
    const found = findAccessKey(state.identity, Credentials.AccessKeyId, Credentials.SessionToken, now());
    expect(found).toMatchObject({ key: { caller: { sessionPolicy } } });
    expect(PackedPolicySize).toBeGreaterThan(0);
    expect(errorOf(() => assume(assumer, { Policy: "{}" })).code).toBe("MalformedPolicyDocument");
  });

  test("is not for the root, nor for roles that are not there", () => {
    const { assume, assumer, root } = withRole({ AWS: account });
    expect(errorOf(() => assume(root)).message).toBe("Roles may not be assumed by root accounts.");
    expect(errorOf(() => assume(assumer, { RoleArn: `arn:aws:iam::${account}:role/none` })).code).toBe("AccessDenied");
    expect(errorOf(() => assume(assumer, { RoleSessionName: "a b" })).code).toBe("ValidationError");
  });
});

test("GetCallerIdentity tells a session by its own ARN", () => {
  const { sts, ann, role } = withRole({ AWS: account });
  const session = role("first");
  expect(sts("GetCallerIdentity", {}, ann)).toMatchObject({
    Account: account,
    Arn: `arn:aws:iam::${account}:user/ann`,
  });
  expect(sts("GetCallerIdentity", {}, session)).toEqual({
    Account: account,
    Arn: session.sessionArn,
    UserId: session.userId,
  });
});

test("GetSessionToken gives a user keys that end", () => {
  const { sts, ann, state, now } = withRole({ AWS: account });
  const { Credentials } = sts("GetSessionToken", { DurationSeconds: 900 }, ann);
  const find = (time: number) => findAccessKey(state.identity, Credentials.AccessKeyId, Credentials.SessionToken, time);
  expect(find(now())).toMatchObject({ is: "found", key: { caller: ann } });
  expect(find(now() + 900_000)).toEqual({ is: "expired" });
});

describe("access keys", () => {
  test("of somebody deleted are unknown, even when the name is given anew", () => {
    const { iam, user, state, now } = world();
    const ann = user("ann");
    if (!("account" in ann)) throw new Error("a user has an account");
    const key = issueAccessKey(state.identity, ann, now());
    const find = () => findAccessKey(state.identity, key.accessKeyId, undefined, now()).is;
    expect(find()).toBe("found");
    state.identity.accounts.get(account)?.users.delete("ann");
    expect(find()).toBe("unknown");
    iam("CreateUser", { UserName: "ann" });
    expect(find()).toBe("unknown");
  });

  test("without a session take no token", () => {
    const { iam, state, now } = world();
    const { AccessKey } = iam("CreateAccessKey");
    expect(findAccessKey(state.identity, AccessKey.AccessKeyId, "token", now())).toEqual({ is: "wrongToken" });
    expect(AccessKey.AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(AccessKey.SecretAccessKey).toHaveLength(40);
  });
});

describe("principals that a resource policy may name", () => {
  const aws = world();
  aws.role("reader");
  test.each<[unknown, boolean]>([
    ["*", true],
    [{ AWS: account }, true],
    [{ AWS: "333333333333" }, true],
    [{ AWS: `arn:aws:iam::${account}:root` }, true],
    [{ AWS: [`arn:aws:iam::${account}:role/reader`, `arn:aws:iam::${account}:user/administrator`] }, true],
    [{ AWS: [`arn:aws:iam::${account}:role/reader`, `arn:aws:iam::${account}:role/gone`] }, false],
    [{ AWS: `arn:aws:iam::${account}:role/path/reader` }, false],
    [{ AWS: `arn:aws:iam::${account}:user/reader` }, false],
    [{ AWS: `arn:aws:iam::${account}:role/*` }, false],
    [{ AWS: `arn:aws:sts::${account}:assumed-role/reader/session` }, true],
    [{ AWS: `arn:aws-cn:iam::${account}:root` }, false],
    [{ AWS: "AROAAAAAAAAAAAAAAAAAA" }, false],
    [{ AWS: "arn:aws:iam::333333333333:role/unknown" }, true],
    [{ Service: "logging.s3.amazonaws.com" }, true],
    [{ Service: "logging" }, false],
    [{ AWS: "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE" }, true],
    [{ AWS: "arn:aws:iam::cloudfront:root" }, false],
  ])("%j: %s", (Principal, expected) => {
    const document = policy(allow({ Principal, Action: "s3:GetObject", Resource: "*" }));
    expect(principalsExist(aws.state.identity, document)).toBe(expected);
  });
});
