import type { ObjectOutcome } from "../../../src/reencrypt/outcome";
import { isException } from "../../../src/reencrypt/outcome";
import type { Traffic } from "../../../src/reencrypt/pacing";
import { grouped } from "../../../src/reencrypt/report";

const REDRAW_MS = 200;
const LINE_MS = 10_000;

export interface Progress {
  object(outcome: ObjectOutcome): void;
  /** Takes the line away. */
  end(): void;
}

/** One line that is redrawn on a terminal, and a line every ten seconds elsewhere. */
export function showProgress(traffic: Traffic, terminal: boolean): Progress {
  const began = performance.now();
  let objects = 0;
  let exceptions = 0;
  const line = () => {
    const seconds = (performance.now() - began) / 1000;
    const rate = grouped(Math.round(objects / Math.max(seconds, 0.001)));
    const throttled = ((100 * traffic.throttled) / Math.max(traffic.requests, 1)).toFixed(1);
    return `  ${grouped(objects)} objects   ${rate}/s   throttled ${throttled} %   to be looked at ${grouped(exceptions)}`;
  };
  const timer = setInterval(
    () => process.stderr.write(terminal ? `\r\x1b[K${line()}` : `${line()}\n`),
    terminal ? REDRAW_MS : LINE_MS,
  );
  timer.unref();
  return {
    object(outcome) {
      objects++;
      if (isException(outcome)) exceptions++;
    },
    end() {
      clearInterval(timer);
      if (terminal) process.stderr.write("\r\x1b[K");
    },
  };
}
