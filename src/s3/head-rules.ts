import { type Checksum, type ChecksumAlgorithm, checksumAlgorithms, type Encryption, type Lock } from "./object-store";
import { required } from "./shapes";

/** What the encryption headers of HeadObject say. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export interface EncryptionFields {
  readonly algorithm: string | undefined;
  readonly keyArn: string | undefined;
  readonly bucketKey: boolean;
  readonly customerAlgorithm: string | undefined;
  readonly customerKeyMd5: string | undefined;
}

export function encryptionOf(fields: EncryptionFields): Encryption {
  const { algorithm, keyArn, bucketKey, customerAlgorithm, customerKeyMd5 } = fields;
  if (customerAlgorithm !== undefined) return { is: "customer", keyMd5: customerKeyMd5 };
  switch (algorithm) {
    case undefined:
      return { is: "none" };
    case "AES256":
      return { is: "AES256" };
    case "aws:kms":
      return { is: "aws:kms", keyArn: required(keyArn, "KMS key"), bucketKey };
    case "aws:kms:dsse":
      return { is: "aws:kms:dsse", keyArn: required(keyArn, "KMS key") };
    default:
      throw new Error(`S3 shows the encryption ${algorithm}, which this program does not know`);
  }
}

/** @param until milliseconds since the epoch */
export function lockOf(
  mode: string | undefined,
  until: number | undefined,
  hold: string | undefined,
): Lock | undefined {
  const legalHold = hold === "ON";
  if (mode !== undefined && until !== undefined) return { retention: { mode, until }, legalHold };
  return legalHold ? { legalHold } : undefined;
}

/** A restored object has its bytes again until the restore expires. */
export const isArchived = (
  storageClass: string | undefined,
  archiveStatus: string | undefined,
  restore: string | undefined,
): boolean =>
  archiveStatus !== undefined ||
  ((storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE") && !restore?.includes('ongoing-request="false"'));

/** S3 shows one checksum of an object or a part. */
export function shownChecksum(
  shown: (algorithm: ChecksumAlgorithm) => string | undefined,
): Pick<Checksum, "algorithm" | "value"> | undefined {
  for (const algorithm of checksumAlgorithms) {
    const value = shown(algorithm);
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}

export function checksumOf(found: ReturnType<typeof shownChecksum>, type: string | undefined): Checksum | undefined {
  if (!found) return undefined;
  // Objects from before 2024 have no type; a composite value ends in the number of parts.
  const composite = type === undefined ? found.value.includes("-") : type === "COMPOSITE";
  return { ...found, type: composite ? "COMPOSITE" : "FULL_OBJECT" };
}
