import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import type { Target } from "../../src/fleet/fleet";
import { fleetFile } from "../../src/fleet/load";
import { outputsPath } from "../../src/fleet/names";
import { checkStackOutputs, parseStackOutputs, type StackOutputs } from "../../src/fleet/outputs";
import { reasonOf } from "../../src/rollout/terraform";
import { type ExitCode, Stop } from "./support/stop";
import { say } from "./support/terminal";
import { readFleet } from "./support/work-of-fleet";

interface Options {
  readonly fleet: string;
  readonly outDir: string;
  readonly outputsFile?: string;
}

export function define(command: Command): void {
  command
    .argument("[stacks...]", "names of stacks (default: every stack of the fleet)")
    .option("--fleet <file>", "the fleet; outputs/ is beside it", fleetFile())
    .option("--out-dir <directory>", "where the fleet was synthesised and applied", "cdktf.out")
    .option("--outputs-file <file>", "read what cdktf deploy --outputs-file wrote, instead of asking Terraform")
    .addHelpText(
      "after",
      `
Examples:
  at-rest outputs
  at-rest outputs sandbox-eu-west-1
  at-rest outputs --outputs-file outputs.json`,
    )
    .action((stacks: string[], options: Options) => {
      process.exitCode = outputs(stacks, options);
    });
}

/** Reads what stacks have answered, and writes it beside the fleet. @throws Stop */
export function outputs(stacks: readonly string[], options: Options): ExitCode {
  const fleet = readFleet(options.fleet);
  const known = new Set(fleet.targets.map(({ stackName }) => stackName));
  const unknown = stacks.find((stack) => !known.has(stack));
  if (unknown !== undefined) {
    throw new Stop(`${fleet.file} has no stack ${unknown}.`, `It has ${[...known].join(", ")}.`);
  }
  const targets = fleet.targets.filter(({ stackName }) => stacks.length === 0 || stacks.includes(stackName));
  const deployed = options.outputsFile === undefined ? undefined : readJson(options.outputsFile);

  const mistakes: string[] = [];
  const good: { readonly target: Target; readonly answered: StackOutputs }[] = [];
  for (const target of targets) {
    const { stackName } = target;
    try {
      const json =
        deployed === undefined
          ? askTerraform(options.outDir, stackName)
          : fieldOf(fieldOf(deployed, stackName), "at_rest");
      const answered = parseStackOutputs(json);
      mistakes.push(...checkStackOutputs(target, answered).map((mistake) => `${stackName}: ${mistake}`));
      good.push({ target, answered });
    } catch (error) {
      mistakes.push(`${stackName}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (mistakes.length > 0) {
    throw new Stop(
      [
        `The stacks do not answer as ${fleet.file} asks. Nothing was written.`,
        ...mistakes.map((mistake) => `  ${mistake}`),
      ],
      "Apply the stacks first (at-rest apply), or name what cdktf deploy wrote with --outputs-file.",
    );
  }
  for (const { target, answered } of good) {
    const path = outputsPath(fleet.directory, target.stackName);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(answered, null, 2)}\n`);
    say(`${path}: written`);
  }
  return 0;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Stop(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

/** The stack's output, from its state. Terraform must have been initialised there, as after an apply. */
function askTerraform(outDir: string, stackName: string): unknown {
  const cwd = join(outDir, "stacks", stackName);
  try {
    const stdout = execFileSync("terraform", ["output", "-no-color", "-json", "at_rest"], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return JSON.parse(stdout);
  } catch (error) {
    const [exitCode, stderr] = [fieldOf(error, "status"), fieldOf(error, "stderr")];
    const why =
      typeof exitCode === "number" && typeof stderr === "string"
        ? reasonOf({ exitCode, stdout: "", stderr })
        : error instanceof Error
          ? error.message
          : String(error);
    throw new Error(`terraform output in ${cwd}: ${why}`);
  }
}
