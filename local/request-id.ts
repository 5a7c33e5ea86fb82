import { randomFillSync, randomUUID } from "node:crypto";
import type { ServiceName } from "./codec/services";

// One call for many ids: the call costs more than the bytes.
const pool = Buffer.alloc(8_192);
const idBytes = 8;
let used = pool.length;

/** 16 capital digits for S3, a UUID for the others, as their answers carry them. */
export function newRequestId(service: ServiceName): string {
  if (service !== "s3") return randomUUID();
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += idBytes;
  return pool.toString("hex", used - idBytes, used).toUpperCase();
}
