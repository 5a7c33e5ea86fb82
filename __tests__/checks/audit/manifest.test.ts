import fc from "fast-check";
import {
  type EvidenceFile,
  type Found,
  manifestDifferences,
  manifestText,
  parseManifest,
} from "../../../src/checks/audit/evidence/manifest";

const files: EvidenceFile[] = ["a.json", "b/c.jsonl", "b/d.html"].map((path, index) => ({
  ...{ path, bytes: index + 1 },
  sha256: String(index).repeat(64),
}));
const manifest = parseManifest(manifestText("2026-11-27T00:00:00.000Z", files));

test("what is as it was written has no difference, in whatever order it is found", () => {
  expect(manifestDifferences(manifest, [...files].reverse())).toEqual([]);
  expect(manifestText("x", [...files].reverse())).toBe(manifestText("x", files));
});

test("any edited, missing, added or replaced file is found, each by its name", () => {
  const change = fc.constantFrom("none", "edited", "longer", "missing", "link");
  fc.assert(
    fc.property(
      fc.tuple(change, change, change),
      fc.uniqueArray(fc.constantFrom("x", "b/x", "é")),
      (changes, added) => {
        const found = files.flatMap((file, index): Found[] => {
          switch (changes[index]) {
            case "edited":
              return [{ ...file, sha256: "f".repeat(64) }];
            case "longer":
              return [{ ...file, bytes: file.bytes + 1 }];
            case "missing":
              return [];
            case "link":
              return [{ path: file.path, no: "file" }];
            default:
              return [file];
          }
        });
        const more = added.map((path) => ({ path, bytes: 0, sha256: "0".repeat(64) }));
        const named = manifestDifferences(manifest, [...found, ...more]).map((text) => text.split(": ")[0]);
        const wrong = files.filter((_, index) => changes[index] !== "none").map(({ path }) => path);
        expect(named.sort()).toEqual([...wrong, ...added].sort());
      },
    ),
  );
});

test.each([
  ["no JSON", "{"],
  ["another format", '{"format":2}'],
  ["a sum that is none", JSON.stringify({ ...manifest, files: [{ path: "a", bytes: 1, sha256: "x" }] })],
])("%s is no manifest", (_, text) => {
  expect(() => parseManifest(text)).toThrow(/^it is no/);
});
