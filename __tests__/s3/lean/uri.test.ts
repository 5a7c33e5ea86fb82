import { encodeKey, encodeQuery } from "../../../src/s3/lean/uri";

test.each([
  ["photos/2024/a.jpg", "photos/2024/a.jpg"],
  ["a b+c%20", "a%20b%2Bc%2520"],
  ["~!*'()", "~%21%2A%27%28%29"],
  ["//a//./../", "//a//./../"],
  ["ü/漢/🐎", "%C3%BC/%E6%BC%A2/%F0%9F%90%8E"],
  ["\u0001\n\u007f", "%01%0A%7F"],
  ["a?b#c&d=e:f@g$h,i;j", "a%3Fb%23c%26d%3De%3Af%40g%24h%2Ci%3Bj"],
  ["%2F", "%252F"],
  ["漢".repeat(341), "%E6%BC%A2".repeat(341)],
])("the key %j stands in a path as %s", (key, path) => {
  expect(encodeKey(key)).toBe(path);
});

test.each(["\ud800", "a\udc00b", "\udc00\ud800"])("the lone surrogate of %j is no part of a key", (key) => {
  expect(() => encodeKey(key)).toThrow(URIError);
  expect(() => encodeQuery({ prefix: key })).toThrow(URIError);
});

test("a query is sorted by its encoded names, with an equals sign for each", () => {
  expect(encodeQuery({ versionId: "a+b/c=", uploads: "", "max-keys": "1", prefix: undefined, ü: "1", Z: "~*" })).toBe(
    "%C3%BC=1&Z=~%2A&max-keys=1&uploads=&versionId=a%2Bb%2Fc%3D",
  );
  expect(encodeQuery({})).toBe("");
});
