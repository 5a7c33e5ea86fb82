import { isObject, type Json } from "../fleet/policy";
import { childOf, eitherMark } from "./json";

/** The value with null wherever the marks of what is sensitive say true. */
function withoutSensitive(value: Json, marks: Json | undefined): Json {
  if (marks === true) return null;
  if (Array.isArray(value)) return value.map((one: Json, index) => withoutSensitive(one, childOf(marks, index)));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, withoutSensitive(one, childOf(marks, name))]),
  );
}

function redactedChange(change: Json | undefined): Json {
  if (!isObject(change)) return null;
  // What is sensitive on one side only is hidden on both, as Terraform does: the secret may be the same.
  const marks = eitherMark(change["before_sensitive"], change["after_sensitive"]);
  return {
    ...change,
    before: withoutSensitive(change["before"] ?? null, marks),
    after: withoutSensitive(change["after"] ?? null, marks),
  };
}

/** Of actions that Terraform would invoke only which, and that there are any: no plan with one is judged. */
const redactedInvocations = (invocations: Json | undefined): Json =>
  Array.isArray(invocations)
    ? invocations.map((one: Json) => ({
        address: childOf(one, "address") ?? childOf(childOf(one, "action_invocation"), "address") ?? "an action",
      }))
    : [];

const redactedResources = (resources: Json | undefined): Json =>
  Array.isArray(resources)
    ? resources.map((one: Json) => (isObject(one) ? { ...one, change: redactedChange(one["change"]) } : null))
    : [];

/** Of a provider's configuration only what says which account and region it is for: the rest may hold credentials. */
function redactedProviders(configuration: Json | undefined): Json {
  const providers = childOf(configuration, "provider_config");
  if (!isObject(providers)) return {};
  return Object.fromEntries(
    Object.entries(providers).map(([name, provider]) => {
      const expressions = childOf(provider, "expressions");
      const kept = ["region", "allowed_account_ids"].flatMap((field) => {
        const value = childOf(expressions, field);
        return value === undefined ? [] : [[field, value] as const];
      });
      return [name, { expressions: Object.fromEntries(kept) }];
    }),
  );
}

/**
 * A plan's JSON for other people's eyes, in Terraform's own format: the changes, without the values that are marked as
 * sensitive, and without the state, the variables and the configuration, which hold them once more unmarked.
 */
export function redacted(plan: Json): Json {
  if (!isObject(plan)) return null;
  const outputs = plan["output_changes"];
  return {
    format_version: plan["format_version"] ?? null,
    terraform_version: plan["terraform_version"] ?? null,
    applyable: plan["applyable"] ?? null,
    complete: plan["complete"] ?? true,
    errored: plan["errored"] ?? false,
    resource_changes: redactedResources(plan["resource_changes"]),
    resource_drift: redactedResources(plan["resource_drift"]),
    action_invocations: redactedInvocations(plan["action_invocations"]),
    deferred_action_invocations: redactedInvocations(plan["deferred_action_invocations"]),
    output_changes: isObject(outputs)
      ? Object.fromEntries(Object.entries(outputs).map(([name, change]) => [name, redactedChange(change)]))
      : {},
    configuration: { provider_config: redactedProviders(plan["configuration"]) },
  };
}
