import type { ListPage, ObjectStore } from "../../s3/object-store";
import { compareKeys } from "../intervals";
import { isKept, type ManifestEntry } from "./entry";
import type { ManifestFile } from "./manifest-file";

/** Whether a key has something that a restore would bring back. */
export const hasCurrent = (entries: readonly ManifestEntry[]): boolean =>
  entries.some((entry) => isKept(entry) && entry.current);

/** A manifest's keys in the place of a bucket's own, so that the one sweep goes through them: lanes, journal and all. */
export function listedFrom(
  store: ObjectStore,
  manifest: ManifestFile,
  wanted: (entries: readonly ManifestEntry[]) => boolean,
): ObjectStore {
  const page = async ({ after, prefix = "", limit }: Parameters<ObjectStore["list"]>[0]): Promise<ListPage> => {
    const objects: { key: string; size: number }[] = [];
    // The key that is the prefix itself is the first one that begins with it.
    const isBelow = after !== undefined && compareKeys(after, prefix) >= 0;
    for await (const [key, entries] of isBelow ? manifest.keysAfter(after) : manifest.keysFrom(prefix)) {
      if (!key.startsWith(prefix)) break; // keys are in order, so none that begins with it comes after
      if (!wanted(entries)) continue;
      if (objects.length === limit) return { objects, more: true };
      objects.push({ key, size: entries.find(isKept)?.size ?? 0 });
    }
    return { objects, more: false };
  };
  return { ...store, list: async (request) => ({ is: "done", value: await page(request) }) };
}
