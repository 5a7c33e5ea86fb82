import type { Checksum } from "@aws-sdk/client-s3";
import { type Checksummed, checksum, checksumAlgorithms, isChecksumAlgorithm } from "../http/checksums";
import { type Body, digestOf, type Extent } from "./bodies";
import { isCrc, joinedCrc, repeatedCrc } from "./crc";
import { invalidRequest } from "./errors";
import type { StoredChecksum } from "./state";

const remembered = new WeakMap<readonly Extent[], Map<Checksummed, string>>();

/** The body's checksum in base64, remembered with its extents. CRCs of extents are joined, so that repetitions cost nothing. */
export function checksumOf(body: Body, algorithm: Checksummed): string {
  const known = remembered.get(body.extents) ?? new Map<Checksummed, string>();
  remembered.set(body.extents, known);
  const value = known.get(algorithm) ?? computed(body, algorithm);
  known.set(algorithm, value);
  return value;
}

function computed(body: Body, algorithm: Checksummed): string {
  if (!isCrc(algorithm)) return digestOf(body, algorithm.toLowerCase()).toString("base64");
  const [first, ...others] = body.extents.map(({ bytes, repeat }) => ({
    value: repeatedCrc(algorithm, checksum(algorithm, bytes), bytes.length, repeat),
    length: bytes.length * repeat,
  }));
  if (!first) return checksum(algorithm, new Uint8Array());
  return others.reduce((sum, next) => joinedCrc(algorithm, sum, next.value, next.length), first.value);
}

/** @throws AwsError InvalidRequest for an algorithm that S3 does not compute */
export function checksumAlgorithm(name: string | undefined): Checksummed | undefined {
  if (name === undefined || isChecksumAlgorithm(name)) return name;
  throw invalidRequest(
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
  );
}

export type ChecksumFields = Pick<Checksum, `Checksum${Checksummed}`>;

export const checksumField = (algorithm: Checksummed, value: string | undefined): ChecksumFields =>
  value === undefined ? {} : { [`Checksum${algorithm}`]: value };

/** The checksum that a request carries; it has been compared with the bytes already. */
export function sentChecksum(input: ChecksumFields): { algorithm: Checksummed; value: string } | undefined {
  for (const algorithm of checksumAlgorithms) {
    const value = input[`Checksum${algorithm}`];
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}

export const fullObjectChecksum = (body: Body, algorithm: Checksummed): StoredChecksum => ({
  algorithm,
  type: "FULL_OBJECT",
  value: checksumOf(body, algorithm),
});

/** What PutObject stores: the checksum that was sent, else CRC64NVME. User Guide, "Checking object integrity for data uploads". */
export function uploadChecksum(input: ChecksumFields, body: Body): StoredChecksum {
  const sent = sentChecksum(input);
  return sent ? { ...sent, type: "FULL_OBJECT" } : fullObjectChecksum(body, "CRC64NVME");
}

export const shownChecksum = (stored: StoredChecksum | undefined): Checksum =>
  stored ? { ...checksumField(stored.algorithm, stored.value), ChecksumType: stored.type } : {};
