import fc from "fast-check";
import type { ListedVersion } from "../../src/s3/object-store";
import { inVersionOrder } from "../../src/s3/version-order";

const keys = ["a", "a!", "b", "\u{fb01}", "\u{1f40e}"]; // in UTF-8; UTF-16 would have the last two the other way

/** A key's versions from the newest; each a delete marker or not. */
const histories = fc.array(fc.array(fc.boolean(), { maxLength: 4 }), {
  minLength: keys.length,
  maxLength: keys.length,
});

const documentOf = (history: readonly (readonly boolean[])[]): readonly ListedVersion[] =>
  keys.flatMap((key, at) =>
    (history[at] ?? []).map((deleteMarker, age) => ({
      key,
      versionId: `${age}`,
      current: age === 0,
      deleteMarker,
      lastModified: 0,
    })),
  );

const apart = (document: readonly ListedVersion[]): readonly ListedVersion[] => [
  ...document.filter(({ deleteMarker }) => !deleteMarker),
  ...document.filter(({ deleteMarker }) => deleteMarker),
];

test("S3's own document and one with delete markers apart come to the same", () => {
  fc.assert(
    fc.property(histories, (history) => {
      const document = documentOf(history);
      expect(inVersionOrder(apart(document))).toEqual(inVersionOrder(document));
    }),
  );
});

test("keys keep their order, the current one is the first of its key, and versions are from the newest", () => {
  fc.assert(
    fc.property(histories, (history) => {
      const document = documentOf(history);
      const ordered = inVersionOrder(apart(document));
      expect(ordered.map(({ key }) => key)).toEqual(document.map(({ key }) => key));
      const firsts = ordered.filter(({ key }, at) => key !== ordered[at - 1]?.key);
      expect(firsts.every(({ current }) => current)).toBe(true);
      const objects = (listed: readonly ListedVersion[]) => listed.filter(({ deleteMarker }) => !deleteMarker);
      expect(objects(ordered)).toEqual(objects(document));
    }),
  );
});
