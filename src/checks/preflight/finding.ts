import { catalogue, type FindingId } from "./catalogue";

export type Level = "error" | "warning" | "note";

export interface Finding {
  readonly id: FindingId;
  readonly level: Level;
  /** What was seen, on this bucket: the same as long as the bucket stays the same. */
  readonly evidence: string;
  readonly fix: string;
}

/** A finding with the fix of the catalogue. */
export const finding = (level: Level, id: FindingId, evidence: string): Finding => ({
  id,
  level,
  evidence,
  fix: catalogue[id].fix,
});

const levels: readonly Level[] = ["error", "warning", "note"];

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Findings of one id and level that are listed: a log may show thousands of clients. */
const mostAlike = 50;

/**
 * Errors first; then by id and evidence, whatever the order of the checks. Each one once, and of many that are alike
 * the first, and that there are more.
 */
export function sorted(findings: readonly Finding[]): Finding[] {
  const once = new Map(findings.map((one) => [JSON.stringify(one), one]));
  const all = [...once.values()].sort(
    (a, b) =>
      levels.indexOf(a.level) - levels.indexOf(b.level) ||
      compareText(a.id, b.id) ||
      compareText(a.evidence, b.evidence),
  );
  let alike = 0;
  return all.flatMap((one, place) => {
    const before = all[place - 1];
    alike = before?.id === one.id && before.level === one.level ? alike + 1 : 0;
    if (alike < mostAlike) return [one];
    return alike === mostAlike ? [{ ...one, evidence: "and more like these" }] : [];
  });
}
