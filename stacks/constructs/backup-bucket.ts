import type { Construct } from "constructs";
import type { Target } from "../../src/fleet/fleet";
import { backupBucketName } from "../../src/fleet/names";
import { ProtectedBucket } from "./protected-bucket";

export interface BackupBucketProps {
  /** The account and region whose buckets are backed up here. Says how long backups are kept. */
  readonly target: Target;
}

/** Where `at-rest backup` puts what a conversion may rewrite. Under S3's own keys, so that losing the target key loses no backup. */
export class BackupBucket extends ProtectedBucket {
  constructor(scope: Construct, id: string, { target }: BackupBucketProps) {
    const days = target.backupRetentionInDays;
    super(scope, id, {
      logicalId: "backup",
      bucketName: backupBucketName(target.account.id, target.region),
      partition: target.account.partition,
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
