import { leavesAwsManagedKey } from "../../../src/checks/preflight/aws-managed-key";
import type { BucketUser, Facts, Simulated } from "../../../src/checks/preflight/facts";
import { seen } from "../../../src/checks/preflight/looked";
import { preflight } from "../../../src/checks/preflight/preflight";
import {
  account,
  administer,
  type Differences,
  facts,
  goodKey,
  keyArn,
  policyOf,
  reader,
  simulated,
  throughS3,
} from "./arrange";

const named = { ...throughS3, Sid: "Readers", Principal: { AWS: reader }, Action: "kms:Decrypt" };
const managed = `${keyArn}2`;
const underAwsS3 = new Map([[managed, seen({ ...goodKey, manager: "AWS" })]]);
const app = `arn:aws:iam::${account}:role/app`;
const readsByIam: BucketUser = { arn: app, does: "read", from: "IAM" };

function judge(statements: Parameters<typeof policyOf>, more: Partial<Facts> = {}): string[] {
  const key: Differences["key"] = { policy: seen(policyOf(...statements)) };
  const world = facts({ key, facts: { otherKeys: underAwsS3, ...more } });
  return preflight(world).map(({ level, id, evidence }) => `${level} ${id}: ${evidence}`);
}

test("a target key that lets in whoever comes through S3 takes aws/s3 from nobody", () => {
  expect(judge([administer, throughS3])).toEqual([
    `note objects-under-aws-s3: ${managed}; the target key lets in whoever of the account comes through S3 as well (ThroughS3)`,
  ]);
});

test.each<[string, Simulated, string[]]>([
  [
    "may not use the target key",
    simulated("implicitDeny"),
    [`error principal-without-key: ${app} (IAM, reads): its IAM policies do not allow kms:Decrypt`],
  ],
  [
    "may not use the target key as far as IAM says",
    simulated("implicitDeny", { hangsOn: ["aws:SourceIp"] }),
    [
      `warning principal-not-decided: ${app} (IAM, reads): whether its IAM policies allow kms:Decrypt hangs on aws:SourceIp`,
    ],
  ],
  ["may use it by its own IAM policies", simulated("allowed"), []],
])("a role that reads by IAM alone, and %s", (_, decrypt, expected) => {
  const iam = new Map([[app, seen({ "kms:Decrypt": decrypt })]]);
  const found = judge([administer, named], { accountUsers: seen({ users: [readsByIam], undecided: [] }), iam });
  const leaves = `warning objects-under-aws-s3: ${managed}; whoever of the account reads or writes by IAM policies, and may not use the target key, is named`;
  expect(found).toEqual([...expected, leaves].sort());
});

test("a key that leaves nothing to IAM refuses whom it does not name", () => {
  const adminAlone = { ...administer, Action: "kms:PutKeyPolicy" };
  expect(
    judge([adminAlone, named], {
      accountUsers: seen({ users: [readsByIam, { ...readsByIam, arn: reader }], undecided: [] }),
    }),
  ).toContain(`error principal-without-key: ${app} (IAM, reads): the key's policy does not allow kms:Decrypt`);
});

test("whom IAM refuses unless a condition key lets them is named with the key, twenty of them", () => {
  const hangsOn = ["aws:SourceIp", "aws:SourceVpce"];
  const of = (count: number) => Array.from({ length: count }, (_, number) => ({ arn: `${app}-${number}`, hangsOn }));
  const found = (count: number) =>
    judge([administer, named], { accountUsers: seen({ users: [], undecided: of(count) }) }).filter((one) =>
      one.startsWith("warning principal-not-decided"),
    );
  const who = "who of the account reads or writes by IAM policies hangs on condition keys";
  expect(found(1)).toEqual([`warning principal-not-decided: ${who}: ${app}-0 (aws:SourceIp, aws:SourceVpce)`]);
  expect(found(22)).toEqual([expect.stringMatching(/-19 \(aws:SourceIp, aws:SourceVpce\), and 2 more$/)]);
});

test("that nobody could be asked is a finding of its own, with the permission", () => {
  const accountUsers = {
    is: "unseen",
    permission: "iam:ListRoles",
    why: "denied to this caller",
    notThere: false,
  } as const;
  expect(judge([administer, named], { accountUsers })).toEqual([
    "warning account-not-asked: iam:ListRoles: denied to this caller",
    `warning objects-under-aws-s3: ${managed}; who of the account reads and writes by IAM policies alone is not known`,
  ]);
});

test.each<[string, Differences, boolean]>([
  ["objects under aws/s3 and a key for named readers", { facts: { otherKeys: underAwsS3 } }, true],
  ["nothing under aws/s3", {}, false],
  [
    "another aws/s3 is the target",
    { key: { description: seen({ ...goodKey, manager: "AWS" }) }, facts: { otherKeys: underAwsS3 } },
    false,
  ],
  ["AES256 is the target", { key: null, facts: { otherKeys: underAwsS3 } }, false],
])("IAM is asked where somebody may lose something: %s", (_, differences, expected) => {
  const policy = seen(policyOf(administer, named));
  const key = differences.key === null ? null : { policy, ...differences.key };
  expect(leavesAwsManagedKey(facts({ ...differences, key }))).toBe(expected);
});
