import type { BucketVersioningStatus, EncryptionType, ObjectOwnership, ServerSideEncryption } from "@aws-sdk/client-s3";
import { sameDocument } from "../json-document";
import { block, blocks, isTrue, required, text, texts } from "../reading";
import type { ObjectValue } from "../values";
import { anyOf, setting } from "./s3-setting";

/** Versioning cannot be taken back: "Disabled" is the absence of a configuration, and removing it only suspends. */
export const versioning = setting({
  missing: [],
  unsupported: ["mfa"],
  async put(s3, target, planned, prior) {
    const status = required(block(planned["versioning_configuration"]) ?? {}, "status");
    if (status !== "Disabled") {
      const VersioningConfiguration = { Status: anyOf<BucketVersioningStatus>(status) };
      return s3.putBucketVersioning({ ...target, VersioningConfiguration });
    }
    if (prior) throw new Error("versioning_configuration.status: versioning can be suspended, but not disabled again.");
  },
  async get(s3, target) {
    const { Status, MFADelete } = await s3.getBucketVersioning(target);
    return { versioning_configuration: [{ status: Status ?? "Disabled", mfa_delete: MFADelete ?? "" }] };
  },
  async remove(s3, target, state) {
    if (block(state["versioning_configuration"])?.["status"] === "Disabled") return;
    return s3.putBucketVersioning({ ...target, VersioningConfiguration: { Status: "Suspended" } });
  },
});

export const publicAccessBlock = setting({
  missing: ["NoSuchPublicAccessBlockConfiguration"],
  unsupported: ["skip_destroy"],
  defaults: {
    block_public_acls: false,
    block_public_policy: false,
    ignore_public_acls: false,
    restrict_public_buckets: false,
  },
  put: (s3, target, planned) =>
    s3.putPublicAccessBlock({
      ...target,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: isTrue(planned["block_public_acls"]),
        BlockPublicPolicy: isTrue(planned["block_public_policy"]),
        IgnorePublicAcls: isTrue(planned["ignore_public_acls"]),
        RestrictPublicBuckets: isTrue(planned["restrict_public_buckets"]),
      },
    }),
  async get(s3, target) {
    const { PublicAccessBlockConfiguration: found } = await s3.getPublicAccessBlock(target);
    return {
      block_public_acls: found?.BlockPublicAcls ?? false,
      block_public_policy: found?.BlockPublicPolicy ?? false,
      ignore_public_acls: found?.IgnorePublicAcls ?? false,
      restrict_public_buckets: found?.RestrictPublicBuckets ?? false,
    };
  },
  remove: (s3, target) => s3.deletePublicAccessBlock(target),
});

export const ownershipControls = setting({
  missing: ["OwnershipControlsNotFoundError"],
  put: (s3, target, planned) =>
    s3.putBucketOwnershipControls({
      ...target,
      OwnershipControls: {
        Rules: blocks(planned["rule"]).map((rule) => ({
          ObjectOwnership: anyOf<ObjectOwnership>(required(rule, "object_ownership")),
        })),
      },
    }),
  async get(s3, target) {
    const { OwnershipControls } = await s3.getBucketOwnershipControls(target);
    return {
      rule: (OwnershipControls?.Rules ?? []).map((rule) => ({ object_ownership: rule.ObjectOwnership ?? null })),
    };
  },
  remove: (s3, target) => s3.deleteBucketOwnershipControls(target),
});

export const policy = setting({
  missing: ["NoSuchBucketPolicy"],
  equivalent: { policy: sameDocument },
  put: (s3, target, planned) => s3.putBucketPolicy({ ...target, Policy: required(planned, "policy") }),
  async get(s3, target) {
    const { Policy } = await s3.getBucketPolicy(target);
    return Policy === undefined ? undefined : { policy: Policy };
  },
  remove: (s3, target) => s3.deleteBucketPolicy(target),
});

export const serverSideEncryption = setting({
  missing: ["ServerSideEncryptionConfigurationNotFoundError"],
  put: (s3, target, planned) =>
    s3.putBucketEncryption({
      ...target,
      ServerSideEncryptionConfiguration: { Rules: blocks(planned["rule"]).map(encryptionRule) },
    }),
  async get(s3, target) {
    const { ServerSideEncryptionConfiguration } = await s3.getBucketEncryption(target);
    return {
      rule: (ServerSideEncryptionConfiguration?.Rules ?? []).map((rule) => {
        const applied = rule.ApplyServerSideEncryptionByDefault;
        return {
          bucket_key_enabled: rule.BucketKeyEnabled ?? false,
          blocked_encryption_types: rule.BlockedEncryptionTypes?.EncryptionType ?? [],
          apply_server_side_encryption_by_default: applied
            ? [{ sse_algorithm: applied.SSEAlgorithm ?? "", kms_master_key_id: applied.KMSMasterKeyID ?? "" }]
            : [],
        };
      }),
    };
  },
  remove: (s3, target) => s3.deleteBucketEncryption(target),
});

function encryptionRule(rule: ObjectValue) {
  const applied = block(rule["apply_server_side_encryption_by_default"]);
  const blocked = texts(rule["blocked_encryption_types"]);
  return {
    BucketKeyEnabled: isTrue(rule["bucket_key_enabled"]),
    ...(applied && {
      ApplyServerSideEncryptionByDefault: {
        SSEAlgorithm: anyOf<ServerSideEncryption>(required(applied, "sse_algorithm")),
        KMSMasterKeyID: text(applied["kms_master_key_id"]),
      },
    }),
    ...(blocked.length > 0 && {
      BlockedEncryptionTypes: { EncryptionType: blocked.map((type) => anyOf<EncryptionType>(type)) },
    }),
  };
}
