import type { AccessControlPolicy, Grant, Grantee, Permission } from "@aws-sdk/client-s3";
import { AwsError } from "../service";
import { canonicalUserId } from "./arns";
import { accessDenied, invalidArgument, invalidRequest, malformedXml } from "./errors";
import type { Bucket } from "./state";

/** An ACL as requests carry it: a canned one, grants in headers, or a policy as XML. */
export interface AclRequest {
  readonly ACL?: string;
  readonly GrantFullControl?: string;
  readonly GrantRead?: string;
  readonly GrantReadACP?: string;
  readonly GrantWrite?: string;
  readonly GrantWriteACP?: string;
  readonly AccessControlPolicy?: AccessControlPolicy;
}

export const allUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
export const authenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";
const groups: readonly string[] = [allUsers, authenticatedUsers, logDelivery];

const noGrants: readonly Grant[] = [];
const toGroup = (URI: string, Permission: Permission): Grant => ({ Grantee: { Type: "Group", URI }, Permission });
const toAccount = (account: string, Permission: Permission): Grant => ({
  Grantee: { Type: "CanonicalUser", ID: canonicalUserId(account) },
  Permission,
});

/** User Guide, "Access control list (ACL) overview", "Canned ACL". */
function cannedGrants(acl: string, owner: string, bucketOwner: string): readonly Grant[] | undefined {
  const own = toAccount(owner, "FULL_CONTROL");
  const forBucketOwner = (permission: Permission): Grant[] =>
    owner === bucketOwner ? [own] : [own, toAccount(bucketOwner, permission)];
  switch (acl) {
    case "private":
    case "aws-exec-read":
      return [own];
    case "public-read":
      return [own, toGroup(allUsers, "READ")];
    case "public-read-write":
      return [own, toGroup(allUsers, "READ"), toGroup(allUsers, "WRITE")];
    case "authenticated-read":
      return [own, toGroup(authenticatedUsers, "READ")];
    case "log-delivery-write":
      return [own, toGroup(logDelivery, "WRITE"), toGroup(logDelivery, "READ_ACP")];
    case "bucket-owner-read":
      return forBucketOwner("READ");
    case "bucket-owner-full-control":
      return forBucketOwner("FULL_CONTROL");
    default:
      return undefined;
  }
}

const grantHeaders = {
  GrantFullControl: ["FULL_CONTROL", "x-amz-grant-full-control"],
  GrantRead: ["READ", "x-amz-grant-read"],
  GrantReadACP: ["READ_ACP", "x-amz-grant-read-acp"],
  GrantWrite: ["WRITE", "x-amz-grant-write"],
  GrantWriteACP: ["WRITE_ACP", "x-amz-grant-write-acp"],
} as const satisfies Partial<Record<keyof AclRequest, readonly [Permission, string]>>;

const permissions: ReadonlySet<string> = new Set(Object.values(grantHeaders).map(([permission]) => permission));
const grantHeaderNames = ["GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP"] as const;

/** `id="..."` or `uri="..."`. By hand: a pattern with optional blanks and quotes at both ends is slow on a long row of blanks. */
function headerGrantee(text: string, header: string): Grantee {
  const trimmed = text.trim();
  const equals = trimmed.indexOf("=");
  const kind = trimmed.slice(0, Math.max(equals, 0)).trimEnd();
  const value = unquoted(trimmed.slice(equals + 1).trimStart());
  if (kind === "id" && value !== undefined) return checkedGrantee({ Type: "CanonicalUser", ID: value }, "id", "uri");
  if (kind === "uri" && value !== undefined) return checkedGrantee({ Type: "Group", URI: value }, "id", "uri");
  throw invalidArgument("Argument format not recognized", header, trimmed);
}

/** What is left without a quote at either end; nothing where there are more quotes. */
function unquoted(text: string): string | undefined {
  const start = text.startsWith('"') ? 1 : 0;
  const value = text.slice(start, text.length > start && text.endsWith('"') ? -1 : undefined);
  return value.includes('"') ? undefined : value;
}

function checkedGrantee(grantee: Grantee, idName: string, uriName: string): Grantee {
  if (grantee.Type === "CanonicalUser" && grantee.ID !== undefined) {
    if (!/^[0-9a-f]{64}$/.test(grantee.ID)) throw invalidArgument("Invalid id", idName, grantee.ID);
    return { Type: "CanonicalUser", ID: grantee.ID };
  }
  if (grantee.Type === "Group" && grantee.URI !== undefined) {
    if (!groups.includes(grantee.URI)) throw invalidArgument("Invalid group uri", uriName, grantee.URI);
    return { Type: "Group", URI: grantee.URI };
  }
  throw malformedXml("MalformedACLError");
}

function policyGrants(policy: AccessControlPolicy): readonly Grant[] {
  if (policy.Owner?.ID === undefined) throw malformedXml("MalformedACLError");
  checkedGrantee({ Type: "CanonicalUser", ID: policy.Owner.ID }, "CanonicalUser/ID", "Group/URI");
  return (policy.Grants ?? []).map(({ Grantee, Permission }) => {
    if (!Grantee || !permissions.has(Permission ?? "")) throw malformedXml("MalformedACLError");
    return { Grantee: checkedGrantee(Grantee, "CanonicalUser/ID", "Group/URI"), Permission };
  });
}

export const hasAcl = (request: AclRequest): boolean =>
  request.ACL !== undefined ||
  request.AccessControlPolicy !== undefined ||
  grantHeaderNames.some((name) => request[name] !== undefined);

/**
 * The grants that a request asks for; `undefined` if it asks for none.
 *
 * @param owner the account that will own the object or bucket
 * @throws AwsError what S3 answers to an ACL that is none
 */
export function requestedGrants(request: AclRequest, owner: string, bucketOwner: string): readonly Grant[] | undefined {
  const headers = grantHeaderNames.filter((name) => request[name] !== undefined);
  if (request.AccessControlPolicy !== undefined) {
    if (request.ACL !== undefined || headers.length > 0) {
      throw new AwsError("UnexpectedContent", 400, "This request does not support content");
    }
    return policyGrants(request.AccessControlPolicy);
  }
  if (request.ACL !== undefined) {
    if (headers.length > 0) throw invalidRequest("Specifying both Canned ACLs and Header Grants is not allowed");
    const canned = cannedGrants(request.ACL, owner, bucketOwner);
    if (!canned) throw invalidArgument("null", "x-amz-acl", request.ACL);
    return canned;
  }
  if (headers.length === 0) return undefined;
  return headers.flatMap((name) => {
    const [Permission, header] = grantHeaders[name];
    const grantees = (request[name] ?? "").split(",");
    return grantees.map((text): Grant => ({ Grantee: headerGrantee(text, header), Permission }));
  });
}

const isPublic = ({ Grantee }: Grant): boolean => Grantee?.URI === allUsers || Grantee?.URI === authenticatedUsers;

/** What a bucket does with an ACL: User Guide, "Controlling ownership of objects" and "Blocking public access". */
export function checkAclAllowed(bucket: Bucket, request: AclRequest, grants: readonly Grant[] | undefined): void {
  if (grants === undefined) return;
  const { ownership, publicAccessBlock } = bucket.settings;
  const harmless = request.ACL === "bucket-owner-full-control" || isOwnFullControl(bucket, grants);
  if (ownership === "BucketOwnerEnforced" && !harmless) {
    throw new AwsError("AccessControlListNotSupported", 400, "The bucket does not allow ACLs");
  }
  if (publicAccessBlock?.BlockPublicAcls && grants.some(isPublic)) throw accessDenied();
}

const isOwnFullControl = (bucket: Bucket, grants: readonly Grant[]): boolean =>
  grants.length === 1 &&
  grants[0]?.Permission === "FULL_CONTROL" &&
  grants[0].Grantee?.ID === canonicalUserId(bucket.account);

/** Who owns what a request writes, and the ACL that it gets. */
export function ownershipOf(
  bucket: Bucket,
  writer: string,
  request: AclRequest,
): { readonly owner: string; readonly grants: readonly Grant[] } {
  const { ownership } = bucket.settings;
  const givenAway = ownership === "BucketOwnerPreferred" && request.ACL === "bucket-owner-full-control";
  const owner = ownership === "BucketOwnerEnforced" || givenAway ? bucket.account : writer;
  const grants = requestedGrants(request, owner, bucket.account);
  checkAclAllowed(bucket, request, grants);
  if (ownership === "BucketOwnerEnforced") return { owner, grants: noGrants };
  return { owner, grants: grants ?? [toAccount(owner, "FULL_CONTROL")] };
}

/** What GetObjectAcl and GetBucketAcl show where ACLs are off. */
export const ownerOnly = (account: string): readonly Grant[] => [toAccount(account, "FULL_CONTROL")];

/** Whether an ACL gives the permission to the account, or to everybody. */
export function grantsAllow(
  grants: readonly Grant[],
  permission: Permission,
  account: string | undefined,
  ignorePublic: boolean,
): boolean {
  return grants.some((grant) => {
    if (grant.Permission !== permission && grant.Permission !== "FULL_CONTROL") return false;
    if (isPublic(grant)) return !ignorePublic && (grant.Grantee?.URI === allUsers || account !== undefined);
    return account !== undefined && grant.Grantee?.ID === canonicalUserId(account);
  });
}
