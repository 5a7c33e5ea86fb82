import type { UploadId } from "../s3/object-store";
import { type Awaited, AwaitedCopies } from "./awaited-copies";
import { type RefusalReason, refusalReasons } from "./decide";
import { covers, type Interval, merge } from "./intervals";
import type { Intent, JournalLine, PageLine } from "./journal";
import { converted, type ObjectOutcome, type Outcome, outcomes } from "./outcome";

/** Intervals that are kept before neighbours among them are made one. */
const LOOSE_INTERVALS = 1000;

/** Intents that are kept before those of finished keys are let go of. */
const LOOSE_INTENTS = 10_000;

/** Exceptions that are kept to be shown. All of them are in the journal. */
const SHOWN_EXCEPTIONS = 20;

/** What happened to an object once is not undone by a later sweep that finds it right. */
const inAllSweeps = [
  "updated",
  "copied",
  "copiedInParts",
  "notAsBefore",
  "changedMeanwhile",
  "gone",
  "backedUp",
  "carried",
  "markerNoted",
  "restored",
  "kept",
] as const;

/** What a sweep could not do, or only looked at, the next one looks at anew. */
export const ofLastSweep = [
  "reported",
  "readBack",
  "notAsReported",
  "notCompliant",
  "noncurrentRight",
  "noncurrentLeft",
  "underKey",
  "notUnderKey",
  "cannot",
  "failed",
] as const;

export interface SweepTally {
  readonly counts: Partial<Record<Outcome, number>>;
  readonly because: Partial<Record<RefusalReason, number>>;
  readonly exceptions: ObjectOutcome[];
}

const emptySweep = (): SweepTally => ({ counts: {}, because: {}, exceptions: [] });

/** Where a run is, added up from its journal lines: those of an earlier process and those of this one alike. */
export class Tally {
  readonly #sweeps: SweepTally[] = [emptySweep()];
  #covered: Interval[] = [];
  #mergeAt = LOOSE_INTERVALS;
  /** Of the process that is at work, or was last. */
  #intents = new Map<string, Intent[]>();
  readonly #awaited = new AwaitedCopies();
  #letGoAt = LOOSE_INTENTS;
  #firstWhole = 1;
  #processes = 0;

  /** The sweep that is under way, from 1. */
  get sweep(): number {
    return this.#sweeps.length;
  }

  /** Those that have begun, the one at work among them. */
  get processes(): number {
    return this.#processes;
  }

  /** The first sweep that goes through everything there is. One page that an inventory has named is enough to make it the second. */
  get firstWhole(): number {
    return this.#firstWhole;
  }

  /** What the sweep under way has been through. */
  get covered(): readonly Interval[] {
    return this.#covered;
  }

  /** Uploads that may still be open: those whose key was not finished since. */
  get openUploads(): readonly UploadId[] {
    const intents = this.#unfinished([...this.#awaited.intents, ...this.#intents]).flatMap(([, ofKey]) => ofKey);
    return intents.flatMap(({ key, uploadId }) => (uploadId === undefined ? [] : [{ key, uploadId }]));
  }

  /** Copies of an object that were begun by processes before the last one of which a line was added, or whose answer was lost. */
  awaited(key: string): Awaited | undefined {
    return this.#awaited.of(key);
  }

  add(line: JournalLine): void {
    switch (line.t) {
      case "page":
        this.#cover({ after: line.after, through: line.through });
        if (line.from === "inventory") this.#firstWhole = line.sweep + 1;
        for (const news of line.awaited ?? []) this.#awaited.learn(news);
        addPage(this.#sweeps[line.sweep - 1] ?? emptySweep(), line);
        return;
      case "intent":
        this.#begin(line);
        return;
      case "refused":
        this.#intents.get(line.visited ?? line.key)?.pop();
        return;
      case "sweep":
        this.#covered = [];
        this.#intents.clear();
        this.#sweeps.push(emptySweep());
        return;
      case "process":
        for (const [key, intents] of this.#unfinished([...this.#intents])) this.#awaited.begin(key, intents);
        this.#intents.clear();
        this.#processes++;
        return;
      case "part":
      case "traffic":
      case "end":
        return;
    }
  }

  /** Those of keys that were not finished since. */
  #unfinished(begun: readonly (readonly [key: string, readonly Intent[]])[]) {
    return begun.filter(([key]) => !covers(this.#covered, key));
  }

  #cover(interval: Interval): void {
    this.#covered.push(interval);
    if (this.#covered.length < this.#mergeAt) return;
    this.#covered = merge(this.#covered);
    this.#mergeAt = this.#covered.length * 2 + LOOSE_INTERVALS;
  }

  #begin(intent: Intent): void {
    const { key, visited = key } = intent;
    const before = this.#intents.get(visited);
    if (before) before.push(intent);
    else this.#intents.set(visited, [intent]);
    if (this.#intents.size < this.#letGoAt) return;
    this.#covered = merge(this.#covered);
    for (const key of this.#intents.keys()) if (covers(this.#covered, key)) this.#intents.delete(key);
    this.#letGoAt = this.#intents.size * 2 + LOOSE_INTENTS;
  }

  /** What the sweep under way, or the one with this number, has found. */
  of(sweep = this.sweep): SweepTally {
    return this.#sweeps[sweep - 1] ?? emptySweep();
  }

  /**
   * The whole run up to a sweep: what was right when it began, what it changed in all sweeps, and what the last one left.
   *
   * A sweep of everything finds right what one by an inventory had changed before it.
   */
  through(lastSweep: number): SweepTally {
    const total: Partial<Record<Outcome, number>> = {};
    const lasting: ObjectOutcome[] = [];
    for (let sweep = 1; sweep <= lastSweep; sweep++) {
      const { counts, exceptions } = this.of(sweep);
      if (sweep < lastSweep) lasting.push(...exceptions.filter(({ outcome }) => outcome === "notAsBefore"));
      for (const outcome of inAllSweeps) {
        addTo(total, outcome, counts[outcome]);
      }
    }
    const last = this.of(lastSweep);
    addTo(total, "alreadyRight", this.#rightAtFirst(Math.min(lastSweep, this.#firstWhole)));
    for (const outcome of ofLastSweep) addTo(total, outcome, last.counts[outcome]);
    return { counts: total, because: last.because, exceptions: [...lasting, ...last.exceptions] };
  }

  #rightAtFirst(sweep: number): number {
    const { alreadyRight = 0 } = this.of(sweep).counts;
    if (sweep === 1) return alreadyRight;
    const { counts } = this.of(1);
    return Math.max(0, alreadyRight - converted(counts) - (counts.changedMeanwhile ?? 0));
  }

  converted(): number {
    return converted(this.of().counts);
  }
}

function addTo<Name extends string>(counts: Partial<Record<Name, number>>, name: Name, more: number | undefined): void {
  if (more) counts[name] = (counts[name] ?? 0) + more;
}

function addPage(tally: SweepTally, { counts, exceptions, parts }: PageLine): void {
  for (const outcome of outcomes) addTo(tally.counts, outcome, counts[outcome]);
  for (const reason of refusalReasons) addTo(tally.because, reason, parts?.because[reason]);
  for (const exception of exceptions) {
    if (exception.because) addTo(tally.because, exception.because, 1);
    if (tally.exceptions.length < SHOWN_EXCEPTIONS) tally.exceptions.push(exception);
  }
}

/** 0 all compliant; 1 some failed, which beats 3; 3 done, but some cannot be converted, or rest on a job's report. */
export function exitCodeOf({ counts }: SweepTally): 0 | 1 | 3 {
  if (counts.failed || counts.notAsReported || counts.notAsBefore || counts.notCompliant) return 1;
  return counts.cannot || counts.reported ? 3 : 0;
}
