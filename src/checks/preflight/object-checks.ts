import { dayOf } from "../../fleet/days";
import { accepts } from "../../fleet/fleet";
import type { Facts } from "./facts";
import { type Finding, finding } from "./finding";
import { lacking } from "./log-checks";
import { known } from "./looked";

/** Who writes with SSE-C is a finding of its own, where the logs show it. */
const sseCWriters = (facts: Facts): Finding =>
  lacking(facts) === undefined
    ? finding("note", "sse-c-writers-refused", "SSE-C is not among the blocked encryption types; the logs are evidence")
    : finding("warning", "sse-c-writers-refused", "SSE-C is not among the blocked encryption types");

/** The bucket itself: where it is, what encrypts it today, and customers' keys. */
export function bucketChecks(facts: Facts): Finding[] {
  const { intent, bucket } = facts;
  const { fleet, region } = intent;
  const location = known(bucket.location);
  const now = known(bucket.encryption);
  const blocked = now?.blockedEncryptionTypes.includes("SSE-C") === true;
  const refusesLater = fleet !== undefined && fleet.policy === "own" && !accepts(fleet, "sse-c");
  return [
    ...(location === undefined || location === region
      ? []
      : [finding("error", "bucket-other-region", `it is in ${location}, not in ${region}`)]),
    ...(now && !blocked && fleet?.stage === "prepare" && refusesLater ? [sseCWriters(facts)] : []),
    ...(now && !blocked && !refusesLater
      ? [finding("note", "sse-c-not-blocked", "SSE-C is not among the blocked encryption types")]
      : []),
  ];
}

/** Objects under SSE-C, which only their keys can convert. */
export const customerKeyChecks = ({ bucket }: Facts): Finding[] =>
  known(bucket.encryptedWith)?.customerKeys
    ? [finding("warning", "sse-c-objects", "objects that were looked at ask for a customer's key")]
    : [];

const dayOrUnknown = (begun: number): string => (Number.isNaN(begun) ? "?" : dayOf(begun));

/**
 * Uploads that complete with the encryption that the bucket had when they were begun. Stage enforce waits for them.
 *
 * S3 does not show when the default was changed. Where CloudTrail's events do, later uploads are of no concern.
 */
export function uploadChecks({ intent, bucket, logs }: Facts): Finding[] {
  const found = known(bucket.uploads);
  if (!found || found.uploads.length === 0) return [];
  // A default that is not the target's was changed to something else.
  const isTarget = known(bucket.encryption)?.algorithm === intent.target.algorithm;
  const changed = isTarget ? logs?.usage.defaultChanged : undefined;
  const early = found.uploads.filter(({ begun }) => !(changed !== undefined && begun > changed));
  if (early.length === 0 && found.complete) return [];
  const oldest = [...found.uploads].sort((a, b) => a.begun - b.begun)[0];
  // Not their keys: the record is for git, and keys are not for everybody who reads that.
  const count = `${found.complete ? "" : "at least "}${found.uploads.length}`;
  const since = changed === undefined ? "" : `; the default encryption was changed on ${dayOrUnknown(changed)}`;
  const evidence = `${count}, the oldest since ${dayOrUnknown(oldest?.begun ?? Number.NaN)}${since}`;
  return [finding(intent.judgedFor === "enforce" ? "error" : "warning", "uploads-in-progress", evidence)];
}

/** ACLs only matter while they are on. */
export function ownerChecks({ bucket }: Facts): Finding[] {
  const ownership = known(bucket.ownership);
  if (ownership === undefined || ownership === "BucketOwnerEnforced") return [];
  const owner = known(bucket.acl)?.owner;
  const sample = known(bucket.sample);
  const foreign = Object.entries(sample?.owners ?? {}).filter(([id]) => id !== owner);
  const objects = foreign.reduce((sum, [, count]) => sum + count, 0);
  return [
    finding("note", "acls-on", `object ownership is ${ownership}`),
    ...(owner !== undefined && objects > 0
      ? [finding("warning", "objects-of-other-owners", `${objects} of the first ${sample?.objects}`)]
      : []),
  ];
}

/** A copy journals an intent; lines of pages are for many objects at a time. */
const bytesOfCopy = 300;
const fewCopies = 1_000_000;

/** Whether the journal of a run fits where it goes. */
export function diskChecks({ freeBytes }: Facts): Finding[] {
  const needed = bytesOfCopy * fewCopies;
  return freeBytes === null || freeBytes >= needed
    ? []
    : [
        finding(
          "warning",
          "disk-space",
          `less than ${needed / 1_000_000} MB are free, which a million copies may need`,
        ),
      ];
}
