/** The same few names come with every answer. */
const names = new Map<string, string>();
const MAX_NAMES = 1_000;

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** A header's name in lower case; nothing if it is none. */
export function headerName(written: string): string | undefined {
  const known = names.get(written);
  if (known !== undefined) return known;
  if (!token.test(written)) return undefined;
  const name = written.toLowerCase();
  if (names.size < MAX_NAMES) names.set(written, name);
  return name;
}
