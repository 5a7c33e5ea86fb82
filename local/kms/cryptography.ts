import { randomBytes } from "node:crypto";
import type * as kms from "@aws-sdk/client-kms";
import type { Context } from "../service";
import { constraint, inRange, invalidKeyUsage, required, unsupported, validation } from "./errors";
import { findKey } from "./find-key";
import { authorizeInAccount } from "./keys";
import { newDataKey, open, usableKey } from "./use-key";
import { encrypt, readCiphertext } from "./wrap";

const algorithm = "SYMMETRIC_DEFAULT" as const;

/** Whatever a request asks for beyond symmetric keys is refused, not ignored. */
function assertSymmetric(algorithms: readonly (string | undefined)[], recipient?: object): void {
  const other = algorithms.find((name) => name !== undefined && name !== algorithm);
  if (other) throw invalidKeyUsage(`Algorithm ${other} is incompatible with key spec ${algorithm}.`);
  if (recipient) throw unsupported("The local AWS knows no enclaves.");
}

function encryptOperation(context: Context, input: kms.EncryptCommandInput) {
  const plaintext = required(input.Plaintext, "plaintext");
  if (plaintext.length < 1 || plaintext.length > 4096)
    throw validation(
      `1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length ${plaintext.length < 1 ? "greater than or equal to 1" : "less than or equal to 4096"}`,
    );
  assertSymmetric([input.EncryptionAlgorithm]);
  const encryptionContext = input.EncryptionContext ?? {};
  const key = usableKey(context, input.KeyId, "Encrypt", { encryptionContext, dryRun: input.DryRun });
  return {
    CiphertextBlob: encrypt(key, plaintext, encryptionContext),
    KeyId: key.arn,
    EncryptionAlgorithm: algorithm,
  };
}

function decryptOperation(context: Context, input: kms.DecryptCommandInput) {
  const blob = required(input.CiphertextBlob, "ciphertextBlob");
  assertSymmetric([input.EncryptionAlgorithm], input.Recipient);
  const use = { encryptionContext: input.EncryptionContext ?? {}, dryRun: input.DryRun };
  const { key, plaintext, materialId } = open(context, blob, input.KeyId, "Decrypt", use);
  return { Plaintext: plaintext, KeyId: key.arn, EncryptionAlgorithm: algorithm, KeyMaterialId: materialId };
}

function reEncrypt(context: Context, input: kms.ReEncryptCommandInput) {
  const blob = required(input.CiphertextBlob, "ciphertextBlob");
  assertSymmetric([input.SourceEncryptionAlgorithm, input.DestinationEncryptionAlgorithm]);
  const onSameKey = readCiphertext(blob).keyArn === findKey(context, input.DestinationKeyId).arn;
  const conditions = { "kms:ReEncryptOnSameKey": String(onSameKey) };
  const from = { encryptionContext: input.SourceEncryptionContext ?? {}, conditions };
  const source = open(context, blob, input.SourceKeyId, "ReEncryptFrom", from);
  const to = { encryptionContext: input.DestinationEncryptionContext ?? {}, conditions, dryRun: input.DryRun };
  const key = usableKey(context, input.DestinationKeyId, "ReEncryptTo", to);
  return {
    CiphertextBlob: encrypt(key, source.plaintext, to.encryptionContext),
    SourceKeyId: source.key.arn,
    KeyId: key.arn,
    SourceEncryptionAlgorithm: algorithm,
    DestinationEncryptionAlgorithm: algorithm,
    SourceKeyMaterialId: source.materialId,
    DestinationKeyMaterialId: key.materials.at(-1)?.id,
  };
}

/** Bytes of the key asked for: by length or by name, never both. */
function dataKeyBytes({ KeySpec: spec, NumberOfBytes: bytes }: kms.GenerateDataKeyCommandInput): number {
  if ((spec === undefined) === (bytes === undefined))
    throw validation("Please specify either number of bytes or key spec.");
  if (bytes !== undefined) return inRange(bytes, "numberOfBytes", 1, 1024);
  if (spec !== "AES_128" && spec !== "AES_256")
    throw constraint(spec, "keySpec", "satisfy enum value set: [AES_256, AES_128]");
  return spec === "AES_128" ? 16 : 32;
}

const generate = (operation: string, shown: boolean) => (context: Context, input: kms.GenerateDataKeyCommandInput) => {
  const bytes = dataKeyBytes(input);
  assertSymmetric([], input.Recipient);
  const encryptionContext = input.EncryptionContext ?? {};
  const key = usableKey(context, input.KeyId, operation, { encryptionContext, dryRun: input.DryRun });
  const { plaintext, ciphertext } = newDataKey(key, bytes, encryptionContext);
  return {
    CiphertextBlob: ciphertext,
    Plaintext: shown ? plaintext : undefined,
    KeyId: key.arn,
    KeyMaterialId: key.materials.at(-1)?.id,
  };
};

function generateRandom(context: Context, input: kms.GenerateRandomCommandInput) {
  if (input.NumberOfBytes === undefined) throw validation("NumberOfBytes is required.");
  const bytes = inRange(input.NumberOfBytes, "numberOfBytes", 1, 1024);
  authorizeInAccount(context, "GenerateRandom");
  return { Plaintext: randomBytes(bytes) };
}

export const cryptographicOperations = {
  Encrypt: encryptOperation,
  Decrypt: decryptOperation,
  ReEncrypt: reEncrypt,
  GenerateDataKey: generate("GenerateDataKey", true),
  GenerateDataKeyWithoutPlaintext: generate("GenerateDataKeyWithoutPlaintext", false),
  GenerateRandom: generateRandom,
};
