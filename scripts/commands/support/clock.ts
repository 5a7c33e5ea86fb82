import { setTimeout } from "node:timers/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import { dayOf } from "../../../src/fleet/days";
import type { Clock } from "../../../src/reencrypt/clock";
import type { LeaseClock } from "../../../src/reencrypt/s3-runs/lease";

export const realClock: Clock = {
  now: Date.now,
  sleep: (milliseconds) => setTimeout(milliseconds),
  random: Math.random,
};

/**
 * The time as S3 has it, where that is more than some minutes from this machine's: then requests are signed by S3's, and
 * what a run notes of when it sent them has to fit what S3 says of when it wrote.
 *
 * @param client whose answers have told
 */
export const clockOf = (client: S3Client): Clock => ({
  ...realClock,
  now: () => Date.now() + client.config.systemClockOffset,
});

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
