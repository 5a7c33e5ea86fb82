import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { kmsOperations } from "../../../local/kms/operations";
import { account, allow, errorOf, otherAccount, policy, world } from "../identity/world";

const commands = join(dirname(require.resolve("@aws-sdk/client-kms/package.json")), "dist-types", "commands");

/** What the API Reference says under "Cross-account use", as the SDK repeats it: the first word. */
function crossAccountUse(operation: string): string {
  const page = readFileSync(join(commands, `${operation}Command.d.ts`), "utf8").replaceAll(/\n \* ?/g, " ");
  return /Cross-account use<\/b>:?\s*(\w+)/.exec(page)?.[1] ?? "nothing";
}

/** A key whose policy lets in another account for everything, and somebody there who may do everything. */
function shared() {
  const { kms, user } = world();
  const everything = { Action: "kms:*", Resource: "*" };
  const { KeyMetadata } = kms("CreateKey", {
    Policy: policy(allow({ Principal: { AWS: [account, otherAccount] }, ...everything })),
  });
  const KeyId: string = KeyMetadata.Arn;
  const partner = user("partner", { in: otherAccount, may: [allow(everything)] });
  return { kms, KeyId, partner };
}

const Plaintext = Buffer.from("secret");
const Tags = [{ TagKey: "team", TagValue: "blue" }];

/** Of each operation on a key what it needs besides the key's ARN. */
const inputs: Readonly<Record<string, object>> = {
  ...{ CancelKeyDeletion: {}, DescribeKey: {}, DisableKey: {}, DisableKeyRotation: {}, EnableKey: {} },
  ...{ EnableKeyRotation: {}, GenerateDataKey: { NumberOfBytes: 32 }, GetKeyPolicy: {}, GetKeyRotationStatus: {} },
  ...{ GenerateDataKeyWithoutPlaintext: { NumberOfBytes: 32 }, GetParametersForImport: {}, ListGrants: {} },
  ...{ ListKeyPolicies: {}, ListKeyRotations: {}, ListResourceTags: {}, RotateKeyOnDemand: {} },
  CreateGrant: { GranteePrincipal: `arn:aws:iam::${account}:root`, Operations: ["Decrypt"] },
  Encrypt: { Plaintext },
  GenerateMac: { Message: Plaintext, MacAlgorithm: "HMAC_SHA_256" },
  PutKeyPolicy: { Policy: policy(allow({ Principal: { AWS: otherAccount }, Action: "kms:*", Resource: "*" })) },
  ScheduleKeyDeletion: { PendingWindowInDays: 7 },
  Sign: { Message: Plaintext, SigningAlgorithm: "RSASSA_PSS_SHA_256" },
  TagResource: { Tags },
  UntagResource: { TagKeys: ["team"] },
  UpdateKeyDescription: { Description: "theirs" },
  Verify: { Message: Plaintext, Signature: Plaintext, SigningAlgorithm: "RSASSA_PSS_SHA_256" },
  VerifyMac: { Message: Plaintext, Mac: Plaintext, MacAlgorithm: "HMAC_SHA_256" },
};

/** They name the key in another way, and are below. */
const byOtherNames = [
  "CreateAlias",
  "UpdateAlias",
  "DeleteAlias",
  "Decrypt",
  "ReEncrypt",
  "RetireGrant",
  "RevokeGrant",
];
/** They are about no key. */
const ofTheAccount = ["CreateKey", "GenerateRandom", "ListAliases", "ListKeys", "ListRetirableGrants"];

const refusal = (call: () => unknown): string | undefined => {
  try {
    call();
    return undefined;
  } catch {
    return errorOf(call).code;
  }
};

test.each(Object.entries(inputs))("%s is for other accounts only if its page says so", (operation, input) => {
  const { kms, KeyId, partner } = shared();
  const code = refusal(() => kms(operation, { KeyId, ...input }, partner));
  expect(code === "AccessDeniedException" ? "No" : "Yes").toBe(crossAccountUse(operation));
});

test("no other operation is left out", () => {
  expect(Object.keys(kmsOperations).sort()).toEqual([...Object.keys(inputs), ...byOtherNames, ...ofTheAccount].sort());
});

test("ciphertexts and grants of another account's key are for other accounts", () => {
  const { kms, KeyId, partner } = shared();
  const { CiphertextBlob } = kms("Encrypt", { KeyId, Plaintext });
  expect(kms("Decrypt", { CiphertextBlob, KeyId }, partner).Plaintext).toEqual(Plaintext);
  expect(kms("ReEncrypt", { CiphertextBlob, DestinationKeyId: KeyId }, partner).KeyId).toBe(KeyId);
  const { GrantId } = kms("CreateGrant", { KeyId, ...inputs["CreateGrant"] });
  kms("RevokeGrant", { KeyId, GrantId }, partner);
  const RetiringPrincipal = "arn" in partner ? partner.arn : "";
  const another = kms("CreateGrant", { KeyId, ...inputs["CreateGrant"], RetiringPrincipal });
  kms("RetireGrant", { KeyId, GrantId: another.GrantId }, partner);
  expect(kms("ListGrants", { KeyId }).Grants).toEqual([]);
  for (const operation of ["Decrypt", "ReEncrypt", "RevokeGrant", "RetireGrant"])
    expect(crossAccountUse(operation)).toBe("Yes");
});

test("an alias is for keys of its own account", () => {
  const { kms, KeyId, partner } = shared();
  kms("CreateAlias", { AliasName: "alias/shared", TargetKeyId: KeyId });
  expect(kms("ListAliases", { KeyId }, partner).Aliases).toEqual([]);
  const theirs = { AliasName: "alias/theirs", TargetKeyId: KeyId };
  expect(refusal(() => kms("CreateAlias", theirs, partner))).toBe("AccessDeniedException");
  const own = kms("CreateKey", {}, partner).KeyMetadata.Arn;
  kms("CreateAlias", { ...theirs, TargetKeyId: own }, partner);
  expect(refusal(() => kms("UpdateAlias", theirs, partner))).toBe("AccessDeniedException");
  expect(refusal(() => kms("DeleteAlias", { AliasName: "alias/shared" }, partner))).toBe("NotFoundException");
});
