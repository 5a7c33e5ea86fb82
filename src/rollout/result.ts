import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Json } from "../fleet/policy";
import { combinedHash } from "../review/normalise";

/** What became of a stack, as it is written down: no plan is in it. */
export type StackLine = { readonly stack: string; readonly wave: number } & (
  | { readonly is: "planned"; readonly hash: string; readonly empty: boolean }
  | { readonly is: "failed"; readonly step: string; readonly why: string }
);

export interface PlanResult {
  readonly format: 1;
  /** Of the stacks that could be planned: what `at-rest apply --approved` takes. */
  readonly hash: string;
  readonly waves: Readonly<Record<string, string>>;
  readonly stacks: readonly StackLine[];
}

// It names files, and a result may come from a pull request.
const stackName = z.string().regex(/^[a-z0-9-]+$/);

const planned = z.object({
  stack: stackName,
  wave: z.number(),
  is: z.literal("planned"),
  hash: z.string(),
  empty: z.boolean(),
});
const failed = z.object({
  stack: stackName,
  wave: z.number(),
  is: z.literal("failed"),
  step: z.string(),
  why: z.string(),
});
const schema = z.object({
  format: z.literal(1),
  hash: z.string(),
  waves: z.record(z.string(), z.string()),
  stacks: z.array(z.discriminatedUnion("is", [planned, failed])),
});

/**
 * A directory of plans.
 *
 * | path                   | what                                      | for whom                     |
 * |------------------------|-------------------------------------------|------------------------------|
 * | result.json            | hashes, and what failed                   | everybody                    |
 * | plans/<stack>.json     | what changes, without sensitive values    | the review; an artifact      |
 * | private/<stack>.tfplan | Terraform's plan, which holds the state   | the apply; nobody else: 0600 |
 */
export const resultPaths = (directory: string) => ({
  result: join(directory, "result.json"),
  plan: (stack: string) => join(directory, "plans", `${stack}.json`),
  planFile: (stack: string) => join(directory, "private", `${stack}.tfplan`),
});

/** A directory with something of somebody else in it. */
export class NoResultDirectory extends Error {}

/**
 * Makes room for new plans: none of an earlier run stays behind.
 *
 * @throws NoResultDirectory rather than to delete what somebody else has put there
 */
export function clearResult(directory: string): void {
  const own = ["plans", "private"].map((name) => join(directory, name));
  if (!existsSync(resultPaths(directory).result) && own.some((path) => existsSync(path))) {
    throw new NoResultDirectory(
      `${own.join(" or ")} is there, and not from a run of this tool: there is no result.json`,
    );
  }
  for (const path of own) rmSync(path, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  // Before the rest, so that a run that is killed leaves a directory that the next one knows.
  writeResult(directory, resultOf([]));
  mkdirSync(join(directory, "plans"));
  mkdirSync(join(directory, "private"), { mode: 0o700 });
}

export const protectPlanFile = (path: string): void => chmodSync(path, 0o600);

export const writePlan = (directory: string, stack: string, redacted: Json): void =>
  writeFileSync(resultPaths(directory).plan(stack), `${JSON.stringify(redacted, null, 1)}\n`);

export function resultOf(stacks: readonly StackLine[]): PlanResult {
  const waves = [...new Set(stacks.map(({ wave }) => wave))].sort((a, b) => a - b);
  const hashOf = (some: readonly StackLine[]) =>
    combinedHash(some.flatMap((one) => (one.is === "planned" ? [one] : [])));
  return {
    format: 1,
    hash: hashOf(stacks),
    waves: Object.fromEntries(waves.map((wave) => [wave, hashOf(stacks.filter((one) => one.wave === wave))])),
    stacks,
  };
}

export const writeResult = (directory: string, result: PlanResult): void =>
  writeFileSync(resultPaths(directory).result, `${JSON.stringify(result, null, 2)}\n`);

/** @throws Error where it is not there, or not one */
export function readResult(directory: string): PlanResult {
  const path = resultPaths(directory).result;
  const parsed = schema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success) throw new Error(`${path} is not as at-rest plan writes it`);
  return parsed.data;
}
