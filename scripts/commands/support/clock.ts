import { setTimeout } from "node:timers/promises";
import type { Clock } from "../../../src/reencrypt/clock";

export const realClock: Clock = {
  now: Date.now,
  sleep: (milliseconds) => setTimeout(milliseconds),
  random: Math.random,
};
