import { createHash } from "node:crypto";

/** The model's XXHASH algorithms are missing: nothing here computes them. */
export const checksumAlgorithms = ["CRC32", "CRC32C", "CRC64NVME", "MD5", "SHA1", "SHA256", "SHA512"] as const;
export type Checksummed = (typeof checksumAlgorithms)[number];

/** A digest over bytes that arrive piece by piece. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  /** Base64, as the `x-amz-checksum-*` headers carry it. */
  digest(): string;
}

export const isChecksumAlgorithm = (name: string): name is Checksummed =>
  checksumAlgorithms.some((algorithm) => algorithm === name);

const slices = 8;

/** Eight tables for a reflected 32-bit polynomial: eight bytes a step instead of one. */
function tables32(polynomial: number): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
  const tables = [first];
  for (let slice = 1; slice < slices; slice++) {
    const before = tables[slice - 1] ?? first;
    tables.push(before.map((value) => (first[value & 255] ?? 0) ^ (value >>> 8)));
  }
  return tables;
}

function crc32(polynomial: number): () => Checksum {
  const all = tables32(polynomial);
  // Indices below are masked to the tables' length, so `?? 0` would only cost time: a flat table is read instead.
  const table = new Uint32Array(slices * 256);
  for (const [slice, values] of all.entries()) table.set(values, slice * 256);
  const at = (index: number): number => table[index] as number;
  return () => {
    let crc = 0xffffffff;
    return {
      update(bytes) {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const whole = bytes.length - (bytes.length % 8);
        let index = 0;
        for (; index < whole; index += 8) {
          const low = crc ^ view.getUint32(index, true);
          const high = view.getUint32(index + 4, true);
          crc =
            at(1792 + (low & 255)) ^
            at(1536 + ((low >>> 8) & 255)) ^
            at(1280 + ((low >>> 16) & 255)) ^
            at(1024 + (low >>> 24)) ^
            at(768 + (high & 255)) ^
            at(512 + ((high >>> 8) & 255)) ^
            at(256 + ((high >>> 16) & 255)) ^
            at(high >>> 24);
        }
        for (; index < bytes.length; index++) crc = at((crc ^ view.getUint8(index)) & 255) ^ (crc >>> 8);
      },
      digest() {
        const value = Buffer.alloc(4);
        value.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
        return value.toString("base64");
      },
    };
  };
}

/** A reflected 64-bit polynomial in two halves, since JavaScript's bit operations have 32 bits. */
function crc64(polynomialHigh: number, polynomialLow: number): () => Checksum {
  const low = new Uint32Array(slices * 256);
  const high = new Uint32Array(slices * 256);
  for (let byte = 0; byte < 256; byte++) {
    let l = byte;
    let h = 0;
    for (let bit = 0; bit < 8; bit++) {
      const carry = l & 1;
      l = ((l >>> 1) | (h << 31)) ^ (carry ? polynomialLow : 0);
      h = (h >>> 1) ^ (carry ? polynomialHigh : 0);
    }
    low[byte] = l;
    high[byte] = h;
  }
  const lowAt = (index: number): number => low[index] as number;
  const highAt = (index: number): number => high[index] as number;
  for (let index = 256; index < slices * 256; index++) {
    const l = lowAt(index - 256);
    const h = highAt(index - 256);
    low[index] = ((l >>> 8) | (h << 24)) ^ lowAt(l & 255);
    high[index] = (h >>> 8) ^ highAt(l & 255);
  }
  return () => {
    let crcLow = -1;
    let crcHigh = -1;
    return {
      update(bytes) {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const whole = bytes.length - (bytes.length % 8);
        let index = 0;
        for (; index < whole; index += 8) {
          const l = crcLow ^ view.getUint32(index, true);
          const h = crcHigh ^ view.getUint32(index + 4, true);
          const a = 1792 + (l & 255);
          const b = 1536 + ((l >>> 8) & 255);
          const c = 1280 + ((l >>> 16) & 255);
          const d = 1024 + (l >>> 24);
          const e = 768 + (h & 255);
          const f = 512 + ((h >>> 8) & 255);
          const g = 256 + ((h >>> 16) & 255);
          const i = h >>> 24;
          crcLow = lowAt(a) ^ lowAt(b) ^ lowAt(c) ^ lowAt(d) ^ lowAt(e) ^ lowAt(f) ^ lowAt(g) ^ lowAt(i);
          crcHigh = highAt(a) ^ highAt(b) ^ highAt(c) ^ highAt(d) ^ highAt(e) ^ highAt(f) ^ highAt(g) ^ highAt(i);
        }
        for (; index < bytes.length; index++) {
          const entry = (crcLow ^ view.getUint8(index)) & 255;
          crcLow = ((crcLow >>> 8) | (crcHigh << 24)) ^ lowAt(entry);
          crcHigh = (crcHigh >>> 8) ^ highAt(entry);
        }
      },
      digest() {
        const value = Buffer.alloc(8);
        value.writeUInt32BE(~crcHigh >>> 0, 0);
        value.writeUInt32BE(~crcLow >>> 0, 4);
        return value.toString("base64");
      },
    };
  };
}

const secureHash = (name: string) => (): Checksum => {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("base64") };
};

const makers: Readonly<Record<Checksummed, () => Checksum>> = {
  CRC32: crc32(0xedb88320),
  CRC32C: crc32(0x82f63b78),
  CRC64NVME: crc64(0x9a6c9329, 0xac4bc9b5),
  MD5: secureHash("md5"),
  SHA1: secureHash("sha1"),
  SHA256: secureHash("sha256"),
  SHA512: secureHash("sha512"),
};

/** A checksum to feed piece by piece. */
export const createChecksum = (algorithm: Checksummed): Checksum => makers[algorithm]();

/** The checksum of all bytes, base64. */
export function checksum(algorithm: Checksummed, bytes: Uint8Array): string {
  const running = createChecksum(algorithm);
  running.update(bytes);
  return running.digest();
}
