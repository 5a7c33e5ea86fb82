import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import type { IConstruct, IValidation } from "constructs";

function offences(node: IConstruct): string[] {
  if (!(node instanceof KmsKey || node instanceof S3Bucket)) return [];
  const kept = node.lifecycle?.preventDestroy === true;
  const emptied = node instanceof S3Bucket && node.forceDestroyInput === true;
  return [
    ...(kept ? [] : [`${node.node.path} needs lifecycle.preventDestroy: true, for it holds or opens data.`]),
    ...(emptied ? [`${node.node.path} must not have forceDestroy, which deletes every object.`] : []),
  ];
}

/** Refuses to synthesise a key or a bucket that Terraform could destroy: with it go objects that nobody can replace. */
export const protection = (scope: IConstruct): IValidation => ({
  validate: () => scope.node.findAll().flatMap(offences),
});
