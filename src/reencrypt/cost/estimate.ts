import type { EncryptionTarget } from "../../fleet/fleet";
import type { Group } from "../groups";
import { requestsOf } from "../traffic";
import { costOf, expectedOperations, leftByBucketKey } from "./cost";
import { type Limit, type Place, predict, standardPrices, type Work } from "./model";
import type { PriceList } from "./prices";

/** What a bucket is taken to hold. */
export interface BucketFacts {
  /** Outcomes as a dry run has them, of a sample or of everything. */
  readonly groups: readonly Group[];
  readonly objects: number;
  readonly bytes: number;
  readonly target: EncryptionTarget;
  readonly keepsVersions: boolean;
}

export type EngineName = "this process" | "S3 Batch Operations";

export interface EngineEstimate {
  readonly engine: EngineName;
  readonly requests: number;
  readonly dollars: number;
  /** If the bucket key saves nothing. */
  readonly dollarsAtMost: number;
  /** Null where AWS publishes no rate. */
  readonly seconds: number | null;
  readonly limitedBy: Limit | null;
  /** To KMS, in all: with the target's bucket key as far as it saves, and without one. */
  readonly kmsRequests: { readonly expected: number; readonly withoutBucketKey: number };
  /** Of the account's quota for the Region, at the rate of the run, without a bucket key. Null without a rate. */
  readonly kmsQuotaShare: number | null;
}

export interface Estimate {
  readonly engines: readonly EngineEstimate[];
  readonly recommended: EngineName;
  readonly because: string;
}

/** S3's own limit of a page. */
const PAGE = 1_000;
const FEWEST_FOR_A_JOB = 1_000_000;
/** Beyond it a process is a thing to look after. */
const LONGEST_HOURS = 24;

/** The groups of a sample, as if the whole bucket were like it. */
export function scaled(groups: readonly Group[], objects: number, bytes: number): readonly Group[] {
  const seen = groups.reduce((sum, group) => sum + group.objects, 0);
  const seenBytes = groups.reduce((sum, group) => sum + group.bytes, 0);
  if (seen === 0) return [];
  const ofBytes = seenBytes === 0 ? 0 : bytes / seenBytes;
  return groups.map((group) => ({
    ...group,
    objects: (group.objects * objects) / seen,
    bytes: group.bytes * ofBytes,
    earlyByteDays: group.earlyByteDays * ofBytes,
  }));
}

/**
 * What each engine would take and cost, for a bucket that is like its groups.
 *
 * The job is S3's own by UpdateObjectEncryption; what it cannot do is counted as done by this process afterwards, and
 * every object is read back by HEAD, since a completion report is no proof. Only SSE-KMS can be reached by it.
 */
export function estimate(facts: BucketFacts, place: Place, prices: PriceList): Estimate {
  const groups = scaled(facts.groups, facts.objects, facts.bytes);
  const local = byThisProcess(facts, groups, place, prices);
  if (facts.target.algorithm !== "aws:kms") {
    return alone(local, `a job's UpdateObjectEncryption leads to SSE-KMS only, not to ${facts.target.algorithm}`);
  }
  const updates = objectsOf(groups, "updated");
  if (updates === 0) return alone(local, "nothing here can be updated in place");
  const engines = [local, byJob(facts, groups, prices)];
  const hours = (local.seconds ?? 0) / 3600;
  if (facts.objects >= FEWEST_FOR_A_JOB && hours > LONGEST_HOURS) {
    const because = `one process would take more than ${LONGEST_HOURS} hours, and ${share(updates, facts.objects)} can be updated by a job`;
    return { engines, recommended: "S3 Batch Operations", because };
  }
  const because =
    facts.objects < FEWEST_FOR_A_JOB
      ? "the manifest of a job takes longer to come than a million objects take here"
      : `one process needs no more than ${LONGEST_HOURS} hours, reads every change back at once, and costs less`;
  return { engines, recommended: "this process", because };
}

const alone = (local: EngineEstimate, because: string): Estimate => ({
  engines: [local],
  recommended: "this process",
  because,
});

const share = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;

const objectsOf = (groups: readonly Group[], ...outcomes: readonly string[]): number =>
  groups.filter(({ outcome }) => outcomes.includes(outcome)).reduce((sum, { objects }) => sum + objects, 0);

function byThisProcess(
  { objects, target, keepsVersions }: BucketFacts,
  groups: readonly Group[],
  place: Place,
  prices: PriceList,
): EngineEstimate {
  const operations = expectedOperations(groups, Math.ceil(objects / PAGE));
  const cost = costOf({ operations, changed: groups, target, keepsVersions }, prices);
  const writes = requestsOf(operations, "update", "copy");
  const reads = requestsOf(operations, "look");
  const copies = objectsOf(groups, "copied", "copiedInParts");
  const changed = copies + objectsOf(groups, "updated");
  const kms = kmsOf(writes, target);
  const each = 1 / Math.max(1, objects);
  const work: Work = {
    reads: reads * each,
    writes: writes * each,
    // A look by each of two sweeps, change and look again for what needs it, and the tags of before and after a copy.
    rounds: 2 + 2 * (changed + copies) * each,
    kms: kms.expected * each,
    sweeps: changed > 0 ? 2 : 1,
  };
  const { seconds, limitedBy, objectsPerSecond } = predict(objects, work, place, standardPrices(prices));
  return {
    engine: "this process",
    requests: Object.values(operations).reduce((sum, count) => sum + count, 0),
    dollars: cost.dollars,
    dollarsAtMost: cost.dollarsAtMost,
    seconds,
    limitedBy,
    kmsRequests: kms,
    kmsQuotaShare: (kms.withoutBucketKey * each * objectsPerSecond) / place.kmsQuota,
  };
}

/** The job updates; what is left is done here, and each object is looked at once. */
function byJob(facts: BucketFacts, groups: readonly Group[], prices: PriceList): EngineEstimate {
  const { objects, target, keepsVersions } = facts;
  const updated = groups.filter(({ outcome }) => outcome === "updated");
  const rest = groups.filter(({ outcome }) => outcome !== "updated");
  const updates = objectsOf(updated, "updated");
  const afterwards = expectedOperations(rest, Math.ceil(objects / PAGE));
  const operations = { ...afterwards, head: (afterwards.head ?? 0) + updates, updateEncryption: updates };
  const cost = costOf({ operations, changed: groups, target, keepsVersions }, prices);
  const fees = prices.batchJob + (updates * prices.batchObjects + objects * prices.batchManifest) / 1e6;
  return {
    engine: "S3 Batch Operations",
    requests: Object.values(operations).reduce((sum, count) => sum + count, 0),
    dollars: cost.dollars + fees,
    dollarsAtMost: cost.dollarsAtMost + fees,
    seconds: null,
    limitedBy: null,
    kmsRequests: kmsOf(requestsOf(operations, "update", "copy"), target),
    kmsQuotaShare: null,
  };
}

function kmsOf(writes: number, target: EncryptionTarget): EngineEstimate["kmsRequests"] {
  if (target.algorithm === "AES256") return { expected: 0, withoutBucketKey: 0 };
  const each = target.algorithm === "aws:kms:dsse" ? 2 : 1; // two layers, two data keys
  const saved = target.algorithm === "aws:kms" && target.bucketKey ? leftByBucketKey : 1;
  return { expected: writes * each * saved, withoutBucketKey: writes * each };
}
