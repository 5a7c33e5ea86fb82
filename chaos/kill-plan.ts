import type { Random } from "../bench/random";
import type { Kind } from "./request";

/**
 * When a process is killed, as seen from one request.
 *
 * | moment   | the request                                      |
 * |----------|--------------------------------------------------|
 * | lost     | never takes effect                               |
 * | unheard  | takes effect after the process is gone           |
 * | answered | has taken effect, and its answer is never read   |
 * | read     | has been answered, some milliseconds before      |
 */
export type Moment = "lost" | "unheard" | "answered" | "read";

export interface KillPlan {
  /** Of the process, from 1, whatever they are about. */
  readonly request: number;
  /** The so many-th of one kind, if that comes first. */
  readonly change?: { readonly kind: Kind; readonly number: number };
  readonly moment: Moment;
  /** With `read`. */
  readonly milliseconds: number;
}

/** Requests with which a process begins before it looks at its first object. */
const BEGINNING = 16;

/** Enough for some pages to be finished now and then. */
const MOST = 600;

export function chooseKill(random: Random): KillPlan {
  const early = random.chance(0.15);
  const request = early ? 1 + Math.floor(random.next() * BEGINNING) : BEGINNING + Math.floor(random.next() * MOST);
  const kind = random.pick<Kind>([
    "CopyObject",
    "PutObject", // of a journal that is kept in S3
    "UpdateObjectEncryption",
    "CreateMultipartUpload",
    "UploadPartCopy",
    "CompleteMultipartUpload",
  ]);
  const change = random.chance(0.4) ? { kind, number: 1 + Math.floor(random.next() * 4) } : undefined;
  const moment = random.pick<Moment>(["lost", "unheard", "answered", "read", "read"]);
  return { request, change: early ? undefined : change, moment, milliseconds: random.next() * 6 };
}

export const inWords = ({ request, change, moment, milliseconds }: KillPlan): string => {
  const at = change ? `request ${request} or ${change.kind} ${change.number}` : `request ${request}`;
  return `to be killed at ${at}, ${moment}${moment === "read" ? ` ${milliseconds.toFixed(1)} ms before` : ""}`;
};
