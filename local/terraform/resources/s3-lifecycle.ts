import type {
  ExpirationStatus,
  LifecycleRule,
  LifecycleRuleFilter,
  TransitionDefaultMinimumObjectSize,
  TransitionStorageClass,
} from "@aws-sdk/client-s3";
import { block, blocks, isTrue, number, positive, required, text, time } from "../reading";
import { tagsOf } from "../tags";
import type { ObjectValue } from "../values";
import { anyOf, setting } from "./s3-setting";

export const lifecycle = setting({
  missing: ["NoSuchLifecycleConfiguration"],
  defaults: { expected_bucket_owner: "", transition_default_minimum_object_size: "all_storage_classes_128K" },
  put: (s3, target, planned) =>
    s3.putBucketLifecycleConfiguration({
      ...target,
      TransitionDefaultMinimumObjectSize: anyOf<TransitionDefaultMinimumObjectSize>(
        required(planned, "transition_default_minimum_object_size"),
      ),
      LifecycleConfiguration: { Rules: blocks(planned["rule"]).map(toRule) },
    }),
  async get(s3, target, state) {
    const found = await s3.getBucketLifecycleConfiguration(target);
    const written = blocks(state["rule"]);
    return {
      expected_bucket_owner: target.ExpectedBucketOwner ?? "",
      transition_default_minimum_object_size: found.TransitionDefaultMinimumObjectSize ?? "all_storage_classes_128K",
      rule: (found.Rules ?? []).map((rule) =>
        fromRule(
          rule,
          written.find((one) => one["id"] === rule.ID),
        ),
      ),
    };
  },
  remove: (s3, target) => s3.deleteBucketLifecycle(target),
});

function toRule(rule: ObjectValue): LifecycleRule {
  const expiration = block(rule["expiration"]);
  const noncurrent = block(rule["noncurrent_version_expiration"]);
  const aborted = block(rule["abort_incomplete_multipart_upload"]);
  const prefix = text(rule["prefix"]);
  return {
    ID: required(rule, "id"),
    Status: anyOf<ExpirationStatus>(required(rule, "status")),
    ...(prefix === undefined ? { Filter: toFilter(block(rule["filter"]) ?? {}) } : { Prefix: prefix }),
    Expiration: expiration && {
      Date: date(expiration),
      Days: positive(expiration["days"]),
      ExpiredObjectDeleteMarker: isTrue(expiration["expired_object_delete_marker"]) || undefined,
    },
    NoncurrentVersionExpiration: noncurrent && {
      NoncurrentDays: number(noncurrent["noncurrent_days"]),
      NewerNoncurrentVersions: positive(noncurrent["newer_noncurrent_versions"]),
    },
    AbortIncompleteMultipartUpload: aborted && { DaysAfterInitiation: positive(aborted["days_after_initiation"]) },
    Transitions: blocks(rule["transition"]).map((transition) => ({
      Date: date(transition),
      Days: date(transition) ? undefined : (number(transition["days"]) ?? 0),
      StorageClass: anyOf<TransitionStorageClass>(required(transition, "storage_class")),
    })),
    NoncurrentVersionTransitions: blocks(rule["noncurrent_version_transition"]).map((transition) => ({
      NoncurrentDays: number(transition["noncurrent_days"]),
      NewerNoncurrentVersions: positive(transition["newer_noncurrent_versions"]),
      StorageClass: anyOf<TransitionStorageClass>(required(transition, "storage_class")),
    })),
  };
}

/** S3 takes one condition, or several inside `And`; an empty prefix means every object. */
function toFilter(filter: ObjectValue): LifecycleRuleFilter {
  const conditions = (of: ObjectValue) => ({
    Prefix: text(of["prefix"]),
    ObjectSizeGreaterThan: positive(of["object_size_greater_than"]),
    ObjectSizeLessThan: positive(of["object_size_less_than"]),
  });
  const and = block(filter["and"]);
  const tag = block(filter["tag"]);
  if (and) {
    const tags = Object.entries(tagsOf(and["tags"]));
    return { And: { ...conditions(and), Tags: tags.map(([Key, Value]) => ({ Key, Value })) } };
  }
  if (tag) return { Tag: { Key: required(tag, "key"), Value: text(tag["value"]) ?? "" } };
  const only = conditions(filter);
  const given = Object.values(only).some((condition) => condition !== undefined);
  return given ? only : { Prefix: "" };
}

/** Computed attributes inside are never null: core would show each of them as unknown in every later plan. */
function fromRule(rule: LifecycleRule, written: ObjectValue | undefined): ObjectValue {
  const { Expiration: expiration, NoncurrentVersionExpiration: noncurrent } = rule;
  const aborted = rule.AbortIncompleteMultipartUpload;
  // What S3 returns for a rule without a filter is the filter of everything; it is shown only if it was written.
  const showsFilter = rule.Filter && (!written || blocks(written["filter"]).length > 0);
  return {
    id: rule.ID ?? "",
    status: rule.Status ?? "",
    prefix: rule.Prefix ?? "",
    filter: showsFilter && rule.Filter ? [fromFilter(rule.Filter)] : [],
    expiration: expiration
      ? [
          {
            date: time(expiration.Date),
            days: expiration.Days ?? 0,
            expired_object_delete_marker: expiration.ExpiredObjectDeleteMarker ?? false,
          },
        ]
      : [],
    noncurrent_version_expiration: noncurrent
      ? [
          {
            noncurrent_days: noncurrent.NoncurrentDays ?? null,
            newer_noncurrent_versions: noncurrent.NewerNoncurrentVersions ?? null,
          },
        ]
      : [],
    abort_incomplete_multipart_upload: aborted ? [{ days_after_initiation: aborted.DaysAfterInitiation ?? null }] : [],
    transition: (rule.Transitions ?? []).map(({ Date: at, Days, StorageClass }) => ({
      date: time(at),
      days: Days ?? 0,
      storage_class: StorageClass ?? "",
    })),
    noncurrent_version_transition: (rule.NoncurrentVersionTransitions ?? []).map((transition) => ({
      noncurrent_days: transition.NoncurrentDays ?? null,
      newer_noncurrent_versions: transition.NewerNoncurrentVersions ?? null,
      storage_class: transition.StorageClass ?? "",
    })),
  };
}

function fromFilter({ And, Tag, Prefix, ObjectSizeGreaterThan, ObjectSizeLessThan }: LifecycleRuleFilter): ObjectValue {
  return {
    prefix: Prefix ?? "",
    object_size_greater_than: ObjectSizeGreaterThan ?? 0,
    object_size_less_than: ObjectSizeLessThan ?? 0,
    tag: Tag ? [{ key: Tag.Key ?? "", value: Tag.Value ?? "" }] : [],
    and: And
      ? [
          {
            prefix: And.Prefix ?? "",
            object_size_greater_than: And.ObjectSizeGreaterThan ?? 0,
            object_size_less_than: And.ObjectSizeLessThan ?? 0,
            tags: And.Tags ? Object.fromEntries(And.Tags.map(({ Key, Value }) => [Key ?? "", Value ?? ""])) : null,
          },
        ]
      : [],
  };
}

function date(of: ObjectValue): Date | undefined {
  const given = text(of["date"]);
  return given === undefined ? undefined : new Date(given);
}
