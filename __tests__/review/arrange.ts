import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Fleet } from "../../src/fleet/fleet";
import type { BucketSnapshot } from "../../src/fleet/snapshot";
import type { StageRecords } from "../../src/review/guards/stages";
import { type Review, type ReviewRequest, review } from "../../src/review/review";
import { parsePlan } from "../../src/review/terraform-plan";
import { ownersPart } from "../../stacks/policies/owners-part";
import { fleetAt, type Stages, stack } from "./fleets";

/** As much of a plan's JSON as tests change. */
export interface PlanDocument {
  format_version: string;
  complete?: boolean;
  errored?: boolean;
  resource_changes: ResourceDocument[];
  resource_drift: ResourceDocument[];
  output_changes: Record<string, Omit<ChangeDocument, "before" | "after"> & { before: unknown; after: unknown }>;
  configuration: { provider_config: Record<string, { expressions: Record<string, { constant_value: unknown }> }> };
}

/** Of a resource its attributes; those of tests that are reached into are policies. */
export type Attributes = { readonly [name: string]: unknown; readonly policy?: string };

export interface ChangeDocument {
  actions: string[];
  before: Attributes | null;
  after: Attributes | null;
  after_unknown?: unknown;
  before_sensitive?: unknown;
  after_sensitive?: unknown;
  importing?: { id: string };
}

export interface ResourceDocument {
  address: string;
  type: string;
  name: string;
  deposed?: string;
  previous_address?: string;
  change: ChangeDocument;
}

/** A plan that the real Terraform has made; make-plans.ts says how. */
export const planText = (name: string): string => readFileSync(join(__dirname, "plans", `${name}.json`), "utf8");

export const planDocument = (name: string): PlanDocument => JSON.parse(planText(name));

export function resource(document: PlanDocument, address: string): ResourceDocument {
  const found = document.resource_changes.find((one) => one.address === address);
  if (!found) throw new Error(`no ${address} in the plan`);
  return found;
}

export const key = "aws_kms_key.at_rest";
export const legacyPolicy = "aws_s3_bucket_policy.bucket_acme-uploads";
export const legacyEncryption = "aws_s3_bucket_server_side_encryption_configuration.bucket_acme-uploads";

export const everythingCovered: StageRecords = { preflight: () => [], audit: () => [] };

export interface Situation {
  readonly now: Stages;
  readonly before?: Stages | null;
  /** More that the fleet says of acme-uploads. */
  readonly more?: string;
  readonly records?: StageRecords;
  readonly snapshots?: ReadonlyMap<string, BucketSnapshot>;
}

export const baseOf = (before: Stages | null | undefined): Fleet | null => (before ? fleetAt(before) : null);

/** Reviews one stack's plan. */
export function reviewOf(
  document: PlanDocument,
  { now, before = now, more, records = everythingCovered, snapshots = new Map() }: Situation,
  rest: Partial<Pick<ReviewRequest, "fleet" | "base" | "plans" | "chosen" | "today">> = {},
): Review {
  return review({
    fleet: fleetAt(now, more),
    base: baseOf(before),
    snapshots,
    plans: [{ stack, plan: parsePlan(JSON.parse(JSON.stringify(document))) }],
    records,
    partOf: ownersPart,
    today: "2026-11-27",
    ...rest,
  });
}

/** What a review found, as `level id`, each once. */
export const found = ({ findings }: Review): string[] => [
  ...new Set(findings.map(({ level, id }) => `${level} ${id}`)),
];

export const encrypting: Situation = {
  now: { uploads: "encrypt", reports: "prepare" },
  before: { uploads: "prepare", reports: "prepare" },
};
export const enforcing: Situation = {
  now: { uploads: "enforce", reports: "prepare" },
  before: { uploads: "encrypt", reports: "prepare" },
};
export const settled: Situation = { now: { uploads: "enforce", reports: "prepare" } };
