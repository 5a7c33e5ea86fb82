import { auditConfiguration } from "../../../src/checks/audit/audit";
import { exitCodeOf } from "../../../src/checks/audit/check";
import type { AuditFacts } from "../../../src/checks/audit/facts";
import { seen } from "../../../src/checks/preflight/looked";
import type { Statement } from "../../../src/fleet/policy";
import { bucketArn, facts, keyArn, ownStatements, policyOf, question } from "./arrange";

const resultsOf = (given: AuditFacts): Record<string, string> =>
  Object.fromEntries(auditConfiguration(given).map(({ id, result }) => [id, result]));
const evidenceOf = (given: AuditFacts, id: string): string =>
  auditConfiguration(given).find((check) => check.id === id)?.evidence ?? "";

const settings = (["encrypt", "enforce"] as const).flatMap((stage) =>
  ["AES256", '"aws:kms"', '"aws:kms:dsse"'].map(
    (encryption) => [`stage: ${stage}, encryption: ${encryption}`] as const,
  ),
);

describe.each(settings)("%s", (written) => {
  const asked = question(written);

  test("passes every check as its stack leaves it", () => {
    expect(new Set(Object.values(resultsOf(facts(asked))))).toEqual(new Set(["pass"]));
    expect(exitCodeOf(auditConfiguration(facts(asked)))).toBe(0);
  });

  test("fails exactly the row whose statement somebody takes out", () => {
    const rows: Record<string, string> = {
      AtRestDenyUnencryptedObjectUploads: "missing-header",
      AtRestDenyIncorrectEncryptionHeader: "wrong-algorithm",
      AtRestDenyKmsWithoutKeyId: "kms-without-key-id",
      AtRestDenyIncorrectKmsKey: "another-key",
      AtRestDenySSECEncryptedObjectUploads: "sse-c",
      AtRestDenyInsecureTransport: "plain-http",
    };
    for (const out of ownStatements(asked)) {
      const policy = seen(policyOf(...ownStatements(asked).filter((one) => one["Sid"] !== out["Sid"])));
      const failed = Object.entries(resultsOf(facts(asked, { policy }))).filter(([, result]) => result !== "pass");
      const row = rows[String(out["Sid"])];
      // An SSE-C put carries no encryption header, so the row of stage enforce refuses it as well.
      const covered = row === "sse-c" && written.includes("enforce");
      expect(failed).toEqual(covered ? [] : [[row, "fail"]]);
    }
  });

  test("fails the same rows without any policy", () => {
    const wrong = Object.values(resultsOf(facts(asked, { policy: seen(null) }))).filter((result) => result === "fail");
    expect(wrong).toHaveLength(ownStatements(asked).length);
  });
});

const kms = question('stage: enforce, encryption: "aws:kms"');
const withStatement = (change: (own: Statement) => Statement) =>
  facts(kms, { policy: seen(policyOf(...ownStatements(kms).map(change))) });
const ofSid = (sid: string, more: Statement) =>
  withStatement((own) => (own["Sid"] === sid ? { ...own, ...more } : own));

const { Resource: _everywhere, ...incorrectKey } = ownStatements(kms).find(
  ({ Sid }) => Sid === "AtRestDenyIncorrectKmsKey",
) as Statement;

test.each<[string, Statement]>([
  ["another folder is left out", { NotResource: `${bucketArn}/public/*` }],
  ["only one folder is reached", { Resource: `${bucketArn}/secret/*` }],
  ["only one account is reached", { Resource: `${bucketArn}/*`, Principal: { AWS: "arn:aws:iam::111111111111:root" } }],
])("a row does not pass when %s", (_, change) => {
  const given = withStatement((own) => (own["Sid"] === incorrectKey["Sid"] ? { ...incorrectKey, ...change } : own));
  expect(resultsOf(given)["another-key"]).toBe("fail");
});

test("a role that a Deny spares is found, unless the fleet lets it write without the header", () => {
  const spared = "arn:aws:iam::111111111111:role/legacy-*";
  const condition = {
    Null: { "s3:x-amz-server-side-encryption": "true" },
    BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
    ArnNotLike: { "aws:PrincipalArn": [spared] },
  };
  const given = ofSid("AtRestDenyUnencryptedObjectUploads", { Condition: condition });
  expect(resultsOf(given)["missing-header"]).toBe("fail");
  expect(evidenceOf(given, "missing-header")).toContain(spared);
  const allowed = question(`stage: enforce, encryption: "aws:kms", headerlessWriters: ["${spared}"]`);
  expect(resultsOf(facts(allowed))["missing-header"]).toBe("pass");
});

const algorithm = "s3:x-amz-server-side-encryption";
const keyId = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const headerless = { Null: { [algorithm]: "true" } };
const spares = (Condition: Statement): Statement => ({ Condition: { ...headerless, ...Condition } });

test.each<[string, string, Statement]>([
  [
    "missing-header",
    "reaches a few beginnings",
    { ...spares({}), Resource: ["a", "x"].map((one) => `${bucketArn}/${one}*`) },
  ],
  [
    "missing-header",
    "leaves out a folder of whatever bucket",
    { ...spares({}), Resource: [], NotResource: "arn:aws:s3:::*/public/*" },
  ],
  [
    "missing-header",
    "spares a role of that name in whatever account",
    spares({ StringNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/legacy" } }),
  ],
  ["missing-header", "spares whose ARN ends so", spares({ StringNotLike: { "aws:PrincipalArn": "*-legacy" } })],
  ["missing-header", "spares an account", spares({ StringNotEquals: { "aws:PrincipalAccount": "333333333333" } })],
  [
    "missing-header",
    "spares an account's root user",
    spares({ StringNotEquals: { "aws:PrincipalArn": "arn:aws:iam::111111111111:root" } }),
  ],
  ["wrong-algorithm", "looks at the key alone", { Condition: { StringNotEquals: { [keyId]: keyArn } } }],
  [
    "another-key",
    "looks at keys of the account alone",
    { Condition: { StringNotEquals: { [keyId]: keyArn }, StringLike: { [keyId]: "arn:aws:kms:*:111111111111:*" } } },
  ],
])("%s fails where its Deny %s", (row, _, change) => {
  const sids: Readonly<Record<string, string>> = {
    "missing-header": "AtRestDenyUnencryptedObjectUploads",
    "wrong-algorithm": "AtRestDenyIncorrectEncryptionHeader",
    "another-key": "AtRestDenyIncorrectKmsKey",
  };
  expect(resultsOf(ofSid(sids[row] ?? "", change))[row]).toBe("fail");
});

test("a Deny that hangs on what a writer may send or leave out is not decided, and does not make the right put so", () => {
  const given = ofSid("AtRestDenyUnencryptedObjectUploads", {
    Condition: { Null: { [algorithm]: "true", "s3:x-amz-acl": "true" } },
  });
  expect(resultsOf(given)["missing-header"]).toBe("undecided");
  expect(evidenceOf(given, "missing-header")).toContain("(s3:x-amz-acl)");
  const openly = theirs({ StringEquals: { "s3:x-amz-acl": "public-read" } });
  expect(new Set(Object.values(resultsOf(beside(openly))))).toEqual(new Set(["pass"]));
});

test("a Deny that hangs on the caller's address is not decided, and that is no pass", () => {
  const given = ofSid("AtRestDenyIncorrectKmsKey", {
    Condition: {
      Null: { "s3:x-amz-server-side-encryption-aws-kms-key-id": "false" },
      NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" },
    },
  });
  expect(resultsOf(given)["another-key"]).toBe("undecided");
  expect(evidenceOf(given, "another-key")).toBe(
    "whether it is denied hangs on AtRestDenyIncorrectKmsKey (aws:SourceIp)",
  );
  expect(exitCodeOf(auditConfiguration(given))).toBe(2);
});

/** A Deny that another team wrote, on whatever hangs on something that only S3 knows of a request. */
const theirs = (Condition: Statement, more: Statement = {}): Statement => ({
  ...{ Sid: "Theirs", Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `${bucketArn}/*`, Condition },
  ...more,
});
const beside = (...statements: Statement[]) =>
  facts(kms, { policy: seen(policyOf(...ownStatements(kms), ...statements)) });
const office = { NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" } };
const secure = { Bool: { "aws:SecureTransport": "false" } };

// biome-ignore lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
const variable = "${aws:userid}";

test.each<[string, Statement, string]>([
  ["an address", theirs(office), "aws:SourceIp"],
  ["a VPC endpoint", theirs({ StringNotEquals: { "aws:SourceVpce": "vpce-1" } }), "aws:SourceVpce"],
  ["an organisation", theirs({ StringNotEquals: { "aws:PrincipalOrgID": "o-1" } }), "aws:PrincipalOrgID"],
  ["a tag of who asks", theirs({ StringEquals: { "aws:PrincipalTag/team": "red" } }), "aws:PrincipalTag/team"],
  ["a date", theirs({ DateGreaterThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } }), "aws:CurrentTime"],
  ["a number", theirs({ NumericLessThan: { "s3:TlsVersion": "1.2" } }), "s3:TlsVersion"],
  ["a set", theirs({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-1/*" } }), "aws:PrincipalOrgPaths"],
  ["a variable", theirs({ StringNotEquals: { "aws:PrincipalArn": variable } }), "aws:PrincipalArn"],
  ["two of them", theirs({ ...office, StringNotEquals: { "aws:SourceVpc": "vpc-1" } }), "aws:SourceIp, aws:SourceVpc"],
  ["one beside one that holds", theirs({ ...office, Bool: { "aws:SecureTransport": "true" } }), "aws:SourceIp"],
  ["a variable in its resource", theirs({}, { Resource: `${bucketArn}/\${aws:username}/*` }), "a variable in Resource"],
])(
  "a Deny that may hit the right put, by %s, makes it undecided, and is named with what it hangs on",
  (_, deny, keys) => {
    const given = beside(deny);
    expect(resultsOf(given)["right-put"]).toBe("undecided");
    expect(evidenceOf(given, "right-put")).toBe(`whether it is denied hangs on Theirs (${keys})`);
    expect(exitCodeOf(auditConfiguration(given))).toBe(2);
  },
);

test.each<[string, Statement]>([
  ["a condition beside it does not hold", theirs({ ...office, ...secure })],
  ["it is about another action", theirs(office, { Action: "s3:DeleteObject" })],
  ["it is about another part of the bucket", theirs(office, { Resource: `${bucketArn}/public/*` })],
  ["it is about somebody else", theirs(office, { Principal: { AWS: "arn:aws:iam::222222222222:root" } })],
  ["it allows", theirs(office, { Effect: "Allow" })],
])("a condition that is not decided is none of the right put's where %s", (_, statement) => {
  expect(resultsOf(beside(statement))["right-put"]).toBe("pass");
});

test("a Deny that holds counts before one that may", () => {
  const given = beside(theirs(office), theirs({}, { Sid: "Closed" }));
  expect(resultsOf(given)["right-put"]).toBe("fail");
  expect(evidenceOf(given, "right-put")).toBe("denied by Closed");
});

test("what is not decided can be accepted in the fleet, until a day", () => {
  const accepting = (until: string) => {
    const accept = `accept: [{ what: right-put, reason: from the office only, until: ${until} }]`;
    const asked = question(`stage: enforce, encryption: "aws:kms", ${accept}`);
    return facts(asked, { policy: seen(policyOf(...ownStatements(asked), theirs(office))) });
  };
  const accepted = accepting("2099-12-31");
  expect(resultsOf(accepted)["right-put"]).toBe("waived");
  expect(exitCodeOf(auditConfiguration(accepted))).toBe(3);
  expect(resultsOf(accepting("2020-01-01"))["right-put"]).toBe("undecided");
});

test("SSE-C that the bucket's encryption configuration blocks needs no statement, and one that was not seen may block it", () => {
  // From stage enforce on the statement on the missing header denies it as well.
  const encrypt = question('stage: encrypt, encryption: "aws:kms"');
  const policy = seen(
    policyOf(...ownStatements(encrypt).filter(({ Sid }) => Sid !== "AtRestDenySSECEncryptedObjectUploads")),
  );
  const { configuration } = facts(encrypt);
  if (configuration.encryption.is !== "seen") throw new Error("it was seen");
  const encryption = seen({ ...configuration.encryption.value, blockedEncryptionTypes: ["SSE-C"] });
  expect(resultsOf(facts(encrypt, { policy, encryption }))["sse-c"]).toBe("pass");
  expect(resultsOf(facts(encrypt, { policy }))["sse-c"]).toBe("fail");
  const denied = {
    permission: "s3:GetEncryptionConfiguration",
    why: "denied to this caller",
    notThere: false,
  } as const;
  const notSeen = facts(encrypt, { policy, encryption: { is: "unseen", ...denied } });
  expect(resultsOf(notSeen)["sse-c"]).toBe("could-not-look");
  expect(evidenceOf(notSeen, "sse-c")).toMatch(/^not denied: .*; s3:GetEncryptionConfiguration: denied/);
});

test("a policy that refuses the right put as well is no pass", () => {
  const everything = {
    Sid: "Closed",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutObject",
    Resource: `${bucketArn}/*`,
  };
  const given = facts(kms, { policy: seen(policyOf(...ownStatements(kms), everything)) });
  expect(evidenceOf(given, "right-put")).toBe("denied by Closed");
  expect(resultsOf(given)["right-put"]).toBe("fail");
});
