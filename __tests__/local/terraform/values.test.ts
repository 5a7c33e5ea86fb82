import { decode, ExtData, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import type { Block } from "../../../local/terraform/schema";
import {
  conform,
  fromWire,
  isKnown,
  type ObjectValue,
  objectFromWire,
  toWire,
  UNKNOWN,
  type Value,
} from "../../../local/terraform/values";

const schema: Block = {
  attributes: {
    name: { type: "string", required: true },
    size: { type: "number", optional: true },
    on: { type: "bool", optional: true, computed: true },
    tags: { type: ["map", "string"], optional: true },
    arns: { type: ["set", "string"], computed: true },
  },
  blocks: {
    rule: {
      nesting: "SET",
      min: 0,
      max: 0,
      block: { attributes: { days: { type: "number", optional: true, computed: true } }, blocks: {} },
    },
    timeouts: {
      nesting: "SINGLE",
      min: 0,
      max: 0,
      block: { attributes: { create: { type: "string", optional: true } }, blocks: {} },
    },
  },
};

const maybe = (value: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof(value, fc.constant<Value>(null), fc.constant<Value>(UNKNOWN));
// The MessagePack library refuses objects with the one name that JavaScript gives a meaning.
const text = fc.string({ unit: "grapheme" }).filter((name) => name !== "__proto__");
// MessagePack's integers have one zero.
const number = fc
  .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((value) => (value === 0 ? 0 : value));
const object: fc.Arbitrary<ObjectValue> = fc.record({
  name: maybe(text),
  size: maybe(number),
  on: maybe(fc.boolean()),
  tags: maybe(fc.dictionary(text, maybe(text), { noNullPrototype: true })),
  arns: maybe(fc.array(text)),
  rule: fc.oneof(fc.array(fc.record({ days: maybe(fc.nat()) })), fc.constant<Value>(UNKNOWN)),
  timeouts: fc.oneof(fc.record({ create: maybe(text) }), fc.constant(null)),
});

test("a value that conforms to its schema survives the wire", () => {
  fc.assert(fc.property(object, (value) => expect(objectFromWire(toWire(value, schema))).toEqual(value)));
});

test("conforming twice is conforming once", () => {
  fc.assert(
    fc.property(fc.dictionary(text, maybe(text), { noNullPrototype: true }), (strangers) => {
      const once = conform(strangers, schema);
      expect(conform(once, schema)).toEqual(once);
      expect(Object.keys(once).sort()).toEqual(["arns", "name", "on", "rule", "size", "tags", "timeouts"]);
    }),
  );
});

test("what is absent becomes null, or no blocks, and what the schema does not have is left out", () => {
  expect(conform({ name: "a", rule: [{}], stranger: 1 }, schema)).toEqual({
    name: "a",
    size: null,
    on: null,
    tags: null,
    arns: null,
    rule: [{ days: null }],
    timeouts: null,
  });
});

test("unknown is extension 0 with one zero byte", () => {
  const block: Block = { attributes: { id: { type: "string", computed: true } }, blocks: {} };
  const bytes = Buffer.from(toWire({ id: UNKNOWN }, block).msgpack ?? []);
  expect(bytes.toString("hex")).toBe("81a26964d40000");
  expect(decode(bytes)).toEqual({ id: new ExtData(0, Uint8Array.of(0)) });
});

test("a refined unknown value is an unknown value", () => {
  const refined = encode({ id: new ExtData(12, encode(new Map([[1, false]]))) });
  expect(fromWire({ msgpack: refined })).toEqual({ id: UNKNOWN });
});

test.each([
  ["nothing at all", undefined],
  ["an empty message", { msgpack: new Uint8Array() }],
  ["nil", { msgpack: encode(null) }],
])("%s is null", (_what, wire) => {
  expect(objectFromWire(wire)).toBeNull();
});

test("a resource that is not an object is refused", () => {
  expect(() => objectFromWire({ msgpack: encode("text") })).toThrow("not an object");
});

test.each<[string, Value, boolean]>([
  ["a text", "a", true],
  ["null", null, true],
  ["an unknown", UNKNOWN, false],
  ["an unknown in a block in a list", [{ a: [{ b: UNKNOWN }] }], false],
  ["known blocks", [{ a: [{ b: null }] }], true],
])("%s: known or not", (_what, value, known) => {
  expect(isKnown(value)).toBe(known);
});
