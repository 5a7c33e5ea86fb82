import type { Command } from "commander";
import { matrixOf, targetsOf, wavesOf } from "../../src/rollout/wave";
import { waveOption } from "./support/rollout-options";
import { Stop } from "./support/stop";
import { readFleet } from "./support/work-of-fleet";

interface Options {
  readonly fleet: string;
  readonly wave: number;
}

export function define(command: Command): void {
  command
    .option("--fleet <file>", "the fleet", process.env["FLEET"] ?? "fleet.yaml")
    .addOption(waveOption())
    .addHelpText(
      "after",
      `
Prints JSON that GitHub's strategy.matrix takes as it is: {"include": [{"stack": ..., "account": ..., "region": ...}]}.

Examples:
  at-rest matrix --wave 0
  echo "matrix=$(at-rest matrix --wave 0)" >> "$GITHUB_OUTPUT"`,
    )
    .action(({ fleet: file, wave }: Options) => {
      const fleet = readFleet(file);
      const targets = targetsOf(fleet, wave);
      if (targets.length === 0) throw new Stop(`${file} has no wave ${wave}.`, `It has ${wavesOf(fleet).join(", ")}.`);
      process.stdout.write(`${JSON.stringify(matrixOf(targets))}\n`);
    });
}
