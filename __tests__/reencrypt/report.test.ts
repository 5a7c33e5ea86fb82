import fc from "fast-check";
import { countLines, exceptionLine, visible } from "../../src/reencrypt/report";

test("what ended how is a column that can be read down", () => {
  const counts = { alreadyRight: 1120, updated: 1_199_746, copied: 3402, cannot: 41 };
  expect(countLines({ counts, because: { customerKey: 40, locked: 1 }, exceptions: [] }, false)).toEqual([
    "  already right       1,120",
    "  updated         1,199,746      no data moves",
    "  copied              3,402",
    "  cannot be done         41      40 SSE-C, 1 Object Lock",
    "  failed                  0",
  ]);
});

test("a dry run speaks of what is to be done", () => {
  const lines = countLines({ counts: { updated: 2 }, because: {}, exceptions: [] }, true);
  expect(lines).toContain("  to be updated   2      no data moves");
});

test("no key can move a cursor, or hide what it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (key) => {
      expect(exceptionLine({ key, outcome: "failed", message: "no" })).not.toMatch(
        /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/,
      );
    }),
  );
  expect(visible("a\u001b[2J\u202e\u061c")).toBe("a\\u001b[2J\\u202e\\u061c");
});
