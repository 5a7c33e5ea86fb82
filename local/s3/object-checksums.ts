import type { Checksum } from "@aws-sdk/client-s3";
import { type Checksummed, checksum, checksumAlgorithms, isChecksumAlgorithm } from "../http/checksums";
import { type Body, digestOf, rememberedBy } from "./bodies";
import { isCrc, joinedCrc, repeatedCrc } from "./crc";
import { invalidRequest } from "./errors";
import type { StoredChecksum } from "./state";

/** The body's checksum in base64. CRCs of extents are joined, so that repetitions cost nothing. */
export const checksumOf = rememberedBy(computed);

function computed(body: Body, algorithm: Checksummed): string {
  if (!isCrc(algorithm)) return digestOf(body, algorithm.toLowerCase());
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
