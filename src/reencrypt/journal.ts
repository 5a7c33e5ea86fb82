import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { types } from "node:util";
import type { Interval } from "./intervals";
import type { Counts, ObjectOutcome } from "./outcome";

export type JournalLine =
  | ({
      readonly t: "page";
      readonly sweep: number;
      readonly counts: Counts;
      readonly exceptions: readonly ObjectOutcome[];
    } & Interval)
  | Intent
  | { readonly t: "sweep"; readonly sweep: number; readonly converted: number }
  | { readonly t: "end"; readonly exitCode: number };

/** Written before each copy. */
export interface Intent {
  readonly t: "intent";
  readonly key: string;
  readonly etag: string;
  readonly versionId?: string;
  readonly uploadId?: string;
}

/** Where the conversion writes down what it did; done once the returned promise is. */
export interface Journal {
  append(line: JournalLine): Promise<void>;
}

/** For runs that change nothing and need not be resumed. */
export const noJournal: Journal = { append: async () => undefined };

const digest = (json: string): string => createHash("sha256").update(json).digest("hex").slice(0, 8);

export function formatLine(line: JournalLine): string {
  const json = JSON.stringify(line);
  return `${digest(json)} ${json}\n`;
}

/** Nothing for a line that was torn or damaged: what it said is looked at again. */
export function parseLine(text: string): JournalLine | undefined {
  const json = text.slice(9);
  return text[8] === " " && text.slice(0, 8) === digest(json) ? JSON.parse(json) : undefined;
}

/**
 * Appends lines in groups: while one group is on its way to the disk the next one gathers.
 *
 * A failed write fails every later one, since nothing after a hole may be believed to be there.
 */
function groupWriter(file: FileHandle): Journal["append"] {
  let gathering = "";
  let flushed: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return (line) => {
    gathering += formatLine(line);
    next ??= flushed.then(async () => {
      const group = gathering;
      gathering = "";
      flushed = next ?? flushed;
      next = undefined;
      await file.appendFile(group);
      await file.datasync();
    });
    return next;
  };
}

/** What makes two runs the same piece of work. Rate, concurrency and logging are left out, so that they can change. */
export type RunRequest = Readonly<Record<string, string | number | boolean | null>>;

const hashOf = (request: RunRequest): string =>
  createHash("sha256")
    .update(JSON.stringify(Object.entries(request).sort()))
    .digest("hex");

/** An unfinished run is there, for something else than what is asked now. */
export class UnfinishedRun extends Error {}

export interface OpenRun extends Journal {
  readonly id: string;
  readonly directory: string;
  readonly resumed: boolean;
  close(): Promise<void>;
}

export interface OpenRunProps {
  /** The runs of one command on one bucket. Each is a directory in it, named by when it began. */
  readonly directory: string;
  readonly request: RunRequest;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Leave an unfinished run as it is. */
  readonly newRun: boolean;
  /** Called with every line of the run that is continued, in order. */
  readonly replay: (line: JournalLine) => void;
}

interface RunFile {
  readonly format: 1;
  readonly id: string;
  readonly request: RunRequest;
  readonly requestHash: string;
  readonly startedAt: string;
}

/** Not with node:readline, which also ends lines at U+2028 and U+2029: keys may hold those. */
async function* journalLines(file: string): AsyncGenerator<JournalLine> {
  let rest = "";
  for await (const chunk of createReadStream(file, "utf8")) {
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

const isMissing = (error: unknown): boolean => types.isNativeError(error) && "code" in error && error.code === "ENOENT";

async function newestRun(directory: string): Promise<{ run: RunFile; lines: JournalLine[] } | undefined> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const id = names.sort().at(-1);
  if (id === undefined) return undefined;
  const text = await readFile(join(directory, id, "run.json"), "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined; // killed before it began
    throw error;
  });
  if (text === undefined) return undefined;
  const run: RunFile = JSON.parse(text);
  const lines: JournalLine[] = [];
  for await (const line of journalLines(join(directory, id, "journal.jsonl"))) lines.push(line);
  return { run, lines };
}

async function createRun(directory: string, request: RunRequest, now: number): Promise<RunFile> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const startedAt = new Date(now).toISOString();
  const id = startedAt.replace(/[-:]/g, "");
  await mkdir(join(directory, id), { mode: 0o700 });
  // The journal first: a run without run.json has not begun.
  await writeFile(join(directory, id, "journal.jsonl"), "", { mode: 0o600 });
  const run: RunFile = { format: 1, id, request, requestHash: hashOf(request), startedAt };
  const file = join(directory, id, "run.json");
  await writeFile(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file); // there whole, or not at all
  return run;
}

/**
 * Continues the newest run if it is unfinished and for the same request, else begins a new one.
 *
 * @throws UnfinishedRun if the newest run is unfinished and for another request
 */
export async function openRun({ directory, request, now, newRun, replay }: OpenRunProps): Promise<OpenRun> {
  const newest = newRun ? undefined : await newestRun(directory);
  const unfinished = newest && !newest.lines.some((line) => line.t === "end") ? newest : undefined;
  if (unfinished && unfinished.run.requestHash !== hashOf(request)) {
    throw new UnfinishedRun(`${join(directory, unfinished.run.id)} is unfinished, and was for something else`);
  }
  const run = unfinished?.run ?? (await createRun(directory, request, now));
  const path = join(directory, run.id);
  for (const line of unfinished?.lines ?? []) replay(line);

  const file = await open(join(path, "journal.jsonl"), "a", 0o600);
  if (unfinished) await file.appendFile("\n"); // closes a torn last line; an empty line says nothing
  return {
    id: run.id,
    directory: path,
    resumed: unfinished !== undefined,
    append: groupWriter(file),
    close: () => file.close(),
  };
}
