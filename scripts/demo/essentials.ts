/** What a reviewer looks for in a plan: which resources change, which encryption and policy statements, and the totals. */
export const planEssentials = (plan: string): string =>
  plan
    .split("\n")
    .filter((line) =>
      /^\s*# aws_|^Plan:|^No changes|^\s*[-+~] "?(?:sse_algorithm|kms_master_key_id|bucket_key_enabled|Sid)\b/.test(
        line,
      ),
    )
    .map((line) => line.replace(/^\s+#/, "#").replace(/^\s+/, "    ").replace(/\s+=/, " ="))
    .join("\n");

/** The totals that Terraform prints when it has applied a plan. */
export const applyEssentials = (apply: string): string => apply.match(/^Apply complete!.*$/m)?.[0] ?? apply;

/** Of preflight's findings the errors, each with what to do about it, and the warnings. */
export const preflightEssentials = (printed: string): string => {
  const lines = printed.trimEnd().split("\n");
  return lines
    .filter((line, index) => /^s3:| {2}(error|warning) /.test(line) || / {2}error /.test(lines[index - 1] ?? ""))
    .join("\n");
};
