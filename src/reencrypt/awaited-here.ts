import type { Answer, Copied, ObjectId, ObjectState, ObjectStore } from "../s3/object-store";
import type { Awaited, AwaitedNews } from "./awaited-copies";
import type { Intent } from "./journal";

/** What this process learns of awaited copies while it visits their objects. */
export class AwaitedHere {
  /** By key: what the visits under way have learnt last. */
  readonly #news = new Map<string, AwaitedNews>();

  constructor(private readonly awaited: (key: string) => Awaited | undefined) {}

  /** The same store, watched for what this process writes. */
  watching(store: ObjectStore): ObjectStore {
    const noting =
      <Request extends { readonly key: string }>(write: (request: Request) => Promise<Answer<Copied>>) =>
      async (request: Request): Promise<Answer<Copied>> => {
        const answer = await write(request);
        const versionId = answer.is === "done" ? answer.value.versionId : undefined;
        if (versionId !== undefined && this.awaited(request.key)) {
          this.#news.set(request.key, { found: false, ours: versionId });
        }
        return answer;
      };
    return { ...store, copy: noting(store.copy), completeUpload: noting(store.completeUpload) };
  }

  /** Those of a current object, in order. */
  of({ key, versionId }: ObjectId): readonly Intent[] {
    return versionId === undefined ? (this.awaited(key)?.intents ?? []) : [];
  }

  /** Whether what is current is known to be none of them. */
  isOurs({ key, versionId }: ObjectState): boolean {
    if (versionId === undefined) return false;
    const news = this.#news.get(key);
    return this.awaited(key)?.ours.has(versionId) || (news?.found === false && news.ours === versionId);
  }

  /** One of them is there. */
  found({ key }: ObjectId): void {
    this.#news.set(key, { found: true });
  }

  /** What the visit of an object has learnt, once it is over. */
  news({ key }: ObjectId): AwaitedNews | undefined {
    const news = this.#news.get(key);
    this.#news.delete(key);
    return news;
  }
}
