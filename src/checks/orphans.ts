import { type Json, type PolicyDocument, statementsOf } from "../fleet/policy";

const uniqueId = /^A(?:RO|ID)A[A-Z0-9]{12,}$/;

/** What S3 shows in place of the ARN of a deleted role (`AROA...`) or user (`AIDA...`). */
export const isUniqueId = (principal: string): boolean => uniqueId.test(principal);

const textsIn = (value: Json | undefined): string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap((one: Json) => textsIn(one)) : [];
};

/**
 * Principals of a policy that were deleted since it was put. S3 keeps the policy and refuses to have it put again.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal".
 */
export const orphansOf = (policy: PolicyDocument | null): string[] =>
  policy === null
    ? []
    : [
        ...new Set(
          statementsOf(policy)
            .flatMap((statement) => [...textsIn(statement["Principal"]), ...textsIn(statement["NotPrincipal"])])
            .filter(isUniqueId),
        ),
      ].sort();
