/**
 * The operation schemas that `@aws-sdk/client-*` exports at run time, decoded once into shapes that the protocols walk.
 *
 * An operation is `[9, namespace, name, traits, input, output]`; a structure `[3, namespace, name, traits, names, members, required]`
 * whose first `required` members are required; a list `[1, …, member]`; a map `[2, …, key, value]`; a named simple type `[0, …, code]`.
 * A member is a code, a schema, a thunk of one, or a pair of one with traits. Source: `@smithy/core/schema`, NormalizedSchema.
 */

export type TimestampFormat = "default" | "date-time" | "http-date" | "epoch-seconds";

export interface Traits {
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
  readonly httpQuery?: string;
  readonly httpLabel?: unknown;
  readonly httpPayload?: unknown;
  readonly xmlName?: string;
  readonly xmlFlattened?: unknown;
  readonly xmlAttribute?: unknown;
  readonly xmlNamespace?: readonly [prefix: string, uri: string];
  readonly http?: readonly [method: string, uri: string, status: number];
}

export interface Member {
  readonly name: string;
  readonly traits: Traits;
  readonly required: boolean;
  /** Decoded on first use, since schemas refer to each other in circles. */
  readonly shape: Shape;
}

export type Shape =
  | { readonly is: "string" | "number" | "boolean" | "blob" | "document" }
  | { readonly is: "timestamp"; readonly format: TimestampFormat }
  | { readonly is: "list"; readonly member: Member }
  | { readonly is: "map"; readonly key: Member; readonly value: Member }
  | Structure;

export interface Structure {
  readonly is: "structure";
  readonly name: string;
  readonly traits: Traits;
  readonly members: readonly Member[];
}

export interface OperationShape {
  readonly name: string;
  readonly traits: Traits;
  readonly input: Structure;
  readonly output: Structure;
}

const flags = ["httpLabel", "idempotent", "idempotencyToken", "sensitive", "httpPayload"];

const traitsOf = (encoded: unknown): Traits =>
  typeof encoded === "number"
    ? Object.fromEntries(flags.filter((_, bit) => (encoded >> bit) & 1).map((flag) => [flag, 1]))
    : { ...(encoded as Traits) };

const simpleShapes: Readonly<Record<number, Shape>> = {
  0: { is: "string" },
  1: { is: "number" },
  2: { is: "boolean" },
  4: { is: "timestamp", format: "default" },
  5: { is: "timestamp", format: "date-time" },
  6: { is: "timestamp", format: "http-date" },
  7: { is: "timestamp", format: "epoch-seconds" },
  15: { is: "document" },
  17: { is: "number" },
  19: { is: "number" },
  21: { is: "blob" },
  42: { is: "blob" },
};
const listOf = 64;
const mapOf = 128;
const noMembers: Structure = { is: "structure", name: "Unit", traits: {}, members: [] };

const known = new WeakMap<readonly unknown[], Shape>();

function shapeOf(reference: unknown): Shape {
  const schema: unknown = typeof reference === "function" ? reference() : reference;
  if (schema === "unit") return noMembers;
  if (typeof schema === "number") {
    if (schema >= mapOf) return { is: "map", key: memberOf("key", 0), value: memberOf("value", schema - mapOf) };
    if (schema >= listOf) return { is: "list", member: memberOf("member", schema - listOf) };
    const simple = simpleShapes[schema];
    if (simple) return simple;
  }
  if (!Array.isArray(schema)) throw new Error(`No shape is known for the schema ${String(schema)}.`);
  const shape = known.get(schema) ?? decode(schema);
  known.set(schema, shape);
  return shape;
}

function decode([kind, , name, traits, first, second, required = 0]: unknown[]): Shape {
  switch (kind) {
    case 0:
      return shapeOf(first);
    case 1:
      return { is: "list", member: memberOf("member", first) };
    case 2:
      return { is: "map", key: memberOf("key", first), value: memberOf("value", second) };
    default: {
      const names = first as readonly string[];
      const members = second as readonly unknown[];
      return {
        is: "structure",
        name: String(name),
        traits: traitsOf(traits),
        members: names.map((memberName, at) => memberOf(memberName, members[at], at < Number(required))),
      };
    }
  }
}

function memberOf(name: string, encoded: unknown, required = false): Member {
  const [reference, own] = Array.isArray(encoded) && encoded.length === 2 ? encoded : [encoded, 0];
  let shape: Shape | undefined;
  return {
    name,
    required,
    traits: traitsOf(own),
    get shape() {
      shape ??= shapeOf(reference);
      return shape;
    },
  };
}

const structureOf = (reference: unknown): Structure => {
  const shape = shapeOf(reference);
  if (shape.is !== "structure") throw new Error(`An operation takes and gives structures, not a ${shape.is}.`);
  return shape;
};

/** Every operation that a client package exports, by name. */
export function operationsOf(client: Readonly<Record<string, unknown>>): ReadonlyMap<string, OperationShape> {
  const operations = new Map<string, OperationShape>();
  for (const schema of Object.values(client)) {
    if (!Array.isArray(schema) || schema[0] !== 9) continue;
    const [, , name, traits, input, output] = schema;
    operations.set(name, {
      name,
      traits: traitsOf(traits),
      input: structureOf(input),
      output: structureOf(output),
    });
  }
  return operations;
}
