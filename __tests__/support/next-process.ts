import type { EncryptionTarget } from "../../src/fleet/fleet";
import type { ConvertContext } from "../../src/reencrypt/convert";
import type { ObjectOutcome } from "../../src/reencrypt/outcome";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { Tally } from "../../src/reencrypt/tally";
import type { ProcessLine } from "../../src/reencrypt/traffic";
import type { LegacyBucket } from "./legacy-bucket";

/** What a process writes first. */
export const processLine: ProcessLine = { t: "process", at: "2026-11-28T06:00:00.000Z", versions: {}, options: {} };

/** A process that goes on with the run that a bucket's journal has. */
export interface NextProcess {
  /** Makes the sweep under way to its end, and tells what it has found. */
  sweep(): Promise<readonly ObjectOutcome[]>;
  /** Visits all that is left of the sweep under way, and is gone before the sweep is over. */
  visit(): Promise<readonly ObjectOutcome[]>;
}

export async function nextProcess(
  bucket: LegacyBucket,
  target: EncryptionTarget,
  whatever: Partial<ConvertContext> = {},
): Promise<NextProcess> {
  bucket.lines.push(processLine);
  const tally = new Tally();
  for (const line of bucket.lines) tally.add(line);
  const context = await bucket.context(target, { awaited: (key) => tally.awaited(key), ...whatever });
  const convert = await bucket.convert(target, context);
  const sweep = async (stop: AbortController, onPage: () => void): Promise<readonly ObjectOutcome[]> => {
    const found: ObjectOutcome[] = [];
    await sweepUntilSettled({
      ...{ store: context.store, visit: convert, tally, versions: "current", concurrency: 1, maxSweeps: tally.sweep },
      journal: {
        append: async (line) => {
          bucket.lines.push(line);
          if (line.t === "page") onPage();
        },
      },
      stop: stop.signal,
      onObject: ({ awaited, ...outcome }) => found.push(outcome),
    });
    return found;
  };
  return {
    sweep: () => sweep(new AbortController(), () => undefined),
    visit: () => {
      const stop = new AbortController();
      return sweep(stop, () => stop.abort());
    },
  };
}
