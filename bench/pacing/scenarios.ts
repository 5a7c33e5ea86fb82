import { type FoundLimits, type Limits, pacer } from "../../src/reencrypt/pacing";
import type { CopyRequest, ObjectStore } from "../../src/s3/object-store";
import { application, Capacity, type SimulatedS3Props, simulatedS3, VirtualClock } from "./simulation";

/** Objects that are worked on at the same time in one lane: enough that S3 is what limits. */
const WORKERS = 16;
const LANES = 16;
const APPLICATION = 500;

const copyOf = (key: string): CopyRequest => ({
  key,
  source: { key, ifMatch: '"etag"' },
  encryption: { algorithm: "AES256" },
  storageClass: "STANDARD",
  grants: [],
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** What happened in one second. */
export interface Second {
  done: number;
  throttled: number;
  applicationDone: number;
  applicationThrottled: number;
  /** Of writes, for each range of keys, at the end of the second. */
  limits: FoundLimits["writes"];
  /** Of writes done, by the first character of the key. */
  readonly byPrefix: Map<string, number>;
}

interface World {
  readonly clock: VirtualClock;
  readonly store: ReturnType<ReturnType<typeof pacer>>;
  readonly seconds: Second[];
  readonly run: (seconds: number) => Promise<void>;
}

type Capacities = Omit<SimulatedS3Props, "clock" | "onRequest">;

function world(seed: number, capacities: Capacities, limits: Limits = {}): World {
  const clock = new VirtualClock(seed);
  const seconds: Second[] = [];
  const onRequest: SimulatedS3Props["onRequest"] = ({ at, key, kind, throttledBy }) => {
    if (kind === "read") return;
    const second = secondOf(seconds, at);
    if (throttledBy) second.throttled++;
    else second.done++;
    const prefix = key.charAt(0);
    if (!throttledBy) second.byPrefix.set(prefix, (second.byPrefix.get(prefix) ?? 0) + 1);
  };
  const s3 = simulatedS3({ ...capacities, clock, onRequest });
  const store = pacer(limits, clock, { requests: 0, throttled: 0 })(s3);
  const run = async (until: number) => {
    for (let second = 0; second < until; second++) {
      await clock.runUntil((second + 1) * 1000 - 1);
      secondOf(seconds, second * 1000).limits = store.limits().writes;
    }
  };
  return { clock, store, seconds, run };
}

function secondOf(seconds: Second[], at: number): Second {
  const index = Math.floor(at / 1000);
  const empty = { done: 0, throttled: 0, applicationDone: 0, applicationThrottled: 0, limits: [] };
  while (seconds.length <= index) seconds.push({ ...empty, byPrefix: new Map() });
  const second = seconds[index];
  if (!second) throw new Error("there is no such second");
  return second;
}

/** Lanes as a sweep has them: each goes through its keys in order, with so many workers. They never end. */
function work(prefixes: readonly string[], workers: number, on: (key: string) => Promise<unknown>): void {
  const worker = async (next: () => string): Promise<never> => {
    for (;;) await on(next());
  };
  const nexts = prefixes.map((prefix) => {
    let number = 1_000_000;
    return () => `${prefix}${number++}`;
  });
  for (let count = 0; count < workers; count++) for (const next of nexts) void worker(next);
}

const lanes = Array.from({ length: LANES }, (_, lane) => `data/${lane + 10}/`);

export interface SteppingResult {
  readonly seconds: readonly Second[];
  /** What the application leaves, each second. */
  readonly left: readonly number[];
  /** Share of that which was used: in the whole run, and from ten seconds after each step on, the worst of the phases. */
  readonly used: number;
  readonly usedOnceSettled: number;
  /** Seconds from a step until more than 90 % is used and less than 2 % throttled for the first time; the longest. */
  readonly settledAfter: number;
  /** Shares, in the whole run. */
  readonly throttled: number;
  readonly applicationThrottled: number;
  readonly ranges: number;
}

/** Capacity that steps 3,500 -> 1,000 -> 3,500 writes a second, of which an application takes 500. */
export async function steppingCapacity(
  seed: number,
  burstSeconds: number,
  phaseSeconds: number,
): Promise<SteppingResult> {
  const total = (now: number) => (Math.floor(now / 1000 / phaseSeconds) === 1 ? 1000 : 3500);
  const partition = new Capacity(total, burstSeconds);
  const { clock, store, seconds, run } = world(seed, { writes: () => partition });
  work(lanes, WORKERS, (key) => store.copy(copyOf(key)));
  void application(clock, APPLICATION, partition, (at, throttled) => {
    if (throttled) secondOf(seconds, at).applicationThrottled++;
    else secondOf(seconds, at).applicationDone++;
  });
  await run(3 * phaseSeconds);

  const left = seconds.map((_, second) => total(second * 1000) - APPLICATION);
  const done = seconds.map((second) => second.done);
  const usedIn = (from: number, to: number) => sum(done.slice(from, to)) / sum(left.slice(from, to));
  const phases = [0, 1, 2].map((phase) => phase * phaseSeconds);
  const isSettled = (second: Second, index: number) =>
    second.done >= 0.9 * (left[index] ?? 0) && second.throttled <= 0.02 * second.done;
  const settledAfter = phases.map(
    (from) => seconds.findIndex((second, index) => index >= from && isSettled(second, index)) - from,
  );
  const share = (part: number[], rest: number[]) => sum(part) / (sum(part) + sum(rest));
  return {
    seconds,
    left,
    used: usedIn(0, seconds.length),
    usedOnceSettled: Math.min(...phases.map((from) => usedIn(from + 10, from + phaseSeconds))),
    settledAfter: Math.max(...settledAfter),
    throttled: share(
      seconds.map((second) => second.throttled),
      done,
    ),
    applicationThrottled: share(
      seconds.map((second) => second.applicationThrottled),
      seconds.map((second) => second.applicationDone),
    ),
    ranges: store.limits().writes.length,
  };
}

export interface HotPrefixProps {
  readonly seed: number;
  /** Writes a second that S3 takes on the hot one of eight prefixes. @default as many as on the others */
  readonly hot?: number;
  /** How long it is hot. */
  readonly seconds: number;
  /** When it becomes hot, in seconds. @default at once */
  readonly from?: number;
  /** Writes a second that KMS takes. @default all */
  readonly kms?: number;
  readonly throttledByChance?: number;
}

export interface HotPrefixResult {
  readonly seconds: readonly Second[];
  /** Writes a second on all prefixes but the hot one, and on that one, once it is hot. */
  readonly others: number;
  readonly hot: number;
  readonly limits: FoundLimits;
  readonly throttled: number;
}

const PREFIXES = ["a/", "b/", "c/", "d/", "e/", "f/", "g/", "h/"];

/** Eight prefixes in partitions of their own, of which one takes few writes. */
export async function hotPrefix(props: HotPrefixProps): Promise<HotPrefixResult> {
  const { seed, hot = Number.POSITIVE_INFINITY, from = 0, kms, throttledByChance } = props;
  const partition = (prefix: string) =>
    new Capacity((now) => (prefix === "d/" && now >= from * 1000 ? Math.min(hot, 3500) : 3500));
  const partitions = new Map(PREFIXES.map((prefix) => [prefix.charAt(0), partition(prefix)]));
  const { store, seconds, run } = world(seed, {
    writes: (key) => partitions.get(key.charAt(0)),
    kms: kms === undefined ? undefined : new Capacity(() => kms),
    throttledByChance,
  });
  work(PREFIXES, WORKERS / 2, (key) => store.copy(copyOf(key)));
  await run(from + props.seconds);
  const measured = seconds.slice(from);
  const of = (prefix: string) => sum(measured.map(({ byPrefix }) => byPrefix.get(prefix) ?? 0)) / measured.length;
  const total = sum(measured.map(({ done }) => done)) / measured.length;
  return {
    seconds,
    others: total - of("d"),
    hot: of("d"),
    limits: store.limits(),
    throttled: sum(measured.map((second) => second.throttled)) / (total * measured.length),
  };
}

/** When requests were sent, in milliseconds, by whole conversions under a cap. */
export async function underCap(seed: number, maxRequestsPerSecond: number, seconds: number): Promise<number[]> {
  const clock = new VirtualClock(seed);
  const sent: number[] = [];
  const s3 = simulatedS3({ clock });
  const noting: Pick<ObjectStore, "head" | "copy"> = {
    head: (request) => {
      sent.push(clock.now());
      return s3.head(request);
    },
    copy: (request) => {
      sent.push(clock.now());
      return s3.copy(request);
    },
  };
  const store = pacer({ maxRequestsPerSecond, concurrency: 200 }, clock, { requests: 0, throttled: 0 })({
    ...s3,
    ...noting,
  });
  work(lanes, WORKERS, async (key) => {
    await store.head({ key });
    await store.copy(copyOf(key));
    await store.head({ key });
  });
  await clock.runUntil(seconds * 1000);
  return sent;
}
