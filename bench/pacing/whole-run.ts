import type { EncryptionTarget } from "../../src/fleet/fleet";
import { converter } from "../../src/reencrypt/convert";
import { byCopy, byUpdate, type Limit, type Place, predict, pricesOfVirginia } from "../../src/reencrypt/cost/model";
import { compareKeys } from "../../src/reencrypt/intervals";
import { noJournal } from "../../src/reencrypt/journal";
import type { Counts } from "../../src/reencrypt/outcome";
import { paced, type Traffic } from "../../src/reencrypt/pacing";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { Tally } from "../../src/reencrypt/tally";
import type { Answer, Encryption, ObjectStore } from "../../src/s3/object-store";
import { Capacity, VirtualClock } from "./simulation";

export interface WholeRun {
  readonly by: "update" | "copy";
  readonly objects: number;
  /** The rates are S3's own for each partition, all of them ours. */
  readonly place: Pick<Place, "concurrency" | "latencyMs" | "partitions" | "kmsQuota">;
}

const keyArn = "arn:aws:kms:eu-west-1:111111111111:key/target";
const ways = {
  // Without a bucket key, so that each update is a request to KMS.
  update: { target: { algorithm: "aws:kms", keyArn, bucketKey: false }, work: { ...byUpdate, kms: 1 } },
  copy: { target: { algorithm: "AES256" }, work: byCopy },
} as const;

const untouched: Readonly<Record<WholeRun["by"], Encryption>> = { update: { is: "AES256" }, copy: { is: "none" } };
const converted = (target: EncryptionTarget): Encryption =>
  target.algorithm === "aws:kms" ? { is: "aws:kms", keyArn, bucketKey: target.bucketKey } : { is: "AES256" };

/** A second. https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html */
const partitionRates = { reads: 5_500, writes: 3_500 };

/** Objects in partitions by the first character of their keys, on a server that takes what it takes and throttles the rest. */
function bucketOf({ by, objects, place }: WholeRun, clock: VirtualClock): ObjectStore {
  const { latencyMs, partitions, kmsQuota } = place;
  const each = Math.ceil(objects / partitions);
  const keys = Array.from({ length: objects }, (_, number) => {
    const partition = String.fromCharCode("a".charCodeAt(0) + Math.floor(number / each));
    return `${partition}${String(number).padStart(9, "0")}`;
  });
  const done = new Set<string>();
  const capacities = (perSecond: number) => new Map(keys.map((key) => [key.charAt(0), new Capacity(() => perSecond)]));
  const [reads, writes] = [capacities(partitionRates.reads), capacities(partitionRates.writes)];
  const kms = new Capacity(() => kmsQuota);
  const { target } = ways[by];

  const answered = async <T>(key: string, kind: "read" | "write", value: () => T): Promise<Answer<T>> => {
    await clock.sleep(latencyMs);
    const now = clock.now();
    if (!(kind === "read" ? reads : writes).get(key.charAt(0))?.take(now)) return { is: "throttled", by: "s3" };
    if (kind === "write" && by === "update" && !kms.take(now)) return { is: "throttled", by: "kms" };
    return { is: "done", value: value() };
  };
  const never = (): never => {
    throw new Error("no run asks for this here");
  };
  return {
    list: async ({ after, limit }) => {
      await clock.sleep(latencyMs);
      let from = 0;
      for (let step = 1 << 20; step >= 1; step >>= 1) {
        const key = keys[from + step - 1];
        if (after !== undefined && key !== undefined && compareKeys(key, after) <= 0) from += step;
      }
      const page = keys.slice(from, from + limit).map((key) => ({ key, size: 1000 }));
      return { is: "done", value: { objects: page, more: from + limit < objects } };
    },
    head: ({ key }) =>
      answered(key, "read", () => ({
        ...{ key, etag: '"e"', size: 1000, lastModified: 0, storageClass: "STANDARD", archived: false },
        ...{ headers: {}, metadata: {}, missingMetadata: 0 },
        encryption: done.has(key) ? converted(target) : untouched[by],
      })),
    getTags: ({ key }) => answered(key, "read", () => []),
    updateEncryption: ({ key }) => answered(key, "write", () => void done.add(key)),
    copy: ({ key }) =>
      answered(key, "write", () => {
        done.add(key);
        return { etag: '"e"' };
      }),
    ...{ getAcl: never, hasAnnotations: never, listVersions: never, listUploads: never },
    ...{ createUpload: never, copyPart: never, completeUpload: never, abortUpload: never },
  };
}

export interface Simulated {
  /** By the simulated clock: nothing is measured. */
  readonly seconds: number;
  readonly predicted: number;
  readonly limitedBy: Limit;
  readonly throttled: number;
  readonly counts: Counts;
}

/** A whole conversion by the program itself on a simulated S3, and what the model says of it. */
export async function wholeRun(run: WholeRun, seed: number): Promise<Simulated> {
  const { by, objects, place } = run;
  const { target, work } = ways[by];
  const clock = new VirtualClock(seed);
  const traffic: Traffic = { requests: 0, throttled: 0 };
  const store = paced(bucketOf(run, clock), { concurrency: place.concurrency }, clock, traffic);
  const tally = new Tally();
  const bucket = { versioning: "Disabled", objectLock: false, defaultRetention: false } as const;
  const context = { store, target, bucket, clock, journal: noJournal, engine: "auto", allowCopy: false } as const;
  let over = false;
  const ended = sweepUntilSettled({
    ...{ store, tally, journal: noJournal, versions: "current", maxSweeps: 5, concurrency: place.concurrency },
    visit: converter(context),
    stop: new AbortController().signal,
  }).finally(() => {
    over = true;
  });
  while (!over) await clock.runUntil(clock.now() + 50);
  const { sweeps } = await ended;
  // No processor is simulated, and nobody else is there.
  const bounds = { ...place, share: 1, cpuMicroseconds: 1, dollarsAnHour: 0 };
  const { seconds, limitedBy } = predict(objects, work, bounds, pricesOfVirginia);
  return {
    ...{ seconds: clock.now() / 1000, predicted: seconds, limitedBy },
    ...{ throttled: traffic.throttled, counts: tally.through(sweeps).counts },
  };
}

const few = { concurrency: 32, latencyMs: 100, partitions: 1, kmsQuota: 10_000 } as const;
const many = { ...few, concurrency: 1_000, latencyMs: 50 } as const;

/** Each of the model's bounds but the processor, by different means. */
export const runs: readonly (WholeRun & { readonly name: string; readonly limitedBy: Limit })[] = [
  { name: "32 at a time, by update", by: "update", objects: 3_000, place: few, limitedBy: "latency" },
  { name: "32 at a time, by copy", by: "copy", objects: 3_000, place: few, limitedBy: "latency" },
  {
    name: "100 at a time, 20 ms an answer",
    ...{ by: "update", objects: 20_000, place: { ...few, concurrency: 100, latencyMs: 20 }, limitedBy: "latency" },
  },
  { name: "one partition, by update", by: "update", objects: 20_000, place: many, limitedBy: "S3 reads" },
  { name: "one partition, by copy", by: "copy", objects: 15_000, place: many, limitedBy: "S3 reads" },
  {
    name: "KMS without a bucket key",
    ...{ by: "update", objects: 10_000, place: { ...many, kmsQuota: 500 }, limitedBy: "KMS quota" },
  },
  {
    name: "two partitions",
    ...{ by: "update", objects: 40_000, place: { ...many, partitions: 2 }, limitedBy: "S3 reads" },
  },
];

/** A run may take so much longer than the model says. */
const SLOWER = 1.15;
/** And so much more where S3 is the limit, until what each partition takes has been found out by what it throttles. */
const SECONDS_AT_FIRST = { onePartition: 5, several: 20 };

/** @param predicted seconds */
export function tolerated({ place, limitedBy }: (typeof runs)[number], predicted: number): number {
  const byS3 = limitedBy === "S3 reads" || limitedBy === "S3 writes";
  const atFirst = place.partitions > 1 ? SECONDS_AT_FIRST.several : SECONDS_AT_FIRST.onePartition;
  return SLOWER * predicted + (byS3 ? atFirst : 0);
}
