import type { KMS } from "@aws-sdk/client-kms";
import { type Area, behaviour, type Case, iamGuide, kmsApi, kmsGuide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import type { World } from "../world";
import { type MotoDifferences, withMoto } from "./moto";

const needs = ["permissions"] as const;
const otherAccount = ["permissions", "otherAccount"] as const;
const rootOf = (account: string): string => `arn:aws:iam::${account}:root`;
const policyOf = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string | string[], Resource: string, Condition?: object): object => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const toAccount = (account: string, Condition?: object): object => ({
  ...allow("kms:*", "*", Condition),
  Principal: { AWS: rootOf(account) },
});
const generate = (kms: KMS, KeyId: string, EncryptionContext?: Record<string, string>) =>
  kms.generateDataKey({ KeyId, KeySpec: "AES_256", EncryptionContext });
const nothing = allow("s3:ListAllMyBuckets", "*");

const documents: Case[] = [
  behaviour(
    "a key that was given no policy hands the decision to its account",
    "CreateKey GetKeyPolicy",
    kmsGuide("Default key policy"),
    async (world) => {
      const KeyId = await world.ownKey();
      const { Policy = "{}", PolicyName } = await world.kms.getKeyPolicy({ KeyId });
      expectThat(PolicyName, "default");
      expectThat(JSON.parse(Policy), {
        Statement: [{ Effect: "Allow", Principal: { AWS: rootOf(world.account) }, Action: "kms:*", Resource: "*" }],
      });
    },
  ),
  behaviour("a key has one policy, called default", "ListKeyPolicies", kmsApi("ListKeyPolicies"), async (world) => {
    const KeyId = await world.key();
    await answers(world.kms.listKeyPolicies({ KeyId }), { PolicyNames: ["default"], Truncated: false });
    await refuses(world.kms.getKeyPolicy({ KeyId, PolicyName: "other" }), 400, "NotFoundException");
  }),
  behaviour(
    "a policy that is put is given back",
    "PutKeyPolicy GetKeyPolicy",
    kmsApi("PutKeyPolicy"),
    async (world) => {
      const KeyId = await world.ownKey();
      const Policy = policyOf({ Sid: "Mine", ...toAccount(world.account) });
      await answers(world.kms.putKeyPolicy({ KeyId, Policy }));
      const { Policy: shown = "{}" } = await world.kms.getKeyPolicy({ KeyId });
      expectThat(JSON.parse(shown), JSON.parse(Policy));
    },
  ),
  ...[
    { what: "is not JSON", policy: () => "no policy" },
    { what: "names nobody", policy: () => policyOf(allow("kms:*", "*")) },
    {
      what: "names a role that is not there",
      policy: (account: string) =>
        policyOf(toAccount(account), {
          ...allow("kms:Decrypt", "*"),
          Principal: { AWS: `arn:aws:iam::${account}:role/conformance-nobody` },
        }),
    },
    { what: "nobody could change later", policy: () => policyOf({ ...allow("kms:Decrypt", "*"), Principal: "*" }) },
  ].map(({ what, policy }) =>
    behaviour(`a policy that ${what} is malformed`, "PutKeyPolicy", kmsApi("PutKeyPolicy"), async (world) => {
      const KeyId = await world.ownKey();
      await refuses(
        world.kms.putKeyPolicy({ KeyId, Policy: policy(world.account) }),
        400,
        "MalformedPolicyDocumentException",
      );
    }),
  ),
  behaviour("a policy of more than 32,768 bytes is refused", "PutKeyPolicy", kmsApi("PutKeyPolicy"), async (world) => {
    const long = Array.from({ length: 400 }, (_, index) => ({
      Sid: `Statement${index}${"x".repeat(50)}`,
      ...toAccount(world.account),
    }));
    await refuses(world.kms.putKeyPolicy({ KeyId: await world.ownKey(), Policy: policyOf(...long) }), 400);
  }),
  behaviour(
    "AWS's own key for S3 says so, rotates, and cannot be changed",
    "DescribeKey GetKeyRotationStatus DisableKey",
    kmsGuide("AWS managed keys"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({ Bucket, Key: "k", Body: "b", ServerSideEncryption: "aws:kms" });
      const { KeyMetadata } = await answers(world.kms.describeKey({ KeyId: "alias/aws/s3" }), {
        KeyMetadata: { KeyManager: "AWS", KeyState: "Enabled" },
      });
      const KeyId = KeyMetadata?.Arn ?? "";
      await answers(world.kms.getKeyRotationStatus({ KeyId }), { KeyRotationEnabled: true });
      await refuses(world.kms.disableKey({ KeyId }), 400);
    },
    { needs: ["tls"] },
  ),
];

interface Row {
  readonly keyPolicy: "hands over to the account" | "names the role" | "leaves the role out" | "denies the role";
  readonly identity: "allows" | "says nothing" | "denies";
  /** Why not, where it is refused. */
  readonly refused?: RegExp;
}
const byKey = /no resource-based policy allows/;
const byIdentity = /no identity-based policy allows/;
const deniedBy = (type: string): RegExp => new RegExp(`with an explicit deny in an? ${type} policy`);
const rows: readonly Row[] = [
  { keyPolicy: "hands over to the account", identity: "allows" },
  { keyPolicy: "hands over to the account", identity: "says nothing", refused: byIdentity },
  { keyPolicy: "hands over to the account", identity: "denies", refused: deniedBy("identity-based") },
  { keyPolicy: "names the role", identity: "allows" },
  { keyPolicy: "names the role", identity: "says nothing" },
  { keyPolicy: "names the role", identity: "denies", refused: deniedBy("identity-based") },
  { keyPolicy: "leaves the role out", identity: "allows", refused: byKey },
  { keyPolicy: "leaves the role out", identity: "says nothing", refused: byKey },
  { keyPolicy: "denies the role", identity: "allows", refused: deniedBy("resource-based") },
];

const statementsOf = (keyPolicy: Row["keyPolicy"], account: string, role: string): object[] => {
  const isRole = { ArnEquals: { "aws:PrincipalArn": role } };
  switch (keyPolicy) {
    case "hands over to the account":
      return [toAccount(account)];
    case "names the role":
      return [toAccount(account), { ...allow("kms:GenerateDataKey", "*"), Principal: { AWS: role } }];
    case "leaves the role out":
      return [toAccount(account, { ArnNotEquals: { "aws:PrincipalArn": role } })];
    case "denies the role":
      return [toAccount(account), { ...allow("kms:*", "*", isRole), Effect: "Deny", Principal: "*" }];
  }
};

const combined: Case[] = rows.map(({ keyPolicy, identity, refused }) =>
  behaviour(
    `a key policy that ${keyPolicy} and an identity policy that ${identity} ${refused ? "refuse" : "allow"} a role of the account`,
    "GenerateDataKey PutKeyPolicy",
    kmsGuide("Troubleshooting AWS KMS permissions"),
    async (world) => {
      const KeyId = await world.ownKey();
      const said = allow("kms:GenerateDataKey", KeyId);
      const statements = { allows: said, denies: { ...said, Effect: "Deny" }, "says nothing": nothing };
      const role = await world.role([statements[identity]]);
      await world.kms.putKeyPolicy({ KeyId, Policy: policyOf(...statementsOf(keyPolicy, world.account, role.arn)) });
      await settle(world);
      await (refused
        ? refuses(generate(role.kms, KeyId), 400, "AccessDeniedException", refused)
        : answers(generate(role.kms, KeyId)));
    },
    { needs },
  ),
);

const settle = ({ server }: World): Promise<void> => new Promise((resolve) => setTimeout(resolve, server.settling));

const acrossAccounts: Case[] = [
  behaviour(
    "another account's administrator uses a key whose policy names that account",
    "GenerateDataKey Decrypt",
    kmsGuide("Allowing users in other accounts to use a KMS key"),
    async (world) => {
      const { Account = "" } = await world.other.sts.getCallerIdentity({});
      const KeyId = await world.ownKey({ Statement: [toAccount(world.account), toAccount(Account)] });
      const { CiphertextBlob } = await generate(world.other.kms, KeyId);
      await answers(world.other.kms.decrypt({ CiphertextBlob }));
    },
    { needs: otherAccount },
  ),
  behaviour(
    "another account is not told whether a key is there",
    "GenerateDataKey Decrypt",
    kmsGuide("Troubleshooting AWS KMS permissions"),
    async (world) => {
      const KeyId = await world.ownKey();
      const hidden =
        /because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access$/;
      await refuses(generate(world.other.kms, KeyId), 400, "AccessDeniedException", hidden);
      const { CiphertextBlob } = await generate(world.kms, KeyId);
      await refuses(
        world.other.kms.decrypt({ CiphertextBlob }),
        400,
        "AccessDeniedException",
        /on the resource associated with this ciphertext because the resource does not exist in this Region/,
      );
    },
    { needs: otherAccount },
  ),
  behaviour(
    "a key of another account has to be named by its ARN",
    "DescribeKey",
    kmsApi("DescribeKey"),
    async (world) => {
      const { Account = "" } = await world.other.sts.getCallerIdentity({});
      const KeyId = await world.ownKey({ Statement: [toAccount(world.account), toAccount(Account)] });
      await answers(world.other.kms.describeKey({ KeyId }), { KeyMetadata: { AWSAccountId: world.account } });
      await refuses(world.other.kms.describeKey({ KeyId: KeyId.split("/")[1] }), 400, "NotFoundException");
    },
    { needs: otherAccount },
  ),
  ...(
    [
      ["ScheduleKeyDeletion", (kms, KeyId) => kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })],
      ["DisableKey", (kms, KeyId) => kms.disableKey({ KeyId })],
      ["GetKeyPolicy", (kms, KeyId) => kms.getKeyPolicy({ KeyId })],
      ["TagResource", (kms, KeyId) => kms.tagResource({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] })],
      ["EnableKeyRotation", (kms, KeyId) => kms.enableKeyRotation({ KeyId })],
    ] satisfies [string, (kms: KMS, KeyId: string) => Promise<unknown>][]
  ).map(([operation, call]) =>
    behaviour(
      `${operation} is not for other accounts, whatever the key's policy says`,
      operation,
      kmsGuide("Allowing users in other accounts to use a KMS key"),
      async (world) => {
        const { Account = "" } = await world.other.sts.getCallerIdentity({});
        const KeyId = await world.ownKey({ Statement: [toAccount(world.account), toAccount(Account)] });
        await refuses(call(world.other.kms, KeyId), 400);
      },
      { needs: otherAccount },
    ),
  ),
];

interface ConditionKey {
  readonly key: string;
  readonly action: string | string[];
  readonly condition: (world: World) => object;
  readonly allowed: (kms: KMS, KeyId: string, world: World) => Promise<unknown>;
  readonly refused: (kms: KMS, KeyId: string, world: World) => Promise<unknown>;
}
const dataKey = "kms:GenerateDataKey";
const team = { team: "storage" };
const conditionKeys: readonly ConditionKey[] = [
  {
    key: "kms:EncryptionContext:team",
    action: dataKey,
    condition: () => ({ StringEquals: { "kms:EncryptionContext:team": "storage" } }),
    allowed: (kms, KeyId) => generate(kms, KeyId, { ...team, more: "1" }),
    refused: (kms, KeyId) => generate(kms, KeyId, { team: "Storage" }),
  },
  {
    key: "kms:EncryptionContext:team, which is not there",
    action: dataKey,
    condition: () => ({ Null: { "kms:EncryptionContext:team": "false" } }),
    allowed: (kms, KeyId) => generate(kms, KeyId, team),
    refused: (kms, KeyId) => generate(kms, KeyId),
  },
  {
    key: "kms:EncryptionContext:aws:s3:arn by a pattern",
    action: dataKey,
    condition: () => ({ StringLike: { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::photos/*" } }),
    allowed: (kms, KeyId) => generate(kms, KeyId, { "aws:s3:arn": "arn:aws:s3:::photos/a" }),
    refused: (kms, KeyId) => generate(kms, KeyId, { "aws:s3:arn": "arn:aws:s3:::photos" }),
  },
  {
    key: "kms:EncryptionContextKeys of which one is asked for",
    action: dataKey,
    condition: () => ({ "ForAnyValue:StringEquals": { "kms:EncryptionContextKeys": "team" } }),
    allowed: (kms, KeyId) => generate(kms, KeyId, { ...team, more: "1" }),
    refused: (kms, KeyId) => generate(kms, KeyId, { more: "1" }),
  },
  {
    key: "kms:EncryptionContextKeys of which each is asked for",
    action: dataKey,
    condition: () => ({
      "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": ["team", "project"] },
      Null: { "kms:EncryptionContextKeys": "false" },
    }),
    allowed: (kms, KeyId) => generate(kms, KeyId, team),
    refused: (kms, KeyId) => generate(kms, KeyId, { ...team, more: "1" }),
  },
  {
    key: "kms:EncryptionAlgorithm",
    action: ["kms:Encrypt", "kms:DescribeKey"],
    condition: () => ({ StringEquals: { "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT" } }),
    allowed: (kms, KeyId) => kms.encrypt({ KeyId, Plaintext: Buffer.from("b") }),
    refused: (kms, KeyId) => kms.describeKey({ KeyId }),
  },
  {
    key: "kms:CallerAccount",
    action: [dataKey, "kms:DescribeKey"],
    condition: ({ account }) => ({ StringEquals: { "kms:CallerAccount": account } }),
    allowed: (kms, KeyId) => generate(kms, KeyId),
    refused: (kms, KeyId) => kms.getKeyPolicy({ KeyId }),
  },
  {
    key: "kms:ReEncryptOnSameKey",
    action: "kms:ReEncrypt*",
    condition: () => ({ Bool: { "kms:ReEncryptOnSameKey": "true" } }),
    allowed: async (kms, KeyId, world) => {
      const { CiphertextBlob } = await generate(world.kms, KeyId);
      return kms.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId });
    },
    refused: async (kms, KeyId, world) => {
      const { CiphertextBlob } = await generate(world.kms, KeyId);
      return kms.reEncrypt({ CiphertextBlob, DestinationKeyId: await world.key() });
    },
  },
  {
    key: "kms:ScheduleKeyDeletionPendingWindowInDays",
    action: "kms:ScheduleKeyDeletion",
    condition: () => ({ NumericGreaterThanEquals: { "kms:ScheduleKeyDeletionPendingWindowInDays": "10" } }),
    allowed: (kms, KeyId) => kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 10 }),
    refused: async (kms, _, world) => kms.scheduleKeyDeletion({ KeyId: await world.ownKey(), PendingWindowInDays: 7 }),
  },
  {
    key: "kms:RotationPeriodInDays",
    action: "kms:EnableKeyRotation",
    condition: () => ({ NumericLessThanEquals: { "kms:RotationPeriodInDays": "180" } }),
    allowed: (kms, KeyId) => kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 180 }),
    refused: (kms, KeyId) => kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 181 }),
  },
  {
    key: "aws:ResourceTag/team",
    action: dataKey,
    condition: () => ({ StringEquals: { "aws:ResourceTag/team": "storage" } }),
    allowed: async (kms, KeyId, world) => {
      await world.kms.tagResource({ KeyId, Tags: [{ TagKey: "team", TagValue: "storage" }] });
      await settle(world);
      return generate(kms, KeyId);
    },
    refused: async (kms, _, world) => generate(kms, await world.ownKey()),
  },
  {
    key: "kms:KeySpec of a new key",
    action: "kms:CreateKey",
    condition: () => ({ StringEquals: { "kms:KeySpec": "HMAC_256" } }),
    allowed: async () => undefined,
    refused: (kms) => kms.createKey({}),
  },
];

const conditions: Case[] = [
  ...conditionKeys.map(({ key, action, condition, allowed, refused }) =>
    behaviour(
      `a role's permission is held to ${key}`,
      `${[action].flat()[0]?.replace("kms:", "")}`,
      kmsGuide("Condition keys for AWS KMS"),
      async (world) => {
        const KeyId = await world.ownKey();
        const role = await world.role([allow(action, "*", condition(world))]);
        await allowed(role.kms, KeyId, world);
        await refuses(refused(role.kms, KeyId, world), 400, "AccessDeniedException");
      },
      { needs },
    ),
  ),
  behaviour(
    "kms:RequestAlias is the alias that the request names, and nothing where it names the key",
    "GenerateDataKey",
    kmsGuide("Condition keys for AWS KMS"),
    async (world) => {
      const TargetKeyId = await world.ownKey();
      const AliasName = `alias/conformance-${TargetKeyId.slice(-12)}`;
      await world.kms.createAlias({ AliasName, TargetKeyId });
      try {
        const asked = { StringEquals: { "kms:RequestAlias": AliasName } };
        const having = { "ForAnyValue:StringEquals": { "kms:ResourceAliases": AliasName } };
        const byRequest = await world.role([allow(dataKey, "*", asked)]);
        const byResource = await world.role([allow(dataKey, "*", having)]);
        await answers(generate(byRequest.kms, AliasName));
        await refuses(generate(byRequest.kms, TargetKeyId), 400, "AccessDeniedException");
        await answers(generate(byResource.kms, TargetKeyId));
        await refuses(generate(byResource.kms, await world.key()), 400, "AccessDeniedException");
      } finally {
        await world.kms.deleteAlias({ AliasName });
      }
    },
    { needs },
  ),
  behaviour(
    "a role is held to the keys that its policy names",
    "GenerateDataKey DescribeKey",
    iamGuide("IAM JSON policy elements: Resource"),
    async (world) => {
      const KeyId = await world.ownKey();
      const role = await world.role([allow([dataKey, "kms:DescribeKey"], KeyId)]);
      await answers(role.kms.describeKey({ KeyId }));
      await answers(generate(role.kms, KeyId));
      await refuses(generate(role.kms, await world.key()), 400, "AccessDeniedException", byIdentity);
    },
    { needs },
  ),
  behaviour(
    "data keys without plaintext are another permission",
    "GenerateDataKeyWithoutPlaintext",
    kmsGuide("AWS KMS permissions"),
    async (world) => {
      const KeyId = await world.key();
      const role = await world.role([allow(dataKey, KeyId)]);
      await refuses(
        role.kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: "AES_256" }),
        400,
        "AccessDeniedException",
        /kms:GenerateDataKeyWithoutPlaintext/,
      );
    },
    { needs },
  ),
  ...(["ReEncryptFrom", "ReEncryptTo"] as const).map((missing) =>
    behaviour(
      `re-encryption needs kms:${missing}`,
      "ReEncrypt",
      kmsApi("ReEncrypt"),
      async (world) => {
        const KeyId = await world.key();
        const { CiphertextBlob } = await generate(world.kms, KeyId);
        const other = missing === "ReEncryptFrom" ? "ReEncryptTo" : "ReEncryptFrom";
        const role = await world.role([allow([`kms:${other}`, "kms:Decrypt", "kms:Encrypt"], KeyId)]);
        await refuses(
          role.kms.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId }),
          400,
          "AccessDeniedException",
          new RegExp(`kms:${missing}`),
        );
      },
      { needs },
    ),
  ),
  ...(["kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptTo"] as const).map((missing) =>
    behaviour(
      `UpdateObjectEncryption between keys needs ${missing}`,
      "UpdateObjectEncryption",
      `Amazon S3 API Reference, "UpdateObjectEncryption", permissions`,
      async (world) => {
        const [from, to] = [await world.key(), await world.key("second")];
        const Bucket = await world.bucket();
        const put = { Bucket, Key: "k", Body: "b", ServerSideEncryption: "aws:kms", SSEKMSKeyId: from } as const;
        await world.s3.putObject(put);
        const all = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"];
        const update = (of: World["s3"]) =>
          of.updateObjectEncryption({ Bucket, Key: "k", ObjectEncryption: { SSEKMS: { KMSKeyArn: to } } });
        const without = await world.role([
          allow("s3:*", "*"),
          allow(
            all.filter((action) => action !== missing),
            "*",
          ),
        ]);
        await refuses(update(without.s3), 403, "AccessDenied", new RegExp(missing));
        await answers(update((await world.role([allow("s3:*", "*"), allow(all, "*")])).s3));
      },
      { needs: ["permissions", "tls"] },
    ),
  ),
];

const moto: MotoDifferences = [
  [
    /given no policy hands|is given back|is malformed|32,768/,
    "AWS is right: documented. moto insists on the policy's name, which is default where it is left out, and does not read the policy.",
  ],
  [/^AWS's own key/, "AWS is right: documented. moto makes the key on first use too, and calls it the customer's."],
];

export const kmsPolicies: Area = {
  name: "KMS: key policies, identities and condition keys",
  cases: withMoto(moto, [...documents, ...combined, ...acrossAccounts, ...conditions]),
};
