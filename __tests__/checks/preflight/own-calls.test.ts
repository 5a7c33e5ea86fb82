import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { readBucketTraits } from "../../../src/checks/bucket-traits";
import { assumedRole } from "../../../src/checks/caller";
import { seen } from "../../../src/checks/preflight/looked";
import { ownActions, ownKeyActions, type Place, sourceKeyActions } from "../../../src/checks/preflight/own-calls";
import { preflight } from "../../../src/checks/preflight/preflight";
import type { EncryptionTarget, FleetBucket } from "../../../src/fleet/fleet";
import { type Statement, statementsOf } from "../../../src/fleet/policy";
import { s3Client } from "../../../src/s3/clients";
import { sdkStore } from "../../../src/s3/sdk-store";
import { reencryptionPolicies } from "../../../stacks/policies/reencryption";
import { bucketOf } from "../../support/fleets";
import { account, type LegacyBucket, type LegacyBucketProps, legacyBucket } from "../../support/legacy-bucket";
import { requestHandler } from "../../support/request-handler";
import { bucketArn, facts, policyOf, simulated } from "./arrange";

const places: readonly Place[] = ["bucket", "object", "backup bucket", "backup"];
const factsOf = (
  fleet: Partial<FleetBucket>,
  ownership: "ObjectWriter" | "BucketOwnerEnforced",
  target?: EncryptionTarget,
) =>
  facts({
    fleet,
    bucket: { ownership: seen(ownership) },
    intent: { backupBucket: "backup", ...(target ? { target } : {}) },
  });

/** A role that has what preflight asks about, and nothing else. */
async function converterOf(world: LegacyBucket, target: EncryptionTarget, props: LegacyBucketProps) {
  const { aws, name, otherKeyArn, kmsTarget } = world;
  const configuration = {
    region: "eu-west-1",
    credentials: aws.addAccount(account),
    requestHandler: requestHandler(aws.handle),
  };
  const iam = new IAMClient(configuration);
  const { intent, bucket } = factsOf(
    { class: props.objectLock ? "object-locked" : "plain" },
    props.acls ? "ObjectWriter" : "BucketOwnerEnforced",
    target,
  );
  const arn = `arn:aws:s3:::${name}`;
  const allow = (Action: string[], ...Resource: string[]): Statement => ({ Effect: "Allow", Action, Resource });
  const policy = policyOf(
    allow(ownActions(intent, bucket, "bucket"), arn),
    allow(ownActions(intent, bucket, "object"), `${arn}/*`),
    ...(target.algorithm === "AES256" ? [] : [allow(ownKeyActions(intent), target.keyArn)]),
    allow(sourceKeyActions(intent), otherKeyArn, kmsTarget.keyArn),
  );
  const root = { AWS: `arn:aws:iam::${account}:root` };
  const trust = policyOf({ Effect: "Allow", Principal: root, Action: "sts:AssumeRole" });
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: "converter", AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  await iam.send(
    new PutRolePolicyCommand({ RoleName: "converter", PolicyName: "own", PolicyDocument: JSON.stringify(policy) }),
  );
  const credentials = assumedRole(new STSClient(configuration), Role?.Arn ?? "");
  const client = s3Client({ ...configuration, credentials, concurrency: 1 });
  const reader = { client, bucket: name, expectedBucketOwner: account };
  return world.convert(target, { store: sdkStore(reader), bucket: await readBucketTraits(reader), allowCopy: true });
}

test.each<[string, LegacyBucketProps, "kms" | "AES256"]>([
  ["a plain bucket, to KMS", {}, "kms"],
  ["a plain bucket, to AES256", {}, "AES256"],
  ["a versioned bucket, to KMS", { versioning: "Enabled" }, "kms"],
  ["a versioned bucket, to AES256", { versioning: "Enabled" }, "AES256"],
  ["a bucket with ACLs, to AES256", { acls: true }, "AES256"],
  ["a bucket with Object Lock, to KMS", { objectLock: true }, "kms"],
])("the actions that are asked about are all that a conversion needs: %s", async (_, props, to) => {
  const world = await legacyBucket(props);
  const target: EncryptionTarget = to === "kms" ? world.kmsTarget : { algorithm: "AES256" };
  const Tagging = "team=blue";
  await world.put("other-key", "content", { ServerSideEncryption: "aws:kms", SSEKMSKeyId: world.otherKeyArn, Tagging });
  await world.putUnencrypted("unencrypted", "content", { Tagging });
  const convert = await converterOf(world, target, props);
  expect(await convert({ key: "other-key" })).toEqual({
    key: "other-key",
    outcome: to === "kms" ? "updated" : "copied",
  });
  expect(await convert({ key: "unencrypted" })).toEqual({ key: "unencrypted", outcome: "copied" });
});

test("the stack's role has every one of them", () => {
  for (const settings of [
    "stage: encrypt",
    "stage: encrypt, class: object-locked, accept: [{ what: object-lock, reason: r, until: 2099-12-31 }]",
  ]) {
    const { target, bucket } = bucketOf(settings);
    const has = new Set(
      reencryptionPolicies(target).flatMap(({ document }) =>
        statementsOf(document).flatMap(({ Action }) => [Action].flat().map(String)),
      ),
    );
    const world = factsOf(bucket, "ObjectWriter");
    const asked = places.flatMap((place) => ownActions(world.intent, world.bucket, place));
    const lacks = [...asked, ...ownKeyActions(world.intent), ...sourceKeyActions(world.intent)].filter(
      (one) => !has.has(one),
    );
    expect(lacks).toEqual([]);
  }
});

test("an action that IAM does not allow is named with its place", () => {
  const own = seen({
    "s3:PutObject": simulated("allowed"),
    "s3:PutObject on arn:aws:s3:::backup/*": simulated("explicitDeny", { refusedBy: ["no-backup"] }),
  });
  expect(preflight(facts({ facts: { own } })).map(({ evidence }) => evidence)).toEqual([
    expect.stringMatching(
      /role\/at-rest-reencrypt-eu-west-1: s3:PutObject on arn:aws:s3:::backup\/\*: explicitDeny, no-backup$/,
    ),
  ]);
});

test("what a policy sees of an update is not known: a statement on headers may refuse it", () => {
  const statement = {
    Sid: "HeaderOrNot",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:UpdateObjectEncryption",
    Resource: `${bucketArn}/*`,
    Condition: { Null: { "s3:x-amz-server-side-encryption": "true" } },
  };
  const found = preflight(facts({ bucket: { policy: seen(policyOf(statement)) } }));
  expect(found.map(({ level, id, evidence }) => `${level} ${id}: ${evidence}`)).toEqual([
    "warning own-call-not-decided: UpdateObjectEncryption: HeaderOrNot (s3:x-amz-server-side-encryption)",
  ]);
});
