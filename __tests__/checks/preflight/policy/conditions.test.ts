import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { isLike } from "../../../../src/checks/preflight/policy/conditions";

const text = fc.string({ unit: fc.constantFrom("a", "b", ":", "*", "\n"), maxLength: 8 });
const pattern = fc.string({ unit: fc.constantFrom("a", "b", ":", "*", "?"), maxLength: 8 });

/** One character after the other, every way that there is. */
function matches(value: string, wanted: string): boolean {
  if (wanted === "") return value === "";
  if (wanted[0] === "*") return matches(value, wanted.slice(1)) || (value !== "" && matches(value.slice(1), wanted));
  return value !== "" && (wanted[0] === "?" || wanted[0] === value[0]) && matches(value.slice(1), wanted.slice(1));
}

test("a star stands for anything, and a question mark for one character", () => {
  fc.assert(
    fc.property(text, pattern, (value, wanted) => {
      expect(isLike(value, wanted)).toBe(matches(value, wanted));
    }),
    { numRuns: 1000 },
  );
});

test("a policy with many stars holds nobody up", () => {
  const asked = () => isLike("a".repeat(1000), `${"a*".repeat(500)}b`);
  // Whoever tries every way would not come to an end: then this ends it.
  expect(runInNewContext("asked()", { asked }, { timeout: 20_000 })).toBe(false);
});
