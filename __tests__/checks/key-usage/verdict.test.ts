import type { KeyUse } from "../../../src/checks/key-usage/gather";
import { type BucketUse, isDefaultKey, keyVerdict } from "../../../src/checks/key-usage/verdict";
import { seen } from "../../../src/checks/preflight/looked";

const arn = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-000000000001";
const description = {
  state: "Enabled",
  usage: "ENCRYPT_DECRYPT",
  spec: "SYMMETRIC_DEFAULT",
  manager: "CUSTOMER",
  account: "111111111111",
};
const use: KeyUse = {
  key: { arn, description: seen(description) },
  grants: seen([]),
  aliases: seen([]),
};
const empty: BucketUse = { bucket: "acme-uploads", byDefault: false, underKey: 0, prefixes: [], unseen: [] };
const unseenGrants = {
  is: "unseen",
  permission: "kms:ListGrants",
  why: "denied to this caller",
  notThere: false,
} as const;

test.each<[string, Partial<KeyUse>, Partial<BucketUse>, number, string]>([
  ["nothing", {}, {}, 0, "Nothing that can be seen from here depends on it."],
  [
    "objects",
    {},
    { underKey: 2, unseen: ["it could not be read in full"] },
    1,
    "Deleting it loses 2 objects in 1 bucket for ever",
  ],
  ["a default only", {}, { byDefault: true }, 3, "1 bucket would put new objects under it"],
  [
    "a grant only",
    { grants: seen([{ name: "g", grantee: "ec2", operations: [] }]) },
    {},
    3,
    "1 grant may stand for data of other services",
  ],
  ["a bucket that could not be looked at", {}, { unseen: ["denied"] }, 2, "do not disable or delete it on this"],
  ["grants that could not be looked at", { grants: unseenGrants }, {}, 2, "not everything could be looked at"],
  [
    "objects, and a deletion that is under way",
    {
      key: { ...use.key, description: seen({ ...description, state: "PendingDeletion", deletionDate: "2026-12-24" }) },
    },
    { underKey: 1 },
    1,
    "KMS deletes it on 2026-12-24.",
  ],
  [
    "objects of a key that is gone",
    { key: { ...use.key, description: seen(null) } },
    { underKey: 1 },
    1,
    "The key is not there any more",
  ],
])("%s depend on it", (_, more, bucket, exitCode, sentence) => {
  const verdict = keyVerdict({ ...use, ...more }, [{ ...empty, ...bucket }], []);
  expect(verdict.exitCode).toBe(exitCode);
  expect(verdict.sentence).toContain(sentence);
});

test("buckets that could not even be listed are no sign that there are none", () => {
  expect(keyVerdict(use, [], ["s3:ListAllMyBuckets: denied to this caller"])).toMatchObject({ exitCode: 2 });
});

test.each([
  [arn, [], true],
  ["0a1b2c3d-0000-4000-8000-000000000001", [], true],
  ["alias/at-rest", ["alias/at-rest"], true],
  ["arn:aws:kms:eu-west-1:111111111111:alias/at-rest", ["alias/at-rest"], true],
  ["alias/another", ["alias/at-rest"], false],
  [`${arn}0`, [], false],
  [null, ["alias/aws/s3"], true],
  [null, ["alias/at-rest"], false],
])("a default of %s, with the key's aliases %j: %s", (keyArn, aliases, expected) => {
  expect(isDefaultKey({ algorithm: "aws:kms", keyArn }, arn, aliases)).toBe(expected);
});
