import { orphansOf } from "../../src/checks/orphans";
import { snapshotDifferences } from "../../src/checks/snapshot-difference";
import type { Statement } from "../../src/fleet/policy";
import type { BucketSnapshot } from "../../src/fleet/snapshot";

const statement = (Sid: string, Action = "s3:GetObject"): Statement => ({
  Sid,
  Effect: "Allow",
  Principal: "*",
  Action,
});
const policy = (...Statement: Statement[]) => ({ Version: "2012-10-17", Statement });
const snapshot = (changes: Partial<BucketSnapshot> = {}): BucketSnapshot => ({
  version: 1,
  account: "111111111111",
  region: "eu-west-1",
  bucket: "acme-uploads",
  policy: policy(statement("A"), statement("B")),
  defaultEncryption: { algorithm: "AES256", keyArn: null, bucketKey: false, blockedEncryptionTypes: ["SSE-C"] },
  versioning: "Enabled",
  objectOwnership: "BucketOwnerEnforced",
  objectLock: false,
  publicAccessBlock: null,
  ...changes,
});

test.each<[string, Partial<BucketSnapshot>, string[]]>([
  ["nothing", {}, []],
  ["versioning", { versioning: "Suspended" }, ['versioning: the snapshot has "Enabled", live is "Suspended"']],
  [
    "one field of the default encryption",
    { defaultEncryption: { ...snapshot().defaultEncryption, bucketKey: true } },
    ["defaultEncryption.bucketKey: the snapshot has false, live is true"],
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

test("principals that were deleted are found wherever a statement names principals, and roles that are there are not", () => {
  expect(
    orphansOf({
      Statement: [
        { Effect: "Allow", Principal: { AWS: ["AROAEXAMPLEID23456789", "arn:aws:iam::111111111111:role/AROA"] } },
        { Effect: "Deny", NotPrincipal: { AWS: "AIDAEXAMPLEID23456789" } },
        { Effect: "Allow", Principal: "*", Condition: { StringLike: { "aws:userId": "AROAOTHEREXAMPLE12345:*" } } },
      ],
    }),
  ).toEqual(["AIDAEXAMPLEID23456789", "AROAEXAMPLEID23456789"]);
  expect(orphansOf(null)).toEqual([]);
});
