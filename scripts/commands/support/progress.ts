import type { Counts, ObjectOutcome, Outcome } from "../../../src/reencrypt/outcome";
import type { Traffic } from "../../../src/reencrypt/pacing";
import { grouped } from "../../../src/reencrypt/report";

const REDRAW_MS = 200;
const LINE_MS = 10_000;

export interface Progress {
  object(outcome: ObjectOutcome): void;
  /** Objects that have been seen to their end. */
  readonly objects: number;
  /** Takes the line away. */
  end(): void;
}

/** Shares of all requests that were told to come back later. */
export const throttledShare = ({ requests, throttled }: Traffic): string =>
  `throttled ${((100 * throttled) / Math.max(requests, 1)).toFixed(1)} %`;

export const perSecond = (objects: number, seconds: number): string =>
  `${grouped(Math.round(objects / Math.max(seconds, 0.001)))} objects/s`;

/** What of the counts a person wants to see coming, not only at the end. */
const trouble = ({ changedMeanwhile = 0, notCompliant = 0, cannot = 0, notAsBefore = 0, failed = 0 }: Counts): string =>
  [
    notCompliant > 0 ? `not compliant ${grouped(notCompliant)}` : `changed meanwhile ${grouped(changedMeanwhile)}`,
    `cannot ${grouped(cannot)}`,
    `failed ${grouped(failed + notAsBefore)}`,
  ].join("   ");

/** One line that is redrawn on a terminal, and a line every ten seconds elsewhere. */
export function showProgress(traffic: Traffic, terminal: boolean): Progress {
  const began = performance.now();
  const counts: Partial<Record<Outcome, number>> = {};
  let objects = 0;
  const line = () => {
    const seconds = (performance.now() - began) / 1000;
    const parts = [
      `${grouped(objects)} objects`,
      perSecond(objects, seconds),
      throttledShare(traffic),
      trouble(counts),
    ];
    return `  ${parts.join("   ")}`;
  };
  const timer = setInterval(
    () => process.stderr.write(terminal ? `\r\x1b[K${line()}` : `${line()}\n`),
    terminal ? REDRAW_MS : LINE_MS,
  );
  timer.unref();
  return {
    object({ outcome }) {
      objects++;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    },
    get objects() {
      return objects;
    },
    end() {
      clearInterval(timer);
      if (terminal) process.stderr.write("\r\x1b[K");
    },
  };
}
