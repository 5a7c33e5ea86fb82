import type { Command } from "commander";
import { fleetFile } from "../../src/fleet/load";
import { matrixOf, targetsOf, wavesOf } from "../../src/rollout/wave";
import { whole } from "./support/rollout-options";
import { Stop } from "./support/stop";
import { readFleet } from "./support/work-of-fleet";

interface Options {
  readonly fleet: string;
  readonly wave?: number;
  readonly from: number;
}

export function define(command: Command): void {
  command
    .option("--fleet <file>", "the fleet", fleetFile())
    .option("--wave <n>", "the targets of this wave (default: the waves themselves)", whole)
    .option("--from <n>", "without --wave: the waves from this one on", whole, 0)
    .addHelpText(
      "after",
      `
Prints JSON that GitHub's strategy.matrix takes as it is: {"wave": [0, 1]}, in the order in which they are rolled out,
or with --wave {"include": [{"stack": ..., "account": ..., "region": ...}]}.

Examples:
  at-rest matrix
  echo "matrix=$(at-rest matrix --wave 0)" >> "$GITHUB_OUTPUT"`,
    )
    .action((options: Options) => {
      process.stdout.write(`${JSON.stringify(matrix(options))}\n`);
    });
}

function matrix({ fleet: file, wave, from }: Options) {
  const fleet = readFleet(file);
  const waves = wavesOf(fleet);
  const has = `It has ${waves.join(", ")}.`;
  if (wave === undefined) {
    const later = waves.filter((one) => one >= from);
    if (later.length === 0) throw new Stop(`${file} has no wave from ${from} on.`, has);
    return { wave: later };
  }
  const targets = targetsOf(fleet, wave);
  if (targets.length === 0) throw new Stop(`${file} has no wave ${wave}.`, has);
  return matrixOf(targets);
}
