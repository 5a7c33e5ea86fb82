import type { Signature } from "./signature";
import type { Target } from "./target";

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Most paths: what is encoded as itself, and decoded as well. */
const plain = /^[\w.~/-]*$/;

const encodedPath = (path: string): string =>
  plain.test(path)
    ? path
    : path
        .split("/")
        .map((part) => encoded(decodeURIComponent(part)))
        .join("/");

function canonicalQuery(query: URLSearchParams): string {
  if (query.size === 0) return "";
  const pairs = [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encoded(name), encoded(value)]);
  const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return pairs
    .sort(([a = "", x = ""], [b = "", y = ""]) => inOrder(a, b) || inOrder(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** The text that both sides hash. Source: "Create a signed AWS API request", step 1; S3 encodes the path only once. */
export function canonicalRequest(target: Target, signature: Signature, payloadHash: string): string {
  const headers = signature.signedHeaders.map(
    (name) => `${name}:${(target.headers[name] ?? (name === "host" ? target.host : "")).trim().replace(/\s+/g, " ")}\n`,
  );
  const path = encodedPath(target.path);
  return [
    target.method,
    signature.service === "s3" ? path : encodedPath(path.replace(/%/g, "%25")),
    canonicalQuery(target.query),
    headers.join(""),
    signature.signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}
