import type { Application } from "./application";
import { changedObjects, encryptionRows, keyNames } from "./comparison";
import { type ObservedBucket, observe } from "./observer";
import { buckets, reports, type Seeded, uploads } from "./seed";
import type { Story } from "./story";

export type ObservedBuckets = ReadonlyMap<string, ObservedBucket>;

export const observeAll = async ({ operator }: Story, seeded: Seeded): Promise<ObservedBuckets> => {
  const observed = new Map<string, ObservedBucket>();
  for (const bucket of buckets) observed.set(bucket, await observe(operator, bucket, seeded.customerKeys));
  return observed;
};

export const observedIn = (observed: ObservedBuckets, bucket: string): ObservedBucket => {
  const found = observed.get(bucket);
  if (!found) throw new Error(`${bucket} was not observed`);
  return found;
};

export interface Evidence {
  readonly application: Application;
  readonly lostWrites: readonly string[];
  readonly seeded: Seeded;
  readonly before: ObservedBuckets;
  readonly after: ObservedBuckets;
  readonly keyArn: string;
}

/** The table of what was and what is, and every promise of the demo held against what the witness saw. */
export const prove = ({ narrator }: Story, evidence: Evidence): void => {
  const { application, lostWrites, seeded, before, after, keyArn } = evidence;
  const nameOf = keyNames(new Map([...seeded.keyNames, [keyArn, "alias/at-rest"]]));
  narrator.table(
    ["bucket", "encryption", "before", "after"],
    buckets.flatMap((bucket) => encryptionRows(bucket, nameOf, observedIn(before, bucket), observedIn(after, bucket))),
  );
  narrator.say("");
  const report = application.report();
  const attempts = `${report.writes} writes, ${report.reads} reads, ${report.deletes} deletes`;
  narrator.check("no request of the application failed", report.errors.length === 0, report.errors[0] ?? attempts);
  narrator.check(
    "every read returned what was written last",
    report.wrongReads.length === 0,
    report.wrongReads[0] ?? "yes",
  );
  narrator.check(
    "no write or delete of the application was lost",
    lostWrites.length === 0,
    lostWrites[0] ?? "all there",
  );
  for (const bucket of buckets) {
    const [was, is] = [observedIn(before, bucket), observedIn(after, bucket)];
    const changed = changedObjects(was, is, bucket === uploads ? application.touchedKeys : new Set());
    narrator.check(
      `${bucket}: content, metadata, tags, ACL, class, lock and redirect are what they were`,
      changed.length === 0,
      changed.length === 0
        ? `${was.current.size} objects`
        : `${changed.length} changed, first ${JSON.stringify(changed[0])}`,
    );
    narrator.check(
      `${bucket}: no noncurrent version is gone`,
      is.noncurrent >= was.noncurrent,
      `${was.noncurrent} before, ${is.noncurrent} now`,
    );
    const target = bucket === reports ? "SSE-S3" : `SSE-KMS ${keyArn}, bucket key`;
    const left = [...is.current].filter(
      ([key, { encryption }]) => encryption !== target && !seeded.inconvertible.has(key),
    );
    narrator.check(
      `${bucket}: every object that can be is under its target`,
      left.length === 0,
      left.length === 0 ? `${is.current.size} objects` : `${left.length} are not, first ${JSON.stringify(left[0])}`,
    );
  }
};
