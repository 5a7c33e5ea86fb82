import type { ObjectState } from "../../s3/object-store";
import type { Clock } from "../clock";
import { isKept, type KeptEntry } from "./entry";
import type { ManifestHead } from "./head";
import type { OpenManifest } from "./open";

const DAY_MS = 86_400_000;

/** Two backups that were asked for the same: the newer one has all that the older one can be relied on for. */
const sameRequest = (head: ManifestHead): string => JSON.stringify([head.prefix, head.scope, head.versions]);

/** The heads that have to be asked, newest first: of the same request only the newest. */
export function worthAsking(newestFirst: readonly ManifestHead[]): ManifestHead[] {
  const requests = new Set<string>();
  return newestFirst.filter((head) => {
    const request = sameRequest(head);
    return !requests.has(request) && requests.add(request);
  });
}

/**
 * Whether one of some manifests has an object with this key, ETag and size, whose copy is still kept.
 *
 * Each question reads a block of a file that is on disk already; nothing of a manifest is held but where its blocks begin.
 */
export function coverage(manifests: readonly OpenManifest[], clock: Clock): (state: ObjectState) => Promise<boolean> {
  const isKeptStill = ({ retentionInDays }: ManifestHead, { copy }: KeptEntry): boolean =>
    retentionInDays === null || clock.now() < copy.at + retentionInDays * DAY_MS;
  return async ({ key, etag, size }) => {
    for (const { head, file } of manifests) {
      const entries = (await file.entriesOf(key)).filter(isKept);
      if (entries.some((entry) => entry.etag === etag && entry.size === size && isKeptStill(head, entry))) return true;
    }
    return false;
  };
}
