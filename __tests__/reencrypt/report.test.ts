import fc from "fast-check";
import { partRanges } from "../../src/reencrypt/multipart-copy";
import { countLines, exceptionLine, visible } from "../../src/reencrypt/report";
import { canBeResent } from "../../src/s3/resend";

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

test("parts cover an object without gaps or overlaps, in at most 10,000 parts of at most 5 GiB", () => {
  const gibibyte = 1024 ** 3;
  fc.assert(
    fc.property(fc.integer({ min: 5 * gibibyte + 1, max: 48 * 1024 * gibibyte }), (size) => {
      const parts = partRanges(size);
      expect(parts.length).toBeLessThanOrEqual(10_000);
      expect(parts[0]?.first).toBe(0);
      expect(parts.at(-1)?.last).toBe(size - 1);
      const sound = parts.every(
        ({ number, first, last }, index) =>
          number === index + 1 && first === (parts[index - 1]?.last ?? -1) + 1 && last - first < 5 * gibibyte,
      );
      expect(sound).toBe(true);
    }),
  );
});

test.each([
  [{ title: "plain" }, 0, undefined, true],
  [{ title: "=?UTF-8?B?w6k=?=" }, 0, undefined, false],
  [{ title: "=?utf-8?q?=C3=A9?=" }, 0, undefined, false],
  [{}, 1, undefined, false],
  [{}, 0, "Thu, 01 Jan 2032 00:00:00 GMT", true],
  [{}, 0, "tomorrow", false],
  [{}, 0, "2032-01-01", false],
])("metadata %j, %i missing, Expires %s can be sent again: %s", (metadata, missingMetadata, expires, expected) => {
  const state = {
    key: "a",
    etag: "",
    size: 0,
    lastModified: 0,
    encryption: { is: "none" },
    storageClass: "STANDARD",
    archived: false,
    headers: { expires },
    metadata: { ...metadata },
    missingMetadata,
  } as const;
  expect(canBeResent(state)).toBe(expected);
});
