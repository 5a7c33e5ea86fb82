import { createHash } from "node:crypto";
import { customerKeyOf } from "../../../local/s3/encryption-choice";

const key = Buffer.alloc(32, 7);
const headers = { SSECustomerAlgorithm: "AES256", SSECustomerKey: key.toString("base64") };
const md5 = createHash("md5").update(key).digest("base64");

// The SDK computes the MD5 by itself, so only the function can be asked.
test("a customer key is taken with its MD5, and refused with another's or without TLS", () => {
  expect(customerKeyOf({ secure: true }, { ...headers, SSECustomerKeyMD5: md5 })).toEqual({ key, md5 });
  expect(customerKeyOf({ secure: true }, {})).toBeUndefined();
  const wrong = { ...headers, SSECustomerKeyMD5: Buffer.alloc(16).toString("base64") };
  expect(() => customerKeyOf({ secure: true }, wrong)).toThrow(
    "The calculated MD5 hash of the key did not match the hash that was provided.",
  );
  expect(() => customerKeyOf({ secure: false }, headers)).toThrow("must be made over a secure connection");
});
