import { visible } from "../reencrypt/report";

/** Words of ours, and in `code` the words of others: from plans, policies, fleets and Terraform. */
export interface Phrase {
  readonly parts: readonly (string | { readonly code: string })[];
}

/** A sentence with values in it. Whatever string is put in is somebody else's, and shown as code; numbers and phrases are ours. */
export const phrase = (words: TemplateStringsArray, ...values: readonly (string | number | Phrase)[]): Phrase => ({
  parts: words.flatMap((word, index) => {
    const value = values[index];
    if (value === undefined) return [word];
    if (typeof value === "object") return [word, ...value.parts];
    return [word, typeof value === "number" ? value.toLocaleString("en-US") : { code: value }];
  }),
});

export const listed = (phrases: readonly Phrase[], separator = ", "): Phrase => ({
  parts: phrases.flatMap(({ parts }, index) => (index === 0 ? parts : [separator, ...parts])),
});

/** For JSON and for terminals, which make control characters visible themselves. */
export const plainText = ({ parts }: Phrase): string =>
  parts.map((part) => (typeof part === "string" ? part : part.code)).join("");

export const plural = (count: number, one: string, more = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : more}`;

const longest = 300;

// Characters that show nothing, zero width ones for instance, beyond what a terminal has to fear.
const invisible =
  /[\p{Cf}\p{Variation_Selector}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** As JSON writes it, half by half. */
const escaped = (character: string): string =>
  Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");

/** Text of others with everything visible that is in it. */
export const shown = (text: string): string => visible(text).replace(invisible, escaped);

export const cut = (text: string, length = longest): string => {
  if (text.length <= length) return text;
  // Not between the halves of a character.
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return `${text.slice(0, end)}... (${(text.length - end).toLocaleString("en-US")} more characters)`;
};

/**
 * A code span. What could end it, or the cell of a table that it is in, is written as JSON writes it, so that GitHub
 * takes nothing in it for markup, for a name to notify, an issue or a link.
 */
function codeSpan(text: string): string {
  const safe = cut(shown(text)).replace(/[`|]/g, escaped);
  // CommonMark strips one space from both sides, and a span of nothing is none.
  return `\`${safe.trim() === "" ? JSON.stringify(safe) : safe}\``;
}

export const markdown = ({ parts }: Phrase): string =>
  parts.map((part) => (typeof part === "string" ? part : codeSpan(part.code))).join("");

/** Inside of raw HTML, such as a summary, where Markdown is not read. */
export const htmlCode = (text: string): string =>
  `<code>${cut(shown(text)).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)}</code>`;
