import type { KmsUse } from "../faults/faults";
import { AwsError, type Context } from "../service";
import { s3Service } from "./managed-key";
import { newDataKey, open, usableKey } from "./use-key";
import { type EncryptionContext, encrypt } from "./wrap";

export interface S3DataKey {
  readonly keyArn: string;
  /** 32 bytes. */
  readonly plaintext: Buffer;
  readonly ciphertext: Buffer;
}

export interface S3DataKeyRequest {
  /** Id, ARN, alias or alias's ARN, as the request or the bucket's default has it. Left out: `alias/aws/s3`. */
  readonly keyId?: string;
  readonly encryptionContext: EncryptionContext;
}

const kmsUse = (operation: string, encryptionContext: EncryptionContext, keyId = ""): KmsUse => ({
  operation,
  keyId,
  s3Arn: encryptionContext["aws:s3:arn"] ?? "",
});

/** S3 passes on what KMS answers under a name of its own, a refusal as its own AccessDenied, and throttling as it sees fit. */
function asS3<T>(context: Context, use: KmsUse, ask: () => T): T {
  context.disturbance.useKms(use);
  return translated(ask);
}

function translated<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === "AccessDeniedException") throw new AwsError("AccessDenied", 403, error.message);
    throw new AwsError(`KMS.${error.code}`, 400, error.message);
  }
}

/**
 * A new data key for an object or a bucket key, asked for by S3 in the caller's name: `kms:GenerateDataKey` with `kms:ViaService`.
 * An id or alias without an account is one of the caller's account.
 *
 * @throws AwsError 400 KMS.NotFoundException, KMS.DisabledException, KMS.KMSInvalidStateException; 403 AccessDenied that names the action
 */
export function generateDataKey(context: Context, request: S3DataKeyRequest): S3DataKey {
  const { encryptionContext, keyId = "alias/aws/s3" } = request;
  const use = { encryptionContext, via: s3Service(context) };
  return asS3(context, kmsUse("GenerateDataKey", encryptionContext, keyId), () => {
    const key = usableKey(context, keyId, "GenerateDataKey", use);
    const { plaintext, ciphertext } = newDataKey(key, 32, encryptionContext);
    return { keyArn: key.arn, plaintext, ciphertext };
  });
}

/**
 * The data key in a ciphertext that {@link generateDataKey} made, under the same encryption context: `kms:Decrypt`.
 *
 * @throws AwsError as {@link generateDataKey}, and 400 KMS.InvalidCiphertextException
 */
export function decryptDataKey(
  context: Context,
  request: { readonly ciphertext: Uint8Array; readonly encryptionContext: EncryptionContext },
): Buffer {
  const { encryptionContext } = request;
  const use = { encryptionContext, via: s3Service(context) };
  return asS3(
    context,
    kmsUse("Decrypt", encryptionContext),
    () => open(context, request.ciphertext, undefined, "Decrypt", use).plaintext,
  );
}

/**
 * What UpdateObjectEncryption needs of the new key besides what wrapping under it asks for: AWS names both permissions whatever the source is.
 *
 * @throws AwsError as {@link generateDataKey}
 */
export function authorizeUpdate(context: Context, request: S3DataKeyRequest): void {
  const use = { encryptionContext: request.encryptionContext, via: s3Service(context) };
  translated(() => {
    for (const operation of ["Encrypt", "GenerateDataKey"]) usableKey(context, request.keyId, operation, use);
  });
}

/**
 * The same data key under another key or encryption context, as UpdateObjectEncryption needs it:
 * `kms:ReEncryptFrom` on the old key and `kms:ReEncryptTo` on the new one.
 *
 * @throws AwsError as {@link decryptDataKey}
 */
export function reEncryptDataKey(
  context: Context,
  request: {
    readonly ciphertext: Uint8Array;
    readonly sourceEncryptionContext: EncryptionContext;
    readonly destinationKeyId: string;
    readonly destinationEncryptionContext: EncryptionContext;
  },
): { readonly keyArn: string; readonly ciphertext: Buffer } {
  const via = s3Service(context);
  const to = { encryptionContext: request.destinationEncryptionContext, via };
  const asked = kmsUse("ReEncrypt", request.destinationEncryptionContext, request.destinationKeyId);
  return asS3(context, asked, () => {
    const from = { encryptionContext: request.sourceEncryptionContext, via };
    const { plaintext } = open(context, request.ciphertext, undefined, "ReEncryptFrom", from);
    const key = usableKey(context, request.destinationKeyId, "ReEncryptTo", to);
    return { keyArn: key.arn, ciphertext: encrypt(key, plaintext, request.destinationEncryptionContext) };
  });
}
