import type { Grant } from "@aws-sdk/client-s3";
import { known, unseen } from "../preflight/looked";
import { isPublic } from "../preflight/public-checks";
import { type Check, check } from "./check";
import type { AuditFacts } from "./facts";

const granted = (grants: readonly Grant[]): string =>
  [...new Set(grants.map(({ Grantee, Permission }) => `${Permission} to ${Grantee?.URI ?? Grantee?.ID ?? "?"}`))]
    .sort()
    .join(", ");

/**
 * What is public in effect: RestrictPublicBuckets and IgnorePublicAcls take it back. The account's own block, which
 * would do the same, is not looked at.
 *
 * Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".
 */
function publicAccessCheck({ question, configuration }: AuditFacts): Check {
  const { policyIsPublic, acl } = configuration;
  const block = known(configuration.publicAccessBlock);
  const open = block?.ignorePublicAcls ? [] : (known(acl)?.grants ?? []).filter(isPublic);
  const how = [
    ...(known(policyIsPublic) && !block?.restrictPublicBuckets ? ["S3 calls the policy public"] : []),
    ...(open.length > 0 ? [`the ACL gives ${granted(open)}`] : []),
  ];
  const missing = [configuration.publicAccessBlock, policyIsPublic, acl].flatMap((looked) =>
    looked.is === "unseen" ? [unseen(looked)] : [],
  );
  if (missing.length > 0) return check(question, "public-access", "could-not-look", missing.join("; "));
  return how.length > 0
    ? check(question, "public-access", "fail", how.join("; "))
    : check(question, "public-access", "pass", "neither policy nor ACL is public in effect");
}

function publicAccessBlockCheck({ question, configuration: { publicAccessBlock: block } }: AuditFacts): Check {
  const id = "public-access-block";
  if (block.is === "unseen") return check(question, id, "could-not-look", unseen(block));
  if (block.value === null) return check(question, id, "fail", "it was never set");
  const off = Object.entries(block.value).flatMap(([name, on]) => (on ? [] : [name]));
  return off.length > 0
    ? check(question, id, "fail", `off: ${off.join(", ")}`)
    : check(question, id, "pass", "all four are on");
}

function aclCheck({ question, configuration: { ownership, acl } }: AuditFacts): Check {
  if (known(ownership) === "BucketOwnerEnforced") return check(question, "acls", "pass", "ACLs are off");
  if (ownership.is === "unseen") return check(question, "acls", "could-not-look", unseen(ownership));
  if (acl.is === "unseen") return check(question, "acls", "could-not-look", unseen(acl));
  const { owner, grants } = acl.value;
  const others = grants.filter(({ Grantee }) => Grantee?.ID !== owner);
  return others.length > 0
    ? check(question, "acls", "fail", `the bucket's ACL gives ${granted(others)}`)
    : check(
        question,
        "acls",
        "pass",
        "the bucket's ACL gives nobody but the owner anything; those of objects were not read",
      );
}

/** Who else could get at the bucket, and what is left after a deletion. */
export function exposureChecks(facts: AuditFacts): Check[] {
  const { question, configuration } = facts;
  const { versioning } = configuration;
  return [
    publicAccessCheck(facts),
    publicAccessBlockCheck(facts),
    aclCheck(facts),
    versioning.is === "unseen"
      ? check(question, "versioning", "could-not-look", unseen(versioning))
      : check(question, "versioning", versioning.value === "Enabled" ? "pass" : "fail", versioning.value),
  ];
}
