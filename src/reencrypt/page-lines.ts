import type { RefusalReason } from "./decide";
import { groupsOf } from "./groups";
import type { Interval } from "./intervals";
import type { JournalLine, NamedObjects, PageLine, PartLine } from "./journal";
import { logOf } from "./object-log";
import { count, isException, type ObjectOutcome } from "./outcome";

/**
 * Objects that one line names at most. More than a page of keys with few versions each has.
 *
 * A page has all versions of a key, and S3 sets no limit to those; a JavaScript string has one.
 */
const OBJECTS_A_LINE = 2_000;

export interface PageProps extends Interval {
  readonly sweep: number;
  /** No other page of this sweep has it, of killed processes neither. */
  readonly name: string;
  readonly objects: readonly ObjectOutcome[];
  readonly from?: "inventory";
  /** Whether every object is named, not only the exceptions. */
  readonly logObjects?: boolean;
}

/** What the journal says of a page whose objects are all done. Its own line comes last: without it the others say nothing. */
export function* pageLines({ name, objects, logObjects, from, ...page }: PageProps): Generator<PartLine | PageLine> {
  const exceptions = objects.filter(isException);
  const entries = objects.flatMap(({ entry }) => entry ?? []);
  const others = logObjects ? objects.filter((object) => !isException(object)) : [];
  const named = (line: number): NamedObjects => {
    const slice = <T>(all: readonly T[]) => all.slice(line * OBJECTS_A_LINE, (line + 1) * OBJECTS_A_LINE);
    const some = slice(entries);
    return { exceptions: slice(exceptions), ...(some.length > 0 && { entries: some }), ...logOf(slice(others)) };
  };
  const lines = Math.ceil(Math.max(exceptions.length, entries.length, others.length) / OBJECTS_A_LINE);
  for (let line = 1; line < lines; line++) yield { t: "part", sweep: page.sweep, page: name, ...named(line) };
  const awaited = objects.flatMap(({ key, awaited }) => (awaited ? { key, ...awaited } : []));
  yield {
    ...{ t: "page", ...page, counts: count(objects), ...named(0) },
    ...(lines > 1 && { parts: { name, because: reasonsOf(exceptions.slice(OBJECTS_A_LINE)) } }),
    ...groupsOf(objects),
    ...(awaited.length > 0 && { awaited }),
    ...(from && { from }),
  };
}

function reasonsOf(objects: readonly ObjectOutcome[]): Partial<Record<RefusalReason, number>> {
  const reasons: Partial<Record<RefusalReason, number>> = {};
  for (const { because } of objects) if (because) reasons[because] = (reasons[because] ?? 0) + 1;
  return reasons;
}

/** Which parts say something: those of pages whose own line has come. Of all others the objects are visited again. */
export class FinishedPages {
  readonly #pages = new Set<string>();

  add(line: JournalLine): void {
    if (line.t === "page" && line.parts) this.#pages.add(`${line.sweep} ${line.parts.name}`);
  }

  /** Of a journal all lines of which have been added. */
  isLost(line: JournalLine): boolean {
    return line.t === "part" && !this.#pages.has(`${line.sweep} ${line.page}`);
  }
}
