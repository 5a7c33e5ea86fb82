import { snapshotDifferences } from "../../src/checks/snapshot-difference";
import type { Statement } from "../../src/fleet/policy";
import type { FullSnapshot } from "../../src/fleet/snapshot";
import { firstVersionOf, snapshotOf } from "../support/snapshots";

const statement = (Sid: string, Action = "s3:GetObject"): Statement => ({
  Sid,
  Effect: "Allow",
  Principal: "*",
  Action,
});
const policy = (...Statement: Statement[]) => ({ Version: "2012-10-17", Statement });
const snapshot = (changes: Partial<FullSnapshot> = {}) =>
  snapshotOf("acme-uploads", {
    policy: policy(statement("A"), statement("B")),
    defaultEncryption: { algorithm: "AES256", keyArn: null, bucketKey: false, blockedEncryptionTypes: ["SSE-C"] },
    versioning: "Enabled",
    ...changes,
  });

test.each<[string, Partial<FullSnapshot>, string[]]>([
  ["nothing", {}, []],
  ["versioning", { versioning: "Suspended" }, ['versioning: the snapshot has "Enabled", live is "Suspended"']],
  [
    "one field of the default encryption",
    { defaultEncryption: { ...snapshot().defaultEncryption, bucketKey: true } },
    ["defaultEncryption.bucketKey: the snapshot has false, live is true"],
  ],
  [
    "a lifecycle rule and a tag",
    { lifecycle: { Rules: [{ ID: "old" }] }, tags: [{ Key: "team", Value: "blue" }] },
    [
      'lifecycle: the snapshot has null, live is {"Rules":[{"ID":"old"}]}',
      'tags.team: the snapshot has nothing, live is "blue"',
    ],
  ],
  [
    "a statement in between",
    { policy: policy(statement("A"), statement("New"), statement("B")) },
    [`policy: statement New is live and not in the snapshot: ${JSON.stringify(statement("New"))}`],
  ],
  [
    "a statement's action",
    { policy: policy(statement("A"), statement("B", "s3:*")) },
    [
      `policy: statement B is in the snapshot and not live: ${JSON.stringify(statement("B"))}`,
      `policy: statement B is live and not in the snapshot: ${JSON.stringify(statement("B", "s3:*"))}`,
    ],
  ],
  [
    "the policy's version",
    { policy: { Version: "2008-10-17", Statement: [statement("A"), statement("B")] } },
    ['policy.Version: the snapshot has "2012-10-17", live is "2008-10-17"'],
  ],
  [
    "the order of statements",
    { policy: policy(statement("B"), statement("A")) },
    ["policy: its statements or fields are in another order"],
  ],
  [
    "all of the policy",
    { policy: null },
    ["A", "B"].map(
      (sid) => `policy: statement ${sid} is in the snapshot and not live: ${JSON.stringify(statement(sid))}`,
    ),
  ],
])("a change of %s is said in words", (_, changes, expected) => {
  expect(snapshotDifferences(snapshot(), snapshot(changes))).toEqual(expected);
});

test("of an older snapshot what it has is compared, and what it could not have is asked for", () => {
  const old = firstVersionOf(snapshot());
  expect(
    snapshotDifferences(old, snapshot({ versioning: "Suspended", tags: [{ Key: "team", Value: "blue" }] })),
  ).toEqual([
    'versioning: the snapshot has "Enabled", live is "Suspended"',
    "it is of version 1, which had no defaultRetention, lifecycle, logging, replication, notifications, website, tags: take it again with at-rest snapshot",
  ]);
});
