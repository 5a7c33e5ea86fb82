import { cpus, loadavg, platform } from "node:os";

/** What a benchmark found: a row for each thing measured; a row without a column has nothing to say there. */
export interface Report {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, string | number | undefined>>[];
}

const columnsOf = (rows: Report["rows"]): string[] => [...new Set(rows.flatMap((row) => Object.keys(row)))];

const isNumeric = (rows: Report["rows"], column: string): boolean =>
  rows.every((row) => typeof (row[column] ?? 0) === "number");

/** Columns in line, numbers to the right. */
export function asTable({ title, rows }: Report): string {
  const names = columnsOf(rows);
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? "")))];
  const widths = names.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = names.map((name) => isNumeric(rows, name));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [title, ...cells.map(line)].map((text) => `${text}\n`).join("");
}

const cellOf = (value: string | number | undefined): string =>
  typeof value === "number" ? value.toLocaleString("en-US") : (value ?? "").replaceAll("|", "\\|");

/** The same as a table of Markdown, under its title. */
export function asMarkdown({ title, rows }: Report): string {
  const names = columnsOf(rows);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const edges = names.map((name) => (isNumeric(rows, name) ? "---:" : "---"));
  const body = rows.map((row) => line(names.map((name) => cellOf(row[name]))));
  return `${title}:\n\n${line(names)}${line(edges)}${body.join("")}`;
}

/** The middle one of several measurements, by what counts in them. */
export function median<T>(measured: readonly T[], by: (one: T) => number): T {
  const middle = measured.toSorted((a, b) => by(a) - by(b))[Math.floor(measured.length / 2)];
  if (middle === undefined) throw new Error("There is no median of nothing.");
  return middle;
}

/** Where and when: numbers mean nothing without it. */
export function machine(): Report {
  const [first] = cpus();
  const row = {
    cpu: first?.model.trim() ?? "unknown",
    cores: cpus().length,
    platform: platform(),
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
    // Of the last minute. Above the number of cores a measurement had to share them.
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
  return { title: "This machine", rows: [row] };
}
