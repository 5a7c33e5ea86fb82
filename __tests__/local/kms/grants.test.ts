import type { Caller } from "../../../local/service";
import { account, allow, deny, errorOf, otherAccount, policy, region, world } from "../identity/world";

const bucketArn = "arn:aws:s3:::photos";
const objectContext = { "aws:s3:arn": `${bucketArn}/a` };

/** A key whose policy lets its account decide, and somebody whom no policy lets near it. */
function withKey() {
  const aws = world();
  const KeyId = aws.kms("CreateKey").KeyMetadata.KeyId as string;
  const arn = `arn:aws:kms:${region}:${account}:key/${KeyId}`;
  const stranger = aws.role("stranger");
  const grant = (input: object, caller?: Caller) => aws.kms("CreateGrant", { KeyId: arn, ...input }, caller);
  const generate = (caller: Caller, EncryptionContext: object = {}) =>
    aws.kms("GenerateDataKey", { KeyId: arn, KeySpec: "AES_256", EncryptionContext }, caller);
  return { ...aws, KeyId, arn, stranger, grant, generate };
}

const refused = "AccessDeniedException";
const generateKey = { Operations: ["GenerateDataKey"] };

describe("a grant", () => {
  test("lets in whom no policy does, for its operations alone, and for no longer than it is there", () => {
    const { kms, KeyId, stranger, grant, generate } = withKey();
    expect(errorOf(() => generate(stranger)).code).toBe(refused);
    const { GrantId } = grant({ GranteePrincipal: stranger.arn, ...generateKey });
    const { CiphertextBlob } = generate(stranger);
    expect(errorOf(() => kms("Decrypt", { CiphertextBlob }, stranger)).code).toBe(refused);
    kms("RevokeGrant", { KeyId, GrantId });
    expect(errorOf(() => generate(stranger)).code).toBe(refused);
  });

  test("loses against a denial of the key policy, and of the identity", () => {
    const { kms, iam, KeyId, stranger, grant, generate } = withKey();
    grant({ GranteePrincipal: stranger.arn, ...generateKey });
    const { Policy } = kms("GetKeyPolicy", { KeyId });
    const denial = deny({ Principal: "*", Action: "kms:GenerateDataKey", Resource: "*" });
    const [root] = JSON.parse(Policy).Statement;
    kms("PutKeyPolicy", { KeyId, Policy: policy(root, denial) });
    expect(errorOf(() => generate(stranger)).message).toMatch(/explicit deny in a resource-based policy/);
    kms("PutKeyPolicy", { KeyId, Policy });
    const PolicyDocument = policy(deny({ Action: "kms:*", Resource: "*" }));
    iam("PutRolePolicy", { RoleName: stranger.roleName, PolicyName: "no", PolicyDocument });
    expect(errorOf(() => generate(stranger)).message).toMatch(/explicit deny in an identity-based policy/);
  });

  test("of a session with a policy gives no more than that allows", () => {
    const { stranger, grant, generate } = withKey();
    grant({ GranteePrincipal: stranger.arn, ...generateKey });
    const sessionPolicy = policy(allow({ Action: "s3:*", Resource: "*" }));
    expect(errorOf(() => generate({ ...stranger, sessionPolicy })).message).toMatch(/no session policy allows/);
  });

  test("across accounts needs no policy there where it names the user, and one where it names the account", () => {
    const { user, grant, generate, KeyId, arn } = withKey();
    const bob = user("bob", { in: otherAccount });
    const may = user("may", { in: otherAccount, may: [allow({ Action: "kms:*", Resource: arn })] });
    expect(KeyId).not.toBe(arn);
    grant({ GranteePrincipal: `arn:aws:iam::${otherAccount}:root`, ...generateKey });
    expect(errorOf(() => generate(bob)).code).toBe(refused);
    generate(may);
    grant({ GranteePrincipal: bob.is === "user" ? bob.arn : "", ...generateKey });
    generate(bob);
  });

  test.each([
    ["EncryptionContextEquals", objectContext, true],
    ["EncryptionContextEquals", { ...objectContext, team: "x" }, false],
    ["EncryptionContextSubset", { ...objectContext, team: "x" }, true],
    ["EncryptionContextSubset", { team: "x" }, false],
  ])("with %s of one pair and the context %j: %s", (constraint, context, holds) => {
    const { stranger, grant, generate } = withKey();
    grant({ GranteePrincipal: stranger.arn, ...generateKey, Constraints: { [constraint]: objectContext } });
    if (holds) generate(stranger, context);
    else expect(errorOf(() => generate(stranger, context)).code).toBe(refused);
  });

  test("for a service holds for the resource that it names", () => {
    const { arn, grant, generate } = withKey();
    const service = "logging.s3.amazonaws.com";
    const principals = { GranteeServicePrincipal: service, RetiringServicePrincipal: service };
    expect(errorOf(() => grant({ ...principals, ...generateKey })).code).toBe("ValidationException");
    grant({ ...principals, ...generateKey, Constraints: { SourceArn: bucketArn } });
    generate({ is: "service", service, sourceArn: bucketArn });
    expect(errorOf(() => generate({ is: "service", service, sourceArn: `${bucketArn}2` })).code).toBe(refused);
    expect(arn).toContain(account);
  });

  test("that allows to make grants gives away no more than it has", () => {
    const { stranger, role, grant } = withKey();
    const third = role("third");
    const Operations = ["GenerateDataKey", "CreateGrant"];
    grant({ GranteePrincipal: stranger.arn, Operations, Constraints: { EncryptionContextSubset: objectContext } });
    const child = (more: object) =>
      grant({ GranteePrincipal: third.arn, ...generateKey, ...more }, stranger).GrantId as string;
    expect(errorOf(() => child({})).code).toBe(refused);
    expect(errorOf(() => child({ Constraints: { EncryptionContextSubset: { team: "x" } } })).code).toBe(refused);
    const within = { EncryptionContextEquals: { ...objectContext, team: "x" } };
    expect(errorOf(() => child({ Operations: ["Decrypt"], Constraints: within })).code).toBe(refused);
    expect(child({ Constraints: within })).toMatch(/^[0-9a-f]{64}$/);
  });
});

test("a grant is retired by whom it names, by its own grantee if it says so, and by its account; by nobody else", () => {
  const { kms, KeyId, arn, stranger, role, user, grant, root } = withKey();
  const retiring = role("retiring");
  const delegate = user("delegate", { may: [allow({ Action: "kms:RetireGrant", Resource: arn })] });
  const given = { GranteePrincipal: stranger.arn, RetiringPrincipal: retiring.arn };
  const made = (Operations: string[]) => grant({ ...given, Operations }) as { GrantId: string; GrantToken: string };
  const retire = (caller: Caller, Operations = ["Decrypt"]) => {
    const { GrantId } = made(Operations);
    kms("RetireGrant", { KeyId: arn, GrantId }, caller);
    return kms("ListGrants", { KeyId, GrantId }).Grants;
  };
  expect(retire(retiring)).toEqual([]);
  expect(retire(root)).toEqual([]);
  expect(retire(delegate)).toEqual([]);
  expect(retire(stranger, ["Decrypt", "RetireGrant"])).toEqual([]);
  expect(errorOf(() => retire(stranger)).code).toBe(refused);
  kms("RetireGrant", { GrantToken: made(["Decrypt"]).GrantToken }, retiring);
  expect(errorOf(() => kms("RetireGrant", { GrantToken: "dG9rZW4" }, retiring)).code).toBe(
    "InvalidGrantTokenException",
  );
});
