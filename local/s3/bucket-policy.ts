import type {
  DeleteBucketPolicyRequest,
  DeletePublicAccessBlockRequest,
  GetBucketPolicyOutput,
  GetBucketPolicyRequest,
  GetBucketPolicyStatusOutput,
  GetBucketPolicyStatusRequest,
  GetPublicAccessBlockOutput,
  GetPublicAccessBlockRequest,
  PutBucketPolicyRequest,
  PutPublicAccessBlockRequest,
} from "@aws-sdk/client-s3";
import { MalformedPolicy, type Policy, parsePolicy, type Statement } from "../identity/policy/document";
import { principalsExist } from "../identity/principals";
import { AwsError, type Context } from "../service";
import { bucketArn } from "./arns";
import { bucketFor } from "./bucket-access";
import { isPublic } from "./public-policy";
import type { Bucket } from "./state";

/** Bytes. User Guide, "Bucket policies". */
const largestPolicy = 20_480;

const malformed = (message: string): AwsError => new AwsError("MalformedPolicy", 400, message);

function readPolicy(document: string): Policy {
  try {
    return parsePolicy(document, "resource");
  } catch (error) {
    throw error instanceof MalformedPolicy ? malformed(error.message) : error;
  }
}

/** Service Authorization Reference, "Actions defined by Amazon S3", by the words in their names. In lower case. */
const isObjectAction = (action: string): boolean =>
  /object|multipartupload|replicate(?:delete|tags)|governanceretention/.test(action) &&
  (!action.includes("bucket") || action === "s3:objectowneroverridetobucketowner");

/** Every action must be S3's, every resource this bucket's, and every action must have a resource of its kind. */
function checkScope(arn: string, { actions, resources }: Statement): void {
  const named = resources?.values ?? [];
  if (actions.values.some((action) => action !== "*" && !/^s3:/i.test(action)))
    throw malformed("Policy has invalid action");
  if (
    named.some(
      (resource) => resource !== arn && !resource.startsWith(`${arn}/`) && !/^\*|^arn:[^/]*[*?]/.test(resource),
    )
  ) {
    throw malformed("Policy has invalid resource");
  }
  if (actions.not || resources?.not) return;
  const concrete = actions.values.filter((action) => !/[*?]/.test(action));
  const applies = (action: string): boolean =>
    named.some((resource) => /^[^/]*[*?]/.test(resource) || resource.includes("/") === isObjectAction(action));
  if (!concrete.every(applies)) throw malformed("Action does not apply to any resource(s) in statement");
}

/** API Reference, PutBucketPolicy. The text is kept as it was put. */
export function putBucketPolicy(context: Context, input: PutBucketPolicyRequest): void {
  const bucket = bucketFor(context, "s3:PutBucketPolicy", input);
  const document = input.Policy ?? "";
  if (Buffer.byteLength(document) > largestPolicy) {
    const message = `Normalized policy document exceeds the maximum allowed size of ${largestPolicy} bytes.`;
    throw new AwsError("PolicyTooLarge", 400, message);
  }
  const policy = readPolicy(document);
  // Users and roles must be there when the policy is put, so that a deleted one's ARN is refused.
  if (!principalsExist(context.state.identity, document)) throw malformed("Invalid principal in policy");
  for (const statement of policy.statements) checkScope(bucketArn(bucket), statement);
  if (bucket.settings.publicAccessBlock?.BlockPublicPolicy && isPublic(policy)) throw publicPolicy(context, bucket);
  bucket.settings.policy = document;
}

function publicPolicy({ caller }: Context, bucket: Bucket): AwsError {
  const who = "arn" in caller ? caller.arn : "anonymous";
  return new AwsError(
    "AccessDenied",
    403,
    `User: ${who} is not authorized to perform: s3:PutBucketPolicy on resource: "${bucketArn(bucket)}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
  );
}

function policyOf({ name, settings }: Bucket): string {
  if (settings.policy !== undefined) return settings.policy;
  throw new AwsError("NoSuchBucketPolicy", 404, "The bucket policy does not exist", { BucketName: name });
}

export const getBucketPolicy = (context: Context, input: GetBucketPolicyRequest): GetBucketPolicyOutput => ({
  Policy: policyOf(bucketFor(context, "s3:GetBucketPolicy", input)),
});

export function deleteBucketPolicy(context: Context, input: DeleteBucketPolicyRequest): void {
  delete bucketFor(context, "s3:DeleteBucketPolicy", input).settings.policy;
}

export function getBucketPolicyStatus(
  context: Context,
  input: GetBucketPolicyStatusRequest,
): GetBucketPolicyStatusOutput {
  const policy = policyOf(bucketFor(context, "s3:GetBucketPolicyStatus", input));
  return { PolicyStatus: { IsPublic: isPublic(parsePolicy(policy)) } };
}

/** What is left out is off. */
export function putPublicAccessBlock(context: Context, input: PutPublicAccessBlockRequest): void {
  const { settings } = bucketFor(context, "s3:PutBucketPublicAccessBlock", input);
  const off = {
    BlockPublicAcls: false,
    IgnorePublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  };
  settings.publicAccessBlock = { ...off, ...input.PublicAccessBlockConfiguration };
}

export function getPublicAccessBlock(context: Context, input: GetPublicAccessBlockRequest): GetPublicAccessBlockOutput {
  const { name, settings } = bucketFor(context, "s3:GetBucketPublicAccessBlock", input);
  if (settings.publicAccessBlock) return { PublicAccessBlockConfiguration: settings.publicAccessBlock };
  const message = "The public access block configuration was not found";
  throw new AwsError("NoSuchPublicAccessBlockConfiguration", 404, message, { BucketName: name });
}

export function deletePublicAccessBlock(context: Context, input: DeletePublicAccessBlockRequest): void {
  delete bucketFor(context, "s3:PutBucketPublicAccessBlock", input).settings.publicAccessBlock;
}
