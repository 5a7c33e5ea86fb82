import { styleText } from "node:util";

const plain = !process.stdout.isTTY || process.env.NO_COLOR !== undefined;
const paint = (style: Parameters<typeof styleText>[0], text: string): string => (plain ? text : styleText(style, text));

/** What one of the demo's own checks found. */
export interface Check {
  readonly claim: string;
  readonly holds: boolean;
  readonly found: string;
}

/** Tells the demo's story on standard output, and remembers what was checked on the way. */
export class Narrator {
  private number = 0;
  private readonly started = Date.now();
  readonly checks: Check[] = [];

  step(title: string, why: string): void {
    this.number += 1;
    const seconds = Math.round((Date.now() - this.started) / 1000);
    console.log(`\n${paint("bold", `${this.number}. ${title}`)}${paint("dim", `  (${seconds} s)`)}\n   ${why}\n`);
  }

  say(text: string): void {
    console.log(`   ${text}`);
  }

  command(text: string): void {
    console.log(`   ${paint("cyan", `$ ${text}`)}`);
  }

  output(text: string): void {
    for (const line of text.replace(/\s+$/, "").split("\n")) console.log(`   ${paint("dim", "|")} ${line}`);
  }

  /** States a claim and whether it held. A claim that does not hold makes the demo fail at its end, after the whole story. */
  check(claim: string, holds: boolean, found: string): void {
    this.checks.push({ claim, holds, found });
    console.log(`   ${holds ? paint("green", "ok  ") : paint("red", "OFF ")} ${claim}: ${found}`);
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = head.map((title, column) =>
      Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
    );
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("   ");
    console.log(`   ${paint("bold", line(head))}`);
    for (const row of rows) console.log(`   ${line(row)}`);
  }
}
