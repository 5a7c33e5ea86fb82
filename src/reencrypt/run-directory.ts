import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { types } from "node:util";
import type { Journal, JournalLine } from "./journal";
import { groupWriter, hasEnded, journalLines } from "./journal-file";
import { lock } from "./run-lock";

/** What makes two runs the same piece of work. Rate, concurrency and logging are left out, so that they can change. */
export type RunRequest = Readonly<Record<string, string | number | boolean | null>>;

const hashOf = (request: RunRequest): string =>
  createHash("sha256")
    .update(JSON.stringify(Object.entries(request).sort()))
    .digest("hex");

/** In what a run that is there is another one than the one that is asked for. */
function otherThan(there: RunRequest, asked: RunRequest): string {
  const names = [...new Set([...Object.keys(there), ...Object.keys(asked)])];
  const different = names.filter((name) => there[name] !== asked[name]);
  const inWords = (value: RunRequest[string] | undefined) => (value === undefined ? "not said" : JSON.stringify(value));
  return different.length === 0
    ? "what it says of itself does not fit its hash"
    : different.map((name) => `${name} ${inWords(there[name])}, not ${inWords(asked[name])}`).join("; ");
}

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

const isMissing = (error: unknown): boolean => types.isNativeError(error) && "code" in error && error.code === "ENOENT";

const runName = /^\d{8}T\d{6}\.\d{3}Z$/;
const journalOf = (directory: string, { id }: RunFile): string => join(directory, id, "journal.jsonl");

/** The newest run, if it has not come to its end. */
async function unfinishedRun(directory: string): Promise<RunFile | undefined> {
  const names = await readdir(directory);
  const id = names
    .filter((name) => runName.test(name))
    .sort()
    .at(-1);
  if (id === undefined) return undefined;
  const file = join(directory, id, "run.json");
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined; // killed before it began
    throw error;
  });
  if (text === undefined) return undefined;
  const run = parseRunFile(text);
  if (!run || run.id !== id) throw new UnfinishedRun(`${file} is not the file of a run of this format`);
  return (await hasEnded(journalOf(directory, run))) ? undefined : run;
}

function parseRunFile(text: string): RunFile | undefined {
  try {
    const run: RunFile = JSON.parse(text);
    return run.format === 1 ? run : undefined;
  } catch {
    return undefined;
  }
}

async function createRun(directory: string, request: RunRequest, now: number): Promise<RunFile> {
  const startedAt = new Date(now).toISOString();
  const id = startedAt.replace(/[-:]/g, "");
  await mkdir(join(directory, id), { mode: 0o700 });
  // The journal first: a run without run.json has not begun.
  const run: RunFile = { format: 1, id, request, requestHash: hashOf(request), startedAt };
  await writeFile(journalOf(directory, run), "", { mode: 0o600 });
  const file = join(directory, id, "run.json");
  await writeFile(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file); // there whole, or not at all
  return run;
}

/**
 * Continues the newest run if it is unfinished and for the same request, else begins a new one.
 *
 * @throws UnfinishedRun if the newest run is unfinished and for another request, or cannot be read
 * @throws RunInUse if another process is at work on a run of this directory
 * @throws JournalNotWritten
 */
export async function openRun(props: OpenRunProps): Promise<OpenRun> {
  const { directory } = props;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const release = await lock(directory);
  try {
    return await openLocked(props, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function openLocked(props: OpenRunProps, release: () => Promise<void>): Promise<OpenRun> {
  const { directory, request, now, newRun, replay } = props;
  const unfinished = newRun ? undefined : await unfinishedRun(directory);
  if (unfinished && unfinished.requestHash !== hashOf(request)) {
    const file = join(directory, unfinished.id, "run.json");
    const what = otherThan(unfinished.request, request);
    throw new UnfinishedRun(`${file} is of an unfinished run, and of another one: ${what}`);
  }
  const run = unfinished ?? (await createRun(directory, request, now));
  const path = journalOf(directory, run);
  if (unfinished) for await (const line of journalLines(path)) replay(line);

  const file = await open(path, "a", 0o600);
  const close = async () => {
    await file.close();
    await release();
  };
  const append = groupWriter(file, path);
  return { id: run.id, directory: join(directory, run.id), resumed: unfinished !== undefined, append, close };
}
