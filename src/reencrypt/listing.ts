import type { Answer, ListRequest, ObjectId, ObjectStore } from "../s3/object-store";
import { describe } from "./outcome";

/** S3's own limit. */
const PAGE_SIZE = 1000;

/** The bucket could not be listed, so that nothing can be said of what is in it. */
export class ListRefused extends Error {}

export interface Listing {
  readonly store: ObjectStore;
  readonly prefix?: string;
  readonly versions: "current" | "all";
  /** Whether delete markers are listed with all versions. @default false: they hold nothing to convert */
  readonly deleteMarkers?: boolean;
}

/** A noncurrent version by its id, the current one by its key alone, and a delete marker always by its id. */
export interface Listed extends ObjectId {
  readonly deleteMarker?: { readonly current: boolean };
  /** Of a current one where all versions are listed: by the time that it is visited another may have come on top. */
  readonly listedVersion?: string;
}

/** Whole keys in UTF-8 byte order: all versions of a key are in one batch. */
export interface Batch {
  /** Not empty unless it is the last. */
  readonly objects: readonly Listed[];
  readonly last: boolean;
}

function listed<T>(answer: Answer<T>): T {
  if (answer.is === "done") return answer.value;
  throw new ListRefused(`The bucket could not be listed: ${describe(answer)}`);
}

/**
 * Everything from the first key after `after`, with the next batch asked for while one is being worked on.
 *
 * @throws ListRefused
 */
export function batches(listing: Listing, after: string | null): AsyncGenerator<Batch> {
  return ahead(listing.versions === "current" ? currentObjects(listing, after) : allVersions(listing, after));
}

/** The first key after `after` that is there at this moment. @throws ListRefused */
export async function firstKeyAfter({ store, prefix, versions }: Listing, after: string): Promise<string | undefined> {
  if (versions === "current") return listed(await store.list({ after, prefix, limit: 1 })).objects[0]?.key;
  return listed(await store.listVersions({ keyMarker: after, prefix, limit: 1 })).versions[0]?.key;
}

async function* currentObjects({ store, prefix }: Listing, from: string | null): AsyncGenerator<Batch> {
  let place: Pick<ListRequest, "after" | "token"> = { after: from ?? undefined };
  for (;;) {
    const page = listed(await store.list({ ...place, prefix, limit: PAGE_SIZE }));
    const objects = page.objects.map(({ key }): ObjectId => ({ key }));
    const after = objects.at(-1)?.key;
    if (after !== undefined || !page.more) yield { objects, last: !page.more };
    if (!page.more) return;
    // Pages without keys that are not the last have been seen at AWS: https://github.com/TileDB-Inc/TileDB/pull/1218.
    // Without a token either, stopping would leave keys unseen.
    if (after === undefined && page.token === undefined) {
      throw new ListRefused("S3 says that there are more keys, and shows none.");
    }
    place = after === undefined ? { token: page.token } : { after };
  }
}

async function* allVersions(
  { store, prefix, deleteMarkers = false }: Listing,
  from: string | null,
): AsyncGenerator<Batch> {
  let marker: { keyMarker?: string; versionIdMarker?: string } = { keyMarker: from ?? undefined };
  let open: Listed[] = []; // versions of a key that may go on in the next page
  let last = ""; // one string for all versions of a key: a million of 1,024 bytes each are a gigabyte
  for (;;) {
    const page = listed(await store.listVersions({ prefix, ...marker, limit: PAGE_SIZE }));
    const seen = page.versions
      .filter(({ deleteMarker }) => !deleteMarker || deleteMarkers)
      .map(({ versionId, current, deleteMarker, ...listed }): Listed => {
        if (listed.key !== last) last = listed.key;
        const key = last;
        if (deleteMarker) return { key, versionId, deleteMarker: { current } };
        return current ? { key, listedVersion: versionId } : { key, versionId };
      });
    if (!page.next) {
      yield { objects: [...open, ...seen], last: true };
      return;
    }
    const unfinished = page.next.keyMarker;
    // A key may have a million versions: those of earlier pages are not gone through again.
    if (open[0]?.key === unfinished) open.push(...seen);
    else {
      const objects = [...open, ...seen.filter(({ key }) => key !== unfinished)];
      open = seen.filter(({ key }) => key === unfinished);
      if (objects.length > 0) yield { objects, last: false };
    }
    marker = page.next;
  }
}

async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next();
  for (;;) {
    const { done, value } = await next;
    if (done) return;
    next = source.next();
    next.catch(() => undefined); // reported when its turn comes, or not at all if the sweep is stopped before
    yield value;
  }
}
