import { randomUUID } from "node:crypto";
import type {
  DeleteBucketLifecycleRequest,
  DeleteBucketOwnershipControlsRequest,
  GetBucketAclOutput,
  GetBucketAclRequest,
  GetBucketLifecycleConfigurationOutput,
  GetBucketLifecycleConfigurationRequest,
  GetBucketOwnershipControlsOutput,
  GetBucketOwnershipControlsRequest,
  LifecycleRule,
  LifecycleRuleFilter,
  PutBucketAclRequest,
  PutBucketLifecycleConfigurationOutput,
  PutBucketLifecycleConfigurationRequest,
  PutBucketOwnershipControlsRequest,
} from "@aws-sdk/client-s3";
import { AwsError, type Context } from "../service";
import { canonicalUserId } from "./arns";
import { bucketFor } from "./bucket-access";
import { aclsAreOff, isOwnership } from "./buckets";
import { invalidArgument, invalidRequest, malformedXml } from "./errors";
import { checkAclAllowed, ownerOnly, requestedGrants } from "./grants";

export function getBucketAcl(context: Context, input: GetBucketAclRequest): GetBucketAclOutput {
  const { account, settings } = bucketFor(context, "s3:GetBucketAcl", input);
  const off = settings.ownership === "BucketOwnerEnforced" || settings.grants.length === 0;
  return { Owner: { ID: canonicalUserId(account) }, Grants: off ? [...ownerOnly(account)] : settings.grants };
}

export function putBucketAcl(context: Context, input: PutBucketAclRequest): void {
  const bucket = bucketFor(context, "s3:PutBucketAcl", input);
  const grants = requestedGrants(input, bucket.account, bucket.account);
  if (!grants) {
    const fields = { MissingHeaderName: "x-amz-acl" };
    throw new AwsError("MissingSecurityHeader", 400, "Your request was missing a required header", fields);
  }
  checkAclAllowed(bucket, input, grants);
  bucket.settings.grants = [...grants];
}

export function putBucketOwnershipControls(context: Context, input: PutBucketOwnershipControlsRequest): void {
  const { account, settings } = bucketFor(context, "s3:PutBucketOwnershipControls", input);
  const [rule, ...more] = input.OwnershipControls?.Rules ?? [];
  if (!rule || more.length > 0 || !isOwnership(rule.ObjectOwnership)) throw malformedXml();
  const others = settings.grants.some(({ Grantee }) => Grantee?.ID !== canonicalUserId(account));
  if (rule.ObjectOwnership === "BucketOwnerEnforced" && others) throw aclsAreOff();
  settings.ownership = rule.ObjectOwnership;
}

export function getBucketOwnershipControls(
  context: Context,
  input: GetBucketOwnershipControlsRequest,
): GetBucketOwnershipControlsOutput {
  const { name, settings } = bucketFor(context, "s3:GetBucketOwnershipControls", input);
  if (settings.ownership) return { OwnershipControls: { Rules: [{ ObjectOwnership: settings.ownership }] } };
  const message = "The bucket ownership controls were not found";
  throw new AwsError("OwnershipControlsNotFoundError", 404, message, { BucketName: name });
}

export function deleteBucketOwnershipControls(context: Context, input: DeleteBucketOwnershipControlsRequest): void {
  delete bucketFor(context, "s3:PutBucketOwnershipControls", input).settings.ownership;
}

const defaultMinimumSize = "all_storage_classes_128K";

const isFilter = ({ Prefix, Tag, ObjectSizeGreaterThan, ObjectSizeLessThan, And }: LifecycleRuleFilter): boolean =>
  [Prefix, Tag, ObjectSizeGreaterThan, ObjectSizeLessThan, And].filter((part) => part !== undefined).length <= 1;

function checkRule(rule: LifecycleRule): void {
  const { Status, Filter, Prefix, Expiration } = rule;
  const actions = [
    Expiration,
    rule.Transitions,
    rule.NoncurrentVersionExpiration,
    rule.NoncurrentVersionTransitions,
    rule.AbortIncompleteMultipartUpload,
  ];
  const noncurrentDays = rule.NoncurrentVersionExpiration;
  if (
    (Status !== "Enabled" && Status !== "Disabled") ||
    (Filter === undefined) === (Prefix === undefined) ||
    (Filter && !isFilter(Filter)) ||
    actions.every((action) => action === undefined) ||
    (Expiration &&
      [Expiration.Days, Expiration.Date, Expiration.ExpiredObjectDeleteMarker].filter((part) => part !== undefined)
        .length !== 1) ||
    (noncurrentDays && noncurrentDays.NoncurrentDays === undefined)
  ) {
    throw malformedXml();
  }
  if (Expiration?.Date && Expiration.Date.getTime() % 86_400_000 !== 0) {
    throw invalidArgument("'Date' must be at midnight GMT", "Date", Expiration.Date.toISOString());
  }
  const keys = (Filter?.And?.Tags ?? []).map((tag) => tag.Key);
  if (new Set(keys).size !== keys.length) throw invalidRequest("Duplicate Tag Keys are not allowed.");
}

/** API Reference, PutBucketLifecycleConfiguration. Rules are kept and shown; nothing expires by them here. */
export function putBucketLifecycleConfiguration(
  context: Context,
  input: PutBucketLifecycleConfigurationRequest,
): PutBucketLifecycleConfigurationOutput {
  const { settings } = bucketFor(context, "s3:PutLifecycleConfiguration", input);
  const size = input.TransitionDefaultMinimumObjectSize ?? defaultMinimumSize;
  if (size !== defaultMinimumSize && size !== "varies_by_storage_class") {
    throw invalidRequest(`Invalid TransitionDefaultMinimumObjectSize found: ${String(size)}`);
  }
  const rules = input.LifecycleConfiguration?.Rules ?? [];
  if (rules.length === 0 || rules.length > 1000) throw malformedXml();
  for (const rule of rules) checkRule(rule);
  const named = rules.map((rule) => ({ ...rule, ID: rule.ID || randomUUID() }));
  if (new Set(named.map((rule) => rule.ID)).size !== named.length) {
    throw invalidArgument("Rule ID must be unique. Found same ID for more than one rule", "ID");
  }
  settings.lifecycle = { Rules: named };
  settings.lifecycleMinimumObjectSize = size;
  return { TransitionDefaultMinimumObjectSize: size };
}

export function getBucketLifecycleConfiguration(
  context: Context,
  input: GetBucketLifecycleConfigurationRequest,
): GetBucketLifecycleConfigurationOutput {
  const { name, settings } = bucketFor(context, "s3:GetLifecycleConfiguration", input);
  if (!settings.lifecycle) {
    const message = "The lifecycle configuration does not exist";
    throw new AwsError("NoSuchLifecycleConfiguration", 404, message, { BucketName: name });
  }
  const { lifecycle, lifecycleMinimumObjectSize } = settings;
  return { Rules: lifecycle.Rules, TransitionDefaultMinimumObjectSize: lifecycleMinimumObjectSize };
}

export function deleteBucketLifecycle(context: Context, input: DeleteBucketLifecycleRequest): void {
  const { settings } = bucketFor(context, "s3:PutLifecycleConfiguration", input);
  delete settings.lifecycle;
  delete settings.lifecycleMinimumObjectSize;
}
