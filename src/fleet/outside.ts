import type { Fleet } from "./fleet";
import { backupBucketName } from "./names";

/** A bucket that is there. */
export interface FoundBucket {
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/**
 * Buckets that are there and that nobody has decided about: neither in the fleet, at whatever stage, nor left out by
 * name, nor a backup bucket of the fleet's own stacks. In the order in which they were found.
 */
export function bucketsOutside<Found extends FoundBucket>(fleet: Fleet, found: readonly Found[]): Found[] {
  const known = new Set([
    ...fleet.targets.flatMap(({ account, region, buckets }) => [
      ...buckets.map(({ name }) => name),
      backupBucketName(account.id, region),
    ]),
    ...fleet.leaveOut.map(({ name }) => name),
  ]);
  return found.filter(({ name }) => !known.has(name));
}
