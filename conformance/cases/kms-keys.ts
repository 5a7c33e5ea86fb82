import { paginateListKeys } from "@aws-sdk/client-kms";
import { type Area, behaviour, type Case, kmsApi, kmsGuide } from "../case";
import { clientsOf } from "../clients";
import { answers, expectThat, refuses } from "../expect";
import { deletionOf, type World } from "../world";
import { seen } from "./kms-sources";
import { type MotoDifferences, withMoto } from "./moto";

const absent = "134f2428-cec1-4b25-a1ae-9048164dba47";
const idOf = (arn: string): string => arn.split("/").at(-1) ?? arn;
const arnOf = ({ account, server }: World, resource: string): string =>
  `arn:aws:kms:${server.region}:${account}:${resource}`;
const unique = (): string => `conformance-${Math.random().toString(36).slice(2)}`;

/** An alias of a key of the case, which is deleted with the key. */
async function withAlias(world: World): Promise<{ name: string; arn: string; KeyId: string }> {
  const KeyId = await world.ownKey();
  const name = `alias/${unique()}`;
  await world.kms.createAlias({ AliasName: name, TargetKeyId: KeyId });
  return { name, arn: arnOf(world, name), KeyId };
}

const removingAlias =
  (run: (world: World, alias: Awaited<ReturnType<typeof withAlias>>) => Promise<unknown>): Case["run"] =>
  async (world) => {
    const alias = await withAlias(world);
    try {
      await run(world, alias);
    } finally {
      await world.kms.deleteAlias({ AliasName: alias.name }).catch(() => undefined);
    }
  };

/** What a symmetric encryption key of one Region says of itself. */
const metadata = {
  CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
  Enabled: true,
  EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
  KeyManager: "CUSTOMER",
  KeySpec: "SYMMETRIC_DEFAULT",
  KeyState: "Enabled",
  KeyUsage: "ENCRYPT_DECRYPT",
  MultiRegion: false,
  MultiRegionConfiguration: undefined,
  Origin: "AWS_KMS",
} as const;

const elsewhere = (world: World) =>
  clientsOf(
    { ...world.server, region: world.server.region === "us-west-2" ? "us-east-1" : "us-west-2" },
    world.credentials,
    world.s3.config.requestHandler,
  ).kms;

const identification: Case[] = [
  behaviour(
    "a new key is described with all that it is",
    "CreateKey DescribeKey",
    seen("test_create_key"),
    async (world) => {
      const KeyId = await world.ownKey();
      const { KeyMetadata } = await world.kms.describeKey({ KeyId });
      expectThat(KeyMetadata, { ...metadata, AWSAccountId: world.account, Arn: arnOf(world, `key/${idOf(KeyId)}`) });
      expectThat(KeyMetadata?.CurrentKeyMaterialId, /^[0-9a-f]{64}$/);
    },
  ),
  ...["key id", "key ARN", "alias", "alias ARN"].map((by) =>
    behaviour(
      `a key is found by its ${by}`,
      "DescribeKey",
      by === "alias ARN" ? seen("test_describe_with_alias_arn") : kmsApi("DescribeKey"),
      removingAlias(async (world, { name, arn, KeyId }) => {
        const names: Readonly<Record<string, string>> = {
          "key id": idOf(KeyId),
          "key ARN": KeyId,
          alias: name,
          "alias ARN": arn,
        };
        await answers(world.kms.describeKey({ KeyId: names[by] }), { KeyMetadata: { ...metadata, Arn: KeyId } });
      }),
    ),
  ),
  ...[
    {
      given: "a key id that no key has",
      keyId: () => absent,
      test: "test_get_key_does_not_exist",
      told: `key/${absent}`,
    },
    {
      given: "an ARN that no key has",
      keyId: (world: World) => arnOf(world, `key/${absent}`),
      test: "test_get_key_does_not_exist",
      told: `key/${absent}`,
    },
    {
      given: "the id of a multi-Region key that no key has",
      keyId: () => "mrk-d3b95762d3b95762d3b95762d3b95762",
      test: "test_get_key_does_not_exist",
      told: "key/mrk-d3b95762d3b95762d3b95762d3b95762",
    },
  ].map(({ given, keyId, test, told }) =>
    behaviour(`${given} is NotFoundException with the ARN`, "DescribeKey", seen(test), async (world) => {
      const KeyId = keyId(world);
      await refuses(
        world.kms.describeKey({ KeyId }),
        400,
        "NotFoundException",
        `Key '${arnOf(world, told)}' does not exist`,
      );
    }),
  ),
  ...["fake-key-id", "134f2428cec14b25a1ae9048164dba47", "mrk-fake-key-id"].map((KeyId) =>
    behaviour(`${KeyId} is no key id`, "DescribeKey", seen("test_get_key_invalid_uuid"), async ({ kms }) =>
      refuses(kms.describeKey({ KeyId }), 400, "NotFoundException", `Invalid keyId '${KeyId}'`),
    ),
  ),
  behaviour(
    "a key's id means nothing in another Region",
    "DescribeKey",
    seen("test_get_key_in_different_region"),
    async (world) => {
      const id = idOf(await world.ownKey());
      const kms = elsewhere(world);
      const region = await kms.config.region();
      await refuses(
        kms.describeKey({ KeyId: id }),
        400,
        "NotFoundException",
        `Key 'arn:aws:kms:${region}:${world.account}:key/${id}' does not exist`,
      );
    },
  ),
  behaviour(
    "a key's ARN is an invalid one in another Region",
    "DescribeKey",
    seen("test_get_key_in_different_region"),
    async (world) => {
      const KeyId = await world.ownKey();
      await refuses(
        elsewhere(world).describeKey({ KeyId }),
        400,
        "NotFoundException",
        `Invalid arn ${world.server.region}`,
      );
    },
  ),
  behaviour(
    "an alias that is not there is NotFoundException with its ARN",
    "DescribeKey",
    kmsApi("DescribeKey"),
    async (world) =>
      refuses(
        world.kms.describeKey({ KeyId: "alias/conformance-none" }),
        400,
        "NotFoundException",
        `Alias ${arnOf(world, "alias/conformance-none")} is not found.`,
      ),
  ),
  ...[
    {
      name: "a key of another kind needs a usage",
      input: { KeySpec: "HMAC_256" },
      message: "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    },
    {
      name: "a key spec that there is not is a validation error",
      input: { KeySpec: "HMAC_random" },
      message:
        /^1 validation error detected: Value 'HMAC_random' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[/,
    },
    {
      name: "a key usage that there is not is a validation error",
      input: { KeySpec: "HMAC_256", KeyUsage: "RANDOM" },
      message:
        /^1 validation error detected: Value 'RANDOM' at 'keyUsage' failed to satisfy constraint: Member must satisfy enum value set: \[/,
    },
  ].map(({ name, input, message }) =>
    behaviour(name, "CreateKey", seen("test_hmac_create_key_invalid_operations"), async ({ kms }) =>
      // The SDK's types rightly know no such values.
      refuses(kms.createKey(input as object), 400, "ValidationException", message),
    ),
  ),
  ...(["GenerateMac", "Verify"] as const).map((operation) =>
    behaviour(
      `${operation} does not take an encryption key`,
      operation,
      seen("test_error_messaging_for_invalid_keys"),
      async (world) => {
        const KeyId = await world.key();
        const Message = Buffer.from("message");
        const call =
          operation === "GenerateMac"
            ? world.kms.generateMac({ KeyId, Message, MacAlgorithm: "HMAC_SHA_256" })
            : world.kms.verify({ KeyId, Message, Signature: Message, SigningAlgorithm: "RSASSA_PSS_SHA_256" });
        await refuses(
          call,
          400,
          "InvalidKeyUsageException",
          new RegExp(`^${KeyId} key usage is ENCRYPT_DECRYPT which is not valid for ${operation}\\.$`),
        );
      },
    ),
  ),
  behaviour(
    "material is imported into external keys only",
    "GetParametersForImport",
    seen("test_get_parameters_for_import_raises_for_non_external_kms_keys"),
    async (world) => {
      const KeyId = await world.key();
      await refuses(
        world.kms.getParametersForImport({
          KeyId,
          WrappingAlgorithm: "RSAES_OAEP_SHA_256",
          WrappingKeySpec: "RSA_2048",
        }),
        400,
        "UnsupportedOperationException",
        `${KeyId} origin is AWS_KMS which is not valid for this operation.`,
      );
    },
  ),
  behaviour("a description is changed", "UpdateKeyDescription", kmsApi("UpdateKeyDescription"), async (world) => {
    const KeyId = await world.ownKey();
    await answers(world.kms.updateKeyDescription({ KeyId, Description: "another" }));
    await answers(world.kms.describeKey({ KeyId }), { KeyMetadata: { Description: "another" } });
  }),
  behaviour("keys are listed in pages", "ListKeys", kmsApi("ListKeys"), async (world) => {
    const mine = [await world.ownKey(), await world.ownKey(), await world.ownKey()];
    const found: string[] = [];
    for await (const { Keys = [] } of paginateListKeys({ client: world.kms, pageSize: 2 }, {})) {
      expectThat(Keys.length <= 2, true, "no page is longer than asked");
      found.push(...Keys.map(({ KeyArn = "" }) => KeyArn));
    }
    expectThat(found.length, new Set(found).size, "no key comes twice");
    expectThat(
      mine.filter((arn) => !found.includes(arn)),
      [],
    );
  }),
  behaviour("a marker that no answer gave is InvalidMarkerException", "ListKeys", kmsApi("ListKeys"), async ({ kms }) =>
    refuses(kms.listKeys({ Marker: "no marker" }), 400, "InvalidMarkerException"),
  ),
  ...[0, 1_001].map((Limit) =>
    behaviour(`no page of keys has ${Limit}`, "ListKeys", kmsApi("ListKeys"), async ({ kms }) =>
      refuses(
        kms.listKeys({ Limit }),
        400,
        "ValidationException",
        `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value ${
          Limit === 0 ? "greater than or equal to 1" : "less than or equal to 1000"
        }`,
      ),
    ),
  ),
];

const states: Case[] = [
  behaviour(
    "a disabled key encrypts and decrypts nothing, and does both again once it is enabled",
    "DisableKey EnableKey Encrypt Decrypt",
    kmsGuide("Key states of AWS KMS keys"),
    async (world) => {
      const KeyId = await world.ownKey();
      const Plaintext = Buffer.from("secret");
      const { CiphertextBlob } = await world.kms.encrypt({ KeyId, Plaintext });
      await world.kms.disableKey({ KeyId });
      await answers(world.kms.describeKey({ KeyId }), { KeyMetadata: { Enabled: false, KeyState: "Disabled" } });
      await refuses(world.kms.encrypt({ KeyId, Plaintext }), 400, "DisabledException", `${KeyId} is disabled.`);
      await refuses(world.kms.decrypt({ CiphertextBlob }), 400, "DisabledException", `${KeyId} is disabled.`);
      await world.kms.enableKey({ KeyId });
      expectThat(Buffer.from((await world.kms.decrypt({ CiphertextBlob })).Plaintext ?? []).toString(), "secret");
    },
  ),
  behaviour(
    "a key that waits for its deletion is of no use, and says when it goes",
    "ScheduleKeyDeletion Encrypt DescribeKey",
    kmsGuide("Key states of AWS KMS keys"),
    async (world) => {
      const KeyId = await world.ownKey();
      const scheduled = await answers(world.kms.scheduleKeyDeletion(deletionOf(KeyId)), {
        KeyState: "PendingDeletion",
        PendingWindowInDays: 7,
        KeyId,
      });
      const days = ((scheduled.DeletionDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
      expectThat(Math.round(days), 7);
      await answers(world.kms.describeKey({ KeyId }), {
        KeyMetadata: { Enabled: false, KeyState: "PendingDeletion" },
      });
      await refuses(
        world.kms.encrypt({ KeyId, Plaintext: Buffer.from("secret") }),
        400,
        "KMSInvalidStateException",
        `${KeyId} is pending deletion.`,
      );
    },
  ),
  ...(["enableKey", "disableKey", "enableKeyRotation", "rotateKeyOnDemand"] as const).map((operation) =>
    behaviour(
      `a key that waits for its deletion cannot be changed with ${operation}`,
      operation.replace(/^./, (letter) => letter.toUpperCase()),
      kmsGuide("Key states of AWS KMS keys"),
      async (world) => {
        const KeyId = await world.ownKey();
        await world.kms.scheduleKeyDeletion(deletionOf(KeyId));
        await refuses(
          world.kms[operation]({ KeyId }),
          400,
          "KMSInvalidStateException",
          `${KeyId} is pending deletion.`,
        );
      },
    ),
  ),
  behaviour(
    "a key whose deletion is called off is disabled",
    "CancelKeyDeletion",
    kmsApi("CancelKeyDeletion"),
    async (world) => {
      const KeyId = await world.ownKey();
      await world.kms.scheduleKeyDeletion(deletionOf(KeyId));
      await answers(world.kms.cancelKeyDeletion({ KeyId }), { KeyId });
      await answers(world.kms.describeKey({ KeyId }), {
        KeyMetadata: { Enabled: false, KeyState: "Disabled", DeletionDate: undefined },
      });
    },
  ),
  behaviour(
    "only a deletion that was scheduled can be called off",
    "CancelKeyDeletion",
    kmsApi("CancelKeyDeletion"),
    async (world) =>
      refuses(
        world.kms.cancelKeyDeletion({ KeyId: await world.ownKey() }),
        400,
        "KMSInvalidStateException",
        /is not pending deletion\.$/,
      ),
  ),
  ...[6, 31].map((PendingWindowInDays) =>
    behaviour(
      `a key cannot be deleted in ${PendingWindowInDays} days`,
      "ScheduleKeyDeletion",
      kmsApi("ScheduleKeyDeletion"),
      async (world) =>
        refuses(
          world.kms.scheduleKeyDeletion({ KeyId: await world.ownKey(), PendingWindowInDays }),
          400,
          "ValidationException",
        ),
    ),
  ),
];

const aliases: Case[] = [
  behaviour("an alias begins with alias/", "CreateAlias", seen("test_create_alias"), async (world) =>
    refuses(
      world.kms.createAlias({ AliasName: "conformance", TargetKeyId: await world.key() }),
      400,
      "ValidationException",
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    ),
  ),
  behaviour(
    "an alias is listed with its key",
    "ListAliases",
    kmsApi("ListAliases"),
    removingAlias(async (world, alias) => {
      const { Aliases } = await world.kms.listAliases({ KeyId: alias.KeyId });
      expectThat(Aliases, [{ AliasName: alias.name, AliasArn: alias.arn, TargetKeyId: idOf(alias.KeyId) }]);
    }),
  ),
  behaviour(
    "an alias is given once",
    "CreateAlias",
    kmsApi("CreateAlias"),
    removingAlias(async (world, alias) =>
      refuses(
        world.kms.createAlias({ AliasName: alias.name, TargetKeyId: alias.KeyId }),
        400,
        "AlreadyExistsException",
        `An alias with the name ${alias.arn} already exists`,
      ),
    ),
  ),
  behaviour(
    "an alias moves to another key",
    "UpdateAlias",
    kmsApi("UpdateAlias"),
    removingAlias(async (world, alias) => {
      const TargetKeyId = await world.ownKey();
      await answers(world.kms.updateAlias({ AliasName: alias.name, TargetKeyId }));
      await answers(world.kms.describeKey({ KeyId: alias.name }), { KeyMetadata: { Arn: TargetKeyId } });
    }),
  ),
  behaviour(
    "an alias that was deleted names nothing",
    "DeleteAlias",
    kmsApi("DeleteAlias"),
    removingAlias(async (world, alias) => {
      await answers(world.kms.deleteAlias({ AliasName: alias.name }));
      await refuses(world.kms.describeKey({ KeyId: alias.name }), 400, "NotFoundException");
      await refuses(world.kms.deleteAlias({ AliasName: alias.name }), 400, "NotFoundException");
    }),
  ),
  behaviour("aliases of AWS cannot be made", "CreateAlias", kmsApi("CreateAlias"), async (world) =>
    refuses(world.kms.createAlias({ AliasName: "alias/aws/conformance", TargetKeyId: await world.key() }), 400),
  ),
];

const moto: MotoDifferences = [
  [
    /^a new key is described|^a key is found/,
    "AWS is right: recorded. moto leaves out the usage of a key that was made without naming one.",
  ],
  [
    /multi-Region key|is no key id/,
    "AWS is right: recorded. moto knows no ids that begin with mrk-, and writes the id without quotation marks.",
  ],
  [/invalid one in another Region/, "AWS is right: recorded. moto says that the key does not exist, as of an id."],
  [/needs a usage|usage that there is not/, "AWS is right: recorded. moto takes any usage, and none."],
  [
    /spec that there is not/,
    "AWS is right: recorded. moto writes the member as KeySpec, and the specs in quotation marks.",
  ],
  [
    /does not take an encryption key/,
    "AWS is right: recorded. moto looks at the algorithm first, and has other words for it.",
  ],
  [/^material is imported/, "AWS is right: recorded. moto fails with 500."],
  [
    /in pages|marker that no answer|no page of keys/,
    "AWS is right: documented. moto answers with all keys at once and looks at neither limit nor marker.",
  ],
  [
    /disabled key encrypts|deletion is called off|cannot be changed with (en|dis)ableKey$/,
    "AWS is right: documented. moto fails with a page of HTML and 500 where a key is disabled or waits for its deletion.",
  ],
  [
    /cannot be changed with/,
    "AWS is right: documented. moto changes the rotation of keys that wait for their deletion.",
  ],
  [/says when it goes/, "AWS is right: documented. moto answers with the date alone."],
  [/can be called off$/, "AWS is right: documented. moto fails with 500."],
  [/cannot be deleted in/, "AWS is right: documented. moto takes any number of days."],
  [/alias begins/, "AWS is right: recorded. moto's words are its own."],
  [/aliases of AWS/, "AWS is right: documented. moto refuses only four names of those that begin with alias/aws/."],
];

export const kmsKeys: Area = {
  name: "KMS: keys, states and aliases",
  cases: withMoto(moto, [...identification, ...states, ...aliases]),
};
