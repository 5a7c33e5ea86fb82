import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { invalidCiphertext } from "./errors";
import type { Key, Material } from "./state";

export type EncryptionContext = Readonly<Record<string, string>>;

const magic = Buffer.from([0x01, 0x02, 0x02, 0x00, 0x78]);
const materialBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** What a ciphertext says about itself: magic, length of the key's ARN, the ARN, the material's id; then nonce, tag and data. */
export interface Ciphertext {
  readonly keyArn: string;
  readonly materialId: string;
  readonly header: Buffer;
  readonly sealed: Buffer;
}

/** The order in which the pairs were given does not matter. */
const additionalData = (header: Buffer, context: EncryptionContext): Buffer => {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([header, Buffer.from(JSON.stringify(pairs))]);
};

let pool = Buffer.alloc(0);

/** So many random bytes, fetched from the system some thousands at a time: each fetch costs as much as encrypting a data key. */
export function random(bytes: number): Buffer {
  if (pool.length < bytes) pool = randomBytes(Math.max(bytes, 8_192));
  const taken = pool.subarray(0, bytes);
  pool = pool.subarray(bytes);
  return taken;
}

const headers = new WeakMap<Material, Buffer>();

/** The same for all that a material encrypts. */
function headerOf(key: Key, material: Material): Buffer {
  const known = headers.get(material);
  if (known) return known;
  const arn = Buffer.from(key.arn);
  const header = Buffer.concat([magic, Buffer.from([arn.length]), arn, Buffer.from(material.id, "hex")]);
  headers.set(material, header);
  return header;
}

/** AES-256-GCM under the key's newest material, bound to the key, to the material and to the encryption context. */
export function encrypt(key: Key, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const material = key.materials.at(-1);
  if (!material) throw new Error(`${key.arn} has no material`);
  const header = headerOf(key, material);
  const nonce = random(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", material.secret, nonce).setAAD(additionalData(header, context));
  const data = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, nonce, cipher.getAuthTag(), data]);
}

/** @throws AwsError InvalidCiphertextException where the bytes are no ciphertext of this KMS */
export function readCiphertext(blob: Uint8Array): Ciphertext {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  const arnEnd = magic.length + 1 + (bytes[magic.length] ?? 0);
  const headerEnd = arnEnd + materialBytes;
  if (!bytes.subarray(0, magic.length).equals(magic) || bytes.length < headerEnd + nonceBytes + tagBytes)
    throw invalidCiphertext();
  return {
    keyArn: bytes.toString("utf8", magic.length + 1, arnEnd),
    materialId: bytes.toString("hex", arnEnd, headerEnd),
    header: bytes.subarray(0, headerEnd),
    sealed: bytes.subarray(headerEnd),
  };
}

/** @throws AwsError InvalidCiphertextException: other material, another encryption context, or changed bytes */
export function decrypt(key: Key, ciphertext: Ciphertext, context: EncryptionContext): Buffer {
  const material = key.materials.find(({ id }) => id === ciphertext.materialId);
  if (!material) throw invalidCiphertext();
  const { header, sealed } = ciphertext;
  const decipher = createDecipheriv("aes-256-gcm", material.secret, sealed.subarray(0, nonceBytes))
    .setAAD(additionalData(header, context))
    .setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    throw invalidCiphertext(); // `final` throws for nothing but a tag that does not fit.
  }
}
