import { AwsError } from "../service";
import type { Key } from "./state";

const refuse = (code: string, message: string): AwsError => new AwsError(code, 400, message);

export const validation = (message: string): AwsError => refuse("ValidationException", message);
export const notFound = (message: string): AwsError => refuse("NotFoundException", message);
export const noSuchKey = (arn: string): AwsError => notFound(`Key '${arn}' does not exist`);
export const noSuchAlias = (arn: string): AwsError => notFound(`Alias ${arn} is not found.`);
export const unsupported = (message: string): AwsError => refuse("UnsupportedOperationException", message);
export const invalidKeyUsage = (message: string): AwsError => refuse("InvalidKeyUsageException", message);
export const invalidState = (message: string): AwsError => refuse("KMSInvalidStateException", message);
export const invalidArn = (message: string): AwsError => refuse("InvalidArnException", message);
export const invalidMarker = (): AwsError => refuse("InvalidMarkerException", "");
export const invalidGrantToken = (): AwsError => refuse("InvalidGrantTokenException", "");
export const limitExceeded = (message: string): AwsError => refuse("LimitExceededException", message);
export const malformedPolicy = (message: string): AwsError => refuse("MalformedPolicyDocumentException", message);
export const alreadyExists = (message: string): AwsError => refuse("AlreadyExistsException", message);
export const tagRefused = (message: string): AwsError => refuse("TagException", message);
/** KMS says nothing about why: whoever tampers learns nothing. */
export const invalidCiphertext = (): AwsError => refuse("InvalidCiphertextException", "");
export const incorrectKey = (): AwsError =>
  refuse("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.");
export const dryRun = (): AwsError =>
  refuse("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");

/** `rotationPeriodInDays`: the member as KMS writes it. */
export const constraint = (value: unknown, member: string, must: string): AwsError =>
  validation(
    `1 validation error detected: Value ${value === undefined ? "null" : `'${value}'`} at '${member}' failed to satisfy constraint: Member must ${must}`,
  );

export function required<T>(value: T | undefined, member: string): T {
  if (value === undefined) throw constraint(undefined, member, "not be null");
  return value;
}

/** @throws AwsError ValidationException unless `least <= value <= most` */
export function inRange(value: number, member: string, least: number, most: number): number {
  if (value < least) throw constraint(value, member, `have value greater than or equal to ${least}`);
  if (value > most) throw constraint(value, member, `have value less than or equal to ${most}`);
  return value;
}

/** @throws AwsError KMSInvalidStateException while the key waits for its deletion */
export function assertNotPendingDeletion(key: Key): void {
  if (key.status.is === "pendingDeletion") throw invalidState(`${key.arn} is pending deletion.`);
}

/** @throws AwsError DisabledException, or KMSInvalidStateException while the key waits for its deletion */
export function assertEnabled(key: Key): void {
  assertNotPendingDeletion(key);
  if (key.status.is === "disabled") throw refuse("DisabledException", `${key.arn} is disabled.`);
}
