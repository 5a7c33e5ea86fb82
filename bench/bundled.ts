import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build } from "esbuild";

/**
 * Makes one file of each program and all that it needs, with the program's name. The same code starts in half the time, and
 * calls from module to module cost nothing, which tsx leaves a fifth of the local AWS's time.
 *
 * @param programs paths of TypeScript
 * @returns the file of the first
 */
export async function bundle(programs: readonly [string, ...string[]], directory: string): Promise<string> {
  await build({
    ...{ entryPoints: [...programs], outdir: directory, entryNames: "[name]" },
    ...{ bundle: true, platform: "node", target: "node20", logLevel: "error" },
  });
  return join(directory, `${basename(programs[0], ".ts")}.js`);
}

/**
 * Starts a program of this directory from one file.
 *
 * @param program with its path in this directory, as `servers/null.ts`
 * @param others further programs that the first one starts, by their names, beside its own file
 */
export async function forkBundled(program: string, ...others: readonly string[]): Promise<ChildProcess> {
  const directory = mkdtempSync(join(tmpdir(), "bench-program-"));
  const beside = others.map((one) => join(__dirname, one));
  const child = fork(await bundle([join(__dirname, program), ...beside], directory), { execArgv: [] });
  child.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return child;
}
