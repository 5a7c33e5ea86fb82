/**
 * Headers that a proxy may change, so that the SDK signs none of them either. `user-agent` and `cache-control` are
 * the ones that we send.
 */
const unsigned = new Set(["authorization", "cache-control", "connection", "expect", "user-agent"]);

interface Shape {
  /** Sorted and separated by semicolons, as `SignedHeaders` wants them. */
  readonly names: string;
  /** The headers of the canonical request, a line each. */
  readonly canonical: (headers: Readonly<Record<string, string>>, host: string) => string;
}

const untidy = /^ | {2}|[\t\r\n]| $/;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html: trimmed, and each run of spaces as one. */
const tidy = (value: string): string =>
  untidy.test(value) ? value.replaceAll(/[ \t\r\n]+/g, " ").replaceAll(/^ | $/g, "") : value;

function shapeOf(given: readonly string[]): Shape {
  const sorted = [...given.filter((name) => !unsigned.has(name)), "host"].sort();
  return {
    names: sorted.join(";"),
    canonical: (headers, host) => {
      let lines = "";
      for (const name of sorted) lines += `${name}:${tidy(name === "host" ? host : (headers[name] ?? ""))}\n`;
      return lines;
    },
  };
}

/** Metadata makes shapes without end, so that they are forgotten now and then. */
const limit = 256;
const shapes = new Map<string, Shape>();

/** What a request signs of its headers depends on their names alone: the same few sets come again and again. */
export function signedHeaderShape(headers: Readonly<Record<string, string>>): Shape {
  const given = Object.keys(headers);
  const name = given.join();
  const known = shapes.get(name);
  if (known) return known;
  if (shapes.size === limit) shapes.clear();
  const shape = shapeOf(given);
  shapes.set(name, shape);
  return shape;
}
