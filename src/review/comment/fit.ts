/** Text, or how to make it: what does not fit need not be made. */
export type Item = string | (() => string);

/** A part of the comment that may be cut. Its items are whole Markdown blocks, the most important one first. */
export interface Block {
  /** What the items are, in the plural, for the sentence that says how many were cut. */
  readonly what: string;
  readonly heading: readonly string[];
  readonly items: readonly Item[];
  /** Between the items: a line or, for lists and tables, none. */
  readonly spaced?: boolean;
  /** The most that it may take of what is left, so that a long table does not push out everything below. @default 1 */
  readonly share?: number;
}

/** Where the rest is to be found. */
const cutNote = (count: number, what: string): string =>
  `**${count.toLocaleString("en-US")} more ${what} are not shown here**: see \`review.json\`.`;

const size = (lines: readonly string[]): number => lines.reduce((total, line) => total + line.length + 1, 0);

/** Kept back for each block that is still to come, for its heading and its note. */
const reserve = 400;

function fitBlock({ what, heading, items, spaced = false }: Block, room: number): string[] {
  const note = (count: number) => ["", cutNote(count, what)];
  const lines = [...heading];
  let left = room - size(heading) - size(note(items.length)) - 1;
  let shown = 0;
  for (const one of items) {
    const item = typeof one === "string" ? one : one();
    const added = spaced && shown > 0 ? ["", item] : [item];
    if (size(added) > left) break;
    lines.push(...added);
    left -= size(added);
    shown++;
  }
  if (shown === 0) return [...note(items.length).slice(1), ""];
  return [...lines, ...(shown < items.length ? note(items.length - shown) : []), ""];
}

/**
 * As much of the blocks as fits, in the order of their importance.
 *
 * @param room characters
 */
export function asMuchAsFits(blocks: readonly Block[], room: number): string[] {
  const filled = blocks.filter(({ items }) => items.length > 0);
  let left = room;
  return filled.flatMap((block, index) => {
    const later = (filled.length - 1 - index) * reserve;
    const lines = fitBlock(block, (left - later) * (later > 0 ? (block.share ?? 1) : 1));
    left -= size(lines);
    return lines;
  });
}
