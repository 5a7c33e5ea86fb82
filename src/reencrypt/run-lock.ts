import { readlinkSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { types } from "node:util";
import { RunInUse } from "./run-store";

const lockName = /^lock-(\d+)@(.+)$/;

/**
 * Where numbers of processes mean the same: a machine, and on Linux one of its namespaces. Containers with the same host
 * name each have a process 1. https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
 */
export function placeOfProcess(): string {
  try {
    const [namespace = ""] = /\d+/.exec(readlinkSync("/proc/self/ns/pid")) ?? [];
    return `${hostname()}+${namespace}`;
  } catch {
    return hostname(); // a system without such namespaces
  }
}

/** Whether a process is there. Of another place nothing is known, so it counts as there. */
function isAlive(pid: number, place: string): boolean {
  if (place !== placeOfProcess()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(types.isNativeError(error) && "code" in error && error.code === "ESRCH");
  }
}

/**
 * Takes a directory for this process, and gives the function that lets go of it.
 *
 * Everyone first puts down a lock of their own and then looks for those of others, so of two that come at the same time
 * at least one sees the other. What a dead process has left is removed.
 *
 * @throws RunInUse
 */
export async function lock(directory: string): Promise<() => Promise<void>> {
  const own = `lock-${process.pid}@${placeOfProcess()}`;
  await writeFile(join(directory, own), "", { mode: 0o600 });
  const release = () => rm(join(directory, own), { force: true });
  for (const name of await readdir(directory)) {
    const [, pid, place] = lockName.exec(name) ?? [];
    if (name === own || pid === undefined || place === undefined) continue;
    if (isAlive(Number(pid), place)) {
      await release();
      throw new RunInUse(
        `process ${pid} on ${place.replace(/\+\d+$/, "")} is at work in ${directory}, as ${name} there says`,
        "Let it finish. If it is gone, delete that file.",
      );
    }
    await rm(join(directory, name), { force: true });
  }
  return release;
}
