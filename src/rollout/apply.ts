import { atOnce } from "../checks/at-once";
import type { Target } from "../fleet/fleet";
import { type Failed, type Planned, stackDirectory } from "./plan";
import { reasonOf, type Terraform } from "./terraform";

/** A stack that is as its plan says. */
export interface Applied {
  readonly target: Target;
  /** `unchanged`: there was nothing to apply. */
  readonly is: "applied" | "unchanged";
}

export interface ApplyRequest {
  /** Approved, every one of them. */
  readonly plans: readonly Planned[];
  readonly synthesised: string;
  readonly parallelism: number;
  readonly terraform: Terraform;
  readonly told?: (result: Applied | Failed) => void;
}

async function applyOne({ synthesised, terraform }: ApplyRequest, planned: Planned): Promise<Applied | Failed> {
  const { target, empty, planFile } = planned;
  if (empty) return { target, is: "unchanged" };
  const run = await terraform(stackDirectory(synthesised, target), ["apply", "-input=false", "-no-color", planFile]);
  if (run.exitCode === 0) return { target, is: "applied" };
  return { target, is: "failed", step: "apply", why: reasonOf(run) };
}

/**
 * Applies saved plans, so many at a time. One that fails stops none of the others; what it has done already stays done,
 * and a new plan says what is left.
 *
 * Terraform itself refuses a saved plan whose state has changed since.
 */
export const applyStacks = (request: ApplyRequest): Promise<(Applied | Failed)[]> =>
  atOnce(request.parallelism, request.plans, async (planned) => {
    const result = await applyOne(request, planned);
    request.told?.(result);
    return result;
  });
