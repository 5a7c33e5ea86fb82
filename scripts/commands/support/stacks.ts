import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Fleet, Target } from "../../../src/fleet/fleet";
import { fleetFile } from "../../../src/fleet/load";
import { lock } from "../../../src/reencrypt/run-lock";
import { RunInUse } from "../../../src/reencrypt/run-store";
import { type Failed, type Planned, type PlanRequest, planStacks } from "../../../src/rollout/plan";
import { clearResult, NoResultDirectory } from "../../../src/rollout/result";
import { wavesOf } from "../../../src/rollout/wave";
import { collect, wholeNumber } from "./options";
import { whole } from "./rollout-options";
import { Stop } from "./stop";
import { say } from "./terminal";

/** Which stacks, and where they are synthesised and planned. */
export interface StackOptions {
  readonly fleet: string;
  readonly wave?: number;
  readonly stack?: string[];
  readonly parallelism: number;
  readonly outDir: string;
  readonly out: string;
  readonly skipSynth?: boolean;
  readonly json?: boolean;
}

/** @param out where the plans go unless the user says */
export const addStackOptions = (command: Command, out: string): Command =>
  command
    .optionsGroup("Which stacks:")
    .option("--fleet <file>", "the fleet", fleetFile())
    .option("--wave <n>", "those of accounts of this wave only", whole)
    .option("--stack <name>", "this one only; may be repeated (default: every stack of the fleet)", collect)
    .optionsGroup("How:")
    .option("--parallelism <n>", "stacks at the same time", wholeNumber, 4)
    .option("--out-dir <directory>", "where the fleet is synthesised, as for at-rest outputs", "cdktf.out")
    .option("--skip-synth", "take what is synthesised there already")
    .optionsGroup("Output:")
    .option("--out <directory>", "where the plans and their result go", out)
    .option("--json", "one JSON document on standard output");

/** The stacks that are meant. @throws Stop for one that the fleet does not have, and where none is left */
export function selectTargets(fleet: Fleet, { wave, stack }: Pick<StackOptions, "wave" | "stack">): Target[] {
  const known = new Set(fleet.targets.map(({ stackName }) => stackName));
  const unknown = stack?.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new Stop(`${fleet.file} has no stack ${unknown}.`, `It has ${[...known].join(", ")}.`);
  }
  const targets = fleet.targets.filter(
    ({ stackName, account }) =>
      (stack === undefined || stack.includes(stackName)) && (wave === undefined || account.wave === wave),
  );
  if (targets.length === 0) {
    const what = stack === undefined ? `wave ${wave}` : `such stack in wave ${wave}`;
    throw new Stop(`${fleet.file} has no ${what}.`, `It has waves ${wavesOf(fleet).join(", ")}.`);
  }
  return targets;
}

const program = resolve(__dirname, "../../../main.ts");

/**
 * Runs the project's main.ts once for the whole fleet: what `cdktf synth` runs, without the CLI around it.
 *
 * @throws Stop with every mistake in the fleet
 */
function synthesise({ fleet, outDir, skipSynth }: StackOptions): Promise<void> {
  if (skipSynth) return Promise.resolve();
  return new Promise((done, failed) => {
    const environment = { ...process.env, FLEET: fleet, CDKTF_OUTDIR: outDir };
    const child = spawn(process.execPath, ["--require", require.resolve("tsx/cjs"), program], {
      env: environment,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const said: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    child.on("error", failed);
    child.on("close", (exitCode, signal) => {
      if (exitCode === 0) return done();
      // A terminal's Ctrl-C ends what it has started as well.
      if (signal === "SIGINT" || signal === "SIGTERM")
        return failed(new Stop("Interrupted. Nothing was done.", undefined, 130));
      const [first = "", ...more] = Buffer.concat(said).toString("utf8").trim().split("\n");
      failed(new Stop([`${fleet} could not be synthesised: ${first || `exit code ${exitCode}`}`, ...more]));
    });
  });
}

/** Takes the synthesised directory for this process: two runs in it would pull it from under each other. @throws Stop */
export async function inTurn<T>({ outDir }: StackOptions, work: () => Promise<T>): Promise<T> {
  mkdirSync(outDir, { recursive: true });
  const release = await lock(outDir).catch((error: unknown) => {
    if (error instanceof RunInUse) throw new Stop(`${error.message}. Nothing was done.`, "Wait for it to end.");
    throw error;
  });
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Makes room for the plans of this run. @throws Stop where somebody else's files are in the way */
function clearOut({ out }: StackOptions): void {
  try {
    clearResult(out);
  } catch (error) {
    if (error instanceof NoResultDirectory) throw new Stop(`${error.message}.`, "Name another directory with --out.");
    throw error;
  }
}

/** Synthesises the fleet and plans stacks of it, in place of the plans that were there. @throws Stop */
export async function planAnew(
  options: StackOptions,
  request: Pick<PlanRequest, "targets" | "lock" | "terraform" | "told">,
): Promise<(Planned | Failed)[]> {
  await synthesise(options);
  clearOut(options);
  const { outDir: synthesised, out, parallelism } = options;
  return planStacks({ ...request, synthesised, out, parallelism });
}

export const tellFailure = ({ target, step, why }: Failed): void =>
  say(`${target.stackName}: terraform ${step} failed: ${why}`);
