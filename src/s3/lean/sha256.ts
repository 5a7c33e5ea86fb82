import crypto from "node:crypto";

/** `crypto.hash` takes half the time of `createHash`, and Node has it from 20.12 on. */
const digest: (data: string | Uint8Array, encoding: "hex" | "binary") => string =
  typeof crypto.hash === "function"
    ? (data, encoding) => crypto.hash("sha256", data, encoding)
    : (data, encoding) => crypto.createHash("sha256").update(data).digest(encoding);

/** In lower-case hex. */
export const sha256 = (data: string | Uint8Array): string => digest(data, "hex");

/** SHA-256 of no bytes: the payload hash of a request without a body. */
export const emptyPayloadHash = sha256("");

const blockSize = 64;
const digestSize = 32;

/**
 * HMAC-SHA-256 of messages that differ only in their last characters, since `createHmac` sets itself up anew each time,
 * which costs more than the hashing: https://datatracker.ietf.org/doc/html/rfc2104.
 *
 * @param key at most 64 bytes
 * @param head what every message begins with, in Latin-1
 * @param tailLength of every message, in Latin-1 characters
 */
export function hmacOfTails(key: Uint8Array, head: string, tailLength: number): (tail: string) => string {
  const inner = Buffer.alloc(blockSize + head.length + tailLength, 0x36);
  const outer = Buffer.alloc(blockSize + digestSize, 0x5c);
  key.forEach((byte, index) => {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  });
  inner.write(head, blockSize, "latin1");
  const tailAt = blockSize + head.length;
  return (tail) => {
    inner.write(tail, tailAt, "latin1");
    outer.write(digest(inner, "binary"), blockSize, "latin1");
    return digest(outer, "hex");
  };
}
