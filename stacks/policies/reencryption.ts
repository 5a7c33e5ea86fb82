import type { FleetBucket, Target } from "../../src/fleet/fleet";
import {
  backupBucketName,
  batchRoleArn,
  batchService,
  bucketArn,
  canaryPrefix,
  reencryptionRoleArn,
} from "../../src/fleet/names";
import type { PolicyDocument } from "../../src/fleet/policy";
import { viaS3 } from "./key-policy";
import { allowToPrincipals, distinct } from "./principals";
import { type Grant, type NamedPolicy, namedPolicies } from "./split";

const readBucket = [
  "s3:GetBucketAcl",
  "s3:GetBucketLocation",
  "s3:GetBucketLogging",
  "s3:GetBucketNotification",
  "s3:GetBucketObjectLockConfiguration",
  "s3:GetBucketOwnershipControls",
  "s3:GetBucketPolicy",
  "s3:GetBucketPolicyStatus",
  "s3:GetBucketPublicAccessBlock",
  "s3:GetBucketTagging",
  "s3:GetBucketVersioning",
  "s3:GetBucketWebsite",
  "s3:GetEncryptionConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:GetMetricsConfiguration",
  "s3:GetReplicationConfiguration",
  "s3:ListBucket",
  "s3:ListBucketMultipartUploads",
  "s3:ListBucketVersions",
];

// Reading, and what a copy onto itself resends or puts back when somebody's change came in between.
const convertObjects = [
  "s3:AbortMultipartUpload",
  "s3:GetObject",
  "s3:GetObjectAcl",
  "s3:GetObjectAnnotation",
  "s3:GetObjectTagging",
  "s3:GetObjectVersion",
  "s3:GetObjectVersionAcl",
  "s3:GetObjectVersionTagging",
  "s3:ListMultipartUploadParts",
  "s3:ListObjectAnnotations",
  "s3:PutObject",
  "s3:PutObjectAcl",
  "s3:PutObjectAnnotation",
  "s3:PutObjectTagging",
  "s3:PutObjectVersionAcl",
  "s3:PutObjectVersionTagging",
  "s3:UpdateObjectEncryption",
];

const keepLocks = ["s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:PutObjectLegalHold", "s3:PutObjectRetention"];

// Put by `at-rest preflight --canary`: the only objects that the role may delete, and by their version id. One resource
// for all buckets, which may name hundreds: bucket by bucket they would take a third of the role's policies.
const removeCanaries = ["s3:DeleteObjectVersion"];
const canaries = ({ account }: Target): string => `arn:${account.partition}:s3:::*/${canaryPrefix}*`;

// Whatever their names are: those of the fleet's buckets are not known before they are listed.
const readAccessPoints = ["s3:GetAccessPoint", "s3:GetAccessPointPolicyStatus"];
const accessPoints = ({ account, region }: Target): string =>
  `arn:${account.partition}:s3:${region}:${account.id}:accesspoint/*`;

const useKeys = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"];
// Grants are what `at-rest key-usage` shows of a key's other users.
const describeKeys = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants"];
const readFromKeys = ["kms:Decrypt", "kms:ReEncryptFrom"];

const backupBucket = [
  "s3:GetBucketLocation",
  "s3:GetBucketVersioning",
  "s3:GetEncryptionConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:ListBucket",
  "s3:ListBucketMultipartUploads",
  "s3:ListBucketVersions",
];

// Copies go there in a backup, and come from there in a restore, which writes with what a conversion may write.
const backupObjects = [
  "s3:AbortMultipartUpload",
  "s3:GetObject",
  "s3:GetObjectAnnotation",
  "s3:GetObjectTagging",
  "s3:GetObjectVersion",
  "s3:GetObjectVersionTagging",
  "s3:ListMultipartUploadParts",
  "s3:ListObjectAnnotations",
  "s3:PutObject",
  "s3:PutObjectAnnotation",
  "s3:PutObjectTagging",
];

/**
 * The key of the stack itself in policies that are made before it exists: as long as a real key's ARN, and no key's.
 * The construct that writes the policy puts the reference in its place.
 */
export const ownKeyPlaceholder = ({ account, region }: Target): string =>
  `arn:${account.partition}:kms:${region}:${account.id}:key/00000000-0000-0000-0000-000000000000`;

/** The ARN of a bucket's target key: the given one, or the stack's own. */
export const targetKeyArn = (target: Target, bucket: FleetBucket): string => bucket.keyArn ?? ownKeyPlaceholder(target);

/** The buckets that roles of the stack may work on. */
export const bucketsOf = (target: Target): FleetBucket[] =>
  target.buckets.filter((bucket) => bucket.stage !== "released");

/**
 * Whether a bucket's key may let in less than AWS's own key of S3 does. Then whoever lives on aws/s3 by IAM policies alone
 * loses the bucket, and `at-rest preflight` has to look through the account for them. A key that is given has a policy
 * that the stack does not know.
 */
const mayLeaveOutTheAccount = (target: Target): boolean =>
  bucketsOf(target).some(
    ({ encryption, keyArn }) => encryption !== "AES256" && (keyArn !== null || target.keyAccess === "named"),
  );

/** Reads names, and no policy. Neither action has resources: Service Authorization Reference, "AWS IAM". */
const listPrincipals = ["iam:ListRoles", "iam:ListUsers"];

/**
 * Roles and users of the account whose rights `at-rest preflight` asks IAM about: the role itself and the fleet's, or all
 * of them.
 */
const askedPrincipals = (target: Target): string[] => {
  const { account, region } = target;
  const own = `arn:${account.partition}:iam::${account.id}:`;
  if (mayLeaveOutTheAccount(target)) return [`${own}role/*`, `${own}user/*`];
  const named = bucketsOf(target).flatMap(({ readers, writers }) => [...readers, ...writers]);
  const single = named.filter((arn) => arn.startsWith(own) && !arn.endsWith(":root") && !arn.includes("*"));
  return distinct([reencryptionRoleArn(account, region), ...single]);
};

interface Keys {
  /** ARNs of the keys to encrypt with. */
  readonly targets: readonly string[];
  /** ARNs of the keys that objects are under now. */
  readonly sources: readonly string[];
}

function keysOf(target: Target): Keys {
  const buckets = bucketsOf(target);
  const kmsBuckets = buckets.filter((bucket) => bucket.encryption !== "AES256");
  return {
    targets: distinct([ownKeyPlaceholder(target), ...kmsBuckets.map((bucket) => targetKeyArn(target, bucket))]),
    sources: distinct(buckets.flatMap((bucket) => bucket.sourceKeys)),
  };
}

/** Through S3 alone. No key is a wildcard. */
export function keyGrants(target: Target): Grant[] {
  const { account, region } = target;
  const { targets, sources } = keysOf(target);
  const throughS3 = { StringEquals: { "kms:ViaService": viaS3(account.partition, region) } };
  return [
    { sid: "AtRestUseKeys", actions: useKeys, resources: targets, condition: throughS3 },
    { sid: "AtRestReadFromKeys", actions: readFromKeys, resources: sources, condition: throughS3 },
  ];
}

/** The keys, the backup, and what is asked and created in the account. */
function accountGrants(target: Target): Grant[] {
  const { account, region } = target;
  const { targets, sources } = keysOf(target);
  const backup = bucketArn(account.partition, backupBucketName(account.id, region));
  return [
    { sid: "AtRestListBackup", actions: backupBucket, resources: [backup] },
    { sid: "AtRestWriteBackup", actions: backupObjects, resources: [`${backup}/*`] },
    { sid: "AtRestRemoveCanaries", actions: removeCanaries, resources: [canaries(target)] },
    ...keyGrants(target),
    { sid: "AtRestAskAboutPrincipals", actions: ["iam:SimulatePrincipalPolicy"], resources: askedPrincipals(target) },
    { sid: "AtRestListPrincipals", actions: listPrincipals, resources: mayLeaveOutTheAccount(target) ? ["*"] : [] },
    // `at-rest audit` names buckets that the fleet does not know. It has no resources either.
    { sid: "AtRestListBuckets", actions: ["s3:ListAllMyBuckets"], resources: ["*"] },
    // What `at-rest audit` asks of S3 Control. Neither has resources: Service Authorization Reference, "Amazon S3".
    { sid: "AtRestReadAccount", actions: ["s3:GetAccountPublicAccessBlock", "s3:ListAccessPoints"], resources: ["*"] },
    { sid: "AtRestReadAccessPoints", actions: readAccessPoints, resources: [accessPoints(target)] },
    // CloudWatch has no resources for it: Service Authorization Reference, "Amazon CloudWatch".
    { sid: "AtRestReadRequestMetrics", actions: ["cloudwatch:GetMetricData"], resources: ["*"] },
    { sid: "AtRestDescribeKeys", actions: describeKeys, resources: distinct([...targets, ...sources]) },
    // It has no resources: Service Authorization Reference, "AWS Key Management Service".
    { sid: "AtRestListAliases", actions: ["kms:ListAliases"], resources: ["*"] },
    ...jobGrants(target),
  ];
}

/** What it takes to create jobs of S3 Batch Operations and to follow them. Nothing where the fleet wants none. */
function jobGrants(target: Target): Grant[] {
  if (!target.batchOperations) return [];
  const { account, region } = target;
  const jobs = `arn:${account.partition}:s3:${region}:${account.id}:job/*`;
  return [
    // No resource can be named before there is a job.
    { sid: "AtRestCreateJobs", actions: ["s3:CreateJob"], resources: ["*"] },
    { sid: "AtRestFollowJobs", actions: ["s3:DescribeJob", "s3:UpdateJobStatus"], resources: [jobs] },
    {
      sid: "AtRestPassBatchRole",
      actions: ["iam:PassRole"],
      resources: [batchRoleArn(account, region)],
      condition: { StringEquals: { "iam:PassedToService": batchService } },
    },
  ];
}

/** Bucket by bucket, so that a bucket at the end of the fleet changes the last policy only. */
const bucketGrants = (target: Target): Grant[] =>
  bucketsOf(target).flatMap((bucket) => {
    const arn = bucketArn(target.account.partition, bucket.name);
    const objects = [`${arn}/*`];
    return [
      { sid: "AtRestReadBuckets", actions: readBucket, resources: [arn] },
      { sid: "AtRestConvertObjects", actions: convertObjects, resources: objects },
      { sid: "AtRestKeepLocks", actions: keepLocks, resources: bucket.class === "object-locked" ? objects : [] },
    ];
  });

/** The managed policies of the re-encryption role, each short enough for IAM. They delete nothing but canaries. */
export const reencryptionPolicies = (target: Target): NamedPolicy[] => [
  ...namedPolicies("keys", accountGrants(target)),
  ...namedPolicies("buckets", bucketGrants(target)),
];

/** Who may assume the re-encryption role: the fleet's operators, else whoever the account's own IAM allows. */
export function trustPolicy({ account }: Target): PolicyDocument {
  const root = `arn:${account.partition}:iam::${account.id}:root`;
  const operators = account.operators.length > 0 ? account.operators : [root];
  return {
    Version: "2012-10-17",
    Statement: allowToPrincipals("AtRestOperators", operators, { Action: "sts:AssumeRole" }),
  };
}
