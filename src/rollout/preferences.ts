/**
 * How a wave is rolled out, in the words of CloudFormation StackSets.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
 */
export interface OperationPreferences {
  /** Targets of one Region that may fail; one more stops the rollout. */
  readonly failureTolerance: CountOrPercentage;
  /** Targets of one Region that are at work at the same time. */
  readonly maxConcurrent: CountOrPercentage;
  /** `STRICT_FAILURE_TOLERANCE` never has more at work than could fail: `failureTolerance` + 1, less those that failed. */
  readonly concurrencyMode: "STRICT_FAILURE_TOLERANCE" | "SOFT_FAILURE_TOLERANCE";
  readonly regionConcurrencyType: "SEQUENTIAL" | "PARALLEL";
  /** Regions that come first, in this order; those that it leaves out follow in the fleet's order. */
  readonly regionOrder: readonly string[];
}

export type CountOrPercentage = { readonly count: number } | { readonly percentage: number };

/** Percentages are rounded down, as StackSets does. */
export const countOf = (of: CountOrPercentage, total: number): number =>
  "count" in of ? of.count : Math.floor((of.percentage * total) / 100);

/** StackSets' own defaults: one target after the other, and the first failure stops it. */
export const defaultPreferences: OperationPreferences = {
  failureTolerance: { count: 0 },
  maxConcurrent: { count: 1 },
  concurrencyMode: "STRICT_FAILURE_TOLERANCE",
  regionConcurrencyType: "SEQUENTIAL",
  regionOrder: [],
};
