import type { IAM } from "@aws-sdk/client-iam";
import type { KMS } from "@aws-sdk/client-kms";
import type { S3 } from "@aws-sdk/client-s3";
import type { Json } from "./workspace";

export interface Clients {
  readonly s3: S3;
  readonly kms: KMS;
  readonly iam: IAM;
}

/** What one resource type has to show, from its creation to its end. */
export interface ResourceCase {
  readonly given: Json;
  /** Attributes of the state after the first apply that AWS, and not the configuration, decides. */
  readonly computed: Json;
  /** Merged into `given` for the second apply, which is planned as an update of exactly these arguments. */
  readonly changed?: Json;
  /** Merged into the arguments for a plan that must replace it because of exactly these. */
  readonly replaced: Json;
  readonly importId: (state: Json) => string;
  /** Arguments that no API returns, so that the plan of an import changes them. */
  readonly notImported?: readonly string[];
  /** What somebody else does. */
  readonly drift: (aws: Clients, state: Json) => Promise<unknown>;
  /** What the next plan shows of that: the value found, or that the resource is gone. */
  readonly found: Json | "gone";
}

export const account = "111122223333";
export const bucket = "at-rest-backup";
const statement = (Sid: string) => ({
  Sid,
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});
const document = (...Statement: Json[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const root = {
  Sid: "Root",
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: "kms:*",
  Resource: "*",
};
const reading = (Sid: string) => ({
  Sid,
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: `arn:aws:s3:::${bucket}/*`,
});
const trust = (Sid: string) =>
  document({ Sid, Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" });
const aes = { apply_server_side_encryption_by_default: [{ sse_algorithm: "AES256" }] };
/** To an attribute of another resource, as Terraform writes it. */
const reference = (to: string) => `\${${to}}`;
const theBucket = reference("aws_s3_bucket.it.bucket");
const byBucket = { replaced: { bucket: "another-bucket" }, importId: (state: Json) => String(state["bucket"]) };

export const cases: Readonly<Record<string, ResourceCase>> = {
  aws_kms_key: {
    given: { description: "of the test", policy: document(root), tags: { use: "test" }, deletion_window_in_days: 7 },
    computed: {
      arn: expect.stringMatching(`^arn:aws:kms:eu-west-1:${account}:key/`),
      tags_all: { use: "test", team: "storage" },
      multi_region: false,
      enable_key_rotation: false,
      is_enabled: true,
    },
    changed: {
      description: "changed",
      enable_key_rotation: true,
      rotation_period_in_days: 180,
      policy: document({ ...root, Sid: "Administration" }),
      tags: { use: "changed" },
      deletion_window_in_days: 30,
    },
    replaced: { multi_region: true },
    importId: (state) => String(state["id"]),
    notImported: ["deletion_window_in_days"],
    drift: ({ kms }, { id }) => kms.disableKey({ KeyId: String(id) }),
    found: { is_enabled: false },
  },
  aws_kms_alias: {
    given: { name: "alias/at-rest-test", target_key_id: reference("aws_kms_key.it.arn") },
    computed: {
      arn: `arn:aws:kms:eu-west-1:${account}:alias/at-rest-test`,
      target_key_arn: expect.stringMatching(`^arn:aws:kms:eu-west-1:${account}:key/`),
    },
    replaced: { name: "alias/another" },
    importId: (state) => String(state["name"]),
    drift: ({ kms }, { name }) => kms.deleteAlias({ AliasName: String(name) }),
    found: "gone",
  },
  aws_s3_bucket: {
    given: { bucket, tags: { use: "test" } },
    computed: {
      arn: `arn:aws:s3:::${bucket}`,
      bucket_regional_domain_name: `${bucket}.s3.eu-west-1.amazonaws.com`,
      hosted_zone_id: "Z1BKCTXD74EZPE",
      tags_all: { use: "test", team: "storage" },
      region: "eu-west-1",
    },
    changed: { tags: { purpose: "changed" } },
    replaced: { bucket: "another-bucket" },
    importId: () => `${bucket}@eu-west-1`,
    drift: ({ s3 }) =>
      s3.putBucketTagging({
        Bucket: bucket,
        Tagging: {
          TagSet: [
            { Key: "team", Value: "storage" },
            { Key: "by", Value: "hand" },
          ],
        },
      }),
    found: { tags: { by: "hand" } },
  },
  aws_s3_bucket_versioning: {
    given: { bucket: theBucket, versioning_configuration: [{ status: "Enabled" }] },
    computed: { versioning_configuration: [{ status: "Enabled", mfa_delete: "" }] },
    changed: { versioning_configuration: [{ status: "Suspended" }] },
    ...byBucket,
    drift: ({ s3 }) => s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
    found: { versioning_configuration: [{ status: "Enabled", mfa_delete: "" }] },
  },
  aws_s3_bucket_public_access_block: {
    given: { bucket: theBucket, block_public_acls: true },
    computed: { block_public_policy: false, ignore_public_acls: false },
    changed: { block_public_policy: true, ignore_public_acls: true, restrict_public_buckets: true },
    ...byBucket,
    drift: ({ s3 }) => s3.deletePublicAccessBlock({ Bucket: bucket }),
    found: "gone",
  },
  aws_s3_bucket_ownership_controls: {
    given: { bucket: theBucket, rule: [{ object_ownership: "BucketOwnerPreferred" }] },
    computed: { id: bucket },
    changed: { rule: [{ object_ownership: "BucketOwnerEnforced" }] },
    ...byBucket,
    drift: ({ s3 }) =>
      s3.putBucketOwnershipControls({
        Bucket: bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
      }),
    found: { rule: [{ object_ownership: "ObjectWriter" }] },
  },
  aws_s3_bucket_server_side_encryption_configuration: {
    given: { bucket: theBucket, rule: [{ ...aes, blocked_encryption_types: ["SSE-C"] }] },
    computed: { id: bucket },
    changed: {
      rule: [
        {
          bucket_key_enabled: true,
          blocked_encryption_types: ["NONE"],
          apply_server_side_encryption_by_default: [
            { sse_algorithm: "aws:kms", kms_master_key_id: reference("aws_kms_key.it.arn") },
          ],
        },
      ],
    },
    ...byBucket,
    drift: ({ s3 }) => s3.deleteBucketEncryption({ Bucket: bucket }),
    found: {
      rule: [
        expect.objectContaining({
          apply_server_side_encryption_by_default: [{ sse_algorithm: "AES256", kms_master_key_id: "" }],
        }),
      ],
    },
  },
  aws_s3_bucket_policy: {
    given: { bucket: theBucket, policy: document(statement("TlsOnly")) },
    computed: { id: bucket },
    changed: { policy: document(statement("TlsAndNothingElse")) },
    ...byBucket,
    drift: ({ s3 }) => s3.deleteBucketPolicy({ Bucket: bucket }),
    found: "gone",
  },
  aws_s3_bucket_lifecycle_configuration: {
    given: {
      bucket: theBucket,
      rule: [
        {
          id: "abort",
          status: "Enabled",
          filter: [{}],
          abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
        },
      ],
    },
    computed: { transition_default_minimum_object_size: "all_storage_classes_128K" },
    changed: {
      rule: [
        {
          id: "abort",
          status: "Disabled",
          filter: [{}],
          abort_incomplete_multipart_upload: [{ days_after_initiation: 3 }],
        },
        {
          id: "expire",
          status: "Enabled",
          filter: [{ prefix: "backup/" }],
          expiration: [{ days: 90 }],
          noncurrent_version_expiration: [{ noncurrent_days: 30 }],
        },
      ],
    },
    ...byBucket,
    drift: ({ s3 }) => s3.deleteBucketLifecycle({ Bucket: bucket }),
    found: "gone",
  },
  aws_iam_role: {
    given: { name: "at-rest-test", assume_role_policy: trust("Operators") },
    computed: {
      arn: `arn:aws:iam::${account}:role/at-rest-test`,
      path: "/",
      max_session_duration: 3600,
      tags_all: { team: "storage" },
      unique_id: expect.stringMatching(/^AROA/),
    },
    changed: {
      assume_role_policy: trust("Pipeline"),
      description: "changed",
      max_session_duration: 7200,
      tags: { use: "changed" },
    },
    replaced: { path: "/another/" },
    importId: (state) => String(state["name"]),
    drift: ({ iam }, { name }) => iam.updateRole({ RoleName: String(name), Description: "by hand" }),
    found: { description: "by hand" },
  },
  aws_iam_openid_connect_provider: {
    given: { url: "https://token.actions.githubusercontent.com", client_id_list: ["sts.amazonaws.com"] },
    computed: {
      arn: `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
      tags_all: { team: "storage" },
    },
    replaced: { client_id_list: ["another"] },
    importId: (state) => String(state["arn"]),
    drift: ({ iam }, { arn }) => iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: String(arn) }),
    found: "gone",
  },
  aws_iam_policy: {
    given: { name: "at-rest-test", policy: document(reading("One")) },
    computed: { arn: `arn:aws:iam::${account}:policy/at-rest-test`, path: "/", tags_all: { team: "storage" } },
    changed: { policy: document(reading("Two")), tags: { use: "changed" } },
    replaced: { description: "another" },
    importId: (state) => String(state["arn"]),
    drift: ({ iam }, { arn }) =>
      iam.createPolicyVersion({
        PolicyArn: String(arn),
        PolicyDocument: document(reading("ByHand")),
        SetAsDefault: true,
      }),
    found: { policy: expect.stringContaining("ByHand") },
  },
  aws_iam_role_policy_attachment: {
    given: { role: reference("aws_iam_role.it.name"), policy_arn: reference("aws_iam_policy.it.arn") },
    computed: { id: `at-rest-test/arn:aws:iam::${account}:policy/at-rest-test` },
    replaced: { role: "another" },
    importId: (state) => String(state["id"]),
    drift: ({ iam }, { role, policy_arn }) =>
      iam.detachRolePolicy({ RoleName: String(role), PolicyArn: String(policy_arn) }),
    found: "gone",
  },
};

/** The configuration with one resource of each type, named `it`, in the given form of its arguments. */
export const configuration = (form: (one: ResourceCase) => Json): { resource: Record<string, { it: Json }> } => ({
  resource: Object.fromEntries(Object.entries(cases).map(([type, one]) => [type, { it: form(one) }])),
});
