import type {
  GetObjectLegalHoldOutput,
  GetObjectLegalHoldRequest,
  GetObjectRetentionOutput,
  GetObjectRetentionRequest,
  ObjectLockLegalHoldStatus,
  ObjectLockRetention,
  PutObjectLegalHoldOutput,
  PutObjectLegalHoldRequest,
  PutObjectRetentionOutput,
  PutObjectRetentionRequest,
} from "@aws-sdk/client-s3";
import { AwsError, type Context } from "../service";
import { type Addressed, authorizeInput, isAllowed } from "./access";
import { invalidArgument, invalidRequest, lockedByObjectLock, malformedXml } from "./errors";
import type { Bucket, StoredObject } from "./state";
import { changeObject, findObjectForAttributes } from "./versions";

export const locksObjects = (bucket: Bucket): boolean => bucket.settings.objectLock?.ObjectLockEnabled === "Enabled";

function checkBucketLocks(bucket: Bucket): void {
  if (!locksObjects(bucket)) throw invalidRequest("Bucket is missing Object Lock Configuration");
}

export interface LockHeaders {
  readonly ObjectLockMode?: string;
  readonly ObjectLockRetainUntilDate?: Date;
  readonly ObjectLockLegalHoldStatus?: ObjectLockLegalHoldStatus;
}

export interface Lock {
  readonly retention?: ObjectLockRetention;
  readonly legalHold?: ObjectLockLegalHoldStatus;
}

/** The lock of a new object: what the request says, else the bucket's default retention. */
export function lockOf(context: Context, bucket: Bucket, headers: LockHeaders): Lock {
  const retention = requestedRetention(context, bucket, headers) ?? defaultRetention(context, bucket);
  if (headers.ObjectLockLegalHoldStatus !== undefined) checkBucketLocks(bucket);
  return { retention, legalHold: headers.ObjectLockLegalHoldStatus };
}

function requestedRetention(context: Context, bucket: Bucket, headers: LockHeaders): ObjectLockRetention | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = headers;
  if (mode === undefined && until === undefined) return undefined;
  if (mode === undefined || until === undefined) {
    throw invalidArgument(
      "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
      mode === undefined ? "x-amz-object-lock-mode" : "x-amz-object-lock-retain-until-date",
    );
  }
  if (mode !== "GOVERNANCE" && mode !== "COMPLIANCE") {
    throw invalidArgument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode);
  }
  checkBucketLocks(bucket);
  checkFuture(context, until, "x-amz-object-lock-retain-until-date");
  return { Mode: mode, RetainUntilDate: until };
}

function checkFuture(context: Context, until: Date, argument: string): void {
  if (until.getTime() > context.now) return;
  throw invalidArgument("The retain until date must be in the future!", argument, until.toString());
}

function defaultRetention(context: Context, bucket: Bucket): ObjectLockRetention | undefined {
  const rule = bucket.settings.objectLock?.Rule?.DefaultRetention;
  if (!locksObjects(bucket) || !rule?.Mode) return undefined;
  const until = new Date(context.now);
  if (rule.Years) until.setUTCFullYear(until.getUTCFullYear() + rule.Years);
  else until.setUTCDate(until.getUTCDate() + (rule.Days ?? 0));
  return { Mode: rule.Mode, RetainUntilDate: until };
}

const retainedUntil = ({ retention }: StoredObject): number => retention?.RetainUntilDate?.getTime() ?? 0;

/** Retained or held at this moment, whoever asks. */
export const isLocked = (context: Context, object: StoredObject): boolean =>
  object.legalHold === "ON" || retainedUntil(object) > context.now;

/** @throws AwsError 403 unless the version may be removed for good. User Guide, "Object Lock". */
export function checkRemovable(context: Context, object: StoredObject, bypassGovernance: boolean): void {
  if (!isLocked(context, object)) return;
  const governed = object.legalHold !== "ON" && object.retention?.Mode === "GOVERNANCE";
  if (!governed || !bypassGovernance) throw lockedByObjectLock();
}

/** Whether the request bypasses governance; without the permission it does not, silently. */
export const bypassesGovernance = (
  context: Context,
  bucket: Bucket,
  key: string,
  input: { readonly BypassGovernanceRetention?: boolean; readonly VersionId?: string },
): boolean =>
  input.BypassGovernanceRetention === true &&
  isAllowed(context, bucket, {
    action: "s3:BypassGovernanceRetention",
    bucket: bucket.name,
    key,
    versionId: input.VersionId,
  });

function lockedObject(
  context: Context,
  input: Addressed,
  action: string,
): { readonly bucket: Bucket; readonly object: StoredObject } {
  const key = input.Key ?? "";
  const bucket = authorizeInput(context, action, input);
  const method = action.startsWith("s3:Get") ? "GET" : "PUT";
  const object = findObjectForAttributes(bucket, key, input.VersionId, method);
  checkBucketLocks(bucket);
  return { bucket, object };
}

const neverSet = (): AwsError =>
  new AwsError("NoSuchObjectLockConfiguration", 404, "The specified object does not have a ObjectLock configuration");

export function getObjectRetention(context: Context, input: GetObjectRetentionRequest): GetObjectRetentionOutput {
  const { object } = lockedObject(context, input, "s3:GetObjectRetention");
  if (!object.retention) throw neverSet();
  return { Retention: object.retention };
}

/** A lock may be prolonged by anyone who may set one, but shortened or taken away only under governance and with a bypass. */
export function putObjectRetention(context: Context, input: PutObjectRetentionRequest): PutObjectRetentionOutput {
  const { bucket, object } = lockedObject(context, input, "s3:PutObjectRetention");
  const { Mode: mode, RetainUntilDate: until } = input.Retention ?? {};
  const removes = mode === undefined && until === undefined;
  if (!removes && (until === undefined || (mode !== "GOVERNANCE" && mode !== "COMPLIANCE"))) throw malformedXml();
  if (until) checkFuture(context, until, "RetainUntilDate");
  const inForce = retainedUntil(object) > context.now;
  const weaker =
    removes ||
    (until?.getTime() ?? 0) < retainedUntil(object) ||
    (mode !== object.retention?.Mode && mode !== "COMPLIANCE");
  if (inForce && weaker) {
    const bypass = bypassesGovernance(context, bucket, object.key, input);
    if (object.retention?.Mode === "COMPLIANCE" || !bypass) throw lockedByObjectLock();
  }
  changeObject(bucket, object, { retention: removes ? undefined : { Mode: mode, RetainUntilDate: until } });
  return {};
}

export function getObjectLegalHold(context: Context, input: GetObjectLegalHoldRequest): GetObjectLegalHoldOutput {
  const { object } = lockedObject(context, input, "s3:GetObjectLegalHold");
  if (!object.legalHold) throw neverSet();
  return { LegalHold: { Status: object.legalHold } };
}

export function putObjectLegalHold(context: Context, input: PutObjectLegalHoldRequest): PutObjectLegalHoldOutput {
  const status = input.LegalHold?.Status;
  if (status !== "ON" && status !== "OFF") throw malformedXml();
  const { bucket, object } = lockedObject(context, input, "s3:PutObjectLegalHold");
  changeObject(bucket, object, { legalHold: status });
  return {};
}
