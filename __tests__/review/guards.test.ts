import { catalogue, type FindingId } from "../../src/review/finding";
import { exitCodeOf } from "../../src/review/review";
import { snapshotOf } from "../support/snapshots";
import {
  found,
  key,
  legacyEncryption,
  legacyPolicy,
  type PlanDocument,
  planDocument,
  resource,
  reviewOf,
  settled,
} from "./arrange";
import {
  destroy,
  editPolicy,
  everybody,
  forget,
  type Mutation,
  provider,
  replace,
  update,
  withOne,
  without,
} from "./mutations";

const encryptedWith = (sse_algorithm: string, kms_master_key_id: string): Mutation =>
  update(legacyEncryption, {
    rule: [{ apply_server_side_encryption_by_default: [{ sse_algorithm, kms_master_key_id }] }],
  });

/** The rules of the backup bucket's lifecycle, after the apply. */
const endingBackups = (rule: readonly Record<string, unknown>[]): Mutation =>
  update("aws_s3_bucket_lifecycle_configuration.backup", { rule });
const expiring = (days: number, noncurrent_days = days) => ({
  ...{ id: "expire-backups", status: "Enabled" },
  ...{ expiration: [{ days }], noncurrent_version_expiration: [{ noncurrent_days }] },
});

const openTrust = { assume_role_policy: JSON.stringify({ Version: "2012-10-17", Statement: [everybody] }) };
const suspended = { versioning_configuration: [{ status: "Suspended" }] };
const change = (statement: Record<string, unknown>) =>
  statement["Sid"] === "DenyOldTls" ? { ...statement, Action: "s3:Get*" } : statement;

/** The statement that lets the account change its key, changed. */
const administering = (changed: Record<string, unknown>) => (statements: Record<string, unknown>[]) =>
  statements.map((one) => (one["Sid"] === "AtRestAccountAdministersKey" ? { ...one, ...changed } : one));
const otherAccount = { AWS: "arn:aws:iam::999999999999:root" };
const fromOneAddress = { Condition: { IpAddress: { "aws:SourceIp": "203.0.113.7/32" } } };

const mutated = (mutate: Mutation): PlanDocument => {
  const plan = planDocument("nothing");
  mutate(plan);
  return plan;
};

/** What is wrong with a settled stack once something in its plan is changed. */
const dangers: readonly (readonly [string, FindingId, Mutation])[] = [
  ["the key is destroyed", "key-destroyed", destroy(key)],
  ["the key is replaced", "key-replaced", replace(key)],
  ["the backup bucket is destroyed", "bucket-destroyed", destroy("aws_s3_bucket.backup")],
  ["the backup bucket is replaced", "bucket-replaced", replace("aws_s3_bucket.backup")],
  ["a policy is destroyed", "policy-destroyed", destroy(legacyPolicy)],
  ["a policy is replaced", "policy-replaced", replace(legacyPolicy)],
  ["a default encryption is destroyed", "encryption-destroyed", destroy(legacyEncryption)],
  ["a default encryption is replaced", "encryption-replaced", replace(legacyEncryption)],
  ["versioning of the backups is destroyed", "protection-destroyed", destroy("aws_s3_bucket_versioning.backup")],
  ["the key is forgotten", "forgotten", forget(key)],
  ["a policy is forgotten though the fleet holds it", "forgotten", forget(legacyPolicy)],
  ["a default encryption is forgotten though the fleet holds it", "forgotten", forget(legacyEncryption)],
  ["a statement of others is lost", "policy-statement-lost", editPolicy(legacyPolicy, without("DenyOldTls"))],
  ["a statement of others changes", "policy-statement-changed", editPolicy(legacyPolicy, (all) => all.map(change))],
  [
    "a policy's version changes",
    "policy-statement-changed",
    editPolicy(legacyPolicy, (all) => all, { Version: "2008-10-17" }),
  ],
  [
    "a policy is not known",
    "policy-not-known",
    update(legacyPolicy, { policy: null }, { after_unknown: { policy: true } }),
  ],
  ["a policy is sensitive", "policy-not-known", update(legacyPolicy, {}, { after_sensitive: { policy: true } })],
  ["a policy is no JSON", "policy-not-known", update(legacyPolicy, { policy: "{" })],
  ["a bucket's policy lets in everybody", "public-allow", editPolicy(legacyPolicy, withOne(everybody))],
  [
    "the key's policy lets in everybody",
    "public-allow",
    editPolicy(key, withOne({ ...everybody, Principal: { AWS: "*" } })),
  ],
  ["everybody may assume a role", "public-allow", update("aws_iam_role.reencrypt", openTrust)],
  ["the default encryption gets weaker", "encryption-weaker", encryptedWith("AES256", "")],
  [
    "nobody can say whether the default encryption gets weaker",
    "encryption-weaker",
    update(legacyEncryption, { rule: null }, { after_unknown: { rule: true } }),
  ],
  ["a default encryption loses its rule", "encryption-weaker", update(legacyEncryption, { rule: [] })],
  ["rotation is turned off", "key-rotation-off", update(key, { enable_key_rotation: false })],
  [
    "rotation is not known",
    "key-rotation-off",
    update(key, { enable_key_rotation: null }, { after_unknown: { enable_key_rotation: true } }),
  ],
  ["the deletion window is shortened", "key-deletion-window-shortened", update(key, { deletion_window_in_days: 7 })],
  ["the key is disabled", "key-disabled", update(key, { is_enabled: false })],
  ["nobody may change the key's policy", "key-lock-out", editPolicy(key, without("AtRestAccountAdministersKey"))],
  ["the account may only look at the key", "key-lock-out", editPolicy(key, administering({ Action: "kms:Describe*" }))],
  ["another account may change the key", "key-lock-out", editPolicy(key, administering({ Principal: otherAccount }))],
  ["the account may change the key under a condition", "key-lock-out", editPolicy(key, administering(fromOneAddress))],
  [
    "a denial takes the account's right back",
    "key-lock-out",
    editPolicy(
      key,
      withOne({ Sid: "Frozen", Effect: "Deny", Principal: "*", Action: "kms:PutKeyPolicy", Resource: "*" }),
    ),
  ],
  ["the lock-out check is bypassed", "key-lock-out", update(key, { bypass_policy_lockout_safety_check: true })],
  [
    "objects go with the backup bucket",
    "backup-less-protected",
    update("aws_s3_bucket.backup", { force_destroy: true }),
  ],
  [
    "backups become public",
    "backup-less-protected",
    update("aws_s3_bucket_public_access_block.backup", { block_public_policy: false }),
  ],
  ["versions of backups are suspended", "backup-less-protected", update("aws_s3_bucket_versioning.backup", suspended)],
  [
    "ACLs of the backups are on",
    "backup-less-protected",
    update("aws_s3_bucket_ownership_controls.backup", { rule: [{ object_ownership: "ObjectWriter" }] }),
  ],
  ["the provider is of another account", "account-not-of-fleet", provider("allowed_account_ids", ["222222222222"])],
  [
    "the provider is of one more account",
    "account-not-of-fleet",
    provider("allowed_account_ids", ["111111111111", "222222222222"]),
  ],
  ["the provider is for another region", "account-not-of-fleet", provider("region", "us-east-1")],
  ["a resource is of another region than its provider", "account-not-of-fleet", update(key, { region: "us-east-1" })],
  [
    "a key of another account encrypts",
    "account-not-of-fleet",
    encryptedWith("aws:kms", "arn:aws:kms:eu-west-1:999999999999:key/1"),
  ],
];

test("a settled stack has no findings", () => {
  expect(found(reviewOf(planDocument("nothing"), settled))).toEqual([]);
});

test.each(dangers)("it is an error that %s", (_, id, mutate) => {
  const result = reviewOf(mutated(mutate), settled);
  expect(found(result)).toContain(`error ${id}`);
  expect(exitCodeOf(result)).toBe(1);
});

test("it is an error that the plan has no provider, is not complete, or was ended by an error", () => {
  const changed = (changes: Partial<PlanDocument>) =>
    found(reviewOf({ ...planDocument("nothing"), ...changes }, settled));
  expect(changed({ configuration: { provider_config: {} } })).toEqual(["error account-not-of-fleet"]);
  expect(changed({ complete: false })).toEqual(["error plan-incomplete"]);
  expect(changed({ errored: true })).toEqual(["error plan-incomplete"]);
});

test("a plan that invokes actions is not judged: the stacks have none, and no approval covers them", () => {
  const plan = { ...planDocument("nothing"), action_invocations: [{ address: "action.aws_lambda_invoke.x" }] };
  expect(() => reviewOf(plan, settled)).toThrow("it invokes action.aws_lambda_invoke.x");
});

test("the policies of a role are no drift where the stack attaches them, or takes away what it attached", () => {
  const plan = planDocument("nothing");
  const role = resource(plan, "aws_iam_role.reencrypt");
  const attachment = resource(plan, "aws_iam_role_policy_attachment.reencrypt_buckets-1");
  const read = (...arns: unknown[]) => {
    const having = (managed_policy_arns: unknown) => ({ ...role.change.after, managed_policy_arns });
    const change = { ...role.change, actions: ["update"], before: having([]), after: having(arns) };
    plan.resource_drift = [{ ...role, change }];
  };
  read(attachment.change.after?.["policy_arn"]);
  expect(found(reviewOf(plan, settled))).toEqual([]);
  Object.assign(attachment.change, { actions: ["delete"], after: null });
  expect(found(reviewOf(plan, settled))).toEqual(["note resource-destroyed"]);
  read("arn:aws:iam::aws:policy/AdministratorAccess");
  expect(found(reviewOf(plan, settled))).toEqual(["warning changed-behind-terraform", "note resource-destroyed"]);
});

test("it is an error that a policy is put without a look at what is live", () => {
  const plan = planDocument("nothing");
  Object.assign(resource(plan, legacyPolicy).change, { actions: ["create"], before: null });
  expect(found(reviewOf(plan, settled))).toEqual(["error not-imported"]);
  expect(found(reviewOf(plan, { ...settled, more: ", newBucket: true" }))).toEqual([]);
  const without = new Map([["acme-uploads", snapshotOf("acme-uploads")]]);
  expect(found(reviewOf(plan, { ...settled, snapshots: without }))).toEqual([]);
  const having = new Map([["acme-uploads", snapshotOf("acme-uploads", { policy: { Statement: [] } })]]);
  expect(found(reviewOf(plan, { ...settled, snapshots: having }))).toEqual(["error not-imported"]);
});

test.each<[string, FindingId, Mutation]>([
  ["a denial of ours is removed", "denial-removed", editPolicy(legacyPolicy, without("AtRestDenyInsecureTransport"))],
  ["users of the key are removed", "key-user-removed", editPolicy(key, without("AtRestAccountUsesKeyThroughS3"))],
  ["backups are kept for fewer days", "backup-retention-shortened", endingBackups([expiring(89, 90)])],
  ["their old versions are kept for fewer days", "backup-retention-shortened", endingBackups([expiring(90, 1)])],
  [
    "another rule deletes backups as well",
    "backup-retention-shortened",
    endingBackups([expiring(90), { id: "more", status: "Enabled", expiration: [{ days: 365 }] }]),
  ],
  ["the alias is destroyed", "resource-destroyed", destroy("aws_kms_alias.at_rest")],
])("it is a warning that %s", (_, id, mutate) => {
  const result = reviewOf(mutated(mutate), settled);
  expect(found(result)).toEqual([`warning ${id}`]);
  expect(exitCodeOf(result)).toBe(0);
});

test.each([
  ["for more days", [expiring(91, 365)]],
  ["for ever", []],
  ["for ever, by a rule that is off", [{ ...expiring(1), status: "Disabled" }]],
])("it is no finding that backups are kept %s", (_, rules) => {
  expect(found(reviewOf(mutated(endingBackups(rules)), settled))).toEqual([]);
});

test.each(["aws_lambda_function", "constructor"])("a %s is nothing that the stacks make", (type) => {
  const plan = planDocument("nothing");
  plan.resource_changes.push({
    address: `${type}.x`,
    type,
    name: "x",
    change: { actions: ["create"], before: null, after: {} },
  });
  expect(found(reviewOf(plan, settled))).toEqual(["warning resource-not-ours"]);
});

test("a leftover of an earlier replacement is destroyed as a key is", () => {
  const plan = planDocument("nothing");
  const leftover = { ...resource(plan, key), deposed: "byebye12" };
  leftover.change = { ...leftover.change, actions: ["delete"], after: null };
  plan.resource_changes.push(leftover);
  expect(found(reviewOf(plan, settled))).toEqual(["error key-destroyed"]);
});

test("rights of the conversion role that go with a bucket are a note", () => {
  const plan = mutated(destroy("aws_iam_policy.reencrypt_buckets-1"));
  expect(found(reviewOf(plan, settled))).toEqual(["note resource-destroyed"]);
});

test("a public statement that is live already is told, and does not stop", () => {
  const plan = mutated(editPolicy(legacyPolicy, withOne(everybody)));
  const { change: live } = resource(plan, legacyPolicy);
  live.before = { ...live.after };
  expect(found(reviewOf(plan, settled))).toEqual(["warning public-allow-kept"]);
});

const variable = ["$", "{aws:PrincipalTag/account}"].join("");

test.each([
  ["an organisation", { StringEquals: { "aws:PrincipalOrgID": "o-abc123" } }, false],
  ["an account", { StringEquals: { "aws:SourceAccount": "111111111111" } }, false],
  ["an endpoint", { StringEquals: { "aws:SourceVpce": "vpce-1" } }, false],
  ["addresses", { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }, false],
  ["all addresses", { IpAddress: { "aws:SourceIp": "0.0.0.0/0" } }, true],
  ["a small part of IPv4", { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } }, false],
  ["half of IPv4", { IpAddress: { "aws:SourceIp": "0.0.0.0/1" } }, true],
  ["a network of IPv6", { IpAddress: { "aws:SourceIp": "2001:db8::/32" } }, false],
  ["a large part of IPv6", { IpAddress: { "aws:SourceIp": "2001::/16" } }, true],
  ["one address of IPv6", { IpAddress: { "aws:SourceIp": "2001:db8::1" } }, false],
  ["any organisation", { StringLike: { "aws:PrincipalOrgID": "*" } }, true],
  ["an organisation, if there is one", { StringEqualsIfExists: { "aws:PrincipalOrgID": "o-abc123" } }, true],
  ["everybody but one", { StringNotEquals: { "aws:PrincipalAccount": "111111111111" } }, true],
  ["a variable", { StringEquals: { "aws:PrincipalAccount": variable } }, true],
  ["roles of an account", { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::111111111111:role/*" } }, false],
  ["roles of any account", { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/admin" } }, true],
  ["TLS", { Bool: { "aws:SecureTransport": "true" } }, true],
])("a star that is restricted to %s", (_, Condition, open) => {
  const plan = mutated(editPolicy(legacyPolicy, withOne({ ...everybody, Condition })));
  expect(found(reviewOf(plan, settled))).toEqual(open ? ["error public-allow"] : []);
});

test("statements in another order, or with a list of one, are the same statements", () => {
  const turn = editPolicy(legacyPolicy, (all) =>
    [...all].reverse().map((one) => ({ ...one, Action: [one["Action"]] })),
  );
  expect(found(reviewOf(mutated(turn), settled))).toEqual([]);
});

test("the ids of deleted principals that the fleet lets go are no loss", () => {
  const plan = planDocument("nothing");
  const { change: live } = resource(plan, legacyPolicy);
  const policy = JSON.parse(live.before?.policy ?? "");
  const gone = { ...everybody, Sid: "Gone", Principal: { AWS: "AROAEXAMPLEEXAMPLE123" } };
  live.before = { ...live.before, policy: JSON.stringify({ ...policy, Statement: [...policy.Statement, gone] }) };
  live.actions = ["update"];
  expect(found(reviewOf(plan, settled))).toEqual(["error policy-statement-lost"]);
  const more = ", dropPrincipals: [AROAEXAMPLEEXAMPLE123]";
  expect(found(reviewOf(plan, { ...settled, more }))).toEqual([]);
});

test("every finding of the catalogue says what it means and what to do", () => {
  for (const { means, fix } of Object.values(catalogue)) {
    expect(means).toMatch(/\.$/);
    expect(fix).toMatch(/\.$/);
  }
});
