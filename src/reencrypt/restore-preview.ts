import type { ObjectStore } from "../s3/object-store";
import { compareKeys } from "./intervals";
import { batches } from "./listing";
import { isKept, type ManifestEntry } from "./manifest/entry";
import { hasCurrent } from "./manifest/listing";
import type { ManifestFile } from "./manifest/manifest-file";
import { hasVersions, historyOf, wasDeleted } from "./restore-versions";

/** What a restore is going to meet, as far as lists show. */
export interface Preview {
  /** Of keys that the bucket does not have. With all versions each is counted. */
  readonly missing: { readonly objects: number; readonly bytes: number };
  /** Keys that the manifest has, and the bucket too. */
  readonly there: number;
}

/** The same of a restore of all versions, where a key of which there is any version counts as there. */
export interface PreviewOfVersions extends Preview {
  /** Keys that are missing. */
  readonly keys: number;
  /** Keys whose newest version was a delete marker. */
  readonly deletedThen: number;
  /** Delete markers that had a version above them. */
  readonly markersBelow: number;
}

const currentSize = (entries: readonly ManifestEntry[]): number =>
  entries.filter(isKept).find(({ current }) => current)?.size ?? 0;

/**
 * Holds the keys of a manifest against those of a bucket, both in order, a page in memory at a time.
 *
 * @throws ListRefused
 */
export async function preview(manifest: ManifestFile, store: ObjectStore, prefix = ""): Promise<Preview> {
  const found = { objects: 0, bytes: 0, there: 0 };
  for await (const { entries, isThere } of held(manifest, keysOf(store, prefix, "current"), prefix)) {
    if (!hasCurrent(entries)) continue;
    if (isThere) found.there++;
    else {
      found.objects++;
      found.bytes += currentSize(entries);
    }
  }
  return { missing: { objects: found.objects, bytes: found.bytes }, there: found.there };
}

/** @throws ListRefused */
export async function previewOfVersions(
  manifest: ManifestFile,
  store: ObjectStore,
  prefix = "",
): Promise<PreviewOfVersions> {
  const found = { objects: 0, bytes: 0, there: 0, keys: 0, deletedThen: 0, markersBelow: 0 };
  for await (const { entries, isThere } of held(manifest, keysOf(store, prefix, "all"), prefix)) {
    if (!hasVersions(entries)) continue;
    if (wasDeleted(entries)) {
      found.deletedThen++;
      continue;
    }
    found.markersBelow += entries.filter((entry) => !isKept(entry)).length;
    if (isThere) {
      found.there++;
      continue;
    }
    const history = historyOf(entries);
    found.keys++;
    found.objects += history.length;
    found.bytes += history.reduce((sum, { size }) => sum + size, 0);
  }
  const { objects, bytes, ...rest } = found;
  return { missing: { objects, bytes }, ...rest };
}

/** Each key of a manifest, and whether it is among those of a bucket. */
async function* held(
  manifest: ManifestFile,
  listed: AsyncGenerator<string>,
  prefix: string,
): AsyncGenerator<{ readonly entries: readonly ManifestEntry[]; readonly isThere: boolean }> {
  let there = await listed.next();
  for await (const [key, entries] of manifest.keysFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    while (!there.done && compareKeys(there.value, key) < 0) there = await listed.next();
    yield { entries, isThere: !there.done && there.value === key };
  }
}

async function* keysOf(store: ObjectStore, prefix: string, versions: "current" | "all"): AsyncGenerator<string> {
  for await (const { objects } of batches({ store, prefix, versions }, null)) {
    for (const { key } of objects) yield key;
  }
}
