import type {
  GetBucketVersioningOutput,
  GetBucketVersioningRequest,
  GetObjectLockConfigurationOutput,
  GetObjectLockConfigurationRequest,
  ObjectLockConfiguration,
  PutBucketVersioningRequest,
  PutObjectLockConfigurationRequest,
} from "@aws-sdk/client-s3";
import { AwsError, type Context } from "../service";
import { bucketFor } from "./bucket-access";
import { malformedXml } from "./errors";

const invalidState = (message: string): AwsError => new AwsError("InvalidBucketState", 409, message);

export function putBucketVersioning(context: Context, input: PutBucketVersioningRequest): void {
  const { settings } = bucketFor(context, "s3:PutBucketVersioning", input);
  const status = input.VersioningConfiguration?.Status;
  if (status === undefined) {
    const message = "The Versioning element must be specified";
    throw new AwsError("IllegalVersioningConfigurationException", 400, message);
  }
  if (status !== "Enabled" && status !== "Suspended") throw malformedXml();
  if (status === "Suspended" && settings.objectLock) {
    throw invalidState(
      "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
    );
  }
  settings.versioning = status;
}

export function getBucketVersioning(context: Context, input: GetBucketVersioningRequest): GetBucketVersioningOutput {
  const { settings } = bucketFor(context, "s3:GetBucketVersioning", input);
  return { Status: settings.versioning };
}

function isLockConfiguration(configuration: ObjectLockConfiguration | undefined): boolean {
  if (configuration?.ObjectLockEnabled !== "Enabled") return false;
  if (!configuration.Rule) return true;
  const { Mode, Days, Years } = configuration.Rule.DefaultRetention ?? {};
  const period = Days ?? Years ?? 0;
  return (
    (Mode === "GOVERNANCE" || Mode === "COMPLIANCE") && (Days === undefined) !== (Years === undefined) && period > 0
  );
}

/** Can be turned on for any versioned bucket, and never off. */
export function putObjectLockConfiguration(context: Context, input: PutObjectLockConfigurationRequest): void {
  const { ObjectLockConfiguration: configuration } = input;
  const { settings } = bucketFor(context, "s3:PutBucketObjectLockConfiguration", input);
  if (!configuration || !isLockConfiguration(configuration)) throw malformedXml();
  if (settings.versioning !== "Enabled") {
    throw invalidState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
  }
  settings.objectLock = configuration;
}

export function getObjectLockConfiguration(
  context: Context,
  input: GetObjectLockConfigurationRequest,
): GetObjectLockConfigurationOutput {
  const { name, settings } = bucketFor(context, "s3:GetBucketObjectLockConfiguration", input);
  if (!settings.objectLock) {
    const message = "Object Lock configuration does not exist for this bucket";
    throw new AwsError("ObjectLockConfigurationNotFoundError", 404, message, { BucketName: name });
  }
  return { ObjectLockConfiguration: settings.objectLock };
}
