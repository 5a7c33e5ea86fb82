import type {
  DeleteBucketEncryptionRequest,
  EncryptionType,
  GetBucketEncryptionOutput,
  GetBucketEncryptionRequest,
  PutBucketEncryptionRequest,
  ServerSideEncryptionByDefault,
  ServerSideEncryptionRule,
} from "@aws-sdk/client-s3";
import { AwsError, type Context } from "../service";
import { bucketFor } from "./bucket-access";
import { invalidArgument, malformedXml } from "./errors";

const algorithms: readonly (string | undefined)[] = ["AES256", "aws:kms", "aws:kms:dsse"];
const blockable: readonly EncryptionType[] = ["NONE", "SSE-C"];

function checkDefault({ SSEAlgorithm, KMSMasterKeyID }: ServerSideEncryptionByDefault): void {
  if (!algorithms.includes(SSEAlgorithm)) throw malformedXml();
  if (SSEAlgorithm === "AES256" && KMSMasterKeyID !== undefined) {
    throw invalidArgument(
      "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
      "ApplyServerSideEncryptionByDefault",
    );
  }
}

/**
 * Replaces the bucket's default. The key is not looked at: a wrong ARN makes every put without a header fail.
 *
 * | the rule has           | default    | blocked types |
 * |------------------------|------------|---------------|
 * | a default only         | replaced   | kept          |
 * | blocked types only     | kept       | replaced      |
 * | both                   | replaced   | replaced      |
 *
 * Source: API Reference, PutBucketEncryption; hashicorp/terraform-provider-aws issue 47320.
 */
export function putBucketEncryption(context: Context, input: PutBucketEncryptionRequest): void {
  const { settings } = bucketFor(context, "s3:PutEncryptionConfiguration", input);
  const [rule, ...more] = input.ServerSideEncryptionConfiguration?.Rules ?? [];
  const blocked = rule?.BlockedEncryptionTypes?.EncryptionType;
  if (!rule || more.length > 0) throw malformedXml();
  if (rule.ApplyServerSideEncryptionByDefault) checkDefault(rule.ApplyServerSideEncryptionByDefault);
  if (blocked?.some((type) => !blockable.includes(type))) throw malformedXml();
  if (blocked) settings.blockedEncryptionTypes = blocked;
  const { ApplyServerSideEncryptionByDefault, BucketKeyEnabled = false } = rule;
  if (ApplyServerSideEncryptionByDefault) {
    settings.encryption = { Rules: [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled }] };
  }
}

const sinceJanuary2023: ServerSideEncryptionRule = {
  ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
  BucketKeyEnabled: false,
};

const nothingBlocked: readonly EncryptionType[] = ["NONE"];

/** Every bucket has a default since 2023-01-05; before, 404 where none was put. */
export function getBucketEncryption(context: Context, input: GetBucketEncryptionRequest): GetBucketEncryptionOutput {
  const { name, settings } = bucketFor(context, "s3:GetEncryptionConfiguration", input);
  const rule = settings.encryption?.Rules?.[0];
  if (!rule && context.state.s3.defaultEncryption === "none") {
    const message = "The server side encryption configuration was not found";
    throw new AwsError("ServerSideEncryptionConfigurationNotFoundError", 404, message, { BucketName: name });
  }
  const BlockedEncryptionTypes = { EncryptionType: [...(settings.blockedEncryptionTypes ?? nothingBlocked)] };
  return { ServerSideEncryptionConfiguration: { Rules: [{ ...(rule ?? sinceJanuary2023), BlockedEncryptionTypes }] } };
}

/** Back to SSE-S3. What is blocked stays blocked. */
export function deleteBucketEncryption(context: Context, input: DeleteBucketEncryptionRequest): void {
  const { settings } = bucketFor(context, "s3:PutEncryptionConfiguration", input);
  delete settings.encryption;
}
