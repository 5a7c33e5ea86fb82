import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { groupWriter } from "./group-writer";
import { compareAfter } from "./intervals";
import { type Journal, type JournalLine, parseLine } from "./journal";
import type { ManifestEntry } from "./manifest/entry";

/** What of a file the journal needs. */
export type AppendOnly = Pick<FileHandle, "appendFile" | "datasync">;

/** Writes to the disk in groups. @throws JournalNotWritten */
export function fileWriter(file: AppendOnly, path: string): Journal["append"] {
  let torn = "\n"; // closes a last line that was torn; an empty line says nothing
  return groupWriter({
    place: path,
    write: async (lines) => {
      const group = torn + lines;
      torn = "";
      await file.appendFile(group);
      await file.datasync();
    },
  });
}

/** Not with node:readline, which also ends lines at U+2028 and U+2029: keys may hold those. */
export async function* journalLines(path: string): AsyncGenerator<JournalLine> {
  for await (const text of textLines(createReadStream(path))) {
    const line = parseLine(text.toString());
    if (line) yield line;
  }
}

const LINE_FEED = 10;

/** The bytes of each line, without its end. A last line without one counts as well. */
export async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let open: Buffer[] = []; // the beginning of a line whose end is still to come
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      const piece = chunk.subarray(from, end);
      yield open.length > 0 ? Buffer.concat([...open, piece]) : piece;
      open = [];
      from = end + 1;
    }
    if (from < chunk.length) open.push(chunk.subarray(from));
  }
  if (open.length > 0) yield Buffer.concat(open);
}

/** Of a line, in bytes. */
interface Place {
  readonly at: number;
  readonly length: number;
}

/**
 * What a sweep has for a manifest, in the order of its keys: pages, each with its parts after it.
 *
 * Lanes write theirs as they come. Where each line stands is kept, and nothing of what it says: of ten million objects
 * that is ten thousand places.
 */
export async function* entriesInOrder(path: string, sweep: number): AsyncGenerator<readonly ManifestEntry[]> {
  const pages: { readonly after: string | null; readonly places: readonly Place[] }[] = [];
  const parts = new Map<string, Place[]>();
  let at = 0;
  for await (const text of textLines(createReadStream(path))) {
    const line = parseLine(text.toString());
    const place = { at, length: text.length };
    if (line?.t === "part" && line.sweep === sweep) {
      const before = parts.get(line.page);
      if (before) before.push(place);
      else parts.set(line.page, [place]);
    }
    if (line?.t === "page" && line.sweep === sweep && line.entries) {
      const itsParts = line.parts ? (parts.get(line.parts.name) ?? []) : [];
      pages.push({ after: line.after, places: [place, ...itsParts] });
    }
    at += text.length + 1;
  }
  pages.sort((one, other) => compareAfter(one.after, other.after));
  const file = await open(path, "r");
  try {
    for (const { at, length } of pages.flatMap(({ places }) => places)) {
      const { buffer } = await file.read({ buffer: Buffer.alloc(length), position: at });
      const line = parseLine(buffer.toString());
      if (line?.t === "page" || line?.t === "part") yield line.entries ?? [];
    }
  } finally {
    await file.close();
  }
}

/** Longer than a line that says the end, and shorter than most journals. */
const TAIL_BYTES = 256;

/** With which the run has come to its end, as the last line says; nothing where it has not. */
export async function exitCodeIn(path: string): Promise<number | undefined> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer } = await file.read({ buffer: Buffer.alloc(length), position: size - length });
    const last = buffer.toString("utf8").trimEnd().split("\n").at(-1) ?? "";
    const line = parseLine(last);
    return line?.t === "end" ? line.exitCode : undefined;
  } finally {
    await file.close();
  }
}
