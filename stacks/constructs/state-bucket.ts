import type { Construct } from "constructs";
import { ProtectedBucket } from "./protected-bucket";

export interface StateBucketProps {
  readonly bucketName: string;
  readonly partition: string;
}

/** Where Terraform keeps the fleet's states. What a broken run wrote over is still there as a noncurrent version. */
export class StateBucket extends ProtectedBucket {
  constructor(scope: Construct, id: string, { bucketName, partition }: StateBucketProps) {
    super(scope, id, {
      logicalId: "state",
      bucketName,
      partition,
      headerlessWriters: [],
      expire: {
        id: "expire-old-states",
        status: "Enabled",
        filter: [{ prefix: "" }],
        // The newest hundred stay, however old they are.
        noncurrentVersionExpiration: [{ noncurrentDays: 365, newerNoncurrentVersions: 100 }],
      },
    });
  }
}
