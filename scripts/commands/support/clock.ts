import { setTimeout } from "node:timers/promises";
import { dayOf } from "../../../src/fleet/days";
import type { Clock } from "../../../src/reencrypt/clock";
import type { LeaseClock } from "../../../src/reencrypt/s3-runs/lease";

export const realClock: Clock = {
  now: Date.now,
  sleep: (milliseconds) => setTimeout(milliseconds),
  random: Math.random,
};

export const leaseClock: LeaseClock = {
  ...realClock,
  elapsed: () => performance.now(),
  every: (milliseconds, call) => {
    const timer = setInterval(() => void call(), milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/** `YYYY-MM-DD`, in UTC. */
export const today = (): string => dayOf(realClock.now());
