import { type Group, sameGroup } from "../groups";
import type { JournalLine } from "../journal";
import type { ObjectOutcome } from "../outcome";
import type { Operations } from "../pacing";
import { FinishedPages } from "../page-lines";
import { ofLastSweep, type SweepTally, Tally } from "../tally";
import { type LimitsInForce, operationNames, type ProcessLine } from "../traffic";

/** A stretch of the time in which the run was at work. */
export interface Sample {
  /** Since the run began, without the time between its processes. */
  readonly endMs: number;
  readonly milliseconds: number;
  readonly objects: number;
  readonly requests: number;
  readonly throttledByS3: number;
  readonly throttledByKms: number;
  readonly limits: LimitsInForce;
  /** A process began with it, and it was not the first. */
  readonly resumed: boolean;
}

/** Two neighbours become one when there are so many. */
const MOST_SAMPLES = 720;
/** Prefixes that are told apart. The rest are counted together. */
const MOST_PREFIXES = 200;
/** Exceptions that a page can show. All of them are in the CSV file. */
export const SHOWN_EXCEPTIONS = 1_000;

/** What a journal says, in little room however long it is. The same for one process and for many. */
export class Digest {
  readonly tally = new Tally();
  readonly finished = new FinishedPages();
  readonly #groups: Map<string, Group>[] = [new Map()];
  readonly #prefixes = new Set<string>();
  readonly #exceptions: ObjectOutcome[][] = [[]];
  #samples: Sample[] = [];
  readonly processes: ProcessLine[] = [];
  readonly operations: Operations = {};
  exitCode: number | undefined;
  /** Of sweeps that came to their end. */
  readonly converted: number[] = [];
  #workedMs = 0;
  #resumed = false;
  lastAt: string | undefined;

  add(line: JournalLine): void {
    this.tally.add(line);
    this.finished.add(line);
    switch (line.t) {
      case "page":
        for (const group of line.groups ?? []) this.#group(line.sweep, group);
        this.#except(line.sweep, line.exceptions);
        return;
      case "sweep":
        this.converted.push(line.converted);
        return;
      case "process":
        this.#resumed = this.processes.length > 0;
        this.processes.push(line);
        this.lastAt = line.at;
        return;
      case "traffic": {
        this.#workedMs += line.milliseconds;
        this.lastAt = line.at;
        let requests = 0;
        for (const name of operationNames) {
          const more = line.operations[name] ?? 0;
          if (more > 0) this.operations[name] = (this.operations[name] ?? 0) + more;
          requests += more;
        }
        this.#sample({
          endMs: this.#workedMs,
          milliseconds: line.milliseconds,
          objects: line.objects,
          requests,
          throttledByS3: line.throttled.s3,
          throttledByKms: line.throttled.kms,
          limits: line.limits,
          resumed: this.#resumed,
        });
        this.#resumed = false;
        return;
      }
      case "end":
        this.exitCode = line.exitCode;
        return;
      case "part":
      case "intent":
        return;
    }
  }

  /** The last sweep that was begun and not only announced. */
  get sweeps(): number {
    return Math.max(1, this.tally.covered.length > 0 ? this.tally.sweep : this.tally.sweep - 1);
  }

  /** Milliseconds, without the time between processes. */
  get workedMs(): number {
    return this.#workedMs;
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  get found(): SweepTally {
    return this.tally.through(this.sweeps);
  }

  /** Those that are still exceptions, as far as a page can show them. */
  get exceptions(): readonly ObjectOutcome[] {
    const earlier = this.#exceptions.slice(0, this.sweeps - 1).flat();
    const lasting = earlier.filter((exception) => isLasting(exception, false));
    return [...lasting, ...(this.#exceptions[this.sweeps - 1] ?? [])].slice(0, SHOWN_EXCEPTIONS);
  }

  groups(sweep: number): readonly Group[] {
    return [...(this.#groups[sweep - 1]?.values() ?? [])];
  }

  /** Every object as the run met it first: by an inventory, or by the first list of everything. */
  get firstGroups(): readonly Group[] {
    return this.tally.firstWhole === 1 || this.sweeps === 1
      ? this.groups(1)
      : [...this.groups(1), ...notMetBefore(this.groups(2), this.groups(1))];
  }

  /** As in the end summary: what was right at first, what was changed in all sweeps, what the last sweep left. */
  get finalGroups(): readonly Group[] {
    const merged = new Map<string, Group>();
    for (const group of this.firstGroups) if (group.outcome === "alreadyRight") addGroup(merged, group);
    for (let sweep = 1; sweep <= this.sweeps; sweep++) {
      for (const group of this.groups(sweep)) {
        if (group.outcome !== "alreadyRight" && isLasting(group, sweep === this.sweeps)) addGroup(merged, group);
      }
    }
    return [...merged.values()];
  }

  #group(sweep: number, group: Group): void {
    while (this.#groups.length < sweep) this.#groups.push(new Map());
    const { prefix } = group;
    if (prefix !== null && this.#prefixes.size < MOST_PREFIXES) this.#prefixes.add(prefix);
    const known = prefix !== null && this.#prefixes.has(prefix) ? prefix : null;
    const groups = this.#groups[sweep - 1];
    if (groups) addGroup(groups, { ...group, prefix: known });
  }

  #except(sweep: number, exceptions: readonly ObjectOutcome[]): void {
    while (this.#exceptions.length < sweep) this.#exceptions.push([]);
    const kept = this.#exceptions[sweep - 1];
    for (const exception of exceptions) if (kept && kept.length < SHOWN_EXCEPTIONS) kept.push(exception);
  }

  #sample(sample: Sample): void {
    this.#samples.push(sample);
    if (this.#samples.length < MOST_SAMPLES) return;
    this.#samples = this.#samples.flatMap((first, index) => {
      if (index % 2 === 1) return [];
      const second = this.#samples[index + 1];
      return [second ? together(first, second) : first];
    });
  }
}

const together = (first: Sample, second: Sample): Sample => ({
  endMs: second.endMs,
  milliseconds: first.milliseconds + second.milliseconds,
  objects: first.objects + second.objects,
  requests: first.requests + second.requests,
  throttledByS3: first.throttledByS3 + second.throttledByS3,
  throttledByKms: first.throttledByKms + second.throttledByKms,
  limits: second.limits,
  resumed: first.resumed || second.resumed,
});

function addGroup(groups: Map<string, Group>, group: Group): void {
  const name = sameGroup(group);
  const sum = groups.get(name);
  groups.set(name, {
    ...group,
    objects: group.objects + (sum?.objects ?? 0),
    bytes: group.bytes + (sum?.bytes ?? 0),
    earlyByteDays: group.earlyByteDays + (sum?.earlyByteDays ?? 0),
  });
}

const perishable: ReadonlySet<ObjectOutcome["outcome"]> = new Set(ofLastSweep);

/** What an earlier sweep could not do may have been done by a later one, which says so by itself. */
export const isLasting = ({ outcome }: Pick<ObjectOutcome, "outcome">, isLastSweep: boolean): boolean =>
  isLastSweep || !perishable.has(outcome);

/** What a sweep of everything has met, without what one before it had left like this: as numbers, as groups are. */
function notMetBefore(all: readonly Group[], before: readonly Group[]): Group[] {
  const alike = ({ prefix, storageClass }: Group, encryption: string | null) =>
    JSON.stringify([prefix, storageClass, encryption]);
  const met = new Map<string, { objects: number; bytes: number }>();
  for (const group of before) {
    if (group.outcome === "gone") continue;
    const name = alike(group, group.after);
    const { objects, bytes } = met.get(name) ?? { objects: 0, bytes: 0 };
    met.set(name, { objects: objects + group.objects, bytes: bytes + group.bytes });
  }
  return all.flatMap((group) => {
    const known = met.get(alike(group, group.before)) ?? { objects: 0, bytes: 0 };
    const objects = Math.min(known.objects, group.objects);
    const bytes = Math.min(known.bytes, group.bytes);
    met.set(alike(group, group.before), { objects: known.objects - objects, bytes: known.bytes - bytes });
    return objects === group.objects
      ? []
      : [{ ...group, objects: group.objects - objects, bytes: group.bytes - bytes }];
  });
}
