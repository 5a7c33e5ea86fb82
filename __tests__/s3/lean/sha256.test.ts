import crypto from "node:crypto";

/** A module of its own, since it chooses when it is loaded. */
function loaded() {
  jest.resetModules();
  return jest.requireActual<typeof import("../../../src/s3/lean/sha256")>("../../../src/s3/lean/sha256");
}

describe.each([
  { name: "with crypto.hash", hasHash: true },
  { name: "on a Node before 20.12, without crypto.hash", hasHash: false },
])("$name", ({ hasHash }) => {
  beforeEach(() => {
    if (!hasHash) Object.defineProperty(crypto, "hash", { value: undefined, configurable: true, writable: true });
  });
  const { hash } = crypto;
  afterEach(() => {
    Object.defineProperty(crypto, "hash", { value: hash, configurable: true, writable: true });
  });

  test("the hash is Node's, of text and of bytes", () => {
    const { sha256, emptyPayloadHash } = loaded();
    const expected = crypto.createHash("sha256").update("ü漢").digest("hex");
    expect([sha256("ü漢"), sha256(Buffer.from("ü漢"))]).toEqual([expected, expected]);
    expect(emptyPayloadHash).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  test("the HMAC is Node's, also of messages one after the other", () => {
    const { hmacOfTails } = loaded();
    for (const keyLength of [1, 31, 32, 64]) {
      const key = Buffer.alloc(keyLength, 0xa5);
      const ours = hmacOfTails(key, "head\n", 4);
      for (const tail of ["aaaa", "0123", "\u00ff\u0000zz"]) {
        const message = Buffer.from(`head\n${tail}`, "latin1");
        expect(ours(tail)).toBe(crypto.createHmac("sha256", key).update(message).digest("hex"));
      }
    }
  });
});
