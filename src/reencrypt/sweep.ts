import type { ObjectId, ObjectStore } from "../s3/object-store";
import { gaps, type Interval } from "./intervals";
import type { Journal, JournalLine } from "./journal";
import { count, isException, type ObjectOutcome } from "./outcome";
import { ahead, type Page, pages } from "./pages";

export type PageLine = Extract<JournalLine, { t: "page" }>;

/** What is done with each object of a bucket. It answers for every failure that S3 or the network can cause. */
export type Visit = (object: ObjectId) => Promise<ObjectOutcome>;

export interface SweepRequest {
  readonly store: ObjectStore;
  readonly visit: Visit;
  readonly journal: Journal;
  /** From 1. */
  readonly sweep: number;
  /** Intervals that an interrupted sweep of this number has been through. */
  readonly covered: readonly Interval[];
  readonly prefix?: string;
  readonly versions: "current" | "all";
  /** Objects that are visited at the same time. */
  readonly concurrency: number;
  /** Once it is aborted nothing new is begun, and what is in flight is finished and written down. */
  readonly stop: AbortSignal;
  readonly onObject?: (outcome: ObjectOutcome) => void;
  readonly onPage?: (line: PageLine) => void;
}

interface OpenPage {
  readonly page: Page;
  readonly done: (ObjectOutcome | undefined)[];
  left: number;
}

/**
 * The only loop over a bucket: visits every object that is left of this sweep, and journals page by page.
 *
 * @throws ListRefused if the bucket cannot be listed
 */
export async function sweep(request: SweepRequest): Promise<void> {
  const { visit, journal, concurrency, stop } = request;
  const open = new Set<OpenPage>();
  let mistake: { readonly error: unknown } | undefined;

  const write = async (page: Interval, objects: readonly ObjectOutcome[]) => {
    const { after, through } = page;
    const exceptions = objects.filter(isException);
    const line: PageLine = { t: "page", sweep: request.sweep, after, through, counts: count(objects), exceptions };
    await journal.append(line);
    request.onPage?.(line);
  };

  async function* work(): AsyncGenerator<{
    readonly page: OpenPage;
    readonly index: number;
    readonly object: ObjectId;
  }> {
    for await (const page of ahead(pages({ ...request, gaps: gaps(request.covered) }))) {
      if (page.objects.length === 0) await write(page, []);
      const entry: OpenPage = { page, done: page.objects.map(() => undefined), left: page.objects.length };
      if (entry.left > 0) open.add(entry);
      for (const [index, object] of page.objects.entries()) yield { page: entry, index, object };
    }
  }

  const queue = work();
  const worker = async () => {
    while (!stop.aborted && !mistake) {
      const { done, value } = await queue.next();
      if (done || stop.aborted) return;
      const { page, index, object } = value;
      const outcome = await visit(object);
      page.done[index] = outcome;
      request.onObject?.(outcome);
      if (--page.left > 0) continue;
      open.delete(page);
      await write(
        page.page,
        page.done.filter((one) => one !== undefined),
      );
    }
  };
  const guarded = () =>
    worker().catch((error: unknown) => {
      mistake ??= { error };
    });
  await Promise.all(Array.from({ length: concurrency }, guarded));

  for (const { page, done } of open) {
    const finished = done.slice(0, done.indexOf(undefined)).filter((one) => one !== undefined);
    const end = finished.at(-1)?.key;
    // A key with versions still to come is not finished.
    const through = page.objects[finished.length]?.key === end ? undefined : end;
    if (through !== undefined) await write({ after: page.after, through }, finished);
  }
  if (mistake) throw mistake.error;
}
