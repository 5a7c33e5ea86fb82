import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { Annotations, type IAspect } from "cdktf";
import type { IConstruct } from "constructs";

/** Refuses to synthesise a key or a bucket that Terraform could destroy: with it go objects that nobody can replace. */
export class Protection implements IAspect {
  visit(node: IConstruct): void {
    if (!(node instanceof KmsKey || node instanceof S3Bucket)) return;
    if (node.lifecycle?.preventDestroy !== true) {
      Annotations.of(node).addError(
        `${node.node.path} needs lifecycle.preventDestroy: true, for it holds or opens data.`,
      );
    }
    if (node instanceof S3Bucket && node.forceDestroyInput === true) {
      Annotations.of(node).addError(`${node.node.path} must not have forceDestroy, which deletes every object.`);
    }
  }
}
