import type { Grant } from "@aws-sdk/client-s3";
import type { BucketSnapshot } from "../../fleet/snapshot";
import { known, type Looked, unseen } from "../preflight/looked";
import { isPublic } from "../preflight/public-checks";
import { type Check, check } from "./check";
import type { AuditFacts } from "./facts";

type PublicAccessBlock = NonNullable<BucketSnapshot["publicAccessBlock"]>;

const granted = (grants: readonly Grant[]): string =>
  [...new Set(grants.map(({ Grantee, Permission }) => `${Permission} to ${Grantee?.URI ?? Grantee?.ID ?? "?"}`))]
    .sort()
    .join(", ");

const notLookedAt = "service control and resource control policies were not looked at";

/** Whether any of several blocks has a setting on: S3 takes the most restrictive of them all. */
const anyOn = (setting: keyof PublicAccessBlock, blocks: readonly (PublicAccessBlock | null | undefined)[]): boolean =>
  blocks.some((block) => block?.[setting]);

/**
 * What is public in effect: by policy or ACL of the bucket, or by the policy of an access point. RestrictPublicBuckets and
 * IgnorePublicAcls take it back, on the bucket, on the account, or on the access point.
 *
 * | what was seen                                                    | ends as        |
 * |------------------------------------------------------------------|----------------|
 * | something is public, and all blocks, none of which takes it back | fail           |
 * | something is public, and not every block that could take it back | could-not-look |
 * | nothing is public, and not everything that could be              | could-not-look |
 * | nothing is public, of all that could be                          | pass           |
 *
 * Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".
 */
function publicAccessCheck({ question, configuration }: AuditFacts): Check {
  const { policyIsPublic, acl, publicAccessBlock, accountBlock, publicAccessPoints } = configuration;
  const blocks = [known(publicAccessBlock), known(accountBlock)];
  const restricted = anyOn("restrictPublicBuckets", blocks);
  const open = anyOn("ignorePublicAcls", blocks) ? [] : (known(acl)?.grants ?? []).filter(isPublic);
  const points = (known(publicAccessPoints) ?? []).filter(
    ({ block }) => !anyOn("restrictPublicBuckets", [...blocks, block]),
  );
  const how = [
    ...(known(policyIsPublic) && !restricted ? ["S3 calls the policy public"] : []),
    ...(open.length > 0 ? [`the ACL gives ${granted(open)}`] : []),
    ...points.map(({ name }) => `S3 calls the policy of access point ${name} public`),
  ];
  const reasons = (looked: readonly Looked<unknown>[]) =>
    looked.flatMap((one) => (one.is === "unseen" ? [unseen(one)] : []));
  const missing = reasons([policyIsPublic, acl, publicAccessPoints]);
  // Blocks take back: where nothing is public they have nothing to take.
  const missingBlocks = how.length > 0 ? reasons([publicAccessBlock, accountBlock]) : [];
  if (how.length > 0 && missingBlocks.length === 0) {
    return check(question, "public-access", "fail", [...how, ...missing, notLookedAt].join("; "));
  }
  const unknown = [...how, ...missing, ...missingBlocks];
  if (unknown.length > 0) return check(question, "public-access", "could-not-look", unknown.join("; "));
  const nothing = "neither policy, ACL nor access point is public in effect";
  return check(question, "public-access", "pass", `${nothing}; ${notLookedAt}`);
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
