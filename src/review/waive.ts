import { type Fleet, type FleetBucket, reviewRules, type Waiver } from "../fleet/fleet";
import { type Finding, finding } from "./finding";
import { bucketsOf, type Placed } from "./guards/stages";
import { phrase } from "./phrase";

const rules = new Set<string>(reviewRules);

const waiverOf = (bucket: FleetBucket | undefined, { id }: Finding): Waiver | undefined =>
  rules.has(id) ? bucket?.accept.find(({ what }) => what === id) : undefined;

/** Of the review's own rules only: preflight and audit look after the others. */
const expired = ({ target, bucket }: Placed, today: string): Finding[] =>
  bucket.accept
    .filter(({ what, until }) => rules.has(what) && until < today)
    .map(({ what, until, reason }) =>
      finding(
        "waiver-expired",
        { stack: target.stackName, bucket: bucket.name },
        phrase`${what} was accepted until ${until}: ${reason}`,
      ),
    );

/**
 * Marks what the fleet accepts, by rule and bucket, as long as the waiver holds.
 *
 * @param today `YYYY-MM-DD`, in UTC; the day that a waiver names is its last
 */
export function waive(findings: readonly Finding[], fleet: Fleet, today: string): Finding[] {
  const buckets = bucketsOf(fleet);
  const marked = findings.map((one): Finding => {
    const placed = one.bucket === undefined ? undefined : buckets.get(one.bucket);
    const waiver = waiverOf(placed?.bucket, one);
    if (!waiver || waiver.until < today) return one;
    return { ...one, accepted: { reason: waiver.reason, until: waiver.until } };
  });
  return [...marked, ...[...buckets.values()].flatMap((placed) => expired(placed, today))];
}
