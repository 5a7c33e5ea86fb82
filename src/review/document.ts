import { plainText } from "./phrase";
import { exitCodeOf, type Review } from "./review";
import { policiesOf } from "./rows";

/** The whole review for other programs, with nothing cut. The plans' sensitive values are not in it. */
export const reviewDocument = (review: Review) => ({
  format: 1,
  verdict: review.verdict,
  exitCode: exitCodeOf(review),
  hash: review.hash,
  waves: review.waves,
  counts: { ...review.counts, stacks: review.stacks.length, failed: review.failed, buckets: review.rows.length },
  findings: review.findings.map(({ evidence, ...rest }) => ({ ...rest, evidence: plainText(evidence) })),
  buckets: review.rows.map(({ target, encryption, policy, stageBefore, ...row }) => ({
    stack: target.stackName,
    account: target.account.id,
    region: target.region,
    ...row,
    stageBefore: stageBefore ?? null,
    encryption: plainText(encryption).replaceAll("**", ""),
    policy: plainText(policy).replaceAll("**", ""),
  })),
  owners: review.owners.map(({ stack, bucket, part, noLongerAsked }) => ({
    stack,
    bucket,
    keyIsKnown: part !== null,
    statements: part?.statements.map(({ statement }) => statement) ?? [],
    defaultEncryption: part?.defaultEncryption ?? null,
    noLongerAsked,
  })),
  stacks: review.stacks.map(({ stack, hash, counts, changes, plan }) => ({
    stack,
    hash,
    counts,
    resources: changes.resources,
    outputs: changes.outputs,
    policies: policiesOf(plan),
  })),
});
