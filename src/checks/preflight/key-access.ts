import type { EncryptionTarget } from "../../fleet/fleet";
import { bucketArn } from "../../fleet/names";
import type { PolicyDocument } from "../../fleet/policy";
import type { Intent } from "./facts";
import { accountOf, evaluatePolicy, type PolicyAnswer, type Principal } from "./policy/evaluate";

/**
 * What `kms:ViaService` may be when S3 calls KMS for somebody. China's endpoints end with `amazonaws.com.cn`; whether the
 * service's name in this key does is on no page that we have found, so both may be.
 *
 * Source: AWS KMS Developer Guide, "kms:ViaService"; "Endpoints and ARNs for Amazon Web Services in China".
 */
export function s3Services(partition: string, region: string): readonly [string, ...string[]] {
  const service = `s3.${region}.amazonaws.com` as const;
  return partition === "aws-cn" ? [`${service}.cn`, service] : [service];
}

const bucketKeyOf = (target: EncryptionTarget): boolean => target.algorithm === "aws:kms" && target.bucketKey;

/**
 * What KMS knows of a request that S3 makes for somebody. With a bucket key the encryption context is the bucket's ARN,
 * without one each object's, of which there is no single one.
 *
 * Source: Amazon S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys".
 */
function throughS3({ bucket, partition, account, target }: Intent, principal: Principal, service: string) {
  const context = new Map<string, string | null>([
    ["kms:viaservice", service],
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

/** What is said whichever name S3 has. Where one name is let in and another is not, it hangs on the name. */
function agreed(answers: readonly [PolicyAnswer, ...PolicyAnswer[]]): PolicyAnswer {
  const [first] = answers;
  if (answers.every(({ is }) => is === first.is)) return first;
  const delegated = answers.find(({ is }) => is === "delegated");
  if (delegated && answers.every(({ is }) => is === "delegated" || is === "allowed")) return delegated;
  const by = new Set(answers.flatMap((answer) => answer.by));
  return { is: "undecided", by: [...by].map((name) => `${name} (kms:ViaService, which is not known in China)`) };
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
    const under = (service: string) =>
      evaluatePolicy(policy, { principal, action, resource: keyArn, context: throughS3(intent, principal, service) });
    const [name, ...others] = s3Services(intent.partition, intent.region);
    return { action, ...agreed([under(name), ...others.map(under)]) };
  });
  return answers.reduce((worst, one) => (order.indexOf(one.is) < order.indexOf(worst.is) ? one : worst));
}
