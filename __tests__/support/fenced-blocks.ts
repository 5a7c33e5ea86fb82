import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A block between fences of a page. */
export interface FencedBlock {
  /** What stands after the opening fence. */
  readonly language: string;
  /** The heading above it. */
  readonly heading: string;
  readonly text: string;
}

/** @param page below docs/ */
export function fencedBlocks(page: string): readonly FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let heading = "";
  let open: { readonly language: string; readonly lines: string[] } | undefined;
  for (const line of readFileSync(join(__dirname, "../../docs", page), "utf8").split("\n")) {
    const [fence, language = ""] = /^```(\w*)$/.exec(line) ?? [];
    if (open && fence) {
      blocks.push({ language: open.language, heading, text: open.lines.join("\n") });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (fence) open = { language, lines: [] };
    else heading = /^#+ (.+)$/.exec(line)?.[1] ?? heading;
  }
  return blocks;
}
