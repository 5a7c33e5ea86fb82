import { setTimeout } from "node:timers/promises";
import { dayOf } from "../../../src/fleet/days";
import type { Clock } from "../../../src/reencrypt/clock";

export const realClock: Clock = {
  now: Date.now,
  sleep: (milliseconds) => setTimeout(milliseconds),
  random: Math.random,
};

/** `YYYY-MM-DD`, in UTC. */
export const today = (): string => dayOf(realClock.now());
