import fc from "fast-check";
import { fill, same } from "../../../local/terraform/compare";
import type { Type } from "../../../local/terraform/schema";
import { isObject, mapValues, type ObjectValue, UNKNOWN, type Value } from "../../../local/terraform/values";

const rules: Type = ["set", ["object", { id: "string", days: "number", names: ["list", "string"] }]];
const rule = fc.record<ObjectValue>({
  id: fc.string({ minLength: 1 }),
  days: fc.nat(),
  names: fc.array(fc.string({ minLength: 1 })),
});

describe("same", () => {
  test.each<[string, Value, Value, Type, boolean]>([
    ["sets in another order", ["a", "b"], ["b", "a"], ["set", "string"], true],
    ["lists in another order", ["a", "b"], ["b", "a"], ["list", "string"], false],
    ["sets of different sizes", ["a"], ["a", "a"], ["set", "string"], false],
    ["a set inside an object", { s: ["a", "b"] }, { s: ["b", "a"] }, ["object", { s: ["set", "string"] }], true],
    ["null and an empty text", null, "", "string", true],
    ["null and false", null, false, "bool", true],
    ["null and zero", null, 0, "number", true],
    ["null and an empty list", null, [], ["list", "string"], true],
    ["null and an empty map", null, {}, ["map", "string"], true],
    ["null and a list with nothing in it", null, [null], ["list", "string"], false],
    ["a field that is absent and one that is zero", {}, { on: false }, ["object", { on: "bool" }], true],
    ["a map without a tag and one with an empty tag", {}, { tag: "" }, ["map", "string"], false],
    ["false and true", false, true, "bool", false],
    ["unknown and unknown", UNKNOWN, UNKNOWN, "string", true],
    ["unknown and null", UNKNOWN, null, "string", false],
    ["a text that looks like unknown", UNKNOWN, "unknown", "string", false],
    ["a text that looks like null", null, "null", "string", false],
    ["a number and its text", 1, "1", "string", false],
  ])("%s", (_what, a, b, type, equal) => {
    expect(same(a, b, type)).toBe(equal);
    expect(same(b, a, type)).toBe(equal);
  });

  test("any order of a set is the same set", () => {
    const shuffled = fc
      .array(rule)
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(fc.property(shuffled, ([all, other]) => same(all, other, rules)));
  });

  test("another element is another set", () => {
    fc.assert(fc.property(fc.array(rule), rule, (all, more) => !same(all, [...all, more], rules)));
  });
});

describe("fill", () => {
  /** Makes the parts unknown that `hide` names, but not the id by which a person would tell two rules apart. */
  const hidden = (value: Value, hide: ReadonlySet<string>): Value => {
    if (Array.isArray(value)) return value.map((one) => hidden(one, hide));
    if (!isObject(value)) return value;
    return mapValues(value, (one: Value, name): Value => (hide.has(name) ? UNKNOWN : hidden(one, hide)));
  };

  test("what was hidden comes back, whatever the order in which a set is read", () => {
    const world = fc
      .uniqueArray(rule, { selector: (one) => one["id"] })
      .chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), fc.subarray(["days", "names"])),
      );
    fc.assert(
      fc.property(world, ([all, read, names]) => {
        expect(fill(hidden(all, new Set(names)), read, rules)).toEqual(all);
      }),
    );
  });

  test.each<[string, Value, Value, Type, Value]>([
    ["a planned value stays, whatever was read", "planned", "read", "string", "planned"],
    ["an unknown becomes what was read", UNKNOWN, "read", "string", "read"],
    ["an unknown of which nothing was read becomes null", UNKNOWN, null, "string", null],
    ["lists are filled in their order", ["a", UNKNOWN], ["x", "b"], ["list", "string"], ["a", "b"]],
    [
      "a set's element is found by what is known of it",
      [{ id: "b", days: UNKNOWN }],
      [
        { id: "a", days: 1 },
        { id: "b", days: 2 },
      ],
      ["set", ["object", { id: "string", days: "number" }]],
      [{ id: "b", days: 2 }],
    ],
    [
      "an element that was not read has nulls",
      [{ id: "c", days: UNKNOWN }],
      [{ id: "a", days: 1 }],
      ["set", ["object", { id: "string", days: "number" }]],
      [{ id: "c", days: null }],
    ],
    [
      "nested blocks of a set's element are matched too",
      [{ by: [{ key: "k2", sort: UNKNOWN }] }, { by: [{ key: "k1", sort: UNKNOWN }] }],
      [{ by: [{ key: "k1", sort: "one" }] }, { by: [{ key: "k2", sort: "two" }] }],
      ["set", ["object", { by: ["list", ["object", { key: "string", sort: "string" }]] }]],
      [{ by: [{ key: "k2", sort: "two" }] }, { by: [{ key: "k1", sort: "one" }] }],
    ],
  ])("%s", (_what, planned, read, type, filled) => {
    expect(fill(planned, read, type)).toEqual(filled);
  });
});
