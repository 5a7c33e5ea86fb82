import type { Grant } from "@aws-sdk/client-s3";
import { bucketArn } from "../../fleet/names";
import { orphansOf } from "../orphans";
import type { BucketFacts, Facts } from "./facts";
import { type Finding, finding } from "./finding";
import { levelAt } from "./log-checks";
import { known } from "./looked";
import { evaluatePolicy, type PolicyAnswer } from "./policy/evaluate";
import { exampleKeys } from "./policy/example-keys";
import { allowsOf, isOriginAccessIdentity, mayRead, principalsOf } from "./users";
import { unlessAccepted } from "./waivers";

const everybody = [
  "http://acs.amazonaws.com/groups/global/AllUsers",
  "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
];

/** Whether a grant is to everybody, or to everybody who has an AWS account. */
export const isPublic = ({ Grantee }: Grant): boolean => Grantee?.URI !== undefined && everybody.includes(Grantee.URI);

type PublicFacts = Pick<BucketFacts, "policy" | "publicAccessBlock">;

/** A reader without a signature shows no principal; the rest of the request is not known. */
const anonymous = new Map<string, string | null>([
  ["aws:principalarn", null],
  ["aws:principalaccount", null],
  ["aws:principalorgid", null],
  ["aws:userid", null],
  ["aws:sourcevpce", null],
  ["aws:sourcevpc", null],
  ["aws:securetransport", "true"],
  ["aws:principalisawsservice", "false"],
]);

/**
 * What a bucket says of reads without a signature, of whichever of its objects it says most. A policy that the bucket's
 * block restricts says nothing to them.
 *
 * RestrictPublicBuckets leaves a public policy to the account and AWS services: Amazon S3 User Guide, "Blocking public
 * access to your Amazon S3 storage".
 *
 * @param bucketArn as the policy names it
 */
export function anonymousRead(bucketArn: string, { policy, publicAccessBlock }: PublicFacts): PolicyAnswer {
  const silent: PolicyAnswer = { is: "silent", by: [] };
  if (known(publicAccessBlock)?.restrictPublicBuckets) return silent;
  const document = known(policy) ?? null;
  const answers = exampleKeys(bucketArn, document, "Allow").map((resource) =>
    evaluatePolicy(document, { principal: { is: "anonymous" }, action: "s3:GetObject", resource, context: anonymous }),
  );
  const having = (wanted: PolicyAnswer["is"]) => answers.find(({ is }) => is === wanted);
  return having("allowed") ?? having("undecided") ?? silent;
}

/** What the ACL gives everybody, such as `READ`, sorted. Nothing where the bucket's block ignores it. */
export function publicGrants(grants: readonly Grant[], publicAccessBlock: PublicFacts["publicAccessBlock"]): string[] {
  const open = known(publicAccessBlock)?.ignorePublicAcls ? [] : grants.filter(isPublic);
  return [...new Set(open.map(({ Permission }) => Permission ?? "?"))].sort();
}

/** Origin access identities of CloudFront that a bucket's policy lets read, by ARN: they cannot read SSE-KMS. */
export const readingIdentities = (bucket: Pick<PublicFacts, "policy">): string[] =>
  allowsOf(bucket)
    .filter(mayRead)
    .flatMap((one) => principalsOf(one, "AWS"))
    .filter(isOriginAccessIdentity);

/**
 * Readers of a website, who come over plain HTTP, which stage encrypt refuses whatever the algorithm.
 *
 * Source: Amazon S3 User Guide, "Website endpoints": they do not support HTTPS.
 */
function websiteChecks(intent: Facts["intent"], website: boolean): Finding[] {
  if (!website || !intent.fleet) return []; // without a fleet nothing is refused
  // Somebody else's policy refuses what its owner decides.
  const level = intent.fleet.policy === "external" ? "warning" : levelAt("encrypt", intent);
  return [unlessAccepted(intent, "plain-http", level, "website-over-http", "website hosting is configured")];
}

/** Reads without a signature, which S3 refuses for objects under KMS; and what a website loses under any algorithm. */
export function publicReadChecks({ intent, bucket }: Facts): Finding[] {
  if (intent.target.algorithm === "AES256") return websiteChecks(intent, known(bucket.website) === true);
  const answer = anonymousRead(bucketArn(intent.partition, intent.bucket), bucket);
  const by = answer.by.join(", ");
  const granted = publicGrants(known(bucket.acl)?.grants ?? [], bucket.publicAccessBlock);
  return [
    ...(answer.is === "allowed" ? [finding("error", "anonymous-read", `the policy allows it: ${by}`)] : []),
    ...(answer.is === "undecided" ? [finding("warning", "anonymous-read", `the policy may allow it: ${by}`)] : []),
    ...(granted.length > 0 ? [finding("warning", "public-acl", granted.join(", "))] : []),
    ...(known(bucket.website) ? [finding("error", "website", "website hosting is configured")] : []),
  ];
}

/** Principals of the bucket's policy that are more, or less, than they look. */
export function policyPrincipalChecks({ intent, bucket }: Facts): Finding[] {
  const kms = intent.target.algorithm !== "AES256";
  const reads = allowsOf(bucket).filter(mayRead);
  const identities = kms ? readingIdentities(bucket) : [];
  const owner = known(bucket.acl)?.owner;
  const canonical = kms ? reads.flatMap((one) => principalsOf(one, "CanonicalUser")).filter((id) => id !== owner) : [];
  return [
    ...identities.map((arn) => finding("error", "cloudfront-oai", arn)),
    ...canonical.map((id) => finding("warning", "canonical-user", id)),
  ];
}

/** Ids of deleted roles and users in the bucket's policy, wherever it names principals. */
export function orphanChecks({ intent, bucket }: Facts): Finding[] {
  const orphans = orphansOf(known(bucket.policy) ?? null);
  const dropped = new Set(orphans.filter((id) => intent.fleet?.dropPrincipals.includes(id)));
  // Where somebody else owns the policy, nobody here puts it again.
  const level = intent.fleet?.policy === "external" ? "warning" : "error";
  return orphans.map((id) => finding(dropped.has(id) ? "note" : level, "orphaned-principal", id));
}
