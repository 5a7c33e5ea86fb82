import type { ObjectStore } from "../s3/object-store";
import { compareKeys } from "./intervals";
import { batches } from "./listing";
import { isKept, type ManifestEntry } from "./manifest/entry";
import { hasCurrent } from "./manifest/listing";
import type { ManifestFile } from "./manifest/manifest-file";

/** What a restore is going to meet, as far as lists show. */
export interface Preview {
  readonly missing: { readonly objects: number; readonly bytes: number };
  /** Keys that the manifest has, and the bucket too. */
  readonly there: number;
}

const currentSize = (entries: readonly ManifestEntry[]): number =>
  entries.filter(isKept).find(({ current }) => current)?.size ?? 0;

/**
 * Holds the keys of a manifest against those of a bucket, both in order, a page in memory at a time.
 *
 * @throws ListRefused
 */
export async function preview(manifest: ManifestFile, store: ObjectStore, prefix = ""): Promise<Preview> {
  const listed = keysOf(store, prefix);
  let there = await listed.next();
  const found = { objects: 0, bytes: 0, there: 0 };
  for await (const [key, entries] of manifest.keysFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    if (!hasCurrent(entries)) continue;
    while (!there.done && compareKeys(there.value, key) < 0) there = await listed.next();
    if (!there.done && there.value === key) found.there++;
    else {
      found.objects++;
      found.bytes += currentSize(entries);
    }
  }
  return { missing: { objects: found.objects, bytes: found.bytes }, there: found.there };
}

async function* keysOf(store: ObjectStore, prefix: string): AsyncGenerator<string> {
  for await (const { objects } of batches({ store, prefix, versions: "current" }, null)) {
    for (const { key } of objects) yield key;
  }
}
