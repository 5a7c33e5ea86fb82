import type { Counts, ObjectOutcome, Outcome } from "../../../src/reencrypt/outcome";
import type { FoundLimits, Traffic } from "../../../src/reencrypt/pacing";
import { grouped } from "../../../src/reencrypt/report";
import { duration, percent } from "../../../src/reencrypt/report/words";
import { inForce } from "../../../src/reencrypt/traffic";

const REDRAW_MS = 200;
const LINE_MS = 10_000;
/** The rate that is shown is of this time, so that it follows what happens now. */
const WINDOW_MS = 10_000;
const BAR = 16;

export interface Progress {
  object(outcome: ObjectOutcome): void;
  /** Objects that have been seen to their end, by this process. */
  readonly objects: number;
  /** Takes the line away. */
  end(): void;
}

/** Shares of all requests that were told to come back later. */
export const throttledShare = ({ requests, throttled }: Traffic): string => `throttled ${percent(throttled, requests)}`;

export const perSecond = (objects: number, seconds: number): string =>
  `${grouped(Math.round(objects / Math.max(seconds, 0.001)))} objects/s`;

/** What of the counts a person wants to see coming, not only at the end. */
const trouble = ({
  changedMeanwhile = 0,
  notCompliant = 0,
  cannot = 0,
  notAsBefore = 0,
  failed = 0,
}: Counts): string[] => [
  notCompliant > 0 ? `not compliant ${grouped(notCompliant)}` : `changed meanwhile ${grouped(changedMeanwhile)}`,
  `cannot ${grouped(cannot)}`,
  `failed ${grouped(failed + notAsBefore)}`,
];

/** Objects that there are to go through, as far as anybody knows. */
export interface Expected {
  readonly objects: number;
  /** Whether they were all counted. What was written since is in no count. */
  readonly exact: boolean;
}

export interface Standing {
  /** Of the sweep under way, with those of earlier processes. */
  readonly done: number;
  /** @default nobody knows, so that there is no share and no time left to tell */
  readonly expected?: Expected;
  readonly sweep: number;
  /** Of the last seconds. */
  readonly objectsPerSecond: number;
  readonly seconds: number;
  readonly traffic: Traffic;
  readonly limits: FoundLimits;
  readonly counts: Counts;
}

/** Too early to tell from the rate how long it will take. */
export const TOO_EARLY_SECONDS = 5;

function timeLeft({ done, expected, objectsPerSecond, seconds }: Standing): string | undefined {
  if (!expected || seconds < TOO_EARLY_SECONDS || objectsPerSecond <= 0 || done >= expected.objects) return undefined;
  return `${expected.exact ? "" : "about "}${duration((expected.objects - done) / objectsPerSecond)} left`;
}

/** @param part of one */
export const bar = (part: number): string => "█".repeat(Math.floor(part * BAR)).padEnd(BAR, "░");

/** How a sweep is getting on, in one line. */
export function progressLine(standing: Standing): string {
  const { done, expected, sweep, objectsPerSecond, traffic, limits, counts } = standing;
  const { found, writes } = inForce(limits);
  // What was written since it was counted may make it more.
  const share = expected && expected.objects > 0 ? Math.min(1, done / expected.objects) : undefined;
  const parts = [
    ...(share === undefined ? [] : [`${Math.floor(share * 100)} % ${bar(share)}`]),
    expected
      ? `${grouped(done)} of ${expected.exact ? "" : "about "}${grouped(expected.objects)}`
      : `${grouped(done)} objects`,
    `${grouped(Math.round(objectsPerSecond))}/s`,
    timeLeft(standing),
    throttledShare(traffic),
    found ? `limit ${grouped(writes)} writes/s` : undefined,
    ...trouble(counts),
    sweep > 1 ? `sweep ${sweep}` : undefined,
  ];
  return `  ${parts.filter((part) => part !== undefined).join("   ")}`;
}

export interface ProgressProps {
  readonly traffic: Traffic;
  readonly limits: () => FoundLimits;
  readonly terminal: boolean;
  /** Of the sweep under way. */
  readonly sweep: () => number;
  /** Objects of a sweep that were journaled by an earlier process. */
  readonly before: number;
  /** How many objects a sweep is going to meet. */
  readonly expected: (sweep: number) => Expected | undefined;
}

/**
 * Shows one line that is redrawn on a terminal, and a line every ten seconds elsewhere.
 *
 * @returns what takes it away
 */
export function redraw(terminal: boolean, line: () => string): () => void {
  const draw = () => {
    const columns = process.stderr.columns || 80;
    // A line that wraps cannot be taken back.
    process.stderr.write(terminal ? `\r\x1b[K${line().slice(0, columns - 1)}` : `${line()}\n`);
  };
  const timer = setInterval(draw, terminal ? REDRAW_MS : LINE_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (terminal) process.stderr.write("\r\x1b[K");
  };
}

/** The line of a sweep, for as long as it goes on. */
export function showProgress({ traffic, limits, terminal, sweep, before, expected }: ProgressProps): Progress {
  const began = performance.now();
  const counts: Partial<Record<Outcome, number>> = {};
  let objects = 0;
  let done = before;
  let current = sweep();
  let window: { at: number; objects: number }[] = [{ at: began, objects: 0 }];
  const line = () => {
    const now = performance.now();
    window = [...window.filter(({ at }) => now - at <= WINDOW_MS), { at: now, objects }];
    const [oldest = { at: began, objects: 0 }] = window;
    const objectsPerSecond = ((objects - oldest.objects) * 1000) / Math.max(now - oldest.at, 1);
    const seconds = (now - began) / 1000;
    const of = { done, expected: expected(current), sweep: current, objectsPerSecond, seconds };
    return progressLine({ ...of, traffic, limits: limits(), counts });
  };
  const end = redraw(terminal, line);
  return {
    object({ outcome }) {
      if (sweep() !== current) {
        current = sweep();
        done = 0;
      }
      objects++;
      done++;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    },
    get objects() {
      return objects;
    },
    end,
  };
}
