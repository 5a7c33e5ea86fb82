import type { Clock } from "../../src/reencrypt/clock";
import type { Answer, ObjectStore } from "../../src/s3/object-store";
import { seeded } from "../random";

/** A clock whose time passes only in `runUntil`, in whole milliseconds as with a real one. */
export class VirtualClock implements Clock {
  readonly random: () => number;
  #now = 0;
  readonly #sleepers = new Map<number, (() => void)[]>();

  constructor(seed: number) {
    this.random = seeded(seed).next;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number): Promise<void> {
    const wakeAt = Math.ceil(this.#now + Math.max(1, milliseconds));
    return new Promise((wake) => {
      const others = this.#sleepers.get(wakeAt);
      if (others) others.push(wake);
      else this.#sleepers.set(wakeAt, [wake]);
    });
  }

  async runUntil(end: number): Promise<void> {
    await new Promise(setImmediate); // everything that needs no time
    while (this.#now < end) {
      this.#now++;
      const sleepers = this.#sleepers.get(this.#now);
      if (!sleepers) continue;
      this.#sleepers.delete(this.#now);
      // In any order, so that nobody is always the first at the server.
      for (let left = sleepers.length; left > 0; left--) sleepers.splice(Math.floor(left * this.random()), 1)[0]?.();
      await new Promise(setImmediate);
    }
  }
}

/** What is left in a bucket of tokens that fills at a rate, up to `burst` seconds of it. */
export class Capacity {
  readonly #perSecond: (now: number) => number;
  readonly #burst: number;
  #tokens = Number.POSITIVE_INFINITY;
  #filledAt = 0;

  constructor(perSecond: (now: number) => number, burst = 0.1) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  take(now: number): boolean {
    const rate = this.#perSecond(now);
    this.#tokens = Math.min(rate * this.#burst, this.#tokens + ((now - this.#filledAt) / 1000) * rate);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/** So that who sent first is not always the first to arrive. */
const onTheWay = (clock: Clock): number => 2 + 6 * clock.random();

/** Somebody else who writes at a rate, whatever comes of it. */
export async function application(
  clock: Clock,
  perSecond: number,
  capacity: Capacity,
  onRequest: (at: number, throttled: boolean) => void,
): Promise<never> {
  const write = async () => {
    await clock.sleep(onTheWay(clock));
    onRequest(clock.now(), !capacity.take(clock.now()));
  };
  for (let due = 0; ; ) {
    due += (2000 / perSecond) * clock.random();
    if (due > clock.now()) await clock.sleep(due - clock.now());
    void write();
  }
}

export interface SimulatedRequest {
  readonly at: number;
  readonly key: string;
  readonly kind: "read" | "write";
  readonly throttledBy: "s3" | "kms" | undefined;
}

export interface SimulatedS3Props {
  readonly clock: Clock;
  /** What the partition of a key takes. @default everything */
  readonly reads?: (key: string) => Capacity | undefined;
  readonly writes?: (key: string) => Capacity | undefined;
  /** Taken by every write. @default everything */
  readonly kms?: Capacity;
  /** Of requests that are throttled at any rate. @default none */
  readonly throttledByChance?: number;
  readonly retryAfterMs?: number;
  readonly onRequest?: (request: SimulatedRequest) => void;
}

/** Takes what capacities allow, throttles the rest, and knows no objects. */
export function simulatedS3(props: SimulatedS3Props): ObjectStore {
  const { clock, retryAfterMs, onRequest } = props;
  const done: Answer<never> = { is: "done", value: undefined as never };
  const throttledBy = (kind: "read" | "write", key: string): "s3" | "kms" | undefined => {
    const now = clock.now();
    if (props.throttledByChance && clock.random() < props.throttledByChance) return "s3";
    const capacity = kind === "read" ? props.reads?.(key) : props.writes?.(key);
    if (capacity && !capacity.take(now)) return "s3";
    return kind === "write" && props.kms && !props.kms.take(now) ? "kms" : undefined;
  };
  const answer =
    (kind: "read" | "write") =>
    async (request: { readonly key: string }): Promise<Answer<never>> => {
      await clock.sleep(onTheWay(clock));
      const by = throttledBy(kind, request.key);
      onRequest?.({ at: clock.now(), key: request.key, kind, throttledBy: by });
      await clock.sleep(onTheWay(clock) + (by ? 0 : 10 + 30 * clock.random()));
      return by ? { is: "throttled", by, retryAfterMs } : done;
    };
  const [read, write] = [answer("read"), answer("write")];
  const list = () => read({ key: "" });
  return {
    list,
    listVersions: list,
    head: read,
    getTags: read,
    getAcl: read,
    listUploads: list,
    hasAnnotations: read,
    copy: write,
    updateEncryption: write,
    createUpload: write,
    copyPart: write,
    completeUpload: write,
    abortUpload: write,
  };
}
