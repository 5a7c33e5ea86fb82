import fc from "fast-check";
import { isLike } from "../../../../src/checks/preflight/policy/conditions";
import { examplesWithin } from "../../../../src/checks/preflight/policy/examples";

const text = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 4 });
const pattern = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "?"), maxLength: 7 });

test("an example begins as it has to, goes on, and is one that the pattern matches", () => {
  fc.assert(
    fc.property(text, pattern, (start, wanted) => {
      for (const example of examplesWithin(start, wanted)) {
        expect(example.startsWith(start) && example.length > start.length && isLike(example, wanted)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test("where anything that begins so is matched there is an example", () => {
  fc.assert(
    fc.property(text, text, pattern, (start, rest, wanted) => {
      fc.pre(rest !== "" && isLike(`${start}${rest}`, wanted));
      expect(examplesWithin(start, wanted)).not.toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["arn:aws:s3:::*/public/*", ["x/public/x", "/public/x", "public/x"]],
  ["arn:aws:s3:::acme/2026-??", ["2026-xx"]],
  ["arn:aws:s3:::acme/*", ["x"]],
  ["arn:aws:s3:::acme", []],
  ["arn:aws:s3:::others/*", []],
])("examples of %s in a bucket", (wanted, rests) => {
  const start = "arn:aws:s3:::acme/";
  expect(examplesWithin(start, wanted)).toEqual(rests.map((rest) => `${start}${rest}`));
});
