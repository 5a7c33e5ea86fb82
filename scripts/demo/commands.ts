import { type ChildProcess, spawn } from "node:child_process";
import { types } from "node:util";

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Map<ChildProcess, Promise<void>>();

/** Runs a program to its end and returns what it printed. Never rejects for an exit code: the caller says which ones it expects. */
export const run = (
  program: string,
  parameters: readonly string[],
  options: { readonly directory: string; readonly environment: NodeJS.ProcessEnv },
): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd: options.directory,
      env: options.environment,
      detached: true, // a process group of its own, so that what it starts ends with it
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.set(child, new Promise((closed) => child.once("close", () => closed())));
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error) => reject(new Error(`${program} cannot be run (${error.message}). Is it on the PATH?`)));
    child.on("close", (exitCode, signal) => {
      running.delete(child);
      if (exitCode === null) return reject(new Error(`${program} was ended by ${signal}`));
      resolve({
        exitCode,
        stdout: Buffer.concat(stdout).toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
      });
    });
  });

const endGroup = (pid: number): void => {
  try {
    process.kill(-pid, "SIGTERM");
  } catch (error) {
    if (!types.isNativeError(error) || !("code" in error) || error.code !== "ESRCH") throw error; // it has just ended
  }
};

/** Ends every program that is still running, and all that it started, for Ctrl-C and for errors. */
export const endRunning = async (): Promise<void> => {
  for (const { pid } of running.keys()) if (pid !== undefined) endGroup(pid);
  await Promise.all(running.values());
};
