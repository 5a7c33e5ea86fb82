import type { Target } from "../../src/fleet/fleet";
import { aliasName, backupBucketName, batchRoleName, bucketArn, reencryptionRoleName } from "../../src/fleet/names";
import type { PolicyDocument } from "../../src/fleet/policy";
import { type Grant, type NamedPolicy, namedPolicies } from "./split";

/** What the pipeline's roles of an account reach: what the stacks of its regions hold, and nothing else. */
export interface Reach {
  readonly partition: string;
  readonly account: string;
  /** `*` in a template for many accounts. */
  readonly regions: readonly string[];
  /** ARNs of buckets whose policy is ours. */
  readonly policies: readonly string[];
  /** ARNs of buckets whose default encryption is ours. */
  readonly encryptions: readonly string[];
  /** ARN of the permissions boundary that every role of the stacks has to have. @default they have none */
  readonly boundary?: string;
}

/** The tag that the stacks' provider puts on all that they make. */
export const managedBy = { key: "managed-by", value: "s3-at-rest" } as const;

/** Whatever its stage: a bucket that moves on must not need an administrator. */
export function reachOf(
  account: { partition: string; id: string },
  targets: readonly Target[],
  boundary?: string,
): Reach {
  const buckets = targets.flatMap((target) => target.buckets);
  const arns = (held: typeof buckets) => held.map(({ name }) => bucketArn(account.partition, name));
  return {
    partition: account.partition,
    account: account.id,
    regions: targets.map(({ region }) => region),
    policies: arns(buckets.filter(({ policy }) => policy === "own")),
    encryptions: arns(buckets.filter(({ defaultEncryption }) => defaultEncryption === "own")),
    ...(boundary ? { boundary } : {}),
  };
}

const tagged = { StringEquals: { [`aws:ResourceTag/${managedBy.key}`]: managedBy.value } };

const inRegions = (
  { partition, account, regions }: Reach,
  service: "kms" | "iam",
  resource: (region: string) => string,
) =>
  regions.map(
    (region) => `arn:${partition}:${service}:${service === "iam" ? "" : region}:${account}:${resource(region)}`,
  );

const keysOf = (reach: Reach) => inRegions(reach, "kms", () => "key/*");
const aliasesOf = (reach: Reach) => inRegions(reach, "kms", () => aliasName);
/** The roles that a stack makes, the second where the fleet asks for jobs of S3's own. */
const roleNames = [reencryptionRoleName, batchRoleName];
const rolesOf = (reach: Reach) =>
  roleNames.flatMap((name) => inRegions(reach, "iam", (region) => `role/${name(region)}`));
const rolePoliciesOf = (reach: Reach) =>
  roleNames.flatMap((name) => inRegions(reach, "iam", (region) => `policy/${name(region)}-*`));
const backupsOf = (reach: Reach) =>
  reach.regions.map((region) => bucketArn(reach.partition, backupBucketName(reach.account, region)));

const readKeys = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"];

// What hashicorp/aws 6 asks of a bucket that it manages, whether or not anything of it is declared.
const readBackup = [
  "s3:GetAccelerateConfiguration",
  "s3:GetBucketAcl",
  "s3:GetBucketCORS",
  "s3:GetBucketLocation",
  "s3:GetBucketLogging",
  "s3:GetBucketObjectLockConfiguration",
  "s3:GetBucketOwnershipControls",
  "s3:GetBucketPolicy",
  "s3:GetBucketPublicAccessBlock",
  "s3:GetBucketRequestPayment",
  "s3:GetBucketTagging",
  "s3:GetBucketVersioning",
  "s3:GetBucketWebsite",
  "s3:GetEncryptionConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:GetReplicationConfiguration",
  "s3:ListBucket",
  "s3:ListTagsForResource",
];

const makeBackup = [
  "s3:CreateBucket",
  "s3:PutBucketOwnershipControls",
  "s3:PutBucketPolicy",
  "s3:PutBucketPublicAccessBlock",
  "s3:PutBucketTagging",
  "s3:PutBucketVersioning",
  "s3:PutEncryptionConfiguration",
  "s3:PutLifecycleConfiguration",
  "s3:TagResource",
  "s3:UntagResource",
];

const readRole = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"];
const makeRole = [
  "iam:TagRole",
  "iam:UntagRole",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
  "iam:UpdateRoleDescription",
];
const readPolicy = ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"];
const makePolicy = [
  "iam:CreatePolicy",
  "iam:CreatePolicyVersion",
  "iam:DeletePolicy",
  "iam:DeletePolicyVersion",
  "iam:TagPolicy",
  "iam:UntagPolicy",
];

/** Reads what is in the stacks' states, for `terraform plan`. Of objects it sees nothing. */
const planGrants = (reach: Reach): Grant[] => [
  { sid: "AtRestReadKeys", actions: readKeys, resources: keysOf(reach), condition: tagged },
  { sid: "AtRestListAliases", actions: ["kms:ListAliases"], resources: ["*"] },
  { sid: "AtRestReadBackup", actions: readBackup, resources: backupsOf(reach) },
  { sid: "AtRestReadRoles", actions: readRole, resources: rolesOf(reach) },
  { sid: "AtRestReadPolicies", actions: readPolicy, resources: rolePoliciesOf(reach) },
  { sid: "AtRestReadEncryption", actions: ["s3:GetEncryptionConfiguration"], resources: reach.encryptions },
  { sid: "AtRestReadBucketPolicies", actions: ["s3:GetBucketPolicy"], resources: reach.policies },
];

/**
 * Creating a key with tags and a policy asks whether its maker could tag it, and put another policy, when it has no alias
 * yet: with `ForAllValues` none is as good as ours. So keys of others are out of reach by having an alias, which nothing
 * here moves, or the tag of another tool.
 */
const nobodyElses = {
  "ForAllValues:StringEquals": { "kms:ResourceAliases": [aliasName] },
  StringEqualsIfExists: tagged.StringEquals,
};

const withOurTag = { StringEquals: { [`aws:RequestTag/${managedBy.key}`]: managedBy.value } };

/** A new key is made with our tag, which has to be allowed on all keys of the account and Region: KMS Developer Guide, "CreateKey: Add tags to a new KMS key". */
const keyGrants = (reach: Reach): Grant[] => [
  { sid: "AtRestCreateKeys", actions: ["kms:CreateKey"], resources: ["*"], condition: withOurTag },
  {
    sid: "AtRestTagKeys",
    actions: ["kms:TagResource"],
    resources: keysOf(reach),
    condition: { ...withOurTag, ...nobodyElses },
  },
  {
    sid: "AtRestSetUpKeys",
    actions: [...readKeys, "kms:CreateAlias", "kms:EnableKeyRotation", "kms:UpdateKeyDescription"],
    resources: keysOf(reach),
    condition: tagged,
  },
  { sid: "AtRestNameKeys", actions: ["kms:CreateAlias"], resources: aliasesOf(reach) },
  { sid: "AtRestListAliases", actions: ["kms:ListAliases"], resources: ["*"] },
  {
    sid: "AtRestPutKeyPolicies",
    actions: ["kms:PutKeyPolicy"],
    resources: keysOf(reach),
    condition: nobodyElses,
  },
];

/**
 * Whoever makes roles and gives them policies could make one that may more than itself. With a boundary it makes and
 * furnishes only roles that have it, and cannot take it away.
 *
 * Source: IAM User Guide, "Permissions boundaries for IAM entities", "Delegating responsibility to others".
 */
function roleGrants(reach: Reach): Grant[] {
  const { boundary } = reach;
  const bounded = boundary ? { StringEquals: { "iam:PermissionsBoundary": boundary } } : undefined;
  const create = ["iam:CreateRole", ...(boundary ? ["iam:PutRolePermissionsBoundary"] : [])];
  return [
    { sid: "AtRestCreateRoles", actions: create, resources: rolesOf(reach), condition: bounded },
    { sid: "AtRestMakeRoles", actions: [...readRole, ...makeRole], resources: rolesOf(reach) },
    { sid: "AtRestMakePolicies", actions: [...readPolicy, ...makePolicy], resources: rolePoliciesOf(reach) },
    {
      sid: "AtRestAttachPolicies",
      actions: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      resources: rolesOf(reach),
      condition: { ArnLike: { "iam:PolicyARN": rolePoliciesOf(reach) }, ...bounded },
    },
  ];
}

/** Reads and writes what the stacks declare, for `terraform apply`. It cannot change its own policies, and deletes nothing that holds data. */
const applyGrants = (reach: Reach): Grant[] => [
  ...keyGrants(reach),
  { sid: "AtRestMakeBackup", actions: [...readBackup, ...makeBackup], resources: backupsOf(reach) },
  ...roleGrants(reach),
  {
    sid: "AtRestEncryptBuckets",
    actions: ["s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"],
    resources: reach.encryptions,
  },
  {
    sid: "AtRestEnforceBuckets",
    actions: ["s3:GetBucketPolicy", "s3:PutBucketPolicy"],
    resources: reach.policies,
  },
];

/** Whatever else is ever attached to the apply role. */
const denyDestruction: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "AtRestDenyDestruction",
      Effect: "Deny",
      Action: ["s3:DeleteBucket", "s3:DeleteBucketPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey"],
      Resource: "*",
    },
  ],
};

/** The managed policies of the role that plans. `more` is what it needs in the entry account. */
export const planPolicies = (reach: Reach, more: readonly Grant[] = []): NamedPolicy[] =>
  namedPolicies("read", [...more, ...planGrants(reach)]);

/** The managed policies of the role that applies. */
export const applyPolicies = (reach: Reach, more: readonly Grant[] = []): NamedPolicy[] => [
  { name: "never", document: denyDestruction },
  ...namedPolicies("write", [...more, ...applyGrants(reach)]),
];
