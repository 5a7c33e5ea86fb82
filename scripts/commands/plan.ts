import { join } from "node:path";
import type { Command } from "commander";
import { plural } from "../../src/review/phrase";
import { type Failed, lineOf, type Planned } from "../../src/rollout/plan";
import { type PlanResult, resultOf, writeResult } from "../../src/rollout/result";
import { terraform } from "../../src/rollout/terraform";
import { addStackOptions, inTurn, planAnew, type StackOptions, selectTargets, tellFailure } from "./support/stacks";
import { type ExitCode, Stop } from "./support/stop";
import { say, stopOnSignals } from "./support/terminal";
import { watched } from "./support/watched-terraform";
import { readFleet } from "./support/work-of-fleet";

interface Options extends StackOptions {
  readonly lock: boolean;
  readonly detailedExitcode?: boolean;
}

export function define(command: Command): void {
  addStackOptions(command, join(".at-rest", "plan"))
    .optionsGroup("How:")
    .option("--no-lock", "without locking the state, for a role that may only read (terraform plan -lock=false)")
    .option("--detailed-exitcode", "as Terraform's: 0 nothing to change, 1 an error, 2 something to change")
    .addHelpText(
      "after",
      `
Changes nothing. Of the result directory result.json and plans/ are for the review and may be kept as artifacts;
private/ has Terraform's own plans, which hold the state.

Examples:
  at-rest plan
  at-rest plan --wave 0 --no-lock
  at-rest plan --stack sandbox-eu-west-1 --detailed-exitcode`,
    )
    .action(async (options: Options) => {
      process.exitCode = await plan(options);
    });
}

async function plan(options: Options): Promise<ExitCode> {
  if (!options.detailedExitcode) return (await planned(options)).exitCode;
  try {
    const { exitCode, changes } = await planned(options);
    return exitCode === 0 && changes ? 2 : exitCode;
  } catch (error) {
    // 2 means that something is to be changed: https://developer.hashicorp.com/terraform/cli/commands/plan
    if (error instanceof Stop) throw new Stop(error.lines, error.remedy, 1);
    throw error;
  }
}

async function planned(options: Options): Promise<{ exitCode: ExitCode; changes: boolean }> {
  const targets = selectTargets(readFleet(options.fleet), options);
  const stop = stopOnSignals();
  const { lock } = options;
  const run = watched(terraform({ environment: process.env, signal: stop }));
  const results = await inTurn(options, () => planAnew(options, { targets, lock, terraform: run, told: tell }));
  const result = resultOf(results.map(lineOf));
  writeResult(options.out, result);
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  summarise(options, result, stop.aborted);
  const failed = result.stacks.some(({ is }) => is === "failed");
  const changes = results.some((one) => one.is === "planned" && !one.empty);
  return { exitCode: stop.aborted ? 130 : failed ? 1 : 0, changes };
}

function tell(result: Planned | Failed): void {
  if (result.is === "failed") {
    tellFailure(result);
    return;
  }
  const { target, changes, empty } = result;
  say(
    `${target.stackName}: ${empty ? "nothing to change" : `${plural(changes.resources.length, "resource")} to change`}`,
  );
}

function summarise({ out }: Options, { stacks, hash, waves }: PlanResult, interrupted: boolean): void {
  const failed = stacks.filter(({ is }) => is === "failed").length;
  say("");
  say(`${plural(stacks.length - failed, "stack")} planned, ${failed} failed. Changes: ${hash}`);
  if (Object.keys(waves).length > 1) for (const [wave, own] of Object.entries(waves)) say(`  wave ${wave}: ${own}`);
  say(`result  ${join(out, "result.json")}`);
  if (interrupted) say("next    plan again: this was interrupted");
  else if (failed > 0)
    say("next    mend what failed, and plan again; or leave it out, and name the others with --stack");
  else if (stacks.every((one) => one.is === "planned" && one.empty)) say("next    nothing: there is nothing to apply");
  else say(`next    at-rest review ${out}, then at-rest apply --approved ${hash}`);
}
