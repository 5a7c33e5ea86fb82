import type { Resource } from "../resource";
import { policy as iamPolicy, role, rolePolicyAttachment } from "./iam";
import { openIdConnectProvider } from "./iam-oidc";
import { alias, key } from "./kms";
import { bucket } from "./s3-bucket";
import { lifecycle } from "./s3-lifecycle";
import {
  policy as bucketPolicy,
  ownershipControls,
  publicAccessBlock,
  serverSideEncryption,
  versioning,
} from "./s3-settings";

/** Every resource type that this provider has: the ones that the stacks use. */
export const resources: Readonly<Record<string, Resource>> = {
  aws_iam_openid_connect_provider: openIdConnectProvider,
  aws_iam_policy: iamPolicy,
  aws_iam_role: role,
  aws_iam_role_policy_attachment: rolePolicyAttachment,
  aws_kms_alias: alias,
  aws_kms_key: key,
  aws_s3_bucket: bucket,
  aws_s3_bucket_lifecycle_configuration: lifecycle,
  aws_s3_bucket_ownership_controls: ownershipControls,
  aws_s3_bucket_policy: bucketPolicy,
  aws_s3_bucket_public_access_block: publicAccessBlock,
  aws_s3_bucket_server_side_encryption_configuration: serverSideEncryption,
  aws_s3_bucket_versioning: versioning,
};
