import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { formatKept, type KeptAnswers, readKept } from "../../../src/checks/preflight/kept-answers";
import { codeOf } from "../../../src/checks/settings";
import { say } from "./terminal";

export interface AnswersFile extends KeptAnswers {
  /** Whether answers are on the disk, so that another process can go on from them. */
  readonly written: boolean;
  /** Takes the file away: nobody has to go on from it. */
  forget(): void;
}

/** The system's code, such as `ENOSPC`. */
const whyNot = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : codeOf(error);

/**
 * Answers in a file, which is for its owner only: it names who may do what. Where it cannot be read or written that is
 * said, and the search goes on in memory.
 *
 * @param now milliseconds since 1970
 */
export function answersFile(path: string, now: number): AnswersFile {
  let file: number | undefined;
  let broken = false;
  const orGoOn = <T>(use: () => T): T | undefined => {
    if (broken) return undefined;
    try {
      return use();
    } catch (error) {
      broken = true;
      say(`${path} cannot be used (${whyNot(error)}): a search that is interrupted begins anew.`);
      return undefined;
    }
  };
  const known = orGoOn(() => readKept(existsSync(path) ? readFileSync(path, "utf8") : "", now));
  const open = (): number => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const opened = openSync(path, "a", 0o600);
    writeSync(opened, "\n"); // closes a last line that was torn; an empty line says nothing
    return opened;
  };
  return {
    of: (question) => known?.get(question),
    keep: (answer) => {
      orGoOn(() => {
        file ??= open();
        writeSync(file, formatKept(answer));
      });
    },
    get written() {
      return !broken;
    },
    forget: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
      orGoOn(() => rmSync(path, { force: true }));
    },
  };
}
