import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { fleetFile } from "../../src/fleet/load";
import { lock } from "../../src/reencrypt/run-lock";
import { RunInUse } from "../../src/reencrypt/run-store";
import { type Alarm, rollOut } from "../../src/rollout/rollout";
import { isGood, newWave, resumed, standingOf, type WaveState } from "../../src/rollout/state";
import { stepsOf } from "../../src/rollout/steps";
import { summaryOf, tableOf } from "../../src/rollout/summary";
import { mayNotStart, targetsOf, wavesOf } from "../../src/rollout/wave";
import { wavePage } from "../../src/rollout/wave-page";
import { askCloudWatch, askCommand } from "./support/alarms";
import { awaitLeftBehind } from "./support/left-behind";
import { planWave } from "./support/plan-wave";
import {
  addPreferenceOptions,
  alarmArns,
  minutes,
  type PreferenceOptions,
  preferencesOf,
  whole,
} from "./support/rollout-options";
import { logOf, runStep } from "./support/run-step";
import { type ExitCode, Stop } from "./support/stop";
import { confirm, say, stopOnSignals } from "./support/terminal";
import { readWave, waveDirectory, writeWave } from "./support/wave-files";
import { readFleet } from "./support/work-of-fleet";

const MINUTE = 60_000;

interface Options extends PreferenceOptions {
  readonly fleet: string;
  readonly wave: number;
  readonly approved: string;
  readonly plan?: string;
  readonly directory: string;
  readonly outDir: string;
  readonly stopAfter?: number;
  readonly soak: number;
  readonly alarm?: string[];
  readonly alarmCommand?: string;
  readonly newRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .optionsGroup("What:")
    .option("--fleet <file>", "the fleet", fleetFile())
    .requiredOption("--wave <n>", "which wave of the fleet", whole)
    .requiredOption(
      "--approved <hash>",
      "of the wave's changes that were reviewed, as at-rest plan and review print it",
    )
    .option(
      "--plan <directory>",
      "the result that was reviewed, so that a target that cannot be planned stops no other",
    );
  addPreferenceOptions(command)
    .optionsGroup("When to stop:")
    .option("--soak <minutes>", "listen to the alarms for so long after the last target", minutes, 0)
    .option("--alarm <arn>", "a CloudWatch alarm; may be repeated", alarmArns)
    .option("--alarm-command <command>", "a shell command that ends with 0 as long as all is well")
    .option("--stop-after <minutes>", "then stop as Ctrl-C does; the same command goes on from there", minutes)
    .optionsGroup("Where, and output:")
    .option("--out-dir <directory>", "where the fleet is synthesised", "cdktf.out")
    .option("--directory <directory>", "state, logs and summary of each wave", ".at-rest/rollout")
    .option("--new-run", "begin the wave anew, whatever its state says")
    .option("--yes", "do not ask")
    .option("--json", "the summary as one JSON document on standard output")
    .addHelpText(
      "after",
      `
Plans the wave, and if its changes are those that were approved: for each target apply, preflight, backup, reencrypt and
audit, as its stages need. The same command goes on where it was stopped. A wave starts when the one before has ended
with 0 or 3, which includes failures inside the tolerance.

Examples:
  at-rest rollout --wave 0 --approved 4be1c9...
  at-rest rollout --wave 1 --approved 4be1c9... --failure-tolerance-count 1 --max-concurrent-count 2 --soak 30`,
    )
    .action(async (options: Options) => {
      process.exitCode = await rollout(options);
    });
}

async function rollout(options: Options): Promise<ExitCode> {
  const { wave, directory } = options;
  const preferences = preferencesOf(options);
  const fleet = readFleet(options.fleet);
  const targets = targetsOf(fleet, wave);
  if (targets.length === 0)
    throw new Stop(`${fleet.file} has no wave ${wave}.`, `It has ${wavesOf(fleet).join(", ")}.`);
  const previous = wavesOf(fleet).findLast((one) => one < wave);
  const why = mayNotStart(fleet, wave, previous === undefined ? undefined : readWave(directory, previous));
  if (why)
    throw new Stop(`Wave ${wave} may not start: ${why}. Nothing was changed.`, `Roll out wave ${previous} first.`);

  mkdirSync(waveDirectory(directory, wave), { recursive: true });
  const release = await locked(waveDirectory(directory, wave));
  try {
    const known = options.newRun ? undefined : readWave(directory, wave);
    const standing = standingOf(known, targets, options.approved);
    if (standing === "other") {
      throw new Stop(
        `Wave ${wave} has not ended, and was begun with other stages or buckets than ${fleet.file} has now. Nothing was changed.`,
        "Add --new-run to roll out what is there now.",
      );
    }
    if (known && standing === "done") return tell(known, options);
    announce(
      options,
      targets.map((target) => [target.stackName, stepsOf(target).map(({ name }) => name)] as const),
    );
    await confirm(options.yes === true);
    const stop = stopOnSignals(options.stopAfter);
    const place = waveDirectory(directory, wave);
    await awaitLeftBehind(place, stop);
    await planWave(options, place, stop);
    const runner = { fleet: options.fleet, approved: options.approved, outDir: options.outDir, directory: place };
    const inTurn = oneAtATime();
    const begin =
      known && standing === "goes on"
        ? resumed(known, options.approved)
        : newWave(wave, targets, options.approved, Date.now());
    const end = await rollOut(begin, {
      targets,
      preferences,
      soak: options.soak * MINUTE,
      alarm: () => alarmOf(options),
      alarmInterval: MINUTE,
      runStep: async (target, step, signal) => {
        say(`${target.stackName}: ${step.name}`);
        const run = () => runStep(target, step, signal, runner);
        const code = await (step.name === "apply" ? inTurn(run) : run());
        const why = isGood(code) || code === 130 ? "" : `: ${logOf(target, step, runner)} says why`;
        say(`${target.stackName}: ${step.name} ended with ${code}${why}`);
        return code;
      },
      save: (state) => writeWave(directory, state),
      stop,
      now: Date.now,
    });
    return tell(end, options);
  } finally {
    await release();
  }
}

/** Stacks are applied in the one directory where the fleet is synthesised, so one after the other. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}

async function locked(directory: string): Promise<() => Promise<void>> {
  try {
    return await lock(directory);
  } catch (error) {
    if (!(error instanceof RunInUse)) throw error;
    throw new Stop(`${error.message}. Nothing was changed.`, error.remedy);
  }
}

async function alarmOf({ alarm = [], alarmCommand }: Options): Promise<Alarm> {
  const byCommand: Alarm = alarmCommand === undefined ? { is: "quiet" } : await askCommand(alarmCommand);
  return byCommand.is === "ringing" ? byCommand : askCloudWatch(alarm);
}

function announce({ wave, soak }: Options, targets: readonly (readonly [string, readonly string[]])[]): void {
  say(`Roll out wave ${wave}: ${targets.length} ${targets.length === 1 ? "target" : "targets"}`);
  for (const [stack, steps] of targets) say(`  ${stack}  ${steps.join(", ")}`);
  if (soak > 0) say(`  then ${soak} minutes of soak`);
}

function tell(state: WaveState, { directory, json }: Options): ExitCode {
  const summary = summaryOf(state);
  const place = waveDirectory(directory, state.wave);
  const mode = 0o600;
  writeFileSync(join(place, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`, { mode });
  writeFileSync(join(place, "index.html"), wavePage(summary), { mode });
  for (const line of ["", ...tableOf(summary), "", summary.verdict]) say(line);
  say(`  logs and summary  ${place}`);
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  if (summary.exitCode === null) say("The same command goes on from here.");
  return summary.exitCode ?? 130;
}
