import type { Type } from "./schema";
import { isKnown, isObject, mapValues, UNKNOWN, type Value } from "./values";

/**
 * Equality by type: the order of a set does not count, unknown equals only unknown, and zero values equal null,
 * as for hashicorp/aws, whose SDK cannot tell an argument that is left out from one that is zero.
 */
export const same = (a: Value | undefined, b: Value | undefined, type: Type): boolean =>
  canonical(a, type) === canonical(b, type);

function canonical(value: Value | undefined, type: Type): string {
  if (value === UNKNOWN) return "unknown";
  if (!value) return "null";
  if (Array.isArray(value)) {
    const elements = value.map((one) => canonical(one, elementOf(type)));
    if (type[0] === "set") elements.sort();
    return elements.length === 0 ? "null" : `[${elements.join()}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  const fields = names.map((name) => `${JSON.stringify(name)}:${canonical(value[name], elementOf(type, name))}`);
  const isMap = type[0] === "map";
  const given = isMap ? fields : fields.filter((field) => !field.endsWith(":null"));
  return isMap && given.length === 0 ? "null" : `{${given.join()}}`;
}

/** Fills what was unknown in the plan from what was read after the apply; what was known stays, since core insists on it. */
export function fill(planned: Value, actual: Value | undefined, type: Type): Value {
  if (planned === UNKNOWN) return actual ?? null;
  if (isKnown(planned)) return planned;
  if (Array.isArray(planned)) {
    const rest = Array.isArray(actual) ? [...actual] : [];
    const take = (one: Value): Value | undefined => {
      const at = type[0] === "set" ? rest.findIndex((candidate) => matches(one, candidate, elementOf(type))) : 0;
      return at < 0 ? undefined : rest.splice(at, 1)[0];
    };
    return planned.map((one) => fill(one, take(one), elementOf(type)));
  }
  if (!isObject(planned)) return planned;
  const found = isObject(actual) ? actual : {};
  return mapValues(planned, (one: Value, name) => fill(one, found[name], elementOf(type, name)));
}

/** Whether `actual` can be what `planned` became: equal wherever `planned` is known. */
function matches(planned: Value, actual: Value | undefined, type: Type): boolean {
  if (planned === UNKNOWN) return true;
  if (isKnown(planned)) return same(planned, actual, type);
  if (isObject(planned))
    return (
      isObject(actual) &&
      Object.entries(planned).every(([name, one]) => matches(one, actual[name], elementOf(type, name)))
    );
  if (!Array.isArray(planned) || !Array.isArray(actual) || planned.length !== actual.length) return false;
  if (type[0] !== "set") return planned.every((one, index) => matches(one, actual[index], elementOf(type)));
  const rest = [...actual];
  return planned.every((one) => {
    const at = rest.findIndex((candidate) => matches(one, candidate, elementOf(type)));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

const elementOf = (type: Type, name = ""): Type => {
  if (typeof type === "string") return type;
  return type[0] === "object" ? (type[1][name] ?? "string") : type[1];
};
