import { describeEncryption } from "./audit";
import { type ObjectOutcome, type Outcome, outcomes } from "./outcome";

/**
 * Objects by name, in little room: a bucket's objects share a few encryptions, so a page names each of those once.
 */
export interface ObjectLog {
  readonly encryptions: readonly string[];
  /** Key, version id or null, outcome, and the places of what it was under before and after, or -1. */
  readonly rows: readonly (readonly [string, string | null, Outcome, number, number])[];
}

export interface LoggedObject {
  readonly key: string;
  readonly versionId?: string;
  readonly outcome: Outcome;
  /** Encryption in words. */
  readonly before?: string;
  readonly after?: string;
}

/** Nothing for no objects. */
export function logOf(objects: readonly ObjectOutcome[]): { readonly objects?: ObjectLog } {
  if (objects.length === 0) return {};
  const places = new Map<string, number>();
  const placeOf = (encryption: NonNullable<ObjectOutcome["seen"]>["before"]): number => {
    if (!encryption) return -1;
    const text = describeEncryption(encryption);
    const place = places.get(text) ?? places.size;
    places.set(text, place);
    return place;
  };
  const rows = objects.map(
    ({ key, versionId = null, outcome, seen }) =>
      [key, versionId, outcome, placeOf(seen?.before), placeOf(seen?.after)] as const,
  );
  return { objects: { encryptions: [...places.keys()], rows } };
}

export function* loggedObjects({ encryptions, rows }: ObjectLog): Generator<LoggedObject> {
  for (const [key, versionId, outcome, before, after] of rows) {
    if (!outcomes.includes(outcome)) continue;
    yield { key, versionId: versionId ?? undefined, outcome, before: encryptions[before], after: encryptions[after] };
  }
}
