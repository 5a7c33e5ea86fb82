import { join } from "node:path";
import type { Command } from "commander";
import type { Fleet, Target } from "../../src/fleet/fleet";
import { parseStackOutputs, type StackOutputs } from "../../src/fleet/outputs";
import { combinedHash } from "../../src/review/normalise";
import { type Applied, applyStacks } from "../../src/rollout/apply";
import { type ApprovedStack, approvedAmong, judge, type Unapproved } from "../../src/rollout/approval";
import { readApproved } from "../../src/rollout/approved";
import type { Failed, Planned } from "../../src/rollout/plan";
import { type Terraform, terraform } from "../../src/rollout/terraform";
import { outputs } from "./outputs";
import { lookAtSnapshots, tellSnapshot } from "./snapshot";
import { addStackOptions, inTurn, planAnew, type StackOptions, selectTargets, tellFailure } from "./support/stacks";
import { type ExitCode, Stop } from "./support/stop";
import { say, sayError, stopOnSignals } from "./support/terminal";
import { watched } from "./support/watched-terraform";
import { readFleet } from "./support/work-of-fleet";

interface Options extends StackOptions {
  readonly approved: string;
  readonly plan: string;
  readonly endpointUrl?: string;
}

export function define(command: Command): void {
  command
    .optionsGroup("What:")
    .requiredOption("--approved <hash>", "the changes that were approved, as at-rest plan and review name them")
    .option("--plan <directory>", "the result that was approved, to show what differs", join(".at-rest", "plan"));
  addStackOptions(command, join(".at-rest", "apply"))
    .optionsGroup("How:")
    .option("--endpoint-url <url>", "S3 at another place than AWS, for the snapshots")
    .addHelpText(
      "after",
      `
Plans again, compares the snapshots with what is live, and applies the fresh plans only if they are what was approved.
A stack that has been applied already is no difference.

Examples:
  at-rest apply --approved 3f1c...
  at-rest apply --approved 3f1c... --wave 0 --parallelism 8`,
    )
    .action(async (options: Options) => {
      process.exitCode = await apply(options);
    });
}

async function apply(options: Options): Promise<ExitCode> {
  if (!/^[0-9a-f]{64}$/.test(options.approved)) {
    throw new Stop(
      "--approved is no hash of changes: 64 hexadecimal digits.",
      "at-rest plan and at-rest review print it.",
    );
  }
  const fleet = readFleet(options.fleet);
  const targets = selectTargets(fleet, options);
  const stop = stopOnSignals();
  const run = watched(terraform({ environment: process.env, signal: stop }));
  return await inTurn(options, async () => {
    const plans = await approvedPlans(fleet, targets, options, run, stop).catch((error: unknown) => {
      if (options.json && error instanceof Refusal) printed(error.stacks, error.exitCode);
      throw error;
    });
    const results = await applyStacks({
      plans,
      synthesised: options.outDir,
      parallelism: options.parallelism,
      terraform: run,
      told: tell,
    });
    const exitCode = readOutputs(results, options);
    if (options.json) printed(results.map(documentOf), exitCode);
    return stop.aborted ? 130 : exitCode;
  });
}

/** Nothing was applied; what stood in the way, stack by stack. */
class Refusal extends Stop {
  constructor(
    message: string,
    remedy: string,
    readonly stacks: readonly object[],
  ) {
    super(message, remedy);
  }
}

const printed = (stacks: readonly object[], exitCode: ExitCode): void => {
  process.stdout.write(`${JSON.stringify({ command: "apply", stacks, exitCode })}\n`);
};

/** Fresh plans, every one of them what was approved. @throws Stop otherwise */
async function approvedPlans(
  fleet: Fleet,
  targets: readonly Target[],
  options: Options,
  run: Terraform,
  stop: AbortSignal,
): Promise<Planned[]> {
  // Before the new plans go where the approved ones may be.
  const seen = approvedIn(options.plan);
  const results = await planAnew(options, { targets, lock: true, terraform: run });
  if (stop.aborted) throw new Stop("Interrupted. Nothing was applied.", undefined, 130);
  const failures = results.filter((one) => one.is === "failed");
  for (const failure of failures) tellFailure(failure);
  if (failures.length > 0) {
    throw new Refusal(
      `${failures.length} of ${results.length} stacks could not be planned. Nothing was applied.`,
      "Mend them, or name the others with --stack.",
      failures.map(documentOf),
    );
  }
  const plans = results.filter((one) => one.is === "planned");
  await checkSnapshots(fleet, plans, options);
  const unapproved = judge(options.approved, plans, seen);
  if (unapproved.length > 0) {
    if (seen.length > 0 && !approvedAmong(options.approved, plans, seen))
      say(`${options.plan} is not what was approved: its changes are ${combinedHash(seen)}.`);
    refuse(unapproved, plans.length);
  }
  return plans;
}

/** Without it only the hash of all stacks together can be compared, and no difference be shown. */
function approvedIn(directory: string): ApprovedStack[] {
  try {
    return readApproved(directory);
  } catch (error) {
    say(`${directory} is left out of account: ${error instanceof Error ? error.message : error}`);
    return [];
  }
}

function refuse(unapproved: readonly Unapproved[], count: number): never {
  for (const { stack, difference } of unapproved) {
    say(`${stack}: not what was approved (-) but this (+):`);
    for (const line of difference) say(`  ${line}`);
  }
  throw new Refusal(
    `The changes of ${unapproved.length} of ${count} stacks are not those that were approved. Nothing was applied.`,
    "Run at-rest plan and at-rest review again, and have them approved.",
    unapproved.map((one) => ({ ...one, is: "not approved" })),
  );
}

/** What is live has to be what the plan was made from, where the plan keeps it. */
async function checkSnapshots(fleet: Fleet, plans: readonly Planned[], options: Options): Promise<void> {
  const planOf = new Map(plans.map((one) => [one.target.stackName, one]));
  const outcomes = await lookAtSnapshots(fleet, {
    check: true,
    assumeRole: true,
    ...(options.endpointUrl === undefined ? {} : { endpointUrl: options.endpointUrl }),
    wanted: (bucket, { stackName }) =>
      planOf.has(stackName) && (bucket.stage === "encrypt" || bucket.stage === "enforce") && !bucket.newBucket,
    outputsOf: ({ stackName }) => outputsBefore(planOf.get(stackName)),
  });
  const wrong = outcomes.filter(({ is }) => is !== "as live");
  for (const outcome of wrong) tellSnapshot(outcome);
  if (wrong.length === 0) return;
  throw new Refusal(
    `${wrong.length} of ${outcomes.length} buckets are not as their snapshots. Nothing was applied.`,
    "Run at-rest snapshot, commit what it writes, and plan again.",
    wrong.map((one) => ({ ...one, is: `snapshot ${one.is}` })),
  );
}

/** What the last apply answered, which the plan knows: a checkout of the pipeline has no outputs/ yet. */
function outputsBefore(planned: Planned | undefined): StackOutputs | undefined {
  const before = planned?.plan.outputs["at_rest"]?.before;
  return before === undefined || before === null ? undefined : parseStackOutputs(before);
}

/** 1 where a stack failed, or does not answer as the fleet asks. */
function readOutputs(results: readonly (Applied | Failed)[], options: Options): ExitCode {
  const done = results.filter(({ is }) => is !== "failed").map(({ target }) => target.stackName);
  try {
    if (done.length > 0) outputs(done, { fleet: options.fleet, outDir: options.outDir });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    sayError(error);
    return 1;
  }
  return done.length < results.length ? 1 : 0;
}

function tell(result: Applied | Failed): void {
  if (result.is === "failed") tellFailure(result);
  else say(`${result.target.stackName}: ${result.is === "applied" ? "applied" : "nothing to apply"}`);
}

const documentOf = (result: Applied | Failed) => {
  const { target, ...rest } = result;
  return { stack: target.stackName, ...rest };
};
