import type { AccountUsers, BucketUser, Intent } from "./facts";
import { type Said, unanswered } from "./simulate";

/** What IAM says of a role or user and any object of a bucket. */
export interface PrincipalAnswer {
  readonly reads: boolean;
  readonly writes: boolean;
  /** Condition keys of which nothing is known, where it refuses one of both. */
  readonly hangsOn: readonly string[];
}

/** By the ARN of the role or user, and by bucket. */
export type AccountAnswers = ReadonlyMap<string, ReadonlyMap<string, PrincipalAnswer>>;

/** Actions that are asked about. */
export const useOfObjects = ["s3:GetObject", "s3:PutObject"] as const;

export function principalAnswer(said: Said): PrincipalAnswer {
  const [read, write] = useOfObjects.map((action) => said[action] ?? unanswered);
  const refused = [read, write].flatMap((one) => (one && one.decision !== "allowed" ? one.hangsOn : []));
  return {
    reads: read?.decision === "allowed",
    writes: write?.decision === "allowed",
    hangsOn: [...new Set(refused)].sort(),
  };
}

/**
 * Roles and users of the account whose IAM policies let them read or write any object of the bucket, but for the role
 * that converts. No bucket policy names them, and AWS's own key of S3 lets them in.
 */
export function accountUsers(answers: AccountAnswers, { bucket, roleArn }: Intent): AccountUsers {
  const users: BucketUser[] = [];
  const undecided: { arn: string; hangsOn: readonly string[] }[] = [];
  for (const [arn, byBucket] of answers) {
    const answer = byBucket.get(bucket);
    if (!answer || arn === roleArn) continue;
    if (answer.reads) users.push({ arn, does: "read", from: "IAM" });
    if (answer.writes) users.push({ arn, does: "write", from: "IAM" });
    if (answer.hangsOn.length > 0) undecided.push({ arn, hangsOn: answer.hangsOn });
  }
  return { users, undecided };
}
