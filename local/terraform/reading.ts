import { isObject, type ObjectValue, type Value } from "./values";

// Terraform has null, zero values and unknowns for "not given"; the AWS SDK has undefined.

/** The text, or undefined where it is null, empty or unknown. */
export const text = (value: Value | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** @throws if there is none: only for what the schema requires or `create` returned */
export function required(object: ObjectValue, name: string): string {
  const value = text(object[name]);
  if (value === undefined) throw new Error(`${name} has no value.`);
  return value;
}

export const number = (value: Value | undefined): number | undefined => (typeof value === "number" ? value : undefined);

/** The number, or undefined where it is null, zero or unknown. */
export const positive = (value: Value | undefined): number | undefined => number(value) || undefined;

export const isTrue = (value: Value | undefined): boolean => value === true;

export const texts = (value: Value | undefined): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];

/** The nested blocks of that name. */
export const blocks = (value: Value | undefined): ObjectValue[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The nested block of that name, where there can be one at most. */
export const block = (value: Value | undefined): ObjectValue | undefined => blocks(value)[0];

/** A time in the form in which Terraform shows it: RFC 3339, in whole seconds. */
export const time = (value: Date | undefined): string | null => value?.toISOString().replace(/\.\d+Z$/, "Z") ?? null;

/** The answer, or undefined if AWS says with one of these codes that there is nothing. */
export async function unlessMissing<Answer>(answer: Promise<Answer>, ...codes: string[]): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && codes.includes(error.name)) return undefined;
    throw error;
  }
}

/** A name that nobody else has taken, for `name_prefix` and for no name at all. */
export const generatedName = (prefix: string | undefined): string =>
  `${prefix ?? "terraform-"}${new Date().toISOString().replace(/\D/g, "")}${Math.floor(Math.random() * 1e9)}`;
