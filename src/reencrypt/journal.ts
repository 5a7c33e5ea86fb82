import { createHash } from "node:crypto";
import type { Acl, Tag } from "../s3/object-store";
import type { AwaitedNewsOfKey } from "./awaited-copies";
import type { RefusalReason } from "./decide";
import type { Group } from "./groups";
import type { Interval } from "./intervals";
import type { ManifestEntry } from "./manifest/entry";
import type { ObjectLog } from "./object-log";
import type { Counts, ObjectOutcome } from "./outcome";
import type { ProcessLine, TrafficLine } from "./traffic";

export type JournalLine =
  | ({
      readonly t: "page";
      readonly sweep: number;
      readonly counts: Counts;
      /** What it has been too long for: lines before it, and why the objects that are named there cannot be converted. */
      readonly parts?: { readonly name: string; readonly because: Readonly<Partial<Record<RefusalReason, number>>> };
      /** Those of its objects that were seen, by what they have in common. */
      readonly groups?: readonly Group[];
      /** What was learnt of copies of whose end nobody knew. */
      readonly awaited?: readonly AwaitedNewsOfKey[];
      /** What named its keys, so that there may be more of them. @default a list of the bucket, which has them all */
      readonly from?: "inventory";
    } & NamedObjects &
      Interval)
  | PartLine
  | Intent
  | Refusal
  | ProcessLine
  | TrafficLine
  | { readonly t: "sweep"; readonly sweep: number; readonly converted: number }
  | { readonly t: "end"; readonly exitCode: number };

/** What a page says of its objects one by one. */
export interface NamedObjects {
  readonly exceptions: readonly ObjectOutcome[];
  /** Of a backup: what its manifest will say of them. */
  readonly entries?: readonly ManifestEntry[];
  /** With `--log-objects`: those that are no exceptions. */
  readonly objects?: ObjectLog;
}

/** More objects of a page whose own line comes later. Where it does not, since the process was killed, this one says nothing. */
export interface PartLine extends NamedObjects {
  readonly t: "part";
  readonly sweep: number;
  readonly page: string;
}

/** What of a version can be changed without writing another one. */
export interface Held {
  readonly tags: readonly Tag[];
  /** Nothing in buckets where ACLs are off. */
  readonly acl?: Acl;
}

/** All of a copy that S3 does not read from its source by itself. */
export interface Sent extends Held {
  readonly storageClass: string;
  readonly websiteRedirect?: string;
}

export type PageLine = Extract<JournalLine, { t: "page" }>;

/** Written before each copy. */
export interface Intent {
  readonly t: "intent";
  readonly key: string;
  /** The key that is visited, where it is written under another one: in a backup. */
  readonly visited?: string;
  /** Of the source. */
  readonly etag: string;
  /** What the copy is to replace. */
  readonly versionId?: string;
  readonly uploadId?: string;
  /** Milliseconds since the epoch. */
  readonly at?: number;
  /** The version that is copied, where one is named: it has what the copy is to look like. */
  readonly source?: string;
  /** Of what is replaced, as it was seen: only where the version stays underneath, to be compared with later. */
  readonly seen?: Held;
  /** What the copy is to look like, apart from what its source has. @default as seen */
  readonly wanted?: Sent;
  /** A version that somebody locked while it was being copied: the lock is on no copy. */
  readonly lockedBelow?: string;
}

/** S3 has not made the last copy of an object whose intent was written. Without it nobody knows. */
export interface Refusal {
  readonly t: "refused";
  readonly key: string;
  /** As its intent has it. */
  readonly visited?: string;
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
