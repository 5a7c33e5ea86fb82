import type { Answer, ObjectId, ObjectStore } from "../s3/object-store";
import { compareKeys, type Interval } from "./intervals";
import { describe } from "./outcome";

/** S3's own limit. */
const PAGE_SIZE = 1000;

/** What a stretch of keys holds. Intervals end on keys, also where one key has many versions. */
export interface Page extends Interval {
  readonly objects: readonly ObjectId[];
}

/** The bucket could not be listed, so that nothing can be said of what is in it. */
export class ListRefused extends Error {}

function listed<T>(answer: Answer<T>): T {
  if (answer.is === "done") return answer.value;
  throw new ListRefused(`The bucket could not be listed: ${describe(answer)}`);
}

export interface PagesRequest {
  readonly store: ObjectStore;
  readonly prefix?: string;
  readonly versions: "current" | "all";
  /** What to list: intervals that do not overlap. */
  readonly gaps: readonly Interval[];
}

/** Lists stretches of the bucket page by page; each one's pages cover it without gaps or overlaps. */
export async function* pages({ store, prefix, versions, gaps }: PagesRequest): AsyncGenerator<Page> {
  const list = versions === "current" ? currentObjects : allVersions;
  for (const gap of gaps) {
    let after = gap.after;
    for await (const { objects, last } of list(store, prefix, gap.after)) {
      const within = objects.filter(({ key }) => gap.through === null || compareKeys(key, gap.through) <= 0);
      const end = objects.at(-1)?.key;
      const ends = last || end === undefined || within.length < objects.length || end === gap.through;
      const through = ends ? gap.through : end;
      yield { after, through, objects: within };
      if (ends) break;
      after = end;
    }
  }
}

interface Batch {
  /** Whole keys, in order. Not empty unless it is the last. */
  readonly objects: readonly ObjectId[];
  readonly last: boolean;
}

async function* currentObjects(store: ObjectStore, prefix: string | undefined, from: string | null) {
  let after = from ?? undefined;
  for (;;) {
    const page = listed(await store.list({ after, prefix, limit: PAGE_SIZE }));
    const objects = page.objects.map(({ key }): ObjectId => ({ key }));
    after = objects.at(-1)?.key;
    // Without a key there is nowhere to go on from, and stopping would leave keys unseen.
    if (page.more && after === undefined) throw new ListRefused("S3 says that there are more keys, and shows none.");
    yield { objects, last: !page.more } satisfies Batch;
    if (!page.more) return;
  }
}

/** Noncurrent versions by their id, the current one by its key alone. Delete markers hold nothing to convert. */
async function* allVersions(store: ObjectStore, prefix: string | undefined, from: string | null) {
  let marker: { keyMarker?: string; versionIdMarker?: string } = { keyMarker: from ?? undefined };
  let open: ObjectId[] = []; // versions of a key that may go on in the next page
  for (;;) {
    const page = listed(await store.listVersions({ prefix, ...marker, limit: PAGE_SIZE }));
    const seen = page.versions
      .filter(({ deleteMarker }) => !deleteMarker)
      .map(({ key, versionId, current }): ObjectId => (current ? { key } : { key, versionId }));
    const all = [...open, ...seen];
    if (!page.next) {
      yield { objects: all, last: true } satisfies Batch;
      return;
    }
    const unfinished = page.next.keyMarker;
    const objects = all.filter(({ key }) => key !== unfinished);
    open = all.filter(({ key }) => key === unfinished);
    if (objects.length > 0) yield { objects, last: false } satisfies Batch;
    marker = page.next;
  }
}

/** Asks for the next page while the current one is being worked on. */
export async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next();
  for (;;) {
    const { done, value } = await next;
    if (done) return;
    next = source.next();
    next.catch(() => undefined); // reported when its turn comes, or not at all if the sweep is stopped before
    yield value;
  }
}
