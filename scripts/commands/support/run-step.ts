import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Target } from "../../../src/fleet/fleet";
import type { ExitCode } from "../../../src/rollout/state";
import type { Step, StepName } from "../../../src/rollout/steps";
import { processFile } from "./left-behind";

const program = resolve(__dirname, "../../at-rest.cjs");

export interface StepRunner {
  readonly fleet: string;
  /** Hash of the changes of the wave that were reviewed. */
  readonly approved: string;
  /** Where the fleet is synthesised. */
  readonly outDir: string;
  /** Of the wave: the plan that was approved in `plan`, and the logs as `<stack>/<step>.log`. */
  readonly directory: string;
}

export const approvedPlan = (directory: string): string => join(directory, "plan");

/** What a person would type for a step. */
export function wordsOf({ stackName }: Target, { name, buckets }: Step, runner: StepRunner): string[] {
  const { fleet, approved, outDir, directory } = runner;
  const these = ["--fleet", fleet, ...buckets.flatMap((bucket) => ["--bucket", bucket])];
  const words: Readonly<Record<StepName, () => string[]>> = {
    apply: () => [
      ...["apply", "--approved", approved, "--stack", stackName, "--fleet", fleet, "--skip-synth", "--out-dir", outDir],
      ...["--plan", approvedPlan(directory), "--out", join(directory, stackName, "apply")],
    ],
    preflight: () => ["preflight", ...these],
    canaries: () => ["preflight", "--canary", ...these],
    backup: () => ["backup", "--yes", "--incremental", ...these],
    reencrypt: () => ["reencrypt", "--yes", ...these],
    audit: () => ["audit", ...these],
  };
  return words[name]();
}

const known = new Map<number | null, ExitCode>(([0, 1, 2, 3, 130] as const).map((code) => [code, code]));

/** Where the output of a step goes. */
export const logOf = ({ stackName }: Target, { name }: Step, { directory }: StepRunner): string =>
  join(directory, stackName, `${name}.log`);

export const runStep = (target: Target, step: Step, signal: AbortSignal, runner: StepRunner): Promise<ExitCode> =>
  runCommand(wordsOf(target, step, runner), logOf(target, step, runner), signal);

/**
 * Runs a command of this tool as a process of its own, whose output goes into a log, and resolves to how it ended.
 *
 * @param signal when it is aborted the process gets one SIGINT, finishes what is in flight, and answers 130
 */
export async function runCommand(words: readonly string[], logFile: string, signal: AbortSignal): Promise<ExitCode> {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile, { flags: "a", mode: 0o600 });
  log.write(`$ at-rest ${words.join(" ")}\n`);
  // In a process group of its own, since a terminal gives its Ctrl-C to the whole group, and a second SIGINT ends at once.
  const child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "pipe"], detached: true });
  if (child.pid !== undefined) writeFileSync(processFile(logFile), String(child.pid), { mode: 0o600 });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => log.write(chunk));
  const interrupt = () => void child.kill("SIGINT");
  signal.addEventListener("abort", interrupt);
  if (signal.aborted) interrupt();
  try {
    return await exitCodeOf(child);
  } finally {
    signal.removeEventListener("abort", interrupt);
    rmSync(processFile(logFile), { force: true });
    log.end();
  }
}

/** A process that a signal ended goes on the next time; one that ended otherwise than it may has failed. */
const exitCodeOf = (child: ChildProcess): Promise<ExitCode> =>
  new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, by) => done(by === null ? (known.get(code) ?? 1) : 130));
  });
