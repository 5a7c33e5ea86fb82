import fc from "fast-check";
import { csvLine, decodeKey, encodeKey, readCsv } from "../../../local/s3-control/csv";

test("whatever the fields hold, they are read as they were written", () => {
  const line = fc.array(fc.string({ unit: "binary", maxLength: 6 }), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      expect(readCsv(lines.map(csvLine).join(""))).toEqual(lines);
    }),
  );
});

test("keys come back as they were", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (key) => expect(decodeKey(encodeKey(key))).toBe(key)));
});
