import { proxyFor } from "../../../src/s3/lean/proxy";

const proxies = { HTTP_PROXY: "http://plain.example:3128", HTTPS_PROXY: "http://secure.example:3128" };
const s3 = "https://acme-uploads.s3.eu-west-1.amazonaws.com";

test("without a word of the environment there is none", () => {
  expect(proxyFor(s3, {})).toBeUndefined();
  expect(proxyFor(s3, { HTTPS_PROXY: "", NO_PROXY: "" })).toBeUndefined();
});

test("each scheme has its own", () => {
  expect(proxyFor(s3, proxies)).toBe("http://secure.example:3128");
  expect(proxyFor("http://127.0.0.1:8000", proxies)).toBe("http://plain.example:3128");
  expect(proxyFor("http://127.0.0.1:8000", { HTTPS_PROXY: "http://secure.example" })).toBeUndefined();
});

test("a name in lower case wins, and a scheme may be left out", () => {
  expect(proxyFor(s3, { ...proxies, https_proxy: "lower.example:8080" })).toBe("http://lower.example:8080");
});

test.each<[string, string, boolean]>([
  ["*", s3, true],
  ["amazonaws.com", s3, true],
  [".amazonaws.com", s3, true],
  ["*.amazonaws.com", s3, true],
  ["AMAZONAWS.COM", s3, true],
  ["other.example, s3.eu-west-1.amazonaws.com", s3, true],
  ["other.example s3.eu-west-1.amazonaws.com", s3, true],
  ["eu-west-1.amazonaws.co", s3, false],
  ["azonaws.com", s3, false],
  ["s3.us-east-1.amazonaws.com", s3, false],
  ["amazonaws.com:443", s3, true],
  ["amazonaws.com:8443", s3, false],
  ["127.0.0.1:8000", "http://127.0.0.1:8000", true],
  ["127.0.0.1:8001", "http://127.0.0.1:8000", false],
  ["127.0.0.1:80", "http://127.0.0.1", true],
  ["[::1]", "http://[::1]:8000", true],
  ["[::1]:8000", "http://[::1]:8000", true],
])("NO_PROXY=%s, and %s: %s", (NO_PROXY, origin, exempt) => {
  expect(proxyFor(origin, { ...proxies, NO_PROXY }) === undefined).toBe(exempt);
});
