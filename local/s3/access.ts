import type { Grant, Permission } from "@aws-sdk/client-s3";
import { accessDenied as refusal } from "../identity/access-denied";
import { type AccessRequest, type Decision, decide } from "../identity/authorize";
import { parsed } from "../identity/policies";
import type { Conditions } from "../identity/request-keys";
import { AwsError, type Context } from "../service";
import { bucketArn, objectArn } from "./arns";
import { accessDenied } from "./errors";
import { grantsAllow } from "./grants";
import { isPublic } from "./public-policy";
import { requestConditions } from "./request-conditions";
import type { Bucket, StoredObject, Version } from "./state";
import { findBucket, findObject, findVersion } from "./versions";

export interface S3AccessRequest {
  /** `s3:GetObject` */
  readonly action: string;
  readonly bucket: string | undefined;
  readonly key?: string;
  readonly versionId?: string;
  /** Called when a policy asks for a key. */
  readonly conditions?: () => Conditions;
  /** `x-amz-expected-bucket-owner` */
  readonly expectedBucketOwner?: string;
  /** A copy's source may be in another region than the endpoint. */
  readonly anyRegion?: true;
}

/**
 * Finds the bucket and makes sure that the caller may do this to it, or to its key.
 *
 * @throws AwsError 404 NoSuchBucket; 301 PermanentRedirect where the bucket is in another region;
 *   403 AccessDenied, by policy or because the bucket has another owner than expected
 */
export function authorizeS3(context: Context, request: S3AccessRequest): Bucket {
  const bucket = reachBucket(context, request);
  const { asked, decision } = decideS3(context, bucket, request);
  if (decision.is !== "allowed") throw refusal(context.caller, asked, decision);
  return bucket;
}

/** What inputs have of where they go, as far as the operation has it. */
export interface Addressed {
  readonly Bucket: string | undefined;
  readonly Key?: string;
  readonly VersionId?: string;
  readonly ExpectedBucketOwner?: string;
}

/** As `authorizeS3`, with all that an operation's input says to policies. */
export const authorizeInput = (
  context: Context,
  action: string,
  input: Addressed,
  conditions: () => Conditions = () => ({}),
): Bucket =>
  authorizeS3(context, {
    action,
    bucket: input.Bucket,
    key: input.Key,
    versionId: input.VersionId,
    conditions: () => ({ ...requestConditions(context, input), ...conditions() }),
    expectedBucketOwner: input.ExpectedBucketOwner,
  });

/** Finds the bucket, in the region and of the owner that the request names: what `authorizeS3` does first. */
export function reachBucket(context: Context, request: Omit<S3AccessRequest, "action">): Bucket {
  const bucket = findBucket(context, request.bucket);
  if (!request.anyRegion) checkRegion(context, bucket);
  checkOwner(bucket, request.expectedBucketOwner);
  return bucket;
}

/** Whether the caller may, without an error: ListBucket decides what a missing key looks like. */
export const isAllowed = (context: Context, bucket: Bucket, request: S3AccessRequest): boolean =>
  decideS3(context, bucket, request).decision.is === "allowed";

/** As `findObject`, but only who may list the bucket learns that a key is missing. API Reference, GetObject, "Permissions". */
export function findReadable(
  context: Context,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  method: string,
): StoredObject {
  try {
    return findObject(bucket, key, versionId, method);
  } catch (error) {
    const missing = error instanceof AwsError && error.status === 404;
    const mayList = isAllowed(context, bucket, { action: "s3:ListBucket", bucket: bucket.name });
    throw missing && !mayList ? accessDenied() : error;
  }
}

function checkRegion(context: Context, bucket: Bucket): void {
  if (context.region === bucket.region || context.signature.type === "none") return;
  const message =
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";
  const fields = { Endpoint: `${bucket.name}.s3.${bucket.region}.amazonaws.com`, Bucket: bucket.name };
  throw new AwsError("PermanentRedirect", 301, message, fields, { "x-amz-bucket-region": bucket.region });
}

function checkOwner(bucket: Bucket, expected: string | undefined): void {
  if (expected === undefined) return;
  if (!/^\d{12}$/.test(expected)) {
    const message = `The value of the expected bucket owner parameter must be an AWS Account ID... [${expected}]`;
    throw new AwsError("InvalidBucketOwnerAWSAccountID", 400, message);
  }
  if (expected !== bucket.account) throw accessDenied();
}

/**
 * Policies, then ACLs where the bucket has not turned them off.
 *
 * An object that another account wrote into a bucket with ACLs is that account's: the bucket's policy can only deny
 * there, and access comes from the object's ACL. User Guide, "How Amazon S3 authorizes a request".
 */
function decideS3(
  context: Context,
  bucket: Bucket,
  request: S3AccessRequest,
): { asked: AccessRequest; decision: Decision } {
  const object = request.key === undefined ? undefined : findVersion(bucket, request.key, request.versionId);
  const asked: AccessRequest = {
    action: request.action,
    resource: request.key === undefined ? bucketArn(bucket) : objectArn(bucket, request.key),
    resourceAccount: bucket.account,
    resourcePolicy: policyFor(context, bucket),
    conditions: () => ({ ...s3Conditions(context, bucket), ...tagConditions(object), ...request.conditions?.() }),
  };
  const byPolicy = decide(context, asked);
  if (byPolicy.is === "explicitDeny" || bucket.settings.ownership === "BucketOwnerEnforced") {
    return { asked, decision: byPolicy };
  }
  const foreign = object && object.owner !== bucket.account && objectPermissions[request.action] !== undefined;
  const owned = foreign ? { ...asked, resourceAccount: object.owner, resourcePolicy: undefined } : asked;
  const decision = foreign ? decide(context, owned) : byPolicy;
  const granted = decision.is === "implicitDeny" && aclAllows(context, bucket, object, request.action);
  return { asked: owned, decision: granted ? withIdentity(context, asked) : decision };
}

/** A public policy lets nobody in from outside while `RestrictPublicBuckets` is on, but for AWS's services. */
function policyFor({ caller }: Context, { account, settings }: Bucket): string | undefined {
  const { policy, publicAccessBlock } = settings;
  const inside = caller.is === "service" || ("account" in caller && caller.account === account);
  if (policy === undefined || inside || !publicAccessBlock?.RestrictPublicBuckets) return policy;
  return isPublic(parsed(policy)) ? undefined : policy;
}

/** An ACL grants to an account; its users still need their own policies. */
function withIdentity(context: Context, asked: AccessRequest): Decision {
  const { caller } = context;
  if (caller.is === "anonymous" || caller.is === "service") return { is: "allowed" };
  return decide(context, { ...asked, resourceAccount: caller.account, resourcePolicy: undefined });
}

/** What an object's ACL can allow. User Guide, "Access control list (ACL) overview", "Mapping of ACL permissions". */
const objectPermissions: Readonly<Record<string, Permission>> = {
  "s3:GetObject": "READ",
  "s3:GetObjectVersion": "READ",
  "s3:GetObjectAcl": "READ_ACP",
  "s3:GetObjectVersionAcl": "READ_ACP",
  "s3:PutObjectAcl": "WRITE_ACP",
  "s3:PutObjectVersionAcl": "WRITE_ACP",
};

const bucketPermissions: Readonly<Record<string, Permission>> = {
  "s3:ListBucket": "READ",
  "s3:ListBucketVersions": "READ",
  "s3:ListBucketMultipartUploads": "READ",
  "s3:PutObject": "WRITE",
  "s3:DeleteObject": "WRITE",
  "s3:GetBucketAcl": "READ_ACP",
  "s3:PutBucketAcl": "WRITE_ACP",
};

function aclAllows(context: Context, bucket: Bucket, object: Version | undefined, action: string): boolean {
  const account = "account" in context.caller ? context.caller.account : undefined;
  const ignorePublic = bucket.settings.publicAccessBlock?.IgnorePublicAcls === true;
  const allows = (grants: readonly Grant[], permission: Permission | undefined): boolean =>
    permission !== undefined && grantsAllow(grants, permission, account, ignorePublic);
  const onObject = object?.is === "object" ? object.grants : [];
  return allows(onObject, objectPermissions[action]) || allows(bucket.settings.grants, bucketPermissions[action]);
}

const authenticationTypes = { header: "REST-HEADER", query: "REST-QUERY-STRING", none: undefined } as const;

function s3Conditions(context: Context, bucket: Bucket): Conditions {
  const { type, ageMilliseconds } = context.signature;
  return {
    "s3:ResourceAccount": bucket.account,
    "s3:authType": authenticationTypes[type],
    "s3:signatureversion": type === "none" ? undefined : "AWS4-HMAC-SHA256",
    "s3:signatureAge": ageMilliseconds === undefined ? undefined : String(ageMilliseconds),
    "s3:TlsVersion": context.secure ? "1.3" : undefined,
    "s3:x-amz-content-sha256": context.request.headers["x-amz-content-sha256"],
  };
}

const tagConditions = (object: Version | undefined): Conditions =>
  object?.is === "object"
    ? Object.fromEntries(object.tags.map((tag) => [`s3:ExistingObjectTag/${tag.Key}`, tag.Value]))
    : {};
