import type { z } from "zod";

export type Path = readonly PropertyKey[];

/** Something wrong in a file that people write: where, and a sentence that begins with the value. */
export interface Mistake {
  readonly path: Path;
  readonly says: string;
}

/** `accounts[2].regions.eu-west-1.buckets[0].stage` */
export const showPath = (path: Path): string =>
  path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`))
    .join("");

const longest = 80;

/** A value as it is quoted in an error. */
export function show(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > longest ? `${json.slice(0, longest)}...` : json;
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, part) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, part) : undefined),
    value,
  );

const kinds: Readonly<Record<string, string>> = {
  int: "whole number",
  array: "list",
  object: "mapping",
  record: "mapping",
  boolean: "boolean (true or false)",
};

function sayWhat(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) {
    return issue.code === "invalid_value" ? `is missing; it is one of ${issue.values.join(", ")}` : "is missing";
  }
  switch (issue.code) {
    case "invalid_value":
      return `${show(value)} is none of ${issue.values.join(", ")}`;
    case "invalid_union":
      return `${show(value)} is none of ${"options" in issue && Array.isArray(issue.options) ? issue.options.join(", ") : "what is allowed here"}`;
    case "invalid_type":
      return issue.message.startsWith("Invalid input")
        ? `${show(value)} is no ${kinds[issue.expected] ?? issue.expected}`
        : `${show(value)} ${issue.message}`;
    case "too_small":
      return issue.origin === "array" ? "is empty" : `${show(value)} is less than ${issue.minimum}`;
    case "too_big":
      return `${show(value)} is more than ${issue.maximum}`;
    default:
      return `${show(value)} ${issue.message}`;
  }
}

/** What zod found, in our words. */
export function mistakesOf(error: z.core.$ZodError, input: unknown, at: Path): Mistake[] {
  return error.issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...path, key], says: issue.message }));
    }
    return [{ path, says: sayWhat(issue, valueAt(input, issue.path)) }];
  });
}

/** One line, whatever strangers wrote, in which nothing drives a terminal. JSON escapes the first of them only, and no field. */
const inOneLine = (mistake: string): string =>
  mistake.replace(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Everything that is wrong with a fleet, its snapshots included. Thrown once. */
export class FleetError extends Error {
  /** One line each. */
  readonly mistakes: readonly string[];

  constructor(
    readonly file: string,
    mistakes: readonly string[],
  ) {
    const lines = mistakes.map(inOneLine);
    super(lines.join("\n"));
    this.name = "FleetError";
    this.mistakes = lines;
  }

  static in(file: string, mistakes: readonly Mistake[]): FleetError {
    return new FleetError(
      file,
      mistakes.map(({ path, says }) => `${file}: ${path.length > 0 ? `${showPath(path)}: ` : ""}${says}.`),
    );
  }
}
