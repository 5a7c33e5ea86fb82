import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";

export interface RealFile {
  /** Path below the folder that was searched, with forward slashes. */
  readonly name: string;
  readonly path: string;
  readonly contentType: string;
}

const contentTypes: Record<string, string> = {
  ".js": "text/javascript",
  ".json": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".ts": "text/plain",
  ".map": "application/json",
};

/**
 * The first `count` files of the installed packages, in a stable order: real names, real sizes, nothing invented.
 *
 * @param largest - in bytes; larger files are left out.
 */
export const realFiles = (folder: string, count: number, largest: number): RealFile[] => {
  const found: RealFile[] = [];
  const visit = (below: string): void => {
    const entries = readdirSync(join(folder, below), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (found.length === count) return;
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      const path = join(folder, name);
      if (entry.isDirectory()) visit(name);
      else if (entry.isFile() && statSync(path).size <= largest)
        found.push({ name, path, contentType: contentTypes[extname(name)] ?? "application/octet-stream" });
    }
  };
  visit("");
  return found;
};

export const contentOf = (file: RealFile): Buffer => readFileSync(file.path);
