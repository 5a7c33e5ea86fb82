import { decode, ExtData, encode } from "@msgpack/msgpack";
import type { Block, Type } from "./schema";

/** Stands for what is known only after the apply. */
export const UNKNOWN: unique symbol = Symbol("known after apply");

export type Value = null | boolean | number | string | typeof UNKNOWN | Value[] | ObjectValue;
export interface ObjectValue {
  [name: string]: Value;
}

/** A value as Terraform's protocol carries it (DynamicValue): MessagePack, of which an empty one means null. */
export interface WireValue {
  readonly msgpack?: Uint8Array;
}

// "Object Values in the Wire Format" of Terraform's plugin protocol: extension 0 is an unknown value.
const codec = {
  tryToEncode: (value: unknown) => (value === UNKNOWN ? new ExtData(0, Uint8Array.of(0)) : null),
  // Extension 12 is an unknown value with refinements, which say nothing that the provider needs.
  decode: () => UNKNOWN,
};

/** @throws if what was sent is no Terraform value */
export function fromWire(wire: WireValue | null | undefined): Value {
  if (!wire?.msgpack?.length) return null;
  return toValue(decode(wire.msgpack, { extensionCodec: codec }));
}

/** A resource or a provider block: null where there is none. */
export function objectFromWire(wire: WireValue | null | undefined): ObjectValue | null {
  const value = fromWire(wire);
  if (value === null || isObject(value)) return value;
  throw new Error("Terraform sent a value that is not an object.");
}

export function toWire(value: ObjectValue | null, block: Block): WireValue {
  return { msgpack: encode(value === null ? null : conform(value, block), { extensionCodec: codec }) };
}

/** @throws if `value` has a part that Terraform has no type for */
export function toValue(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  if (value === UNKNOWN) return UNKNOWN;
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === "object") return mapValues(value, toValue);
  throw new Error(`A Terraform value cannot be a ${typeof value}.`);
}

export const isObject = (value: Value | undefined): value is ObjectValue =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const mapValues = <From, To>(of: { [name: string]: From } | object, map: (value: From, name: string) => To) =>
  Object.fromEntries(Object.entries(of).map(([name, value]): [string, To] => [name, map(value, name)]));

/** True if no part of the value is unknown. */
export function isKnown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return false;
  if (Array.isArray(value)) return value.every(isKnown);
  return isObject(value) ? Object.values(value).every(isKnown) : true;
}

/** Exactly the names of the schema, as core demands: absent attributes are null, absent blocks empty, strangers are left out. */
export function conform(value: ObjectValue, block: Block): ObjectValue {
  return {
    ...mapValues(block.attributes, ({ type }, name) => conformType(value[name], type)),
    ...mapValues(block.blocks, ({ nesting, block: inner }, name): Value => {
      const conformed = (one: Value): Value => (isObject(one) ? conform(one, inner) : one);
      const nested = value[name];
      if (nested === UNKNOWN) return UNKNOWN;
      if (nesting === "SINGLE") return conformed(nested ?? null);
      return Array.isArray(nested) ? nested.map(conformed) : [];
    }),
  };
}

function conformType(value: Value | undefined, type: Type): Value {
  if (value === undefined || value === null) return null;
  if (typeof type === "string") return value;
  if (type[0] === "object")
    return isObject(value) ? mapValues(type[1], (inner: Type, name) => conformType(value[name], inner)) : value;
  const element = type[1];
  if (Array.isArray(value)) return value.map((one) => conformType(one, element));
  return isObject(value) ? mapValues(value, (one: Value) => conformType(one, element)) : value;
}
