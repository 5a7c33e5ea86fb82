import { seen } from "../../../src/checks/preflight/looked";
import { lackingOf } from "../../../src/checks/preflight/other-owners-checks";
import { preflight } from "../../../src/checks/preflight/preflight";
import type { FleetBucket } from "../../../src/fleet/fleet";
import { enforcementStatements } from "../../../stacks/policies/enforcement";
import { accepted, bucketArn, type Differences, facts, fleetBucket, keyArn, policyOf } from "./arrange";

const external = { policy: "external", defaultEncryption: "external" } as const;
const target = { algorithm: "aws:kms", keyArn, bucketKey: true, blockedEncryptionTypes: [] } as const;
const policyAt = (stage: FleetBucket["stage"]) =>
  seen(policyOf(...enforcementStatements(fleetBucket({ stage }), bucketArn, keyArn)));

const notDenied = ["wrong-algorithm", "kms-without-key-id", "another-key", "plain-http"] as const;

test.each<[string, Differences, ReturnType<typeof lackingOf>]>([
  // SSE-C is blocked in the bucket's encryption configuration.
  ["nothing is in force", {}, { rows: notDenied, defaultEncryption: true }],
  [
    "all is in force",
    { bucket: { policy: policyAt("encrypt"), encryption: seen(target) } },
    { rows: [], defaultEncryption: false },
  ],
  [
    "all is in force, and a look ahead to enforce",
    {
      intent: { judgedFor: "enforce" },
      bucket: { policy: policyAt("encrypt"), encryption: seen(target) },
    },
    { rows: ["missing-header"], defaultEncryption: false },
  ],
  [
    "a row is accepted, be it that the waiver has run out",
    {
      bucket: { encryption: seen(target) },
      fleet: { accept: [accepted("plain-http"), accepted("sse-c", "2020-01-01")] },
    },
    { rows: ["wrong-algorithm", "kms-without-key-id", "another-key"], defaultEncryption: false },
  ],
  [
    "the stacks put both",
    { fleet: { policy: "own", defaultEncryption: "own" } },
    { rows: [], defaultEncryption: false },
  ],
  ["the policy is ours", { fleet: { policy: "own" } }, { rows: [], defaultEncryption: true }],
  ["no fleet", { intent: { fleet: undefined } }, { rows: [], defaultEncryption: false }],
  [
    "neither may be read, which could-not-look says already",
    {
      bucket: {
        policy: { is: "unseen", permission: "s3:GetBucketPolicy", why: "denied to this caller", notThere: false },
        encryption: { is: "unseen", permission: "s3:GetEncryptionConfiguration", why: "denied", notThere: false },
      },
    },
    { rows: [], defaultEncryption: false },
  ],
])("where %s, other owners lack just what an audit would fail", (_, differences, expected) => {
  const looked = facts({ ...differences, fleet: { ...external, ...differences.fleet } });
  expect(lackingOf(looked)).toEqual(expected);
  const found = preflight(looked).filter(({ id }) => id.startsWith("owners-"));
  expect(found.map(({ id, level }) => `${level} ${id}`)).toEqual([
    ...(expected.defaultEncryption ? ["warning owners-encryption-differs"] : []),
    ...(expected.rows.length > 0 ? ["warning owners-policy-lacks"] : []),
  ]);
});
