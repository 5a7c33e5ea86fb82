import type { BucketLocationConstraint, S3 } from "@aws-sdk/client-s3";
import { sameDocument } from "../json-document";
import { generatedName, isTrue, required, text, unlessMissing } from "../reading";
import type { Resource } from "../resource";
import { tagsOf, tagsRead } from "../tags";
import type { Value } from "../values";
import { anyOf } from "./s3-setting";

export const bucket: Resource = {
  forcesReplacement: ["bucket", "bucket_prefix", "object_lock_enabled"],
  defaults: { force_destroy: false },
  equivalent: { policy: sameDocument },
  // Each of them has a resource type of its own, which is what the stacks use.
  unsupported: [
    "acceleration_status",
    "acl",
    "cors_rule",
    "grant",
    "lifecycle_rule",
    "logging",
    "object_lock_configuration",
    "policy",
    "replication_configuration",
    "request_payer",
    "server_side_encryption_configuration",
    "versioning",
    "website",
  ],
  imported: (id) => ({ id, bucket: id, force_destroy: false }),

  async create(session, planned) {
    const s3 = await session.s3(planned);
    const region = text(planned["region"]) ?? session.region;
    const name = text(planned["bucket"]) ?? generatedName(text(planned["bucket_prefix"]));
    await s3.createBucket({
      Bucket: name,
      ObjectLockEnabledForBucket: isTrue(planned["object_lock_enabled"]) || undefined,
      // The one region that S3 does not take as a location constraint.
      ...(region !== "us-east-1" && {
        CreateBucketConfiguration: { LocationConstraint: anyOf<BucketLocationConstraint>(region) },
      }),
    });
    return { id: name, bucket: name };
  },

  async complete(session, planned) {
    await putTags(await session.s3(planned), required(planned, "id"), planned["tags_all"]);
  },

  async read(session, state) {
    const s3 = await session.s3(state);
    const name = required(state, "id");
    const head = await unlessMissing(s3.headBucket({ Bucket: name }), "NotFound", "NoSuchBucket");
    if (!head) return null;
    const [tagging, policy, lock] = await Promise.all([
      unlessMissing(s3.getBucketTagging({ Bucket: name }), "NoSuchTagSet"),
      unlessMissing(s3.getBucketPolicy({ Bucket: name }), "NoSuchBucketPolicy"),
      unlessMissing(s3.getObjectLockConfiguration({ Bucket: name }), "ObjectLockConfigurationNotFoundError"),
    ]);
    const region = head.BucketRegion ?? text(state["region"]) ?? session.region;
    const domain = session.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
    const tags = Object.fromEntries((tagging?.TagSet ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
    return {
      ...state,
      bucket: name,
      arn: `arn:${session.partition}:s3:::${name}`,
      region,
      bucket_region: region,
      bucket_prefix: state["bucket_prefix"] ?? "",
      bucket_domain_name: `${name}.s3.${domain}`,
      bucket_regional_domain_name: `${name}.s3.${region}.${domain}`,
      hosted_zone_id: HOSTED_ZONES[region] ?? "",
      object_lock_enabled: lock?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled",
      request_payer: "BucketOwner",
      acceleration_status: "",
      policy: policy?.Policy ?? "",
      ...tagsRead(tags, state, session.defaultTags),
    };
  },

  async update(session, planned) {
    await putTags(await session.s3(planned), required(planned, "id"), planned["tags_all"]);
  },

  async delete(session, state) {
    const s3 = await session.s3(state);
    const name = required(state, "id");
    if (isTrue(state["force_destroy"])) await unlessMissing(empty(s3, name), "NoSuchBucket");
    await unlessMissing(s3.deleteBucket({ Bucket: name }), "NoSuchBucket");
  },
};

async function putTags(s3: S3, name: string, planned: Value | undefined): Promise<void> {
  const TagSet = Object.entries(tagsOf(planned)).map(([Key, Value]) => ({ Key, Value }));
  if (TagSet.length > 0) await s3.putBucketTagging({ Bucket: name, Tagging: { TagSet } });
  else await s3.deleteBucketTagging({ Bucket: name });
}

async function empty(s3: S3, name: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({ Bucket: name });
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return;
    const { Errors: [refused] = [] } = await s3.deleteObjects({ Bucket: name, Delete: { Objects, Quiet: true } });
    if (refused) throw new Error(`s3://${name}/${refused.Key}: ${refused.Code}: ${refused.Message}`);
  }
}

// AWS General Reference, "Amazon S3 website endpoints".
const HOSTED_ZONES: Readonly<Record<string, string>> = {
  "ap-northeast-1": "Z2M4EHUR26P7ZW",
  "ap-northeast-2": "Z3W03O7B5YMIYP",
  "ap-south-1": "Z11RGJOFQNVJUP",
  "ap-southeast-1": "Z3O0J2DXBE1FTB",
  "ap-southeast-2": "Z1WCIGYICN2BYD",
  "ca-central-1": "Z1QDHH18159H29",
  "eu-central-1": "Z21DNDUVLTQW6Q",
  "eu-north-1": "Z3BAZG2TWCNX0D",
  "eu-west-1": "Z1BKCTXD74EZPE",
  "eu-west-2": "Z3GKZC51ZF0DB4",
  "eu-west-3": "Z3R1K369G5AVDG",
  "sa-east-1": "Z7KQH4QJS55SO",
  "us-east-1": "Z3AQBSTGFYJSTF",
  "us-east-2": "Z2O1EMRO9K5GLX",
  "us-west-1": "Z2F56UZL2M1ACD",
  "us-west-2": "Z3BJ6K6RIION7M",
};
