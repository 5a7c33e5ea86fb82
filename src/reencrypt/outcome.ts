import type { Answer } from "../s3/object-store";
import type { AwaitedNews } from "./awaited-copies";
import type { RefusalReason } from "./decide";
import type { ManifestEntry } from "./manifest/entry";
import type { Seen } from "./sightings";

export const outcomes = [
  "alreadyRight",
  "updated",
  "copied",
  "copiedInParts",
  /** A job's completion report says that the job has updated it, and nobody has looked. */
  "reported",
  /** The same, of one that was chosen to be looked at: it is as the target says. */
  "readBack",
  /** The same, and it is not. */
  "notAsReported",
  /** It has been changed, and something else of it is not what it was, or could not be shown to be. */
  "notAsBefore",
  /** Somebody else wrote it, and what they wrote is as the target says. */
  "changedMeanwhile",
  /** Deleted since it was listed. */
  "gone",
  "backedUp",
  /** An earlier backup has it as it is now, and the manifest names that copy. */
  "carried",
  /** The manifest says that a delete marker was there: it has nothing to copy. */
  "markerNoted",
  "restored",
  /** Its key is there and is not as in the backup, and was left as it is. */
  "kept",
  /** An audit's finding: it can be converted, and is not. */
  "notCompliant",
  /** An audit's findings about noncurrent versions, which are no part of its verdict. */
  "noncurrentRight",
  "noncurrentLeft",
  /** What the objects that are looked at have to do with a key. */
  "underKey",
  "notUnderKey",
  "cannot",
  "failed",
] as const;

/** How one object ended up. */
export type Outcome = (typeof outcomes)[number];

export type Counts = Readonly<Partial<Record<Outcome, number>>>;

export interface ObjectOutcome {
  readonly key: string;
  readonly versionId?: string;
  readonly outcome: Outcome;
  /** With `cannot`. */
  readonly because?: RefusalReason;
  /** With `failed`, `notAsReported`, `notAsBefore`, `notCompliant` and `noncurrentLeft`: what S3 said, or what is wrong. */
  readonly message?: string;
  /** What a backup's manifest is going to say of it. */
  readonly entry?: ManifestEntry;
  /** What was learnt of copies of it of whose end nobody knew. */
  readonly awaited?: AwaitedNews;
  /** What S3 showed of it. Absent where nobody was watching. */
  readonly seen?: Seen;
  /** The version that was current when it was listed, and was not when it was visited: so nobody has looked at it. */
  readonly overtaken?: string;
}

const exceptional: ReadonlySet<Outcome> = new Set([
  "notAsReported",
  "notAsBefore",
  "notCompliant",
  "noncurrentLeft",
  "cannot",
  "failed",
]);

/** Whether somebody has to hear of this object by name. */
export const isException = ({ outcome }: ObjectOutcome): boolean => exceptional.has(outcome);

export const converted = (counts: Counts): number =>
  (counts.updated ?? 0) + (counts.copied ?? 0) + (counts.copiedInParts ?? 0) + (counts.notAsBefore ?? 0);

export const exceptionCount = (counts: Counts): number =>
  [...exceptional].reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0);

export function count(objects: readonly ObjectOutcome[]): Counts {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of objects) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** What a person is told of an answer that is not `done`. */
export function describe(answer: Exclude<Answer<unknown>, { is: "done" }>): string {
  switch (answer.is) {
    case "refused":
      return `${answer.code} (${answer.status}): ${answer.message}`;
    case "throttled":
      return `still throttled by ${answer.by === "kms" ? "KMS" : "S3"} after many attempts`;
    case "unknown":
      return `no clear answer: ${answer.cause}`;
  }
}
