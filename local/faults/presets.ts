import { readFileSync } from "node:fs";
import { type FaultPlan, readPlan } from "./plan";

const step = (from: number, perSecond: number) => ({ from, perSecond });

/** Plans by name, for the command line. */
export const presets: Readonly<Record<string, FaultPlan>> = {
  /** Every twentieth request, by each fault that a client has to survive. */
  mixed: {
    stallMilliseconds: 30_000,
    slowMilliseconds: 3_000,
    rates: {
      "*": {
        internalErrorBefore: 0.008,
        internalErrorAfter: 0.004,
        slowDown: 0.01,
        kmsSlowDown: 0.004,
        kmsThrottling: 0.004,
        errorInside200: 0.004,
        slowDownInside200: 0.002,
        resetBefore: 0.005,
        resetAfter: 0.005,
        stallBefore: 0.001,
        stallAfter: 0.001,
        slowHeaders: 0.002,
      },
    },
  },
  /** What a prefix can take falls to less than a third after a minute, and comes back after another. */
  stepping: {
    capacity: [
      {
        prefix: "",
        writesPerSecond: [step(0, 3_500), step(60_000, 1_000), step(120_000, 3_500)],
        readsPerSecond: 5_500,
      },
    ],
  },
};

/** A preset's plan, or the one in a JSON file. Throws an Error that says what is wrong. */
export function planNamed(name: string): FaultPlan {
  return presets[name] ?? readPlan(JSON.parse(readFileSync(name, "utf8")));
}
