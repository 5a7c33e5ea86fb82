import type { Answer, ObjectStore } from "../s3/object-store";
import type { Clock } from "./clock";

export interface Limits {
  /** @default no limit */
  readonly maxRequestsPerSecond?: number;
}

/** What went over the wire, for progress and report. */
export interface Traffic {
  requests: number;
  throttled: number;
}

const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 100;
/** S3's own advice is to slow down for seconds, not minutes. */
const LONGEST_PAUSE_MS = 20_000;

/** How long to wait before the next attempt, with full jitter so that many waiters do not come back together. */
export function backoff(attempt: number, random: number, retryAfterMs = 0): number {
  return retryAfterMs + random * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
}

/** Hands out moments at a steady rate, in the order in which they are asked for. */
function turnstile({ maxRequestsPerSecond }: Limits, clock: Clock): () => Promise<void> {
  if (maxRequestsPerSecond === undefined) return async () => undefined;
  const interval = 1000 / maxRequestsPerSecond;
  let free = 0;
  return async () => {
    const now = clock.now();
    const turn = Math.max(now, free);
    free = turn + interval;
    if (turn > now) await clock.sleep(turn - now);
  };
}

/**
 * The same store, with patience: it keeps to the limits and asks again what was throttled.
 *
 * A read is asked again after an unknown answer as well. An unknown write is handed on: only looking at the object
 * can tell whether it had an effect.
 */
export function paced(store: ObjectStore, limits: Limits, clock: Clock, traffic: Traffic): ObjectStore {
  const turn = turnstile(limits, clock);

  const patient =
    <Request, T>(ask: (request: Request) => Promise<Answer<T>>, kind: "read" | "write") =>
    async (request: Request): Promise<Answer<T>> => {
      for (let attempt = 1; ; attempt++) {
        await turn();
        traffic.requests++;
        const answer = await ask(request);
        if (answer.is === "throttled") traffic.throttled++;
        const again = answer.is === "throttled" || (answer.is === "unknown" && kind === "read");
        if (!again || attempt === ATTEMPTS) return answer;
        const retryAfterMs = answer.is === "throttled" ? answer.retryAfterMs : undefined;
        await clock.sleep(backoff(attempt, clock.random(), retryAfterMs));
      }
    };

  return {
    list: patient(store.list, "read"),
    listVersions: patient(store.listVersions, "read"),
    head: patient(store.head, "read"),
    getTags: patient(store.getTags, "read"),
    getAcl: patient(store.getAcl, "read"),
    copy: patient(store.copy, "write"),
    updateEncryption: patient(store.updateEncryption, "write"),
    createUpload: patient(store.createUpload, "write"),
    copyPart: patient(store.copyPart, "write"),
    completeUpload: patient(store.completeUpload, "write"),
    abortUpload: patient(store.abortUpload, "write"),
  };
}
