import type { Statement } from "../../src/fleet/policy";

const accountOf = (arn: string): string => arn.split(":")[4] ?? "";

/** Sorted and without repetitions: the same set gives the same policy. */
export const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();

/**
 * Allows actions to IAM roles and users, one statement for each of their accounts.
 *
 * The principal is the account's root and the ARNs are a condition: KMS and S3 refuse a policy whose principal is a role
 * that has been deleted, and a role of the same name made again is another principal. An ARN of the root is everybody
 * that the account lets in.
 *
 * @param sid the account's id is added
 * @param allows what the statements have besides principal and condition
 */
export function allowToPrincipals(
  sid: string,
  arns: readonly string[],
  allows: Statement,
  condition: Readonly<Record<string, Statement>> = {},
): Statement[] {
  return distinct(arns.map(accountOf)).map((account) => {
    const named = distinct(arns.filter((arn) => accountOf(arn) === account));
    const partition = named[0]?.split(":")[1];
    const everybody = named.some((arn) => arn.endsWith(":root"));
    const conditions = { ...condition, ...(everybody ? {} : { ArnLike: { "aws:PrincipalArn": named } }) };
    return {
      Sid: `${sid}${account}`,
      Effect: "Allow",
      Principal: { AWS: `arn:${partition}:iam::${account}:root` },
      ...allows,
      ...(Object.keys(conditions).length > 0 ? { Condition: conditions } : {}),
    };
  });
}
