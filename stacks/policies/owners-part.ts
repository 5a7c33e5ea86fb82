import type { FleetBucket } from "../../src/fleet/fleet";
import { bucketArn } from "../../src/fleet/names";
import type { OwnersPart } from "../../src/fleet/owners-part";
import { enforcementRowsOf } from "./enforcement";

export interface OwnersPartProps {
  /** Of the bucket's account. */
  readonly partition: string;
  readonly bucket: FleetBucket;
  /** Of the target key; with AES256 it says nothing. */
  readonly keyArn: string;
}

/** What the stack would put if the fleet said `own`, for whoever puts it instead. */
export function ownersPart({ partition, bucket, keyArn }: OwnersPartProps): OwnersPart {
  const { name, encryption, bucketKey, stage } = bucket;
  const held = stage === "encrypt" || stage === "enforce";
  const rule = {
    ApplyServerSideEncryptionByDefault: {
      SSEAlgorithm: encryption,
      ...(encryption === "AES256" ? {} : { KMSMasterKeyID: keyArn }),
    },
    // S3 Bucket Keys are for SSE-KMS only: User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys".
    ...(encryption === "aws:kms" ? { BucketKeyEnabled: bucketKey } : {}),
  };
  return {
    statements: bucket.policy === "external" ? enforcementRowsOf(bucket, bucketArn(partition, name), keyArn) : [],
    defaultEncryption: bucket.defaultEncryption === "external" && held ? { Rules: [rule] } : null,
  };
}
