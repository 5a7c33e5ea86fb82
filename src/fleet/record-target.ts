import { z } from "zod";
import { algorithms, type EncryptionTarget } from "./fleet";

/** A target in the records of preflight and audit, with every field said. */
export const recordTarget = z.strictObject({
  algorithm: z.enum(algorithms),
  /** Null with AES256. */
  keyArn: z.string().nullable(),
  /** True only with aws:kms. */
  bucketKey: z.boolean(),
});
export type RecordTarget = z.infer<typeof recordTarget>;

/** A target with every field said, as records have it. */
export const targetOfRecord = (wanted: EncryptionTarget): RecordTarget => ({
  algorithm: wanted.algorithm,
  keyArn: wanted.algorithm === "AES256" ? null : wanted.keyArn,
  bucketKey: wanted.algorithm === "aws:kms" && wanted.bucketKey,
});

/**
 * Whether a bucket's default encryption, as S3 shows it, is the target. S3 keeps a key id or an alias as it was put, and
 * finds the key in the account of whoever writes: neither is the target's ARN.
 */
export function isDefaultOf(found: RecordTarget, target: EncryptionTarget): boolean {
  const { algorithm, keyArn, bucketKey } = targetOfRecord(target);
  return (
    found.algorithm === algorithm &&
    found.keyArn === keyArn &&
    (algorithm !== "aws:kms" || found.bucketKey === bucketKey)
  );
}
