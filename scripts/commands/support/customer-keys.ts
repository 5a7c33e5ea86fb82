import { readFileSync, statSync } from "node:fs";
import { type CustomerKey, customerKey } from "../../../src/s3/customer-keys";
import { Stop } from "./stop";

const KEY_BYTES = 32;
const keyLine = /^[A-Za-z0-9+/]{43}=$/;

function bytesOf(file: string): Buffer {
  try {
    const othersMay = statSync(file).mode & 0o077;
    if (othersMay !== 0 && process.platform !== "win32") {
      throw new Stop(`${file} has customer keys, and others may read it.`, `chmod 600 ${file}`);
    }
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Stop) throw error;
    throw new Stop(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** A key as its 32 bytes, or one a line in base64. What is no key is told by its line, never by what it says. */
function keysIn(file: string): CustomerKey[] {
  const bytes = bytesOf(file);
  if (bytes.length === KEY_BYTES) return [customerKey(bytes)];
  const lines = bytes.toString("latin1").split("\n");
  const keys = lines.flatMap((line, index) => {
    const text = line.trim();
    if (text === "") return [];
    if (!keyLine.test(text)) {
      throw new Stop(`${file}, line ${index + 1}: this is not a key of ${KEY_BYTES} bytes in base64.`);
    }
    return [customerKey(Buffer.from(text, "base64"))];
  });
  if (keys.length === 0) throw new Stop(`${file} has no key.`);
  return keys;
}

/** The keys of SSE-C that were given. @throws Stop for a file that others may read, and for what is no key */
export const readCustomerKeys = (files: readonly string[] = []): CustomerKey[] => files.flatMap(keysIn);
