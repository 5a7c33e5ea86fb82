import { createHash } from "node:crypto";
import fc from "fast-check";
import { checksum } from "../../../local/http/checksums";
import { type Body, bodyOf, bytesOf, digestOf, joined, patterned, repeated, sliced } from "../../../local/s3/bodies";
import { checksumOf } from "../../../local/s3/object-checksums";

const extents = fc.array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.nat({ max: 9 })), { maxLength: 5 });
const bodyFrom = (parts: [Uint8Array, number][]): Body => joined(parts.map(([bytes, times]) => repeated(bytes, times)));
const plain = (parts: [Uint8Array, number][]): Buffer =>
  Buffer.concat(parts.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes)));

test("a slice of joined repetitions has the bytes of the slice", () => {
  fc.assert(
    fc.property(extents, fc.nat(), fc.nat(), (parts, a, b) => {
      const whole = plain(parts);
      const [first, end] = [a % (whole.length + 1), b % (whole.length + 1)].sort((x, y) => x - y) as [number, number];
      const slice = sliced(bodyFrom(parts), first, end);
      expect(Buffer.from(bytesOf(slice))).toEqual(whole.subarray(first, end));
      expect(slice.size).toBe(end - first);
    }),
  );
});

test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
  "%s of joined repetitions is that of their bytes",
  (algorithm) => {
    fc.assert(
      fc.property(extents, (parts) => {
        expect(checksumOf(bodyFrom(parts), algorithm)).toBe(checksum(algorithm, plain(parts)));
      }),
    );
  },
);

test("a body of 6 GiB has the same CRC whether it is one or joined from its parts", () => {
  const whole = patterned(6 * 1024 ** 3);
  const parts = [0, 1, 2, 3, 4, 5].map((index) => sliced(whole, index * 1024 ** 3, (index + 1) * 1024 ** 3));
  expect(checksumOf(joined(parts), "CRC64NVME")).toBe(checksumOf(whole, "CRC64NVME"));
  expect(checksumOf(sliced(whole, 1, whole.size), "CRC64NVME")).not.toBe(checksumOf(whole, "CRC64NVME"));
});

test("a body keeps its bytes when their sender writes over them", () => {
  const sent = Buffer.from("before");
  const body = bodyOf(sent);
  sent.write("after!");
  expect(Buffer.from(bytesOf(body)).toString()).toBe("before");
  expect(digestOf(body, "md5")).toBe(createHash("md5").update("before").digest("base64"));
});
