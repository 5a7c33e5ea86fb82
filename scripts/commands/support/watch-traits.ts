import { isDeepStrictEqual } from "node:util";
import { CouldNotLook } from "../../../src/checks/settings";
import type { BucketTraits } from "../../../src/reencrypt/plan";
import type { LeaseClock } from "../../../src/reencrypt/s3-runs/lease";
import { Stop } from "./stop";

/** How often a bucket's settings are read again while it is converted. */
export const EVERY_MS = 10_000;

interface TraitsWatch {
  readonly bucket: string;
  /** As they were when it was decided what can be converted, and how. */
  readonly traits: BucketTraits;
  /** @throws CouldNotLook */
  readonly read: () => Promise<BucketTraits>;
  readonly clock: Pick<LeaseClock, "every">;
  readonly notice: (message: string) => void;
}

export interface WatchedTraits {
  /** Aborted once the settings are others: what was decided by them is right no more. */
  readonly changed: AbortSignal;
  /** Reads them now. @throws Stop if they cannot be read */
  readonly look: () => Promise<void>;
  readonly end: () => void;
}

const onOrOff = (isOn: boolean): string => (isOn ? "on" : "off");

const inWords = ({ versioning, aclOwner, objectLock, defaultRetention }: BucketTraits): Record<string, string> => ({
  versioning,
  ACLs: onOrOff(aclOwner !== undefined),
  "Object Lock": onOrOff(objectLock),
  "default retention": onOrOff(defaultRetention),
});

/**
 * Watches the settings that decide what a copy would lose, for as long as a bucket is converted.
 *
 * Once versioning is suspended a copy may destroy a key's noncurrent `null` version, a new default retention locks it, and
 * ACLs that were off come back with those that objects had before. Nothing in S3's answer to a single object tells.
 */
export function watchTraits({ bucket, traits, read, clock, notice }: TraitsWatch): WatchedTraits {
  const changed = new AbortController();
  const before = inWords(traits);
  const look = async () => {
    const now = await read();
    if (changed.signal.aborted || isDeepStrictEqual(now, traits)) return;
    const differing = Object.entries(inWords(now)).filter(([name, value]) => value !== before[name]);
    const what =
      differing.map(([name, value]) => `${name} ${value}, not ${before[name]}`).join("; ") || "another owner";
    notice(
      `The settings of s3://${bucket} have changed: ${what}. So this run stops; the same command goes on by them.`,
    );
    changed.abort();
  };
  const lookOrStop = () =>
    look().catch((error: unknown) => {
      throw error instanceof CouldNotLook
        ? new Stop(`${error.message}.`, "The same command goes on from here.")
        : error;
    });
  // One that fails is made up for by the next.
  const end = clock.every(EVERY_MS, () => look().catch(() => undefined));
  return { changed: changed.signal, look: lookOrStop, end };
}
