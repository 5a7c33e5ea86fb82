import { z } from "zod";
import type { Json } from "../fleet/policy";
import { eitherMark } from "./json";

/** A plan JSON that cannot be judged: of another format, cut, or none at all. */
export class PlanError extends Error {}

/** What Terraform would do to one resource or output. `before` and `after` are null where there is none. */
export interface Change {
  /** A replacement has two. */
  readonly actions: readonly Action[];
  readonly before: Json;
  readonly after: Json;
  /** True, at whatever is known only after the apply; in the shape of `after`. */
  readonly unknown: Json;
  /**
   * True, at whatever must not be shown; in the shapes of `before` and `after`. What is marked on one side is on both,
   * where there are two.
   */
  readonly sensitiveBefore: Json;
  readonly sensitiveAfter: Json;
  /** What is taken into the state: Terraform's own object, such as `{ "id": "acme-uploads" }`. */
  readonly importing?: Json;
}

export interface ResourceChange extends Change {
  readonly address: string;
  /** Where a `moved` block has it from. */
  readonly previousAddress?: string;
  readonly type: string;
  /** A leftover of an earlier replacement, not the resource itself. */
  readonly deposed: boolean;
  /** Why, in Terraform's words, such as `replace_because_cannot_update`. */
  readonly reason?: string;
}

/** What a provider may touch. Null: the plan does not say it as a constant. */
export interface ProviderScope {
  /** `aws`, or `aws.` and an alias. */
  readonly name: string;
  readonly region: string | null;
  readonly allowedAccountIds: readonly string[] | null;
}

/** `terraform show -json` of a plan, as far as it is judged here. */
export interface TerraformPlan {
  /** Terraform stopped in the middle: what follows is not all. */
  readonly errored: boolean;
  /** False where a further plan is needed after this one (deferred changes). */
  readonly complete: boolean;
  readonly resources: readonly ResourceChange[];
  /** What was changed behind Terraform's back since its last apply. */
  readonly drift: readonly ResourceChange[];
  readonly outputs: Readonly<Record<string, Change>>;
  readonly providers: readonly ProviderScope[];
}

/** Of plans in format 1. What else there may be is nothing that guards know, so that a plan with it cannot be judged. */
const actions = ["no-op", "create", "read", "update", "delete", "forget"] as const;
export type Action = (typeof actions)[number];

// Parsed text is JSON whatever it says: only the shape around the values is looked at.
const json = z.custom<Json>((value) => value !== undefined);

const change = z.object({
  actions: z.array(z.enum(actions)).min(1),
  before: json.optional(),
  after: json.optional(),
  after_unknown: json.optional(),
  before_sensitive: json.optional(),
  after_sensitive: json.optional(),
  importing: json.optional(),
});

const resourceChange = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  type: z.string(),
  deposed: z.string().optional(),
  action_reason: z.string().optional(),
  change,
});

/** Since Terraform 1.14: what a provider does besides making resources. */
const invocation = z.object({ address: z.string().default("an action") });

const constant = <T extends z.ZodType>(value: T) =>
  z
    .object({ constant_value: value })
    .catch({} as never)
    .optional();

const plan = z.object({
  format_version: z.string(),
  // A state, which `terraform show -json` prints as well, does not say it.
  applyable: z.boolean("is missing: this is no plan"),
  errored: z.boolean().default(false),
  complete: z.boolean().default(true),
  resource_changes: z.array(resourceChange).default([]),
  resource_drift: z.array(resourceChange).default([]),
  action_invocations: z.array(invocation).default([]),
  deferred_action_invocations: z.array(invocation).default([]),
  output_changes: z.record(z.string(), change).default({}),
  configuration: z
    .object({
      provider_config: z
        .record(
          z.string(),
          z.object({
            expressions: z
              .object({ region: constant(z.string()), allowed_account_ids: constant(z.array(z.string())) })
              .optional(),
          }),
        )
        .default({}),
    })
    .default({ provider_config: {} }),
});

function changeOf(given: z.infer<typeof change>): Change {
  const { before = null, after = null, before_sensitive: hidden = false, after_sensitive: toHide = false } = given;
  const marks = eitherMark(hidden, toHide);
  return {
    actions: given.actions,
    before,
    after,
    unknown: given.after_unknown ?? false,
    sensitiveBefore: before === null ? hidden : marks,
    sensitiveAfter: after === null ? toHide : marks,
    ...(given.importing === undefined || given.importing === null ? {} : { importing: given.importing }),
  };
}

const resourceOf = (given: z.infer<typeof resourceChange>): ResourceChange => ({
  ...changeOf(given.change),
  address: given.address,
  ...(given.previous_address === undefined ? {} : { previousAddress: given.previous_address }),
  type: given.type,
  deposed: given.deposed !== undefined,
  ...(given.action_reason === undefined ? {} : { reason: given.action_reason }),
});

/**
 * Reads what `terraform show -json` printed of a plan.
 *
 * Only major version 1 of the format: Terraform raises it when a reader of this one would misunderstand.
 * https://developer.hashicorp.com/terraform/internals/json-format
 *
 * @throws PlanError
 */
export function parsePlan(document: unknown): TerraformPlan {
  const version =
    typeof document === "object" && document !== null ? Reflect.get(document, "format_version") : undefined;
  if (typeof version !== "string") throw new PlanError("this is no plan of `terraform show -json`");
  if (!/^1\.\d+$/.test(version)) {
    throw new PlanError(`its format is ${JSON.stringify(version)}, and this reads 1.x`);
  }
  const parsed = plan.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PlanError(`${issue?.path.join(".") ?? "it"}: ${issue?.message ?? "is not as Terraform writes it"}`);
  }
  const { data } = parsed;
  const invoked = [...data.action_invocations, ...data.deferred_action_invocations].map(({ address }) => address);
  if (invoked.length > 0) {
    throw new PlanError(`it invokes ${invoked.join(", ")}: the stacks have no actions, and no approval covers them`);
  }
  return {
    errored: data.errored,
    complete: data.complete,
    resources: data.resource_changes.map(resourceOf),
    drift: data.resource_drift.map(resourceOf),
    outputs: Object.fromEntries(Object.entries(data.output_changes).map(([name, given]) => [name, changeOf(given)])),
    providers: Object.entries(data.configuration.provider_config).map(([name, { expressions }]) => ({
      name,
      region: expressions?.region?.constant_value ?? null,
      allowedAccountIds: expressions?.allowed_account_ids?.constant_value ?? null,
    })),
  };
}

/** The same, from its text. What is wrong in the text is not quoted: it may be what nobody should see. @throws PlanError */
export function readPlan(text: string): TerraformPlan {
  return parsePlan(parsedJson(text));
}

/** @throws PlanError */
export function parsedJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    throw new PlanError("it is no JSON, or was cut");
  }
}
