import { same } from "./compare";
import type { Resource } from "./resource";
import { type Block, typesOf } from "./schema";
import { plannedTags } from "./tags";
import { isObject, mapValues, type ObjectValue, UNKNOWN, type Value } from "./values";

/** What the provider block adds to each resource. */
export interface Surroundings {
  readonly region: string;
  /** UNKNOWN while planning, if the tags depend on something that is not there yet. */
  readonly defaultTags: Value;
}

export interface Planned {
  readonly state: ObjectValue;
  /** Names of the changed arguments that force a replacement. */
  readonly replace: string[];
}

/**
 * Plans without knowing the resource: what its schema and its few declarations imply.
 * `proposed` is core's own merge of the configuration with the prior state.
 */
export function plan(
  resource: Resource,
  schema: Block,
  surroundings: Surroundings,
  prior: ObjectValue | null,
  proposed: ObjectValue,
  config: ObjectValue,
): Planned {
  const state = { ...proposed };
  for (const [name, value] of Object.entries(resource.defaults ?? {})) {
    if (config[name] === null) state[name] = value;
  }
  if ("region" in schema.attributes && config["region"] === null) state["region"] = surroundings.region;
  if ("tags_all" in schema.attributes) {
    state["tags_all"] = plannedTags(surroundings.defaultTags, config["tags"] ?? null);
  }
  if (!prior) return { state: withUnknowns(schema, state), replace: [] };

  keepEquivalent(resource, state, prior);
  const types = typesOf(schema);
  const changed = (name: string) => !same(state[name], prior[name], types[name] ?? "string");
  for (const name of Object.keys(state)) if (!changed(name)) state[name] = prior[name] ?? null;
  for (const [name, causes] of Object.entries(resource.dependent ?? {})) {
    if (config[name] === null && causes.some(changed)) state[name] = UNKNOWN;
  }
  const forcing = ["region", ...resource.forcesReplacement];
  const replace = forcing.filter(changed);
  if (!Object.keys(state).some(changed)) return { state, replace };
  // Computed attributes of the resource itself were carried over; those of a new nested block have never been known.
  return { state: withUnknowns({ attributes: {}, blocks: schema.blocks }, state), replace };
}

/** Takes the text of `kept` for every argument of `state` that means the same. */
export function keepEquivalent(resource: Resource, state: ObjectValue, kept: ObjectValue): void {
  for (const [name, equivalent] of Object.entries(resource.equivalent ?? {})) {
    const [ours, theirs] = [state[name], kept[name]];
    if (typeof ours === "string" && typeof theirs === "string" && equivalent(ours, theirs)) state[name] = theirs;
  }
}

/** What is configured, but not implemented here. Without this, a plan would promise what no apply does. */
export function unsupportedArguments(unsupported: readonly string[], config: ObjectValue): string[] {
  return unsupported.filter((name) => {
    const value = config[name];
    return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
}

/** What is computed and still null is known only after the apply. */
function withUnknowns(block: Block, value: ObjectValue): ObjectValue {
  return mapValues(value, (inner: Value, name): Value => {
    if (inner === null && block.attributes[name]?.computed) return UNKNOWN;
    const nested = block.blocks[name];
    if (!nested) return inner;
    if (Array.isArray(inner)) return inner.map((one) => (isObject(one) ? withUnknowns(nested.block, one) : one));
    return isObject(inner) ? withUnknowns(nested.block, inner) : inner;
  });
}
