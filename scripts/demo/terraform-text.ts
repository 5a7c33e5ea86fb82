/** What a reviewer looks for in a plan: which resources change, which values do, and the totals. */
export const planEssentials = (plan: string): string =>
  plan
    .split("\n")
    .filter((line) =>
      /^\s*# \S|^Plan:|^No changes|^\s*~ (?:sse_algorithm|kms_master_key_id|bucket_key_enabled)\b/.test(line),
    )
    .map((line) => line.replace(/^\s+/, (space) => space.slice(Math.min(2, space.length))))
    .join("\n");

/** The totals that Terraform prints when it has applied a plan. */
export const applyEssentials = (apply: string): string => apply.match(/^Apply complete!.*$/m)?.[0] ?? apply;
