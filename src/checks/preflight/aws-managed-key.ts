import type { Facts, Intent, KeyFacts } from "./facts";
import { type Finding, finding } from "./finding";
import { keyPolicyAnswer } from "./key-access";
import { known, unseen } from "./looked";
import { keyActions } from "./users";

/** Whether the default encryption names AWS's own key, or KMS and no key, which means the same. */
const isDefault = ({ encryption }: Pick<Facts["bucket"], "encryption">): boolean => {
  const now = known(encryption);
  return now?.algorithm === "aws:kms" && (now.keyArn === null || /(^|[:/])alias\/aws\/s3$/.test(now.keyArn));
};

/** AWS's own keys that objects were found under. */
const managedKeys = ({ otherKeys }: Pick<Facts, "otherKeys">): string[] =>
  [...otherKeys].filter(([, description]) => known(description)?.manager === "AWS").map(([arn]) => arn);

/**
 * The statements of the target key's policy by which it lets in whoever of the account comes through S3, as aws/s3 does;
 * empty: it does not. Whom it lets in by way of IAM is another matter: aws/s3 asks nobody for permissions of its own.
 */
function letsInTheAccount(intent: Intent, key: KeyFacts): readonly string[] {
  const policy = known(key.policy);
  if (!policy) return [];
  const anybody = { is: "iam", arn: `arn:${intent.partition}:iam::${intent.account}:role/at-rest-probe` } as const;
  const answer = keyPolicyAnswer(policy, key.arn, intent, anybody, keyActions("write"));
  return answer.is === "allowed" ? answer.by : [];
}

/** Whether principals that nobody names lose the bucket with a move from aws/s3 to the target key. */
export function leavesAwsManagedKey({
  intent,
  bucket,
  key,
  otherKeys,
}: Pick<Facts, "intent" | "bucket" | "key" | "otherKeys">): boolean {
  if (key === null || known(key.description)?.manager === "AWS") return false;
  if (!isDefault(bucket) && managedKeys({ otherKeys }).length === 0) return false;
  return letsInTheAccount(intent, key).length === 0;
}

/** Names in one finding: IAM tells of a condition key wherever a policy names it, so there may be many. */
const mostNames = 20;

/** Whom IAM refuses the bucket unless a condition key that nobody knows lets them in. */
function undecidedUsers({ accountUsers }: Pick<Facts, "accountUsers">): Finding[] {
  const { undecided } = known(accountUsers) ?? { undecided: [] };
  if (undecided.length === 0) return [];
  const names = undecided.slice(0, mostNames).map(({ arn, hangsOn }) => `${arn} (${hangsOn.join(", ")})`);
  const more = undecided.length > names.length ? `, and ${undecided.length - names.length} more` : "";
  const evidence = `who of the account reads or writes by IAM policies hangs on condition keys: ${names.join(", ")}${more}`;
  return [finding("warning", "principal-not-decided", evidence)];
}

/**
 * What lives on AWS's own key of S3 today, whose policy lets in whoever of the account comes through S3. Those that may
 * not use the target key are findings of their own.
 *
 * Source: AWS KMS Developer Guide, "AWS managed keys"; the policy of aws/s3 has kms:CallerAccount and kms:ViaService.
 */
export function awsManagedKeyChecks(facts: Facts): Finding[] {
  const { intent, bucket, key, accountUsers } = facts;
  if (key === null) return [];
  const by = letsInTheAccount(intent, key);
  const who =
    by.length > 0
      ? `the target key lets in whoever of the account comes through S3 as well (${by.join(", ")})`
      : accountUsers.is === "unseen"
        ? "who of the account reads and writes by IAM policies alone is not known"
        : "whoever of the account reads or writes by IAM policies, and may not use the target key, is named";
  const level = by.length > 0 ? "note" : "warning";
  return [
    ...(isDefault(bucket)
      ? [finding(level, "default-is-aws-s3", `the default encryption is aws:kms under aws/s3; ${who}`)]
      : []),
    ...managedKeys(facts).map((arn) => finding(level, "objects-under-aws-s3", `${arn}; ${who}`)),
    ...(accountUsers.is === "unseen" ? [finding("warning", "account-not-asked", unseen(accountUsers))] : []),
    ...undecidedUsers(facts),
  ];
}
