import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { TerraformStack, Testing } from "cdktf";
import { parseStackOutputs } from "../../src/fleet/outputs";
import { parseFleet } from "../../src/fleet/parse";
import { type PolicyDocument, statementsOf } from "../../src/fleet/policy";
import { protection } from "../../stacks/constructs/protection";
import { EncryptionStack } from "../../stacks/encryption-stack";
import { bucketPolicy } from "../../stacks/policies/legacy-bucket";
import { policySize } from "../../stacks/policies/merge";
import { bucketOf, fleetOf, targetOf } from "../support/fleets";
import { liveBucket, policyOf, resourceOf, type Synthesised, synthesise } from "./arrange";

const keyReference = "$" + "{aws_kms_key.at_rest.arn}";
const backupReference = "$" + "{aws_s3_bucket.backup.id}";
const encryption = "aws_s3_bucket_server_side_encryption_configuration";
const policy = "aws_s3_bucket_policy";

const addresses = ({ resource }: Synthesised): string[] =>
  Object.entries(resource).flatMap(([type, named]) => Object.keys(named).map((name) => `${type}.${name}`));

const ofTarget = [
  "aws_iam_policy.reencrypt_buckets-1",
  "aws_iam_policy.reencrypt_keys-1",
  "aws_iam_role.reencrypt",
  "aws_iam_role_policy_attachment.reencrypt_buckets-1",
  "aws_iam_role_policy_attachment.reencrypt_keys-1",
  "aws_kms_alias.at_rest",
  "aws_kms_key.at_rest",
  "aws_s3_bucket.backup",
  "aws_s3_bucket_lifecycle_configuration.backup",
  "aws_s3_bucket_ownership_controls.backup",
  "aws_s3_bucket_policy.backup",
  "aws_s3_bucket_public_access_block.backup",
  "aws_s3_bucket_server_side_encryption_configuration.backup",
  "aws_s3_bucket_versioning.backup",
];

const sids = (document: PolicyDocument) => statementsOf(document).map((statement) => statement["Sid"]);

describe("what every account and region has", () => {
  const stack = synthesise(fleetOf("[{ name: acme-uploads }]"));

  // A changed address destroys a key or a bucket and makes another: change these with `moved` blocks only.
  test("has these addresses, which never change", () => {
    expect(addresses(stack).sort()).toEqual(ofTarget);
  });

  test("is a key that rotates and goes only after 30 days", () => {
    expect(resourceOf(stack, "aws_kms_key", "at_rest")).toEqual({
      description: "Objects of sandbox in eu-west-1",
      enable_key_rotation: true,
      deletion_window_in_days: 30,
      lifecycle: { prevent_destroy: true },
      policy: expect.any(String),
    });
    expect(sids(policyOf(stack, "aws_kms_key", "at_rest"))).toEqual([
      "AtRestAccountAdministersKey",
      "AtRestAccountUsesKeyThroughS3",
    ]);
    expect(resourceOf(stack, "aws_kms_alias", "at_rest")).toEqual({
      name: "alias/at-rest",
      target_key_id: "$" + "{aws_kms_key.at_rest.key_id}",
    });
  });

  test("is a backup bucket that is private, versioned, encrypted without the key, and kept", () => {
    const bucket = backupReference;
    expect(resourceOf(stack, "aws_s3_bucket", "backup")).toEqual({
      bucket: "at-rest-backup-111111111111-eu-west-1",
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
    expect(resourceOf(stack, "aws_s3_bucket_versioning", "backup")).toEqual({
      bucket,
      versioning_configuration: { status: "Enabled" },
    });
    expect(resourceOf(stack, "aws_s3_bucket_public_access_block", "backup")).toEqual({
      bucket,
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(resourceOf(stack, "aws_s3_bucket_ownership_controls", "backup")).toEqual({
      bucket,
      rule: { object_ownership: "BucketOwnerEnforced" },
    });
    expect(resourceOf(stack, encryption, "backup")).toEqual({
      bucket,
      rule: [
        {
          apply_server_side_encryption_by_default: { sse_algorithm: "AES256" },
          bucket_key_enabled: false,
          blocked_encryption_types: ["SSE-C"],
        },
      ],
    });
    expect(sids(policyOf(stack, policy, "backup"))).toEqual([
      "AtRestDenyUnencryptedObjectUploads",
      "AtRestDenyIncorrectEncryptionHeader",
      "AtRestDenySSECEncryptedObjectUploads",
      "AtRestDenyInsecureTransport",
    ]);
  });

  test("keeps backups as long as the fleet says, and aborted uploads for a week", () => {
    const kept = synthesise(fleetOf("[{ name: acme-uploads }]", { region: "backupRetentionInDays: 30" }));
    const filter = [{ prefix: "" }];
    expect(resourceOf(kept, "aws_s3_bucket_lifecycle_configuration", "backup")).toEqual({
      bucket: backupReference,
      rule: [
        {
          id: "abort-incomplete-uploads",
          status: "Enabled",
          filter,
          abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
        },
        {
          id: "expire-backups",
          status: "Enabled",
          filter,
          expiration: [{ days: 30 }],
          noncurrent_version_expiration: [{ noncurrent_days: 30 }],
        },
      ],
    });
  });

  test("is a role for the conversion, with its policies", () => {
    expect(resourceOf(stack, "aws_iam_role", "reencrypt")).toEqual({
      name: "at-rest-reencrypt-eu-west-1",
      description: "Re-encrypts objects of sandbox in eu-west-1",
      max_session_duration: 43_200,
      assume_role_policy: expect.any(String),
    });
    for (const name of ["keys-1", "buckets-1"]) {
      expect(resourceOf(stack, "aws_iam_policy", `reencrypt_${name}`)["name"]).toBe(
        `at-rest-reencrypt-eu-west-1-${name}`,
      );
      expect(resourceOf(stack, "aws_iam_role_policy_attachment", `reencrypt_${name}`)).toEqual({
        role: "$" + "{aws_iam_role.reencrypt.name}",
        policy_arn: `$\{aws_iam_policy.reencrypt_${name}.arn}`,
      });
    }
    const keys = statementsOf(policyOf(stack, "aws_iam_policy", "reencrypt_keys-1"));
    expect(keys.find(({ Sid }) => Sid === "AtRestUseKeys")?.["Resource"]).toEqual([keyReference]);
  });

  test("is the pinned provider, in the fleet's account and no other", () => {
    expect(stack.terraform).toEqual({
      required_version: ">= 1.11",
      required_providers: { aws: { source: "aws", version: "6.25.0" } },
      backend: { local: { path: expect.stringMatching(/^(?:\.\.\/)+fleets\/state\/sandbox-eu-west-1\.tfstate$/) } },
    });
    expect(stack.provider.aws).toEqual([
      {
        region: "eu-west-1",
        allowed_account_ids: ["111111111111"],
        default_tags: [{ tags: { "managed-by": "s3-at-rest", stack: "sandbox-eu-west-1" } }],
      },
    ]);
  });
});

const roles: readonly [string, string][] = [
  ["planRole: plan", "arn:aws:iam::111111111111:role/plan"],
  ["applyRole: apply", "arn:aws:iam::111111111111:role/apply"],
  ["{ planRole: both, applyRole: both }", "arn:aws:iam::111111111111:role/both"],
  [
    "{ planRole: plan, applyRole: apply }",
    "$" + '{terraform.applying ? "arn:aws:iam::111111111111:role/apply" : "arn:aws:iam::111111111111:role/plan"}',
  ],
];

test.each(roles)("a fleet with %s assumes it", (account, roleArn) => {
  const stack = synthesise(
    fleetOf("[{ name: acme-a }]", { account: account.replace(/[{}]/g, "").replace(", ", "\n    ").trim() }),
  );
  expect(stack.provider.aws[0]?.["assume_role"]).toEqual([{ role_arn: roleArn }]);
});

test("state in S3 is encrypted, locked by a file, and one object a stack", () => {
  const state =
    '{ backend: s3, bucket: acme-states, region: eu-central-1, prefix: a/b, roleArn: "arn:aws:iam::999999999999:role/state" }';
  expect(synthesise(fleetOf("[{ name: acme-a }]", { state })).terraform["backend"]).toEqual({
    s3: {
      bucket: "acme-states",
      region: "eu-central-1",
      key: "a/b/sandbox-eu-west-1.tfstate",
      encrypt: true,
      use_lockfile: true,
      assume_role: { role_arn: "arn:aws:iam::999999999999:role/state" },
    },
  });
});

describe("a legacy bucket", () => {
  const foreign = {
    Version: "2008-10-17",
    Id: "from-2013",
    Statement: [
      {
        Sid: "",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::acme.uploads/$" + "{aws:username}/*",
      },
    ],
  };
  const live = liveBucket("acme.uploads", { policy: foreign });
  const at = (settings: string, snapshots = [live]) =>
    synthesise(fleetOf(`[{ name: acme.uploads, ${settings} }]`), snapshots);
  const ours = `${encryption}.bucket_acme_uploads`;
  const oursPolicy = `${policy}.bucket_acme_uploads`;
  const forgotten = (...from: string[]) => from.map((address) => ({ from: address, lifecycle: { destroy: false } }));

  test.each(["prepare", "released"])("is not held at stage %s, and forgotten if it was, never destroyed", (stage) => {
    const stack = at(`stage: ${stage}`);
    expect(addresses(stack).sort()).toEqual(
      ofTarget.filter((address) => stage === "prepare" || !address.includes("buckets-1")),
    );
    expect(stack.import).toBeUndefined();
    expect(stack.removed).toEqual(forgotten(ours, oursPolicy));
  });

  test.each(["encrypt", "enforce"])("has default encryption and policy, both imported, from stage %s on", (stage) => {
    const stack = at(`stage: ${stage}`);
    expect(addresses(stack).sort()).toEqual([...ofTarget, ours, oursPolicy].sort());
    expect(stack.import).toEqual([
      { to: ours, id: "acme.uploads" },
      { to: oursPolicy, id: "acme.uploads" },
    ]);
    expect(stack.removed).toBeUndefined();
    expect(resourceOf(stack, encryption, "bucket_acme_uploads")).toEqual({
      bucket: "acme.uploads",
      rule: [
        {
          apply_server_side_encryption_by_default: { sse_algorithm: "aws:kms", kms_master_key_id: keyReference },
          bucket_key_enabled: true,
          blocked_encryption_types: ["NONE"],
        },
      ],
      lifecycle: { prevent_destroy: true },
    });
  });

  test.each(["TOKEN.0", "no-token-of-cdktf"])("keeps a text that cdktf would take for its token %s", (token) => {
    const [statement] = foreign.Statement;
    const condition = { StringEquals: { "aws:UserAgent": ["$", "#"].map((sign) => `${sign}{TfToken[${token}]}`) } };
    const planted = { ...foreign, Statement: [{ ...statement, Condition: condition }] };
    const stack = at("stage: encrypt", [liveBucket("acme.uploads", { policy: planted })]);
    expect(statementsOf(policyOf(stack, policy, "bucket_acme_uploads"))[0]).toEqual(planted.Statement[0]);
  });

  test("keeps the statements that were there, with what is around them, before ours", () => {
    const { Statement: statements, ...around } = policyOf(at("stage: enforce"), policy, "bucket_acme_uploads");
    expect(around).toEqual({ Version: "2008-10-17", Id: "from-2013" });
    expect(statements).toEqual([
      foreign.Statement[0],
      ...[
        "AtRestDenyUnencryptedObjectUploads",
        "AtRestDenyIncorrectEncryptionHeader",
        "AtRestDenyKmsWithoutKeyId",
        "AtRestDenyIncorrectKmsKey",
        "AtRestDenySSECEncryptedObjectUploads",
        "AtRestDenyInsecureTransport",
      ].map((Sid) => expect.objectContaining({ Sid, Effect: "Deny" })),
    ]);
  });

  test("has its policy as a literal whose only reference is the key", () => {
    const text = String(resourceOf(at("stage: encrypt"), policy, "bucket_acme_uploads")["policy"]);
    expect(text).toContain("$$" + "{aws:username}");
    expect(text.replaceAll("$$" + "{", "").match(/[$%]\{[^}]*\}/g)).toEqual([keyReference]);
    expect(text).toContain(`"s3:x-amz-server-side-encryption-aws-kms-key-id":"${keyReference}"`);
  });

  test("imports no policy where the snapshot has none", () => {
    expect(at("stage: encrypt", [liveBucket("acme.uploads")]).import).toEqual([{ to: ours, id: "acme.uploads" }]);
  });

  test("under a given key names that one", () => {
    const key = "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555";
    const stack = at(`stage: encrypt, keyArn: "${key}", bucketKey: false`);
    expect(resourceOf(stack, encryption, "bucket_acme_uploads")["rule"]).toEqual([
      {
        apply_server_side_encryption_by_default: { sse_algorithm: "aws:kms", kms_master_key_id: key },
        bucket_key_enabled: false,
        blocked_encryption_types: ["NONE"],
      },
    ]);
    expect(String(resourceOf(stack, policy, "bucket_acme_uploads")["policy"])).toContain(key);
  });

  const blocked: readonly [string, string, readonly string[], string[]][] = [
    ["what S3 blocks stays blocked", "", ["SSE-C"], ["SSE-C"]],
    ["what S3 does not block stays so", "", ["NONE"], ["NONE"]],
    ["no word of S3 is NONE", "", [], ["NONE"]],
    ["SSE-C is blocked where the fleet asks", "blockSseC: true,", ["NONE"], ["SSE-C"]],
  ];

  test.each(blocked)("%s", (_, settings, blockedEncryptionTypes, expected) => {
    const defaultEncryption = { algorithm: "AES256", keyArn: null, bucketKey: false, blockedEncryptionTypes } as const;
    const stack = at(`${settings} stage: encrypt, encryption: AES256`, [
      liveBucket("acme.uploads", { defaultEncryption }),
    ]);
    expect(resourceOf(stack, encryption, "bucket_acme_uploads")["rule"]).toEqual([
      {
        apply_server_side_encryption_by_default: { sse_algorithm: "AES256" },
        bucket_key_enabled: false,
        blocked_encryption_types: expected,
      },
    ]);
  });

  test("whose policy is somebody else's is encrypted all the same", () => {
    const stack = at("stage: encrypt, policy: external");
    expect(addresses(stack)).toContain(ours);
    expect(stack.removed).toEqual(forgotten(oursPolicy));
  });

  test("whose default encryption is somebody else's is enforced all the same", () => {
    const stack = at("stage: encrypt, defaultEncryption: external");
    expect(addresses(stack)).toContain(oursPolicy);
    expect(stack.removed).toEqual(forgotten(ours));
  });

  test("that is new needs no snapshot", () => {
    const stack = at("stage: enforce, newBucket: true", []);
    expect(stack.import).toEqual([{ to: ours, id: "acme.uploads" }]);
    expect(sids(policyOf(stack, policy, "bucket_acme_uploads"))).toHaveLength(6);
  });

  test("that accepts every row is refused, since an empty policy is none and ours would stay", () => {
    const accept = ["sse-c", "plain-http"].map((what) => `{ what: ${what}, reason: an old client, until: 2027-01-01 }`);
    expect(() =>
      at(`stage: encrypt, encryption: AES256, accept: [${accept.join(", ")}]`, [liveBucket("acme.uploads")]),
    ).toThrow("acme.uploads accepts every row of the enforcement, and has no other policy: say policy: external.");
  });

  test("whose policy would be longer than S3 takes is refused", () => {
    const Statement = Array.from({ length: 300 }, (_, index) => ({
      Sid: `Reader${index}`,
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "*",
    }));
    expect(() =>
      at("stage: encrypt", [liveBucket("acme.uploads", { policy: { Version: "2012-10-17", Statement } })]),
    ).toThrow(/The policy of acme\.uploads would have \d+ bytes, S3 takes 20480/);
  });

  test("whose policy is as long as S3 takes is let through, and one byte more is not", () => {
    const settings = "stage: enforce, encryption: AES256";
    const long = (bytes: number) => liveBucket("acme.uploads", { policy: { ...foreign, Id: "x".repeat(bytes) } });
    const { target, bucket } = bucketOf(settings);
    const shortest = policySize(bucketPolicy(target, { ...bucket, name: "acme.uploads" }, long(0)) ?? {});
    expect(() => at(settings, [long(20_480 - shortest)])).not.toThrow();
    expect(() => at(settings, [long(20_481 - shortest)])).toThrow("would have 20481 bytes, S3 takes 20480");
  });

  test("is never deleted: neither its policy nor its default encryption", () => {
    const stack = at("stage: encrypt");
    for (const type of [policy, encryption]) {
      expect(resourceOf(stack, type, "bucket_acme_uploads")["lifecycle"]).toEqual({ prevent_destroy: true });
    }
  });
});

test("a key policy that would be longer than KMS takes is refused", () => {
  const readers = (count: number) =>
    Array.from({ length: count }, (_, index) => `"arn:aws:iam::111111111111:role/${"x".repeat(60)}${index}"`).join(
      ", ",
    );
  const stack = (count: number) => synthesise(fleetOf(`[{ name: acme-uploads, readers: [${readers(count)}] }]`));
  expect(() => stack(10)).not.toThrow();
  expect(() => stack(400)).toThrow(/The key policy has \d+ bytes, KMS takes 32768: name fewer readers and writers/);
});

test("in another partition every ARN is of that partition", () => {
  const readers = `readers: ["arn:aws-us-gov:iam::222222222222:role/report"]`;
  const text = `state: { backend: local, directory: state }
accounts:
  - name: sandbox
    id: "111111111111"
    partition: aws-us-gov
    applyRole: apply
    regions: { us-gov-west-1: { buckets: [{ name: acme-a, stage: enforce, newBucket: true, ${readers} }] } }`;
  const arns = JSON.stringify(synthesise(parseFleet(text, "fleet.yaml"))).match(/arn:[a-z-]+:/g) ?? [];
  expect(new Set(arns)).toEqual(new Set(["arn:aws-us-gov:"]));
});

test("buckets whose names differ in a dot or a dash only do not meet", () => {
  const names = ["acme.logs", "acmelogs", "acme-logs", "ac.me.logs"];
  const stack = synthesise(
    fleetOf(`[${names.map((name) => `{ name: ${name}, stage: encrypt }`).join(", ")}]`),
    names.map((name) => liveBucket(name)),
  );
  const buckets = Object.values(stack.resource[encryption] ?? {}).map(({ bucket }) => bucket);
  expect(buckets.sort()).toEqual([...names, backupReference].sort());
});

test("buckets may be called what the parts of a stack are", () => {
  const names = ["key", "backup", "role", "batch-role", "aws", "at-rest"];
  const stack = synthesise(fleetOf(`[${names.map((name) => `{ name: ${name} }`).join(", ")}]`));
  expect(stack.removed).toHaveLength(2 * names.length);
});

test("the output is what the commands after the apply read", () => {
  const fleet = fleetOf("[{ name: acme-a }, { name: acme-b, encryption: AES256 }, { name: acme-c, stage: released }]");
  const text = JSON.stringify(synthesise(fleet).output["at_rest"]?.value);
  const arn = "arn:aws:kms:eu-west-1:111111111111:key/1";
  const applied = text
    .replaceAll('"$' + '{null}"', "null")
    .replaceAll(keyReference, arn)
    .replace("$" + "{aws_iam_role.reencrypt.arn}", "arn:aws:iam::111111111111:role/at-rest-reencrypt-eu-west-1");
  expect(parseStackOutputs(JSON.parse(applied))).toEqual({
    version: 1,
    account: "111111111111",
    region: "eu-west-1",
    roleArn: "arn:aws:iam::111111111111:role/at-rest-reencrypt-eu-west-1",
    backupBucket: "at-rest-backup-111111111111-eu-west-1",
    buckets: {
      "acme-a": { encryption: "aws:kms", keyArn: arn, bucketKey: true },
      "acme-b": { encryption: "AES256", keyArn: null, bucketKey: false },
    },
  });
});

describe("200 buckets in one account and region", () => {
  const names = Array.from({ length: 200 }, (_, index) => `acme-${String(index).padStart(3, "0")}-${"x".repeat(54)}`);
  const fleet = fleetOf(`[${names.map((name) => `{ name: ${name}, stage: encrypt }`).join(", ")}]`);
  const snapshots = names.map((name) =>
    liveBucket(name, { policy: { Version: "2012-10-17", Statement: [{ Sid: name }] } }),
  );
  const stack = synthesise(fleet, snapshots);

  test("are all held, and imported", () => {
    expect(Object.keys(stack.resource[encryption] ?? {})).toHaveLength(201);
    expect(Object.keys(stack.resource[policy] ?? {})).toHaveLength(201);
    expect(stack.import).toHaveLength(400);
  });

  test("fit the managed policies of one role", () => {
    const policies = Object.keys(stack.resource["aws_iam_policy"] ?? {});
    expect(policies.length).toBeLessThanOrEqual(10);
    for (const name of policies) {
      const text = String(resourceOf(stack, "aws_iam_policy", name)["policy"]);
      expect(text.replace(keyReference, "k".repeat(76)).length).toBeLessThanOrEqual(6144);
    }
  });

  test("are the same bytes at every synth", () => {
    expect(JSON.stringify(synthesise(fleet, snapshots).resource)).toBe(JSON.stringify(stack.resource));
  });
});

test("more buckets than a role's policies can name are refused with the way out", () => {
  const names = Array.from({ length: 400 }, (_, index) => `acme-${index}-${"x".repeat(50)}`);
  expect(() => synthesise(fleetOf(`[${names.map((name) => `{ name: ${name} }`).join(", ")}]`))).toThrow(
    /at-rest-reencrypt-eu-west-1 needs \d+ managed policies, a role has 10: take finished buckets to stage released first/,
  );
});

describe("keys and buckets that Terraform could destroy", () => {
  const refused = (declare: (stack: TerraformStack) => void) => () => {
    const stack = new TerraformStack(Testing.app(), "stack");
    new AwsProvider(stack, "aws", { region: "eu-west-1" });
    stack.node.addValidation(protection(stack));
    declare(stack);
    return Testing.synth(stack, true);
  };
  const lifecycle = { preventDestroy: true };

  test("are refused", () => {
    expect(refused((stack) => new KmsKey(stack, "key", {}))).toThrow("stack/key needs lifecycle.preventDestroy");
    expect(refused((stack) => new S3Bucket(stack, "bucket", { lifecycle: { preventDestroy: false } }))).toThrow(
      "stack/bucket needs lifecycle.preventDestroy",
    );
    expect(refused((stack) => new S3Bucket(stack, "bucket", { lifecycle, forceDestroy: true }))).toThrow(
      "stack/bucket must not have forceDestroy",
    );
  });

  test("are let through once they are protected", () => {
    expect(refused((stack) => new S3Bucket(stack, "bucket", { lifecycle }))).not.toThrow();
  });

  test("are refused in an encryption stack as in any other", () => {
    const fleet = fleetOf("[{ name: acme-a }]");
    const target = targetOf(fleet);
    const stack = new EncryptionStack(Testing.app(), target.stackName, { fleet, target, snapshots: new Map() });
    new KmsKey(stack, "another", {});
    expect(() => Testing.synth(stack, true)).toThrow("another needs lifecycle.preventDestroy");
  });
});
