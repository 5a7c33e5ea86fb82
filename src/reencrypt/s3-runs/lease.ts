import type { Clock } from "../clock";
import { parseOfFormat } from "../format";
import { RunInUse } from "../run-store";
import type { RunObjects } from "./run-objects";

/** A lock that nobody has renewed for so long may be taken over. */
export const LEASE_MS = 30_000;
const RENEWALS_A_LEASE = 3;
/** Looks at somebody else's lock within a lease. */
const LOOKS_A_LEASE = 6;

/** A clock whose time only goes on, whatever somebody sets. */
export interface LeaseClock extends Clock {
  /** Milliseconds since some moment. */
  elapsed(): number;
  /** Calls it again and again, and gives the function that ends that. */
  every(milliseconds: number, call: () => Promise<void>): () => void;
}

export interface Holder {
  /** No other process has ever had it. */
  readonly id: string;
  /** As it is called in messages: `process 4711 on ci-runner-7`. */
  readonly name: string;
}

/** What the object says that is the lock. */
interface LockText {
  readonly format: 1;
  readonly id: string;
  readonly holder: string;
  readonly renewals: number;
  readonly released: boolean;
}

export interface LeaseProps {
  readonly objects: RunObjects;
  readonly holder: Holder;
  readonly clock: LeaseClock;
  /** Told that another holder is being watched, which takes time. */
  readonly notice: (message: string) => void;
}

const LOCK = "lock";

/** Who is at work, as the lock says; nothing where it is free. It may be gone without having said so. */
export async function holderOf(objects: RunObjects): Promise<string | undefined> {
  const there = await objects.read(LOCK);
  const lock = there && parseOfFormat<LockText>(there.text);
  return lock && !lock.released ? lock.holder : undefined;
}

/**
 * A lock in S3: an object that says who has it, renewed by its holder under the condition that it is still the same.
 *
 * No two machines have the same time. So nobody looks at dates: who wants to take it over watches it for a whole lease of
 * its own clock, in which a holder that is there would have renewed it, and takes it only if it is still the same.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export class Lease {
  readonly #props: LeaseProps;
  readonly #lost = new AbortController();
  readonly #stopRenewing: () => void;
  #etag: string;
  #renewals = 0;
  /** When the request began that made the lease last. */
  #since: number;
  #asking: Promise<void> | undefined;

  private constructor(props: LeaseProps, etag: string, since: number) {
    this.#props = props;
    this.#etag = etag;
    this.#since = since;
    // One that fails is made up for by the next, or by whoever wants to write.
    const renew = () => this.#renew().catch(() => undefined);
    this.#stopRenewing = props.clock.every(LEASE_MS / RENEWALS_A_LEASE, renew);
  }

  /** @throws RunInUse if it is somebody else's, and they are there */
  static async take(props: LeaseProps): Promise<Lease> {
    const { objects, clock, holder } = props;
    for (;;) {
      const there = await objects.read(LOCK);
      if (there && parseOfFormat<LockText>(there.text)?.released !== true) await expectSilence(props, there);
      const since = clock.elapsed();
      const text = textOf(holder, 0);
      const etag = await (there ? objects.replace(LOCK, text, there.etag) : objects.create(LOCK, text));
      if (etag !== undefined) return new Lease(props, etag, since);
    }
  }

  /** Aborted once it is somebody else's. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Resolves if nobody can have taken it over until now. @throws LeaseLost */
  async confirm(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    if (this.#props.clock.elapsed() - this.#since >= LEASE_MS) await this.#renew();
  }

  /** Says that it is free, so that nobody has to wait. Where that cannot be said it runs out. */
  async release(): Promise<void> {
    this.#stopRenewing();
    await this.#asking?.catch(() => undefined);
    if (this.#lost.signal.aborted) return;
    const { objects, holder } = this.#props;
    const text = textOf(holder, this.#renewals + 1, true);
    await objects.replace(LOCK, text, this.#etag).catch(() => undefined);
  }

  #renew(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const { objects, holder, clock } = this.#props;
    for (;;) {
      const since = clock.elapsed();
      const etag = await objects.replace(LOCK, textOf(holder, ++this.#renewals), this.#etag);
      if (etag !== undefined) {
        this.#etag = etag;
        this.#since = since;
        return;
      }
      const there = await objects.read(LOCK);
      const lock = there && parseOfFormat<LockText>(there.text);
      if (!there || lock?.id !== holder.id) {
        this.#stopRenewing();
        const who = lock ? `is ${lock.holder}'s by now` : "is gone";
        this.#lost.abort(new Error(`${objects.placeOf(LOCK)} ${who}: this process was not heard of for too long`));
        this.#lost.signal.throwIfAborted();
        return;
      }
      this.#etag = there.etag; // an earlier renewal of ours, whose answer got lost
    }
  }
}

const textOf = ({ id, name }: Holder, renewals: number, released = false): string => {
  const lock: LockText = { format: 1, id, holder: name, renewals, released };
  return `${JSON.stringify(lock)}\n`;
};

/** Resolves if a lock stays as it is for a whole lease. @throws RunInUse */
async function expectSilence(
  { objects, clock, notice }: LeaseProps,
  { text, etag }: { readonly text: string; readonly etag: string },
): Promise<void> {
  const place = objects.placeOf(LOCK);
  const who = parseOfFormat<LockText>(text)?.holder ?? "somebody";
  notice(`${place} is ${who}'s: watched for ${LEASE_MS / 1000} s, to see whether it is at work.`);
  for (let look = 1; look <= LOOKS_A_LEASE; look++) {
    await clock.sleep(LEASE_MS / LOOKS_A_LEASE);
    const there = await objects.read(LOCK);
    if (there?.etag === etag) continue;
    const lock = there && parseOfFormat<LockText>(there.text);
    if (!lock || lock.released) return; // the next attempt sees that it is free
    throw new RunInUse(
      `${lock.holder} is at work in ${place.slice(0, -LOCK.length - 1)}, as ${LOCK} there says`,
      `Let it finish. Once it is gone the same command takes over, after ${LEASE_MS / 1000} s.`,
    );
  }
}
