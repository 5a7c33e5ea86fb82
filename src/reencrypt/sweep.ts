import { gaps, type Interval } from "./intervals";
import type { Journal, PageLine } from "./journal";
import type { Page } from "./key-range";
import { Lanes, type Turn } from "./lanes";
import type { Listed, Listing } from "./listing";
import type { ObjectOutcome } from "./outcome";
import { pageLines } from "./page-lines";

/** What is done with each object of a bucket. It answers for every failure that S3 or the network can cause. */
export type Visit = (object: Listed) => Promise<ObjectOutcome>;

export interface SweepRequest extends Listing {
  readonly visit: Visit;
  readonly journal: Journal;
  /** From 1. */
  readonly sweep: number;
  /** How many processes the run has had with this one. */
  readonly process: number;
  /** What names the keys in place of a list of the bucket. It is written down, since it may not name all. */
  readonly from?: "inventory";
  /** Keys that are left alone are in none of them. @default all keys */
  readonly within?: readonly Interval[];
  /** Intervals that an interrupted sweep of this number has been through. */
  readonly covered: readonly Interval[];
  /** Objects that are visited at the same time. */
  readonly concurrency: number;
  /** Once it is aborted nothing new is begun, and what is in flight is finished and written down. */
  readonly stop: AbortSignal;
  /** Whether every object is journaled, not only the exceptions. @default false */
  readonly logObjects?: boolean;
  readonly onObject?: (outcome: ObjectOutcome) => void;
  readonly onPage?: (line: PageLine) => void;
}

const everything: readonly Interval[] = [{ after: null, through: null }];

interface OpenPage {
  /** Of each object one outcome, or two where another version has come on top of it. */
  readonly done: (readonly ObjectOutcome[] | undefined)[];
  left: number;
}

/**
 * The only loop over a bucket: visits every object that is left of this sweep, and journals page by page.
 *
 * @throws ListRefused if the bucket cannot be listed
 */
export async function sweep(request: SweepRequest): Promise<void> {
  const { visit, journal, concurrency, stop } = request;
  if (stop.aborted) return;
  const open = new Map<Page, OpenPage>();
  let pages = 0;
  let mistake: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    mistake ??= { error };
    lanes.stop();
  };

  const write = async ({ after, through }: Interval, objects: readonly ObjectOutcome[]) => {
    const { sweep, from, logObjects } = request;
    const name = `${request.process}-${++pages}`;
    for (const line of pageLines({ sweep, name, after, through, objects, from, logObjects })) {
      await journal.append(line);
      if (line.t === "page") request.onPage?.(line);
    }
  };

  const lanes = new Lanes({
    listing: request,
    intervals: gaps([...request.covered, ...gaps(request.within ?? everything)]),
    onPage: async (page) => {
      if (page.objects.length === 0) return write(page, []);
      open.set(page, { done: page.objects.map(() => undefined), left: page.objects.length });
    },
    onError: fail,
  });
  const stopLanes = () => lanes.stop();
  stop.addEventListener("abort", stopLanes);

  const take = async ({ page, index, object }: Turn) => {
    const outcomes = await visitAll(visit, object);
    for (const outcome of outcomes) request.onObject?.(outcome);
    const entry = open.get(page);
    if (!entry) throw new Error("an object was finished twice");
    entry.done[index] = outcomes;
    if (--entry.left > 0) return;
    open.delete(page);
    await write(page, entry.done.filter(isDone).flat());
  };
  const worker = async () => {
    while (!lanes.over) {
      const turn = lanes.take();
      if (!turn) {
        await lanes.change();
        continue;
      }
      await take(turn);
      lanes.finished(turn);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, () => worker().catch(fail)));
  stop.removeEventListener("abort", stopLanes);

  for (const [{ after, objects }, { done }] of open) {
    const finished = done.slice(0, done.indexOf(undefined)).filter(isDone);
    const end = objects[finished.length - 1]?.key;
    // A key with versions still to come is not finished.
    const through = objects[finished.length]?.key === end ? undefined : end;
    if (through !== undefined) await write({ after, through }, finished.flat());
  }
  if (mistake) throw mistake.error;
}

/** With the version that was listed as current, if another one was by the time of the visit: no list shows it again. */
async function visitAll(visit: Visit, object: Listed): Promise<readonly ObjectOutcome[]> {
  const { overtaken, ...outcome } = await visit(object);
  if (overtaken === undefined) return [outcome];
  const older = await visit({ key: object.key, versionId: overtaken });
  return older.outcome === "gone" ? [outcome] : [outcome, older];
}

const isDone = (outcomes: readonly ObjectOutcome[] | undefined): outcomes is readonly ObjectOutcome[] =>
  outcomes !== undefined;
