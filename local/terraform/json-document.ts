/**
 * Whether two JSON documents mean the same to IAM: names in any order, a single value with or without its brackets,
 * several values in any order.
 *
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language".
 */
export function sameDocument(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return canonical(JSON.parse(a)) === canonical(JSON.parse(b));
  } catch {
    return false; // Neither of two texts that are no JSON can stand for the other.
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const elements = value.map(canonical).sort();
    return elements.length === 1 ? elements.join() : `[${elements.join()}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`);
  return `{${entries.sort().join()}}`;
}
