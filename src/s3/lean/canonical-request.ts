export interface RequestToSign {
  readonly method: string;
  readonly host: string;
  /** Percent-encoded, begins with a slash. */
  readonly path: string;
  /** Canonical: encoded and sorted, without the question mark. */
  readonly query: string;
  /** Lower-case names, without `host`, which is signed as well. What is signed of a value is its UTF-8. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body, or UNSIGNED-PAYLOAD. */
  readonly payloadHash: string;
}

export interface CanonicalRequest {
  readonly text: string;
  /** Sorted and separated by semicolons, as `SignedHeaders` wants them. */
  readonly signedHeaders: string;
}

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "Task 1: Create a Canonical Request".
 *
 * @param headers in place of the request's own
 */
export function canonicalRequest(request: RequestToSign, headers = request.headers): CanonicalRequest {
  const { method, host, path, query, payloadHash } = request;
  const { signed, signedHeaders } = shapeOf(headers);
  let text = `${method}\n${path}\n${query}\n`;
  for (const { name, prefix } of signed) {
    text += `${prefix}${tidy(name === "host" ? host : (headers[name] ?? ""))}\n`;
  }
  return { text: `${text}\n${signedHeaders}\n${payloadHash}`, signedHeaders };
}

const untidy = /^ | {2}|[\t\r\n]| $/;

/** Trimmed, and each run of white space as one space. */
const tidy = (value: string): string =>
  untidy.test(value) ? value.replaceAll(/[ \t\r\n]+/g, " ").replaceAll(/^ | $/g, "") : value;

/** What a request signs of its headers depends on their names alone, and the same few sets come again and again. */
interface Shape {
  readonly given: readonly string[];
  readonly signed: readonly { readonly name: string /** The name and its colon. */; readonly prefix: string }[];
  readonly signedHeaders: string;
}

/** A proxy may change these, so that the SDK does not sign them either. */
const unsigned = new Set(["authorization", "cache-control", "connection", "expect", "transfer-encoding", "user-agent"]);

const isSame = (a: readonly string[], b: readonly string[]): boolean => {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
};

/** User metadata makes shapes without end: then all are forgotten. A search through so few costs less than a hash. */
const maxShapes = 24;
let shapes: Shape[] = [];

function shapeOf(headers: Readonly<Record<string, string>>): Shape {
  const given = Object.keys(headers);
  for (const shape of shapes) if (isSame(shape.given, given)) return shape;
  const names = [...given.filter((name) => !unsigned.has(name)), "host"].sort();
  const signed = names.map((name) => ({ name, prefix: `${name}:` }));
  const shape = { given, signed, signedHeaders: names.join(";") };
  shapes = shapes.length < maxShapes ? [...shapes, shape] : [shape];
  return shape;
}
