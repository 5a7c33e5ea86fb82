import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { formatLine, type Journal, type JournalLine, parseLine } from "./journal";

/** What was done could not be written down, so nothing more may be done. */
export class JournalNotWritten extends Error {}

/** What of a file the journal needs. */
export type AppendOnly = Pick<FileHandle, "appendFile" | "datasync">;

/**
 * Appends lines in groups: while one group is on its way to the disk the next one gathers.
 *
 * A failed write fails every later one, since nothing after a hole may be believed to be there.
 *
 * @throws JournalNotWritten
 */
export function groupWriter(file: AppendOnly, path: string): Journal["append"] {
  let gathering = "\n"; // closes a last line that was torn; an empty line says nothing
  let flushed: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const flush = async () => {
    const group = gathering;
    gathering = "";
    flushed = next ?? flushed;
    next = undefined;
    try {
      await file.appendFile(group);
      await file.datasync();
    } catch (error) {
      throw new JournalNotWritten(`${path} could not be written: ${error instanceof Error ? error.message : error}`);
    }
  };
  return (line) => {
    gathering += formatLine(line);
    next ??= flushed.then(flush);
    return next;
  };
}

/** Not with node:readline, which also ends lines at U+2028 and U+2029: keys may hold those. */
export async function* journalLines(path: string): AsyncGenerator<JournalLine> {
  let rest = "";
  for await (const chunk of createReadStream(path, "utf8")) {
    const texts = `${rest}${chunk}`.split("\n");
    rest = texts.pop() ?? "";
    for (const text of texts) {
      const line = parseLine(text);
      if (line) yield line;
    }
  }
  const unterminated = parseLine(rest);
  if (unterminated) yield unterminated;
}

/** Longer than a line that says the end, and shorter than most journals. */
const TAIL_BYTES = 256;

/** Whether the last line says that the run has come to its end. */
export async function hasEnded(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer } = await file.read({ buffer: Buffer.alloc(length), position: size - length });
    const last = buffer.toString("utf8").trimEnd().split("\n").at(-1) ?? "";
    return parseLine(last)?.t === "end";
  } finally {
    await file.close();
  }
}
