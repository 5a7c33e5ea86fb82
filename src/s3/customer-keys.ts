import { createHash } from "node:crypto";
import { type Answer, CUSTOMER_KEY_NEEDED, type ObjectState, type Refused } from "./object-store";

/** A key of SSE-C. It goes to S3 in requests, and nowhere else: no log, no journal, no message has it. */
export interface CustomerKey {
  /** Base64 of its 32 bytes. */
  readonly key: string;
  /** Base64 of its MD5, by which S3 and this program tell keys apart. */
  readonly md5: string;
}

/** @param bytes 32 of them */
export const customerKey = (bytes: Uint8Array): CustomerKey => ({
  key: Buffer.from(bytes).toString("base64"),
  md5: createHash("md5").update(bytes).digest("base64"),
});

/** @throws Error for a key that the store was not given, which it cannot have seen an object with */
export function customerKeyWith(keys: readonly CustomerKey[], md5: string): CustomerKey {
  const key = keys.find((one) => one.md5 === md5);
  if (!key) throw new Error(`no customer key with the MD5 ${md5} was given`);
  return key;
}

/**
 * Looks at an object that can only be read with its customer key: with one after the other.
 *
 * S3 refuses a wrong one, and does not say whose the object is.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
 *
 * @param unread what S3 answered without a key, which stands if none is right
 */
export async function lookWithKeys(
  keys: readonly CustomerKey[],
  unread: Refused,
  look: (key: CustomerKey) => Promise<Answer<ObjectState>>,
): Promise<Answer<ObjectState>> {
  for (const key of keys) {
    const looked = await look(key);
    const isWrong = looked.is === "refused" && (looked.status === 403 || looked.status === 400);
    if (!isWrong) return looked;
  }
  return { ...unread, code: CUSTOMER_KEY_NEEDED };
}
