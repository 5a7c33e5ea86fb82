import fc from "fast-check";
import { type Checksummed, checksum, checksumAlgorithms, createChecksum } from "../../../local/http/checksums";

const hex = (base64: string): string => Buffer.from(base64, "base64").toString("hex");

// The check values of the CRC catalogue (reveng) for "123456789"; the hashes from FIPS 180 and RFC 1321 tools.
test.each<[Checksummed, string]>([
  ["CRC32", "cbf43926"],
  ["CRC32C", "e3069283"],
  ["CRC64NVME", "ae8b14860a799888"],
  ["MD5", "25f9e794323b453885f5181f1b624d0b"],
  ["SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"],
  ["SHA256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"],
])("%s of 123456789 is the published value", (algorithm, expected) => {
  expect(hex(checksum(algorithm, Buffer.from("123456789")))).toBe(expected);
});

test("32 zero bytes have the CRC32C of RFC 3720", () => {
  expect(hex(checksum("CRC32C", new Uint8Array(32)))).toBe("8a9136aa");
});

test.each(checksumAlgorithms)("%s does not depend on how the bytes are cut", (algorithm) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (pieces) => {
      const running = createChecksum(algorithm);
      for (const piece of pieces) running.update(piece);
      expect(running.digest()).toBe(checksum(algorithm, Buffer.concat(pieces)));
    }),
  );
});
