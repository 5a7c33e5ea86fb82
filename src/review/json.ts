import { isObject, type Json } from "../fleet/policy";

/** A field of an object or an item of a list; own ones only. */
export function childOf(value: Json | undefined, name: string | number): Json | undefined {
  if (Array.isArray(value)) return value[Number(name)];
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export const namesOf = (value: Json | undefined): readonly (string | number)[] => {
  if (Array.isArray(value)) return value.map((_, index) => index);
  return isObject(value) ? Object.keys(value) : [];
};

export const textOf = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined);

/** In the order of their UTF-16 units: the same on every machine. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** JSON whose objects have their fields in one order. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((one: Json) => canonical(one)).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value).sort(compareText);
  return `{${fields.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`).join(",")}}`;
}

/** Marks of what is sensitive before or after a change: true wherever one of them says so. */
export function eitherMark(one: Json | undefined, other: Json | undefined): Json {
  if (one === true || other === true) return true;
  const names = new Set([...namesOf(one), ...namesOf(other)].map(String));
  return Object.fromEntries([...names].map((name) => [name, eitherMark(childOf(one, name), childOf(other, name))]));
}

/** Whether two values are the same once they are JSON; nothing is as null. */
export const isSameJson = (a: unknown, b: unknown): boolean => jsonOf(a) === jsonOf(b);

const jsonOf = (value: unknown): string => canonical(JSON.parse(JSON.stringify(value ?? null)));

/** A string that is a document, as policies are. Nothing if it is none. */
export function documentOf(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
