import type { ServiceName } from "../codec/services";
import type { AwsError } from "../service";
import * as answers from "./answers";
import { type FaultName, type FaultPlan, type PrefixCapacity, ratesOf } from "./plan";
import { TokenBucket } from "./token-bucket";

/** A request, as far as faults tell requests apart. */
export interface Disturbable {
  readonly service: ServiceName;
  readonly operation: string;
  readonly method: string;
  readonly bucket?: string;
  /** Of a list the prefix that it asks for. */
  readonly key?: string;
  /** The caller's ARN and account: bucket keys are made for each caller, and KMS's quota is the caller's account's. */
  readonly caller: string;
  readonly account: string;
  readonly region: string;
  readonly now: number;
}

/** A use of KMS by S3. */
export interface KmsUse {
  readonly operation: string;
  readonly keyId: string;
  /** As the encryption context has it: under a bucket key the bucket's ARN, else the object's. */
  readonly s3Arn: string;
}

/** What happens to one request. */
export interface Disturbance {
  readonly fault?: FaultName;
  /** Awaited before the operation runs. Throws AwsError, or ConnectionReset. */
  before(): Promise<void>;
  /** Awaited once it has taken effect, before its answer goes out. Throws as `before`. */
  after(): Promise<void>;
  /** Told of each use of KMS by S3. Throws AwsError. */
  useKms(use: KmsUse): void;
  readonly conflictOnConcurrentWrite: boolean;
}

/** Nothing goes wrong. */
export const calm: Disturbance = {
  before: async () => {},
  after: async () => {},
  useKms: () => {},
  conflictOnConcurrentWrite: false,
};

const bucketKeyMilliseconds = 5 * 60_000;
const usualBurst = 100;
const inside200: ReadonlySet<string> = new Set(["CopyObject", "UploadPartCopy", "CompleteMultipartUpload"]);
const cryptographic =
  /^(?:Encrypt|Decrypt|ReEncrypt|GenerateDataKey(?:WithoutPlaintext)?|GenerateDataKeyPair(?:WithoutPlaintext)?)$/;

/** Numbers from 0 to 1, the same for the same seed (Mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A plan at work: what was drawn, and what is left of each capacity. */
export class Faults {
  private readonly random: () => number;
  private readonly buckets = new Map<string, TokenBucket>();
  private readonly bucketKeysUntil = new Map<string, number>();
  private readonly rates = new Map<string, readonly (readonly [FaultName, number])[]>();

  /**
   * @param since when the plan was set, from which its steps count
   * @param sleep of the clock that the stalls go by
   */
  constructor(
    private readonly plan: FaultPlan,
    private readonly since: number,
    private readonly sleep: (milliseconds: number) => Promise<void>,
  ) {
    this.random = randomOf(plan.seed ?? 1);
    for (const operation of Object.keys(plan.rates ?? {})) ratesOf(plan, operation, operation !== "*");
  }

  /** What happens to a request; one number is drawn for each, so that one plan does the same to the same requests. */
  disturb(request: Disturbable, slowly?: (milliseconds: number) => void): Disturbance {
    const fault = this.draw(request);
    const { plan } = this;
    return {
      fault,
      before: async () => {
        if (!this.admits(request)) throw answers.slowDown(503);
        if (request.service === "kms" && cryptographic.test(request.operation)) {
          if (fault === "kmsThrottling" || !this.kmsAdmits(request)) throw answers.kmsThrottling("kms");
        }
        const refused = refusalBy(fault, request);
        if (refused) throw refused;
        if (fault === "stallBefore") await this.sleep(plan.stallMilliseconds ?? 60_000);
      },
      after: async () => {
        if (fault === "internalErrorAfter") throw answers.internalError(500);
        if (fault === "resetAfter") throw new answers.ConnectionReset();
        if (fault === "stallAfter") await this.sleep(plan.stallMilliseconds ?? 60_000);
        if (fault !== "slowHeaders") return;
        const milliseconds = plan.slowMilliseconds ?? 5_000;
        if (slowly) slowly(milliseconds);
        else await this.sleep(milliseconds);
      },
      useKms: (use) => {
        if (fault === "kmsSlowDown") throw answers.kmsSlowDown();
        if (fault === "kmsThrottling") throw answers.kmsThrottling("s3");
        if (!this.hasBucketKey(request, use) && !this.kmsAdmits(request)) throw answers.kmsSlowDown();
      },
      conflictOnConcurrentWrite: plan.conflictOnConcurrentWrite ?? false,
    };
  }

  private draw({ service, operation }: Disturbable): FaultName | undefined {
    const rates = this.rates.get(operation) ?? ratesOf(this.plan, operation, service === "s3");
    this.rates.set(operation, rates);
    let left = this.random();
    for (const [name, rate] of rates) {
      left -= rate;
      if (left < 0) return name;
    }
    return undefined;
  }

  private admits({ service, method, bucket, key = "", now }: Disturbable): boolean {
    if (service !== "s3" || bucket === undefined) return true;
    const fitting = this.plan.capacity?.filter(
      (one) => (one.bucket === undefined || one.bucket === bucket) && key.startsWith(one.prefix),
    );
    const longest = fitting?.reduce<PrefixCapacity | undefined>(
      (best, one) => (best && best.prefix.length >= one.prefix.length ? best : one),
      undefined,
    );
    const kind = method === "GET" || method === "HEAD" ? "reads" : "writes";
    const rate = longest?.[`${kind}PerSecond`];
    if (!longest || rate === undefined) return true;
    const burst = longest.burstMilliseconds ?? usualBurst;
    return this.bucketOf(`${kind} ${bucket}/${longest.prefix}`, rate, burst).take(now - this.since);
  }

  private kmsAdmits({ account, region, now }: Disturbable): boolean {
    const { kmsPerSecond } = this.plan;
    if (kmsPerSecond === undefined) return true;
    return this.bucketOf(`kms ${account} ${region}`, kmsPerSecond, usualBurst).take(now - this.since);
  }

  /** Under a bucket key S3 asks KMS now and then only; the first asking is this one. */
  private hasBucketKey({ caller, now }: Disturbable, { operation, keyId, s3Arn }: KmsUse): boolean {
    if (s3Arn.includes("/")) return false;
    const name = [caller, operation, keyId, s3Arn].join(" ");
    if ((this.bucketKeysUntil.get(name) ?? 0) > now) return true;
    this.bucketKeysUntil.set(name, now + bucketKeyMilliseconds);
    return false;
  }

  private bucketOf(name: string, ...capacity: ConstructorParameters<typeof TokenBucket>): TokenBucket {
    const found = this.buckets.get(name) ?? new TokenBucket(...capacity);
    this.buckets.set(name, found);
    return found;
  }
}

/** What a fault without effect answers; faults of KMS wait until KMS is asked. */
function refusalBy(fault: FaultName | undefined, { operation, now }: Disturbable): AwsError | Error | undefined {
  switch (fault) {
    case "internalErrorBefore":
      return answers.internalError(500);
    case "slowDown":
      return answers.slowDown(503);
    case "throttling":
      return answers.throttling();
    case "errorInside200":
      return inside200.has(operation) ? answers.internalError(200) : undefined;
    case "slowDownInside200":
      return inside200.has(operation) ? answers.slowDown(200) : undefined;
    case "resetBefore":
      return new answers.ConnectionReset();
    case "expiredToken":
      return answers.expiredToken();
    case "clockSkew":
      return answers.clockSkew(now);
    default:
      return undefined;
  }
}
