import type { Answer, Copied, ObjectId, ObjectState, ObjectStore } from "../s3/object-store";
import type { CopyAttempt } from "./attempt";
import type { Awaited, AwaitedNews } from "./awaited-copies";
import type { Intent, Journal } from "./journal";

/** What the visit of a current object has learnt so far. */
interface Learnt {
  /** Of its last copy. */
  intent?: Intent;
  lost: readonly Intent[];
  readonly answered: string[];
  known?: string;
  found?: true;
}

/** What this process learns of awaited copies while it visits their objects. */
export class AwaitedHere {
  readonly #visits = new Map<string, Learnt>();

  constructor(private readonly awaited: (key: string) => Awaited | undefined) {}

  /** The same store, watched for what this process writes. */
  watching(store: ObjectStore): ObjectStore {
    const noting =
      <Request extends { readonly key: string }>(write: (request: Request) => Promise<Answer<Copied>>) =>
      async (request: Request): Promise<Answer<Copied>> => {
        const answer = await write(request);
        const visit = this.#visit(request.key);
        const versionId = answer.is === "done" ? answer.value.versionId : undefined;
        if (versionId !== undefined) visit.answered.push(versionId);
        if (answer.is === "unknown" && visit.intent?.seen) visit.lost = [...visit.lost, visit.intent];
        return answer;
      };
    return { ...store, copy: noting(store.copy), completeUpload: noting(store.completeUpload) };
  }

  /** The same journal, watched for what this process begins. */
  noting(journal: Journal): Journal {
    return {
      append: (line) => {
        if (line.t === "intent") this.#visit(line.key).intent = line;
        return journal.append(line);
      },
    };
  }

  /** Those of a current object that were begun before this visit, in order. */
  of({ key, versionId }: ObjectId): readonly Intent[] {
    return versionId === undefined ? (this.awaited(key)?.intents ?? []) : [];
  }

  /** Whether S3 has answered with this version: then it is a copy, and none that is looked for. */
  isAnswered({ key, versionId }: ObjectState): boolean {
    if (versionId === undefined) return false;
    return (
      this.awaited(key)?.answered.includes(versionId) || this.#visits.get(key)?.answered.includes(versionId) || false
    );
  }

  /** Whether what is current is known to be a copy, so that there is nothing to be found out. */
  isKnown(current: ObjectState): boolean {
    const { key, versionId } = current;
    if (versionId === undefined) return false;
    return this.awaited(key)?.known.includes(versionId) || this.isAnswered(current);
  }

  /**
   * What is current is this copy: one of them, or one whose answer was lost in this visit.
   *
   * Of several that were to replace the same version nobody knows which one it is, so that all are still looked for.
   */
  found({ seen, recalledFrom }: CopyAttempt, { key, versionId }: ObjectState): void {
    const visit = this.#visit(key);
    const isAlike = (intent: Intent) => intent.versionId === seen.state.versionId;
    const alike = [...(this.awaited(key)?.intents ?? []), ...visit.lost].filter(isAlike);
    if (recalledFrom !== undefined) visit.found = true;
    else if (alike.length === 1) visit.lost = visit.lost.filter((intent) => !isAlike(intent));
    visit.known ??= versionId; // of copies on top of each other the last one is told of first
  }

  /** What the visit of an object has learnt, once it is over. */
  news({ key }: ObjectId): AwaitedNews | undefined {
    const visit = this.#visits.get(key);
    if (!visit) return undefined;
    this.#visits.delete(key);
    const { found, lost, answered, known } = visit;
    const isAwaited = lost.length > 0 || (!found && this.awaited(key) !== undefined);
    const news = {
      ...(found && { found }),
      ...(lost.length > 0 && { lost }),
      ...(isAwaited && answered.length > 0 && { answered }),
      ...(isAwaited && known && { known }),
    };
    return Object.keys(news).length > 0 ? news : undefined;
  }

  #visit(key: string): Learnt {
    const visit = this.#visits.get(key) ?? { lost: [], answered: [] };
    this.#visits.set(key, visit);
    return visit;
  }
}
