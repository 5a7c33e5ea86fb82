import { canBeResent } from "../../src/s3/resend";

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
