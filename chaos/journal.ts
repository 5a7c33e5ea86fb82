import { createHash } from "node:crypto";

/** Where the runs of one command on one bucket are kept, as one finds it without any of the code that keeps them. */
export interface RunsSeen {
  /** Names of runs, whether they have begun or not. */
  runs(): string[];
  /** Whether it can be continued. */
  hasBegun(run: string): boolean;
  /** What a run's journal has, beyond what was told of it before. */
  more(run: string): Buffer;
}

/** The keys after `after`, up to and with `through`; null is the edge. */
export interface Durable {
  readonly after: string | null;
  readonly through: string | null;
}

/** An object that a run names: as the journal has it. */
export interface Exception {
  readonly key: string;
  readonly outcome: string;
}

interface SweepSeen {
  readonly pages: Durable[];
  readonly exceptions: Exception[];
}

const compare = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
const above = (after: string | null, key: string): boolean => after === null || compare(key, after) > 0;
const below = (key: string, through: string | null): boolean => through === null || compare(key, through) <= 0;

const overlap = (one: Durable, other: Durable): boolean => {
  const after =
    one.after === null || (other.after !== null && compare(other.after, one.after) > 0) ? other.after : one.after;
  const through =
    one.through === null || (other.through !== null && compare(other.through, one.through) < 0)
      ? other.through
      : one.through;
  return after === null || through === null || compare(after, through) < 0;
};

/** Where the first key that no page has would be; nothing if there is none. */
function firstGap(pages: readonly Durable[]): string | undefined {
  let reached: string | null | undefined = null;
  const left = [...pages];
  while (left.length > 0) {
    const next = left.findIndex(
      ({ after }) => after === null || (typeof reached === "string" && below(after, reached)),
    );
    const [page] = left.splice(next, next < 0 ? 0 : 1);
    if (!page) return String(reached ?? "the beginning");
    if (page.through === null) return undefined;
    if (typeof reached !== "string" || compare(page.through, reached) > 0) reached = page.through;
  }
  return String(reached ?? "the beginning");
}

/** What is in the journal of a bucket's newest run at this moment. It reads on from where it was, so that it can be asked at every request. */
export class Journal {
  /** What a journal must never say. */
  readonly violations: string[] = [];
  readonly uploadIds = new Set<string>();
  /** Complete lines whose checksum is wrong: torn by a kill, or by the disk. */
  damagedLines = 0;
  lines = 0;
  exitCode: number | undefined;
  #sweeps: SweepSeen[] = [{ pages: [], exceptions: [] }];
  #run: string | undefined;
  #rest = Buffer.alloc(0);

  constructor(private readonly seen: RunsSeen) {}

  /** From 1. */
  get sweep(): number {
    return this.#sweeps.length;
  }

  /** Runs that have begun. */
  get begun(): string[] {
    return this.seen.runs().filter((run) => this.seen.hasBegun(run));
  }

  get pages(): number {
    return this.#sweeps.reduce((sum, { pages }) => sum + pages.length, 0);
  }

  /** What a run has to name at its end: what its last sweep left, and what earlier ones could not keep as it was. */
  get exceptions(): Exception[] {
    const done = this.#sweeps.slice(0, -1); // the last one is the one after the last `sweep` line
    return done.flatMap(({ exceptions }, index) =>
      index === done.length - 1 ? exceptions : exceptions.filter(({ outcome }) => outcome === "notAsBefore"),
    );
  }

  /** Whether the sweep under way has written down that it is through with a key. */
  has(key: string): boolean {
    return this.#sweeps.at(-1)?.pages.some(({ after, through }) => above(after, key) && below(key, through)) ?? false;
  }

  read(): void {
    const run = this.seen.runs().sort().at(-1);
    if (run === undefined) return;
    if (run !== this.#run) {
      this.#run = run;
      this.#rest = Buffer.alloc(0);
    }
    this.#rest = Buffer.concat([this.#rest, this.seen.more(run)]);
    for (let end = this.#rest.indexOf(10); end >= 0; end = this.#rest.indexOf(10)) {
      if (end > 0) this.#line(this.#rest.subarray(0, end).toString());
      this.#rest = this.#rest.subarray(end + 1);
    }
  }

  #line(text: string): void {
    const json = text.slice(9);
    if (text.slice(0, 8) !== createHash("sha256").update(json).digest("hex").slice(0, 8)) {
      this.damagedLines++;
      return;
    }
    this.lines++;
    const line = JSON.parse(json);
    const current = this.#sweeps.at(-1);
    if (this.exitCode !== undefined) this.violations.push(`the journal goes on after its end: ${json}`);
    if (line.t === "page") this.#page(line, current);
    if (line.t === "intent" && line.uploadId !== undefined) this.uploadIds.add(line.uploadId);
    if (line.t === "end") this.exitCode = line.exitCode;
    if (line.t === "sweep") {
      const gap = firstGap(current?.pages ?? []);
      if (gap !== undefined)
        this.violations.push(`sweep ${line.sweep} ended without the keys after ${JSON.stringify(gap)}`);
      this.#sweeps.push({ pages: [], exceptions: [] });
    }
  }

  #page(line: Durable & { sweep: number; exceptions: Exception[] }, current: SweepSeen | undefined): void {
    const { after, through, sweep, exceptions } = line;
    if (sweep !== this.sweep) this.violations.push(`a page of sweep ${sweep} was written during sweep ${this.sweep}`);
    const twice = current?.pages.find((page) => overlap(page, { after, through }));
    if (twice) {
      const [one, other] = [twice, { after, through }].map((page) => JSON.stringify([page.after, page.through]));
      this.violations.push(`sweep ${sweep} went twice through the keys that ${one} and ${other} share`);
    }
    current?.pages.push({ after, through });
    current?.exceptions.push(...exceptions);
  }
}
