import fc from "fast-check";
import { partRanges } from "../../src/reencrypt/multipart-copy";

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
