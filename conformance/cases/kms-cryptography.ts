import type { KMS } from "@aws-sdk/client-kms";
import { type Area, behaviour, type Case, kmsApi, kmsGuide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import type { World } from "../world";
import { seen } from "./kms-sources";
import { type MotoDifferences, withMoto } from "./moto";

const secret = Buffer.from("secret");
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
const EncryptionContext = { purpose: "test", team: "storage" };

type Generate = "generateDataKey" | "generateDataKeyWithoutPlaintext";
const generating: readonly Generate[] = ["generateDataKey", "generateDataKeyWithoutPlaintext"];
const operationOf = (method: string): string => method.replace(/^./, (letter) => letter.toUpperCase());

const random: Case[] = [
  ...[1, 12, 44, 91, 1024].map((NumberOfBytes) =>
    behaviour(`${NumberOfBytes} random bytes`, "GenerateRandom", seen("test_generate_random"), async ({ kms }) => {
      const { Plaintext } = await kms.generateRandom({ NumberOfBytes });
      expectThat(Plaintext?.length, NumberOfBytes);
    }),
  ),
  behaviour(
    "random bytes need a number",
    "GenerateRandom",
    seen("test_generate_random_invalid_number_of_bytes"),
    async ({ kms }) => refuses(kms.generateRandom({}), 400, "ValidationException", "NumberOfBytes is required."),
  ),
  ...([0, 1025] as const).map((NumberOfBytes) =>
    behaviour(
      `${NumberOfBytes} random bytes are out of range`,
      "GenerateRandom",
      seen("test_generate_random_invalid_number_of_bytes"),
      async ({ kms }) =>
        refuses(
          kms.generateRandom({ NumberOfBytes }),
          400,
          "ValidationException",
          `1 validation error detected: Value '${NumberOfBytes}' at 'numberOfBytes' failed to satisfy constraint: Member must have value ${
            NumberOfBytes === 0 ? "greater than or equal to 1" : "less than or equal to 1024"
          }`,
        ),
    ),
  ),
];

const others: readonly { readonly without: string; readonly given?: Record<string, string> }[] = [
  { without: "without its encryption context" },
  { without: "with part of its encryption context", given: { team: "storage" } },
  { without: "with its encryption context in capitals", given: { purpose: "TEST", team: "storage" } },
  { without: "with more than its encryption context", given: { ...EncryptionContext, more: "1" } },
];

const encryption: Case[] = [
  behaviour(
    "what was encrypted is decrypted without naming the key",
    "Encrypt Decrypt",
    seen("test_encrypt_decrypt_encryption_context"),
    async (world) => {
      const KeyId = await world.key();
      const encrypted = await answers(world.kms.encrypt({ KeyId, Plaintext: secret, EncryptionContext }), {
        EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
        KeyId,
      });
      const decrypted = await answers(
        world.kms.decrypt({ CiphertextBlob: encrypted.CiphertextBlob, EncryptionContext }),
        { EncryptionAlgorithm: "SYMMETRIC_DEFAULT", KeyId, KeyMaterialId: /^[0-9a-f]{64}$/ },
      );
      expectThat(text(decrypted.Plaintext), "secret");
    },
  ),
  behaviour(
    "the order of the encryption context's pairs does not matter",
    "Encrypt Decrypt",
    kmsGuide("Encryption context"),
    async (world) => {
      const KeyId = await world.key();
      const { CiphertextBlob } = await world.kms.encrypt({ KeyId, Plaintext: secret, EncryptionContext });
      const { team, purpose } = EncryptionContext;
      await answers(world.kms.decrypt({ CiphertextBlob, EncryptionContext: { team, purpose } }));
    },
  ),
  ...others.map(({ without, given }) =>
    behaviour(
      `a ciphertext is invalid ${without}`,
      "Encrypt Decrypt",
      given ? kmsGuide("Encryption context") : seen("test_encrypt_decrypt_encryption_context"),
      async (world) => {
        const KeyId = await world.key();
        const { CiphertextBlob } = await world.kms.encrypt({ KeyId, Plaintext: secret, EncryptionContext });
        await refuses(
          world.kms.decrypt({ CiphertextBlob, EncryptionContext: given }),
          400,
          "InvalidCiphertextException",
        );
      },
    ),
  ),
  behaviour(
    "bytes that KMS did not make are an invalid ciphertext",
    "Decrypt",
    seen("test_encrypt_decrypt_encryption_context"),
    async ({ kms }) =>
      refuses(kms.decrypt({ CiphertextBlob: Buffer.from("not a ciphertext") }), 400, "InvalidCiphertextException"),
  ),
  behaviour(
    "a changed ciphertext is an invalid one",
    "Encrypt Decrypt",
    seen("test_key_rotations_encryption_decryption"),
    async (world) => {
      const { CiphertextBlob = new Uint8Array() } = await world.kms.encrypt({
        KeyId: await world.key(),
        Plaintext: secret,
      });
      const changed = Uint8Array.from(CiphertextBlob);
      const last = changed.length - 1;
      changed[last] = (changed[last] ?? 0) ^ 1;
      await refuses(world.kms.decrypt({ CiphertextBlob: changed }), 400, "InvalidCiphertextException");
    },
  ),
  behaviour("4,096 bytes can be encrypted at once", "Encrypt", kmsApi("Encrypt"), async (world) =>
    answers(world.kms.encrypt({ KeyId: await world.key(), Plaintext: Buffer.alloc(4096) })).then(),
  ),
  behaviour(
    "4,097 bytes cannot be encrypted at once",
    "Encrypt",
    seen("test_plaintext_size_for_encrypt"),
    async (world) =>
      refuses(
        world.kms.encrypt({ KeyId: await world.key(), Plaintext: Buffer.alloc(4097) }),
        400,
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
      ),
  ),
  behaviour("an algorithm of other keys is refused", "Encrypt", kmsApi("Encrypt"), async (world) =>
    refuses(
      world.kms.encrypt({
        KeyId: await world.key(),
        Plaintext: secret,
        EncryptionAlgorithm: "RSAES_OAEP_SHA_256",
      }),
      400,
      "InvalidKeyUsageException",
    ),
  ),
  behaviour(
    "decrypting with another key than the ciphertext's is IncorrectKeyException",
    "Decrypt",
    kmsApi("Decrypt"),
    async (world) => {
      const { CiphertextBlob } = await world.kms.encrypt({ KeyId: await world.key(), Plaintext: secret });
      await refuses(
        world.kms.decrypt({ CiphertextBlob, KeyId: await world.key("second") }),
        400,
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
      );
    },
  ),
  ...(["encrypt", "decrypt", "generateDataKey"] as const).map((method) =>
    behaviour(
      `a dry run of ${operationOf(method)} only says that it would have succeeded`,
      operationOf(method),
      seen("test_generate_data_key_pair_dry_run, for another operation"),
      async (world) => {
        const KeyId = await world.key();
        const { CiphertextBlob } = await world.kms.encrypt({ KeyId, Plaintext: secret });
        const calls: Readonly<Record<typeof method, (kms: KMS) => Promise<unknown>>> = {
          encrypt: (kms) => kms.encrypt({ KeyId, Plaintext: secret, DryRun: true }),
          decrypt: (kms) => kms.decrypt({ CiphertextBlob, DryRun: true }),
          generateDataKey: (kms) => kms.generateDataKey({ KeyId, KeySpec: "AES_256", DryRun: true }),
        };
        // The SDK's status is 400, as that of every refusal of KMS but for its own faults.
        await refuses(
          calls[method](world.kms),
          400,
          "DryRunOperationException",
          "The request would have succeeded, but the DryRun option is set.",
        );
      },
    ),
  ),
];

const reEncryption: Case[] = [
  behaviour("a ciphertext is put under another key", "ReEncrypt", seen("test_re_encrypt"), async (world) => {
    const [SourceKeyId, DestinationKeyId] = [await world.key(), await world.key("second")];
    const { CiphertextBlob } = await world.kms.encrypt({ KeyId: SourceKeyId, Plaintext: secret });
    const again = await answers(world.kms.reEncrypt({ CiphertextBlob, SourceKeyId, DestinationKeyId }), {
      SourceKeyId,
      KeyId: DestinationKeyId,
      SourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      DestinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    });
    const { Plaintext } = await answers(world.kms.decrypt({ CiphertextBlob: again.CiphertextBlob }), {
      KeyId: DestinationKeyId,
    });
    expectThat(text(Plaintext), "secret");
  }),
  behaviour("re-encryption changes the encryption context", "ReEncrypt", kmsApi("ReEncrypt"), async (world) => {
    const KeyId = await world.key();
    const { CiphertextBlob } = await world.kms.encrypt({ KeyId, Plaintext: secret, EncryptionContext });
    const to = { DestinationKeyId: KeyId, DestinationEncryptionContext: { team: "other" } };
    await refuses(world.kms.reEncrypt({ CiphertextBlob, ...to }), 400, "InvalidCiphertextException");
    const again = await world.kms.reEncrypt({ CiphertextBlob, SourceEncryptionContext: EncryptionContext, ...to });
    await answers(world.kms.decrypt({ CiphertextBlob: again.CiphertextBlob, EncryptionContext: { team: "other" } }));
  }),
  behaviour(
    "re-encryption from another key than the ciphertext's is IncorrectKeyException",
    "ReEncrypt",
    seen("test_re_encrypt_incorrect_source_key"),
    async (world) => {
      const DestinationKeyId = await world.key("second");
      const { CiphertextBlob } = await world.kms.encrypt({ KeyId: await world.key(), Plaintext: secret });
      await refuses(
        world.kms.reEncrypt({ CiphertextBlob, SourceKeyId: DestinationKeyId, DestinationKeyId }),
        400,
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
      );
    },
  ),
];

const dataKeys: Case[] = [
  ...generating.map((method) =>
    behaviour(
      `${operationOf(method)} ${method === "generateDataKey" ? "shows" : "does not show"} the key that its ciphertext holds`,
      `${operationOf(method)} Decrypt`,
      seen(method === "generateDataKey" ? "test_generate_data_key" : "test_generate_data_key_without_plaintext"),
      async (world) => {
        const KeyId = await world.key();
        const { CiphertextBlob, ...shown } = await answers(world.kms[method]({ KeyId, KeySpec: "AES_256" }), { KeyId });
        const { Plaintext } = await world.kms.decrypt({ CiphertextBlob });
        expectThat(Plaintext?.length, 32);
        expectThat("Plaintext" in shown, method === "generateDataKey");
        if ("Plaintext" in shown) expectThat(shown.Plaintext, Plaintext);
      },
    ),
  ),
  ...generating.map((method) =>
    behaviour(
      `the data key of ${operationOf(method)} is bound to its encryption context`,
      `${operationOf(method)} Decrypt`,
      seen(
        method === "generateDataKey"
          ? "test_encryption_context_generate_data_key"
          : "test_encryption_context_generate_data_key_without_plaintext",
      ),
      async (world) => {
        const KeyId = await world.key();
        const { CiphertextBlob } = await world.kms[method]({ KeyId, KeySpec: "AES_256", EncryptionContext });
        await refuses(world.kms.decrypt({ CiphertextBlob }), 400, "InvalidCiphertextException");
        await answers(world.kms.decrypt({ CiphertextBlob, EncryptionContext }));
      },
    ),
  ),
  ...(
    [
      [{ KeySpec: "AES_128" }, 16],
      [{ NumberOfBytes: 1 }, 1],
      [{ NumberOfBytes: 1024 }, 1024],
    ] as const
  ).map(([asked, length]) =>
    behaviour(`a data key of ${length} bytes`, "GenerateDataKey", kmsApi("GenerateDataKey"), async (world: World) => {
      const { Plaintext } = await world.kms.generateDataKey({ KeyId: await world.key(), ...asked });
      expectThat(Plaintext?.length, length);
    }),
  ),
  ...[{}, { KeySpec: "AES_256" as const, NumberOfBytes: 32 }].map((asked) =>
    behaviour(
      `a data key with ${"KeySpec" in asked ? "both a spec and a length" : "neither spec nor length"} is a validation error`,
      "GenerateDataKey",
      kmsApi("GenerateDataKey"),
      async (world) =>
        refuses(world.kms.generateDataKey({ KeyId: await world.key(), ...asked }), 400, "ValidationException"),
    ),
  ),
  ...[0, 1025].map((NumberOfBytes) =>
    behaviour(
      `a data key cannot have ${NumberOfBytes} bytes`,
      "GenerateDataKey",
      kmsApi("GenerateDataKey"),
      async (world) =>
        refuses(world.kms.generateDataKey({ KeyId: await world.key(), NumberOfBytes }), 400, "ValidationException"),
    ),
  ),
];

const moto: MotoDifferences = [
  [/random bytes need/, "AWS is right: recorded. moto fails with 500."],
  [/^0 random bytes/, "AWS is right: recorded. moto gives none, with 200."],
  [
    /without naming the key|under another key$/,
    "AWS is right: recorded. moto leaves the algorithms out of its answer.",
  ],
  [/algorithm of other keys/, "AWS is right: documented. moto looks at no algorithm where the key is symmetric."],
  [/decrypting with another key/, "AWS is right: documented. moto says AccessDeniedException."],
  [/dry run/, "AWS is right: recorded. moto does it instead of saying that it could."],
  [/re-encryption from another key/, "AWS is right: recorded. moto does not look at SourceKeyId."],
];

export const kmsCryptography: Area = {
  name: "KMS: encryption and data keys",
  cases: withMoto(moto, [...random, ...encryption, ...reEncryption, ...dataKeys]),
};
