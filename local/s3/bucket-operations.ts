import { AwsError, type Context, type Operations } from "../service";
import { type BucketRequest, bucketFor } from "./bucket-access";
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from "./bucket-encryption";
import {
  deleteBucketPolicy,
  deletePublicAccessBlock,
  getBucketPolicy,
  getBucketPolicyStatus,
  getPublicAccessBlock,
  putBucketPolicy,
  putPublicAccessBlock,
} from "./bucket-policy";
import {
  deleteBucketLifecycle,
  deleteBucketOwnershipControls,
  getBucketAcl,
  getBucketLifecycleConfiguration,
  getBucketOwnershipControls,
  putBucketAcl,
  putBucketLifecycleConfiguration,
  putBucketOwnershipControls,
} from "./bucket-settings";
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from "./bucket-tags";
import {
  getBucketVersioning,
  getObjectLockConfiguration,
  putBucketVersioning,
  putObjectLockConfiguration,
} from "./bucket-versioning";
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from "./buckets";
import {
  deleteBucketInventoryConfiguration,
  getBucketInventoryConfiguration,
  listBucketInventoryConfigurations,
  putBucketInventoryConfiguration,
} from "./inventory-configurations";
import type { BucketSettings } from "./state";

/** A setting that can be asked for, but not be put: this AWS would not act on it. */
const shown =
  (action: `s3:${string}`, of: (settings: BucketSettings) => object | undefined, unset: () => object) =>
  (context: Context, input: BucketRequest): object =>
    of(bucketFor(context, action, input).settings) ?? unset();

const notFound = (code: string, message: string) => (): never => {
  throw new AwsError(code, 404, message);
};

/** What S3 can be asked of buckets, by the names of the API Reference. */
export const bucketOperations: Operations = {
  CreateBucket: createBucket,
  DeleteBucket: deleteBucket,
  HeadBucket: headBucket,
  ListBuckets: listBuckets,
  GetBucketLocation: getBucketLocation,
  PutBucketEncryption: putBucketEncryption,
  GetBucketEncryption: getBucketEncryption,
  DeleteBucketEncryption: deleteBucketEncryption,
  PutBucketPolicy: putBucketPolicy,
  GetBucketPolicy: getBucketPolicy,
  DeleteBucketPolicy: deleteBucketPolicy,
  GetBucketPolicyStatus: getBucketPolicyStatus,
  PutPublicAccessBlock: putPublicAccessBlock,
  GetPublicAccessBlock: getPublicAccessBlock,
  DeletePublicAccessBlock: deletePublicAccessBlock,
  PutBucketVersioning: putBucketVersioning,
  GetBucketVersioning: getBucketVersioning,
  PutObjectLockConfiguration: putObjectLockConfiguration,
  GetObjectLockConfiguration: getObjectLockConfiguration,
  PutBucketTagging: putBucketTagging,
  GetBucketTagging: getBucketTagging,
  DeleteBucketTagging: deleteBucketTagging,
  PutBucketAcl: putBucketAcl,
  GetBucketAcl: getBucketAcl,
  PutBucketOwnershipControls: putBucketOwnershipControls,
  GetBucketOwnershipControls: getBucketOwnershipControls,
  DeleteBucketOwnershipControls: deleteBucketOwnershipControls,
  PutBucketLifecycleConfiguration: putBucketLifecycleConfiguration,
  GetBucketLifecycleConfiguration: getBucketLifecycleConfiguration,
  DeleteBucketLifecycle: deleteBucketLifecycle,
  PutBucketInventoryConfiguration: putBucketInventoryConfiguration,
  GetBucketInventoryConfiguration: getBucketInventoryConfiguration,
  ListBucketInventoryConfigurations: listBucketInventoryConfigurations,
  DeleteBucketInventoryConfiguration: deleteBucketInventoryConfiguration,
  GetBucketAccelerateConfiguration: shown(
    "s3:GetAccelerateConfiguration",
    ({ accelerate }) => accelerate,
    () => ({}),
  ),
  GetBucketLogging: shown(
    "s3:GetBucketLogging",
    ({ logging }) => logging,
    () => ({}),
  ),
  GetBucketNotificationConfiguration: shown(
    "s3:GetBucketNotification",
    ({ notification }) => notification,
    () => ({}),
  ),
  GetBucketRequestPayment: shown(
    "s3:GetBucketRequestPayment",
    ({ requestPayment }) => requestPayment,
    () => ({ Payer: "BucketOwner" }),
  ),
  GetBucketCors: shown(
    "s3:GetBucketCORS",
    ({ cors }) => cors,
    notFound("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
  ),
  GetBucketWebsite: shown(
    "s3:GetBucketWebsite",
    ({ website }) => website,
    notFound("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
  ),
  GetBucketReplication: shown(
    "s3:GetReplicationConfiguration",
    ({ replication }) => replication && { ReplicationConfiguration: replication },
    notFound("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
  ),
};
