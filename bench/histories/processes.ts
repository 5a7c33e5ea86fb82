import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../bundled";
import { messageOf } from "../message";
import { type Findings, nothingYet, PER_WORLD, type Told, together } from "./many";
import type { Lot } from "./process";

interface Options {
  readonly processes: number;
  /** Begins no further lot after so many bad ones, which are for people to read. @default 10 */
  readonly mostBad?: number;
  readonly onProgress?: (done: number) => void;
  /** Told at once of each that somebody has to read: hours of histories may be ended before their time. */
  readonly onStory?: (history: Told) => void;
  /** Once it is aborted no further lot begins. @default never */
  readonly stop?: AbortSignal;
}

/** Runs histories with the seeds from `firstSeed` on, by processes that take one lot after the other. */
export async function runInProcesses(
  firstSeed: number,
  histories: number,
  { processes, mostBad = 10, onProgress, onStory, stop }: Options,
): Promise<Findings> {
  const directory = mkdtempSync(join(tmpdir(), "histories-"));
  let found = nothingYet;
  let given = 0;
  const next = (): Lot | undefined => {
    if (given >= histories || found.bad.length >= mostBad || stop?.aborted) return undefined;
    const lot = { firstSeed: firstSeed + given, histories: Math.min(PER_WORLD, histories - given) };
    given += lot.histories;
    return lot;
  };
  const work = async (program: string) => {
    let lot = next();
    if (!lot) return;
    const child = fork(program, { serialization: "advanced" });
    try {
      for (; lot; lot = next()) {
        child.send(lot);
        const ofLot = await messageOf<Findings>(child, `The process with the histories from seed ${lot.firstSeed} on`);
        found = together(found, ofLot);
        onProgress?.(found.histories);
        for (const told of [...ofLot.bad, ...ofLot.despiteVersions]) onStory?.(told);
      }
    } finally {
      if (child.connected) child.disconnect(); // it has nothing else to wait for
    }
  };
  try {
    const program = await bundle([join(__dirname, "process.ts")], directory);
    await Promise.all(Array.from({ length: processes }, () => work(program)));
    return found;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
