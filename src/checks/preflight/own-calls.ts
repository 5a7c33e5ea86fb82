import type { EncryptionTarget } from "../../fleet/fleet";
import type { Facts, Intent } from "./facts";
import { type Finding, finding } from "./finding";
import { keyPolicyAnswer } from "./key-access";
import { known } from "./looked";
import { accountOf, denialOf } from "./policy/evaluate";

interface OwnCall {
  readonly name: string;
  readonly action: string;
  readonly on: "bucket" | "object";
  /** Headers that policies see. */
  readonly carries: Readonly<Record<string, string>>;
}

const encryptionKeys = (target: EncryptionTarget): Record<string, string> => ({
  "s3:x-amz-server-side-encryption": target.algorithm,
  ...(target.algorithm === "AES256" ? {} : { "s3:x-amz-server-side-encryption-aws-kms-key-id": target.keyArn }),
});

/** Condition keys that belong to a write, which a call either carries or certainly does not. */
const writeKeys = [
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:x-amz-server-side-encryption-customer-algorithm",
  "s3:if-match",
  "s3:if-none-match",
  "s3:x-amz-acl",
  "s3:x-amz-metadata-directive",
];

/** What a run asks S3 for. The copy is conditional, and says its encryption; reads say nothing. */
function ownCalls({ target, fleet }: Intent): OwnCall[] {
  const encryption = encryptionKeys(target);
  const read = (action: string, on: OwnCall["on"]): OwnCall => ({ name: action, action, on, carries: {} });
  return [
    read("s3:ListBucket", "bucket"),
    read("s3:ListBucketVersions", "bucket"),
    read("s3:ListBucketMultipartUploads", "bucket"),
    read("s3:GetObject", "object"),
    read("s3:GetObjectTagging", "object"),
    ...(fleet?.versions === "all" ? [read("s3:GetObjectVersion", "object")] : []),
    ...(target.algorithm === "aws:kms"
      ? [{ name: "UpdateObjectEncryption", action: "s3:UpdateObjectEncryption", on: "object", carries: {} } as const]
      : []),
    {
      name: "CopyObject onto itself",
      action: "s3:PutObject",
      on: "object",
      // The ETag is each object's own: no policy can name it, so any value stands for all.
      carries: { ...encryption, "s3:if-match": "any-etag" },
    },
    { name: "CopyObject's tags", action: "s3:PutObjectTagging", on: "object", carries: {} },
  ];
}

function contextOf({ roleArn }: Intent, carries: OwnCall["carries"]) {
  const context = new Map<string, string | null>([
    ["aws:principalarn", roleArn],
    ["aws:principalaccount", accountOf(roleArn)],
    ["aws:principalisawsservice", "false"],
    ["aws:viaawsservice", "false"],
    ["aws:securetransport", "true"],
    ["aws:principaltype", "AssumedRole"],
  ]);
  for (const key of writeKeys) context.set(key, carries[key] ?? null);
  return context;
}

/** Statements of the bucket's policy that would refuse our own requests, such as one that wants another header. */
export function bucketPolicyChecks({ intent, bucket }: Facts): Finding[] {
  const policy = known(bucket.policy);
  if (!policy) return [];
  const arn = `arn:${intent.partition}:s3:::${intent.bucket}`;
  return ownCalls(intent).flatMap(({ name, action, on, carries }) => {
    const denial = denialOf(policy, {
      principal: { is: "iam", arn: intent.roleArn },
      action,
      resource: on === "bucket" ? arn : `${arn}/any-key`,
      context: contextOf(intent, carries),
    });
    const evidence = `${name}: ${denial.by.join(", ")}`;
    if (denial.holds === true) return [finding("error", "own-call-refused", evidence)];
    return denial.holds === "undecided" ? [finding("warning", "own-call-not-decided", evidence)] : [];
  });
}

/** What the conversion needs of the target key. */
const needed = ["kms:GenerateDataKey", "kms:Decrypt"];

/** The key's policy and the role. What it delegates the stack's own policies allow; the simulation tells. */
export function ownKeyChecks({ intent, key }: Facts): Finding[] {
  const policy = key && known(key.policy);
  if (!policy) return [];
  const answer = keyPolicyAnswer(policy, key.arn, intent, { is: "iam", arn: intent.roleArn }, needed);
  if (answer.is === "silent" || answer.is === "denied") {
    return [
      finding("error", "own-permission", `the key's policy does not allow ${answer.action} to ${intent.roleArn}`),
    ];
  }
  return answer.is === "undecided"
    ? [
        finding(
          "warning",
          "own-permission-not-decided",
          `${answer.action} hangs on ${answer.by.join(", ")} of the key's policy`,
        ),
      ]
    : [];
}

/** Actions of a run on the bucket and on its objects, for a simulation. */
export const ownActions = (intent: Intent, on: OwnCall["on"]): string[] => [
  ...new Set(
    ownCalls(intent)
      .filter((call) => call.on === on)
      .map(({ action }) => action),
  ),
];

export function ownPermissionChecks({ intent, own }: Facts): Finding[] {
  if (own.is === "unseen") {
    return [finding("note", "own-permission-not-decided", `${own.permission}: ${own.why}`)];
  }
  const refused = Object.entries(own.value).filter(([, answer]) => answer !== "allowed");
  return refused.map(([action, answer]) =>
    finding("error", "own-permission", `${intent.roleArn}: ${action}: ${answer}`),
  );
}
