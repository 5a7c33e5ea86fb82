import { createHash } from "node:crypto";
import { parseOfFormat } from "./format";
import type { Journal, JournalLine } from "./journal";
import { type LockedRuns, RunInUse, type RunStore } from "./run-store";

/** What makes two runs the same piece of work. Rate, concurrency and logging are left out, so that they can change. */
export type RunRequest = Readonly<Record<string, string | number | boolean | null>>;

export const hashOf = (request: RunRequest): string =>
  createHash("sha256")
    .update(JSON.stringify(Object.entries(request).sort()))
    .digest("hex");

/** In what a run that is there is another one than the one that is asked for. */
export function otherThan(there: RunRequest, asked: RunRequest): string {
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
  readonly file: RunFile;
  /** Of this run: its directory, or `s3://bucket/prefix`. */
  readonly place: string;
  readonly resumed: boolean;
  /** Aborted when another process has taken the run over: then nothing can be written any more. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

export interface OpenRunProps {
  /** The runs of one command on one bucket, each named by when it began, in the order in which they began. */
  readonly store: RunStore;
  readonly request: RunRequest;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Leave an unfinished run as it is. */
  readonly newRun: boolean;
  /** Whether these are the runs of a shard, of which there is one: another process may have seen its end meanwhile. @default false */
  readonly once?: boolean;
  /** Called with every line of the run that is continued, in order. */
  readonly replay: (line: JournalLine) => void;
}

/** What `run.json` says. */
export interface RunFile {
  readonly format: 1;
  readonly id: string;
  readonly request: RunRequest;
  readonly requestHash: string;
  readonly startedAt: string;
}

const runName = /^\d{8}T\d{6}\.\d{3}Z$/;

/** The last one that was begun, since each has a later name than those before it. */
const newestName = async (store: RunStore): Promise<string | undefined> =>
  (await store.names())
    .filter((name) => runName.test(name))
    .sort()
    .at(-1);

/** The newest run of a store; nothing where there is none, or it was killed before it began. @throws UnfinishedRun */
export async function newestRun(store: RunStore): Promise<RunFile | undefined> {
  const id = await newestName(store);
  const text = id === undefined ? undefined : await store.runFile(id);
  if (text === undefined) return undefined;
  const run = parseOfFormat<RunFile>(text);
  if (run?.id !== id) throw new UnfinishedRun(`${store.place}/${id}/run.json is not the file of a run of this format`);
  return run;
}

const nameAt = (time: number): string => new Date(time).toISOString().replace(/[-:]/g, "");

/** Milliseconds since the epoch. */
const timeOf = (name: string): number =>
  Date.parse(name.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/, "$1-$2-$3T$4:$5:"));

/** Its name is later than all others, also where another machine's clock was ahead, or this one's was set back. */
async function createRun({ store, request, now }: OpenRunProps, locked: LockedRuns): Promise<RunFile> {
  const newest = await newestName(store);
  const id = nameAt(newest === undefined ? now : Math.max(now, timeOf(newest) + 1));
  const startedAt = new Date(now).toISOString();
  const run: RunFile = { format: 1, id, request, requestHash: hashOf(request), startedAt };
  await locked.create(id, `${JSON.stringify(run, null, 2)}\n`);
  return run;
}

/**
 * Continues the newest run if it is unfinished and for the same request, else begins a new one.
 *
 * @throws UnfinishedRun if the newest run is unfinished and for another request, or cannot be read
 * @throws RunInUse if another process is at work on a run of this store, or has ended the only one that there is to be
 * @throws RunsNotReached
 * @throws JournalNotWritten
 */
export async function openRun(props: OpenRunProps): Promise<OpenRun> {
  const locked = await props.store.lock();
  try {
    return await openLocked(props, locked);
  } catch (error) {
    await locked.release();
    throw error;
  }
}

async function openLocked(props: OpenRunProps, locked: LockedRuns): Promise<OpenRun> {
  const { store, request, newRun, once = false, replay } = props;
  const newest = newRun ? undefined : await newestRun(store);
  const unfinished = newest && (await store.exitCode(newest.id)) === undefined ? newest : undefined;
  if (newest && !unfinished && once) {
    const what = `${store.place}/${newest.id} came to its end while this process waited for it`;
    throw new RunInUse(what, "Give the same command again: it says how it ended.");
  }
  if (unfinished && unfinished.requestHash !== hashOf(request)) {
    const file = `${store.place}/${unfinished.id}/run.json`;
    const what = otherThan(unfinished.request, request);
    throw new UnfinishedRun(`${file} is of an unfinished run, and of another one: ${what}`);
  }
  const run = unfinished ?? (await createRun(props, locked));
  const journal = await locked.openJournal(run.id);
  if (unfinished) for await (const line of store.lines(run.id)) replay(line);
  return {
    id: run.id,
    file: run,
    place: `${store.place}/${run.id}`,
    resumed: unfinished !== undefined,
    lost: locked.lost,
    append: journal.append,
    close: async () => {
      await journal.close();
      await locked.release();
    },
  };
}
