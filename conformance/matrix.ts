import type { Finished, Result } from "./suite";

export interface Column {
  readonly server: string;
  /** Or why there are none. */
  readonly finished: readonly Finished[] | { readonly skipped: string };
}

const words: Record<Result["is"], string> = { pass: "pass", fail: "FAIL", "not supported": "n/s" };

const resultsOf = ({ finished }: Column): readonly Finished[] => ("skipped" in finished ? [] : finished);

const count = (column: Column, is: Result["is"]): number =>
  resultsOf(column).filter(({ result }) => result.is === is).length;

/** Cases down, servers across; then why, for everything that is not a pass; then the totals. */
export function matrix(columns: readonly Column[]): string {
  const rows = resultsOf(columns.find((column) => resultsOf(column).length > 0) ?? { server: "", finished: [] });
  const widths = columns.map(({ server }) => Math.max(server.length, 4));
  const cells = (texts: readonly string[]): string =>
    texts.map((text, index) => text.padEnd(widths[index] ?? 0)).join("  ");
  const lines = [cells(columns.map(({ server }) => server))];
  const reasons: string[] = [];
  let area = "";
  for (const [index, row] of rows.entries()) {
    if (row.area !== area) lines.push("", row.area);
    area = row.area;
    const results = columns.map((column) => resultsOf(column)[index]);
    lines.push(`${cells(results.map((one) => (one ? words[one.result.is] : "-")))}  ${row.case.name}`);
    for (const [at, one] of results.entries()) reasons.push(...reasonsOf(columns[at]?.server ?? "", one));
  }
  return [...lines, ...(reasons.length > 0 ? ["", "Why", ...reasons] : []), "", ...columns.map(totals), ""].join("\n");
}

function reasonsOf(server: string, finished: Finished | undefined): string[] {
  if (!finished) return [];
  const { case: one, result, left } = finished;
  const lines = [];
  if (result.is !== "pass") lines.push(`${server}: ${result.is}: ${one.name}`, `    ${result.because}`);
  if (result.is === "fail") {
    lines.push(`    ${one.operations.join(", ")}: ${one.source}`);
    if (server === "moto") lines.push(`    ${one.moto ?? evidence(one.source)}`);
  }
  if (left) lines.push(`${server}: left behind by: ${one.name}`, `    ${left}`);
  return lines;
}

/** Where a case does not say itself who is right. */
const evidence = (source: string): string =>
  source.startsWith("as AWS answered")
    ? "AWS is right: recorded."
    : "By its documentation AWS is right; not looked into further.";

function totals(column: Column): string {
  if ("skipped" in column.finished) return `${column.server}: not run: ${column.finished.skipped}`;
  return `${column.server}: ${count(column, "pass")} pass, ${count(column, "fail")} fail, ${count(column, "not supported")} not supported`;
}
