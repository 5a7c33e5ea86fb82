import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { ServerSideEncryption } from "@aws-sdk/client-s3";
import { decryptDataKey, generateDataKey } from "../kms/for-s3";
import type { Context } from "../service";
import { bucketArn, objectArn } from "./arns";
import { type Body, digestOf } from "./bodies";
import type { CustomerKey, EncryptionChoice } from "./encryption-choice";
import { accessDenied, invalidArgument, invalidRequest } from "./errors";
import type { Bucket, ObjectEncryption, WrappedKey } from "./state";
import { opaqueId } from "./versions";

const fingerprintOf = (dataKey: Uint8Array): string =>
  createHash("sha256").update(dataKey).digest().toString("base64", 0, 12);

function wrap(wrappingKey: Uint8Array): WrappedKey {
  const random = randomBytes(44);
  const dataKey = random.subarray(0, 32);
  const nonce = random.subarray(32);
  const cipher = createCipheriv("aes-256-gcm", wrappingKey, nonce);
  const ciphertext = Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  return { ciphertext, fingerprint: fingerprintOf(dataKey) };
}

/** Throws where the key is another one, since the tag does not fit. */
function unwrap(wrappingKey: Uint8Array, ciphertext: Uint8Array): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", wrappingKey, ciphertext.subarray(0, 12));
  decipher.setAuthTag(ciphertext.subarray(-16));
  return Buffer.concat([decipher.update(ciphertext.subarray(12, -16)), decipher.final()]);
}

/** KMS keys are used over TLS and with a signature only: User Guide, "Using server-side encryption with AWS KMS keys". */
function checkKmsTransport(context: Context): void {
  const requests = "Requests specifying Server Side Encryption with AWS KMS managed keys";
  if (!context.secure) {
    throw invalidArgument(`${requests} must be made over a secure connection.`, "x-amz-server-side-encryption");
  }
  if (context.caller.is === "anonymous") {
    throw invalidArgument(`${requests} require AWS Signature Version 4.`, "Authorization", "null");
  }
}

// Shared by all objects that are so.
const withoutKey = { none: { is: "none" }, AES256: { is: "AES256" } } as const;

/**
 * Makes the data key of a new object and wraps it.
 *
 * @throws AwsError what KMS says of a key that is missing, disabled or not the caller's to use
 */
export function seal(context: Context, bucket: Bucket, key: string, choice: EncryptionChoice): ObjectEncryption {
  if (choice.is === "none" || choice.is === "AES256") return withoutKey[choice.is];
  if (choice.is === "customer") {
    return { is: "customer", keyMd5: choice.customerKey.md5, dataKey: wrap(choice.customerKey.key) };
  }
  checkKmsTransport(context);
  // With a bucket key the context names the bucket: User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys".
  const arn = choice.bucketKey ? bucketArn(bucket) : objectArn(bucket, key);
  const encryptionContext = { ...choice.context, "aws:s3:arn": arn };
  const { keyArn, plaintext, ciphertext } = generateDataKey(context, { keyId: choice.keyId, encryptionContext });
  const dataKey = { ciphertext, fingerprint: fingerprintOf(plaintext) };
  return { is: choice.is, keyArn, bucketKey: choice.bucketKey, context: encryptionContext, dataKey };
}

/**
 * What every reading of an object's bytes goes through.
 *
 * @throws AwsError if the customer key is missing or another one, or if KMS does not decrypt
 */
export function unseal(context: Context, encryption: ObjectEncryption, customerKey: CustomerKey | undefined): void {
  checkCustomerKey(encryption, customerKey);
  if (encryption.is === "none" || encryption.is === "AES256") return;
  const plaintext = dataKeyOf(context, encryption, customerKey);
  if (plaintext && fingerprintOf(plaintext) !== encryption.dataKey.fingerprint) {
    throw new Error("unwrapping gave another data key than the one that was wrapped");
  }
}

function dataKeyOf(
  context: Context,
  encryption: Exclude<ObjectEncryption, { is: "none" | "AES256" }>,
  customerKey: CustomerKey | undefined,
): Uint8Array | undefined {
  const { ciphertext } = encryption.dataKey;
  if (encryption.is === "customer") return customerKey && unwrap(customerKey.key, ciphertext);
  checkKmsTransport(context);
  return decryptDataKey(context, { ciphertext, encryptionContext: encryption.context });
}

/** HeadObject asks for the customer key as GetObject does, though it reads no bytes; KMS it does not ask. */
export function checkCustomerKey(encryption: ObjectEncryption, customerKey: CustomerKey | undefined): void {
  if (encryption.is !== "customer") {
    if (customerKey) throw invalidRequest("The encryption parameters are not applicable to this object.");
    return;
  }
  if (!customerKey) {
    throw invalidRequest(
      "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
    );
  }
  if (customerKey.md5 !== encryption.keyMd5) {
    throw accessDenied(
      "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.",
    );
  }
}

export interface ShownEncryption {
  readonly ServerSideEncryption?: ServerSideEncryption;
  readonly SSEKMSKeyId?: string;
  readonly BucketKeyEnabled?: boolean;
  readonly SSECustomerAlgorithm?: string;
  readonly SSECustomerKeyMD5?: string;
}

/** The headers in which answers tell how an object is encrypted. */
export function shownEncryption(encryption: ObjectEncryption): ShownEncryption {
  switch (encryption.is) {
    case "none":
      return {};
    case "AES256":
      return { ServerSideEncryption: "AES256" };
    case "customer":
      return { SSECustomerAlgorithm: "AES256", SSECustomerKeyMD5: encryption.keyMd5 };
    default:
      return {
        ServerSideEncryption: encryption.is,
        SSEKMSKeyId: encryption.keyArn,
        BucketKeyEnabled: encryption.bucketKey || undefined,
      };
  }
}

/**
 * The MD5 of the bytes for plaintext and SSE-S3; otherwise a new value on every write.
 *
 * Source: API Reference, Object, "ETag".
 */
export function etagOf(bucket: Bucket, encryption: ObjectEncryption, body: Body, write: string): string {
  const hash =
    encryption.is === "none" || encryption.is === "AES256"
      ? Buffer.from(digestOf(body, "md5"), "base64")
      : createHash("md5")
          .update(opaqueId(bucket, `etag/${write}`))
          .digest();
  // One flat string, where a template would keep its pieces: there is one for each object.
  return Buffer.from(`"${hash.toString("hex")}"`, "latin1").toString("latin1");
}
