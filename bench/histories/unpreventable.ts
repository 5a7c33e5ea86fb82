import type { Aspect, Difference } from "./checker";
import type { Copy, Trace } from "./trace";
import type { Twins } from "./world";

/** S3 reads these from the source of a copy by itself; all else of an object has to be sent, as it was seen. */
const readByS3: ReadonlySet<Aspect> = new Set<Aspect>(["metadata", "headers", "tags"]);

/** What can be changed of a version. */
const inPlace: ReadonlySet<Aspect> = new Set<Aspect>(["tags", "ACL"]);

/** Why S3 offers no means against a change of somebody else having been undone: docs/races.md, "What cannot be prevented". */
export type Gap =
  | "nothing is kept underneath"
  | "put back to what the copy was sent with"
  | "copy made after the last look"
  | "changed to what a copy without an answer was sent with"
  | "changed, and the same put again, before the next process looked";

/**
 * Of a difference that S3 offers no means against: why. Of several reasons the first.
 *
 * What of the object's ACL a copy was sent with is not known here, so that any ACL counts as the one of before.
 */
export function whyUnpreventable(difference: Difference, { traits, real }: Twins, trace: Trace): Gap | undefined {
  const { key, versionId, aspects } = difference;
  if (versionId !== undefined) return undefined;
  const [current] = real.keys.get(key) ?? [];
  const keepsNothing = traits.versioning === "Disabled" || current?.versionId === "null";
  const copies = trace.copies(key);
  const acts = trace.acts(key);

  const isChangedDuring = ({ looked, begun, ended, tags }: Copy, aspect: Aspect) => {
    const isRead = readByS3.has(aspect) && !(aspect === "tags" && tags !== undefined);
    const from = isRead && keepsNothing ? begun : looked;
    return acts.some((act) => act.keepsETag && act.step > from && act.step < ended);
  };
  /** Nothing shows a change in place, since it has neither a version nor a date. */
  const isChangedTo = (tags: string | undefined, { ended }: Copy, aspect: Aspect) =>
    acts.some((act) => act.changes === aspect && act.step > ended && (aspect !== "tags" || act.tags === tags));
  /** Changed in place before the same was put again: the next process finds both, and may take either for the copy. */
  const isTakenForAnother = ({ begun, ended }: Copy) => {
    const changed = acts.find((act) => act.changes !== undefined && act.step > ended);
    const isPutAgain = changed && acts.some((act) => act.writes && act.keepsETag && act.step > changed.step);
    return isPutAgain && trace.lastKill > begun;
  };
  /** Changed to what the one before was to be sent with, of which there was no answer: the next process may take it for that. */
  const isLikeOneBefore = (copy: Copy, aspect: Aspect) =>
    !keepsNothing && copies.some((one) => !one.heard && one.begun < copy.begun && isChangedTo(one.tags, copy, aspect));

  const gapOf = (aspect: Aspect, copy: Copy): Gap | undefined => {
    if (copy.ended === Number.POSITIVE_INFINITY) return undefined;
    if (isChangedDuring(copy, aspect)) {
      if (keepsNothing) return "nothing is kept underneath";
      if (isChangedTo(copy.tags, copy, aspect)) return "put back to what the copy was sent with";
      if (copy.unseen) return "copy made after the last look";
    }
    if (!inPlace.has(aspect)) return undefined;
    if (isLikeOneBefore(copy, aspect)) return "changed to what a copy without an answer was sent with";
    return isTakenForAnother(copy) ? "changed, and the same put again, before the next process looked" : undefined;
  };

  const gaps = aspects.map((aspect) =>
    aspect === "existence" || aspect === "body"
      ? undefined
      : copies.map((copy) => gapOf(aspect, copy)).find((gap) => gap),
  );
  return gaps.every((gap) => gap !== undefined) ? gaps[0] : undefined;
}
