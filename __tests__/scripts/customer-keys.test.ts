import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCustomerKeys } from "../../scripts/commands/support/customer-keys";
import { customerKey } from "../../src/s3/customer-keys";

const directory = mkdtempSync(join(tmpdir(), "at-rest-keys-"));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
function file(content: string | Uint8Array, mode = 0o600): string {
  const path = join(directory, `${files++}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const bytes = (value: number) => Buffer.alloc(32, value);
const base64 = (value: number) => bytes(value).toString("base64");

test.each([
  ["32 bytes", [file(bytes(1))], [1]],
  ["base64", [file(`${base64(2)}\n`)], [2]],
  ["several lines", [file(`${base64(3)}\r\n\n${base64(4)}`)], [3, 4]],
  ["several files", [file(bytes(5)), file(base64(6))], [5, 6]],
])("keys are read from %s", (_, paths, expected) => {
  expect(readCustomerKeys(paths)).toEqual(expected.map((value) => customerKey(bytes(value))));
});

test("what is no key is told by its line, and not by what it says", () => {
  const path = file(`${base64(7)}\nhunter2\n`);
  expect(() => readCustomerKeys([path])).toThrow(`${path}, line 2: this is not a key of 32 bytes in base64.`);
});

test.each([0o644, 0o640, 0o604])("a file of mode %o, which others may read, is refused", (mode) => {
  expect(() => readCustomerKeys([file(bytes(8), mode)])).toThrow("others may read it");
});

test("an empty file and one that is not there are refused", () => {
  expect(() => readCustomerKeys([file("\n")])).toThrow("has no key");
  expect(() => readCustomerKeys([join(directory, "nothing")])).toThrow("cannot be read");
});
