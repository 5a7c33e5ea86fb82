import type { Construct } from "constructs";
import type { Target } from "../../src/fleet/fleet";
import { backupBucketName, batchRoleArn } from "../../src/fleet/names";
import { ProtectedBucket } from "./protected-bucket";

export interface BackupBucketProps {
  /** The account and region whose buckets are backed up here. Says how long backups are kept. */
  readonly target: Target;
}

/** Where `at-rest backup` puts what a conversion may rewrite. Under S3's own keys, so that losing the target key loses no backup. */
export class BackupBucket extends ProtectedBucket {
  constructor(scope: Construct, id: string, { target }: BackupBucketProps) {
    const { account, region, backupRetentionInDays: days, batchOperations } = target;
    super(scope, id, {
      logicalId: "backup",
      bucketName: backupBucketName(account.id, region),
      partition: account.partition,
      // Completion reports are always under SSE-S3; whether S3 sends a header with them no AWS page says.
      headerlessWriters: batchOperations ? [batchRoleArn(account, region)] : [],
      expire: {
        id: "expire-backups",
        status: "Enabled",
        filter: [{ prefix: "" }],
        expiration: [{ days }],
        noncurrentVersionExpiration: [{ noncurrentDays: days }],
      },
    });
  }
}
