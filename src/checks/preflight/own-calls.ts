import type { EncryptionTarget } from "../../fleet/fleet";
import { bucketArn } from "../../fleet/names";
import type { BucketFacts, Facts, Intent } from "./facts";
import { type Finding, finding } from "./finding";
import { keyPolicyAnswer } from "./key-access";
import { known, unseen } from "./looked";
import { anyOf, type Verdict } from "./policy/conditions";
import { accountOf, denialOf, type Principal } from "./policy/evaluate";
import { exampleKeys } from "./policy/example-keys";
import { writeKeys } from "./policy/write-keys";
import { isBounded } from "./simulate";

/** Where the run works: `backup` is objects of the backup bucket, `backup bucket` that bucket itself. */
export type Place = "bucket" | "object" | "backup bucket" | "backup";

interface OwnCall {
  readonly name: string;
  readonly action: string;
  readonly on: Place;
  /** Headers that policies see. `unknown`: no page of AWS says what a policy sees of it. */
  readonly carries: Readonly<Record<string, string>> | "unknown";
}

const encryptionKeys = (target: EncryptionTarget): Record<string, string> => ({
  "s3:x-amz-server-side-encryption": target.algorithm,
  ...(target.algorithm === "AES256" ? {} : { "s3:x-amz-server-side-encryption-aws-kms-key-id": target.keyArn }),
});

const plain = (on: Place, ...actions: string[]): OwnCall[] =>
  actions.map((action) => ({ name: action, action, on, carries: {} }));

/**
 * What reencrypt, backup and audit ask S3 for. The copy is conditional, and says its encryption; reads say nothing.
 *
 * | command   | calls                                                                                             |
 * |-----------|---------------------------------------------------------------------------------------------------|
 * | all       | the bucket's settings; ListObjectsV2 or ListObjectVersions; HeadObject                            |
 * | reencrypt | UpdateObjectEncryption, CopyObject, and in parts; what a copy has to carry: tags, ACL, locks      |
 * | backup    | the same reads; copies into the backup bucket, in parts, and a manifest that is read back         |
 */
function ownCalls(intent: Intent, acls: boolean): OwnCall[] {
  const { target, fleet, backupBucket } = intent;
  const encryption = encryptionKeys(target);
  return [
    ...plain("bucket", "s3:GetBucketVersioning", "s3:GetBucketOwnershipControls", "s3:GetEncryptionConfiguration"),
    ...plain("bucket", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock"),
    ...plain("bucket", "s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    ...plain("object", "s3:GetObject", "s3:GetObjectTagging", "s3:ListObjectAnnotations"),
    // A copy names the version that it looked at, in buckets that ever had versions.
    ...plain("object", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"),
    ...(acls ? plain("bucket", "s3:GetBucketAcl") : []),
    ...(acls ? plain("object", "s3:GetObjectAcl", "s3:GetObjectVersionAcl", "s3:PutObjectAcl") : []),
    ...(target.algorithm === "aws:kms"
      ? // Its encryption is in the body, and AWS lists the condition keys of headers for it all the same.
        [
          {
            name: "UpdateObjectEncryption",
            action: "s3:UpdateObjectEncryption",
            on: "object",
            carries: "unknown",
          } as const,
        ]
      : []),
    {
      name: "CopyObject onto itself",
      action: "s3:PutObject",
      on: "object",
      carries: {
        ...encryption,
        // The ETag is each object's own: no policy can name it, so any value stands for all.
        "s3:if-match": "any-etag",
        "s3:x-amz-copy-source": `${intent.bucket}/any-key`,
        "s3:x-amz-metadata-directive": "COPY",
      },
    },
    { name: "CopyObject's tags", action: "s3:PutObjectTagging", on: "object", carries: {} },
    ...plain("object", "s3:AbortMultipartUpload"),
    ...(fleet?.class === "object-locked"
      ? plain(
          "object",
          "s3:GetObjectRetention",
          "s3:GetObjectLegalHold",
          "s3:PutObjectRetention",
          "s3:PutObjectLegalHold",
        )
      : []),
    ...(backupBucket === undefined
      ? []
      : [
          ...plain("backup bucket", "s3:ListBucket", "s3:GetEncryptionConfiguration", "s3:GetBucketVersioning"),
          ...plain("backup", "s3:PutObject", "s3:GetObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload"),
        ]),
  ];
}

/** Ownership that could not be seen is taken for ACLs: they only ask for more. */
const hasAcls = (bucket: BucketFacts): boolean => known(bucket.ownership) !== "BucketOwnerEnforced";

function contextOf({ roleArn }: Intent, carries: OwnCall["carries"]) {
  const context = new Map<string, string | null>([
    ["aws:principalarn", roleArn],
    ["aws:principalaccount", accountOf(roleArn)],
    ["aws:principalisawsservice", "false"],
    ["aws:viaawsservice", "false"],
    ["aws:securetransport", "true"],
    ["aws:principaltype", "AssumedRole"],
  ]);
  if (carries !== "unknown") for (const key of writeKeys) context.set(key, carries[key] ?? null);
  return context;
}

/** The conversion role, with what the simulation of its policies shows of it. */
const ownPrincipal = ({ intent, own }: Facts): Principal => ({
  is: "iam",
  arn: intent.roleArn,
  bounded: isBounded(known(own)),
});

/** Statements of the bucket's policy that would refuse our own requests, such as one that wants another header. */
export function bucketPolicyChecks(facts: Facts): Finding[] {
  const { intent, bucket } = facts;
  const policy = known(bucket.policy);
  if (!policy) return [];
  const arn = bucketArn(intent.partition, intent.bucket);
  const calls = ownCalls(intent, hasAcls(bucket)).filter(({ on }) => on === "bucket" || on === "object");
  return calls.flatMap(({ name, action, on, carries }) => {
    const principal = ownPrincipal(facts);
    const context = contextOf(intent, carries);
    // A Deny may be about a part of the bucket: its objects are converted as well.
    const denials = (on === "bucket" ? [arn] : exampleKeys(arn, policy, "Deny")).map((resource) =>
      denialOf(policy, { principal, action, resource, context }),
    );
    const evidence = (holds: Verdict) => {
      const by = denials.flatMap((one) => (one.holds === holds ? one.by : []));
      return `${name}: ${[...new Set(by)].join(", ")}`;
    };
    const refused = anyOf(denials.map(({ holds }) => holds));
    if (refused === true) return [finding("error", "own-call-refused", evidence(refused))];
    return refused === "undecided" ? [finding("warning", "own-call-not-decided", evidence(refused))] : [];
  });
}

/** The key's policy and the role. What it delegates the stack's own policies allow; the simulation tells. */
export function ownKeyChecks(facts: Facts): Finding[] {
  const { intent, key } = facts;
  const policy = key && known(key.policy);
  if (!policy) return [];
  const answer = keyPolicyAnswer(policy, key.arn, intent, ownPrincipal(facts), ownKeyActions(intent));
  const to = `${answer.action} to ${intent.roleArn}`;
  if (answer.is === "silent") return [finding("error", "own-permission", `the key's policy does not allow ${to}`)];
  if (answer.is === "denied")
    return [finding("error", "own-permission", `the key's policy denies ${to} (${answer.by.join(", ")})`)];
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

/** Actions of a run at one place, for a simulation. */
export const ownActions = (intent: Intent, bucket: BucketFacts, on: Place): string[] => [
  ...new Set(
    ownCalls(intent, hasAcls(bucket))
      .filter((call) => call.on === on)
      .map(({ action }) => action),
  ),
];

/**
 * What a run needs of the key to encrypt with: an update asks for all of them.
 *
 * Source: Amazon S3 API Reference, UpdateObjectEncryption, "Permissions".
 */
export const ownKeyActions = ({ target }: Intent): string[] =>
  target.algorithm === "aws:kms"
    ? ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
    : ["kms:Decrypt", "kms:GenerateDataKey"];

/** Of the keys that objects are under now. */
export const sourceKeyActions = ({ target }: Intent): string[] =>
  target.algorithm === "aws:kms" ? ["kms:Decrypt", "kms:ReEncryptFrom"] : ["kms:Decrypt"];

/** What IAM would refuse the conversion role. */
export function ownPermissionChecks({ intent, own }: Facts): Finding[] {
  if (own.is === "unseen") {
    return [finding("note", "own-permission-not-decided", unseen(own))];
  }
  return Object.entries(own.value).flatMap(([action, { decision, refusedBy, hangsOn }]) => {
    const evidence = `${intent.roleArn}: ${action}: ${[decision, ...refusedBy].join(", ")}`;
    if (hangsOn.length > 0) {
      const level = decision === "allowed" ? "note" : "warning";
      return [finding(level, "own-permission-not-decided", `${evidence}; hangs on ${hangsOn.join(", ")}`)];
    }
    return decision === "allowed" ? [] : [finding("error", "own-permission", evidence)];
  });
}
