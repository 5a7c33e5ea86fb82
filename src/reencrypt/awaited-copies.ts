import type { Answer, Copied, ObjectState, ObjectStore } from "../s3/object-store";
import type { Intent } from "./journal";

/**
 * Copies that processes which are gone had begun, of the objects that this one visits. S3 may make them as long as it
 * likes, so that each sweep looks for them again.
 */
export class AwaitedCopies {
  readonly #intents = new Map<string, readonly Intent[]>();
  /** By key: the version that this process has written last, so none of theirs. */
  readonly #written = new Map<string, string>();

  /** @param begun what the journal tells of a key: nothing once the sweep is over in which the copies were begun */
  constructor(private readonly begun: (key: string) => readonly Intent[]) {}

  /** To be called whenever a current object is visited. */
  remember(key: string): void {
    const begun = this.begun(key);
    if (begun.length > 0) this.#intents.set(key, begun);
  }

  /** The same store, watched for what this process writes. */
  watching(store: ObjectStore): ObjectStore {
    const noting =
      <Request extends { readonly key: string }>(write: (request: Request) => Promise<Answer<Copied>>) =>
      async (request: Request): Promise<Answer<Copied>> => {
        const answer = await write(request);
        const versionId = answer.is === "done" ? answer.value.versionId : undefined;
        if (versionId !== undefined && this.#intents.has(request.key)) this.#written.set(request.key, versionId);
        return answer;
      };
    return { ...store, copy: noting(store.copy), completeUpload: noting(store.completeUpload) };
  }

  /** Those that a current object may have been made by, in order. */
  of({ key, versionId }: ObjectState): readonly Intent[] {
    if (versionId !== undefined && versionId === this.#written.get(key)) return [];
    return this.#intents.get(key) ?? [];
  }

  /** One of them is there. */
  found(key: string): void {
    this.#intents.delete(key);
  }
}
