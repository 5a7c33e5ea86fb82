import { createHash } from "node:crypto";
import type { Group } from "./groups";
import type { Interval } from "./intervals";
import type { ObjectLog } from "./object-log";
import type { Counts, ObjectOutcome } from "./outcome";
import type { ProcessLine, TrafficLine } from "./traffic";

export type JournalLine =
  | ({
      readonly t: "page";
      readonly sweep: number;
      readonly counts: Counts;
      readonly exceptions: readonly ObjectOutcome[];
      /** Those of its objects that were seen, by what they have in common. */
      readonly groups?: readonly Group[];
      /** With `--log-objects`: those that are no exceptions. */
      readonly objects?: ObjectLog;
    } & Interval)
  | Intent
  | ProcessLine
  | TrafficLine
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
