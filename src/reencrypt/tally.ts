import type { RefusalReason } from "./decide";
import { covers, type Interval, merge } from "./intervals";
import type { Intent, JournalLine } from "./journal";
import { type Counts, converted, type ObjectOutcome, type Outcome, outcomes } from "./outcome";

/** Intervals that are kept before neighbours among them are made one. */
const LOOSE_INTERVALS = 1000;

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
  #uploads: (Intent & { uploadId: string })[] = [];

  /** The sweep that is under way, from 1. */
  get sweep(): number {
    return this.#sweeps.length;
  }

  /** What the sweep under way has been through. */
  get covered(): readonly Interval[] {
    return this.#covered;
  }

  /** Uploads that may still be open: those whose key was not finished. */
  get openUploads(): readonly (Intent & { readonly uploadId: string })[] {
    return this.#uploads.filter(({ key }) => !covers(this.#covered, key));
  }

  add(line: JournalLine): void {
    switch (line.t) {
      case "page":
        this.#cover({ after: line.after, through: line.through });
        addPage(this.#sweeps[line.sweep - 1] ?? emptySweep(), line.counts, line.exceptions);
        return;
      case "intent":
        if (line.uploadId !== undefined) this.#uploads.push({ ...line, uploadId: line.uploadId });
        return;
      case "sweep":
        this.#covered = [];
        this.#uploads = [];
        this.#sweeps.push(emptySweep());
        return;
      case "process":
      case "traffic":
      case "end":
        return;
    }
  }

  #cover(interval: Interval): void {
    this.#covered.push(interval);
    if (this.#covered.length < this.#mergeAt) return;
    this.#covered = merge(this.#covered);
    this.#mergeAt = this.#covered.length * 2 + LOOSE_INTERVALS;
    this.#uploads = [...this.openUploads]; // those of finished keys are of no use any more
  }

  /** What the sweep under way, or the one with this number, has found. */
  of(sweep = this.sweep): SweepTally {
    return this.#sweeps[sweep - 1] ?? emptySweep();
  }

  /**
   * The whole run up to a sweep: what was right when it began, what it changed in all sweeps, and what the last one left.
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
    addTo(total, "alreadyRight", this.of(1).counts.alreadyRight);
    for (const outcome of ["notCompliant", "cannot", "failed"] as const) addTo(total, outcome, last.counts[outcome]);
    return { counts: total, because: last.because, exceptions: [...lasting, ...last.exceptions] };
  }

  converted(): number {
    return converted(this.of().counts);
  }
}

function addTo<Name extends string>(counts: Partial<Record<Name, number>>, name: Name, more: number | undefined): void {
  if (more) counts[name] = (counts[name] ?? 0) + more;
}

function addPage(tally: SweepTally, counts: Counts, exceptions: readonly ObjectOutcome[]): void {
  for (const outcome of outcomes) addTo(tally.counts, outcome, counts[outcome]);
  for (const exception of exceptions) {
    if (exception.because) addTo(tally.because, exception.because, 1);
    if (tally.exceptions.length < SHOWN_EXCEPTIONS) tally.exceptions.push(exception);
  }
}

/** 0 all compliant; 1 some failed, which beats 3; 3 done, but some cannot be converted. */
export function exitCodeOf({ counts }: SweepTally): 0 | 1 | 3 {
  if (counts.failed || counts.notAsBefore || counts.notCompliant) return 1;
  return counts.cannot ? 3 : 0;
}
