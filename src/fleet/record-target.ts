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
