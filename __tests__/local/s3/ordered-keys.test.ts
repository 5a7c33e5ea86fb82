import fc from "fast-check";
import { compareKeys, OrderedKeys } from "../../../local/s3/ordered-keys";

/** Text without lone surrogates, which no key can hold, thick with the characters around which UTF-16 order goes wrong. */
const keys = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "/", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{1f40e}", "") }),
  fc.string({ unit: "binary" }),
);
const inUtf8Order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

test("keys compare as their UTF-8 bytes do", () => {
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(inUtf8Order(a, b)));
    }),
  );
});

test("whatever is set and deleted, a scan gives the rest in order from where it begins", () => {
  const steps = fc.array(fc.record({ key: keys, deletes: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, keys, (history, from) => {
      const model = new Map<string, number>();
      const ordered = new OrderedKeys<number>();
      for (const [index, { key, deletes }] of history.entries()) {
        if (deletes) expect(ordered.delete(key)).toBe(model.delete(key));
        else {
          model.set(key, index);
          ordered.set(key, index);
        }
      }
      const expected = [...model].filter(([key]) => inUtf8Order(key, from) >= 0).sort(([a], [b]) => inUtf8Order(a, b));
      expect([...ordered.scan((key) => compareKeys(key, from) >= 0)]).toEqual(expected);
      expect(ordered.size).toBe(model.size);
      for (const [key, value] of model) expect(ordered.get(key)).toBe(value);
    }),
  );
});

test.each([
  ["in order", (index: number) => index],
  ["backwards", (index: number) => 9999 - index],
  ["at random", (index: number) => (index * 7919) % 10_000],
])("ten thousand keys that come %s stay in order across blocks", (_, numberOf) => {
  const ordered = new OrderedKeys<number>();
  for (let index = 0; index < 10_000; index += 1) ordered.set(String(numberOf(index)).padStart(5, "0"), index);
  for (let index = 0; index < 10_000; index += 3) ordered.delete(String(index).padStart(5, "0"));
  const found = [...ordered.scan()].map(([key]) => key);
  expect(found).toHaveLength(6666);
  expect(found).toEqual([...found].sort());
});
