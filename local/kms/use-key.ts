import { accessDenied } from "../identity/access-denied";
import type { Context } from "../service";
import { authorizeKey, type Use } from "./access";
import { assertEnabled, incorrectKey } from "./errors";
import { accountOf, findKey } from "./find-key";
import type { Key } from "./state";
import { decrypt, type EncryptionContext, encrypt, random, readCiphertext } from "./wrap";

export interface DataKey {
  readonly plaintext: Buffer;
  readonly ciphertext: Buffer;
}

/** The key, once the caller may use it and it can be used. */
export function usableKey(context: Context, keyId: string | undefined, operation: string, use: Use): Key {
  const key = findKey(context, keyId);
  authorizeKey(context, key, operation, { ...use, keyId });
  assertEnabled(key);
  return key;
}

export function newDataKey(key: Key, bytes: number, context: EncryptionContext = {}): DataKey {
  const plaintext = random(bytes);
  return { plaintext, ciphertext: encrypt(key, plaintext, context) };
}

/** The key is the one that the ciphertext names; strangers do not learn whether it exists. */
function keyOfCiphertext(context: Context, arn: string, operation: string): Key {
  const [, , , region, account = ""] = arn.split(":");
  if (account === accountOf(context) && region === context.region) return findKey(context, arn);
  try {
    return findKey(context, arn);
  } catch {
    throw accessDenied(
      context.caller,
      { action: `kms:${operation}`, resource: arn, resourceAccount: account },
      { is: "implicitDeny", missing: "resource-based" },
    );
  }
}

/**
 * @param keyId where the request names a key, the ciphertext must be that key's
 * @throws AwsError InvalidCiphertextException, IncorrectKeyException, and what using a key throws
 */
export function open(context: Context, blob: Uint8Array, keyId: string | undefined, operation: string, use: Use) {
  const ciphertext = readCiphertext(blob);
  const key = keyOfCiphertext(context, ciphertext.keyArn, operation);
  if (keyId !== undefined && findKey(context, keyId) !== key) throw incorrectKey();
  authorizeKey(context, key, operation, { ...use, keyId });
  assertEnabled(key);
  return {
    key,
    materialId: ciphertext.materialId,
    plaintext: decrypt(key, ciphertext, use.encryptionContext ?? {}),
  };
}
