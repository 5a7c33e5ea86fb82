import type { Fleet, Stage, Target } from "../fleet/fleet";
import type { BucketSnapshot } from "../fleet/snapshot";
import { type Drift, driftOf } from "./drift";
import { type Finding, finding, sorted } from "./finding";
import { guards } from "./guards";
import { destroys, replaces } from "./guards/guard";
import { bucketsOf, type StageRecords, stageFindings } from "./guards/stages";
import { compareText } from "./json";
import { combinedHash, isEmpty, type NormalisedPlan, normalise, planHash } from "./normalise";
import { type OwnersChange, ownersChanges, type PartOf } from "./owners";
import { phrase } from "./phrase";
import { ownKey, type Row, rowsOf } from "./rows";
import type { TerraformPlan } from "./terraform-plan";
import { waive } from "./waive";

/** What became of a stack: its plan, or why there is none. */
export type StackPlan = { readonly stack: string } & (
  | {
      readonly plan: TerraformPlan;
      /** What whoever planned says that the hash is. */
      readonly claimedHash?: string;
    }
  | { readonly failed: string; readonly unreadable?: boolean }
);

export interface ReviewRequest {
  readonly fleet: Fleet;
  /** The base branch's. Null: it has none. Undefined: not given, so that stages cannot be compared. */
  readonly base: Fleet | null | undefined;
  readonly snapshots: ReadonlyMap<string, BucketSnapshot>;
  readonly plans: readonly StackPlan[];
  /** Somebody chose these plans: then it is nothing that other stacks have none. @default false */
  readonly chosen?: boolean;
  readonly records: StageRecords;
  /** What is left to a bucket's other owners. */
  readonly partOf: PartOf;
  /** `YYYY-MM-DD`, in UTC. */
  readonly today: string;
}

/** Resources by what happens to them. */
export interface Counts {
  readonly create: number;
  readonly update: number;
  readonly destroy: number;
  readonly replace: number;
  readonly import: number;
  readonly forget: number;
  readonly drift: number;
}

export interface ReviewedStack {
  readonly stack: string;
  readonly target: Target;
  readonly plan: TerraformPlan;
  readonly changes: NormalisedPlan;
  readonly hash: string;
  readonly empty: boolean;
  readonly drift: readonly Drift[];
  readonly counts: Counts;
}

export type Verdict = "nothing to do" | "safe" | "look" | "refused";

export interface Review {
  readonly verdict: Verdict;
  /** Of all stacks, as `at-rest apply --approved` takes it. */
  readonly hash: string;
  readonly waves: readonly { readonly wave: number; readonly hash: string }[];
  readonly stacks: readonly ReviewedStack[];
  readonly rows: readonly Row[];
  readonly findings: readonly Finding[];
  readonly owners: readonly OwnersChange[];
  readonly counts: Counts;
  /** Stacks without a plan that can be read. */
  readonly failed: number;
}

function countsOf(plan: TerraformPlan, drift: readonly Drift[]): Counts {
  const count = (is: (change: TerraformPlan["resources"][number]) => boolean) => plan.resources.filter(is).length;
  return {
    create: count(({ actions }) => actions.join() === "create"),
    update: count(({ actions }) => actions.join() === "update"),
    destroy: count((change) => destroys(change) && !replaces(change)),
    replace: count(replaces),
    import: count(({ importing }) => importing !== undefined),
    forget: count(({ actions }) => actions.includes("forget")),
    drift: drift.length,
  };
}

const sumOf = (all: readonly Counts[]): Counts => {
  const sum = (name: keyof Counts) => all.reduce((total, counts) => total + counts[name], 0);
  return {
    create: sum("create"),
    update: sum("update"),
    destroy: sum("destroy"),
    replace: sum("replace"),
    import: sum("import"),
    forget: sum("forget"),
    drift: sum("drift"),
  };
};

function reviewedStack(target: Target, plan: TerraformPlan): ReviewedStack {
  const changes = normalise(target.stackName, plan);
  const drift = driftOf(plan);
  return {
    stack: target.stackName,
    target,
    plan,
    changes,
    hash: planHash(changes),
    empty: isEmpty(changes),
    drift,
    counts: countsOf(plan, drift),
  };
}

/** What is wrong with the plans themselves, before anybody looks into them. */
function planFindings(
  { fleet, plans, chosen = false }: ReviewRequest,
  stacks: ReadonlyMap<string, ReviewedStack>,
): Finding[] {
  const known = new Set(fleet.targets.map(({ stackName }) => stackName));
  const planned = new Set(plans.map(({ stack }) => stack));
  const of = (one: StackPlan): Finding[] => {
    const where = { stack: one.stack };
    if (!known.has(one.stack)) return [finding("stack-not-in-fleet", where, phrase`the fleet has no such stack`)];
    if ("failed" in one) {
      return [finding(one.unreadable ? "plan-unreadable" : "plan-failed", where, phrase`${one.failed}`)];
    }
    const hash = stacks.get(one.stack)?.hash ?? "";
    const { errored, complete } = one.plan;
    return [
      ...(one.claimedHash !== undefined && one.claimedHash !== hash
        ? [finding("plan-unreadable", where, phrase`it was said to have the hash ${one.claimedHash}, and has ${hash}`)]
        : []),
      ...(errored ? [finding("plan-incomplete", where, phrase`Terraform met an error while planning`)] : []),
      ...(complete || errored
        ? []
        : [finding("plan-incomplete", where, phrase`Terraform put changes off to a later plan`)]),
    ];
  };
  const twice = plans.filter(({ stack }, index) => plans.findIndex((other) => other.stack === stack) < index);
  const missing = chosen ? [] : [...known].filter((stack) => !planned.has(stack));
  return [
    ...plans.flatMap(of),
    ...twice.map(({ stack }) => finding("plan-unreadable", { stack }, phrase`there are two plans of it`)),
    ...missing.map((stack) => finding("stack-not-planned", { stack }, phrase`no plan of it was given`)),
  ];
}

type KeyArnOf = (target: Target) => string | undefined;

function stagesOf({ fleet, base, records }: ReviewRequest, keyArnOf: KeyArnOf): Finding[] {
  if (base === undefined) {
    return [finding("stages-not-compared", { stack: "" }, phrase`no fleet of the base branch was given`)];
  }
  return stageFindings(fleet, base, records, keyArnOf);
}

function verdictOf(findings: readonly Finding[], stacks: readonly ReviewedStack[], rows: readonly Row[]): Verdict {
  const open = findings.filter(({ accepted }) => accepted === undefined);
  if (open.some(({ level }) => level === "error")) return "refused";
  if (open.some(({ level }) => level === "warning")) return "look";
  return stacks.every(({ empty }) => empty) && !rows.some(({ changes }) => changes) ? "nothing to do" : "safe";
}

function wavesOf(stacks: readonly ReviewedStack[]): Review["waves"] {
  const waves = [...new Set(stacks.map(({ target }) => target.account.wave))].sort((a, b) => a - b);
  return waves.map((wave) => ({
    wave,
    hash: combinedHash(stacks.filter(({ target }) => target.account.wave === wave)),
  }));
}

/** Judges the plans of a fleet. Pure; nothing in the result depends on their order. */
export function review(request: ReviewRequest): Review {
  const { fleet, base, snapshots } = request;
  const targets = new Map(fleet.targets.map((target) => [target.stackName, target]));
  const stacks = request.plans
    .flatMap((one) => {
      const target = targets.get(one.stack);
      return target && "plan" in one ? [reviewedStack(target, one.plan)] : [];
    })
    .sort((a, b) => compareText(a.stack, b.stack));
  const before = base ? bucketsOf(base) : undefined;
  const stageBefore = (name: string): Stage | null | undefined =>
    base === undefined ? undefined : (before?.get(name)?.bucket.stage ?? null);

  const byName = new Map(stacks.map((one) => [one.stack, one]));
  const keyArnOf = ({ stackName }: Target) => {
    const plan = byName.get(stackName)?.plan;
    return plan && ownKey(plan).arn;
  };
  const found = [
    ...planFindings(request, byName),
    ...stacks.flatMap(({ target, plan, drift }) =>
      guards.flatMap((guard) => guard({ target, plan, drift, snapshots })),
    ),
    ...stagesOf(request, keyArnOf),
  ];
  const findings = sorted(waive(found, fleet, request.today));
  const rows = stacks.flatMap(({ target, plan }) => rowsOf(target, plan, ({ name }) => stageBefore(name)));
  return {
    verdict: verdictOf(findings, stacks, rows),
    hash: combinedHash(stacks),
    waves: wavesOf(stacks),
    stacks,
    rows,
    findings,
    owners: ownersChanges(
      stacks.map(({ target }) => target),
      base,
      request.partOf,
      keyArnOf,
    ),
    counts: sumOf(stacks.map(({ counts }) => counts)),
    failed: request.plans.filter((one) => "failed" in one).length,
  };
}

/** 1 where an error is not accepted: then the pull request must not be merged. */
export const exitCodeOf = ({ verdict }: Review): 0 | 1 => (verdict === "refused" ? 1 : 0);
