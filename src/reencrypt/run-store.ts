import type { Journal, JournalLine } from "./journal";

/**
 * Where the runs of one kind on one bucket are kept: a directory of this machine, or a prefix of another bucket.
 *
 * Whoever only reads sees what is durable at that moment.
 */
export interface RunStore {
  /** A directory, or `s3://bucket/prefix`. */
  readonly place: string;
  /** Names of what is there; runs are among them. */
  names(): Promise<readonly string[]>;
  /** The text of a run's `run.json`; nothing where a process was killed before the run had begun. */
  runFile(id: string): Promise<string | undefined>;
  /** With which a run has come to its end, as the last line of its journal says; nothing where it has not. */
  exitCode(id: string): Promise<number | undefined>;
  /** What a run's journal says, in order. Damaged lines are left out. */
  lines(id: string): AsyncIterable<JournalLine>;
  /** Takes the runs for this process. @throws RunInUse */
  lock(): Promise<LockedRuns>;
}

/** What only the one process may do that has the lock. */
export interface LockedRuns {
  /** Aborted when the lock has become somebody else's: then nothing can be written any more. */
  readonly lost: AbortSignal;
  /** Begins a run, with an empty journal: there whole, or not at all. */
  create(id: string, runFile: string): Promise<void>;
  /** What is in the journal by then is all that anybody else has written, and ever will. */
  openJournal(id: string): Promise<OpenJournal>;
  release(): Promise<void>;
}

export interface OpenJournal extends Journal {
  close(): Promise<void>;
}

/** Another process is at work on the same runs. */
export class RunInUse extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** The place of the runs cannot be read or written. */
export class RunsNotReached extends Error {
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}
