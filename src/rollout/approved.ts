import { existsSync, readFileSync } from "node:fs";
import { normalise } from "../review/normalise";
import { readPlan } from "../review/terraform-plan";
import type { ApprovedStack } from "./approval";
import { readResult, resultPaths } from "./result";

function changesOf(directory: string, stack: string): Pick<ApprovedStack, "changes"> {
  const path = resultPaths(directory).plan(stack);
  return existsSync(path) ? { changes: normalise(stack, readPlan(readFileSync(path, "utf8"))) } : {};
}

/**
 * What a result directory says was planned. It need not be believed: `judge` counts it only if it has the hash that
 * was approved.
 *
 * @returns nothing where there is no such directory
 */
export function readApproved(directory: string): ApprovedStack[] {
  if (!existsSync(resultPaths(directory).result)) return [];
  return readResult(directory).stacks.flatMap((one) =>
    one.is === "planned"
      ? [{ stack: one.stack, hash: one.hash, empty: one.empty, ...changesOf(directory, one.stack) }]
      : [],
  );
}
