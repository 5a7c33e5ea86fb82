import { mkdir, open, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { types } from "node:util";
import { exitCodeIn, fileWriter, journalLines } from "./journal-file";
import { lock } from "./run-lock";
import type { LockedRuns, RunStore } from "./run-store";

const isMissing = (error: unknown): boolean => types.isNativeError(error) && "code" in error && error.code === "ENOENT";

/** Runs in a directory of this machine, each in a directory of its own. */
export function runDirectory(directory: string): RunStore {
  const journalOf = (id: string): string => join(directory, id, "journal.jsonl");
  return {
    place: directory,
    names: () =>
      readdir(directory).catch((error: unknown) => {
        if (isMissing(error)) return []; // no run has begun
        throw error;
      }),
    runFile: (id) =>
      readFile(join(directory, id, "run.json"), "utf8").catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      }),
    exitCode: (id) => exitCodeIn(journalOf(id)),
    lines: (id) => journalLines(journalOf(id)),
    lock: async () => {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return locked(directory, journalOf, await lock(directory));
    },
  };
}

function locked(directory: string, journalOf: (id: string) => string, release: LockedRuns["release"]): LockedRuns {
  return {
    lost: new AbortController().signal, // nobody takes over from a process that is there
    create: async (id, runFile) => {
      await mkdir(join(directory, id), { mode: 0o700 });
      // The journal first: a run without run.json has not begun.
      await writeFile(journalOf(id), "", { mode: 0o600 });
      const path = join(directory, id, "run.json");
      await writeFile(`${path}.new`, runFile, { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
    openJournal: async (id) => {
      const path = journalOf(id);
      const file = await open(path, "a", 0o600);
      return { append: fileWriter(file, path), close: () => file.close() };
    },
    release,
  };
}
