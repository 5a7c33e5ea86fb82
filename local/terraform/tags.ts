import { isKnown, isObject, type ObjectValue, UNKNOWN, type Value } from "./values";

/** `tags_all`: the provider's default tags, with the resource's own on top. */
export function plannedTags(defaults: Value, own: Value): Value {
  if (!isKnown(defaults) || !isKnown(own)) return UNKNOWN;
  return { ...(isObject(defaults) ? defaults : {}), ...(isObject(own) ? own : {}) };
}

/** Both tag attributes, from what AWS has: a tag that only `default_tags` put there is not the resource's own. */
export function tagsRead(
  actual: Readonly<Record<string, string>>,
  state: ObjectValue,
  defaults: Value,
): { tags: Value; tags_all: Value } {
  const was = isObject(state["tags"]) ? state["tags"] : null;
  const inherited = isObject(defaults) ? defaults : {};
  const own = Object.entries(actual).filter(([name, value]) => inherited[name] !== value || (was && name in was));
  return { tags_all: actual, tags: own.length > 0 || was ? Object.fromEntries(own) : null };
}

/** What brings AWS's tags from `prior` to `planned`. */
export function tagChanges(planned: Value | undefined, prior: Value | undefined) {
  const [wanted, had] = [tagsOf(planned), tagsOf(prior)];
  return {
    put: Object.entries(wanted).filter(([name, value]) => had[name] !== value),
    remove: Object.keys(had).filter((name) => !(name in wanted)),
  };
}

/** A map of strings; elements that are null or unknown are left out. */
export function tagsOf(value: Value | undefined): Record<string, string> {
  const tags = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(tags.filter((tag): tag is [string, string] => typeof tag[1] === "string"));
}
