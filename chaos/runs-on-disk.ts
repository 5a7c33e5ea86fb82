import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import type { RunsSeen } from "./journal";

/** Runs in a directory: each has a `journal.jsonl`. */
export function runsOnDisk(directory: string): RunsSeen {
  const offsets = new Map<string, number>();
  return {
    runs: () => (existsSync(directory) ? readdirSync(directory).filter((name) => /^\d{8}T/.test(name)) : []),
    hasBegun: (run) => existsSync(join(directory, run, "run.json")),
    more: (run) => {
      const path = join(directory, run, "journal.jsonl");
      if (!existsSync(path)) return Buffer.alloc(0);
      const file = openSync(path, "r");
      const read: Buffer[] = [];
      let offset = offsets.get(run) ?? 0;
      try {
        for (;;) {
          const chunk = Buffer.alloc(64 * 1024);
          const length = readSync(file, chunk, 0, chunk.length, offset);
          if (length === 0) break;
          read.push(chunk.subarray(0, length));
          offset += length;
        }
      } finally {
        closeSync(file);
      }
      offsets.set(run, offset);
      return Buffer.concat(read);
    },
  };
}
