import type { EncryptionTarget } from "../../fleet/fleet";
import { bucketArn } from "../../fleet/names";
import type { PolicyDocument } from "../../fleet/policy";
import type { Intent } from "./facts";
import { accountOf, evaluatePolicy, type PolicyAnswer, type Principal } from "./policy/evaluate";

/** How KMS names S3 when S3 calls it for somebody. */
export const s3Service = (partition: string, region: string): string =>
  `s3.${region}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}`;

const bucketKeyOf = (target: EncryptionTarget): boolean => target.algorithm === "aws:kms" && target.bucketKey;

/**
 * What KMS knows of a request that S3 makes for somebody. With a bucket key the encryption context is the bucket's ARN,
 * without one each object's, of which there is no single one.
 *
 * Source: Amazon S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys".
 */
export function throughS3({ bucket, partition, region, account, target }: Intent, principal: Principal) {
  const context = new Map<string, string | null>([
    ["kms:viaservice", s3Service(partition, region)],
    ["kms:grantisforawsresource", null],
  ]);
  if (bucketKeyOf(target)) context.set("kms:encryptioncontext:aws:s3:arn", bucketArn(partition, bucket));
  if (principal.is === "iam") {
    context.set("kms:calleraccount", accountOf(principal.arn));
    context.set("aws:principalaccount", accountOf(principal.arn));
    // The root stands for whoever of its account the policy lets in: none of them has its ARN.
    if (!principal.arn.endsWith(":root") && !principal.arn.includes("*"))
      context.set("aws:principalarn", principal.arn);
    context.set("aws:principalisawsservice", "false");
  }
  if (principal.is === "service") {
    context.set("aws:sourceaccount", account);
    context.set("aws:principalisawsservice", "true");
  }
  return context;
}

/** What the target key's policy says of somebody who comes through S3. The worst of several actions. */
export function keyPolicyAnswer(
  policy: PolicyDocument,
  keyArn: string,
  intent: Intent,
  principal: Principal,
  actions: readonly string[],
): PolicyAnswer & { readonly action: string } {
  const order = ["denied", "silent", "undecided", "delegated", "allowed"];
  const answers = actions.map((action) => {
    const context = throughS3(intent, principal);
    return { action, ...evaluatePolicy(policy, { principal, action, resource: keyArn, context }) };
  });
  return answers.reduce((worst, one) => (order.indexOf(one.is) < order.indexOf(worst.is) ? one : worst));
}
