import { deriveSchemas } from "../../../local/terraform/derive-schemas";
import { resources } from "../../../local/terraform/resources";
import { type Block, providerSchema, schemaOf, typesOf } from "../../../local/terraform/schema";

const derived = deriveSchemas();

test("the schemas are those of the installed bindings: if not, run `npx tsx local/terraform/derive-schemas.ts`", () => {
  expect(providerSchema).toEqual(derived.provider);
  for (const type of Object.keys(resources)) expect(schemaOf(type)).toEqual(derived.resources[type]);
});

// What hashicorp/aws 6.25.0 has, by its documentation: one of each kind that the derivation tells apart.
test.each<[string, string, unknown]>([
  ["aws_s3_bucket", "tags", { type: ["map", "string"], optional: true }],
  ["aws_s3_bucket", "arn", { type: "string", computed: true }],
  ["aws_s3_bucket", "force_destroy", { type: "bool", optional: true }],
  ["aws_kms_key", "rotation_period_in_days", { type: "number", optional: true, computed: true }],
  ["aws_iam_role", "managed_policy_arns", { type: ["set", "string"], optional: true, computed: true }],
  ["aws_iam_policy", "policy", { type: "string", required: true }],
])("%s.%s", (type, attribute, expected) => {
  expect(derived.resources[type]?.attributes[attribute]).toEqual(expected);
});

test.each<[string, string, object]>([
  ["aws_s3_bucket_server_side_encryption_configuration", "rule", { nesting: "SET", min: 1, max: 0 }],
  ["aws_s3_bucket_versioning", "versioning_configuration", { nesting: "LIST", min: 1, max: 1 }],
  ["aws_s3_bucket_lifecycle_configuration", "rule", { nesting: "LIST", min: 0, max: 0 }],
  ["aws_kms_key", "timeouts", { nesting: "SINGLE", min: 0, max: 0 }],
])("%s.%s is a block", (type, block, expected) => {
  expect(derived.resources[type]?.blocks[block]).toMatchObject(expected);
});

test("blocks inside blocks are found", () => {
  const { rule } = typesOf(derived.resources["aws_s3_bucket_server_side_encryption_configuration"] as Block);
  const applied = ["list", ["object", { kms_master_key_id: "string", sse_algorithm: "string" }]];
  const fields = {
    apply_server_side_encryption_by_default: applied,
    blocked_encryption_types: ["list", "string"],
    bucket_key_enabled: "bool",
  };
  expect(rule).toEqual(["set", ["object", fields]]);
});

test("the provider block has its endpoints and tags, and not the alias, which is Terraform's own", () => {
  expect(derived.provider.blocks["endpoints"]?.block.attributes["kms"]).toEqual({ type: "string", optional: true });
  expect(derived.provider.blocks["default_tags"]?.block.attributes["tags"]).toMatchObject({ type: ["map", "string"] });
  expect(derived.provider.attributes["allowed_account_ids"]).toEqual({ type: ["set", "string"], optional: true });
  expect(derived.provider.attributes).not.toHaveProperty("alias");
});

test("what a resource declares by hand exists in its schema", () => {
  for (const [type, resource] of Object.entries(resources)) {
    const { attributes, blocks } = schemaOf(type);
    const named = [
      ...Object.keys({ ...resource.defaults, ...resource.equivalent, ...resource.dependent }),
      ...(resource.unsupported ?? []),
      // All settings of buckets name it, and not all have it.
      ...resource.forcesReplacement.filter((name) => name !== "expected_bucket_owner"),
    ];
    expect([type, named.filter((name) => !(name in attributes) && !(name in blocks))]).toEqual([type, []]);
  }
});
