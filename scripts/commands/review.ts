import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Command } from "commander";
import type { Fleet } from "../../src/fleet/fleet";
import { fleetFile, loadSnapshots } from "../../src/fleet/load";
import { FleetError } from "../../src/fleet/mistakes";
import { comment, headline } from "../../src/review/comment/comment";
import { reviewDocument } from "../../src/review/document";
import { exitCodeOf, review, type StackPlan } from "../../src/review/review";
import { PlanError, readPlan } from "../../src/review/terraform-plan";
import { readResult, resultPaths } from "../../src/rollout/result";
import { ownersPart } from "../../stacks/policies/owners-part";
import { type BaseOptions, readBaseFleet } from "./support/base-fleet";
import { stageRecords } from "./support/stage-records";
import { type ExitCode, Stop } from "./support/stop";
import { say } from "./support/terminal";
import { readFleet } from "./support/work-of-fleet";

interface Options extends BaseOptions {
  readonly fleet: string;
  readonly out?: string;
  readonly json?: boolean;
}

export function define(command: Command): void {
  command
    .argument("[plans...]", "the result directory of at-rest plan, or files <stack>.json of terraform show -json")
    .option("--fleet <file>", "the fleet; snapshots and records are beside it", fleetFile())
    .option("--base-fleet <file>", "the base branch's fleet: says which stages change")
    .option("--base <revision>", "the same, as git has it there, such as origin/main")
    .option("--out <directory>", "write review.md and review.json there")
    .option("--json", "print the JSON, not the comment")
    .addHelpText(
      "after",
      `
Prints one comment in Markdown.

Examples:
  at-rest review
  at-rest review .at-rest/plan --base origin/main --out .at-rest/review
  at-rest review sandbox-eu-west-1.json prod-eu-west-1.json --base-fleet base.yaml`,
    )
    .action((plans: string[], options: Options) => {
      process.exitCode = run(plans.length > 0 ? plans : [join(".at-rest", "plan")], options);
    });
}

function run(paths: readonly string[], options: Options): ExitCode {
  const fleet = readFleet(options.fleet);
  const plans = paths.flatMap(plansAt);
  expectPlans(fleet, paths, plans);
  const today = new Date().toISOString().slice(0, 10);
  const result = review({
    fleet,
    base: readBaseFleet(fleet, options),
    snapshots: snapshotsOf(fleet),
    plans,
    chosen: paths.every((path) => !statSync(path).isDirectory()),
    records: stageRecords(fleet, today),
    partOf: ownersPart,
    today,
  });
  const [text, json] = [comment(result), `${JSON.stringify(reviewDocument(result), null, 2)}\n`];
  if (options.out !== undefined) {
    mkdirSync(options.out, { recursive: true });
    writeFileSync(join(options.out, "review.md"), text);
    writeFileSync(join(options.out, "review.json"), json);
    say(`${join(options.out, "review.md")}: ${headline(result)}`);
  }
  if (options.json) process.stdout.write(json);
  else if (options.out === undefined) process.stdout.write(text);
  return exitCodeOf(result);
}

function snapshotsOf(fleet: Fleet): ReturnType<typeof loadSnapshots> {
  try {
    return loadSnapshots(fleet);
  } catch (error) {
    if (error instanceof FleetError) throw new Stop(error.mistakes);
    throw error;
  }
}

/**
 * A file that is no plan is one that was cut, if it has a stack's name or others are plans. Else somebody has named the
 * wrong place.
 *
 * @throws Stop
 */
function expectPlans({ targets }: Fleet, paths: readonly string[], plans: readonly StackPlan[]): void {
  const stacks = new Set(targets.map(({ stackName }) => stackName));
  if (plans.some((one) => !("unreadable" in one) || stacks.has(one.stack))) return;
  throw new Stop(
    `${paths.join(", ")}: no plan is there, neither a result of at-rest plan nor a file <stack>.json of terraform show -json. Nothing was reviewed.`,
    `Make one: at-rest plan, then at-rest review ${join(".at-rest", "plan")}.`,
  );
}

function plansAt(path: string): StackPlan[] {
  if (!existsSync(path)) throw new Stop(`${path} is not there.`, "Run at-rest plan first.");
  if (!statSync(path).isDirectory()) return [planAt(path, basename(path, ".json"))];
  if (existsSync(resultPaths(path).result)) return resultAt(path);
  const files = readdirSync(path).filter((name) => name.endsWith(".json"));
  return files.sort().map((name) => planAt(join(path, name), basename(name, ".json")));
}

function resultAt(directory: string): StackPlan[] {
  const result = readable(() => readResult(directory));
  return result.stacks.map((one) => {
    if (one.is === "failed") return { stack: one.stack, failed: `terraform ${one.step}: ${one.why}` };
    return { ...planAt(resultPaths(directory).plan(one.stack), one.stack), claimedHash: one.hash };
  });
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Stop(error instanceof Error ? error.message : String(error), "Run at-rest plan again.");
  }
}

/** One that cannot be read is a finding, and hides none of the others. */
function planAt(path: string, stack: string): StackPlan {
  try {
    return { stack, plan: readPlan(readFileSync(path, "utf8")) };
  } catch (error) {
    if (error instanceof PlanError) return { stack, failed: error.message, unreadable: true };
    if (error instanceof Error && "code" in error) return { stack, failed: error.message, unreadable: true };
    throw error;
  }
}
