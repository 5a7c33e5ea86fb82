import { formatLine, type Journal } from "./journal";

/** What was done could not be written down, so nothing more may be done. */
export class JournalNotWritten extends Error {}

export interface GroupWriterProps {
  /** Resolves once the lines are durable. */
  readonly write: (lines: string) => Promise<void>;
  /** Awaited before a group is closed, so that more lines can join it. @default nothing to wait for */
  readonly ready?: () => Promise<void>;
  /** How the journal is called in messages. */
  readonly place: string;
}

/**
 * Appends lines in groups: while one group is on its way the next one gathers.
 *
 * A failed write fails every later one, since nothing after a hole may be believed to be there.
 *
 * @throws JournalNotWritten
 */
export function groupWriter({ write, ready, place }: GroupWriterProps): Journal["append"] {
  let gathering = "";
  let flushed: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const flush = async () => {
    await ready?.();
    const group = gathering;
    gathering = "";
    flushed = next ?? flushed;
    next = undefined;
    try {
      await write(group);
    } catch (error) {
      throw new JournalNotWritten(`${place} could not be written: ${error instanceof Error ? error.message : error}`);
    }
  };
  return (line) => {
    gathering += formatLine(line);
    next ??= flushed.then(flush);
    return next;
  };
}
