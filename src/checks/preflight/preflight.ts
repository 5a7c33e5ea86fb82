import { awsManagedKeyChecks } from "./aws-managed-key";
import { copyChecks, lockChecks, replicationChecks, waiverChecks } from "./consequence-checks";
import { deliveryChecks } from "./delivery-checks";
import type { Facts } from "./facts";
import { type Finding, finding, sorted } from "./finding";
import { keyChecks, otherKeyChecks, sourceKeyChecks } from "./key-checks";
import {
  evidenceChecks,
  oldTlsChecks,
  presignedChecks,
  refusedReaderChecks,
  refusedWriterChecks,
  unreadChecks,
} from "./log-checks";
import { type Looked, unseen } from "./looked";
import { bucketChecks, customerKeyChecks, diskChecks, ownerChecks, uploadChecks } from "./object-checks";
import { otherOwnersChecks } from "./other-owners-checks";
import { bucketPolicyChecks, ownKeyChecks, ownPermissionChecks } from "./own-calls";
import { orphanChecks, policyPrincipalChecks, publicReadChecks } from "./public-checks";
import { kmsQuotaChecks, prefixRateChecks } from "./rate-checks";
import { serviceChecks, unnamedUserChecks, userChecks } from "./user-checks";

/**
 * Whatever was not seen, with the permission that is missing. What nobody could be shown is not counted, a simulation of
 * an IAM that has none or the policy of another account's key: what it would have said is reported as not decided.
 */
function unseenChecks({ intent, bucket, key, sourceKeys, iam, own }: Facts): Finding[] {
  const shown = ([, looked]: readonly [string, Looked<unknown>]) => looked.is === "seen" || !looked.notThere;
  const simulations = [...iam.entries(), [intent.roleArn, own] as const].filter(shown);
  const parts: readonly (readonly [string, Looked<unknown>])[] = [
    ...Object.values(bucket).map((looked) => [`s3://${intent.bucket}`, looked] as const),
    ...(key
      ? [key.description, key.policy, key.rotates].map((looked) => [key.arn, looked] as const).filter(shown)
      : []),
    ...sourceKeys.map(({ arn, description }) => [arn, description] as const),
    ...simulations,
  ];
  return parts.flatMap(([what, looked]) =>
    looked.is === "unseen" ? [finding("error", "could-not-look", `${what}: ${unseen(looked)}`)] : [],
  );
}

const checks: readonly ((facts: Facts) => Finding[])[] = [
  unseenChecks,
  keyChecks,
  sourceKeyChecks,
  otherKeyChecks,
  awsManagedKeyChecks,
  customerKeyChecks,
  userChecks,
  unnamedUserChecks,
  serviceChecks,
  publicReadChecks,
  policyPrincipalChecks,
  orphanChecks,
  replicationChecks,
  deliveryChecks,
  bucketPolicyChecks,
  ownKeyChecks,
  ownPermissionChecks,
  lockChecks,
  copyChecks,
  waiverChecks,
  otherOwnersChecks,
  refusedWriterChecks,
  refusedReaderChecks,
  oldTlsChecks,
  presignedChecks,
  unreadChecks,
  evidenceChecks,
  kmsQuotaChecks,
  prefixRateChecks,
  bucketChecks,
  uploadChecks,
  ownerChecks,
  diskChecks,
];

/** Everything that is to be said about a bucket before its stage changes. A pure function of what was seen. */
export const preflight = (facts: Facts): Finding[] => sorted(checks.flatMap((check) => check(facts)));

/** 2 where something could not be looked at, else 1 with an error, else 0: warnings are for the reviewer. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ id }) => id === "could-not-look")) return 2;
  return findings.some(({ level }) => level === "error") ? 1 : 0;
}
