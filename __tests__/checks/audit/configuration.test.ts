import { readFileSync } from "node:fs";
import { join } from "node:path";
import { auditConfiguration } from "../../../src/checks/audit/audit";
import { type Check, catalogue, exitCodeOf } from "../../../src/checks/audit/check";
import { controls } from "../../../src/checks/audit/controls";
import type { Configuration } from "../../../src/checks/audit/facts";
import type { KeyFacts } from "../../../src/checks/preflight/facts";
import { type Looked, seen } from "../../../src/checks/preflight/looked";
import { facts, keyArn, policyOf, question } from "./arrange";

const kms = question('stage: encrypt, encryption: "aws:kms"');
const denied = (permission: string): Looked<never> => ({
  is: "unseen",
  permission,
  why: "denied to this caller",
  notThere: false,
});

const notPassed = (checks: readonly Check[]) => checks.filter(({ result }) => result !== "pass");

const encryption = { algorithm: "aws:kms", keyArn, bucketKey: true, blockedEncryptionTypes: [] } as const;
const description = {
  state: "Enabled",
  usage: "ENCRYPT_DECRYPT",
  spec: "SYMMETRIC_DEFAULT",
  manager: "CUSTOMER",
  account: "111111111111",
};
const everybody = "http://acs.amazonaws.com/groups/global/AllUsers";

test.each<[string, Partial<Configuration>, Partial<KeyFacts>, [string, string, string][]]>([
  [
    "the default is another algorithm",
    { encryption: seen({ ...encryption, algorithm: "AES256", keyArn: null }) },
    {},
    [["default-encryption", "fail", "AES256; not aws:kms"]],
  ],
  [
    "the default names the key by an alias",
    { encryption: seen({ ...encryption, keyArn: "alias/at-rest" }) },
    {},
    [["default-encryption", "fail", "alias/at-rest"]],
  ],
  [
    "the bucket key is off",
    { encryption: seen({ ...encryption, bucketKey: false }) },
    {},
    [["default-encryption", "fail", "bucket key off"]],
  ],
  [
    "the default may not be read",
    { encryption: denied("s3:GetEncryptionConfiguration") },
    {},
    [["default-encryption", "could-not-look", "s3:GetEncryptionConfiguration: denied"]],
  ],
  [
    "the key is disabled",
    {},
    { description: seen({ ...description, state: "Disabled" }) },
    [["key-enabled", "fail", "Disabled"]],
  ],
  [
    "the key waits for its deletion",
    {},
    {
      description: seen({ ...description, state: "PendingDeletion", deletionDate: "2026-12-24" }),
      rotates: seen(false),
    },
    [
      ["key-enabled", "fail", "PendingDeletion"],
      ["key-deletion", "fail", "is deleted on 2026-12-24"],
      ["key-rotation", "fail", "off"],
    ],
  ],
  ["the key is not there", {}, { description: seen(null) }, [["key-enabled", "fail", "is not there"]]],
  ["rotation is off", {}, { rotates: seen(false) }, [["key-rotation", "fail", "automatic rotation is off"]]],
  [
    "the key's policy lets everybody in",
    {},
    { policy: seen(policyOf({ Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" })) },
    [["key-policy", "fail", "key-policy-public"]],
  ],
  [
    "the key's policy may let everybody in",
    {},
    {
      policy: seen(
        policyOf(
          { Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "kms:*", Resource: "*" },
          {
            ...{ Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" },
            Condition: { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } },
          },
        ),
      ),
    },
    [["key-policy", "undecided", "hangs on statement 2 (aws:SourceIp)"]],
  ],
  [
    "the key is another account's, to which alone KMS shows its policy",
    {},
    { policy: { is: "unseen", permission: "kms:GetKeyPolicy", why: "of account 222222222222", notThere: true } },
    [["key-policy", "undecided", "kms:GetKeyPolicy: of account 222222222222"]],
  ],
  [
    "the policy is public",
    { policyIsPublic: seen(true), publicAccessBlock: seen(null) },
    {},
    [
      ["public-access", "fail", "S3 calls the policy public"],
      ["public-access-block", "fail", "never set"],
    ],
  ],
  [
    "the ACL is public",
    {
      ownership: seen("ObjectWriter"),
      publicAccessBlock: seen({
        blockPublicAcls: false,
        ignorePublicAcls: false,
        blockPublicPolicy: true,
        restrictPublicBuckets: true,
      }),
      acl: seen({ owner: "owner", grants: [{ Grantee: { Type: "Group", URI: everybody }, Permission: "READ" }] }),
    },
    {},
    [
      ["public-access", "fail", `READ to ${everybody}`],
      ["public-access-block", "fail", "off: blockPublicAcls, ignorePublicAcls"],
      ["acls", "fail", "READ"],
    ],
  ],
  ["versioning is off", { versioning: seen("Suspended") }, {}, [["versioning", "fail", "Suspended"]]],
])("%s: exactly that is found", (_, configuration, key, expected) => {
  const found = notPassed(auditConfiguration(facts(kms, configuration, key)));
  expect(found.map(({ id, result, evidence }) => [id, result, evidence])).toEqual(
    expected.map(([id, result, evidence]) => [id, result, expect.stringContaining(evidence)]),
  );
});

const off = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };
const restricts = seen({ ...off, restrictPublicBuckets: true });
const openAcl = seen({
  owner: "owner",
  grants: [{ Grantee: { Type: "Group", URI: everybody } as const, Permission: "READ" as const }],
});
const point = (block: typeof off | null) => seen([{ name: "partners", block }]);
const notLookedAt = "service control and resource control policies were not looked at";

test.each<[string, Partial<Configuration>, [string, string]]>([
  ["a public policy", { policyIsPublic: seen(true) }, ["fail", `S3 calls the policy public; ${notLookedAt}`]],
  [
    "one that the bucket's block takes back",
    { policyIsPublic: seen(true), publicAccessBlock: restricts },
    ["pass", ""],
  ],
  ["one that the account's block takes back", { policyIsPublic: seen(true), accountBlock: restricts }, ["pass", ""]],
  ["a public ACL", { acl: openAcl }, ["fail", `the ACL gives READ to ${everybody}; ${notLookedAt}`]],
  [
    "one that the account's block ignores",
    { acl: openAcl, accountBlock: seen({ ...off, ignorePublicAcls: true }) },
    ["pass", ""],
  ],
  [
    "an access point with a public policy",
    { publicAccessPoints: point({ ...off, blockPublicPolicy: true }) },
    ["fail", `S3 calls the policy of access point partners public; ${notLookedAt}`],
  ],
  [
    "one that its own block takes back",
    { publicAccessPoints: point({ ...off, restrictPublicBuckets: true }) },
    ["pass", ""],
  ],
  [
    "one that the account's block takes back",
    { publicAccessPoints: point(null), accountBlock: restricts },
    ["pass", ""],
  ],
  [
    "one that the bucket's block takes back",
    { publicAccessPoints: point(null), publicAccessBlock: restricts },
    ["pass", ""],
  ],
  [
    "a public policy, and an account's block that nobody may see",
    { policyIsPublic: seen(true), accountBlock: denied("s3:GetAccountPublicAccessBlock") },
    ["could-not-look", "S3 calls the policy public; s3:GetAccountPublicAccessBlock: denied to this caller"],
  ],
  [
    "nothing public, and an account's block that nobody may see",
    { accountBlock: denied("s3:GetAccountPublicAccessBlock") },
    ["pass", ""],
  ],
  [
    "nothing public, and access points that nobody may see",
    { publicAccessPoints: denied("s3:ListAccessPoints") },
    ["could-not-look", "s3:ListAccessPoints: denied to this caller"],
  ],
  [
    "a public policy, and an ACL that nobody may see: what is seen is enough",
    { policyIsPublic: seen(true), acl: denied("s3:GetBucketAcl") },
    ["fail", `S3 calls the policy public; s3:GetBucketAcl: denied to this caller; ${notLookedAt}`],
  ],
])("public access: %s", (_, configuration, [result, evidence]) => {
  const given = facts(kms, { publicAccessBlock: seen(off), ...configuration });
  const nothing = `neither policy, ACL nor access point is public in effect; ${notLookedAt}`;
  expect(auditConfiguration(given).find(({ id }) => id === "public-access")).toMatchObject({
    result,
    evidence: evidence || nothing,
  });
});

test("posture is shown beside the verdict", () => {
  const checks = auditConfiguration(
    facts(kms, {
      versioning: seen("Disabled"),
      publicAccessBlock: seen({
        blockPublicAcls: false,
        ignorePublicAcls: true,
        blockPublicPolicy: true,
        restrictPublicBuckets: true,
      }),
    }),
  );
  expect(notPassed(checks).map(({ partOfVerdict }) => partOfVerdict)).toEqual([false, false]);
  expect(exitCodeOf(checks)).toBe(0);
});

describe("a waiver of the fleet", () => {
  const waived = (until: string) =>
    question(
      `stage: encrypt, encryption: "aws:kms", accept: [{ what: key-rotation, reason: imported material, until: ${until} }]`,
    );

  test("makes a waived of a fail up to and with its last day", () => {
    const checks = auditConfiguration(facts(waived("2026-11-27"), {}, { rotates: seen(false) }));
    expect(notPassed(checks)).toMatchObject([
      { id: "key-rotation", result: "waived", waiver: { reason: "imported material", until: "2026-11-27" } },
    ]);
    expect(exitCodeOf(checks)).toBe(3);
  });

  test("fails from the day after, also where what it waived is right by now", () => {
    const fails = (rotates: boolean) =>
      notPassed(auditConfiguration(facts(waived("2026-11-26"), {}, { rotates: seen(rotates) }))).map(
        ({ id, result }) => `${id} ${result}`,
      );
    expect(fails(false)).toEqual(["key-rotation fail", "waivers fail"]);
    expect(fails(true)).toEqual(["waivers fail"]);
  });

  test("does not make a pass of what could not be looked at", () => {
    const checks = auditConfiguration(facts(waived("2026-12-31"), {}, { rotates: denied("kms:GetKeyRotationStatus") }));
    expect(notPassed(checks)).toMatchObject([{ id: "key-rotation", result: "could-not-look" }]);
    expect(exitCodeOf(checks)).toBe(2);
  });
});

test("a bucket by hand is asked for nothing: its configuration is shown beside the verdict", () => {
  const { fleet, ...byHand } = kms;
  const checks = auditConfiguration(facts(byHand));
  expect(checks.some(({ result }) => result === "fail")).toBe(true);
  expect(exitCodeOf(checks)).toBe(0);
});

test("a default of AES256 as asked does not answer the control that wants KMS", () => {
  const checks = auditConfiguration(facts(question("stage: encrypt, encryption: AES256")));
  expect(checks.find(({ id }) => id === "default-encryption")).toMatchObject({ result: "pass", controls: [] });
});

test("docs/audit.md lists every check and every control, and no other", () => {
  const page = readFileSync(join(__dirname, "../../../docs/audit.md"), "utf8").split("\n");
  const checks = Object.entries(catalogue).map(
    ([id, { asks, controls: answers, partOfVerdict }]) =>
      `| \`${id}\` | ${asks} | ${partOfVerdict ? "yes" : "beside"} | ${answers.join(", ")} |`,
  );
  expect(page.filter((line) => /^\| `[a-z0-9-]+` \|/.test(line))).toEqual(checks);
  expect(
    page.filter((line) => /^\| (S3|KMS)\.\d+ \|/.test(line)).map((line) => line.split(" | ").slice(0, 2).join(" | ")),
  ).toEqual(Object.entries(controls).map(([id, title]) => `| ${id} | ${title}`));
});
