export type CrcAlgorithm = "CRC32" | "CRC32C" | "CRC64NVME";

interface Polynomial {
  readonly bits: number;
  /** Reflected. */
  readonly value: bigint;
}

const polynomials: Readonly<Record<CrcAlgorithm, Polynomial>> = {
  CRC32: { bits: 32, value: 0xedb88320n },
  CRC32C: { bits: 32, value: 0x82f63b78n },
  CRC64NVME: { bits: 64, value: 0x9a6c9329ac4bc9b5n },
};

export const isCrc = (algorithm: string): algorithm is CrcAlgorithm => algorithm in polynomials;

/** The product of two polynomials over GF(2), modulo the CRC's. */
function multiply(a: bigint, b: bigint, { bits, value }: Polynomial): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = 1n << BigInt(bits - 1); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ value : shifted >> 1n;
  }
  return product;
}

const powers = new Map<string, bigint>();

/** x to the power of eight times the length: what appending so many bytes does to a CRC. */
function shiftBy(length: number, polynomial: Polynomial): bigint {
  const name = `${polynomial.bits}/${polynomial.value}/${length}`;
  const known = powers.get(name);
  if (known !== undefined) return known;
  let result = 1n << BigInt(polynomial.bits - 1);
  let square = 1n << BigInt(polynomial.bits - 9);
  for (let rest = BigInt(length); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(result, square, polynomial);
    square = multiply(square, square, polynomial);
  }
  if (powers.size > 10_000) powers.clear();
  powers.set(name, result);
  return result;
}

/** The checksum of two runs of bytes from their checksums, without their bytes. */
export function joinedCrc(algorithm: CrcAlgorithm, first: string, second: string, secondLength: number): string {
  const polynomial = polynomials[algorithm];
  const number = (base64: string): bigint => BigInt(`0x${Buffer.from(base64, "base64").toString("hex")}`);
  const joined = multiply(number(first), shiftBy(secondLength, polynomial), polynomial) ^ number(second);
  return Buffer.from(joined.toString(16).padStart(polynomial.bits / 4, "0"), "hex").toString("base64");
}

/** The checksum of the same bytes so many times over, by doubling. */
export function repeatedCrc(algorithm: CrcAlgorithm, once: string, length: number, times: number): string {
  if (times === 1) return once;
  const half = repeatedCrc(algorithm, once, length, Math.floor(times / 2));
  const even = joinedCrc(algorithm, half, half, length * Math.floor(times / 2));
  return times % 2 === 0 ? even : joinedCrc(algorithm, even, once, length);
}
