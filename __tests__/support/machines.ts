import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type AtRestWorld, type Ended, ended } from "./at-rest-world";

const program = resolve(__dirname, "../../scripts/at-rest.cjs");

/** A container, or a job of a CI. */
export interface Machine {
  readonly child: ChildProcessWithoutNullStreams;
  readonly end: Promise<Ended>;
}

/** Machines that have the program and the fleet, and nothing in common but the world's S3. */
export interface Machines {
  /** On the PATH of all of them. */
  readonly bin: string;
  /** @param environment what the one who starts it tells it, besides credentials */
  start(command: readonly string[], environment?: Readonly<Record<string, string>>): Machine;
  /** Ends those that are still there. */
  close(): void;
}

export function machinesOf(world: AtRestWorld): Machines {
  const bin = join(world.directory, "bin");
  mkdirSync(bin);
  const executable = (name: string, text: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  executable("at-rest", `exec "${process.execPath}" "${program}" "$@"`);
  executable("npx", `exec "$@"`);
  const all: Machine[] = [];
  return {
    bin,
    start: ([command = "", ...words], environment = {}) => {
      const cwd = join(world.directory, `machine-${all.length}`);
      mkdirSync(cwd);
      for (const name of ["fleet.yaml", "outputs"]) {
        cpSync(join(world.directory, name), join(cwd, name), { recursive: true });
      }
      const env = { ...world.environment, ...environment, PATH: `${bin}:${world.environment["PATH"]}` };
      const child = spawn(command, words, { cwd, env, stdio: "pipe", detached: true });
      const machine = { child, end: ended(child) };
      all.push(machine);
      return machine;
    },
    close: () => {
      for (const machine of all.filter(({ child }) => child.exitCode === null && child.signalCode === null)) {
        kill(machine);
      }
    },
  };
}

/** With all of its processes, as a machine that is lost. */
export function kill({ child }: Machine): void {
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
}

/** The one that is left once all others have ended. */
export async function lastOf(all: readonly Machine[]): Promise<Machine> {
  const left = new Set(all);
  await new Promise<void>((resolved) => {
    for (const one of all) {
      void one.end.then(() => {
        left.delete(one);
        if (left.size === 1) resolved();
      });
    }
  });
  const [last] = left;
  if (!last) throw new Error("none is left");
  return last;
}

export const exitCodes = (all: readonly Machine[]): Promise<readonly (number | null)[]> =>
  Promise.all(all.map(async ({ end }) => (await end).exitCode));
