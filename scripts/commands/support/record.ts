import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { say } from "./terminal";

/** Writes a file beside the fleet, for git, unless it is there already as it would be written. */
export function writeRecord(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === text) {
    say(`  ${path}: as before`);
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  say(`  ${path}: written`);
}
