import type { ObjectId, ObjectStore } from "../../s3/object-store";
import type { Appearance } from "../appearance";
import type { Clock } from "../clock";
import { attributesOf, isKept, type KeptEntry, type ManifestEntry } from "./entry";

export interface EarlierBackup {
  readonly entriesOf: (key: string) => Promise<readonly ManifestEntry[]>;
  /** Copies that are older than this, in milliseconds, are made anew, before the backup bucket's lifecycle ends them. */
  readonly oldestMs: number;
}

interface EarlierContext {
  readonly earlier?: EarlierBackup;
  /** The backup bucket. */
  readonly destination: ObjectStore;
  readonly clock: Clock;
}

/** What the earlier backup has of it, if that is what it is now, and its copy is there for long enough. */
export async function earlierEntry(
  { earlier, destination, clock }: EarlierContext,
  id: ObjectId,
  seen: Appearance,
): Promise<KeptEntry | undefined> {
  if (!earlier) return undefined;
  const { state } = seen;
  const attributes = attributesOf(seen);
  const known = (await earlier.entriesOf(id.key))
    .filter(isKept)
    .find(
      (entry) =>
        entry.versionId === state.versionId &&
        entry.etag === state.etag &&
        entry.size === state.size &&
        entry.lastModified === state.lastModified &&
        entry.attributes === attributes,
    );
  if (!known || clock.now() - known.copy.at > earlier.oldestMs) return undefined;
  const { key, versionId, etag } = known.copy;
  const there = await destination.head({ key, versionId });
  const isThere = there.is === "done" && there.value.etag === etag && there.value.size === known.size;
  return isThere ? { ...known, current: id.versionId === undefined } : undefined;
}
