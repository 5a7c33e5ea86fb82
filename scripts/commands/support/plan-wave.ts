import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { clearResult, readResult, resultOf, resultPaths, writeResult } from "../../../src/rollout/result";
import { approvedPlan, runCommand } from "./run-step";
import { Stop } from "./stop";

export interface WaveToPlan {
  readonly wave: number;
  readonly fleet: string;
  readonly outDir: string;
  /** Hash of the wave's changes. */
  readonly approved: string;
  /** The result that was reviewed. @default the wave is planned, and has to come out as approved */
  readonly plan?: string;
}

/**
 * Synthesises and plans a wave, and keeps the plan that has the approved hash in its directory: from it each target is
 * told what was approved of it, also after some of the wave has been applied.
 *
 * With the result that was reviewed a target that cannot be planned now fails by itself. Without it nothing says what
 * was approved of the others, so that it stops the wave.
 *
 * @throws Stop if the wave's changes are not those that were approved
 */
export async function planWave(wave: WaveToPlan, directory: string, stop: AbortSignal): Promise<void> {
  const kept = approvedPlan(directory);
  if (wave.plan !== undefined) keepReviewed(wave.plan, kept, wave.wave);
  const known = hashIn(kept) === wave.approved;
  const out = known ? join(directory, "again") : kept;
  const code = await plan(wave, out, directory, stop);
  if (known && code !== 130) return;
  if (code !== 0) throw notPlanned(code, directory);
  const found = hashIn(kept);
  if (found === wave.approved) return;
  throw new Stop(
    `The changes of wave ${wave.wave} are not those that were approved: ${found} instead of ${wave.approved}. Nothing was changed.`,
    `Review ${kept} (at-rest review ${kept}), and have it approved.`,
  );
}

const plan = ({ wave, fleet, outDir }: WaveToPlan, out: string, directory: string, stop: AbortSignal) =>
  runCommand(
    ["plan", "--wave", String(wave), "--fleet", fleet, "--out-dir", outDir, "--out", out],
    join(directory, "plan.log"),
    stop,
  );

function notPlanned(code: number, directory: string): Stop {
  if (code === 130) return new Stop("Interrupted. Nothing was changed.", undefined, 130);
  return new Stop(
    `The wave could not be planned: ${join(directory, "plan.log")} has what Terraform said. Nothing was changed.`,
    "Mend it; or name the result that was reviewed with --plan, so that the other targets can go on.",
  );
}

const hashIn = (directory: string): string | undefined =>
  existsSync(resultPaths(directory).result) ? readResult(directory).hash : undefined;

/** Of a result for the whole fleet the part that is about this wave. Only its hash makes it an approved one. */
function keepReviewed(from: string, to: string, wave: number): void {
  const stacks = readReviewed(from).filter((one) => one.wave === wave);
  clearResult(to);
  for (const { stack } of stacks) {
    const path = resultPaths(from).plan(stack);
    if (existsSync(path)) copyFileSync(path, resultPaths(to).plan(stack));
  }
  writeResult(to, resultOf(stacks));
}

function readReviewed(directory: string) {
  try {
    return readResult(directory).stacks;
  } catch (error) {
    throw new Stop(
      `--plan ${directory} is no result of at-rest plan: ${error instanceof Error ? error.message : error}.`,
      "Name the directory that was reviewed, which has a result.json.",
    );
  }
}
