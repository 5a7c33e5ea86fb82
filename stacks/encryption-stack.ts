import { join, relative, resolve } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, LocalBackend, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Fleet, FleetBucket, Target } from "../src/fleet/fleet";
import type { Snapshots } from "../src/fleet/load";
import type { StackOutputs } from "../src/fleet/outputs";
import { BackupBucket } from "./constructs/backup-bucket";
import { BatchRole } from "./constructs/batch-role";
import { EncryptionKey } from "./constructs/encryption-key";
import { LegacyBucket } from "./constructs/legacy-bucket";
import { protection } from "./constructs/protection";
import { ReencryptionRole } from "./constructs/reencryption-role";
import { keepStateInS3 } from "./constructs/s3-backend";
import { managedBy } from "./policies/pipeline";

// cdktf leaves null fields out, and the outputs have to say that there is no key.
// biome-ignore lint/suspicious/noTemplateCurlyInString: an expression for Terraform
const terraformNull = "${null}";

export interface EncryptionStackProps {
  /** Where the state is. */
  readonly fleet: Pick<Fleet, "directory" | "state">;
  /** The account and region that the stack is for. */
  readonly target: Target;
  /** What was live in the buckets; those from stage encrypt on have one. */
  readonly snapshots: Snapshots;
}

/** One account and region: its key, its backup bucket, its re-encryption role, and what we hold of each legacy bucket. */
export class EncryptionStack extends TerraformStack {
  constructor(scope: Construct, id: string, { fleet, target, snapshots }: EncryptionStackProps) {
    super(scope, id);
    this.addOverride("terraform.required_version", ">= 1.11");
    this.keepState(fleet);
    this.connect(target);

    const key = new EncryptionKey(this, "key", { target });
    const backup = new BackupBucket(this, "backup", { target });
    const role = new ReencryptionRole(this, "role", { target, keyArn: key.arn });
    if (target.batchOperations) new BatchRole(this, "batch-role", { target, keyArn: key.arn });
    this.adopt(
      target.buckets.map(
        (bucket) =>
          new LegacyBucket(this, `bucket-${bucket.name}`, {
            target,
            bucket,
            snapshot: snapshots.get(bucket.name),
            keyArn: key.arn,
          }),
      ),
    );
    this.answer(target, { roleArn: role.arn, backupBucket: backup.bucketName, keyArn: key.arn });
    this.node.addValidation(protection(this));
  }

  private keepState({ directory, state }: EncryptionStackProps["fleet"]): void {
    const name = this.node.id;
    if (state.backend === "local") {
      // Terraform runs in the stack's directory, and an absolute path would tie the synthesised files to one machine.
      const runs = resolve(App.of(this).outdir, "stacks", name);
      new LocalBackend(this, { path: relative(runs, join(resolve(directory, state.directory), `${name}.tfstate`)) });
      return;
    }
    keepStateInS3(this, state, `${state.prefix}/${name}.tfstate`);
  }

  private connect({ account, region }: Target): void {
    const { planRole, applyRole } = account;
    const roleArn =
      planRole && applyRole && planRole !== applyRole
        ? `\${terraform.applying ? "${applyRole}" : "${planRole}"}`
        : (applyRole ?? planRole);
    new AwsProvider(this, "aws", {
      region,
      // The cheapest guard against credentials of another account.
      allowedAccountIds: [account.id],
      ...(roleArn ? { assumeRole: [{ roleArn }] } : {}),
      defaultTags: [{ tags: { [managedBy.key]: managedBy.value, stack: this.node.id } }],
    });
  }

  // `importFrom` would start the terraform binary once for each bucket during synth, to ask for its version.
  private adopt(buckets: readonly LegacyBucket[]): void {
    const imports = buckets.flatMap((bucket) => bucket.imports);
    const removed = buckets
      .flatMap((bucket) => bucket.forgotten)
      .map((from) => ({ from, lifecycle: { destroy: false } }));
    if (imports.length > 0) this.addOverride("import", imports);
    if (removed.length > 0) this.addOverride("removed", removed);
  }

  private answer(target: Target, parts: { roleArn: string; backupBucket: string; keyArn: string }): void {
    const keyOf = (bucket: FleetBucket) =>
      bucket.encryption === "AES256" ? terraformNull : (bucket.keyArn ?? parts.keyArn);
    const value: StackOutputs = {
      version: 1,
      account: target.account.id,
      region: target.region,
      roleArn: parts.roleArn,
      backupBucket: parts.backupBucket,
      buckets: Object.fromEntries(
        target.buckets
          .filter((bucket) => bucket.stage !== "released")
          .map((bucket) => [
            bucket.name,
            { encryption: bucket.encryption, keyArn: keyOf(bucket), bucketKey: bucket.bucketKey },
          ]),
      ),
    };
    new TerraformOutput(this, "at_rest", { staticId: true, value });
  }
}
