import { readdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { types } from "node:util";
import { RunInUse } from "./run-store";

const lockName = /^lock-(\d+)@(.+)$/;

/** Whether a process is there. Of another machine nothing is known, so it counts as there. */
function isAlive(pid: number, host: string): boolean {
  if (host !== hostname()) return true;
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
  const own = `lock-${process.pid}@${hostname()}`;
  await writeFile(join(directory, own), "", { mode: 0o600 });
  const release = () => rm(join(directory, own), { force: true });
  for (const name of await readdir(directory)) {
    const [, pid, host] = lockName.exec(name) ?? [];
    if (name === own || pid === undefined || host === undefined) continue;
    if (isAlive(Number(pid), host)) {
      await release();
      throw new RunInUse(
        `process ${pid} on ${host} is at work in ${directory}, as ${name} there says`,
        "Let it finish. If it is gone, delete that file.",
      );
    }
    await rm(join(directory, name), { force: true });
  }
  return release;
}
