/** What a policy variable such as `aws:username` is in this request, if the request has exactly one value for it. */
export type Variables = (name: string) => string | undefined;

/** UTF-16 code units, and these two for the wildcards. */
const anyRun = -1;
const anyOne = -2;
type Pieces = readonly number[];

const variable = /\$\{([^}]*)\}/y;

const units = (text: string): number[] => Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));

/**
 * `undefined` where the pattern names a variable that the request does not have: then the value matches nothing.
 *
 * `${*}`, `${?}` and `${$}` are the characters themselves; `${name, 'text'}` has a default.
 * Source: IAM User Guide, "IAM policy elements: Variables and tags".
 */
function piecesOf(pattern: string, variables: Variables | undefined): Pieces | undefined {
  const pieces: number[] = [];
  for (let index = 0; index < pattern.length; ) {
    variable.lastIndex = index;
    const name = variables && variable.exec(pattern)?.[1];
    if (variables && name !== undefined) {
      const [, key = name, fallback] = /^([^,]*?)\s*,\s*'([^']*)'$/.exec(name) ?? [];
      const value = ["*", "?", "$"].includes(name) ? name : (variables(key.trim()) ?? fallback);
      if (value === undefined) return undefined;
      pieces.push(...units(value));
      index = variable.lastIndex;
      continue;
    }
    const character = pattern[index];
    pieces.push(character === "*" ? anyRun : character === "?" ? anyOne : pattern.charCodeAt(index));
    index += 1;
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
  return pieces.slice(piece).every((rest) => rest === anyRun);
}

/** Whether `text` fits `pattern`, where `*` is any run of characters and `?` any one. Without `variables`, `${...}` is plain text. */
export function matchesPattern(pattern: string, text: string, variables?: Variables): boolean {
  if (pattern === "*") return true;
  const pieces = piecesOf(pattern, variables);
  return pieces !== undefined && fits(pieces, text);
}

/** `text` with its variables filled in, its wildcards meaning themselves; `undefined` where the request lacks a variable. */
export function expand(text: string, variables?: Variables): string | undefined {
  const character = (piece: number) => (piece === anyRun ? "*" : piece === anyOne ? "?" : String.fromCharCode(piece));
  return piecesOf(text, variables)?.map(character).join("");
}

/** The six parts of an ARN; the last one may hold further colons. */
const partsOf = (arn: string): readonly string[] => {
  const parts = arn.split(":");
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
