// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
/** What a policy variable such as `aws:username` is in this request. Multivalued keys are no variables: User Guide, "Single-valued vs. multivalued context keys". */
export type Variables = (name: string) => string | undefined;

/** UTF-16 code units, and these two for the wildcards. */
const anyRun = -1;
const anyOne = -2;
type Pieces = readonly number[];

const variable = /(\$\{[^}]*\})/;

const unitsOf = (text: string): number[] => Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));

const withWildcards = (text: string): number[] =>
  Array.from({ length: text.length }, (_, index) => {
    const character = text[index];
    return character === "*" ? anyRun : character === "?" ? anyOne : text.charCodeAt(index);
  });

/** What `${...}` stands for: a wildcard as a plain character, what the request has, or the default after a comma. */
function valueOfVariable(name: string, variables: Variables): string | undefined {
  if (["*", "?", "$"].includes(name)) return name;
  const [, key = name, fallback] = /^([^,]*?)\s*,\s*'([^']*)'$/.exec(name) ?? [];
  return variables(key.trim()) ?? fallback;
}

const memory = new Map<string, Pieces>();
const memoryLimit = 5_000;

/** Every request is held against the same few patterns, so those without variables are taken apart once. */
function remembered(pattern: string): Pieces {
  const known = memory.get(pattern);
  if (known) return known;
  if (memory.size >= memoryLimit) memory.clear();
  const pieces = withWildcards(pattern);
  memory.set(pattern, pieces);
  return pieces;
}

/**
 * `undefined` where the pattern names a variable that the request does not have: then the value matches nothing.
 *
 * Source: IAM User Guide, "IAM policy elements: Variables and tags".
 */
function piecesOf(pattern: string, variables: Variables | undefined): Pieces | undefined {
  if (!variables || !pattern.includes("${")) return remembered(pattern);
  const pieces: number[] = [];
  for (const part of pattern.split(variable)) {
    const value =
      part.startsWith("${") && part.endsWith("}") ? valueOfVariable(part.slice(2, -1), variables) : undefined;
    if (value !== undefined) pieces.push(...unitsOf(value));
    else if (variable.test(part)) return undefined;
    else pieces.push(...withWildcards(part));
  }
  return pieces;
}

/** Linear for each run wildcard: on a mismatch only the last one takes up one more character. */
function fits(pieces: Pieces, text: string): boolean {
  let piece = 0;
  let index = 0;
  let lastRun = -1;
  let resumeAt = 0;
  while (index < text.length) {
    const expected = pieces[piece];
    if (expected === anyRun) {
      lastRun = piece;
      resumeAt = index;
      piece += 1;
    } else if (expected === anyOne || expected === text.charCodeAt(index)) {
      piece += 1;
      index += 1;
    } else if (lastRun >= 0) {
      piece = lastRun + 1;
      resumeAt += 1;
      index = resumeAt;
    } else return false;
  }
  while (pieces[piece] === anyRun) piece += 1;
  return piece === pieces.length;
}

/** Whether `text` fits `pattern`, where `*` is any run of characters and `?` any one. Without `variables`, `${...}` is plain text. */
export function matchesPattern(pattern: string, text: string, variables?: Variables): boolean {
  if (pattern === "*") return true;
  const pieces = piecesOf(pattern, variables);
  return pieces !== undefined && fits(pieces, text);
}

/** `text` with its variables filled in, its wildcards meaning themselves; `undefined` where the request lacks a variable. */
export function expand(text: string, variables?: Variables): string | undefined {
  if (!text.includes("${")) return text;
  const character = (piece: number) => (piece === anyRun ? "*" : piece === anyOne ? "?" : String.fromCharCode(piece));
  return piecesOf(text, variables)?.map(character).join("");
}

/** The six parts of an ARN; the last one may hold further colons. Those in a variable's name separate nothing. */
const partsOf = (arn: string): readonly string[] => {
  const parts = arn.split(/(?<!\$\{[^}]*):/);
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
};

/** As `ArnLike` and `ArnEquals` compare: part by part, so that a wildcard does not reach across colons. */
export function matchesArn(pattern: string, arn: string, variables?: Variables): boolean {
  const expected = partsOf(pattern);
  const actual = partsOf(arn);
  return (
    expected.length === actual.length &&
    expected.every((part, index) => matchesPattern(part, actual[index] ?? "", variables))
  );
}
