import type { Answer, Encryption, ObjectId, ObjectState, ObjectStore } from "../s3/object-store";
import { CUSTOMER_KEY_NEEDED } from "../s3/object-store";
import type { Clock } from "./clock";
import { converted, type ObjectOutcome } from "./outcome";
import type { Visit } from "./sweep";

/** What S3 showed of an object while it was visited: answers to requests, not conclusions. */
export interface Seen {
  /** In the first answer to HeadObject. */
  readonly before?: Encryption;
  /** In the last one. */
  readonly after?: Encryption;
  /** Bytes, at first. */
  readonly size?: number;
  readonly storageClass?: string;
  /** Whole days since it was written, at first. */
  readonly ageDays?: number;
  /** The last refusal of anything that was asked about it. */
  readonly refused?: { readonly status: number; readonly code: string };
}

interface Watched {
  readonly seen: { -readonly [Name in keyof Seen]: Seen[Name] };
  /** Which one the last answer to HeadObject was of. */
  version?: string;
}

const MS_A_DAY = 86_400_000;
const nameOf = ({ key, versionId }: ObjectId): string => (versionId === undefined ? key : `${key}\0${versionId}`);

/**
 * Notes what passes between a conversion and S3 about the objects that are being visited.
 *
 * It stands beside the conversion, so that a report rests on what S3 answered and not on what the conversion believes.
 */
export class Sightings {
  readonly #clock: Clock;
  readonly #visited = new Map<string, Watched>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same store, watched. */
  watching(store: ObjectStore): ObjectStore {
    const watchRefusals =
      <Request extends ObjectId, T>(ask: (request: Request) => Promise<Answer<T>>) =>
      async (request: Request): Promise<Answer<T>> => {
        const answer = await ask(request);
        if (answer.is === "refused") this.#refused(request, answer.status, answer.code);
        return answer;
      };
    return {
      ...store,
      head: async (request) => {
        const answer = await store.head(request);
        if (answer.is === "done") this.#shown(request, answer.value);
        if (answer.is === "refused") this.#refused(request, answer.status, answer.code);
        return answer;
      },
      copy: watchRefusals(store.copy),
      updateEncryption: (request) => this.#updated(store, request),
      createUpload: watchRefusals(store.createUpload),
      completeUpload: watchRefusals(store.completeUpload),
    };
  }

  /** The same visit, whose outcome tells what was seen meanwhile, and which version was not. */
  telling(visit: Visit): Visit {
    return async ({ listedVersion, ...id }) => {
      const name = nameOf(id);
      const watched: Watched = { seen: {} };
      this.#visited.set(name, watched);
      try {
        const outcome = await visit(id);
        const told = { ...outcome, seen: watched.seen };
        return isOvertaken(outcome, listedVersion, watched) ? { ...told, overtaken: listedVersion } : told;
      } finally {
        this.#visited.delete(name);
      }
    };
  }

  async #updated(store: ObjectStore, request: Parameters<ObjectStore["updateEncryption"]>[0]): Promise<Answer<void>> {
    const answer = await store.updateEncryption(request);
    // It names the version also where a current object is visited.
    const visited = this.#visited.has(nameOf(request)) ? request : { key: request.key };
    if (answer.is === "refused") this.#refused(visited, answer.status, answer.code);
    return answer;
  }

  #shown(id: ObjectId, { versionId, encryption, size, storageClass, lastModified }: ObjectState): void {
    const watched = this.#visited.get(nameOf(id));
    if (!watched) return;
    const { seen } = watched;
    watched.version = versionId;
    seen.after = encryption;
    if (seen.before) return;
    seen.before = encryption;
    seen.size = size;
    seen.storageClass = storageClass;
    seen.ageDays = Math.max(0, Math.floor((this.#clock.now() - lastModified) / MS_A_DAY));
  }

  #refused(id: ObjectId, status: number, code: string): void {
    const seen = this.#visited.get(nameOf(id))?.seen;
    if (!seen) return;
    if (code !== CUSTOMER_KEY_NEEDED) {
      seen.refused = { status, code };
      return;
    }
    seen.before ??= { is: "customer" };
    seen.after = { is: "customer" };
  }
}

/** What we have put on top ourselves a later sweep goes through: there is one after each that has converted something. */
const isOvertaken = ({ outcome }: ObjectOutcome, listed: string | undefined, { version }: Watched): boolean =>
  listed !== undefined &&
  (outcome === "gone" || (version !== undefined && version !== listed)) &&
  converted({ [outcome]: 1 }) === 0;
