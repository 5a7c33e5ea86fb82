import type { Json, PolicyDocument } from "../fleet/policy";
import { childOf } from "./json";
import type { Value } from "./normalise";
import { type Phrase, phrase } from "./phrase";
import { policyIn } from "./statements";
import type { ResourceChange } from "./terraform-plan";

export type Side = "before" | "after";

/** An attribute before or after the apply, marks first: what is sensitive or not known is never looked at. */
export function attribute(change: ResourceChange, side: Side, ...path: readonly (string | number)[]): Value {
  let value: Json | undefined = side === "before" ? change.before : change.after;
  let unknown: Json | undefined = side === "before" ? false : change.unknown;
  let sensitive: Json | undefined = side === "before" ? change.sensitiveBefore : change.sensitiveAfter;
  for (const name of path) {
    if (sensitive === true || unknown === true) break;
    value = childOf(value, name);
    unknown = childOf(unknown, name);
    sensitive = childOf(sensitive, name);
  }
  if (sensitive === true) return { is: "sensitive" };
  if (unknown === true) return { is: "unknown" };
  return value === undefined || value === null ? { is: "absent" } : { is: "known", value };
}

export const knownText = (value: Value): string | undefined =>
  value.is === "known" && typeof value.value === "string" ? value.value : undefined;

export const isKnown = (value: Value, wanted: Json): boolean => value.is === "known" && value.value === wanted;

/** As a reviewer reads it. */
export function shownValue(value: Value): Phrase {
  switch (value.is) {
    case "absent":
      return phrase`not set`;
    case "unknown":
      return phrase`(known after the apply)`;
    case "sensitive":
      return phrase`(sensitive)`;
    case "known":
      return phrase`${typeof value.value === "string" ? value.value : JSON.stringify(value.value)}`;
  }
}

/** The policy in an attribute, or why there is none to be read. */
export type Policy =
  | { readonly is: "policy"; readonly document: PolicyDocument | null }
  | { readonly is: "unknown" | "sensitive" | "unreadable" };

export function policyAttribute(change: ResourceChange, side: Side, name = "policy"): Policy {
  const value = attribute(change, side, name);
  if (value.is === "unknown" || value.is === "sensitive") return value;
  const document = policyIn(value.is === "known" ? value.value : null);
  return document === undefined ? { is: "unreadable" } : { is: "policy", document };
}

const rule = ["rule", 0] as const;
const byDefault = [...rule, "apply_server_side_encryption_by_default", 0] as const;

export interface Encryption {
  readonly algorithm: Value;
  readonly keyArn: Value;
  readonly bucketKey: Value;
}

/** The default encryption in an `aws_s3_bucket_server_side_encryption_configuration`, which has one rule. */
export const encryptionIn = (change: ResourceChange, side: Side): Encryption => ({
  algorithm: attribute(change, side, ...byDefault, "sse_algorithm"),
  keyArn: attribute(change, side, ...byDefault, "kms_master_key_id"),
  bucketKey: attribute(change, side, ...rule, "bucket_key_enabled"),
});

/** The bucket that a setting is of, which is always known: it is in the fleet or made from its account's id. */
export const bucketOfChange = (change: ResourceChange): string | undefined =>
  knownText(attribute(change, "after", "bucket")) ?? knownText(attribute(change, "before", "bucket"));
