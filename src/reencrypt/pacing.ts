import type { Answer, ObjectStore } from "../s3/object-store";
import type { Clock } from "./clock";
import { AdaptiveGate } from "./pacing/adaptive-gate";
import { LONGEST_RETRY_AFTER_MS, RateGate, Slots } from "./pacing/gates";
import { KeyRanges, type RangeLimit } from "./pacing/key-ranges";
import { FIRST_RATES } from "./pacing/limit";

/** What is never passed, whatever S3 would take. */
export interface Limits {
  /** Of all kinds together, in any second. Below 100 a second has whole requests. @default no limit */
  readonly maxRequestsPerSecond?: number;
  /** Requests in flight at the same time. @default no limit */
  readonly concurrency?: number;
}

/** Requests by what was asked. */
export type Operations = Partial<Record<keyof ObjectStore, number>>;

/** What went over the wire, for progress and report. */
export interface Traffic {
  requests: number;
  throttled: number;
  /** Of the throttled ones, those that KMS had too many of. */
  throttledByKms?: number;
  operations?: Operations;
}

/** The limits that were found, in requests a second. */
export interface FoundLimits {
  readonly reads: readonly RangeLimit[];
  readonly writes: readonly RangeLimit[];
  readonly kms: number;
}

/** A store that is patient, and what it has learned. */
export interface PacedStore extends ObjectStore {
  readonly limits: () => FoundLimits;
}

const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 100;
/** S3's own advice is to slow down for seconds, not minutes. */
const LONGEST_PAUSE_MS = 20_000;

/** How long to wait before the next attempt, with full jitter so that many waiters do not come back together. */
export function backoff(attempt: number, random: number, retryAfterMs = 0): number {
  return retryAfterMs + random * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
}

/** The same store, with patience: it keeps to the limits and asks again what was throttled. */
export const paced = (store: ObjectStore, limits: Limits, clock: Clock, traffic: Traffic): PacedStore =>
  pacer(limits, clock, traffic)(store);

/**
 * Makes stores patient: they keep to the limits, find out how much S3 and KMS take, and ask again what was throttled.
 *
 * A read is asked again after an unknown answer as well. An unknown write is handed on: only looking at the object
 * can tell whether it had an effect.
 *
 * S3 limits reads and writes of each partition of a bucket, KMS limits all requests of an account and region. So the
 * stores of one pacer, each for a bucket, have in common what KMS takes, and the limits that are never passed.
 */
export function pacer(limits: Limits, clock: Clock, traffic: Traffic): (store: ObjectStore) => PacedStore {
  traffic.operations ??= {};
  const { operations } = traffic;
  const { maxRequestsPerSecond, concurrency = Number.POSITIVE_INFINITY } = limits;
  const cap = maxRequestsPerSecond === undefined ? undefined : new RateGate(maxRequestsPerSecond, clock);
  const slots = new Slots(concurrency);
  const kms = new AdaptiveGate({ rate: FIRST_RATES.kms }, clock);

  // Whoever waits for S3 or KMS has no slot, so that a slow range of keys does not keep the others from theirs.
  // The cap comes last, so that nothing can pile up behind it.
  const throughCap = () => cap?.enter("", clock.now());
  const throughSlots = () => slots.enter()?.then(throughCap) ?? throughCap();
  const throughKms = () => kms.enter("", clock.now())?.then(throughSlots) ?? throughSlots();

  return (store) => {
    const reads = new KeyRanges({ rate: FIRST_RATES.read }, clock);
    const writes = new KeyRanges({ rate: FIRST_RATES.write }, clock);

    const patient =
      <Request, T>(
        operation: keyof ObjectStore,
        ask: (request: Request) => Promise<Answer<T>>,
        kind: "read" | "write",
        keyOf: (request: Request) => string,
        needsKms: (request: Request) => boolean,
      ) =>
      async (request: Request): Promise<Answer<T>> => {
        const ranges = kind === "read" ? reads : writes;
        const key = keyOf(request);
        const usesKms = needsKms(request);
        const next = usesKms ? throughKms : throughSlots;
        for (let attempt = 1; ; attempt++) {
          const turn = ranges.enter(key, clock.now())?.then(next) ?? next();
          if (turn) await turn;
          traffic.requests++;
          operations[operation] = (operations[operation] ?? 0) + 1;
          const sentAt = clock.now();
          let answer: Answer<T>;
          try {
            answer = await ask(request);
          } finally {
            slots.leave();
          }
          const now = clock.now();
          if (answer.is === "throttled") {
            traffic.throttled++;
            const retryAfterMs = Math.min(answer.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
            if (answer.by === "s3") {
              ranges.answered(key, sentAt, now, true, retryAfterMs);
            } else {
              traffic.throttledByKms = (traffic.throttledByKms ?? 0) + 1;
              kms.answered(sentAt, now, true, retryAfterMs);
            }
            if (attempt === ATTEMPTS) return answer;
            await clock.sleep(backoff(attempt, clock.random(), retryAfterMs));
          } else if (answer.is === "unknown") {
            // It may not have come to S3 at all, so it says nothing about its limits.
            if (kind === "write" || attempt === ATTEMPTS) return answer;
            await clock.sleep(backoff(attempt, clock.random()));
          } else {
            ranges.answered(key, sentAt, now, false);
            if (usesKms) kms.answered(sentAt, now, false);
            return answer;
          }
        }
      };

    const ofKey = ({ key }: { readonly key: string }) => key;
    const ofMarker = ({ keyMarker, prefix }: { readonly keyMarker?: string; readonly prefix?: string }) =>
      keyMarker ?? prefix ?? "";
    const always = () => true;
    const never = () => false;
    return {
      limits: () => ({ reads: reads.limits, writes: writes.limits, kms: kms.limit.rate }),
      list: patient("list", store.list, "read", ({ after, prefix }) => after ?? prefix ?? "", never),
      listVersions: patient("listVersions", store.listVersions, "read", ofMarker, never),
      listUploads: patient("listUploads", store.listUploads, "read", ofMarker, never),
      head: patient("head", store.head, "read", ofKey, ({ checksum }) => checksum === true),
      getTags: patient("getTags", store.getTags, "read", ofKey, never),
      getAcl: patient("getAcl", store.getAcl, "read", ofKey, never),
      hasAnnotations: patient("hasAnnotations", store.hasAnnotations, "read", ofKey, never),
      copy: patient("copy", store.copy, "write", ofKey, always),
      updateEncryption: patient("updateEncryption", store.updateEncryption, "write", ofKey, always),
      createUpload: patient("createUpload", store.createUpload, "write", ofKey, always),
      copyPart: patient("copyPart", store.copyPart, "write", ofKey, always),
      completeUpload: patient("completeUpload", store.completeUpload, "write", ofKey, always),
      abortUpload: patient("abortUpload", store.abortUpload, "write", ofKey, never),
    };
  };
}
