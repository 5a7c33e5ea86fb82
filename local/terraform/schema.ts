import schemas from "./schemas.json";

/** A Terraform type, in the JSON that its protocol has for types. */
export type Type = "string" | "number" | "bool" | ["list" | "set" | "map", Type] | ["object", Record<string, Type>];

export interface Attribute {
  readonly type: Type;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
}

export interface NestedBlock {
  readonly nesting: "SINGLE" | "LIST" | "SET";
  readonly min: number;
  /** 0 means any number. */
  readonly max: number;
  readonly block: Block;
}

export interface Block {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly blocks: Readonly<Record<string, NestedBlock>>;
}

export interface Schemas {
  readonly provider: Block;
  readonly resources: Readonly<Record<string, Block>>;
}

// The file is written by `derive-schemas.ts` in exactly this shape; what TypeScript infers from JSON cannot say so.
const { provider, resources } = schemas as unknown as Schemas;

export const providerSchema = provider;

/** @throws if the provider has no such resource type */
export function schemaOf(typeName: string): Block {
  const schema = resources[typeName];
  if (!schema) throw new Error(`The local provider does not know the resource type ${typeName}.`);
  return schema;
}

/** The types of a block's attributes and nested blocks, by name. */
export function typesOf(block: Block): Record<string, Type> {
  const nested = ({ nesting, block: inner }: NestedBlock): Type => {
    if (nesting === "SINGLE") return typeOf(inner);
    return [nesting === "SET" ? "set" : "list", typeOf(inner)];
  };
  return Object.fromEntries([
    ...Object.entries(block.attributes).map(([name, attribute]) => [name, attribute.type]),
    ...Object.entries(block.blocks).map(([name, inner]) => [name, nested(inner)]),
  ]);
}

export const typeOf = (block: Block): Type => ["object", typesOf(block)];
