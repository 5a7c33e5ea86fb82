import type {
  DeleteBucketInventoryConfigurationRequest,
  GetBucketInventoryConfigurationOutput,
  GetBucketInventoryConfigurationRequest,
  InventoryConfiguration,
  ListBucketInventoryConfigurationsOutput,
  ListBucketInventoryConfigurationsRequest,
  PutBucketInventoryConfigurationRequest,
} from "@aws-sdk/client-s3";
import { AwsError, type Context } from "../service";
import { bucketFor } from "./bucket-access";
import { invalidArgument, malformedXml } from "./errors";
import { inventoryFields } from "./inventory";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html */
const mostConfigurations = 1_000;
/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html */
const pageLength = 100;

const missing = (): AwsError => new AwsError("NoSuchConfiguration", 404, "The specified configuration does not exist.");

function check({ Id, Destination, IncludedObjectVersions, OptionalFields = [] }: InventoryConfiguration): void {
  const { Bucket, Format } = Destination?.S3BucketDestination ?? {};
  if (!Id || !Bucket || !Format || !IncludedObjectVersions) throw malformedXml();
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(Id)) throw invalidArgument("The id of the configuration is none.", "Id", Id);
  if (Format !== "CSV") throw new AwsError("NotImplemented", 501, "This local AWS writes inventories as CSV alone.");
  const unknown = OptionalFields.find((field) => !Object.hasOwn(inventoryFields, field));
  if (unknown) throw new AwsError("NotImplemented", 501, `This local AWS writes no ${unknown} into inventories.`);
}

export function putBucketInventoryConfiguration(context: Context, input: PutBucketInventoryConfigurationRequest): void {
  const { settings } = bucketFor(context, "s3:PutInventoryConfiguration", input);
  const configuration = input.InventoryConfiguration;
  if (!configuration?.Id) throw malformedXml();
  check(configuration);
  if (configuration.Id !== input.Id) throw invalidArgument("The ids of address and body differ.", "Id", input.Id);
  settings.inventories ??= new Map();
  const { inventories } = settings;
  if (!inventories.has(configuration.Id) && inventories.size === mostConfigurations) {
    const message =
      "You are attempting to create a new configuration but have already reached the 1,000-configuration limit.";
    throw new AwsError("TooManyConfigurations", 400, message);
  }
  inventories.set(configuration.Id, configuration);
}

export function getBucketInventoryConfiguration(
  context: Context,
  input: GetBucketInventoryConfigurationRequest,
): GetBucketInventoryConfigurationOutput {
  const { settings } = bucketFor(context, "s3:GetInventoryConfiguration", input);
  const found = settings.inventories?.get(input.Id ?? "");
  if (!found) throw missing();
  return { InventoryConfiguration: found };
}

export function listBucketInventoryConfigurations(
  context: Context,
  input: ListBucketInventoryConfigurationsRequest,
): ListBucketInventoryConfigurationsOutput {
  const { settings } = bucketFor(context, "s3:GetInventoryConfiguration", input);
  const { ContinuationToken } = input;
  const all = [...(settings.inventories ?? new Map<string, InventoryConfiguration>())];
  const rest = all.filter(([id]) => ContinuationToken === undefined || id > ContinuationToken);
  const page = rest.sort(([one], [other]) => (one < other ? -1 : 1)).slice(0, pageLength);
  const IsTruncated = page.length < rest.length;
  return {
    InventoryConfigurationList: page.map(([, configuration]) => configuration),
    ...{ ContinuationToken, IsTruncated, NextContinuationToken: IsTruncated ? page.at(-1)?.[0] : undefined },
  };
}

export function deleteBucketInventoryConfiguration(
  context: Context,
  input: DeleteBucketInventoryConfigurationRequest,
): void {
  const { settings } = bucketFor(context, "s3:PutInventoryConfiguration", input);
  if (!settings.inventories?.delete(input.Id ?? "")) throw missing();
}
