import { account, allow, deny, errorOf, otherAccount, policy, region, world } from "../identity/world";

const day = 86_400_000;

function withKey(input: object = {}) {
  const aws = world();
  const { KeyMetadata } = aws.kms("CreateKey", { Description: "objects", ...input });
  const { KeyId, Arn } = KeyMetadata as { KeyId: string; Arn: string };
  return { ...aws, KeyId, Arn };
}

const roundTrip = ({ kms }: Pick<ReturnType<typeof world>, "kms">, KeyId: string) => {
  const { CiphertextBlob } = kms("Encrypt", { KeyId, Plaintext: Buffer.from("secret") });
  return () => kms("Decrypt", { CiphertextBlob }).Plaintext.toString();
};

test("a key is described as KMS describes it", () => {
  const { kms, KeyId, Arn, now } = withKey();
  expect(kms("DescribeKey", { KeyId }).KeyMetadata).toEqual({
    AWSAccountId: account,
    Arn: `arn:aws:kms:${region}:${account}:key/${KeyId}`,
    CreationDate: new Date(now()),
    CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
    CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
    Description: "objects",
    Enabled: true,
    EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    KeyId: Arn.split("/")[1],
    KeyManager: "CUSTOMER",
    KeySpec: "SYMMETRIC_DEFAULT",
    KeyState: "Enabled",
    KeyUsage: "ENCRYPT_DECRYPT",
    MultiRegion: false,
    Origin: "AWS_KMS",
  });
});

// The texts are what AWS answered, recorded.
describe("a key that cannot be found", () => {
  const absent = "134f2428-cec1-4b25-a1ae-9048164dba47";
  test.each([
    [absent, `Key 'arn:aws:kms:${region}:${account}:key/${absent}' does not exist`],
    [
      `arn:aws:kms:${region}:${account}:key/${absent}`,
      `Key 'arn:aws:kms:${region}:${account}:key/${absent}' does not exist`,
    ],
    ["fake-key-id", "Invalid keyId 'fake-key-id'"],
    ["134f2428cec14b25a1ae9048164dba47", "Invalid keyId '134f2428cec14b25a1ae9048164dba47'"],
    ["mrk-fake-key-id", "Invalid keyId 'mrk-fake-key-id'"],
    [`arn:aws:kms:us-west-2:${account}:key/${absent}`, "Invalid arn us-west-2"],
    ["alias/none", `Alias arn:aws:kms:${region}:${account}:alias/none is not found.`],
  ])("%s: %s", (KeyId, message) => {
    expect(errorOf(() => world().kms("DescribeKey", { KeyId }))).toEqual({
      code: "NotFoundException",
      status: 400,
      message,
    });
  });

  test("because it is in another Region", () => {
    const { kms, KeyId, administrator } = withKey();
    const elsewhere = () => kms("DescribeKey", { KeyId }, administrator, { region: "us-west-2" });
    expect(errorOf(elsewhere).message).toBe(`Key 'arn:aws:kms:us-west-2:${account}:key/${KeyId}' does not exist`);
  });
});

test("keys that are not symmetric, of one Region, with AWS's material are refused", () => {
  const { kms } = world();
  for (const input of [
    { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" },
    { MultiRegion: true },
    { Origin: "EXTERNAL" },
    { KeyUsage: "SIGN_VERIFY" },
  ]) {
    expect(errorOf(() => kms("CreateKey", input)).code).toBe("UnsupportedOperationException");
  }
});

describe("deletion", () => {
  test("makes the key useless at once, and what it encrypted lost after the window", () => {
    const aws = withKey();
    const { kms, KeyId, Arn, now, pass } = aws;
    kms("CreateAlias", { AliasName: "alias/objects", TargetKeyId: KeyId });
    const decrypt = roundTrip(aws, KeyId);
    const deletionAt = now() + 7 * day;
    expect(kms("ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 })).toEqual({
      KeyId: Arn,
      KeyState: "PendingDeletion",
      PendingWindowInDays: 7,
      DeletionDate: new Date(deletionAt),
    });
    expect(errorOf(decrypt)).toEqual({
      code: "KMSInvalidStateException",
      status: 400,
      message: `${Arn} is pending deletion.`,
    });
    expect(kms("DescribeKey", { KeyId }).KeyMetadata).toMatchObject({
      KeyState: "PendingDeletion",
      Enabled: false,
      DeletionDate: new Date(deletionAt),
    });
    pass(7 * day - 1);
    expect(errorOf(decrypt).code).toBe("KMSInvalidStateException");
    pass(1);
    expect(errorOf(decrypt)).toEqual({
      code: "NotFoundException",
      status: 400,
      message: `Key '${Arn}' does not exist`,
    });
    expect(kms("ListKeys").Keys).toEqual([]);
    expect(kms("ListAliases").Aliases).toEqual([]);
  });

  test("can be taken back, which leaves the key disabled", () => {
    const aws = withKey();
    const { kms, KeyId, Arn, pass } = aws;
    const decrypt = roundTrip(aws, KeyId);
    kms("ScheduleKeyDeletion", { KeyId });
    pass(30 * day - 1);
    expect(kms("CancelKeyDeletion", { KeyId })).toEqual({ KeyId: Arn });
    pass(day);
    expect(errorOf(decrypt)).toEqual({ code: "DisabledException", status: 400, message: `${Arn} is disabled.` });
    kms("EnableKey", { KeyId });
    expect(decrypt()).toBe("secret");
    expect(errorOf(() => kms("CancelKeyDeletion", { KeyId })).message).toBe(`${Arn} is not pending deletion.`);
  });

  test.each([6, 31])("takes no window of %i days", (PendingWindowInDays) => {
    const { kms, KeyId } = withKey();
    const { code, message } = errorOf(() => kms("ScheduleKeyDeletion", { KeyId, PendingWindowInDays }));
    expect(code).toBe("ValidationException");
    expect(message).toMatch(/^1 validation error detected: Value '\d+' at 'pendingWindowInDays' failed/);
  });

  test("forbids changes to the key in the meantime", () => {
    const { kms, KeyId } = withKey();
    kms("ScheduleKeyDeletion", { KeyId });
    const changes: [string, object][] = [
      ["EnableKey", {}],
      ["DisableKey", {}],
      ["UpdateKeyDescription", { Description: "x" }],
      ["TagResource", { Tags: [{ TagKey: "a", TagValue: "b" }] }],
      ["EnableKeyRotation", {}],
      ["ScheduleKeyDeletion", {}],
      ["CreateAlias", { AliasName: "alias/late" }],
    ];
    for (const [name, input] of changes) {
      const call = () => kms(name, { KeyId, TargetKeyId: KeyId, ...input });
      expect([name, errorOf(call).code]).toEqual([name, "KMSInvalidStateException"]);
    }
  });
});

describe("rotation", () => {
  test("happens when it is due, and old ciphertexts stay readable", () => {
    const aws = withKey();
    const { kms, KeyId, pass, now } = aws;
    const before = roundTrip(aws, KeyId);
    kms("EnableKeyRotation", { KeyId, RotationPeriodInDays: 90 });
    const start = now();
    expect(kms("GetKeyRotationStatus", { KeyId })).toMatchObject({
      KeyRotationEnabled: true,
      RotationPeriodInDays: 90,
      NextRotationDate: new Date(start + 90 * day),
    });
    const materials = () => kms("ListKeyRotations", { KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }).Rotations;
    pass(90 * day - 1);
    expect(materials()).toHaveLength(1);
    pass(90 * day + 1);
    expect(kms("ListKeyRotations", { KeyId }).Rotations).toMatchObject([
      { RotationType: "AUTOMATIC", RotationDate: new Date(start + 90 * day), KeyMaterialState: "NON_CURRENT" },
      { RotationType: "AUTOMATIC", RotationDate: new Date(start + 180 * day), KeyMaterialState: "CURRENT" },
    ]);
    expect(new Set(materials().map(({ KeyMaterialId }: { KeyMaterialId: string }) => KeyMaterialId)).size).toBe(3);
    expect(before()).toBe("secret");
    expect(roundTrip(aws, KeyId)()).toBe("secret");
  });

  test("on demand changes the material and leaves the schedule alone", () => {
    const aws = withKey();
    const { kms, KeyId, Arn } = aws;
    const current = () => kms("DescribeKey", { KeyId }).KeyMetadata.CurrentKeyMaterialId;
    const [before, decrypt] = [current(), roundTrip(aws, KeyId)];
    expect(kms("RotateKeyOnDemand", { KeyId })).toEqual({ KeyId: Arn });
    expect(current()).not.toBe(before);
    expect(decrypt()).toBe("secret");
    expect(kms("GetKeyRotationStatus", { KeyId })).toEqual({ KeyId: Arn, KeyRotationEnabled: false });
    expect(kms("ListKeyRotations", { KeyId }).Rotations).toMatchObject([{ RotationType: "ON_DEMAND" }]);
  });

  test("is off once it is disabled", () => {
    const { kms, KeyId, pass } = withKey();
    kms("EnableKeyRotation", { KeyId });
    expect(kms("GetKeyRotationStatus", { KeyId }).RotationPeriodInDays).toBe(365);
    kms("DisableKeyRotation", { KeyId });
    pass(400 * day);
    expect(kms("ListKeyRotations", { KeyId }).Rotations).toEqual([]);
  });

  test("has limits", () => {
    const { kms, KeyId, Arn } = withKey();
    for (const RotationPeriodInDays of [89, 2561]) {
      expect(errorOf(() => kms("EnableKeyRotation", { KeyId, RotationPeriodInDays })).code).toBe("ValidationException");
    }
    for (let times = 0; times < 25; times += 1) kms("RotateKeyOnDemand", { KeyId });
    expect(errorOf(() => kms("RotateKeyOnDemand", { KeyId }))).toEqual({
      code: "LimitExceededException",
      status: 400,
      message: `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${Arn}`,
    });
    kms("DisableKey", { KeyId });
    expect(errorOf(() => kms("RotateKeyOnDemand", { KeyId })).message).toBe(`${Arn} is disabled.`);
  });
});

describe("aliases", () => {
  test("stand for their key, by name and by ARN, and can be moved", () => {
    const { kms, KeyId, Arn } = withKey();
    const other = kms("CreateKey").KeyMetadata.Arn;
    const AliasName = "alias/objects";
    const aliasArn = `arn:aws:kms:${region}:${account}:${AliasName}`;
    kms("CreateAlias", { AliasName, TargetKeyId: KeyId });
    for (const name of [AliasName, aliasArn]) expect(kms("DescribeKey", { KeyId: name }).KeyMetadata.Arn).toBe(Arn);
    expect(kms("ListAliases", { KeyId }).Aliases).toMatchObject([
      { AliasName, AliasArn: aliasArn, TargetKeyId: KeyId },
    ]);
    kms("UpdateAlias", { AliasName, TargetKeyId: other });
    expect(kms("DescribeKey", { KeyId: AliasName }).KeyMetadata.Arn).toBe(other);
    kms("DeleteAlias", { AliasName });
    expect(errorOf(() => kms("DeleteAlias", { AliasName })).message).toBe(`Alias ${aliasArn} is not found.`);
  });

  test.each([
    [
      "objects",
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    ],
    [
      "alias/a b",
      "1 validation error detected: Value 'alias/a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    ],
    ["alias/aws/own", "alias/aws/own is reserved for AWS."],
  ])("cannot be called %s", (AliasName, message) => {
    const { kms, KeyId } = withKey();
    const create = () => kms("CreateAlias", { AliasName, TargetKeyId: KeyId });
    expect(errorOf(create)).toEqual({ code: "ValidationException", status: 400, message });
  });

  test("are one of a kind", () => {
    const { kms, KeyId } = withKey();
    const create = () => kms("CreateAlias", { AliasName: "alias/objects", TargetKeyId: KeyId });
    create();
    expect(errorOf(create)).toMatchObject({
      code: "AlreadyExistsException",
      message: `An alias with the name arn:aws:kms:${region}:${account}:alias/objects already exists`,
    });
  });
});

describe("tags", () => {
  const tag = (TagKey: string, TagValue = "v") => ({ TagKey, TagValue });
  test("are added, replaced and taken away", () => {
    const { kms, KeyId } = withKey({ Tags: [tag("a"), tag("b")] });
    kms("TagResource", { KeyId, Tags: [tag("b", "2"), tag("c")] });
    kms("UntagResource", { KeyId, TagKeys: ["a"] });
    expect(kms("ListResourceTags", { KeyId }).Tags).toEqual([tag("b", "2"), tag("c")]);
  });

  test.each([
    [[tag("a"), tag("a")], "TagException", "Duplicate tag keys"],
    [[tag("AWS:a")], "TagException", "Tags beginning with aws: are reserved"],
    [Array.from({ length: 51 }, (_, index) => tag(`k${index}`)), "TagException", "Too many tags"],
    [
      [tag("k".repeat(129))],
      "ValidationException",
      /at 'tags\.1\.member\.tagKey' failed .* less than or equal to 128$/,
    ],
    [
      [tag("k", "v".repeat(257))],
      "ValidationException",
      /at 'tags\.1\.member\.tagValue' failed .* less than or equal to 256$/,
    ],
  ])("%#: are refused with %s", (Tags, code, message) => {
    const { kms, KeyId } = withKey();
    const refusal = errorOf(() => kms("TagResource", { KeyId, Tags }));
    expect(refusal.code).toBe(code);
    expect(refusal.message).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
    expect(kms("ListResourceTags", { KeyId }).Tags).toEqual([]);
  });
});

describe("key policies", () => {
  const root = { AWS: `arn:aws:iam::${account}:root` };
  const everything = { Action: "kms:*", Resource: "*" };

  test("hand a new key to the account", () => {
    const { kms, KeyId } = withKey();
    const { Policy, PolicyName } = kms("GetKeyPolicy", { KeyId });
    expect(PolicyName).toBe("default");
    expect(JSON.parse(Policy)).toEqual({
      Version: "2012-10-17",
      Id: "key-default-1",
      Statement: [{ Sid: "Enable IAM User Permissions", Effect: "Allow", Principal: root, ...everything }],
    });
    expect(kms("ListKeyPolicies", { KeyId }).PolicyNames).toEqual(["default"]);
  });

  test("that name the account leave it to the users' own policies", () => {
    const { kms, KeyId, user } = withKey();
    const may = user("may", { may: [allow({ Action: "kms:DescribeKey", Resource: "*" })] });
    const mayNot = user("mayNot");
    expect(kms("DescribeKey", { KeyId }, may).KeyMetadata.KeyId).toBe(KeyId);
    expect(errorOf(() => kms("DescribeKey", { KeyId }, mayNot))).toMatchObject({
      code: "AccessDeniedException",
      message: expect.stringMatching(/because no identity-based policy allows the kms:DescribeKey action$/),
    });
  });

  test("that do not name the account shut out everyone else, the account's root and administrator too", () => {
    const aws = withKey();
    const { kms, KeyId, administrator, root: owner } = aws;
    const only = aws.role("only");
    kms("PutKeyPolicy", {
      KeyId,
      Policy: policy(allow({ Principal: { AWS: only.arn }, ...everything })),
      BypassPolicyLockoutSafetyCheck: true,
    });
    expect(kms("DescribeKey", { KeyId }, only).KeyMetadata.KeyId).toBe(KeyId);
    for (const caller of [administrator, owner]) {
      expect(errorOf(() => kms("DescribeKey", { KeyId }, caller)).message).toMatch(
        /because no resource-based policy allows/,
      );
    }
  });

  test("of another account need the caller's own policies as well", () => {
    const { kms, Arn, KeyId, user } = withKey();
    const Policy = policy(
      allow({ Principal: root, ...everything }),
      allow({ Principal: { AWS: otherAccount }, Action: "kms:Decrypt", Resource: "*" }),
    );
    kms("PutKeyPolicy", { KeyId, Policy });
    const { CiphertextBlob } = kms("Encrypt", { KeyId, Plaintext: Buffer.from("secret") });
    const may = user("may", { in: otherAccount, may: [allow({ Action: "kms:*", Resource: Arn })] });
    const mayNot = user("mayNot", { in: otherAccount });
    expect(kms("Decrypt", { CiphertextBlob }, may).Plaintext.toString()).toBe("secret");
    expect(errorOf(() => kms("Decrypt", { CiphertextBlob }, mayNot)).message).toMatch(
      /no identity-based policy allows/,
    );
    expect(errorOf(() => kms("Encrypt", { KeyId: Arn, Plaintext: Buffer.from("x") }, may)).message).toMatch(
      /on this resource because the resource does not exist in this Region, no resource-based policies allow access/,
    );
  });

  test.each<[string, string, string]>([
    [
      "lock the caller out",
      policy(allow({ Principal: root, Action: "kms:Decrypt", Resource: "*" })),
      "The new key policy will not allow you to update the key policy in the future.",
    ],
    [
      "name somebody who is not there",
      policy(allow({ Principal: { AWS: [root.AWS, `arn:aws:iam::${account}:role/gone`] }, ...everything })),
      "Policy contains a statement with one or more invalid principals.",
    ],
    ["are no policies", "{}", "Missing required field Statement"],
  ])("that %s are refused", (_, Policy, message) => {
    const { kms, KeyId } = withKey();
    const before = kms("GetKeyPolicy", { KeyId }).Policy;
    const refusal = { code: "MalformedPolicyDocumentException", status: 400, message };
    expect(errorOf(() => kms("PutKeyPolicy", { KeyId, Policy }))).toEqual(refusal);
    expect(errorOf(() => kms("CreateKey", { Policy }))).toEqual(refusal);
    expect(kms("GetKeyPolicy", { KeyId }).Policy).toBe(before);
  });

  test("do not lock out whose own policies name just this key", () => {
    const { kms, KeyId, Arn, user } = withKey();
    const keeper = user("keeper", { may: [allow({ Action: "kms:*", Resource: Arn })] });
    const Policy = policy(allow({ Principal: root, ...everything }));
    kms("PutKeyPolicy", { KeyId, Policy }, keeper);
    expect(kms("GetKeyPolicy", { KeyId }, keeper).Policy).toBe(Policy);
  });

  test("can deny by how the key was named, its tags and its aliases", () => {
    const aws = withKey({ Tags: [{ TagKey: "stage", TagValue: "old" }] });
    const { kms, KeyId } = aws;
    kms("CreateAlias", { AliasName: "alias/objects", TargetKeyId: KeyId });
    const denies = (Condition: object) => {
      const encrypt = { Action: "kms:Encrypt", Resource: "*" };
      kms("PutKeyPolicy", {
        KeyId,
        Policy: policy(allow({ Principal: root, ...everything }), deny({ Principal: "*", ...encrypt, Condition })),
      });
      return (name: string) => {
        try {
          kms("Encrypt", { KeyId: name, Plaintext: Buffer.from("x") });
          return false;
        } catch {
          return true;
        }
      };
    };
    expect(denies({ StringEquals: { "aws:ResourceTag/stage": "old" } })(KeyId)).toBe(true);
    expect(denies({ StringEquals: { "aws:ResourceTag/stage": "new" } })(KeyId)).toBe(false);
    expect(denies({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/objects" } })(KeyId)).toBe(true);
    const byAlias = denies({ StringEquals: { "kms:RequestAlias": "alias/objects" } });
    expect([byAlias(KeyId), byAlias("alias/objects")]).toEqual([false, true]);
  });
});

test("keys are listed page by page, those of this account and Region", () => {
  const { kms, stranger, administrator } = world();
  const own = [1, 2, 3].map(() => kms("CreateKey").KeyMetadata.KeyId);
  kms("CreateKey", {}, stranger);
  kms("CreateKey", {}, administrator, { region: "us-west-2" });
  const first = kms("ListKeys", { Limit: 2 });
  const second = kms("ListKeys", { Limit: 2, Marker: first.NextMarker });
  expect([first.Truncated, second.Truncated]).toEqual([true, false]);
  expect([...first.Keys, ...second.Keys].map(({ KeyId }) => KeyId)).toEqual(own);
});
