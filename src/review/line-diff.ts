/** One line of a difference: kept, taken out or put in. */
export interface DiffLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

const signed = (sign: DiffLine["sign"], lines: readonly string[]): DiffLine[] => lines.map((text) => ({ sign, text }));

/** Beyond so many pairs of lines all of the one and all of the other is shown: the table would take too long. */
const largestTable = 250_000;

/** The shortest way from one text to another, line by line. */
export function lineDiff(before: readonly string[], after: readonly string[]): DiffLine[] {
  if (before.length * after.length > largestTable) return [...signed("-", before), ...signed("+", after)];
  // lengths[i][j]: of the longest common subsequence of before from i and after from j.
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = lengths[i];
      if (row) row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    const [old = "", now = ""] = [before[i], after[j]];
    if (old === now) {
      lines.push({ sign: " ", text: old });
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push({ sign: "-", text: old });
      i++;
    } else {
      lines.push({ sign: "+", text: now });
      j++;
    }
  }
  return [...lines, ...signed("-", before.slice(i)), ...signed("+", after.slice(j))];
}
