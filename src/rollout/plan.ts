import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { atOnce } from "../checks/at-once";
import type { Target } from "../fleet/fleet";
import type { Json } from "../fleet/policy";
import { isEmpty, type NormalisedPlan, normalise, planHash } from "../review/normalise";
import { redacted } from "../review/redact";
import { PlanError, parsedJson, parsePlan, type TerraformPlan } from "../review/terraform-plan";
import { protectPlanFile, resultPaths, type StackLine, writePlan } from "./result";
import { reasonOf, type Terraform } from "./terraform";

export type Step = "synth" | "init" | "plan" | "show" | "apply";

/** A stack that went no further than a step. */
export interface Failed {
  readonly target: Target;
  readonly is: "failed";
  readonly step: Step;
  readonly why: string;
}

export interface Planned {
  readonly target: Target;
  readonly is: "planned";
  readonly plan: TerraformPlan;
  readonly changes: NormalisedPlan;
  readonly hash: string;
  /** Nothing would change: there is nothing to approve or to apply. */
  readonly empty: boolean;
  /** Terraform's own plan, absolute. It holds the state, so it is for this machine only. */
  readonly planFile: string;
}

export interface PlanRequest {
  readonly targets: readonly Target[];
  /** Where the fleet was synthesised. */
  readonly synthesised: string;
  /** Where the plans go. @see resultPaths */
  readonly out: string;
  /** Stacks at the same time; each takes a process of the AWS provider, with several hundred MB. */
  readonly parallelism: number;
  /** False for whoever may not write the state's lock, as in a pull request. */
  readonly lock: boolean;
  readonly terraform: Terraform;
  /** Called as each stack is through, in whatever order. */
  readonly told?: (result: Planned | Failed) => void;
}

export const stackDirectory = (synthesised: string, { stackName }: Target): string =>
  join(synthesised, "stacks", stackName);

const failed = (target: Target, step: Step, why: string): Failed => ({ target, is: "failed", step, why });

/** Nothing if it went well. */
async function initialise({ synthesised, terraform }: PlanRequest, target: Target): Promise<Failed | undefined> {
  const directory = stackDirectory(synthesised, target);
  if (!existsSync(directory)) return failed(target, "synth", `${directory} is not there: it was not synthesised`);
  const run = await terraform(directory, ["init", "-input=false", "-no-color"]);
  return run.exitCode === 0 ? undefined : failed(target, "init", reasonOf(run));
}

async function planOne(request: PlanRequest, target: Target): Promise<Planned | Failed> {
  const { synthesised, out, lock, terraform } = request;
  const directory = stackDirectory(synthesised, target);
  const planFile = resolve(resultPaths(out).planFile(target.stackName));
  const parameters = ["plan", "-input=false", "-no-color", `-lock=${lock}`, `-out=${planFile}`];
  const run = await terraform(directory, parameters);
  if (run.exitCode !== 0) return failed(target, "plan", reasonOf(run));
  protectPlanFile(planFile);
  const show = await terraform(directory, ["show", "-json", planFile]);
  if (show.exitCode !== 0) return failed(target, "show", reasonOf(show));
  return understood(request, target, planFile, show.stdout);
}

function understood({ out }: PlanRequest, target: Target, planFile: string, shown: string): Planned | Failed {
  try {
    const document: Json = redacted(parsedJson(shown));
    // What is hashed is what the review gets to see, and nothing else.
    const plan = parsePlan(document);
    writePlan(out, target.stackName, document);
    const changes = normalise(target.stackName, plan);
    return { target, is: "planned", plan, changes, hash: planHash(changes), empty: isEmpty(changes), planFile };
  } catch (error) {
    if (error instanceof PlanError) return failed(target, "show", error.message);
    throw error;
  }
}

/**
 * Plans every target's stack. One that fails hides none of the others.
 *
 * `terraform init` goes one after the other, since several at once spoil a shared plugin cache:
 * https://github.com/hashicorp/terraform/issues/31964
 */
export async function planStacks(request: PlanRequest): Promise<(Planned | Failed)[]> {
  const { targets, parallelism, told } = request;
  const lost = new Map<Target, Failed>();
  for (const target of targets) {
    const failure = await initialise(request, target);
    if (failure) lost.set(target, failure);
  }
  return await atOnce(parallelism, targets, async (target) => {
    const result = lost.get(target) ?? (await planOne(request, target));
    told?.(result);
    return result;
  });
}

/** As it is written down, and printed for other programs. */
export function lineOf(result: Planned | Failed): StackLine {
  const { stackName: stack, account } = result.target;
  const where = { stack, wave: account.wave };
  return result.is === "planned"
    ? { ...where, is: "planned", hash: result.hash, empty: result.empty }
    : { ...where, is: "failed", step: result.step, why: result.why };
}
