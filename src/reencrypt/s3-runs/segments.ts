import { groupWriter } from "../group-writer";
import { type JournalLine, parseLine } from "../journal";
import type { OpenJournal } from "../run-store";
import type { Holder, Lease, LeaseClock } from "./lease";
import type { RunObjects } from "./run-objects";

/** Between the beginnings of two segments: what comes meanwhile goes into the same one. */
const PAUSE_MS = 200;
/** Segments that are read at the same time. */
const READ_AT_ONCE = 32;
const DIGITS = 10;

const folderOf = (run: string): string => `${run}/journal/`;
const nameOf = (run: string, number: number): string => `${folderOf(run)}${String(number).padStart(DIGITS, "0")}`;

/** The first line of a segment says who wrote it, and is none of the journal: so no two processes write the same text. */
const segmentOf = ({ id }: Holder, lines: string): string => `${id}\n${lines}`;

const linesIn = (text: string): JournalLine[] =>
  text.split("\n").flatMap((line) => {
    const parsed = parseLine(line);
    return parsed ? [parsed] : [];
  });

/** What all segments of a run say, in order. */
export async function* segmentLines(objects: RunObjects, run: string): AsyncGenerator<JournalLine> {
  const reading: Promise<JournalLine[]>[] = [];
  const read = async (name: string) => linesIn((await objects.read(name))?.text ?? "");
  for await (const name of objects.names(folderOf(run))) {
    const one = read(name);
    one.catch(() => undefined); // whoever awaits it hears of it
    reading.push(one);
    if (reading.length === READ_AT_ONCE) yield* (await reading.shift()) ?? [];
  }
  for (const one of reading) yield* await one;
}

/** The number of the last segment, from 1; 0 if there is none. Found in a few requests, however many there are. */
async function lastNumber(objects: RunObjects, run: string): Promise<number> {
  const isThere = (number: number) => objects.hasAfter(folderOf(run), nameOf(run, number - 1));
  let there = 0;
  let beyond = 1;
  while (await isThere(beyond)) {
    there = beyond;
    beyond *= 2;
  }
  while (beyond - there > 1) {
    const middle = (there + beyond) >> 1;
    if (await isThere(middle)) there = middle;
    else beyond = middle;
  }
  return there;
}

/** With which the run has come to its end, if the last line of all says so. */
export async function exitCodeIn(objects: RunObjects, run: string): Promise<number | undefined> {
  for (let number = await lastNumber(objects, run); number > 0; number--) {
    const last = linesIn((await objects.read(nameOf(run, number)))?.text ?? "").at(-1);
    if (last) return last.t === "end" ? last.exitCode : undefined; // fences have no lines
  }
  return undefined;
}

/**
 * Opens a run's journal in S3: objects that are written once, each under the next number and only if nobody has taken it.
 *
 * First of all it takes a number of its own, the fence. Whoever wrote before, and is not gone but only slow, or has a
 * request on its way, finds that number taken and can write nothing any more. So what comes before the fence is final.
 *
 * A line is durable once its segment is written. Only then, and if nobody can have taken over meanwhile, does `append`
 * resolve, so that nothing is done whose intent another process may not have read.
 */
export async function openSegments(
  objects: RunObjects,
  run: string,
  { lease, holder, clock }: { readonly lease: Lease; readonly holder: Holder; readonly clock: LeaseClock },
): Promise<OpenJournal> {
  let number = await lastNumber(objects, run);
  const take = async (lines: string): Promise<boolean> =>
    (await objects.create(nameOf(run, number + 1), segmentOf(holder, lines))) !== undefined;
  while (!(await take(""))) number++;
  number++;

  let began = Number.NEGATIVE_INFINITY;
  const append = groupWriter({
    place: objects.placeOf(folderOf(run)),
    ready: () => clock.sleep(Math.max(0, began + PAUSE_MS - clock.elapsed())),
    write: async (lines) => {
      lease.lost.throwIfAborted();
      began = clock.elapsed();
      if (!(await take(lines))) throw new Error("another process has taken the run over");
      number++;
      await lease.confirm();
    },
  });
  return { append, close: async () => undefined };
}
