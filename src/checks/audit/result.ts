import type { AuditRecord, CheckResult } from "../../fleet/audit-record";
import type { EncryptionTarget, Stage } from "../../fleet/fleet";
import type { FoundBucket } from "../../fleet/outside";
import { targetOfRecord } from "../../fleet/record-target";
import type { RefusalReason } from "../../reencrypt/decide";
import type { Counts } from "../../reencrypt/outcome";
import type { SampleFinding } from "../../reencrypt/sample-finding";
import type { Check } from "./check";

/** What was found among a bucket's objects. */
export interface ObjectFindings {
  readonly counts: Counts;
  readonly because: Readonly<Partial<Record<RefusalReason, number>>>;
  readonly versions: "current" | "all";
  /** Only keys that begin with it were looked at. */
  readonly prefix: string | null;
  /** Only some objects were looked at. Null: every one. */
  readonly sample: SampleFinding | null;
}

/** What an audit says of one bucket. */
export interface BucketResult {
  readonly bucket: string;
  readonly region: string;
  /** 12 digits. Null where it was not found out. */
  readonly account: string | null;
  /** Null for a bucket by hand. */
  readonly stage: Stage | null;
  /** Null where the bucket's stack has not said it. */
  readonly target: EncryptionTarget | null;
  /** To be read after the bucket's name. */
  readonly verdict: string;
  readonly exitCode: number;
  /** Null where they could not be looked at. */
  readonly objects: ObjectFindings | null;
  /** Empty where nothing could be looked at. */
  readonly checks: readonly Check[];
  /** What kept it from being looked at. */
  readonly errors: readonly string[];
}

/** What an audit of a fleet saw beside it. */
export interface OutsideFleet {
  /** Nobody has decided about them: neither in the fleet nor left out by name. */
  readonly buckets: readonly FoundBucket[];
  /** Accounts and Regions where nothing is known of it, and why. */
  readonly notLooked: readonly string[];
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, one) => all + one, 0);

/**
 * For the review of the next stage. Nothing of an audit that looked at some of the objects only: it is no proof, and
 * must not take the place of one.
 *
 * @param day `YYYY-MM-DD`, in UTC
 */
export function recordOf(
  { account, region, bucket, stage, target, objects, checks }: BucketResult,
  day: string,
): AuditRecord | undefined {
  if (account === null || stage === null || target === null || objects?.sample || typeof objects?.prefix === "string")
    return undefined;
  // As with expired credentials: that is no news of the bucket, and no reason to take back what was proven.
  if (objects === null && checks.length === 0) return undefined;
  const { notCompliant = 0, failed = 0 } = objects?.counts ?? {};
  const cannot = Object.fromEntries(Object.entries(objects?.because ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    version: 1,
    account,
    region,
    bucket,
    stage,
    target: targetOfRecord(target),
    day,
    objects: { looked: objects !== null, notCompliant, failed, cannot },
    configuration: checks.map(({ id, result, partOfVerdict, waiver }) => ({
      id,
      result,
      partOfVerdict,
      ...(waiver && { waivedUntil: waiver.until }),
    })),
  };
}

/** For a person: how many checks ended how. */
export function resultCounts(checks: readonly Check[]): Readonly<Record<CheckResult, number>> {
  const counts = { pass: 0, waived: 0, fail: 0, undecided: 0, "could-not-look": 0 };
  for (const { result } of checks) counts[result]++;
  return counts;
}

/** Objects that were looked at: without those that were deleted meanwhile. */
export const objectCount = ({ counts }: ObjectFindings): number => sum(counts) - (counts.gone ?? 0);
