import { z } from "zod";

/**
 * What can happen to one request.
 *
 * | fault                | the client sees                                               | and the request          |
 * |----------------------|---------------------------------------------------------------|--------------------------|
 * | internalErrorBefore  | 500 InternalError                                             | does nothing             |
 * | internalErrorAfter   | 500 InternalError                                             | takes effect             |
 * | slowDown             | 503 SlowDown                                                  | does nothing             |
 * | kmsSlowDown          | 503 SlowDown that names KMS, where the request asks KMS       | does nothing             |
 * | kmsThrottling        | 400 KMS.ThrottlingException, where the request asks KMS       | does nothing             |
 * | throttling           | 400 Throttling, as IAM and STS say it                         | does nothing             |
 * | errorInside200       | 200 with InternalError in the body, of a copy or a completion | does nothing             |
 * | slowDownInside200    | 200 with SlowDown in the body, of a copy or a completion      | does nothing             |
 * | resetBefore          | a connection that is reset                                    | does nothing             |
 * | resetAfter           | a connection that is reset                                    | takes effect             |
 * | stallBefore          | nothing for `stallMilliseconds`, then its answer              | takes effect at the end  |
 * | stallAfter           | nothing for `stallMilliseconds`, then its answer              | takes effect at once     |
 * | slowHeaders          | headers that take `slowMilliseconds` to arrive                | takes effect             |
 * | expiredToken         | 400 ExpiredToken                                              | does nothing             |
 * | clockSkew            | 403 RequestTimeTooSkewed                                      | does nothing             |
 *
 * Sources: User Guide, "Amazon S3 error best practices" (a 500 may have taken effect); API Reference, "Error responses",
 * CopyObject and CompleteMultipartUpload (errors inside a 200); KMS Developer Guide, "Throttling AWS KMS requests".
 * The SlowDown that names KMS and the one inside a 200 are in no page; both were seen:
 * https://github.com/aws-samples/cql-replicator/issues/92, https://github.com/j3t/jenkins-pipeline-cache-plugin/issues/38
 * So were IAM's words: https://github.com/openshift/installer/issues/1418
 */
export const faultNames = [
  "internalErrorBefore",
  "internalErrorAfter",
  "slowDown",
  "kmsSlowDown",
  "kmsThrottling",
  "throttling",
  "errorInside200",
  "slowDownInside200",
  "resetBefore",
  "resetAfter",
  "stallBefore",
  "stallAfter",
  "slowHeaders",
  "expiredToken",
  "clockSkew",
] as const;

export type FaultName = (typeof faultNames)[number];

/** Out of one: 0.05 is every twentieth request. */
export type FaultRates = Readonly<Partial<Record<FaultName, number>>>;

/** So many a second; or one after the other, each from its time on, in milliseconds since the plan was set. */
export type PerSecond = number | readonly { readonly from: number; readonly perSecond: number }[];

/**
 * What the keys of a prefix can take together; beyond it the answer is 503 SlowDown. S3 itself has at least 3,500 writes
 * and 5,500 reads a second: User Guide, "Best practices design patterns: optimizing Amazon S3 performance".
 */
export interface PrefixCapacity {
  /** @default any bucket, each for itself */
  readonly bucket?: string;
  /** Of the prefixes that fit a key the longest counts. Empty: every key. */
  readonly prefix: string;
  /** PUT, COPY, POST and DELETE. @default no limit */
  readonly writesPerSecond?: PerSecond;
  /** GET, HEAD and lists, these by the prefix that they ask for. @default no limit */
  readonly readsPerSecond?: PerSecond;
  /** How much may come at once after a pause, as the milliseconds in which it would be regained. @default 100 */
  readonly burstMilliseconds?: number;
}

/** What goes wrong. The same plan, set anew, does the same to the same requests in the same order. */
export interface FaultPlan {
  /** @default 1 */
  readonly seed?: number;
  /** By operation, as AWS names it; `*` is any operation of S3, which a rate of the operation itself replaces. */
  readonly rates?: Readonly<Record<string, FaultRates>>;
  /** @default 60,000 */
  readonly stallMilliseconds?: number;
  /** @default 5,000 */
  readonly slowMilliseconds?: number;
  readonly capacity?: readonly PrefixCapacity[];
  /**
   * Cryptographic requests that KMS takes, for each account and Region: S3's own on a caller's behalf and direct ones.
   * Under a bucket key S3 asks once for each caller, bucket and key in five minutes; AWS only says that it is a limited time.
   *
   * @default no limit
   */
  readonly kmsPerSecond?: PerSecond;
  /**
   * A copy or put with a condition is answered 409 ConditionalRequestConflict if its key was written or deleted between
   * its reading and its commit. S3 may answer so or judge the condition anew, which is what happens without this.
   *
   * @default false
   */
  readonly conflictOnConcurrentWrite?: boolean;
}

const perSecond = z.union([
  z.number().positive(),
  z.array(z.strictObject({ from: z.number().min(0), perSecond: z.number().positive() })).min(1),
]);

const planSchema: z.ZodType<FaultPlan> = z.strictObject({
  seed: z.int().optional(),
  rates: z.record(z.string(), z.partialRecord(z.enum(faultNames), z.number().min(0).max(1))).optional(),
  stallMilliseconds: z.number().min(0).optional(),
  slowMilliseconds: z.number().min(0).optional(),
  capacity: z
    .array(
      z.strictObject({
        bucket: z.string().optional(),
        prefix: z.string(),
        writesPerSecond: perSecond.optional(),
        readsPerSecond: perSecond.optional(),
        burstMilliseconds: z.number().positive().optional(),
      }),
    )
    .optional(),
  kmsPerSecond: perSecond.optional(),
  conflictOnConcurrentWrite: z.boolean().optional(),
});

/** A plan from outside. Throws an Error that names what is wrong with it. */
export function readPlan(value: unknown): FaultPlan {
  const read = planSchema.safeParse(value);
  if (read.success) return read.data;
  throw new Error(`This is no fault plan: ${z.prettifyError(read.error)}`);
}

/** What strikes an operation, with what `*` says beside what its own entry says. Throws where it adds up to more than one. */
export function ratesOf({ rates = {} }: FaultPlan, operation: string, isS3: boolean): [FaultName, number][] {
  const all: FaultRates = { ...(isS3 ? rates["*"] : {}), ...rates[operation] };
  const chosen = faultNames.flatMap((name): [FaultName, number][] => {
    const rate = all[name] ?? 0;
    return rate > 0 ? [[name, rate]] : [];
  });
  const sum = chosen.reduce((total, [, rate]) => total + rate, 0);
  if (sum > 1.000_001) throw new Error(`The fault rates of ${operation} add up to ${sum}, which is more than 1.`);
  return chosen;
}
