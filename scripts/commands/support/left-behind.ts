import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Stop } from "./stop";
import { say } from "./terminal";

/** Where a step's process id stands while it is at work: beside its log. */
export const processFile = (logFile: string): string => logFile.replace(/\.log$/, ".pid");

const POLL_MS = 500;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Waits for steps that a rollout left behind when it was killed: they go on by themselves, and two of them at the same
 * work would refuse each other.
 *
 * @throws Stop with 130 if it is stopped meanwhile
 */
export async function awaitLeftBehind(directory: string, stop: AbortSignal): Promise<void> {
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".pid"));
  for (const file of files.map((name) => join(directory, name))) {
    const pid = Number(readFileSync(file, "utf8"));
    if (isAlive(pid))
      say(`Waiting for process ${pid}, which an earlier rollout has started; if it is another, delete ${file}.`);
    while (isAlive(pid)) {
      if (stop.aborted) throw new Stop("Interrupted. Nothing was changed.", undefined, 130);
      await setTimeout(POLL_MS);
    }
    rmSync(file, { force: true });
  }
}
