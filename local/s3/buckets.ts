import {
  BucketLocationConstraint,
  type CreateBucketOutput,
  type CreateBucketRequest,
  type DeleteBucketRequest,
  type GetBucketLocationOutput,
  type GetBucketLocationRequest,
  type HeadBucketOutput,
  type HeadBucketRequest,
  type ListBucketsOutput,
  type ListBucketsRequest,
  type Bucket as ListedBucket,
  type ObjectOwnership,
} from "@aws-sdk/client-s3";
import { authorize } from "../identity/authorize";
import { AwsError, type Context } from "../service";
import { bucketArn, canonicalUserId } from "./arns";
import { bucketFor } from "./bucket-access";
import { checkTags } from "./bucket-tags";
import { accessDenied, invalidArgument } from "./errors";
import { allUsers, authenticatedUsers, hasAcl, requestedGrants } from "./grants";
import { type Bucket, createBucket as newBucket } from "./state";
import { findBucket } from "./versions";

const global = "us-east-1";
const elsewhere: ReadonlySet<string> = new Set(
  Object.values(BucketLocationConstraint).filter((name) => name !== BucketLocationConstraint.EU),
);

const accountOf = ({ caller }: Context): string => {
  if (!("account" in caller)) throw accessDenied();
  return caller.account;
};

/** User Guide, "General purpose bucket naming rules". */
const isBucketName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
  !/\.\.|^\d+\.\d+\.\d+\.\d+$|^xn--|^sthree-|^amzn-s3-demo-|-s3alias$|--ol-s3$|\.mrap$|--x-s3$|--table-s3$/.test(name);

/** Which region a request for a bucket means: only us-east-1's endpoint makes buckets elsewhere, and never names itself. */
function regionFor(endpoint: string, constraint: string | undefined): string {
  if (endpoint === global) {
    if (constraint === undefined) return global;
    if (elsewhere.has(constraint)) return constraint;
    throw new AwsError("InvalidLocationConstraint", 400, "The specified location-constraint is not valid", {
      LocationConstraint: constraint,
    });
  }
  if (constraint === endpoint) return endpoint;
  throw new AwsError(
    "IllegalLocationConstraintException",
    400,
    `The ${constraint ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

const ownerships: readonly ObjectOwnership[] = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];

export const isOwnership = (text: string | undefined): text is ObjectOwnership =>
  ownerships.some((ownership) => ownership === text);

/** API Reference, CreateBucket. An own bucket in us-east-1 may be created again, unless tags are given. */
export function createBucket(context: Context, input: CreateBucketRequest): CreateBucketOutput {
  const name = input.Bucket ?? "";
  const account = accountOf(context);
  const { partition, region: endpoint } = context;
  authorize(context, { action: "s3:CreateBucket", resource: bucketArn({ partition, name }), resourceAccount: account });
  if (!isBucketName(name)) {
    throw new AwsError("InvalidBucketName", 400, "The specified bucket is not valid.", { BucketName: name });
  }
  const configuration = input.CreateBucketConfiguration;
  const region = regionFor(endpoint, configuration?.LocationConstraint || undefined);
  const tags = configuration?.Tags ?? [];
  checkTags(tags, "CreateBucket");
  const known = context.state.s3.buckets.get(name);
  if (known && (known.account !== account || known.region !== global || region !== global || tags.length > 0)) {
    throw alreadyThere(known, account);
  }
  if (!known) {
    const bucket = newBucket({ name, account, region, partition, createdAt: context.now });
    configure(context, bucket, input);
    if (tags.length > 0) bucket.settings.tags = tags;
    context.state.s3.buckets.set(name, bucket);
  }
  return {
    Location: region === global ? `/${name}` : `http://${name}.s3.amazonaws.com/`,
    BucketArn: bucketArn({ partition, name }),
  };
}

function alreadyThere(known: Bucket, account: string): AwsError {
  const fields = { BucketName: known.name };
  return known.account === account
    ? new AwsError(
        "BucketAlreadyOwnedByYou",
        409,
        "Your previous request to create the named bucket succeeded and you already own it.",
        fields,
      )
    : new AwsError(
        "BucketAlreadyExists",
        409,
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
        fields,
      );
}

function configure({ state }: Context, bucket: Bucket, input: CreateBucketRequest): void {
  const { settings } = bucket;
  const { ObjectOwnership: ownership } = input;
  if (ownership !== undefined && !isOwnership(ownership)) {
    throw invalidArgument(`Invalid x-amz-object-ownership header: ${ownership}`, "x-amz-object-ownership");
  }
  settings.ownership = ownership ?? "BucketOwnerEnforced";
  const grants = requestedGrants(input, bucket.account, bucket.account);
  if (hasAcl(input) && input.ACL !== "private" && settings.ownership === "BucketOwnerEnforced") throw aclsAreOff();
  if (grants?.some(({ Grantee }) => Grantee?.URI === allUsers || Grantee?.URI === authenticatedUsers)) {
    const message = "Bucket cannot have public ACLs set with BlockPublicAccess enabled";
    throw new AwsError("InvalidBucketAclWithBlockPublicAccessError", 400, message);
  }
  settings.grants = [...(grants ?? [])];
  if (input.ObjectLockEnabledForBucket) {
    settings.objectLock = { ObjectLockEnabled: "Enabled" };
    settings.versioning = "Enabled";
  }
  // Since April 2026 new buckets refuse SSE-C: User Guide, "Blocking or unblocking SSE-C for a general purpose bucket".
  if (state.s3.defaultEncryption !== "none") settings.blockedEncryptionTypes = ["SSE-C"];
}

export const aclsAreOff = (): AwsError =>
  new AwsError(
    "InvalidBucketAclWithObjectOwnership",
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  );

export function deleteBucket(context: Context, input: DeleteBucketRequest): void {
  const bucket = bucketFor(context, "s3:DeleteBucket", input);
  if (bucket.keys.size > 0) {
    const also = bucket.settings.versioning ? ". You must delete all versions in the bucket." : "";
    throw new AwsError("BucketNotEmpty", 409, `The bucket you tried to delete is not empty${also}`, {
      BucketName: bucket.name,
    });
  }
  context.state.s3.buckets.delete(bucket.name);
}

export function headBucket(context: Context, input: HeadBucketRequest): HeadBucketOutput {
  const bucket = bucketFor(context, "s3:ListBucket", input);
  return { BucketArn: bucketArn(bucket), BucketRegion: bucket.region, AccessPointAlias: false };
}

/** Answered from any region's endpoint. The location of us-east-1 is empty. */
export function getBucketLocation(context: Context, input: GetBucketLocationRequest): GetBucketLocationOutput {
  const { region } = findBucket(context, input.Bucket);
  bucketFor({ ...context, region }, "s3:GetBucketLocation", input);
  // The type has an enumeration of regions; the wire has any text.
  return region === global
    ? {}
    : { LocationConstraint: region as NonNullable<GetBucketLocationOutput["LocationConstraint"]> };
}

const largestPage = 10_000;

export function listBuckets(context: Context, input: ListBucketsRequest): ListBucketsOutput {
  const account = accountOf(context);
  authorize(context, { action: "s3:ListAllMyBuckets", resource: "*", resourceAccount: account });
  const { Prefix, BucketRegion, MaxBuckets = largestPage, ContinuationToken } = input;
  if (BucketRegion !== undefined && BucketRegion !== global && !elsewhere.has(BucketRegion)) {
    throw invalidArgument(`Argument value ${BucketRegion} is not a valid AWS Region`, "bucket-region");
  }
  const after = Buffer.from(ContinuationToken ?? "", "base64").toString();
  const own = [...context.state.s3.buckets.values()]
    .filter((bucket) => bucket.account === account && bucket.name > after)
    .filter((bucket) => bucket.name.startsWith(Prefix ?? "") && bucket.region === (BucketRegion ?? bucket.region))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = own.slice(0, MaxBuckets);
  const withRegion = [Prefix, BucketRegion, input.MaxBuckets, ContinuationToken].some((value) => value !== undefined);
  const last = page.at(-1);
  return {
    Owner: { ID: canonicalUserId(account) },
    Buckets: page.map((bucket) => listed(bucket, withRegion)),
    Prefix,
    ContinuationToken: last && page.length < own.length ? Buffer.from(last.name).toString("base64") : undefined,
  };
}

const listed = (bucket: Bucket, withRegion: boolean): ListedBucket => ({
  Name: bucket.name,
  CreationDate: new Date(bucket.createdAt),
  BucketArn: bucketArn(bucket),
  ...(withRegion ? { BucketRegion: bucket.region } : {}),
});
